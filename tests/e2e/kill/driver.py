"""Runs lives of the window: start on a folder, let it be typed into, kill it, judge the folder, start on it again."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from tests.e2e.kill import judge, template, typed
from tests.e2e.kill.judge import Verdict
from tests.e2e.kill.typed import Step, Written

ROOT = Path(__file__).resolve().parents[3]
LIFE_SECONDS = 4.0
KILLS_A_FOLDER = 10
TOLD_EACH = 10
START_SECONDS = 60.0
CONTINUED, WHOLE = "前回の続きを開きました", "（失われた入力はありません）"
UNKNOWN = "（最後の1秒ほどの入力は残っていないことがあります）"


@dataclass
class Figures:
    """What a run of kills showed."""

    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How often the window was killed."""
        return len(self.verdicts)

    @property
    def near_key(self) -> float:
        """Share of kills within a second after a key."""
        return sum(v.near_key for v in self.verdicts) / max(1, self.kills)

    @property
    def acknowledged_lost(self) -> int:
        """Acknowledged edits that were gone."""
        return sum(v.acknowledged_lost for v in self.verdicts)

    @property
    def most_lost_ms(self) -> float:
        """The oldest key lost in any kill."""
        return max((v.lost_ms for v in self.verdicts), default=0.0)

    @property
    def damaged(self) -> int:
        """Files damaged."""
        return sum(v.damaged for v in self.verdicts)

    @property
    def faults(self) -> list[str]:
        """Every promise broken, with the number of the kill."""
        return [f"kill {n}: {text}" for n, v in enumerate(self.verdicts, 1) for text in v.faults]

    def words(self) -> str:
        """The figures for people."""
        return (f"kills {self.kills}, within 1 s of a key {self.near_key:.0%}, "
                f"acknowledgements {sum(v.acknowledgements for v in self.verdicts)}, acknowledged edits lost "
                f"{self.acknowledged_lost}, most typing lost {self.most_lost_ms:.0f} ms, files damaged {self.damaged}, "
                f"promises broken {len(self.faults)}")


class Life:
    """One process of the window on a folder."""

    def __init__(self, home: Path, steps: Sequence[Step], fault: str = "", *, stay: bool = True) -> None:
        self._errors = home.with_name(home.name + ".stderr")
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        with self._errors.open("wb") as stderr:     # the child holds its own end
            self._process = subprocess.Popen([sys.executable, "-m", "tests.e2e.kill.child"], stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, stderr=stderr, cwd=ROOT, env=environment)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"home": str(home), "fault": fault, "stay": stay,
                                              "steps": typed.as_json(steps)}).encode())
        self._process.stdin.close()
        self.opened = self._first()

    def _first(self) -> dict[str, Any]:
        """What the window shows when it is open."""
        assert self._process.stdout is not None
        too_long = Timer(START_SECONDS, self._process.kill)
        too_long.start()
        try:
            line = self._process.stdout.readline()
        finally:
            too_long.cancel()
        said: dict[str, Any] = json.loads(line or b"{}")
        if "open" not in said:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"the window did not open: {said.get('error', '')}{self._complaints()}")
        return said

    def kill_at(self, moment: float) -> tuple[float, list[dict[str, Any]]]:
        """Kill the process at a moment of the monotonic clock; gives when it was done and what it had said."""
        time.sleep(max(0.0, moment - time.monotonic()))
        self._process.kill()
        killed_at = time.monotonic()
        return killed_at, self._rest()

    def end(self) -> list[dict[str, Any]]:
        """Wait until it closes by itself; gives what it said."""
        return self._rest()

    def _rest(self) -> list[dict[str, Any]]:
        assert self._process.stdout is not None
        said = [json.loads(line) for line in self._process.stdout.read().splitlines()]
        self._process.stdout.close()
        code = self._process.wait(START_SECONDS)
        for one in said:
            if "error" in one:
                raise AssertionError(f"the window failed: {one['error']}")
        if code not in (0, -9) or self._complaints():
            raise AssertionError(f"the window ended with {code}: {self._complaints()}")
        return said

    def _complaints(self) -> str:
        return self._errors.read_text("utf-8", "replace")


def run(folder: Path, kills: int, seed: int, *, fault: str = "", at_once: int = 2,
        say: Callable[[str], None] | None = None) -> Figures:
    """Kill the window so many times; folders take turns of KILLS_A_FOLDER kills each.

    `say` gets a line each TOLD_EACH kills, so that a long run can be watched.
    """
    so_far, lock, began = Figures(), Lock(), time.monotonic()

    def over(verdict: Verdict) -> None:
        with lock:
            so_far.verdicts.append(verdict)
            if say is not None and so_far.kills % TOLD_EACH == 0:
                say(f"{time.monotonic() - began:4.0f} s  {so_far.words()}")
    with _desk(folder) as (home, uid), ThreadPoolExecutor(at_once) as lanes:
        parts = [min(KILLS_A_FOLDER, kills - first) for first in range(0, kills, KILLS_A_FOLDER)]
        jobs = [lanes.submit(_chain, home, folder / f"home-{n}", uid, part, random.Random(f"{seed}-{n}"), fault,
                             over)
                for n, part in enumerate(parts)]
        return Figures([verdict for job in jobs for verdict in job.result()])


@contextmanager
def _desk(folder: Path) -> Iterator[tuple[Path, str]]:
    home = folder / "template"
    yield home, template.make(home)


def _chain(source: Path, home: Path, uid: str, kills: int, chosen: random.Random, fault: str,
           over: Callable[[Verdict], None]) -> list[Verdict]:
    """Kill the window on one folder again and again: each life must open what the last one left."""
    shutil.copytree(source, home)
    verdicts: list[Verdict] = []
    found, _ = judge.read(home, uid)
    for _ in range(kills):
        steps = typed.plan(chosen, LIFE_SECONDS)
        life = Life(home, steps, fault)
        strange = _shown(life.opened, uid, found, verdicts[-1] if verdicts else None)
        killed_at, said = life.kill_at(life.opened["at"] + chosen.uniform(0.0, LIFE_SECONDS))
        states = typed.states(found, steps)
        found, damaged = judge.read(home, uid)
        verdict = judge.judge(states, found, judge.told(said), killed_at)
        verdict.damaged = len(damaged)
        verdict.faults += [*strange, *damaged]
        verdicts.append(verdict)
        over(verdict)
    last = Life(home, [], stay=False)
    verdicts[-1].faults += _shown(last.opened, uid, found, verdicts[-1])
    last.end()
    after, damaged = judge.read(home, uid)
    verdicts[-1].faults += damaged + ([] if after == found else [f"closing changed {found} into {after}"])
    return verdicts


def _shown(opened: dict[str, Any], uid: str, found: Written, killed: Verdict | None) -> list[str]:
    """What the next start shows that is not what the folder holds; `killed` is how the start before it ended."""
    shown = Written(tuple((kind, text) for kind, text in opened["lines"]), opened["kind"], opened["box"],
                    opened["field"])
    strange = []
    if opened["open"] != uid:
        strange.append(f"the next start opened {opened['open']}")
    if (shown.capture, shown.field) != (found.capture, found.field):
        strange.append(f"the next start shows {shown}, the folder holds {found}")
    expected = [""] if killed is None else [UNKNOWN] if killed.lost_ms else [WHOLE, UNKNOWN]
    if opened["said"] not in [CONTINUED + words for words in expected]:
        strange.append(f"the next start says {opened['said']!r}")
    return strange
