"""One history, switched off before and after every SQL statement and commit, on the desk and on the hub, then gone on with.

Two laptops edit the same visit apart, one of them is switched off in the middle of its sync, opened again from its files,
and everybody syncs: the end must be the same as without a crash, value by value, stamps included. The other side lives.
Most places leave the same on both disks as the one before: the last of each such run is tried, by `--each` every place.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from kanto_desk.db.dialect import make_engine
from kanto_desk.db.store import Store
from kanto_desk.hub.opening import Hub
from kanto_desk.sync.client import Exchange, Known
from tests.sync import simulator
from tests.sync.lying import Lying
from tests.sync.scenes import Scene, close, made
from tests.sync.simulator import Crash, Cut, SimDesk, World

SIDES = ("desk", "hub")


@dataclass
class Switch:
    """Counts the places where power may fail, and fails at one of them."""

    at: int = -1
    passed: int = 0

    def place(self) -> None:
        """One place. Raises Crash at the chosen one, and at all that follow: nothing runs without power."""
        if 0 <= self.at <= self.passed:
            self.passed += 1
            raise Crash
        self.passed += 1


@dataclass
class Looking(Switch):
    """Notes the last of all places that leave the same on the disks."""

    lying: Lying | None = None
    seen: bytes = b""
    last: list[int] = field(default_factory=list)

    def place(self) -> None:
        assert self.lying is not None
        now = self.lying.digest()
        if self.passed and now != self.seen:
            self.last.append(self.passed - 1)
        self.seen = now
        super().place()


@contextmanager
def watched(engine: Engine, switch: Switch) -> Iterator[None]:
    """Make every statement and commit of an engine two places: before and after."""
    def around(*_: Any) -> None:
        switch.place()

    committed = engine.dialect.do_commit
    names = ("before_cursor_execute", "after_cursor_execute")
    for name in names:
        event.listen(engine, name, around)

    def commit(connection: Any) -> None:
        switch.place()
        committed(connection)
        switch.place()

    engine.dialect.do_commit = commit   # type: ignore[method-assign]
    try:
        yield
    finally:
        engine.dialect.do_commit = committed   # type: ignore[method-assign]
        for name in names:
            event.remove(engine, name, around)


def run(scene: Scene, side: str, switch: Switch) -> str:
    """The history in files of its own, switched off where the switch says: what is alive at the end."""
    world = scene.open()
    try:
        _sync_until_crash(world, side, switch)
        simulator.settle(world)
        simulator.check(world)
        with world.hub.read() as conn:
            alive = simulator.alive_in(conn)
        return repr(sorted((k, sorted(v.items())) for k, v in alive.items()))
    finally:
        close(world)
        scene.gone()


def apart(folder: Path, database: str | None = None) -> World:
    """Two laptops of one person that have edited the same records apart; the second has sent its part."""
    world = simulator.a_world(4, folder, database)
    one, two = world.desks[0], simulator.another_desk(world, world.desks[0])
    for desk in world.desks:
        desk.quiet = True
    with one.store.operation("相談") as op:
        company = op.add("organization", {"name": "宮坂精密", "notes": "午前"})
        visit = op.add("consultation", {"organization": company, "theme": "医療機器", "visibility": "P1"})
        line = op.add("entry", {"consultation": visit, "kind": "said", "text": "受注が減る"})
    for desk in (*world.desks, one):   # the others, too: a first fill at each end would take half its time
        assert desk.sync()
    for desk, text in ((two, "左"), (one, "右")):
        world.clock.forward(seconds=60)
        with desk.store.operation("直す") as op:
            op.put("entry", line, {"text": text})
            op.add("entry", {"consultation": visit, "kind": "memo", "text": f"値{text}"})
    assert two.sync()
    with one.store.operation("消す") as op:
        op.delete("consultation", visit)
    return world


def _sync_until_crash(world: World, side: str, switch: Switch) -> None:
    desk = world.desks[0]
    engine = desk.store.engine if side == "desk" else world.hub.engine
    exchange = Exchange(desk.store, desk.link if side == "desk" else _dying(desk), Known(**desk.store.setting("hub")))
    crashed = False
    with watched(engine, switch):
        try:
            exchange.run()
        except (Crash, Cut):
            crashed = True
    if not crashed:
        return
    if side == "desk":
        desk.store = _opened_again(world, desk)
    else:
        world.hub.close()
        world.hub = Hub(make_engine(world.folder / "hub" / "hub.db", None, timeout=60), world.folder / "hub", world.clock)


def _dying(desk: SimDesk) -> Callable[[str, dict[str, str], bytes], tuple[int, bytes]]:
    """The way to a hub whose power may fail: the laptop hears nothing."""
    def link(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            return desk.link(path, headers, body)
        except Crash as crash:
            raise Cut("the hub was switched off") from crash
    return link


def _opened_again(world: World, desk: SimDesk) -> Store:
    desk.store.close()
    home = world.folder / desk.name
    return Store(make_engine(home / "records.db", b"k" * 32), desk.store.clock, desk.store.person)


def all_places(folder: Path, side: str, *, each: bool = False, every: int = 1, first: int = 0) -> tuple[int, int]:
    """Crash one side at the last place of each state that its places leave, or at each; gives how many, and of how many.

    Raises AssertionError at the first that differs.
    """
    scene = made(folder / "made", "crashes", apart, lambda _world: None)
    looked = scene.copied(folder / "run")
    looking = Looking(lying=Lying(looked.folder))
    sound, places = run(looked, side, looking), looking.passed
    chosen = list(range(places)) if each else [*looking.last, places - 1]
    tried = chosen[first % every::every]
    for at in tried:
        assert run(scene.copied(folder / "run"), side, Switch(at)) == sound, f"{side}, place {at} of {places}: the end differs"
    scene.gone()
    return len(tried), places


def main() -> int:
    """Try every place of both sides."""
    options = argparse.ArgumentParser(prog="crashes")
    options.add_argument("--each", action="store_true", help="each place, also where the one before left the same")
    options.add_argument("--every", type=int, default=1)
    options.add_argument("--first", type=int, default=0)
    chosen = options.parse_args()
    root = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    try:
        for side in SIDES:
            began = time.monotonic()
            count, places = all_places(root, side, each=chosen.each, every=chosen.every, first=chosen.first)
            print(f"{side}: {count} crashes at {places} places, the end always the same, {time.monotonic() - began:.0f} s", flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
