"""Deaths where the hub stands on PostgreSQL: laptop and hub are the process that dies, the server lives on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from kanto_desk.hub.opening import Hub, create, engine_of
from tests.db.parts import SetClock
from tests.hub.own_postgresql import Server
from tests.sync import crashes, dying
from tests.sync.scenes import Scene
from tests.sync.simulator import World

SETTINGS: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""A server that does not die needs no disk; what it calls committed stays so for every other process."""
_MOST_WAIT = 30.0


@dataclass(frozen=True)
class OnServer(Scene):
    """A situation whose hub is a database; each copy gets a database of its own."""

    server: Server | None = None
    database: str = ""

    def copied(self, to: Path) -> Scene:
        assert self.server is not None
        shutil.copytree(self.folder, to)
        return replace(self, folder=to, database=self.server.copy(self.database))

    def gone(self) -> None:
        assert self.server is not None
        self.server.drop(self.database)
        super().gone()

    def hub(self, clock: SetClock) -> Hub:
        assert self.server is not None
        return Hub(engine_of(self.folder / "hub", self.server.address(self.database)), self.folder / "hub", clock)

    def left(self) -> None:
        """The server has noticed that its client is dead, and keeps nothing of it open. Raises AssertionError."""
        assert self.server is not None
        until = time.monotonic() + _MOST_WAIT
        while self.server.run(f"SELECT pid FROM pg_stat_activity WHERE datname = '{self.database}'"):
            assert time.monotonic() < until, "the server keeps a session of the process that died"
            time.sleep(0.005)
        assert not self.server.run("SELECT gid FROM pg_prepared_xacts"), "half a transaction stayed"


def _apart(server: Server, name: str, root: Path) -> World:
    """As `crashes.apart`, its hub in a database."""
    create(root / "first", SetClock(), "関東の事務局", server.address(name)).close()
    shutil.rmtree(root / "first")
    return crashes.apart(root, server.address(name))


def _on(server: Server, make: Callable[..., Scene], folder: Path) -> Scene:
    name = server.empty()
    scene = make(folder, partial(_apart, server, name))
    return OnServer(**{f: getattr(scene, f) for f in scene.__dataclass_fields__}, server=server, database=name)


def situations(server: Server) -> dict[str, Callable[[Path], Scene]]:
    """A sync, a first fill and a stick with the hub on this server."""
    return {name: partial(_on, server, make) for name, make in NAMES.items()}


NAMES: Final[dict[str, Callable[..., Scene]]] = {
    "sync on PostgreSQL": dying.syncing, "fill on PostgreSQL": dying.filling, "stick on PostgreSQL": dying.stick}
