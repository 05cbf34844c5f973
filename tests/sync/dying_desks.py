"""Deaths of a laptop at its turns: ordered to forget, gone back to a backup of its own, copied and given another name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import update

from kanto_desk.db.dialect import make_engine
from kanto_desk.db.keys import Cost
from kanto_desk.db.store import Store
from kanto_desk.errors import Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub import tables as t
from kanto_desk.services import care, forgetting, restoring, syncing
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.sync.enrolling import Invitation, enrol
from kanto_desk.sync.renewing import renew
from tests.db.parts import SetClock
from tests.sync import whole_desks
from tests.sync.crashes import apart
from tests.sync.scenes import Scene, made
from tests.sync.simulator import SimDesk, World
from tests.sync.stick_histories import give_keys

PHRASE, QUICK = "諏訪湖の朝", Cost(1, 1024, 1)
HOME: Final = "whole"
"""Folder of the laptop that is a whole desk: its own keys, files, backups and lock."""


def _way(world: World) -> Callable[[str, str], Any]:
    return lambda _url, _ca: world.desks[0].carried


def _join(world: World, store: Store) -> None:
    """With a line of the secretariat's, as the window does it."""
    with world.hub.write() as conn:
        code = accounts.new_code(conn, world.desks[0].person, world.clock())
    enrol(store, Invitation("https://hub", code, ""), "", "PC", _way(world), syncing._begin_anew)


def _with_whole(root: Path) -> tuple[World, Desk, str]:
    """Two laptops that have edited apart, and a whole desk of the same person that knows what they sent; and a line."""
    world = apart(root)
    give_keys(world)
    desk = desks.create(world.folder / HOME, PHRASE, person="高橋 直子", clock=SetClock(world.clock()), cost=QUICK)
    _join(world, desk.store)
    syncing.sync(desk.store, link=_way(world))
    with desk.store.operation("相談") as op:
        company = op.add("organization", {"name": "小口精機"})
        visit = op.add("consultation", {"organization": company, "theme": "補助金", "visibility": "P1"})
        line = op.add("entry", {"consultation": visit, "kind": "said", "text": "後継ぎがいない"})
    syncing.sync(desk.store, link=_way(world))
    return world, desk, line


def forgetting_all(folder: Path) -> Scene:
    """A laptop that was stopped seals what it had not sent, a photo among it, and forgets everything; the hub takes it."""
    def prepare(root: Path) -> World:
        world, desk, line = _with_whole(root)
        care.backup(desk)
        with desk.store.operation("直す") as op:
            op.put("entry", line, {"text": "まだ送っていない話"})
        digest = desk.blobs.put(b"\xff\xd8\xff" + b"x" * 9000, "image/jpeg", desk.clock().isoformat())
        with desk.store.operation("写真") as op:
            op.add("attachment", {"owner_type": "entry", "owner": line, "kind": "photo", "hash": digest, "size": 9003,
                                  "mime": "image/jpeg"})
        with world.hub.write() as conn:
            dev = f"{desk.store.device()[0]:016x}"
            conn.execute(update(t.device).where(t.device.c.dev == dev).values(state="revoked"))
        desk.close()
        return world

    return made(folder, "forgetting", prepare, _forget, unlike=(f"{HOME}/{forgetting.KEPT}/*.kdx",))


def _forget(world: World) -> None:
    """Try to sync, hear the order, obey it, and hand over what is kept; told again where that was done already."""
    home = world.folder / HOME
    try:
        desk = desks.unlock(home, PHRASE, clock=world.clock, cost=QUICK)
        try:
            try:
                syncing.sync(desk.store, link=_way(world))
            except Trouble:
                if not forgetting.is_due(desk):   # a full disk kept no order
                    raise
            told = forgetting.obey(desk)
        finally:
            desk.close()
    except forgetting.Forgotten as forgotten:
        told = forgotten
    assert told.kept is not None, "what was unsent is not kept"
    hub_side.take(world.hub, told.kept, of_stopped=True)


def _gone_back(root: Path) -> World:
    """A whole desk with a backup that holds something unsent; sent since, and more written and sent."""
    world, desk, line = _with_whole(root)
    with desk.store.operation("直す") as op:
        op.put("entry", line, {"text": "控えに、まだ送らずにある話"})
    care.backup(desk)
    with desk.store.operation("足す") as op:
        op.add("organization", {"name": "控えのあとの会社"})
    syncing.sync(desk.store, link=_way(world))
    desk.close()
    return world


def going_back(folder: Path) -> Scene:
    """A desk goes back to its own backup, joins under another line and goes on."""
    return made(folder, "going back", _gone_back, _go_back, stamps=False, unlike=(f"{HOME}/backups/*",))


def _go_back(world: World) -> None:
    home = world.folder / HOME
    chosen = min(care.listing(home), key=lambda b: b.made)
    _, desk = restoring.restore_and_open(home, chosen, PHRASE, clock=world.clock, cost=QUICK)
    _go_on(world, desk)


def opened_after(folder: Path) -> Scene:
    """A desk that died going back to its own backup is opened as it is, written in, and goes on."""
    scene = going_back(folder)
    return replace(scene, after=_open_and_write)


def _open_and_write(world: World) -> None:
    desk = desks.unlock(world.folder / HOME, PHRASE, clock=world.clock, cost=QUICK)
    with desk.store.read() as conn:
        uid = conn.exec_driver_sql("SELECT uid FROM organization WHERE name = '小口精機'").scalar_one()
    with desk.store.operation("直す") as op:
        op.put("organization", uid, {"notes": "そのあと書いたこと"})
    _go_on(world, desk)


def _go_on(world: World, desk: Desk) -> None:
    """Join where that is asked for, sync, and be one of the laptops from now on."""
    if syncing.hub_of(desk.store) is None:
        _join(world, desk.store)
    syncing.sync(desk.store, link=_way(world))
    whole_desks.join(world, HOME, desk)


def renewing(folder: Path) -> Scene:
    """A copied laptop with edits of its own is told so, gets another name, joins once more, and sends what it has."""
    def prepare(root: Path) -> World:
        world = apart(root)
        one = world.desks[0]
        for desk in (*world.desks, one):   # a deletion that met a change is asked about or not by how its rows came
            assert desk.sync()
        one.store.close()
        shutil.copytree(world.folder / one.name, world.folder / "copy")
        for name in (one.name, "copy"):
            store = Store(make_engine(world.folder / name / "records.db", b"k" * 32), SetClock(world.clock()), "高橋 直子")
            with store.operation("会社") as op:
                op.add("organization", {"name": f"{name}だけの会社"})
            if name == one.name:
                one.store = store
            else:
                world.desks.append(SimDesk(world, name, one.person, store, store.setting("hub")))
        assert one.sync()
        return world

    return made(folder, "renewing", prepare, _renew, stamps=False, unlike=("hub/quarantine/*",))


def _renew(world: World) -> None:
    desk = world.desks[-1]
    if desk.store.setting(syncing.LEFT) is None and syncing.hub_of(desk.store) is not None:
        with suppress(Trouble):
            syncing.sync(desk.store, link=_way(world))
    if desk.store.setting(syncing.LEFT) == "cloned" or syncing.hub_of(desk.store) is None:
        if syncing.hub_of(desk.store) is not None:
            renew(desk.store)
        _join(world, desk.store)
    syncing.sync(desk.store, link=_way(world))


SITUATIONS: Final[dict[str, Callable[[Path], Scene]]] = {
    "forget": forgetting_all, "go back": going_back, "opened after": opened_after, "renew": renewing}
