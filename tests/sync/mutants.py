"""Planted faults of sync: each is written into a copy of the program, and histories or tests must notice it.

`python -m tests.sync.mutants` shows every one; `--only NAME` one. A fault that nobody notices makes the command fail.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HISTORIES = ("-m", "tests.sync.simulator", "--faults", "1", "--seed", "1", "--histories")
EXCHANGES = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/sync/test_exchange.py")
REQUESTS = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/hub/test_requests.py")
WHOLE = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/sync/test_whole_rows.py")
APPLYING = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/db/test_apply.py")
OUTBOX = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/sync/test_outbox.py")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: in which file what stands instead of what, and what must notice it (histories if nothing is named)."""

    name: str
    file: str
    sound: str
    faulty: str
    noticed_by: tuple[str, ...] = HISTORIES


MUTANTS = (
    Mutant("last writer wins", "db/apply.py", "others = {s: v for s, v in alive.items() if s != top}", "others = {}"),
    Mutant("base ignored", "db/apply.py", "for seen in c.base.get(name, ()):", "for seen in ():"),
    Mutant("gone forgotten", "db/apply.py", "if not (known_gone and c.stamp in known_gone):", "if True:",
           APPLYING),
    Mutant("lowest stamp shown", "db/apply.py", "top = max(alive)", "top = min(alive)"),
    Mutant("unsent values lost when a row comes whole", "db/apply.py",
           " | {s: v for s, v in here.items() if s in mine}", "", WHOLE),
    Mutant("what unsent changes saw comes back with a whole row", "db/apply.py",
           "alive = {s: v for s, v in values.items() if s not in seen}", "alive = dict(values)", WHOLE),
    Mutant("a change that arrives again is applied again", "sync/taking_in.py", "new = unseen(conn, changes)",
           "new = list(changes)", WHOLE),
    Mutant("changes older than a whole row are applied", "sync/taking_in.py",
           "\n               and e.id > whole.get((e.change.type, e.change.uid), 0)", "\n              "),
    Mutant("purge before unsent", "sync/taking_in.py", "    if waits:", "    if False:"),
    Mutant("grant without snapshot", "sync/client.py", "new = sorted(set(reply.scopes) - set(have))", "new = []", EXCHANGES),
    Mutant("lost scopes not forgotten", "sync/client.py",
           "lost = sorted(set(reply.lost) | set(have) - set(reply.scopes))", "lost = []"),
    Mutant("extended after sending", "db/operation.py", "newest.seq <= frozen_upto(self.conn, newest.dev)", "False",
           OUTBOX),
    Mutant("clones are not noticed", "hub/accepting.py",
           "if any(change.seq in known and known[change.seq].hash != content_hash(change) for change in again):",
           "if False:", REQUESTS),
    Mutant("a gap is taken in", "hub/accepting.py", "if first > held:", "if False:", OUTBOX),
    Mutant("pushed again, taken in again", "hub/accepting.py", "fresh = [c for c in pushed if c.seq > held]",
           "fresh = list(pushed)"),
    Mutant("verdicts are not told again", "hub/accepting.py",
           "return [Verdict(r.seq, r.verdict, r.reason) for r in known.values() if r.verdict]", "return []", OUTBOX),
    Mutant("what may not be written is taken in", "hub/accepting.py",
           "good = [c for c in changes if c.seq not in verdicts]", "good = [c for c in changes if c.type in records()]",
           REQUESTS),
    Mutant("acknowledged before it is there", "hub/accepting.py",
           "return Taken(fresh[-1].seq, told + list(verdicts.values()))",
           "return Taken(fresh[-1].seq + 1, told + list(verdicts.values()))"),
    Mutant("written out of one's own sight and kept", "hub/accepting.py",
           "hidden = [key for key in rows if visible(after.get(key, {}), scopes) is None]", "hidden = []"),
    Mutant("leaving is not told", "hub/accepting.py", '"leave", None) for s in move.left]', '"leave", None) for s in ()]'),
    Mutant("coming in is not told", "hub/accepting.py", '"enter", whose) for s in move.entered]',
           '"enter", whose) for s in ()]', EXCHANGES),
    Mutant("every new row counts as its reader's own", "hub/accepting.py", "whose = None if move.key in known else dev",
           "whose = dev"),
    Mutant("a withdrawn consent counts", "hub/placing.py", "c.withdrawn_on.is_(None), ", "", EXCHANGES),
    Mutant("parts stay where their root was", "hub/placing.py", "whole.add(key)   # its parts may have come before it",
           "pass"),
    Mutant("cursor skips", "hub/giving.py", "upto = numbers[-1] if more else top", "upto = top + 1"),
    Mutant("fields above the level are given", "hub/giving.py", "    if seen is Level.DESK:\n        return change",
           "    if True:\n        return change"),
    Mutant("what a laptop forgot is taken for its own", "hub/app.py", "None if laptop.forgot else laptop.dev)",
           "laptop.dev)"),
    Mutant("a repeated request is answered", "hub/app.py",
           'conn.execute(_NOTE_NONCE, {"dev": signed.dev, "nonce": signed.nonce, "at": now})', "pass", REQUESTS),
    Mutant("a forged request is answered", "sync/signing.py", "        return False\n    return True",
           "        return True\n    return True", REQUESTS),
    Mutant("a laptop out of use is answered", "hub/app.py", 'if laptop.state != "active":', "if False:", REQUESTS),
)


def shown(mutant: Mutant, histories: int) -> tuple[bool, str]:
    """Plant the fault in a copy and look; gives whether it was noticed, and the line that says so."""
    with tempfile.TemporaryDirectory(prefix="kd-mutant-") as name:
        copy = Path(name)
        leave = shutil.ignore_patterns("__pycache__", "ui")
        for part in ("kanto_desk", "tests"):
            shutil.copytree(ROOT / part, copy / part, ignore=leave)
        for part in ("resources", "pyproject.toml"):
            (copy / part).symlink_to(ROOT / part)
        file = copy / "kanto_desk" / mutant.file
        source = file.read_text("utf-8")
        if source.count(mutant.sound) != 1:
            return False, f"stands {source.count(mutant.sound)} times in {mutant.file}: write the fault anew"
        file.write_text(source.replace(mutant.sound, mutant.faulty), "utf-8")
        command = [*mutant.noticed_by, *([str(histories)] if mutant.noticed_by is HISTORIES else [])]
        done = subprocess.run([sys.executable, *command], cwd=copy, capture_output=True, text=True, check=False,
                              env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"})
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    telling = [line for line in said if line.startswith(("seed", "E  ", "FAILED"))] or said[-1:]
    return done.returncode == 1, telling[0][:150] if telling else ""


def main() -> int:
    """Show the faults asked for; 1 if one was not noticed."""
    options = argparse.ArgumentParser(prog="mutants")
    options.add_argument("--only", action="append", help="a name, more than once if wanted")
    options.add_argument("--histories", type=int, default=150, help="at most so many for each fault")
    chosen = options.parse_args()
    missed = []
    for mutant in MUTANTS:
        if chosen.only and mutant.name not in chosen.only:
            continue
        began = time.monotonic()
        noticed, line = shown(mutant, chosen.histories)
        print(f"{'noticed' if noticed else 'MISSED '} {time.monotonic() - began:5.0f} s  {mutant.name}: {line}", flush=True)
        missed += [] if noticed else [mutant.name]
    print(f"{len(missed)} missed" + "".join(f"\n  {name}" for name in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
