"""Random histories of laptops and a hub under one seed: real stores, real client, real hub, a link that misbehaves.

After each history everybody syncs until nothing moves; then every laptop must hold exactly what its user may see, with
every value that no known change has superseded, and no value may be lost. `python -m tests.sync.simulator --histories N`.
"""

from __future__ import annotations

import argparse
import base64
import gc
import hashlib
import json
import math
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import event, inspect, select, update

from kanto_desk.chance import drawn_from
from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.schema import wire_table
from kanto_desk.db.stamps import unpack
from kanto_desk.db.store import Store, new_device
from kanto_desk.fields import Level
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.app import handle
from kanto_desk.hub.bundle_keys import public_of
from kanto_desk.hub.opening import Hub, last_number, open_hub, put_value
from kanto_desk.hub.placing import level_of
from kanto_desk.rules.access import Grant, Role, may_see, scopes_read, sight
from kanto_desk.sync import signing, wire
from kanto_desk.sync.client import Exchange, Known, NotAnswered, keep_known
from kanto_desk.sync.renewing import renew
from tests.db.parts import SetClock
from tests.sync.happenings import MORE, check_files, open_sealed
from tests.sync.parts import a_hub

TYPES = ("organization", "consultation", "entry", "consent", "attachment")
PASSED_ON, MEMO = "20", "memo"
SHARED = ("3f6a1c527d0e5b8a9c441a6e0b7d2f95", "b4c6f0f24f0e5d7e9b612d4c8c1f7a30")
"""Companies that bear the same uid at everybody who adds them."""


class Cut(OSError):
    """The link broke."""


class DiskFull(Exception):
    """A commit found no room; the transaction was rolled back."""


class Crash(BaseException):
    """The desk was switched off."""


@dataclass
class World:
    """One history: a hub, laptops, and what was done."""

    rnd: random.Random
    folder: Path
    hub: Hub
    clock: SetClock
    desks: list[SimDesk] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    wide: bool = False   # whether all that `happenings` tells may happen
    restores: bool = True   # whether the hub may go back to a backup
    made: int = 0   # folders of laptops
    stopped: dict[str, set[int]] = field(default_factory=dict)   # stopped laptops, and the numbers they wrote
    sealed: list[Path] = field(default_factory=list)   # what they left
    files: dict[str, bytes] = field(default_factory=dict)
    types: tuple[str, ...] = TYPES

    def live(self, desk: SimDesk, type_name: str) -> list[str]:
        """The rows of a type that a laptop holds."""
        return live(desk, type_name)

    def close(self, desk: SimDesk) -> None:
        """Close the files of a laptop."""
        desk.store.close()
        if desk.blobs is not None:
            desk.blobs.engine.dispose()


class SimDesk:
    """A laptop in the simulation; its link loses, doubles and cuts."""

    def __init__(self, world: World, name: str, person: str, store: Store, known_text: dict[str, Any]) -> None:
        self.world = world
        self.name = name
        self.person = person
        self.store = store
        with store.write() as conn:
            from kanto_desk.db.store import put_setting
            put_setting(conn, "hub", known_text)
        self.quiet = False
        self.blobs: Blobs | None = None

    def carried(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """The link on a good day."""
        return handle(self.world.hub, path, headers, body)

    def exchange(self) -> Exchange:
        """A sync about to begin."""
        return Exchange(self.store, self.link, Known(**self.store.setting("hub")))

    def link(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        rnd = self.world.rnd
        luck = 1.0 if self.quiet else rnd.random()
        if luck < 0.06:
            raise Cut("before")
        if luck < 0.10:
            return 400, _damaged(body)
        status, answer = handle(self.world.hub, path, headers, body)
        if luck < 0.18:
            raise Cut("after")
        if luck < 0.24:   # the network delivered it twice; the second answer arrives
            status, answer = handle(self.world.hub, path, headers, body)
        return status, answer

    def sync(self) -> bool:
        if self.store.setting("hub") is None:   # its disk was full between the new name and the answer to joining
            finish_joining(self.world, self)
        try:
            self.exchange().run(lambda _r: self.quiet or self.world.rnd.random() > 0.05)
        except NotAnswered as no:
            if no.problem.reason != "cloned":
                return False
            join_again(self.world, self)
            return self.sync()
        except (Cut, ValueError):
            return False
        return True


def _damaged(body: bytes) -> bytes:
    from kanto_desk.sync.wire import Problem, packed
    return packed(Problem("frame"))


_TEMPLATES: dict[str, Path] = {}


def template(folder: Path) -> Path:
    """A folder with an empty desk and an empty hub, copied for each history."""
    if "at" not in _TEMPLATES or not _TEMPLATES["at"].exists():
        made = Path(tempfile.mkdtemp(dir=folder))
        key = b"k" * 32
        engine = make_engine(made / "records.db", key)
        from kanto_desk.db.migrations import RECORDS, migrate
        migrate(engine, RECORDS)
        engine.dispose()
        hub = a_hub(made / "hub")
        public_of(hub)
        hub.close()
        _TEMPLATES["at"] = made
    return _TEMPLATES["at"]


def a_world(seed: int, folder: Path, database: str | None = None) -> World:
    rnd = random.Random(seed)
    made = template(folder)
    here = Path(tempfile.mkdtemp(dir=folder))
    clock = SetClock(datetime(2026, 11, 24, 13, 30, tzinfo=JST))
    shutil.copytree(made / "hub", here / "hub")
    if database is None:
        hub = Hub(make_engine(here / "hub" / "hub.db", None, timeout=60), here / "hub", clock)
    else:
        hub = emptied(open_hub(here / "hub", clock, database))
    world = World(rnd, here, hub, clock)
    with hub.write() as conn:
        world.bodies = [accounts.add_body(conn, f"機関{n}", f"B{n}", clock()) for n in range(rnd.randint(1, 2))]
    for n in range(rnd.choices((rnd.randint(2, 4), rnd.randint(5, 8), rnd.randint(9, 20)), (93, 6, 1))[0]):
        add_desk(world, n)
    return world


def emptied(hub: Hub) -> Hub:
    """The same hub without anything that anybody sent or was given; making one anew takes a second on PostgreSQL."""
    kept = {t.hub.name, t.counter.name, t.audit.name}   # what was done is never taken out of the audit
    with hub.write() as conn:
        for name in inspect(conn).get_table_names():
            if name not in kept:
                conn.exec_driver_sql(f'DELETE FROM "{name}"')
        conn.execute(update(t.counter).where(t.counter.c.name != "audit").values(value=0))
    return hub


def add_desk(world: World, n: int) -> None:
    rnd = world.rnd
    body = rnd.choice(world.bodies)
    role = rnd.choice((Role.EXPERT, Role.EXPERT, Role.SECRETARIAT, Role.COORDINATOR))
    with world.hub.write() as conn:
        if world.desks and rnd.random() < 0.4:
            person = rnd.choice(world.desks).person
        else:
            person = accounts.add_person(conn, f"人{n}", "", world.clock())
            accounts.add_grant(conn, person, Grant(role, body, frozenset({"p1"} if rnd.random() < 0.7 else ())), world.clock())
    _enrolled(world, n, person, rnd.choice((0, 0, 0, -17, 3, 4000)))


def join_again(world: World, desk: SimDesk) -> None:
    """A laptop whose name another one bears, too, gets a new name and a new line of enrolment."""
    before = desk.store.device()[0]
    renew(desk.store)
    finish_joining(world, desk)
    assert desk.store.device()[0] != before
    world.kinds["copy noticed"] += 1
    world.log.append(f"{desk.name} joins again")


def finish_joining(world: World, desk: SimDesk) -> None:
    """The new line, once the laptop has its new name."""
    known = _joined(world, desk.store, desk.person, desk.name)
    with desk.store.write() as conn:
        keep_known(conn, known)


def another_desk(world: World, like: SimDesk) -> SimDesk:
    """A second laptop of the same person, its clock right."""
    return _enrolled(world, len(world.desks), like.person, 0)


def _enrolled(world: World, n: int, person: str, minutes: int) -> SimDesk:
    home = world.folder / f"desk{n}"
    home.mkdir()
    shutil.copy(template(world.folder.parent) / "records.db", home / "records.db")
    clock = SetClock(world.clock() + timedelta(minutes=minutes))
    store = Store(make_engine(home / "records.db", b"k" * 32), clock, f"人{n}")
    with store.write() as conn:
        new_device(conn, clock)
    known = _joined(world, store, person, home.name)
    world.made = max(world.made, n + 1)
    world.desks.append(SimDesk(world, home.name, known.person, store, {k: getattr(known, k) for k in Known.__slots__}))
    return world.desks[-1]


def _joined(world: World, store: Store, person: str, name: str) -> Known:
    with world.hub.write() as conn:
        code = accounts.new_code(conn, person, world.clock())
    key = signing.new_key()
    dev = f"{store.device()[0]:016x}"
    status, answer = handle(world.hub, "/enrol", {}, wire.packed(wire.Enrol(
        1, code, dev, name, base64.b64encode(key.public_key().public_bytes_raw()).decode(), "age1")))
    assert status == 200
    got = wire.unpacked(answer, wire.Enrolled)
    return Known("", got.epoch, signing.key_text(key), got.person, got.body)


def step(world: World) -> None:
    """One thing that happens."""
    rnd = world.rnd
    world.clock.forward(seconds=rnd.randint(1, 900))
    for desk in world.desks:
        desk.store.clock.forward(seconds=rnd.randint(1, 900))   # type: ignore[attr-defined]
    desk = rnd.choice(world.desks)
    more = MORE if world.wide else {}
    what = rnd.choices(("edit", "sync", "grant", "all", "backup", "restore", "full", *more),
                       (20, 14, 2, 2, 2, 2, 1, *(weight for _, weight in more.values())))[0]
    if what in more:
        more[what][0](world, desk)
        world.kinds[what] += 1
    elif what == "edit":
        edit(world, desk)
    elif what == "sync":
        desk.sync()
        world.log.append(f"{desk.name} sync")
    elif what == "backup":
        back_up(world)
    elif what == "restore":
        if world.restores:
            restore(world)
    elif what == "full":
        full_disk(world, desk)
    elif what == "all":
        for each in world.desks:
            each.sync()
    else:
        change_grant(world)


def back_up(world: World) -> None:
    """Keep the hub's database as it stands."""
    kept = world.folder / "backup.db"
    if world.hub.is_postgresql:
        return
    kept.unlink(missing_ok=True)
    with world.hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("VACUUM INTO ?", (str(kept),))
    world.log.append("hub backup")


def restore(world: World) -> None:
    """The hub stands as it was at its backup, in a new epoch; what happened since comes back from the laptops."""
    kept = world.folder / "backup.db"
    if not kept.exists():   # none was made yet, or the hub stands on PostgreSQL
        return
    world.hub.close()
    home = world.folder / "hub"
    for old in home.glob("hub.db*"):
        old.unlink()
    shutil.copy(kept, home / "hub.db")
    world.hub = Hub(make_engine(home / "hub.db", None, timeout=60), home, world.clock)
    with world.hub.write() as conn:
        put_value(conn, "epoch", f"{world.rnd.getrandbits(64):016x}")
    open_sealed(world)
    world.kinds["hub restored"] += 1
    world.log.append("hub restored")


def full_disk(world: World, desk: SimDesk) -> None:
    """The laptop's disk is full in the middle of a sync, and has room again afterwards."""
    left = world.rnd.randint(1, 12)

    def refused(conn: Any, *_: Any) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise DiskFull

    engine = desk.store.engine
    event.listen(engine, "commit", refused)
    try:
        desk.sync()
    except DiskFull:
        world.kinds["disk full"] += 1
    finally:
        event.remove(engine, "commit", refused)
    world.log.append(f"{desk.name} disk full")


def change_grant(world: World) -> None:
    """Roles change; not once a backup stands: what a restored hub then refuses still lies on other laptops (undecided)."""
    if (world.folder / "backup.db").exists():
        return
    rnd = world.rnd
    person = rnd.choice(world.desks).person
    with world.hub.write() as conn:
        grants = conn.execute(select(t.grant.c.uid).where(t.grant.c.person == person)).scalars().all()
        if grants and rnd.random() < 0.5:
            accounts.end_grant(conn, rnd.choice(sorted(grants)))
            world.log.append(f"grant of {person[-4:]} ended")
        else:
            role = rnd.choice((Role.EXPERT, Role.SECRETARIAT))
            accounts.add_grant(conn, person, Grant(role, rnd.choice(world.bodies), frozenset({"p1"})), world.clock())
            world.log.append(f"grant for {person[-4:]} {role.name}")


def live(desk: SimDesk, type_name: str) -> list[str]:
    with desk.store.read() as conn:
        return sorted(conn.execute(_uids_of(type_name)).scalars())


@cache
def _uids_of(type_name: str) -> Any:
    return select(wire_table(type_name).c.uid)


@cache
def _rows_of(type_name: str) -> Any:
    return select(wire_table(type_name))


@cache
def _stamps_of(type_name: str) -> Any:
    table = wire_table(type_name)
    return select(table.c.uid, table.c["_stamps"].label("stamps"))


def edit(world: World, desk: SimDesk) -> None:
    rnd = world.rnd
    visits, lines, companies = (live(desk, x) for x in ("consultation", "entry", "organization"))
    value = f"値{rnd.randrange(10**6)}"
    what = rnd.choice(("company", "visit", "line", "change line", "change line", "change company", "kind", "visibility",
                       "consent", "withdraw", "delete", "programme"))
    with desk.store.operation(what) as op:
        if what == "company" or not companies:
            shared = SHARED[rnd.randrange(len(SHARED))] if rnd.random() < 0.4 else None   # of a directory
            op.add("organization", {"name": value, "notes": value}, shared)
        elif what == "visit" or not visits:
            op.add("consultation", {"organization": rnd.choice(companies), "theme": value,
                                    "visibility": rnd.choice((None, "P0", "P1", "P2", "P3", "P4")),
                                    "programme": rnd.choice((None, "p1"))})
        elif what == "line" or not lines:
            op.add("entry", {"consultation": rnd.choice(visits), "text": value, "kind": rnd.choice(("said", MEMO))})
        elif what == "change line":
            op.put("entry", rnd.choice(lines), {"text": value})
        elif what == "change company":
            op.put("organization", rnd.choice(companies), {rnd.choice(("name", "notes")): value})
        elif what == "kind":
            op.put("entry", rnd.choice(lines), {"kind": rnd.choice(("said", MEMO))})
        elif what == "visibility":
            op.put("consultation", rnd.choice(visits), {"visibility": rnd.choice(("P0", "P1", "P3"))})
        elif what == "programme":
            op.put("consultation", rnd.choice(visits), {"programme": rnd.choice((None, "p1"))})
        elif what == "consent":
            op.add("consent", {"consultation": rnd.choice(visits), "organization": rnd.choice(companies), "code": PASSED_ON})
        elif what == "withdraw":
            consents = live(desk, "consent")
            if consents:
                op.put("consent", rnd.choice(consents), {"withdrawn_on": desk.store.clock().date()})
        else:
            op.delete("entry", rnd.choice(lines))
    world.kinds[what] += 1
    world.log.append(f"{desk.name} {what} {value}")


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
    c = local.change.c
    with desk.store.read() as conn:
        return conn.execute(select(c.id).where(c.dev == f"{desk.store.device()[0]:016x}", c.sample.is_(None),
                                               c.seq > (desk.store.setting("hub") or {"acked": 0})["acked"]).limit(1)).first() is not None


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
                           desk.store.setting("hub")["acked"]))
    return (n, *states)


Alive = dict[tuple[str, str, str], dict[str, Any]]


def alive_in(conn: Any, types: tuple[str, ...] = TYPES) -> Alive:
    """Every value alive in a database: (type, uid, field) → stamp → value."""
    out: Alive = {}
    for name in types:
        for row in conn.execute(_rows_of(name)).mappings():
            unknown = json.loads(row["_unknown"]) if row["_unknown"] else {}
            for f, stamp in unpack(row["_stamps"]).items():
                out.setdefault((name, row["uid"], f), {})[stamp] = unknown[f] if f in unknown else row[f]
    for h in conn.execute(select(local.head)):
        out.setdefault((h.type, h.uid, h.field), {})[h.stamp] = json.loads(h.value)
    return out


def lowest_shown(conn: Any, alive: Alive) -> list[tuple[str, str, str]]:
    """Fields of which another value is shown than the one with the highest stamp."""
    out = []
    for name in TYPES:
        for row in conn.execute(_stamps_of(name)):
            out += [(name, row.uid, f) for f, stamp in unpack(row.stamps).items() if stamp != max(alive[name, row.uid, f])]
    return out


def check(world: World) -> None:
    """The hub equals the oracle; every laptop holds what its user may see and nothing else; nothing is lost."""
    with world.hub.read() as conn:
        hub = alive_in(conn)
        assert not (wrong := lowest_shown(conn, hub)), f"the hub shows another value than the newest of {wrong[:3]}"
        received = conn.execute(select(t.received)).all()
        placed: dict[tuple[str, str], dict[str, Level]] = {}
        for p in conn.execute(select(t.placed)):
            placed.setdefault((p.type, p.uid), {})[p.scope] = Level(p.level)
        for dev, numbers in world.stopped.items():
            lost = numbers - {r.seq for r in received if r.dev == dev}
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
            here = alive_in(conn)
            wrong = lowest_shown(conn, here)
            assert not wrong, f"{desk.name} shows another value than the newest of {wrong[:3]}"
            left = conn.execute(select(local.change.c.id).where(local.change.c.dev == f"{desk.store.device()[0]:016x}",
                                local.change.c.seq > desk.store.setting("hub")["acked"])).all()
            refused = {(r.type, r.uid) for r in conn.execute(select(local.verdict))}
            journal = {(r.dev, r.seq) for r in conn.execute(select(local.change.c.dev, local.change.c.seq))}
            words = " ".join(conn.execute(select(local.change.c.set)).scalars())
        assert not left, f"{desk.name}: {len(left)} unsent after the end"
        own = {seq for dev, seq in journal if dev == f"{desk.store.device()[0]:016x}"}
        missing = own - {r.seq for r in received if r.dev == f"{desk.store.device()[0]:016x}"}
        assert not missing, f"{desk.name}: {sorted(missing)} never reached the hub"
        mine = {k: v for k, v in here.items() if k[:2] not in refused}
        theirs = {k: v for k, v in wanted.items() if k[:2] not in refused}
        assert mine == theirs, _difference(desk.name, mine, theirs) + _told(world, desk, mine, theirs, scopes)
        hidden = {v for k, values in hub.items() if k[:2] not in refused for s, v in values.items()
                  if s not in wanted.get(k, {}) and isinstance(v, str) and v.startswith("値")}
        shown = {v for values in wanted.values() for v in values.values()}
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
            t.device_scope.c.dev == f"{desk.store.device()[0]:016x}"))]
    with desk.store.read() as conn:
        lines += [f"cursor {r}" for r in conn.execute(select(local.scope_cursor))]
        lines += [f"filled {r}" for r in conn.execute(select(local.filled).where(local.filled.c.uid == key[1]))]
        lines += [f"leaving {r}" for r in conn.execute(select(local.leaving))]
        lines += [f"journal {r.dev} {r.seq} {r.set}" for r in conn.execute(select(local.change).where(local.change.c.uid == key[1]))]
    return "\n" + "\n".join(lines)


def _difference(who: str, here: Alive, there: Alive) -> str:
    keys = [k for k in sorted(set(here) | set(there)) if here.get(k) != there.get(k)]
    return f"{who}: " + "; ".join(f"{k}: {here.get(k)} / {there.get(k)}" for k in keys[:4])


def run_one(seed: int, folder: Path, steps: int = 28, database: str | None = None) -> World:
    """One history. Raises AssertionError with the seed in its text. The same seed gives the same ids and ties.

    `database` is a PostgreSQL database with an empty hub, which is emptied again first.
    """
    with drawn_from(random.Random(f"ids {seed}").getrandbits):
        return _run(seed, folder, steps, database)


def _run(seed: int, folder: Path, steps: int, database: str | None) -> World:
    world = a_world(seed, folder, database)
    world.wide = True
    try:
        for _ in range(world.rnd.randint(4, steps)):
            step(world)
        settle(world)
        check(world)
        check_files(world)
        world.digest = digest(world)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}\n" + "\n".join(world.log[-60:])) from error
    finally:
        for desk in world.desks:
            world.close(desk)
        world.hub.close()
        shutil.rmtree(world.folder, ignore_errors=True)
    return world


def many(first: int, count: int, faults: int = 1, database: str | None = None,
         seconds: float = math.inf) -> tuple[int, list[str], Counter[str]]:
    """Histories from a seed on, until so many failed: how many were run, what failed, what was done in them.

    After so many seconds no further one is begun.
    """
    root = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    _TEMPLATES.clear()   # a process made of this one would share the folder of the other
    kinds: Counter[str] = Counter()
    failed: list[str] = []
    run, until = 0, time.monotonic() + seconds
    gc.collect()
    gc.freeze()
    gc.disable()   # what a history leaves is small and looked through seldom: a tenth of the time else
    try:
        for run in range(1, count + 1):
            if run % 64 == 0:
                gc.collect()
            try:
                kinds += run_one(first + run - 1, root, database=database).kinds
            except AssertionError as error:
                failed.append(str(error)[:3000])
                print(failed[-1], flush=True)
                if len(failed) >= faults:
                    break
            if time.monotonic() > until:
                break
    finally:
        gc.enable()
        gc.unfreeze()
        shutil.rmtree(root, ignore_errors=True)
        _TEMPLATES.clear()
    return run, failed, kinds


def shared(first: int, count: int, processes: int, faults: int = 1,
           seconds: float = math.inf) -> tuple[int, list[str], Counter[str]]:
    """As `many`, shared among processes."""
    parts = [(first + n * count // processes, (n + 1) * count // processes - n * count // processes, faults, None,
              seconds)
             for n in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        done = pool.starmap(many, parts)
    return sum(d[0] for d in done), [f for d in done for f in d[1]], sum((d[2] for d in done), Counter())


def main() -> int:
    """Run as many histories as are asked for; 1 if one failed."""
    options = argparse.ArgumentParser()
    options.add_argument("--histories", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--faults", type=int, default=3, help="stop after so many faults")
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--seconds", type=float, default=math.inf, help="begin no history after so many")
    options.add_argument("--database", help="an empty PostgreSQL database in which a hub was made")
    chosen = options.parse_args()
    began = time.monotonic()
    if chosen.processes > 1:
        run, failed, kinds = shared(chosen.seed, chosen.histories, chosen.processes, chosen.faults,
                                     chosen.seconds)
    else:
        run, failed, kinds = many(chosen.seed, chosen.histories, chosen.faults, chosen.database, chosen.seconds)
    print(f"{run} histories from seed {chosen.seed}, {len(failed)} failed, {time.monotonic() - began:.0f} s, {dict(kinds)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
