"""Walks every screen and box of the window (screens.py) and tells what is wrong with it.

`python -m tests.ui.walk` walks them in the 8 looks whose turn it is, `--all` in all 36, and tells what is cut off, not
named, too small, too faint, not reached by Tab or not seen to have the focus; `--pictures FOLDER` keeps them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from kanto_desk import i18n
from kanto_desk.services.desk import Desk
from kanto_desk.ui.theme import controller
from kanto_desk.ui.tokens import TARGET
from tests.db.parts import SetClock
from tests.ui.access import roleless, too_small, unnamed, unscrollable, way_of_tab
from tests.ui.combinations import ALL, ROOT, Combination, Size, mark, named, whose_turn
from tests.ui.contrast import faint
from tests.ui.fit import misfits, too_wide
from tests.ui.host import Host
from tests.ui.screens import gates, made_desk, screens
from tests.ui.synced import sync_screens

WORST: tuple[Combination, ...] = (Combination("ja", "light", 200, (1366, 768)),
                                  Combination("en", "light", 150, (1280, 680)),
                                  Combination("en", "light", 100, (960, 600)),
                                  Combination("en", "light", 150, (960, 600)))
"""Looks that leave the least room, smaller windows than the 36 have among them."""
MOST_STOPS = 20
RECORD_SCREENS = ("visit record", "empty visit", "visit with tabs", "visit with the other side panel", "signed record")


def faults_of(desk: Desk, visit: str, folder: Path, chosen: Combination, pictures: Path | None = None) -> list[str]:
    """What is wrong on any screen in one look of the window, each as `screen: fault`."""
    i18n.use(chosen.language)
    controller().set_scheme(chosen.scheme)
    controller().set_zoom(chosen.zoom)
    found = []
    for name, shown in _all_screens(desk, visit, folder, chosen.size):
        least = TARGET["client" if name == "client view" else "least"]
        told = [*misfits(shown), *too_wide(shown), *unnamed(shown), *roleless(shown), *too_small(shown, least),
                *unscrollable(shown), *faint(shown, shown.grab().toImage())]
        if isinstance(shown, QMainWindow) and (shown.width(), shown.height()) != chosen.size:
            told.append(f"the window grew to {shown.width()}×{shown.height()}")
        if pictures is not None:
            shown.grab().save(str(pictures / f"{chosen}-{'-'.join(name.lower().split())}.png"))
        way = way_of_tab(shown)
        told += way.faults
        if name in RECORD_SCREENS and len(way.stops) > MOST_STOPS:
            told.append(f"{len(way.stops)} Tab stops, {MOST_STOPS} are allowed")
        found += [f"{name}: {words}" for words in dict.fromkeys(told)]
    return found


def misfits_of(desk: Desk, visit: str, folder: Path, chosen: Combination) -> list[str]:
    """What does not fit in one look of the window: the quicker part of `faults_of`."""
    i18n.use(chosen.language)
    controller().set_scheme(chosen.scheme)
    controller().set_zoom(chosen.zoom)
    return [f"{name}: {told}" for name, shown in _all_screens(desk, visit, folder, chosen.size)
            for told in dict.fromkeys([*misfits(shown), *too_wide(shown)])]


def _all_screens(desk: Desk, visit: str, folder: Path, size: Size) -> Iterator[tuple[str, QWidget]]:
    yield from gates(size)
    host = Host(desk, *size)
    try:
        yield from screens(host, visit, folder)
    finally:
        host.end()
    with tempfile.TemporaryDirectory(dir=folder) as apart:
        yield from sync_screens(Path(apart), *size)


def look_at(combinations: Sequence[Combination], pictures: Path | None = None,
            say: Callable[[str], None] = print) -> int:
    """Walk the window in these looks on a desk of its own; gives the number of faults."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    controller().start("light")
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        desk, visit = made_desk(Path(folder), SetClock())
        for chosen in combinations:
            found = faults_of(desk, visit, Path(folder), chosen, pictures)
            bad += len(found)
            say(f"{chosen} {'is right' if not found else chr(10).join(('', *('  ' + one for one in found)))}")
        desk.close()
    application.quit()
    return bad


def share(combinations: Sequence[Combination], at_once: int, *options: str, say: Callable[[str], None] = print) -> bool:
    """Walk in several processes at a time, telling each line as it comes; whether all is right.

    A process that warns or that Qt complains in is not right.
    """
    command = [sys.executable, "-W", "error", "-m", "tests.ui.walk", *options]
    parts = [combinations[n::at_once] for n in range(at_once) if combinations[n::at_once]]

    def walk(part: Sequence[Combination]) -> bool:
        with subprocess.Popen([*command, "--only", *map(str, part)], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding="utf-8") as child:
            assert child.stdout is not None
            lines = []
            for line in child.stdout:
                if "propagateSizeHints" not in line:   # "offscreen" has no window manager to tell
                    lines.append(line.rstrip())
                    say(lines[-1])
        return child.returncode == 0 and all(line.startswith((" ", "ja-", "en-")) for line in lines if line)
    with ThreadPoolExecutor(at_once) as lanes:
        return all([*lanes.map(walk, parts)])


def main() -> int:
    """Look at the combinations asked for; gives 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.ui.walk", description=__doc__)
    parser.add_argument("--all", action="store_true", help="all 36 combinations; else the 8 whose turn it is")
    parser.add_argument("--only", nargs="+", type=named, help="these, such as ja-dark-150-1280x680, in this process")
    parser.add_argument("--pictures", type=Path, help="keep the pictures in this folder")
    parser.add_argument("--at-once", type=int, default=2, help="processes at the same time")
    given = parser.parse_args()
    if given.pictures is not None:
        given.pictures.mkdir(parents=True, exist_ok=True)
    if given.only:
        return 1 if look_at(given.only, given.pictures, lambda words: print(words, flush=True)) else 0
    of, source = mark()
    chosen = ALL if given.all else whose_turn(of)
    print(f"{len(chosen)} of {len(ALL)} combinations, by the {source} {of[:12]}", flush=True)
    pictures = ("--pictures", str(given.pictures)) if given.pictures else ()
    return 0 if share(chosen, given.at_once, *pictures, say=lambda line: print(line, flush=True)) else 1


if __name__ == "__main__":
    sys.exit(main())
