"""attachments.db: photos and files by SHA-256, in chunks of 1 MiB, and their thumbnails. Knows nothing of records.

A blob is written before the row that names it; what no row names is removed by a sweep after 30 days (decision 19).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from kanto_desk.db.dialect import reading, writing

CHUNK = 1 << 20

metadata = MetaData()
blob = Table("blob", metadata, Column("hash", Text, primary_key=True), Column("size", Integer, nullable=False),
             Column("mime", Text, nullable=False), Column("at", Text, nullable=True))
chunk = Table("chunk", metadata, Column("hash", Text, primary_key=True), Column("n", Integer, primary_key=True),
              Column("bytes", LargeBinary, nullable=False))
thumb = Table("thumb", metadata, Column("hash", Text, primary_key=True), Column("px", Integer, primary_key=True),
              Column("bytes", LargeBinary, nullable=False))


class Blobs:
    """The blobs of one data folder."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def put(self, content: bytes, mime: str, at: str) -> str:
        """Keep content; gives its SHA-256. The same content is kept once, and counts as new: its row is yet to come."""
        digest = hashlib.sha256(content).hexdigest()
        with writing(self.engine) as conn:
            known = conn.execute(select(blob.c.hash).where(blob.c.hash == digest)).scalar()
            if known is None:
                conn.execute(insert(blob).values(hash=digest, size=len(content), mime=mime, at=at))
                conn.execute(insert(chunk), [{"hash": digest, "n": n, "bytes": content[i:i + CHUNK]}
                                             for n, i in enumerate(range(0, max(len(content), 1), CHUNK))])
            else:
                conn.execute(update(blob).where(blob.c.hash == digest).values(at=at))
        return digest

    def get(self, digest: str) -> bytes | None:
        """The content of a hash; None if this laptop has not fetched it."""
        with reading(self.engine) as conn:
            parts = conn.execute(select(chunk.c.bytes).where(chunk.c.hash == digest).order_by(chunk.c.n)).scalars()
            content = b"".join(parts)
            known = conn.execute(select(blob.c.size).where(blob.c.hash == digest)).scalar()
        return content if known is not None and len(content) == known else None

    def put_thumb(self, digest: str, px: int, picture: bytes) -> None:
        """Keep a thumbnail whose long side is `px` pixels."""
        with writing(self.engine) as conn:
            conn.execute(sqlite.insert(thumb).values(hash=digest, px=px, bytes=picture).on_conflict_do_nothing())

    def get_thumb(self, digest: str, px: int) -> bytes | None:
        """A thumbnail made before."""
        with reading(self.engine) as conn:
            found: bytes | None = conn.execute(
                select(thumb.c.bytes).where(thumb.c.hash == digest, thumb.c.px == px)).scalar()
        return found

    def hashes(self) -> list[str]:
        """Every hash kept, sorted."""
        with reading(self.engine) as conn:
            return list(conn.execute(select(blob.c.hash).order_by(blob.c.hash)).scalars())

    def kept_before(self, before: str) -> list[str]:
        """Hashes of what was kept before an ISO moment."""
        with reading(self.engine) as conn:
            return list(conn.execute(select(blob.c.hash).where(blob.c.at < before)).scalars())

    def sweep(self, named: Collection[str], before: str) -> int:
        """Remove blobs kept before the ISO moment that no row names; gives how many."""
        with writing(self.engine) as conn:
            old = [h for h in conn.execute(select(blob.c.hash).where(blob.c.at < before)).scalars() if h not in named]
            for table in (thumb, chunk, blob):
                if old:
                    conn.execute(delete(table).where(table.c.hash == bindparam("h")), [{"h": h} for h in old])
        return len(old)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
