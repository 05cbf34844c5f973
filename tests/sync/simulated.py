"""The world of a random history: a real hub, real stores and clients, and a link that loses, doubles and cuts."""

from __future__ import annotations

import base64
import random
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import apsw
from sqlalchemy import Engine, event, inspect, select, update

from kanto_desk.clock import JST
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.migrations import RECORDS, migrate
from kanto_desk.db.operation import frozen_upto
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Store, new_device, put_setting
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.app import handle
from kanto_desk.hub.bundle_keys import public_of
from kanto_desk.hub.opening import Hub, open_hub
from kanto_desk.rules.access import Grant, Role
from kanto_desk.sync import signing, wire
from kanto_desk.sync.client import HUB, Exchange, Known, NotAnswered, keep_known
from kanto_desk.sync.renewing import forget_reading, renew
from tests.db.parts import SetClock
from tests.sync.parts import a_hub

TYPES = ("organization", "consultation", "entry", "consent", "attachment")
PASSED_ON, MEMO = "20", "memo"
KEY = b"k" * 32
"""Every file's: no key is derived from a passphrase here."""


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
            put_setting(conn, HUB, known_text)
        self.quiet = False
        self.blobs: Blobs | None = None

    def carried(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """The link on a good day."""
        return handle(self.world.hub, path, headers, body)

    def exchange(self) -> Exchange:
        """A sync about to begin."""
        return Exchange(self.store, self.link, known_of(self))

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

    def sync(self, *, renamed: bool = False) -> bool:
        if self.store.setting(HUB) is None:   # its disk was full between the new name and the answer to joining
            finish_joining(self.world, self)
        try:
            self.exchange().run(lambda _r: self.quiet or self.world.rnd.random() > 0.05)
        except NotAnswered as no:
            if no.problem.reason == "cloned":
                assert not renamed, f"{self.name} is told that its new name is another one's, too"
                join_again(self.world, self)
            elif no.problem.reason == "signature":   # it joined after the backup to which its hub went back
                join_unknown(self.world, self)
            else:
                return False
            return self.sync(renamed=no.problem.reason == "cloned")
        except (Cut, ValueError):
            return False
        return True


def _damaged(body: bytes) -> bytes:
    return wire.packed(wire.Problem("frame"))


def dev_of(desk: SimDesk) -> str:
    """The id of a laptop, as the hub names it."""
    return f"{desk.store.device()[0]:016x}"


def known_of(desk: SimDesk) -> Known:
    """What a laptop knows of its hub."""
    return Known(**desk.store.setting(HUB))


@cache
def _uids_of(type_name: str) -> Any:
    return select(wire_table(type_name).c.uid)


def live(desk: SimDesk, type_name: str) -> list[str]:
    """The rows of a type that a laptop holds."""
    return live_of(desk, type_name)[0]


def live_of(desk: SimDesk, *types: str) -> list[list[str]]:
    """The rows of each of these types that a laptop holds."""
    with desk.store.read() as conn:
        return [sorted(conn.execute(_uids_of(name)).scalars()) for name in types]


_TEMPLATES: dict[str, Path] = {}


def template(folder: Path) -> Path:
    """A folder with an empty desk and an empty hub, copied for each history."""
    if "at" not in _TEMPLATES or not _TEMPLATES["at"].exists():
        made = Path(tempfile.mkdtemp(dir=folder))
        engine = make_engine(made / "records.db", KEY)
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
        hub = hub_of(here, clock)
    else:
        hub = emptied(open_hub(here / "hub", clock, database))
    world = World(rnd, here, hub, clock)
    with hub.write() as conn:
        world.bodies = [accounts.add_body(conn, f"機関{n}", f"B{n}", clock()) for n in range(rnd.randint(1, 2))]
    for n in range(rnd.choices((rnd.randint(2, 4), rnd.randint(5, 8), rnd.randint(9, 20)), (93, 6, 1))[0]):
        add_desk(world, n)
    return world


def hub_of(folder: Path, clock: SetClock) -> Hub:
    """The hub whose files lie in the folder of a history."""
    return Hub(_unswept(make_engine(folder / "hub" / "hub.db", None, timeout=60)), folder / "hub", clock)


def store_of(folder: Path, clock: Any, person: str) -> Store:
    """The store whose files lie in the folder of a laptop."""
    return Store(_unswept(make_engine(folder / "records.db", KEY)), clock, person)


def _unswept(engine: Engine) -> Engine:
    """The engine of a file that is thrown away soon: what was written stays in its WAL when it is closed."""
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.raw.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)

    return engine


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
    enrolled(world, n, person, rnd.choice((0, 0, 0, -17, 3, 4000)))


def join_again(world: World, desk: SimDesk) -> None:
    """A laptop whose name another one bears, too, gets a new name and a new line of enrolment."""
    before = desk.store.device()[0]
    renew(desk.store)
    finish_joining(world, desk)
    assert desk.store.device()[0] != before
    world.kinds["copy noticed"] += 1
    world.log.append(f"{desk.name} joins again")


def join_unknown(world: World, desk: SimDesk) -> None:
    """A laptop that its hub does not know gets a new line, and the hub all of it under the name that it has.

    Where a copy of its folder came first, under another one, as by `kanto_desk.services.syncing.enrol`.
    """
    try:
        with desk.store.read() as conn:
            left = frozen_upto(conn, dev_of(desk))
        known = _joined(world, desk.store, desk.person, desk.name, left)
    except NotAnswered as no:
        assert no.problem.reason == "device"
        renew(desk.store, 0)
        world.kinds["copy came first"] += 1
        known = _joined(world, desk.store, desk.person, desk.name)
    with desk.store.write() as conn:
        forget_reading(conn)
        keep_known(conn, known)
    world.kinds["hub knew nothing of it"] += 1
    world.log.append(f"{desk.name} joins a hub that does not know it")


def finish_joining(world: World, desk: SimDesk) -> None:
    """The new line, once the laptop has its new name."""
    known = _joined(world, desk.store, desk.person, desk.name)
    with desk.store.write() as conn:
        keep_known(conn, known)


def another_desk(world: World, like: SimDesk) -> SimDesk:
    """A second laptop of the same person, its clock right."""
    return enrolled(world, len(world.desks), like.person, 0)


def enrolled(world: World, n: int, person: str, minutes: int) -> SimDesk:
    home = world.folder / f"desk{n}"
    home.mkdir()
    shutil.copy(template(world.folder.parent) / "records.db", home / "records.db")
    clock = SetClock(world.clock() + timedelta(minutes=minutes))
    store = store_of(home, clock, f"人{n}")
    with store.write() as conn:
        new_device(conn, clock)
    known = _joined(world, store, person, home.name)
    world.made = max(world.made, n + 1)
    world.desks.append(SimDesk(world, home.name, known.person, store, {k: getattr(known, k) for k in Known.__slots__}))
    return world.desks[-1]


def _joined(world: World, store: Store, person: str, name: str, sent: int = 0) -> Known:
    with world.hub.write() as conn:
        code = accounts.new_code(conn, person, world.clock())
    key = signing.new_key()
    dev = f"{store.device()[0]:016x}"
    status, answer = handle(world.hub, "/enrol", {}, wire.packed(wire.Enrol(
        1, code, dev, name, base64.b64encode(key.public_key().public_bytes_raw()).decode(), "age1", sent)))
    if status != 200:
        raise NotAnswered(status, wire.unpacked(answer, wire.Problem))
    got = wire.unpacked(answer, wire.Enrolled)
    return Known("", got.epoch, signing.key_text(key), got.person, got.body)
