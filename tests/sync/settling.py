"""The end of a random history: everybody syncs, with a quiet link, until nothing moves."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import bindparam, select

from kanto_desk.db import local
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import last_number
from kanto_desk.sync.client import HUB
from tests.sync.happenings import open_sealed
from tests.sync.simulated import SimDesk, World


def settle(world: World) -> None:
    """Everybody syncs, with a quiet link, until nothing moves.

    A laptop that has synced is asked again only once something happened at the hub since: whatever it should have had
    by then has to be there. In one history of eight all sync until nothing moves, also those that should have nothing.
    """
    for desk in world.desks:
        desk.quiet = True
    open_sealed(world)
    if world.rnd.random() < 0.125:
        _settle_all(world)
        return
    synced: dict[str, int] = {}
    for _ in range(12):
        waiting = [d for d in world.desks if _has_unsent(d)] or [
            d for d in world.desks if synced.get(d.name) != _top(world)]
        if not waiting:
            return
        for desk in waiting:
            assert desk.sync(), f"{desk.name} could not sync on a quiet link"
            synced[desk.name] = _top(world)
    raise AssertionError("does not settle")


def _has_unsent(desk: SimDesk) -> bool:
    """Whether a sync would send something: numbers of what had to be forgotten are in no journal any more."""
    with desk.store.read() as conn:
        known = json.loads(conn.execute(_KNOWN).scalar() or "null") or {"acked": 0}
        return conn.execute(_UNSENT, {"after": known["acked"]}).first() is not None


_KNOWN = select(local.setting.c.value).where(local.setting.c.key == HUB)
_UNSENT = select(local.change.c.id).where(
    local.change.c.dev == select(local.device.c.dev).scalar_subquery(), local.change.c.sample.is_(None),
    local.change.c.seq > bindparam("after")).limit(1)


def _top(world: World) -> int:
    with world.hub.read() as conn:
        return last_number(conn, "n")


def _settle_all(world: World) -> None:
    for _ in range(12):
        before = _numbers(world)
        for desk in world.desks:
            assert desk.sync(), f"{desk.name} could not sync on a quiet link"
        if _numbers(world) == before:
            return
    raise AssertionError("does not settle")


def _numbers(world: World) -> tuple[Any, ...]:
    with world.hub.read() as conn:
        n = conn.execute(select(t.counter.c.value).where(t.counter.c.name == "n")).scalar()
    states = []
    for desk in world.desks:
        with desk.store.read() as conn:
            states.append((tuple(sorted((r.scope, r.n) for r in conn.execute(select(local.scope_cursor)))),
                           json.loads(conn.execute(_KNOWN).scalar_one())["acked"]))
    return (n, *states)
