"""First fills: several pages of a scope in one reply, as many as its size allows, all of one snapshot."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Connection

from kanto_desk.db.apply import Key
from kanto_desk.hub.giving import Given, rows_of
from kanto_desk.rules.access import Scope
from kanto_desk.sync.wire import MOST_BYTES, MOST_CHANGES, Event

PAGE: Final = 500
"""Rows read at once; a reply is weighed after each, so that it passes its bound by no more than a page."""


def pages_of(conn: Connection, scope: Scope, scopes: frozenset[Scope], since: int, after: Key | None,
             own: str | None = None, most_bytes: int = 0) -> Given:
    """Rows of a scope after a record, until the reply is full or has `most_bytes`; see `giving.rows_of`."""
    events: list[Event] = []
    weight = 0
    while True:
        page = rows_of(conn, scope, scopes, since, after, PAGE, own, once=True)
        events += page.events
        after = page.last
        weight += len(msgspec.json.encode(page.events))
        if not page.more or weight >= (most_bytes or MOST_BYTES) or len(events) + PAGE > MOST_CHANGES:
            return Given(events, page.upto, page.more, page.last)
