"""A whole desk (keys, files, backups, lock, shipped rows) among the laptops of a simulated world."""

from __future__ import annotations

from kanto_desk.db.stamps import MASTERS_DEVICE
from kanto_desk.services.desk import Desk
from tests.sync import simulator
from tests.sync.oracle import Alive
from tests.sync.simulated import SimDesk, World

SHIPPED = f"{MASTERS_DEVICE:016x}"


class Whole(SimDesk):
    """Syncs as the others do; who it is like stands first in its world."""

    def __init__(self, world: World, name: str, desk: Desk) -> None:
        super().__init__(world, name, world.desks[0].person, desk.store, desk.store.setting("hub"))
        self.quiet = True
        self.desk = desk


class Lived(World):
    """A world that closes whole desks as a whole."""

    def close(self, desk: SimDesk) -> None:
        desk.desk.close() if isinstance(desk, Whole) else super().close(desk)


def join(world: World, name: str, desk: Desk) -> None:
    """Let a whole desk be one of the laptops of a world from now on."""
    world.__class__ = Lived
    world.desks.append(Whole(world, name, desk))


def check(world: World) -> None:
    """As the simulator does; a whole desk holds what the first laptop of its person does, and what is shipped."""
    every, world.desks = world.desks, [d for d in world.desks if not isinstance(d, Whole)]
    try:
        simulator.check(world)
        for desk in every:
            if isinstance(desk, Whole):
                here, there = _own(desk), _own(world.desks[0])
                assert here == there, simulator._difference(desk.name, here, there)
    finally:
        world.desks = every


def _own(desk: SimDesk) -> Alive:
    """What is alive on a laptop and was not shipped."""
    with desk.store.read() as conn:
        return {k: v for k, v in simulator.alive_in(conn).items() if not all(s.endswith(SHIPPED) for s in v)}
