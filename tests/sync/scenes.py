"""A situation in which a process may die, made once as files: how it is copied, opened, gone on with, and its end."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from kanto_desk.chance import drawn_from
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.leftovers import OLD_SECONDS
from kanto_desk.db.store import Store
from kanto_desk.db.trouble import explain, is_full
from kanto_desk.errors import Trouble
from kanto_desk.hub import contents as hub_contents
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import Hub
from kanto_desk.sync.client import NotAnswered
from kanto_desk.sync.wire import Request, unpacked
from tests.db.parts import SetClock
from tests.sync import simulator, whole_desks
from tests.sync.simulator import Cut, SimDesk, World


@dataclass(frozen=True)
class Scene:
    """One situation as files, when it is, what is done in it, and of whom it is.

    `unlike`: patterns of files of which there may be more where something was begun again. Without `stamps` values
    alone are compared: a laptop that gets another name draws another one each time. `after`: what is done where the
    child died, if not the same.
    """

    folder: Path
    now: datetime
    desks: dict[str, tuple[str, datetime]]
    act: Callable[[World], None]
    files: bool = False
    stamps: bool = True
    unlike: tuple[str, ...] = ()
    after: Callable[[World], None] | None = None

    def copied(self, to: Path) -> Scene:
        """The same once more, elsewhere."""
        shutil.copytree(self.folder, to)
        return replace(self, folder=to)

    def gone(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder)

    def hub(self, clock: SetClock) -> Hub:
        """Its hub, opened."""
        return Hub(make_engine(self.folder / "hub" / "hub.db", None, timeout=60), self.folder / "hub", clock)

    def left(self) -> None:
        """Look at what a dead process left, before anybody goes on. Raises AssertionError."""

    def open(self) -> World:
        """Hub and laptops, from their files."""
        clock = SetClock(self.now)
        world = World(random.Random(0), self.folder, self.hub(clock), clock)
        for name, (person, now) in self.desks.items():
            store = Store(make_engine(self.folder / name / "records.db", b"k" * 32), SetClock(now), person)
            desk = Laptop(world, name, person, store, store.setting("hub"))
            desk.quiet, desk.again = True, Counter()
            world.desks.append(desk)
        return world

    def end(self) -> dict[str, Any]:
        """Open what lies there, go on, let everybody sync, and give what is there at the end. Raises AssertionError."""
        _a_day_later(self.folder)
        self.left()
        world = replace(self, now=self.now + timedelta(minutes=1)).open()
        try:
            (self.after or self.act)(world)
            simulator.settle(world)
            if not self.files:
                whole_desks.check(world)
            again = max(n for desk in world.desks for n in [0, *getattr(desk, "again", Counter()).values()])
            assert again <= 1, f"{again} batches went again"
            hub_contents.place_of(world.hub).tidy(hub_contents.UNFINISHED_DAYS)
            with world.hub.read() as conn:
                found: dict[str, Any] = {"alive": self._alive(conn)}
            for desk in world.desks:
                with desk.store.read() as conn:   # of one person, with files; else each was looked at by the check
                    found[f"alive {desk.name}"] = self._alive(conn)
                if isinstance(desk, whole_desks.Whole):
                    found[desk.name] = _held(desk.desk.blobs)
                elif (file := self.folder / desk.name / "attachments.db").exists():
                    blobs = blobs_at(file)
                    found[desk.name] = _held(blobs)
                    blobs.close()
        finally:
            close(world)
        found["files"] = sorted({self._name(p) for p in self.folder.rglob("*")
                                 if p.is_file() and not p.name.endswith(("-wal", "-shm"))})
        return found

    def _alive(self, conn: Any) -> dict[Any, Any]:
        alive = simulator.alive_in(conn)
        return {k: sorted(v.items() if self.stamps else map(repr, v.values())) for k, v in alive.items()}

    def _name(self, path: Path) -> str:
        name = path.relative_to(self.folder).as_posix()
        return next((pattern for pattern in self.unlike if fnmatch(name, pattern)), name)


class Laptop(SimDesk):
    """One that notes how many batches it sent of which the hub had something already, by its name at the hub."""

    again: Counter[str]

    def carried(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        push = unpacked(body, Request).push if path == "/sync" else []
        with self.world.hub.read() as conn:
            held = conn.execute(select(t.device.c.seq).where(t.device.c.dev == push[0].dev)).scalar() if push else 0
        status, answer = super().carried(path, headers, body)
        if push and status == 200:
            self.again[push[0].dev] += push[0].seq <= (held or 0)
        return status, answer

    link = carried


def _held(blobs: Blobs) -> list[tuple[str, int]]:
    return [(d, len(blobs.get(d) or b"")) for d in blobs.hashes()]


def close(world: World) -> None:
    for desk in world.desks:
        world.close(desk)
    world.hub.close()


def blobs_at(file: Path) -> Blobs:
    return Blobs(make_engine(file, b"b" * 32, page_size=16384))


def _a_day_later(folder: Path) -> None:
    """What a dead process left beside files is older than any that is being written; half files are older still."""
    partial = (folder / "hub" / "contents" / "partial").glob("*")
    for left, seconds in [(p, OLD_SECONDS) for p in folder.rglob(".*")] + [
            (p, hub_contents.UNFINISHED_DAYS * 86_400) for p in partial]:
        past = left.stat().st_mtime - 2 * seconds
        os.utime(left, (past, past))


def is_told(error: BaseException) -> bool:
    """Whether a full disk was told as one, or as a failure of the other side."""
    causes: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in causes:
        causes.append(at)
        at = at.__cause__ or at.__context__
    return isinstance(error, Cut | Trouble | NotAnswered) or any(
        is_full(explain(c)) for c in causes if isinstance(c, OSError | DBAPIError))


def difference(here: dict[str, Any], there: dict[str, Any]) -> str:
    return "\n".join(f"{k}: {here.get(k)}\n  for {there.get(k)}" for k in there if here.get(k) != there.get(k))[:3000]


def made(folder: Path, seed: str, prepare: Callable[[Path], World], act: Callable[[World], None],
         **more: Any) -> Scene:
    """The files of a world, closed."""
    simulator._TEMPLATES.clear()   # it would lie on a disk that is not there for long
    with drawn_from(random.Random(seed).getrandbits):
        world = prepare(folder.parent)
    shutil.rmtree(simulator._TEMPLATES.pop("at"))
    desks = {d.name: (d.person, d.store.clock()) for d in world.desks}
    now = world.clock()
    close(world)
    shutil.move(world.folder, folder)
    return Scene(folder, now, desks, act, **more)
