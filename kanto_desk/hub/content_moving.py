"""Moving a hub's photos and files from one store to another while it serves, and comparing a store with the records.

Everything is copied, then the hub turns to the new store, then what came meanwhile is copied and each file leaves the
old one after it was read back from the new one. Cut anywhere, the same command goes on: no file is in neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select

from kanto_desk.db.content_parts import NAMED
from kanto_desk.db.schema import wire_table
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub.content_address import (
    LEFT,
    SETTING,
    address_of_contents,
    contents_of,
    need_answer,
    place_named,
    place_of,
    told,
)
from kanto_desk.hub.content_place import Place, PlaceAway, WrongContent
from kanto_desk.hub.opening import Hub, put_value, value_of
from kanto_desk.i18n import tr


@dataclass(slots=True)
class Moved:
    """What was moved: files and their bytes, and those that were damaged where they lay and were put aside there."""

    address: str
    files: int = 0
    bytes: int = 0
    damaged: int = 0


@dataclass(slots=True)
class Compared:
    """What records name, against the store: files, bytes, those that are missing, and those that were damaged."""

    address: str
    named: int = 0
    files: int = 0
    bytes: int = 0
    missing: int = 0
    damaged: int = 0


def move(hub: Hub, given: str) -> Moved:
    """Move every file to another store; goes on with a move that was cut. Raises Refused, Trouble."""
    wanted = address_of_contents(given)
    with hub.read() as conn:
        now, left = contents_of(conn), str(value_of(conn, LEFT, ""))
    if left and wanted != now:
        raise Refused(tr("前の移動が途中です。先に hub contents move '{now}' で終わらせます。", now=now), "contents")
    moved = Moved(wanted)
    if wanted == now and not left:
        return moved
    source, target = place_named(hub, left or now), place_named(hub, wanted)
    with in_words(wanted):
        need_answer(target, wanted)
        if not left:
            _copy(source, target, moved)
            left = now
            with hub.write() as conn:
                put_value(conn, SETTING, wanted)
                put_value(conn, LEFT, left)
        _copy(source, target, moved)   # what came before the hub turned
        _let_go(source, target, moved)
    with hub.write() as conn:
        put_value(conn, LEFT, "")
        accounts.note(conn, "hub", "contents moved", hub.clock(), files=moved.files, bytes=moved.bytes)
    return moved


def compare(hub: Hub, *, read: bool) -> Compared:
    """Look whether every file that a record names is there, with `read` also whether it is what its name says.

    Those that are not are asked for from the laptops that have them. Raises Trouble.
    """
    with hub.read() as conn:
        seen = Compared(contents_of(conn))
        named: set[str] = set()
        for type_name, field in NAMED:
            c = wire_table(type_name).c
            named.update(conn.execute(select(c[field]).where(c[field].is_not(None), c.deleted_at.is_(None))).scalars())
    named.discard("")
    seen.named = len(named)
    place = place_of(hub)
    with in_words(seen.address):
        for digest, size in place.names():
            seen.files += 1
            seen.bytes += size
            if read and not place.check(digest):
                seen.damaged += 1
                seen.files -= 1
                seen.bytes -= size
            else:
                named.discard(digest)
        for digest in sorted(named):
            place.want(digest)
    seen.missing = len(named)
    return seen


def _copy(source: Place, target: Place, moved: Moved) -> None:
    for digest, size in source.names():
        if target.size(digest) != size:
            _copy_one(source, target, digest, moved)
    for digest in source.thumbs():
        content = source.thumb(digest)
        if content is not None:
            target.keep_thumb(digest, content)


def _copy_one(source: Place, target: Place, digest: str, moved: Moved) -> None:
    try:
        target.put(digest, source.pieces(digest))
    except FileNotFoundError:   # put aside meanwhile
        return
    except WrongContent:
        source.check(digest)
        target.want(digest)
        moved.damaged += 1


def _let_go(source: Place, target: Place, moved: Moved) -> None:
    """Remove from the old store what was read back from the new one."""
    for digest, size in list(source.names()):
        if not target.check(digest):
            _copy_one(source, target, digest, moved)
            if not target.check(digest):
                continue   # damaged at its source: asked for from the laptops
        source.drop(digest)
        moved.files += 1
        moved.bytes += size
    for digest in list(source.thumbs()):
        if target.thumb(digest) is not None:
            source.drop_thumb(digest)


@contextmanager
def in_words(address: str, safe: str = "") -> Iterator[None]:
    """Say a failure of the store at an address in words, with what is safe then. Raises Trouble."""
    try:
        yield
    except PlaceAway as away:
        known = told(away, address)
        raise Trouble(known.happened, safe or tr("ファイルは、どれもどちらかの保管先にあります。"),
                      tr("直してから、同じコマンドをもう一度実行すると、続きから進みます。"), away.detail) from away
    except OSError as error:
        raise explain(error) from error
