"""Random histories of laptops and a hub under one seed: real stores, real client, real hub, a link that misbehaves.

After each history everybody syncs until nothing moves; then every laptop must hold exactly what its user may see, with
every value that no known change has superseded, and no value may be lost. `python -m tests.sync.simulator --histories N`.
"""

from __future__ import annotations

import argparse
import gc
import math
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from kanto_desk.chance import drawn_from
from tests.sync.happenings import check_files
from tests.sync.oracle import alive_in, check, digest
from tests.sync.settling import settle
from tests.sync.simulated import (
    _TEMPLATES,
    PASSED_ON,
    TYPES,
    Crash,
    Cut,
    SimDesk,
    World,
    a_world,
    another_desk,
    live,
    template,
)
from tests.sync.steps import back_up, restore, step

__all__ = ["PASSED_ON", "TYPES", "_TEMPLATES", "Crash", "Cut", "SimDesk", "World", "a_world", "alive_in", "another_desk",
           "back_up", "check", "digest", "live", "many", "restore", "run_one", "settle", "shared", "step", "template"]

def run_one(seed: int, folder: Path, steps: int = 28, database: str | None = None, *, hashed: bool = False) -> World:
    """One history. Raises AssertionError with the seed in its text. The same seed gives the same ids and ties.

    `database` is a PostgreSQL database with an empty hub, which is emptied again first. With `hashed`, a hash over the
    end is worked out, too.
    """
    with drawn_from(random.Random(f"ids {seed}").getrandbits):
        return _run(seed, folder, steps, database, hashed)


def _run(seed: int, folder: Path, steps: int, database: str | None, hashed: bool) -> World:
    world = a_world(seed, folder, database)
    world.wide = True
    try:
        for _ in range(world.rnd.randint(4, steps)):
            step(world)
        settle(world)
        check(world)
        check_files(world)
        if hashed:
            world.digest = digest(world)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}\n" + "\n".join(world.log[-60:])) from error
    finally:
        for desk in world.desks:
            world.close(desk)
        world.hub.close()
        shutil.rmtree(world.folder, ignore_errors=True)
    return world


def many(first: int, count: int, faults: int = 1, database: str | None = None,
         seconds: float = math.inf) -> tuple[int, list[str], Counter[str]]:
    """Histories from a seed on, until so many failed: how many were run, what failed, what was done in them.

    After so many seconds no further one is begun.
    """
    root = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    _TEMPLATES.clear()   # a process made of this one would share the folder of the other
    kinds: Counter[str] = Counter()
    failed: list[str] = []
    run, until = 0, time.monotonic() + seconds
    gc.collect()
    gc.freeze()
    gc.disable()   # what a history leaves is small and looked through seldom: a tenth of the time else
    try:
        for run in range(1, count + 1):
            if run % 64 == 0:
                gc.collect()
            try:
                kinds += run_one(first + run - 1, root, database=database).kinds
            except AssertionError as error:
                failed.append(str(error)[:3000])
                print(failed[-1], flush=True)
                if len(failed) >= faults:
                    break
            if time.monotonic() > until:
                break
    finally:
        gc.enable()
        gc.unfreeze()
        shutil.rmtree(root, ignore_errors=True)
        _TEMPLATES.clear()
    return run, failed, kinds


def shared(first: int, count: int, processes: int, faults: int = 1,
           seconds: float = math.inf) -> tuple[int, list[str], Counter[str]]:
    """As `many`, shared among processes."""
    parts = [(first + n * count // processes, (n + 1) * count // processes - n * count // processes, faults, None,
              seconds)
             for n in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        done = pool.starmap(many, parts)
    return sum(d[0] for d in done), [f for d in done for f in d[1]], sum((d[2] for d in done), Counter())


def main() -> int:
    """Run as many histories as are asked for; 1 if one failed."""
    options = argparse.ArgumentParser()
    options.add_argument("--histories", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--faults", type=int, default=3, help="stop after so many faults")
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--seconds", type=float, default=math.inf, help="begin no history after so many")
    options.add_argument("--database", help="an empty PostgreSQL database in which a hub was made")
    chosen = options.parse_args()
    began = time.monotonic()
    if chosen.processes > 1:
        run, failed, kinds = shared(chosen.seed, chosen.histories, chosen.processes, chosen.faults,
                                     chosen.seconds)
    else:
        run, failed, kinds = many(chosen.seed, chosen.histories, chosen.faults, chosen.database, chosen.seconds)
    print(f"{run} histories from seed {chosen.seed}, {len(failed)} failed, {time.monotonic() - began:.0f} s, {dict(kinds)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
