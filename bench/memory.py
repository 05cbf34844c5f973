"""Memory of the running desk: alone, with a full desk and an open record, and after opening many records in turn.

Reads the resident size from /proc, so it says nothing on other systems. Run alone with  python -m bench memory
"""

from __future__ import annotations

import gc
import json
import math
import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from bench import full_desk
from bench.measuring import Figures, Line

ROOT = Path(__file__).parent.parent
OPENED = 50
LINES = (
    Line("Window with きょう of the full desk", "memory home mb", "MB", "memory empty window mb", "empty QMainWindow"),
    Line("— with an open record", "memory record mb", "MB", "memory empty window mb", "empty QMainWindow"),
    Line("— after many records opened and closed in turn", "memory after many mb", "MB", "memory record mb",
         "with the first record"),
    Line("— growth per record in the second half", "memory growth per record kb", "KB"),
)

_EMPTY = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
app.processEvents()
import os
print(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6)
"""


def resident_mb() -> float:
    """Resident memory of this process in MB; NaN where /proc is not there."""
    try:
        pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    except OSError:
        return math.nan
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def run(home: Path, opened: int = OPENED) -> Figures:
    """Measure in processes of their own on the desk in `home`; MB."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}

    def said(*arguments: str) -> str:
        return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
                              check=True).stdout.strip().splitlines()[-1]

    figures: Figures = json.loads(said("-m", "bench.memory", str(home), str(opened)))
    return {"memory empty window mb": float(said("-c", _EMPTY)), **figures}


def _measure(home: Path, opened: int) -> Figures:
    from bench.window import shown_frame

    desk = full_desk.opened(home)
    try:
        with desk.store.read() as conn:
            uids = list(conn.execute(text("SELECT uid FROM consultation ORDER BY uid DESC LIMIT :n"),
                                     {"n": opened + 1}).scalars())
        with shown_frame(desk) as window:
            figures = {"memory home mb": resident_mb()}
            sizes = []
            for n, uid in enumerate(uids):
                window.open_consultation(uid)
                window.settle()
                if n == 0:
                    figures["memory record mb"] = resident_mb()
                window.close_records()
                gc.collect()
                sizes.append(resident_mb())
            half = len(sizes) // 2
            figures["memory after many mb"] = sizes[-1]
            figures["memory growth per record kb"] = (sizes[-1] - sizes[half]) * 1000 / max(1, len(sizes) - 1 - half)
        return figures
    finally:
        desk.close()


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), int(sys.argv[2]))))
