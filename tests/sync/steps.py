"""What happens in a random history: edits, syncs, roles, a hub that goes back to a backup, a disk that is full.

What else happens is in `tests.sync.happenings`.
"""

from __future__ import annotations

import shutil
from typing import Any

from sqlalchemy import delete, event, insert, select

from kanto_desk.db.records.consultations import Consultation
from kanto_desk.hub import accounts, going_back
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import put_value
from kanto_desk.rules.access import Grant, Role
from tests.sync.happenings import MORE, open_sealed
from tests.sync.simulated import MEMO, PASSED_ON, DiskFull, SimDesk, World, hub_of, live, live_of

SHARED = ("3f6a1c527d0e5b8a9c441a6e0b7d2f95", "b4c6f0f24f0e5d7e9b612d4c8c1f7a30")
"""Companies that bear the same uid at everybody who adds them."""


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
    """The hub stands as it was at its backup, in a new epoch; what happened since comes back from the laptops.

    Every other time with the roles of now, as where a hub in use goes back; else with those of then.
    """
    kept = world.folder / "backup.db"
    if not kept.exists():   # none was made yet, or the hub stands on PostgreSQL
        return
    with world.hub.read() as conn:
        now = [dict(r) for r in conn.execute(select(t.grant)).mappings()]
    world.hub.close()
    home = world.folder / "hub"
    for old in home.glob("hub.db*"):
        old.unlink()
    shutil.copy(kept, home / "hub.db")
    world.hub = hub_of(world.folder, world.clock)
    with world.hub.write() as conn:
        epoch = f"{world.rnd.getrandbits(64):016x}"
        going_back.note(conn, epoch)
        put_value(conn, "epoch", epoch)
        if world.kinds["hub restored"] % 2:
            conn.execute(delete(t.grant))
            if now:
                conn.execute(insert(t.grant), now)
            world.log.append("with the roles of now")
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
    """Roles begin and end, also between a backup and the day on which the hub goes back to it."""
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


def edit(world: World, desk: SimDesk) -> None:
    rnd = world.rnd
    visits, lines, companies = live_of(desk, "consultation", "entry", "organization")
    value = f"値{rnd.randrange(10**6)}"
    what = rnd.choice(("company", "visit", "line", "change line", "change line", "change company", "kind", "visibility",
                       "consent", "withdraw", "delete", "programme", "tick"))
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
        elif what == "tick":
            visit = rnd.choice(visits)
            known = desk.store.get(Consultation, visit)
            ticked = [m for m in (known and known.responses) or () if rnd.random() < 0.8]
            op.put("consultation", visit, {"responses": (*ticked, *({str(rnd.randrange(9))} - {*ticked}))})
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
