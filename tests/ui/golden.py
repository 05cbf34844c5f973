"""Pictures of every screen that a change must not alter unseen: kept at half size, compared in small squares.

`python -m tests.ui.golden --redraw` draws them anew, after a screen was changed on purpose: look at them before they are
kept. They are drawn by docs/make_screens.py, as the contact sheets are, on the bundled fonts and a clock that stands still.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageChops

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_name("golden_screens")
SHEETS = ("ja-light", "ja-dark")
BY_CHANCE = frozenset({"recovery_key"})
"""Screens that show something new each time."""
HALF, SQUARE = 2, 12
NEAR = 8.0
"""How far the colour of a square may be off on average, of 255: smoothed edges of letters differ between machines."""
MOST_SQUARES = 2
MOST_BYTES = 6_000_000


def draw(sheet: str, folder: Path) -> dict[str, Image.Image]:
    """Draw every screen of a sheet such as ja-dark; gives them by name, at half size."""
    command = [sys.executable, "-W", "error", str(ROOT / "docs" / "make_screens.py"), "--only", sheet, "--still", str(folder)]
    done = subprocess.run(command, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, check=False, capture_output=True,
                          encoding="utf-8")
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return {file.stem: shrunk(file) for file in sorted(folder.glob("*.png")) if file.stem not in BY_CHANCE}


def draw_all(folder: Path) -> dict[str, dict[str, Image.Image]]:
    """Every sheet, at the same time."""
    with ThreadPoolExecutor(len(SHEETS)) as lanes:
        return dict(zip(SHEETS, lanes.map(lambda sheet: draw(sheet, folder / sheet), SHEETS), strict=True))


def shrunk(file: Path) -> Image.Image:
    """A picture at half size."""
    with Image.open(file) as opened:
        return opened.convert("RGB").reduce(HALF)


def kept(sheet: str, folder: Path = KEPT) -> dict[str, Image.Image]:
    """The pictures kept of a sheet, by name."""
    found = {}
    for file in sorted((folder / sheet).glob("*.png")):
        with Image.open(file) as opened:
            found[file.stem] = opened.convert("RGB")
    return found


def as_kept(picture: Image.Image) -> bytes:
    """A picture as it is kept: six bits of each colour, so that all of them stay small."""
    out = io.BytesIO()
    picture.point([level & 0xFC | level >> 6 for level in range(256)] * 3).save(out, "PNG", optimize=True)
    return out.getvalue()


def unlike(one: Image.Image, other: Image.Image) -> list[tuple[int, int]]:
    """The squares in which two pictures differ, as places in px at half size; one of another size differs as a whole."""
    if one.size != other.size:
        return [(0, 0)] * (MOST_SQUARES + 1)
    bands = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2]).reduce(SQUARE)
    return [(n % most.width * SQUARE, n // most.width * SQUARE) for n, off in enumerate(most.tobytes()) if off > NEAR]


def faults(sheet: str, now: dict[str, Image.Image], before: dict[str, Image.Image]) -> list[str]:
    """What differs from the pictures kept."""
    told = [f"{sheet}/{name} is new" for name in now.keys() - before.keys()]
    told += [f"{sheet}/{name} is no longer drawn" for name in before.keys() - now.keys()]
    for name in now.keys() & before.keys():
        squares = unlike(now[name], before[name])
        if len(squares) > MOST_SQUARES:
            at = ", ".join(f"{x * HALF},{y * HALF}" for x, y in squares[:4])
            told.append(f"{sheet}/{name} looks different in {len(squares)} squares, at {at} …")
    return sorted(told)


def redraw(drawn: dict[str, dict[str, Image.Image]], where: Path = KEPT) -> int:
    """Keep these pictures; one that looks as before keeps its file. Gives how many were written."""
    written = 0
    for sheet, pictures in drawn.items():
        folder, before = where / sheet, kept(sheet, where)
        folder.mkdir(parents=True, exist_ok=True)
        for name in before.keys() - pictures.keys():
            (folder / f"{name}.png").unlink()
        for name, picture in pictures.items():
            if name not in before or len(unlike(picture, before[name])) > MOST_SQUARES:
                (folder / f"{name}.png").write_bytes(as_kept(picture))
                written += 1
    return written


def main() -> int:
    """Compare, or draw anew; gives 1 when something differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.ui.golden", description=__doc__)
    parser.add_argument("--redraw", action="store_true", help="keep what is drawn now")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        drawn = draw_all(Path(folder))
    if given.redraw:
        print(f"{redraw(drawn)} pictures written, {sum(f.stat().st_size for f in KEPT.rglob('*.png')):,} bytes in all")
        return 0
    told = [one for sheet in SHEETS for one in faults(sheet, drawn[sheet], kept(sheet))]
    print("\n".join(told) or "every screen looks as it did")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
