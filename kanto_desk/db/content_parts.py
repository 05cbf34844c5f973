"""Files on their way between a desk and its hub: parts that came, joined when they are all there; what the hub has.

A file that is not whole lies in a table of its own, so that nothing which reads files can meet half of one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, Table, Text, delete, func, insert, select
from sqlalchemy.dialects import sqlite

from kanto_desk.db.attachments import CHUNK, Blobs, blob, chunk, metadata, thumb
from kanto_desk.db.dialect import reading, writing

carried = Table("carried", metadata, Column("content", Text, primary_key=True), Column("epoch", Text, nullable=False))
coming = Table("coming", metadata, Column("content", Text, primary_key=True), Column("n", Integer, primary_key=True),
               Column("bytes", LargeBinary, nullable=False))


NAMED: Final = (("attachment", "hash"), ("version", "pdf"), ("confirmation", "paper"))
"""Fields that name a file."""


def count(size: int) -> int:
    """The number of chunks of a file of so many bytes; an empty one has one."""
    return max(1, -(-size // CHUNK))


def sizes(blobs: Blobs) -> dict[str, int]:
    """Every file that is whole here, with its bytes."""
    with reading(blobs.engine) as conn:
        return {r.hash: r.size for r in conn.execute(select(blob.c.hash, blob.c.size))}


def part(blobs: Blobs, digest: str, n: int) -> bytes | None:
    """One chunk of a file that is here."""
    with reading(blobs.engine) as conn:
        found: bytes | None = conn.execute(select(chunk.c.bytes).where(chunk.c.hash == digest, chunk.c.n == n)).scalar()
    return found


def with_thumbs(blobs: Blobs, px: int) -> set[str]:
    """Files of which a thumbnail of this size is here."""
    with reading(blobs.engine) as conn:
        return set(conn.execute(select(thumb.c.hash).where(thumb.c.px == px)).scalars())


def parts_here(blobs: Blobs, digest: str) -> set[int]:
    """The chunks that came so far of a file that is not whole."""
    with reading(blobs.engine) as conn:
        return set(conn.execute(select(coming.c.n).where(coming.c.content == digest)).scalars())


def keep_part(blobs: Blobs, digest: str, n: int, content: bytes) -> None:
    """Keep a chunk that came; after a cut it need not come again."""
    with writing(blobs.engine) as conn:
        conn.execute(sqlite.insert(coming).values(content=digest, n=n, bytes=content).on_conflict_do_nothing())


def drop_parts(blobs: Blobs, digest: str) -> None:
    """Forget what came of a file."""
    with writing(blobs.engine) as conn:
        conn.execute(delete(coming).where(coming.c.content == digest))


def join(blobs: Blobs, digest: str, mime: str, at: str) -> bool:
    """Make one file of the parts that came; False where it is another one than its name says, and they are dropped."""
    hashed, size = hashlib.sha256(), 0
    with writing(blobs.engine) as conn:
        if conn.execute(select(blob.c.hash).where(blob.c.hash == digest)).scalar() is None:
            for content in conn.execute(select(coming.c.bytes).where(coming.c.content == digest).order_by(coming.c.n)
                                        ).scalars():
                hashed.update(content)
                size += len(content)
            whole = hashed.hexdigest() == digest
            if whole:
                conn.execute(delete(chunk).where(chunk.c.hash == digest))
                conn.execute(insert(chunk).from_select(["hash", "n", "bytes"], select(
                    coming.c.content, coming.c.n, coming.c.bytes).where(coming.c.content == digest)))
                conn.execute(insert(blob).values(hash=digest, size=size, mime=mime, at=at))
        else:
            whole = True
        conn.execute(delete(coming).where(coming.c.content == digest))
    return whole


def at_hub(blobs: Blobs, epoch: str) -> set[str]:
    """Files that the hub of this epoch has, as far as this desk knows."""
    with reading(blobs.engine) as conn:
        return set(conn.execute(select(carried.c.content).where(carried.c.epoch == epoch)).scalars())


def note_at_hub(blobs: Blobs, digests: Iterable[str], epoch: str) -> None:
    """The hub has these files."""
    lines = [{"content": d, "epoch": epoch} for d in digests]
    if lines:
        statement = sqlite.insert(carried)
        with writing(blobs.engine) as conn:
            conn.execute(statement.on_conflict_do_update(index_elements=["content"],
                                                         set_={"epoch": statement.excluded.epoch}), lines)


def note_lost(blobs: Blobs, digests: Iterable[str]) -> None:
    """The hub has these files no more: they are offered again."""
    with writing(blobs.engine) as conn:
        conn.execute(delete(carried).where(carried.c.content.in_(list(digests))))


def drop_unnamed(blobs: Blobs, named: Iterable[str]) -> int:
    """Forget parts of files that no row names any more; gives how many files."""
    with writing(blobs.engine) as conn:
        gone = set(conn.execute(select(coming.c.content).distinct()).scalars()) - set(named)
        conn.execute(delete(coming).where(coming.c.content.in_(list(gone))))
    return len(gone)


def let_go(blobs: Blobs, digests: Iterable[str]) -> set[str]:
    """Remove files with their thumbnails and chunks, all or nothing; gives those of which nothing is left here.

    A file that was never seen at a hub keeps its content: it may be the only one.
    """
    wanted = sorted(set(digests))
    with writing(blobs.engine) as conn:
        here = {d for d in wanted if conn.execute(select(blob.c.hash).where(blob.c.hash == d)).first()}
        only = {d for d in here if not conn.execute(select(carried.c.content).where(carried.c.content == d)).first()}
        for digest in wanted:
            conn.execute(delete(thumb).where(thumb.c.hash == digest))
            conn.execute(delete(coming).where(coming.c.content == digest))
            if digest not in only:
                conn.execute(delete(chunk).where(chunk.c.hash == digest))
                conn.execute(delete(blob).where(blob.c.hash == digest))
                conn.execute(delete(carried).where(carried.c.content == digest))
    return set(wanted) - only


def bytes_coming(blobs: Blobs) -> int:
    """Bytes that came of files that are not whole."""
    with reading(blobs.engine) as conn:
        return int(conn.execute(select(func.coalesce(func.sum(func.length(coming.c.bytes)), 0))).scalar_one())
