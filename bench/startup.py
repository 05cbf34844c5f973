"""Start of the real window as whole processes, taking turns with a process that shows an empty QMainWindow.

Told apart: first paint (the passphrase page), usable (the restored record, cursor in the capture box, typing shown),
Argon2id alone, and the longest stall of the event loop while the database library is imported behind the first page.
The usable time leaves out Argon2id (DECISIONS 28): the key is derived at a negligible cost. Run alone with
python -m bench startup
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import time

from bench import full_desk
from bench.measuring import Figures, Line, took
from kanto_desk.services import consultations

ROOT = Path(__file__).parent.parent
FIRST_PAINT_LIMIT, USABLE_LIMIT = 1.5, 3.5
USABLE_MS = 1500.0   # start to usable with 10,000 companies (UX.md 12); this desk has 20,000


def _lines(platform: str) -> tuple[Line, ...]:
    floor = (f"empty window {platform} best ms", "empty QMainWindow process")
    return (
        Line(f"First paint, {platform}, best", f"first paint {platform} best ms", "ms", *floor, FIRST_PAINT_LIMIT,
             True),
        Line("— median", f"first paint {platform} median ms", "ms", f"empty window {platform} median ms", floor[1],
             FIRST_PAINT_LIMIT, True),
        Line(f"Usable, {platform}, best", f"usable {platform} best ms", "ms", *floor, USABLE_LIMIT, True),
        Line("— median", f"usable {platform} median ms", "ms", f"empty window {platform} median ms", floor[1],
             USABLE_LIMIT, True),
        Line("— median, in itself", f"usable {platform} median ms", "ms", limit=USABLE_MS),
        Line(f"Longest stall while importing, {platform}, median", f"stall {platform} median ms", "ms"),
        Line("— worst", f"stall {platform} worst ms", "ms"),
    )


LINES = (*_lines("offscreen"), *_lines("xcb"),
         Line("Argon2id of the passphrase, reported apart", "argon2id ms", "ms"))

_EMPTY = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time(), flush=True)
        QApplication.quit()
app = QApplication([])
window = Window()
window.resize(1366, 768)
window.show()
app.exec()
"""

_PRODUCT = """
from kanto_desk.ui.starting import prepare
prepare()   # as the command does before it imports the window
from bench.startup_child import main
raise SystemExit(main())
"""


def run(home: Path, rounds: int = 9, platforms: tuple[str, ...] | None = None) -> Figures:
    """Measure on the desk in `home`, which gets a record to restore; milliseconds."""
    uid = _record_to_restore(home)
    figures: Figures = {}
    for platform in platforms or (("offscreen", "xcb") if shutil.which("Xvfb") else ("offscreen",)):
        with _display(platform) as environment:
            figures |= _turns(home, uid, rounds, platform, environment)
    return figures | {"argon2id ms": _argon2id()}


def _turns(home: Path, uid: str, rounds: int, platform: str, environment: dict[str, str]) -> Figures:
    kinds: dict[str, list[float]] = {"empty window": [], "first paint": [], "usable": [], "stall": []}
    for n in range(rounds + 1):
        empty = _process(["-c", _EMPTY], environment)
        started, told = _process(["-c", _PRODUCT, str(home), uid], environment)
        if n == 0:
            continue   # fills the system's file cache and the .pyc files for both
        seen = json.loads(told)
        kinds["empty window"].append((float(empty[1]) - empty[0]) * 1000)
        kinds["first paint"].append((seen["painted"] - started) * 1000)
        kinds["usable"].append((seen["painted"] - started + seen["usable"] - seen["asked"]) * 1000)
        kinds["stall"].append(seen["stall"] * 1000)
    figures: Figures = {}
    for name, times in kinds.items():
        figures |= {f"{name} {platform} best ms": min(times), f"{name} {platform} median ms": median(times),
                    f"{name} {platform} worst ms": max(times)}
    return figures


def _process(arguments: list[str], environment: dict[str, str]) -> tuple[float, str]:
    started = time()
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
                          check=False, timeout=120)
    if done.returncode:
        raise RuntimeError(f"the measured process ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return started, done.stdout.strip().splitlines()[-1]


def _record_to_restore(home: Path) -> str:
    """Make a record of some lines the one that was open when the window closed."""
    from bench.opening import long_record

    desk = full_desk.opened(home)
    try:
        uid = long_record(desk, 30)
        consultations.start(desk.store, uid)
        desk.store.set_setting("open_record", uid)
        return uid
    finally:
        desk.close()


def _argon2id() -> float:
    """Milliseconds of one derivation at the cost that the program uses, best of five."""
    from argon2.low_level import Type, hash_secret_raw

    from kanto_desk.db.keys import Cost

    cost = Cost()
    return min(took(lambda: hash_secret_raw(b"a passphrase", b"0" * 16, time_cost=cost.passes,
                                            memory_cost=cost.memory_kib, parallelism=cost.lanes, hash_len=32,
                                            type=Type.ID)) for _ in range(5))


@contextmanager
def _display(platform: str) -> Iterator[dict[str, str]]:
    """The environment of a measured process; for xcb with an X server of its own."""
    environment = {**os.environ, "QT_QPA_PLATFORM": platform}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)   # an installed program has its .pyc files
    if platform != "xcb":
        yield environment
        return
    given, taken = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(taken), "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
                              pass_fds=[taken], stderr=subprocess.DEVNULL)
    os.close(taken)
    try:
        with os.fdopen(given) as number:
            environment["DISPLAY"] = f":{number.readline().strip()}"
        yield environment
    finally:
        server.terminate()
        server.wait()
