"""Files that nothing at the hub names any more: marked when they are first seen so, removed 30 days later.

What names a file: a row that is there or was deleted less than 30 days ago, an issued version or confirmation, the body
of a version, another value of a field in conflict, a change that was not taken, a field this program does not know
(DECISIONS 19). Before-values lie on the laptops; they name a file that a row named until 30 days ago, and the mark is
younger then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, insert, select, update

from kanto_desk.db import local
from kanto_desk.db.content_parts import NAMED
from kanto_desk.db.schema import records, wire_table
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts, delivered
from kanto_desk.hub import tables as t
from kanto_desk.hub.content_address import LEFT, contents_of, place_of
from kanto_desk.hub.content_moving import in_words
from kanto_desk.hub.opening import Hub, pairs, put_value, value_of
from kanto_desk.i18n import tr

DAYS: Final = 30
SWEPT: Final = "contents_swept"
"""Setting: when the files were last looked through, milliseconds since 1970."""

DAY_MS: Final = 86_400_000
_MOST_GAP_MS: Final = 7 * DAY_MS
_BATCH: Final = 200
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Swept:
    """What went, or would go (`gone`, by name), and what waits for its 30 days; `next`: when the first of it may go."""

    address: str
    gone: list[str] = field(default_factory=list)
    bytes: int = 0
    waiting: int = 0
    waiting_bytes: int = 0
    next: str = ""


def sweep(hub: Hub, *, dry: bool = False, ended: Callable[[], bool] = lambda: False) -> Swept:
    """Remove files that nothing has named for 30 days; with `dry` only say which. Cut anywhere, the next one goes on.

    It stops between two batches when `ended` says so. Raises Refused while files move from one store to another,
    Trouble where the store is away.
    """
    now = int(hub.clock().timestamp() * 1000)
    with hub.read() as conn:
        swept, left = Swept(contents_of(conn)), value_of(conn, LEFT, "")
    if left:
        raise Refused(tr("前の移動が途中です。先に hub contents move '{now}' で終わらせます。", now=swept.address),
                      "contents")
    with in_words(swept.address, tr("記録が挙げている写真とファイルは、消していません。")):
        here = _here(hub, ended)   # before the rows are read: what comes from now on is not looked at
        if here is None:
            return swept
        marks = _marked(hub, here, now, dry=dry)
        due = sorted(d for d, since in marks.items() if since <= now - DAYS * DAY_MS)
        for at in range(0, len(due), _BATCH):
            if ended():
                break
            _go(hub, due[at:at + _BATCH], here, swept, dry=dry)
    rest = {d: since for d, since in marks.items() if d in here and d not in set(due)}
    swept.waiting, swept.waiting_bytes = len(rest), sum(here[d] for d in rest)
    if rest:
        first = timedelta(milliseconds=min(rest.values()) + DAYS * DAY_MS - now)
        swept.next = (hub.clock() + first).date().isoformat()
    return swept


def _here(hub: Hub, ended: Callable[[], bool]) -> dict[str, int] | None:
    """Every file of the store with its bytes, and thumbnails without their file; None where it ended before that."""
    place = place_of(hub)
    here: dict[str, int] = {}
    for found in (place.names(), ((digest, 0) for digest in place.thumbs())):
        for digest, size in found:
            here.setdefault(digest, size)
            if ended():
                return None
    return here


def _marked(hub: Hub, here: Collection[str], now: int, *, dry: bool) -> dict[str, int]:
    """File that no row names → since when. Marks of others are taken back, new ones set; with `dry` none is kept."""
    with hub.read() as conn:
        last = int(value_of(conn, SWEPT, now))
        # Nobody looked for so long, or the clock was wrong then or is now: of that time a week counts at most.
        shift = now - last - min(max(now - last, 0), _MOST_GAP_MS)
        marks = {d: since + shift for d, since in pairs(conn, select(t.unnamed.c.hash, t.unnamed.c.since)).items()}
        unnamed = (set(here) | set(marks)) - _named_by_rows(conn, hub.clock())
    # A mark without its file: somebody else removed it, or a sweep that was cut; the latter still has to be noted.
    kept = {d: s for d, s in marks.items() if d in unnamed and (d in here or s <= now - DAYS * DAY_MS)}
    new = dict.fromkeys(sorted(unnamed - set(marks)), now)
    if not dry:
        with hub.write() as conn:
            if shift:
                conn.execute(update(t.unnamed).values(since=t.unnamed.c.since + shift))
            _unmark(conn, set(marks) - set(kept))
            known = set(conn.execute(select(t.unnamed.c.hash)).scalars())   # another process may sweep, too
            for digest in new.keys() - known:
                conn.execute(insert(t.unnamed).values(hash=digest, since=now))
            put_value(conn, SWEPT, now)
    return kept | new


def _go(hub: Hub, some: list[str], here: dict[str, int], swept: Swept, *, dry: bool) -> None:
    """Remove these, but for those that something else than a row names; those begin anew."""
    with hub.read() as conn:
        named = _named_anyhow(conn, hub.clock(), some)
    going = [d for d in some if d not in named]
    if not dry:
        place = place_of(hub)
        for digest in going:
            place.drop(digest)
            place.drop_thumb(digest)
        with hub.write() as conn:
            _unmark(conn, named)
            going = [d for d in going if _unmark(conn, [d])]   # who takes the mark away has removed the file
            size = sum(here.get(d, 0) for d in going)
            delivered.forget(conn, going)
            if going:
                accounts.note(conn, "hub", "contents swept", hub.clock(), files=len(going), bytes=size)
        with hub.read() as conn:
            back = _named_anyhow(conn, hub.clock(), going)
        for digest in back:   # named in this very moment: whoever named it has it, and is asked for it
            place.want(digest)
    swept.gone += going
    swept.bytes += sum(here.get(d, 0) for d in going)


def _unmark(conn: Connection, digests: Iterable[str]) -> int:
    many = 0
    for digest in digests:
        many += conn.execute(delete(t.unnamed).where(t.unnamed.c.hash == digest)).rowcount
    return many


def _named_by_rows(conn: Connection, now: datetime) -> set[str]:
    """Files that rows name: attachments that are there or in the bin, versions and confirmations in any case."""
    named: set[str] = set()
    for type_name, column in NAMED:
        c = wire_table(type_name).c
        for digest, deleted_at in conn.execute(select(c[column], c.deleted_at).where(c[column].is_not(None))):
            if type_name != "attachment" or _in_bin(deleted_at, now):
                named.add(digest)
    return named


def _in_bin(deleted_at: str | None, now: datetime) -> bool:
    try:
        return deleted_at is None or datetime.fromisoformat(deleted_at) >= now - timedelta(days=DAYS)
    except (TypeError, ValueError):   # a moment that is none, or without a zone
        return True


def _named_anyhow(conn: Connection, now: datetime, some: Collection[str]) -> set[str]:
    """Which of these files anything names."""
    asked = set(some)
    named = asked & _named_by_rows(conn, now)
    for statement in _texts():
        if named == asked:
            break
        for text in conn.execute(statement.execution_options(yield_per=100)).scalars():
            named |= asked.intersection(_HASH.findall(text))
    return named


def _texts() -> Iterator[Select[Any]]:
    """Whatever else may name a file, as text."""
    h, r = local.head.c, t.received.c
    yield select(h.value).where(h.value.is_not(None), h.field.in_(sorted({column for _, column in NAMED})))
    yield select(r.set).where(r.verdict.is_not(None))
    yield select(local.strange.c["_unknown"]).where(local.strange.c["_unknown"].is_not(None))
    for name in records():
        unknown = wire_table(name).c["_unknown"]
        yield select(unknown).where(unknown.is_not(None))
    body = wire_table("version").c.body
    yield select(body).where(body.is_not(None))
