"""How far a first fill has come: noted with the rows of each page, so that a fill that was killed goes on there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, select

from kanto_desk.db import local
from kanto_desk.db.store import Store, put_setting, setting_in
from kanto_desk.rules.access import body_scope, person_scope

FILLING: Final = "hub_filling"
"""Setting: scope → epoch, the last record of the pages that are here, and the number from which changes follow."""

FORMER: Final = "hub_former"
"""Setting: scopes read under another name of this laptop or of another hub, until what left them was asked for."""


def note_former(conn: Connection) -> None:
    """Remember the scopes read so far, before their cursors go, and those that this laptop wrote into.

    A laptop that pushed and was copied before it read anything has no cursor, and its own rows lie here all the same.
    """
    known = setting_in(conn, local.HUB)
    scopes = {*former(conn), *conn.execute(select(local.scope_cursor.c.scope)).scalars()}
    if known:
        scopes |= {person_scope(known["person"]), person_scope(known["person"], known["body"]),
                   body_scope(known["body"])}
    if scopes:
        put_setting(conn, FORMER, sorted(scopes))


def former(conn: Connection) -> list[str]:
    """Scopes in which rows may have been left behind; none for a laptop that reads under its first name."""
    found: list[str] = setting_in(conn, FORMER) or []
    return found


def marks(conn: Connection) -> dict[str, Any]:
    """Every fill that was begun."""
    found: dict[str, Any] = setting_in(conn, FILLING) or {}
    return found


def begun(noted: dict[str, Any], scope: str, epoch: str) -> tuple[list[str] | None, int | None]:
    """Where the fill of a scope goes on: after which record, and from which number changes follow; Nones at its start.

    What was begun at another epoch is begun anew: its numbers mean something else.
    """
    found = noted.get(scope)
    if found is None or found["epoch"] != epoch:
        return None, None
    return list(found["after"]), int(found["upto"])


def note(conn: Connection, before: dict[str, Any], scope: str, epoch: str, after: list[str], upto: int) -> None:
    """Keep how far the fill of a scope has come, in the transaction that holds the end of a page."""
    put_setting(conn, FILLING, {**before, scope: {"epoch": epoch, "after": after, "upto": upto}})


def end(store: Store, scope: str) -> None:
    """Forget how far a fill of more than one page had come; its cursor says that it is complete."""
    with store.write() as conn:
        done(conn, marks(conn), [scope])


def done(conn: Connection, before: dict[str, Any], scopes: Iterable[str]) -> None:
    """Forget how far these fills had come: they are complete, or the scope was taken away."""
    left = {s: at for s, at in before.items() if s not in set(scopes)}
    if left != before:
        put_setting(conn, FILLING, left)
