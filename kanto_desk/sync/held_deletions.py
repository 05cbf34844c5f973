"""Deletions that came and wait for somebody's word, as the events that they came as; kept from one start to the next.

In settings, one for each reply that brought some: nothing of it travels, and no schema step is needed for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, func, select

from kanto_desk.db import local
from kanto_desk.db.apply import Key
from kanto_desk.db.store import put_setting, setting_in
from kanto_desk.fields import Json
from kanto_desk.sync.wire import Event, WireChange

PREFIX: Final = "held_deletions "
DELETED: Final = "deleted_at"

_KEYS = select(local.setting.c.key).where(local.setting.c.key.between(PREFIX, PREFIX + "~")).order_by(
    func.length(local.setting.c.key), local.setting.c.key)


def key_of(event: Event) -> Key:
    """The record that an event is about."""
    about = event.change or event.row or event.leave
    assert about is not None
    return about.type, about.uid


def waiting(conn: Connection) -> list[Event]:
    """Every event that waits, in the order in which they came; a change that came twice stands once."""
    found = [event for name in _names(conn) for event in _read(conn, name)]
    return list({_which(event): event for event in found}.values())


def is_any(conn: Connection) -> bool:
    """Whether anything waits."""
    return conn.execute(_KEYS.limit(1)).first() is not None


def keep(conn: Connection, events: Sequence[Event]) -> None:
    """Keep these beside those that wait already."""
    if events:
        last = max((int(name.removeprefix(PREFIX)) for name in _names(conn)), default=0)
        _write(conn, f"{PREFIX}{last + 1}", events)


def done(conn: Connection, events: Collection[Event]) -> None:
    """These wait no more."""
    which = {_which(event) for event in events}
    _rewrite(conn, lambda event: None if _which(event) in which else event)


def forget(conn: Connection, key: Key, fields: Collection[str] | None) -> None:
    """A record, or some of its fields, may not be kept on this laptop any more: here neither. None is all of it."""
    def without(event: Event) -> Event | None:
        if key_of(event) != key:
            return event
        if fields is None:
            return None
        if event.change is None:
            return event   # of a whole row only the deletion is held
        return msgspec.structs.replace(event, change=_without(event.change, fields))
    _rewrite(conn, without)


def replaced(conn: Connection, keys: Collection[Key]) -> None:
    """What comes whole holds what was held of it before, or what became of that since."""
    _rewrite(conn, lambda event: None if key_of(event) in keys else event)


def _without(change: WireChange, fields: Collection[str]) -> WireChange:
    def less(values: dict[str, Any]) -> dict[str, Any]:
        return {n: v for n, v in values.items() if n not in fields}
    kept: dict[str, Json] = less(change.set)
    return msgspec.structs.replace(change, set=kept, base=less(change.base))


def _which(event: Event) -> tuple[object, ...]:
    return (event.change.dev, event.change.seq) if event.change is not None else key_of(event)


def _names(conn: Connection) -> list[str]:
    return [str(name) for name in conn.execute(_KEYS).scalars().all()]


def _read(conn: Connection, name: str) -> list[Event]:
    return msgspec.convert(setting_in(conn, name), list[Event])


def _write(conn: Connection, name: str, events: Sequence[Event]) -> None:
    if events:
        put_setting(conn, name, msgspec.to_builtins(list(events)))
    else:
        conn.execute(delete(local.setting).where(local.setting.c.key == name))


def _rewrite(conn: Connection, turned: Callable[[Event], Event | None]) -> None:
    for name in _names(conn):
        before = _read(conn, name)
        after = [event for old in before if (event := turned(old)) is not None]
        if after != before:
            _write(conn, name, after)
