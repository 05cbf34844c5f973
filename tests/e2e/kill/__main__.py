"""`python -m tests.e2e.kill --kills 200`: kill the window many times and print the figures; exit code 1 for a broken promise."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.e2e.kill import driver, faults


def main() -> int:
    """Run by arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=2, help="windows at the same time")
    parser.add_argument("--fault", choices=sorted(faults.FAULTS), default="", help="break the window on purpose")
    parser.add_argument("--keep", type=Path, help="keep the folders here (must be absent or empty)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kanto-kill-") as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        figures = driver.run(folder, given.kills, given.seed, fault=given.fault, at_once=given.at_once,
                             say=lambda line: print(line, flush=True))
    for fault in figures.faults:
        print(fault)
    print(figures.words())
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
