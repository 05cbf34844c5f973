"""What must hold when a random history has come to rest, worked out anew from what the hub received."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.db.stamps import unpack
from kanto_desk.fields import Kind, Level
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.placing import level_of
from kanto_desk.rules.access import may_see, scopes_read, sight
from kanto_desk.sync.client import HUB
from tests.sync.simulated import TYPES, SimDesk, World, dev_of


@cache
def _rows_of(type_name: str) -> Any:
    return select(wire_table(type_name))


@cache
def _lists_of(type_name: str) -> frozenset[str]:
    """Fields whose column holds the JSON text of a list."""
    return frozenset(f.name for f in fields_of(records()[type_name]) if f.kind is Kind.CODES)


Alive = dict[tuple[str, str, str], dict[str, Any]]


def alive_in(conn: Any, types: tuple[str, ...] = TYPES) -> Alive:
    """Every value alive in a database: (type, uid, field) → stamp → value."""
    return alive_and_shown(conn, types)[0]


def alive_and_shown(conn: Any, types: tuple[str, ...] = TYPES) -> tuple[Alive, list[tuple[str, str, str]]]:
    """The same, and the fields of which another value is shown than the one with the highest stamp."""
    out: Alive = {}
    shown: list[tuple[tuple[str, str, str], str]] = []
    for name in types:
        for row in conn.execute(_rows_of(name)).mappings():
            unknown = json.loads(row["_unknown"]) if row["_unknown"] else {}
            for f, stamp in unpack(row["_stamps"]).items():
                out.setdefault((name, row["uid"], f), {})[stamp] = (
                    unknown[f] if f in unknown else json.loads(row[f]) if f in _lists_of(name) and row[f] else row[f])
                shown.append(((name, row["uid"], f), stamp))
    for h in conn.execute(_HEADS):
        out.setdefault((h.type, h.uid, h.field), {})[h.stamp] = json.loads(h.value)
    return out, [key for key, stamp in shown if stamp != max(out[key])]


_HEADS = select(local.head)


def check(world: World) -> None:
    """The hub equals the oracle; every laptop holds what its user may see and nothing else; nothing is lost."""
    with world.hub.read() as conn:
        hub, wrong = alive_and_shown(conn)
        assert not wrong, f"the hub shows another value than the newest of {wrong[:3]}"
        received = conn.execute(select(t.received)).all()
        placed: dict[tuple[str, str], dict[str, Level]] = {}
        for p in conn.execute(select(t.placed)):
            placed.setdefault((p.type, p.uid), {})[p.scope] = Level(p.level)
        at_hub: dict[str, set[int]] = {}
        for r in received:
            at_hub.setdefault(r.dev, set()).add(r.seq)
        for dev, numbers in world.stopped.items():
            lost = numbers - at_hub.get(dev, set())
            assert not lost, f"{dev}: {sorted(lost)} of a stopped laptop never reached the hub"
        written = bodies_of_values(conn, received)
        readers = {d.name: accounts.reader_of(conn, d.person, world.clock().date()) for d in world.desks}
    oracle: Alive = {}
    gone: dict[tuple[str, str, str], set[str]] = {}
    for r in received:
        if r.verdict is None:
            for f, value in json.loads(r.set).items():
                oracle.setdefault((r.type, r.uid, f), {})[r.hlc + r.dev] = value
            for f, stamps in json.loads(r.base).items():   # a deletion names what it saw of fields it does not set
                if f in json.loads(r.set):
                    gone.setdefault((r.type, r.uid, f), set()).update(stamps)
    oracle = {k: left for k, v in oracle.items() if (left := {s: x for s, x in v.items() if s not in gone.get(k, ())})}
    assert hub == oracle, _difference("hub and oracle", hub, oracle)
    for desk in world.desks:
        scopes = scopes_read(readers[desk.name])
        seen = {key: sees for key, p in placed.items() if (sees := sight(p, scopes)) is not None}
        wanted = {k: shown for k, v in hub.items() if k[:2] in seen and (shown := v if may_see(
            seen[k[:2]].level, level_of(k[0]).get(k[2], Level.DESK)) else {
            s: x for s, x in v.items() if seen[k[:2]].own & written.get((*k, s), set())})}
        with desk.store.read() as conn:
            here, wrong = alive_and_shown(conn)
            assert not wrong, f"{desk.name} shows another value than the newest of {wrong[:3]}"
            dev, acked = conn.execute(_DEV).scalar_one(), json.loads(conn.execute(_KNOWN).scalar_one())["acked"]
            refused = {(r.type, r.uid) for r in conn.execute(_REFUSED)}
            journal = conn.execute(_JOURNAL).all()
            words = " ".join(r.set for r in journal)
        own = {r.seq for r in journal if r.dev == dev}
        left = {seq for seq in own if seq > acked}
        assert not left, f"{desk.name}: {len(left)} unsent after the end"
        missing = own - at_hub.get(dev, set())
        assert not missing, f"{desk.name}: {sorted(missing)} never reached the hub"
        mine = {k: v for k, v in here.items() if k[:2] not in refused}
        theirs = {k: v for k, v in wanted.items() if k[:2] not in refused}
        assert mine == theirs, _difference(desk.name, mine, theirs) + _told(world, desk, mine, theirs, scopes)
        hidden = {v for k, values in hub.items() if k[:2] not in refused for s, v in values.items()
                  if s not in wanted.get(k, {}) and isinstance(v, str) and v.startswith("値")}
        shown = {v for values in wanted.values() for v in values.values() if isinstance(v, str)}
        leaked = sorted(v for v in hidden - shown if v in words)
        assert not leaked, f"{desk.name}: {leaked} in the journal though not to be seen"


def bodies_of_values(conn: Any, received: Any) -> dict[tuple[str, str, str, str], set[str]]:
    """(type, uid, field, stamp) → bodies it was written for, or whose values it replaced, in the order of coming."""
    own: dict[tuple[str, str, str], set[str]] = {}
    for r in conn.execute(select(t.written).where(t.written.c.field == "")):
        own.setdefault((r.type, r.uid, r.stamp), set()).add(r.body)
    out: dict[tuple[str, str, str, str], set[str]] = {}
    for r in sorted(received, key=lambda r: r.n):
        if r.verdict is None:
            base = json.loads(r.base)
            for f in json.loads(r.set):
                out[r.type, r.uid, f, r.hlc + r.dev] = own.get((r.type, r.uid, r.hlc + r.dev), set()).union(
                    *(out.get((r.type, r.uid, f, s), ()) for s in base.get(f, ())))
    return out


def digest(world: World) -> str:
    """A hash over everything alive, with stamps, and over every event of the hub."""
    with world.hub.read() as conn:
        said = [sorted((k, sorted(v.items())) for k, v in alive_in(conn).items()),
                [tuple(r) for r in conn.execute(select(t.event).order_by(t.event.c.n, t.event.c.scope))]]
    return hashlib.sha256(repr(said).encode()).hexdigest()


_DEV = select(local.device.c.dev)
_KNOWN = select(local.setting.c.value).where(local.setting.c.key == HUB)
_REFUSED = select(local.verdict.c.type, local.verdict.c.uid)
_JOURNAL = select(local.change.c.dev, local.change.c.seq, local.change.c.set)


def _told(world: World, desk: SimDesk, here: Alive, there: Alive, scopes: Any) -> str:
    """What the hub and the laptop know about the first record that differs."""
    key = next(k[:2] for k in sorted(set(here) | set(there)) if here.get(k) != there.get(k))
    lines = [f"scopes {sorted(scopes)}"]
    with world.hub.read() as conn:
        lines.append(f"made {conn.execute(select(t.member).where(t.member.c.uid == key[1])).all()}")
        lines.append(f"placed {conn.execute(select(t.placed.c.scope, t.placed.c.level).where(t.placed.c.uid == key[1])).all()}")
        lines += [f"event {r}" for r in conn.execute(select(t.event).where(t.event.c.uid == key[1]).order_by(t.event.c.n))]
        lines += [f"received {r.n} {r.dev} {r.seq} {r.set} {r.verdict} {r.reason}" for r in conn.execute(
            select(t.received).where(t.received.c.uid == key[1]).order_by(t.received.c.n))]
        lines += [f"may hold {r.scope}" for r in conn.execute(select(t.device_scope).where(
            t.device_scope.c.dev == dev_of(desk)))]
    with desk.store.read() as conn:
        lines += [f"cursor {r}" for r in conn.execute(select(local.scope_cursor))]
        lines += [f"filled {r}" for r in conn.execute(select(local.filled).where(local.filled.c.uid == key[1]))]
        lines += [f"leaving {r}" for r in conn.execute(select(local.leaving))]
        lines += [f"journal {r.dev} {r.seq} {r.set}" for r in conn.execute(select(local.change).where(local.change.c.uid == key[1]))]
    return "\n" + "\n".join(lines)


def _difference(who: str, here: Alive, there: Alive) -> str:
    keys = [k for k in sorted(set(here) | set(there)) if here.get(k) != there.get(k)]
    return f"{who}: " + "; ".join(f"{k}: {here.get(k)} / {there.get(k)}" for k in keys[:4])
