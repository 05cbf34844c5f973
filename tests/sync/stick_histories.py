"""Random histories in which laptops sync by network and by sticks, in any order, with repeats and damaged copies, while
the hub goes back to backups and disks are full.

The world, the edits and the checks are those of `tests.sync.simulator`; here only sticks are added. Half of
the histories end without any network. `python -m tests.sync.stick_histories --histories N --seed S`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
from sqlalchemy import select, update

from kanto_desk.chance import drawn_from
from kanto_desk.db.store import put_setting
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub import tables as t
from kanto_desk.hub.bundle_keys import public_of
from kanto_desk.sync import bundle
from kanto_desk.sync.bundle_file import Unusable
from kanto_desk.sync.client import keep_known
from kanto_desk.sync.enrolling import SEALING_KEY
from tests.sync.oracle import check
from tests.sync.settling import settle
from tests.sync.simulated import SimDesk, World, a_world, dev_of, known_of
from tests.sync.steps import back_up, restore, step


@dataclass
class Sticks:
    """Files on their way, by whom they are for; nothing that was carried once is thrown away."""

    world: World
    to_hub: list[Path] = field(default_factory=list)
    to_desk: dict[str, list[Path]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    made: int = 0

    def new(self) -> Path:
        self.made += 1
        return self.world.folder / f"{self.made}.kdx"


def give_keys(world: World) -> None:
    """Let hub and laptops know one another's keys, as enrolment does."""
    sealing, signing = public_of(world.hub)
    for desk in world.desks:
        identity = pyrage.x25519.Identity.generate()
        known = known_of(desk)
        known.sealing, known.signing = sealing, signing
        with desk.store.write() as conn:
            keep_known(conn, known)
            put_setting(conn, SEALING_KEY, str(identity))
        with world.hub.write() as conn:
            conn.execute(update(t.device).where(t.device.c.dev == dev_of(desk)).values(sealing=str(identity.to_public())))


def desk_makes(sticks: Sticks, desk: SimDesk) -> Path:
    path = sticks.new()
    bundle.make(desk.store, known_of(desk), path)
    sticks.to_hub.append(path)
    return path


def hub_takes(sticks: Sticks, path: Path) -> None:
    """A hub that went back refuses a file that follows what it lacks; its answer then asks for it."""
    try:
        hub_side.take(sticks.world.hub, path)
    except hub_side.Missing:
        assert sticks.world.kinds["hub restored"], "nothing is missing at a hub that never went back"
        sticks.kinds["refused until an answer"] += 1


def hub_makes(sticks: Sticks, desk: SimDesk) -> Path:
    path = sticks.new()
    hub_side.make(sticks.world.hub, dev_of(desk), path)
    sticks.to_desk.setdefault(desk.name, []).append(path)
    return path


def desk_takes(sticks: Sticks, desk: SimDesk, path: Path) -> None:
    before = known_of(desk)
    bundle.take(desk.store, before, desk.store.setting(SEALING_KEY), path)
    after = known_of(desk)
    if sticks.world.kinds["hub restored"]:   # what it held when it made this, it may have lost since
        return
    with sticks.world.hub.read() as conn:
        held = conn.execute(select(t.device.c.seq).where(t.device.c.dev == dev_of(desk))).scalar_one()
    assert before.acked <= after.acked <= held, f"{desk.name}: {before.acked} → {after.acked}, the hub holds {held}"


def damaged(rnd: random.Random, path: Path, to: Path) -> Path:
    whole = bytearray(path.read_bytes())
    if rnd.random() < 0.5:
        del whole[rnd.randrange(len(whole)):]
    else:
        whole[rnd.randrange(len(whole))] ^= 1 << rnd.randrange(8)
    to.write_bytes(whole)
    return to


def stick_step(sticks: Sticks) -> None:
    """One thing that happens with a stick."""
    world, rnd = sticks.world, sticks.world.rnd
    desk = rnd.choice(world.desks)
    backs = sticks.to_desk.get(desk.name, [])
    what = rnd.choices(("make", "take", "answer", "back", "trip", "bad", "backup", "restore"),
                       (5, 6, 5, 6, 2, 1, 1, 1))[0]
    if what == "make":
        desk_makes(sticks, desk)
    elif what == "take" and sticks.to_hub:
        hub_takes(sticks, rnd.choice(sticks.to_hub))
    elif what == "answer":
        hub_makes(sticks, desk)
    elif what == "back" and backs:
        desk_takes(sticks, desk, rnd.choice(backs))
    elif what == "trip":
        trip(sticks, desk)
    elif what == "backup":
        back_up(world)
    elif what == "restore":
        restore(world)
    elif what == "bad" and backs:
        bad = damaged(rnd, rnd.choice(backs), world.folder / "bad.kdx")
        try:
            desk_takes(sticks, desk, bad)
        except Unusable:
            pass
        else:
            raise AssertionError("a damaged file was taken")
    else:
        return
    sticks.kinds[what] += 1
    world.log.append(f"{desk.name} stick {what}")


def trip(sticks: Sticks, desk: SimDesk) -> None:
    hub_takes(sticks, desk_makes(sticks, desk))
    desk_takes(sticks, desk, hub_makes(sticks, desk))


def settle_by_sticks(sticks: Sticks) -> None:
    """Enough trips for everybody that everything has come round."""
    for _ in range(5 if sticks.world.kinds["hub restored"] else 3):
        for desk in sticks.world.desks:
            trip(sticks, desk)


def run_one(seed: int, folder: Path, steps: int = 30) -> Counter[str]:
    """One history; gives what happened. Raises AssertionError with the seed in its text. A seed gives the same ids."""
    with drawn_from(random.Random(f"ids {seed}").getrandbits):
        return _run(seed, folder, steps)


def _run(seed: int, folder: Path, steps: int) -> Counter[str]:
    world = a_world(seed, folder)
    sticks = Sticks(world)
    try:
        give_keys(world)
        for _ in range(world.rnd.randint(6, steps)):
            if world.rnd.random() < 0.5:
                step(world)
            else:
                stick_step(sticks)
        if world.rnd.random() < 0.5:
            settle_by_sticks(sticks)
        else:
            settle(world)
        check(world)
    except (AssertionError, Unusable, hub_side.Missing) as error:
        raise AssertionError(f"seed {seed}: {error!r}\n" + "\n".join(world.log[-60:])) from error
    finally:
        for desk in world.desks:
            desk.store.close()
        world.hub.close()
        shutil.rmtree(world.folder, ignore_errors=True)
    return world.kinds + sticks.kinds


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--histories", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    root = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    kinds: Counter[str] = Counter()
    began, failed, n = time.monotonic(), 0, 0
    for n in range(chosen.histories):
        try:
            kinds += run_one(chosen.seed + n, root)
        except AssertionError as error:
            failed += 1
            print(str(error)[:3000], flush=True)
            if failed >= 3:
                break
    print(f"{n + 1} histories from seed {chosen.seed}, {failed} failed, {time.monotonic() - began:.0f} s, {dict(kinds)}")
    shutil.rmtree(root, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
