"""Histories aimed at what random ones seldom meet: few records that everybody sees, moves and writes at once.

The world, the laptops and the checks are those of `simulator`; only what happens is chosen closer. Kinds:
`moves`: rows enter and leave scopes, and levels rise and fall; `typing`: what is taken away while somebody writes in
it; `reading`: what is read in part, and what comes back; `apart`: many hands on one line, each reading right behind
the other; `roles`: the hub goes back to a backup while roles are taken and given.
`python -m tests.sync.aimed --kind moves --histories N`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select

from kanto_desk.chance import drawn_from
from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.apply import load
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.placing import made_of, placed_anew, placed_of
from kanto_desk.rules.access import Grant, Role
from tests.db.parts import SetClock
from tests.sync.oracle import check
from tests.sync.settling import settle
from tests.sync.simulated import _TEMPLATES, PASSED_ON, SimDesk, World, enrolled, hub_of, live, template
from tests.sync.steps import back_up, restore


@dataclass
class CloseWorld(World):
    """One history, with every change that was accepted and acknowledged to its laptop at any time in it."""

    accepted: set[tuple[str, int]] = field(default_factory=set)


Step = Callable[[CloseWorld], None]
PLACES = ((0, Role.EXPERT), (0, Role.COORDINATOR), (1, Role.EXPERT), (0, Role.SECRETARIAT))
"""Body and role of each laptop: colleagues, a stranger with the same programme, an office."""


def a_close_world(seed: int, folder: Path, many: int) -> CloseWorld:
    """Laptops whose links work, of people of two bodies and one programme, with a visit that all of them hold."""
    rnd = random.Random(seed)
    here = Path(tempfile.mkdtemp(dir=folder))
    shutil.copytree(template(folder) / "hub", here / "hub")
    clock = SetClock(datetime(2026, 11, 24, 13, 30, tzinfo=JST))
    world = CloseWorld(rnd, here, hub_of(here, clock), clock)
    with world.hub.write() as conn:
        world.bodies = [accounts.add_body(conn, f"機関{n}", f"B{n}", clock()) for n in range(2)]
        people = []
        for n, (body, role) in enumerate(PLACES[:many]):
            people.append(accounts.add_person(conn, f"人{n}", "", clock()))
            accounts.add_grant(conn, people[-1], Grant(role, world.bodies[body], frozenset({"p1"})), clock())
    for n, person in enumerate(people):
        enrolled(world, n, person, 0).quiet = True
    first = world.desks[0]
    with first.store.operation("はじめ") as op:
        company = op.add("organization", {"name": "値会社", "notes": "値覚え"})
        visit = op.add("consultation", {"organization": company, "theme": "値相談", "visibility": "P3", "programme": "p1"})
        op.add("entry", {"consultation": visit, "kind": "said", "text": "値行"})
        op.add("consent", {"consultation": visit, "organization": company, "code": PASSED_ON})
    everybody(world)
    return world


def everybody(world: CloseWorld) -> None:
    """Each laptop syncs twice, so that all have heard of all."""
    for desk in [*world.desks, *world.desks]:
        sync(world, desk)


def sync(world: CloseWorld, desk: SimDesk) -> None:
    assert desk.sync(), f"{desk.name} could not sync on a quiet link"
    world.log.append(f"{desk.name} sync")
    c = t.received.c
    dev = f"{desk.store.device()[0]:016x}"
    with world.hub.read() as conn:
        world.accepted |= {(r.dev, r.seq) for r in conn.execute(select(c.dev, c.seq).where(
            c.dev == dev, c.verdict.is_(None), c.seq <= desk.store.setting("hub")["acked"]))}


def note(world: World, desk: SimDesk, what: str, value: object = "") -> None:
    world.kinds[what] += 1
    world.log.append(f"{desk.name} {what} {value}")


def moves(world: CloseWorld) -> None:
    """Somebody writes or moves a row; now and then some sync, so that what leaves meets what was not sent yet."""
    rnd, value = world.rnd, f"値{world.rnd.randrange(10**6)}"
    desk = rnd.choice(world.desks)
    visits, lines, companies = (live(desk, x) for x in ("consultation", "entry", "organization"))
    consents = live(desk, "consent")
    what = rnd.choice(("visibility", "visibility", "line", "change line", "change company", "consent", "withdraw",
                       "kind", "visit"))
    with desk.store.operation(what) as op:
        if what == "visibility" and visits:
            op.put("consultation", rnd.choice(visits), {"visibility": rnd.choice(("P0", "P1", "P3"))})
        elif what == "line" and visits:
            op.add("entry", {"consultation": rnd.choice(visits), "kind": "said", "text": value})
        elif what == "change line" and lines:
            op.put("entry", rnd.choice(lines), {"text": value})
        elif what == "change company" and companies:
            op.put("organization", rnd.choice(companies), {rnd.choice(("name", "notes")): value})
        elif what == "consent" and visits and companies:
            op.add("consent", {"consultation": rnd.choice(visits), "organization": rnd.choice(companies),
                               "code": PASSED_ON})
        elif what == "withdraw" and consents:
            op.put("consent", rnd.choice(consents), {"withdrawn_on": desk.store.clock().date()})
        elif what == "kind" and lines:
            op.put("entry", rnd.choice(lines), {"kind": rnd.choice(("said", "memo"))})
        elif what == "visit" and companies:
            op.add("consultation", {"organization": rnd.choice(companies), "theme": value,
                                    "visibility": rnd.choice(("P1", "P3")), "programme": "p1"})
    note(world, desk, what, value)
    for each in world.desks:
        if rnd.random() < 0.45:
            sync(world, each)


def apart(world: CloseWorld) -> None:
    """Two change the same line without knowing of one another; then a third reads between the two pushes."""
    rnd = world.rnd
    visit_line = live(world.desks[0], "entry")[0]
    for desk in rnd.sample(world.desks, 2):
        with desk.store.operation("直す") as op:
            op.put("entry", visit_line, {"text": f"値{rnd.randrange(10**6)}"})
        note(world, desk, "change line")
    for desk in rnd.sample([*world.desks, *world.desks], rnd.randint(1, len(world.desks))):
        sync(world, desk)


def reading(world: CloseWorld) -> None:
    """What a stranger reads in part is written on; a colleague's line is taken from him and comes back."""
    owner, colleague = world.desks[:2]
    value = f"値{world.rnd.randrange(10**6)}"
    visit = live(owner, "consultation")[0]
    with owner.store.operation("会社") as op:
        op.put("organization", live(owner, "organization")[0], {"name": value, "notes": value})
    with colleague.store.operation("行") as op:
        op.add("entry", {"consultation": visit, "kind": "said", "text": value})
    everybody(world)
    for visibility in ("P0", "P3"):
        with owner.store.operation("公開範囲") as op:
            op.put("consultation", visit, {"visibility": visibility})
        everybody(world)
    note(world, colleague, "line back", value)


def typing(world: CloseWorld) -> None:
    """Somebody goes on typing in a line while the answer is on its way that takes it away from him."""
    owner, other = world.desks[:2]
    visit = live(owner, "consultation")[0]
    line = live(other, "entry")[0]
    with owner.store.operation("公開範囲") as op:
        op.put("consultation", visit, {"visibility": "P0"})
    sync(world, owner)
    real, values = other.link, [f"値{world.rnd.randrange(10**6)}"]

    def link(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = real(path, headers, body)
        while values:
            with other.store.operation("打つ") as op:
                op.put("entry", line, {"text": values[0]})
            note(world, other, "typed while it was sent", values.pop())
        return answer

    other.link = link   # type: ignore[method-assign]
    sync(world, other)
    other.link = real   # type: ignore[method-assign]
    sync(world, other)
    with owner.store.operation("公開範囲") as op:
        op.put("consultation", visit, {"visibility": "P3"})
    everybody(world)


def roles(world: CloseWorld) -> None:
    """Somebody writes, gets or loses a role, or the hub goes back to its backup, with the accounts of then or of now."""
    rnd = world.rnd
    if not (world.folder / "backup.db").exists():
        back_up(world)
    what = rnd.choice(("write", "write", "write", "role", "role", "restore"))
    if what == "write":
        desk = rnd.choice(world.desks)
        lines, value = live(desk, "entry"), f"値{rnd.randrange(10**6)}"
        with desk.store.operation("行") as op:
            if lines and rnd.random() < 0.4:
                op.put("entry", rnd.choice(lines), {"text": value})
            else:
                company = op.add("organization", {"name": value, "notes": value})
                visit = op.add("consultation", {"organization": company, "theme": value, "visibility": "P1"})
                op.add("entry", {"consultation": visit, "kind": "said", "text": value})
        note(world, desk, "write", value)
    elif what == "role":
        person = rnd.choice(world.desks).person
        with world.hub.write() as conn:
            had = conn.execute(select(t.grant.c.uid).where(t.grant.c.person == person)).scalars().all()
            for uid in had:
                accounts.end_grant(conn, uid)
            if not had:
                accounts.add_grant(conn, person, Grant(Role.EXPERT, world.bodies[0], frozenset({"p1"})), world.clock())
        world.kinds["role"] += 1
        world.log.append(f"role of {person[-4:]} {'ended' if had else 'given'}")
    else:
        with world.hub.read() as conn:
            now = conn.execute(select(t.grant)).mappings().all()
        restore(world)
        if rnd.random() < 0.5:
            with world.hub.write() as conn:
                conn.execute(delete(t.grant))
                if now:
                    conn.execute(insert(t.grant), [dict(r) for r in now])
            world.log.append("with the roles of now")
        if rnd.random() < 0.5:
            (world.folder / "backup.db").unlink()
    for desk in world.desks:
        if rnd.random() < 0.5:
            sync(world, desk)


def all_acknowledged_is_there(world: CloseWorld) -> None:
    """What a laptop holds as acknowledged and accepted is accepted at the hub, whatever it went back to meanwhile."""
    c = t.received.c
    with world.hub.read() as conn:
        here = {(r.dev, r.seq) for r in conn.execute(select(c.dev, c.seq).where(c.verdict.is_(None)))}
    for desk in world.desks:
        with desk.store.read() as conn:
            dev = conn.execute(select(local.device.c.dev)).scalar_one()
            said = {(r.dev, r.seq): r.reason for r in conn.execute(select(local.verdict))}
            mine = {(r.dev, r.seq) for r in conn.execute(select(local.change.c.dev, local.change.c.seq).where(
                local.change.c.dev == dev))}
        lost = {x for x in world.accepted - here if x[0] == dev}
        assert not lost, (f"{desk.name}: {sorted(lost)} was accepted once and is not: {[said.get(x) for x in lost]}, "
                          f"forgotten here: {sorted(lost - mine)}")
        world.kinds["forgotten by order, and at the hub"] += len({x for x in world.accepted if x[0] == dev} - mine)


def nothing_forgotten_unsent(world: World) -> None:
    """Every number that a laptop ever gave out is at the hub: nothing was taken out of a journal before it was sent."""
    with world.hub.read() as conn:
        here: dict[str, set[int]] = {}
        for r in conn.execute(select(t.received.c.dev, t.received.c.seq)):
            here.setdefault(r.dev, set()).add(r.seq)
    for desk in world.desks:
        with desk.store.read() as conn:
            mine = conn.execute(select(local.device.c.dev, local.device.c.seq)).one()
        lost = set(range(1, mine.seq + 1)) - here.get(mine.dev, set())
        assert not lost, f"{desk.name}: changes {sorted(lost)} were forgotten before they were sent"


def placed_as_the_rules_say(world: CloseWorld) -> None:
    """Where every row is given out is what the rules make of the hub as it stands, not only of what moved last."""
    with world.hub.write() as conn:
        keys = [(r.type, r.uid) for r in conn.execute(select(t.member.c.type, t.member.c.uid))]
        moved = placed_anew(conn, load(conn, keys), made_of(conn, keys), {key: set() for key in keys}, set(keys),
                            placed_of(conn, keys))
        assert not moved, f"the hub gives out otherwise than the rules say: {[(m.key, m.entered, m.left) for m in moved[:3]]}"


KINDS: dict[str, tuple[Step, int, int, tuple[Step, ...]]] = {
    "moves": (moves, 3, 14, (nothing_forgotten_unsent, placed_as_the_rules_say, check)),
    "reading": (reading, 3, 1, (nothing_forgotten_unsent, placed_as_the_rules_say, check)),
    "apart": (apart, 3, 6, (nothing_forgotten_unsent, check)),
    "typing": (typing, 2, 2, (nothing_forgotten_unsent, check)),
    "roles": (roles, 3, 16, (all_acknowledged_is_there, placed_as_the_rules_say, check)),
}
"""Kind → what happens, among how many laptops, how often, and what must hold at the end."""


def run_one(seed: int, folder: Path, kind: str) -> World:
    """One history of a kind. Raises AssertionError with the seed in its text."""
    step, laptops, times, looks = KINDS[kind]
    with drawn_from(random.Random(f"ids {seed}").getrandbits):
        world = a_close_world(seed, folder, laptops)
        try:
            for _ in range(times):
                world.clock.forward(seconds=world.rnd.randint(1, 900))
                for desk in world.desks:
                    desk.store.clock.forward(seconds=world.rnd.randint(1, 900))   # type: ignore[attr-defined]
                step(world)
            settle(world)
            for look in looks:
                look(world)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}\n" + "\n".join(world.log[-60:])) from error
        finally:
            for desk in world.desks:
                desk.store.close()
            world.hub.close()
            shutil.rmtree(world.folder, ignore_errors=True)
    return world


def many(seeds: Sequence[int], kind: str) -> tuple[int, str, Counter[str]]:
    """Histories until one fails: how many were run, what failed, and what was done in them."""
    root = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    _TEMPLATES.clear()
    done: Counter[str] = Counter()
    try:
        for run, seed in enumerate(seeds, 1):
            try:
                done += run_one(seed, root, kind).kinds
            except AssertionError as error:
                said = str(error)
                return run, (said if said.startswith("seed") else f"seed {seed}: {said}")[:3000], done
    finally:
        shutil.rmtree(root, ignore_errors=True)
        _TEMPLATES.clear()
    return len(seeds), "", done


def main() -> int:
    """Run as many histories as are asked for; 1 if one failed."""
    options = argparse.ArgumentParser(prog="aimed")
    options.add_argument("--kind", choices=sorted(KINDS), required=True)
    options.add_argument("--histories", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    chosen: Any = options.parse_args()
    began = time.monotonic()
    run, failed, done = many(range(chosen.seed, chosen.seed + chosen.histories), chosen.kind)
    if failed:
        print(failed)
    print(f"{run} histories {chosen.kind} from seed {chosen.seed}, {time.monotonic() - began:.0f} s, {dict(done)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
