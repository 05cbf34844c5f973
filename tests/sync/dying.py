"""Situations in which a process may die: syncs, fills, files, sticks, backups of a hub and their restores."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kanto_desk.db.attachments import CHUNK
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.migrations import ATTACHMENTS, migrate
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub.backing_up import back_up
from kanto_desk.hub.restoring import restore
from kanto_desk.sync import bundle, contents
from kanto_desk.sync.client import Exchange
from kanto_desk.sync.enrolling import SEALING_KEY
from tests.sync import simulator
from tests.sync.crashes import apart
from tests.sync.scenes import Scene, blobs_at, made
from tests.sync.simulator import World
from tests.sync.stick_histories import dev_of, give_keys, known_of

PX: Final = 256
BATCH: Final = 2
"""Changes of a batch where there are to be several."""

Begin = Callable[[Path], World]
"""Makes a world in which two laptops of one person have edited the same records apart (`crashes.apart`)."""


def syncing(folder: Path, apart: Begin = apart) -> Scene:
    """A laptop pushes, pulls and takes in, with edits on both sides and a deletion."""
    return made(folder, "syncing", apart, _sync)


def _sync(world: World) -> None:
    desk = world.desks[0]
    Exchange(desk.store, desk.link, known_of(desk)).run()


def in_batches(folder: Path) -> Scene:
    """A laptop sends six batches, each acknowledged before the next one goes."""
    def prepare(root: Path) -> World:
        world = apart(root)
        store = world.desks[0].store
        for n in range(5):
            with store.operation("企業") as op:
                for side in "左右":
                    op.add("organization", {"name": f"{n}号{side}"})
        return world

    return made(folder, "batches", prepare, send_in_batches)


def send_in_batches(world: World) -> None:
    desk = world.desks[0]
    Exchange(desk.store, desk.link, known_of(desk), most=BATCH).run()


def filling(folder: Path, apart: Begin = apart) -> Scene:
    """A laptop that holds nothing yet is filled for the first time."""
    def prepare(root: Path) -> World:
        world = apart(root)
        assert world.desks[0].sync()
        simulator.another_desk(world, world.desks[0])
        return world

    def act(world: World) -> None:
        desk = world.desks[-1]
        Exchange(desk.store, desk.link, known_of(desk)).run()

    return made(folder, "filling", prepare, act)


def _with_files(root: Path) -> World:
    """Three files on one laptop, two of them of several chunks; the row that names them is at the hub."""
    world = simulator.a_world(4, root)
    desk = world.desks[0]
    other = simulator.another_desk(world, desk)
    for each in world.desks:
        each.quiet = True
    content = random.Random("files")
    for each in (desk, other):
        engine = make_engine(world.folder / each.name / "attachments.db", b"b" * 32, page_size=16384)
        migrate(engine, ATTACHMENTS)
        engine.dispose()
    blobs = blobs_at(world.folder / desk.name / "attachments.db")
    with desk.store.operation("写真") as op:
        company = op.add("organization", {"name": "宮坂精密"})
        visit = op.add("consultation", {"organization": company, "theme": "医療機器", "visibility": "P1"})
        for size in (1000, CHUNK + 7, 2 * CHUNK):
            digest = blobs.put(b"\xff\xd8\xff" + content.randbytes(size - 3), "image/jpeg", desk.store.clock().isoformat())
            blobs.put_thumb(digest, PX, b"\xff\xd8\xff small")
            op.add("attachment", {"owner_type": "consultation", "owner": visit, "kind": "photo", "hash": digest,
                                  "size": size, "mime": "image/jpeg"})
    blobs.close()
    assert desk.sync() and other.sync()
    give_keys(world)
    return world


def _carry(world: World) -> None:
    """One laptop sends its files, the other fetches them all."""
    one, two = world.desks[0], world.desks[-1]
    for desk, fetches in ((one, False), (two, True)):
        blobs = blobs_at(world.folder / desk.name / "attachments.db")
        try:
            carrying = contents.Carrying(Exchange(desk.store, desk.link, known_of(desk)), blobs, PX)
            carrying.fetch(sorted(contents.named(desk.store))) if fetches else carrying.run()
        finally:
            blobs.close()


def files(folder: Path) -> Scene:
    """Files go by chunks to the hub and from there to another laptop."""
    return made(folder, "files", _with_files, _carry, files=True)


def stick(folder: Path, apart: Begin = apart) -> Scene:
    """A bundle is written by a laptop, taken in by the hub, answered, and the answer taken in."""
    def prepare(root: Path) -> World:
        world = apart(root)
        give_keys(world)
        return world

    return made(folder, "stick", prepare, _trip)


def _trip(world: World) -> None:
    desk, to, back = world.desks[0], world.folder / "to.kdx", world.folder / "back.kdx"
    bundle.make(desk.store, known_of(desk), to)
    hub_side.take(world.hub, to)
    hub_side.make(world.hub, dev_of(desk), back)
    bundle.take(desk.store, known_of(desk), desk.store.setting(SEALING_KEY), back)


def _back_up(world: World) -> None:
    _gone(world.folder / "backup.zip")
    back_up(world.hub, world.folder / "backup.zip")


def _gone(file: Path) -> None:
    file.unlink(missing_ok=True)   # of the try before: a backup never takes the place of another


def backing_up(folder: Path) -> Scene:
    """A hub is backed up."""
    return made(folder, "backup", _owned, _back_up)


def restoring(folder: Path) -> Scene:
    """A hub goes back to an older backup; the laptops fill it again."""
    def prepare(root: Path) -> World:
        world = _owned(root)
        back_up(world.hub, world.folder / "old.zip")
        assert world.desks[0].sync()
        return world

    def act(world: World) -> None:
        restore(world.folder / "hub", world.clock, world.folder / "old.zip")

    return made(folder, "restore", prepare, act)


def _owned(root: Path) -> World:
    """As a hub made by `hub init`: with its authority and keys."""
    world = apart(root)
    give_keys(world)
    return world


SITUATIONS: Final[dict[str, Callable[[Path], Scene]]] = {
    "sync": syncing, "batches": in_batches, "fill": filling, "files": files, "stick": stick, "backup": backing_up, "restore": restoring}
