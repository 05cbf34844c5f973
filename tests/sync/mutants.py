"""Planted faults of sync: each is written into a copy of the program, and histories or tests must notice it.

`python -m tests.sync.mutants` shows every one, two at a time; `--only NAME` one; `--part 1/2` half of them. A fault that nobody notices makes the command fail.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HISTORIES = ("-m", "tests.sync.simulator", "--faults", "1")


def aimed(kind: str) -> tuple[str, ...]:
    """Histories of `tests.sync.aimed`."""
    return ("-m", "tests.sync.aimed", "--kind", kind)


def tests(file: str, name: str) -> tuple[str, ...]:
    """One test, or those whose names hold a word."""
    return ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"tests/{file}", "-k", name)


MOVES, READING, APART, ROLES, TYPING = (aimed(kind) for kind in ("moves", "reading", "apart", "roles", "typing"))


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: in which file what stands instead of what, what must notice it, and with which seed to begin."""

    name: str
    file: str
    sound: str
    faulty: str
    noticed_by: tuple[str, ...] = HISTORIES
    seed: int = 1

    @property
    def by_histories(self) -> bool:
        """Whether histories notice it; else a test does."""
        return self.noticed_by[1] != "pytest"


MUTANTS = (
    Mutant("last writer wins", "db/apply.py", "others = {s: v for s, v in alive.items() if s != top}", "others = {}",
           APART),
    Mutant("base ignored", "db/apply.py", "for seen in c.base.get(name, ()):", "for seen in ():", APART),
    Mutant("gone forgotten", "db/apply.py", "if not (known_gone and c.stamp in known_gone):", "if True:",
           tests("sync/test_whole_rows.py", "stays_replaced")),
    Mutant("lowest stamp shown", "db/apply.py", "top = max(alive)", "top = min(alive)", APART),
    Mutant("unsent values lost when a row comes whole", "db/apply.py",
           " | {s: v for s, v in here.items() if s in mine}", "", tests("sync/test_whole_rows.py", "")),
    Mutant("what unsent changes saw comes back with a whole row", "db/apply.py",
           "alive = {s: v for s, v in values.items() if s not in seen}", "alive = dict(values)", tests("sync/test_whole_rows.py", "")),
    Mutant("a change that arrives again is applied again", "sync/taking_in.py", "new = unseen(conn, changes)",
           "new = list(changes)", tests("sync/test_whole_rows.py", "")),
    Mutant("changes older than a whole row are applied", "sync/taking_in.py",
           "\n               and e.id > whole.get((e.change.type, e.change.uid), 0)", "\n              ",
           MOVES, 311),
    Mutant("purge before unsent", "sync/taking_in.py", "    if waits:", "    if False:", TYPING),
    Mutant("grant without snapshot", "sync/client.py", "new = sorted(set(reply.scopes) - set(have))", "new = []", MOVES),
    Mutant("lost scopes not forgotten", "sync/client.py",
           "lost = sorted(set(reply.lost) | set(have) - set(reply.scopes))", "lost = []", seed=17),
    Mutant("extended after sending", "db/operation.py", "newest.seq <= frozen_upto(self.conn, newest.dev)", "False",
           tests("sync/test_outbox.py", "autosave")),
    Mutant("clones are not noticed", "hub/accepting.py",
           "if any(change.seq in known and known[change.seq].hash != content_hash(change) for change in again):",
           "if False:", tests("hub/test_requests.py", "copied")),
    Mutant("a gap is taken in", "hub/accepting.py", "if first > held:", "if False:", tests("sync/test_outbox.py", "newest")),
    Mutant("pushed again, taken in again", "hub/accepting.py", "fresh = [c for c in pushed if c.seq > held]",
           "fresh = list(pushed)"),
    Mutant("verdicts are not told again", "hub/accepting.py",
           "return [Verdict(r.seq, r.verdict, r.reason) for r in known.values() if r.verdict]", "return []", tests("sync/test_outbox.py", "refused")),
    Mutant("what may not be written is taken in", "hub/accepting.py",
           "good = [c for c in changes if c.seq not in verdicts]", "good = [c for c in changes if c.type in records()]",
           TYPING),
    Mutant("acknowledged before it is there", "hub/accepting.py",
           "return Taken(upto, told + list(verdicts.values()), accepted",
           "return Taken(upto + 1, told + list(verdicts.values()), accepted", MOVES),
    Mutant("written out of one's own sight and kept", "hub/accepting.py",
           "hidden = _hidden(rows, after, scopes)", "hidden: list[Key] = []", MOVES, 9),
    Mutant("leaving is not told", "hub/accepting.py", '"leave", None) for s in move.left]', '"leave", None) for s in ()]', MOVES, 2),
    Mutant("coming in is not told", "hub/accepting.py", '"enter", by) for s in move.entered]',
           '"enter", by) for s in ()]', MOVES),
    Mutant("every new row counts as its reader's own", "hub/accepting.py", "by = dev if move.key in rows and move.key not in known else None",
           "by = dev", MOVES, 2),
    Mutant("a withdrawn consent counts", "hub/placing.py", "c.withdrawn_on.is_(None),", "",
           tests("sync/test_exchange.py", "consent")),
    Mutant("parts stay where their root was", "hub/placing.py", "keys = set(touched) | rows_in(conn, whole)",
           "keys = set(touched) | whole", MOVES),
    Mutant("cursor skips", "hub/giving.py", "upto = numbers[-1] if more else top", "upto = top + 1", APART),
    Mutant("fields above the level are given", "hub/giving.py", "    if seen.level is Level.DESK:\n        return change",
           "    if True:\n        return change", READING),
    Mutant("what a laptop forgot is taken for its own", "hub/app.py", "None if laptop.forgot else laptop.dev)",
           "laptop.dev)", READING),
    Mutant("a repeated request is answered", "hub/app.py",
           'conn.execute(_NOTE_NONCE, {"dev": signed.dev, "nonce": signed.nonce, "at": now})', "pass",
           tests("hub/test_requests.py", "counts_once")),
    Mutant("a forged request is answered", "sync/signing.py", "        return False\n    return True",
           "        return True\n    return True", tests("hub/test_requests.py", "touched or stopped")),
    Mutant("a laptop out of use is answered", "hub/app.py", 'if laptop.state != "active":', "if False:",
           tests("hub/test_requests.py", "touched or stopped")),
    Mutant("a restored laptop keeps its id", "sync/renewing.py",
           "        new_device(conn, store.clock)\n        if new_part:", "        if new_part:",
           tests("sync/test_restored_desk.py", "writes_under_another_name")),
    Mutant("what was acknowledged is asked about again", "hub/accepting.py",
           "if c.seq in vouched:\n            why = None\n        elif level", "if level", ROLES),
    Mutant("after a restore a copy's numbers are followed", "hub/going_back.py", "if back is not None and first > back:",
           "if False:", tests("sync/test_copied_and_restored.py", "after_a_restore_are_noticed")),
    Mutant("a code is good for any content", "hub/vouching.py", "total.update(seq.to_bytes(8, \"big\") + digest)",
           "total.update(seq.to_bytes(8, \"big\"))", tests("sync/test_vouching.py", "content")),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Whether a fault was noticed, what said so, after how many histories (none: by a test), and how long it took."""

    noticed: bool
    said: str
    histories: int = 0
    seconds: float = 0.0

    def line(self, mutant: Mutant) -> str:
        """A line of the table."""
        by = f"{self.histories or 'fault,'} {mutant.noticed_by[-1] if 'aimed' in mutant.noticed_by[1] else 'random'}"
        return " | ".join((f"{'caught' if self.noticed else 'MISSED':6}", f"{self.seconds:4.0f} s",
                           f"{by if mutant.by_histories else 'a test':>10}", f"{mutant.name:52}", self.said[:110]))


def shown(mutant: Mutant, histories: int = 100) -> Shown:
    """Plant the fault in a copy and look whether histories or a test notice it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kd-mutant-") as name:
        copy = Path(name)
        leave = shutil.ignore_patterns("__pycache__", "ui", "*.png")
        for part in ("kanto_desk", "tests"):
            shutil.copytree(ROOT / part, copy / part, ignore=leave)
        for part in ("resources", "pyproject.toml"):
            (copy / part).symlink_to(ROOT / part)
        file = copy / "kanto_desk" / mutant.file
        source = file.read_text("utf-8")
        if source.count(mutant.sound) != 1:
            return Shown(False, f"stands {source.count(mutant.sound)} times in {mutant.file}: write the fault anew")
        file.write_text(source.replace(mutant.sound, mutant.faulty), "utf-8")
        more = ["--seed", str(mutant.seed), "--histories", str(histories)] if mutant.by_histories else []
        done = subprocess.run([sys.executable, *mutant.noticed_by, *more], cwd=copy, capture_output=True, text=True,
                              check=False, env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"})
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    telling = [line for line in said if line.startswith(("seed", "E  ", "FAILED"))]
    telling = telling or [line for line in said if re.match(r"[\w.]+Error", line)] or said[-1:] or [""]
    counted = re.search(r"^(\d+) histories", done.stdout, re.MULTILINE)
    return Shown(done.returncode == 1, telling[0], int(counted[1]) if counted else 0, time.monotonic() - began)


def main() -> int:
    """Show the faults asked for, two at a time; 1 if one was not noticed."""
    options = argparse.ArgumentParser(prog="mutants")
    options.add_argument("--only", action="append", help="a name, more than once if wanted")
    options.add_argument("--histories", type=int, default=100, help="at most so many for each fault")
    options.add_argument("--part", default="1/1", help="the second half: 2/2")
    chosen = options.parse_args()
    part, parts = (int(n) for n in chosen.part.split("/"))
    wanted = [m for m in MUTANTS if not chosen.only or m.name in chosen.only][part - 1::parts]
    missed = []
    with ThreadPoolExecutor(2) as two:
        for mutant, seen in zip(wanted, two.map(lambda m: shown(m, chosen.histories), wanted), strict=True):
            print(seen.line(mutant), flush=True)
            missed += [] if seen.noticed else [mutant.name]
    print(f"{len(wanted) - len(missed)} of {len(wanted)} caught" + "".join(f"\n  missed: {name}" for name in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
