"""Faults that random histories found, each told in small with the seed that showed it first."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from tests.sync.parts import Desk, Wire
from tests.sync.simulator import SimDesk, World, a_world


def a_pair(tmp_path: Path) -> tuple[World, SimDesk, Desk]:
    """A laptop that has sent a company, and a copy of its folder."""
    world = a_world(1, tmp_path)
    one = world.desks[0]
    one.quiet = True
    with one.store.operation("企業") as op:
        op.add("organization", {"name": "宮坂精密"})
    assert one.sync()
    one.store.close()
    shutil.copytree(world.folder / one.name, world.folder / "copy")
    engines = [make_engine(world.folder / name / "records.db", b"k" * 32) for name in (one.name, "copy")]
    one.store = Store(engines[0], one.store.clock, "高橋 直子")
    return world, one, Desk(Store(engines[1], one.store.clock, "高橋 直子"), Wire(world.hub))


def test_a_copied_laptop_forgets_what_its_original_has_already_forgotten(tmp_path: Path) -> None:
    """Seed 1327: the original said to the hub that it had forgotten, in the name that the copy bears, too."""
    world, one, copy = a_pair(tmp_path)
    with world.hub.write() as conn:
        for uid in conn.execute(select(t.grant.c.uid).where(t.grant.c.person == one.person)).scalars().all():
            accounts.end_grant(conn, uid)
    assert one.sync()
    copy.sync()
    for store in (one.store, copy.store):
        with store.read() as conn:
            assert conn.execute(select(Organization.uid).where(Organization.name == "宮坂精密")).all() == []
            assert conn.execute(select(local.change)).all() == []
            assert {r.scope.split(":")[0] for r in conn.execute(select(local.scope_cursor))} <= {"device", "public"}
        store.close()
    for desk in world.desks[1:]:
        desk.store.close()
    world.hub.close()
