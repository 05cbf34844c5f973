"""In which of its looks the window is walked: two languages, two themes, three zooms, three sizes, and whose turn it is.

A change looks at 8 of the 36; which ones follows from the commit, so that they come round. `python -m tests.ui.walk
--all` looks at all of them.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
from itertools import product
from pathlib import Path
from typing import NamedTuple

from kanto_desk.i18n import Language
from kanto_desk.ui.theme import Scheme

ROOT = Path(__file__).resolve().parents[2]
Size = tuple[int, int]
TURN = 8


class Combination(NamedTuple):
    """How the window looks: language, theme, zoom in per cent, size of the window in px."""

    language: Language
    scheme: Scheme
    zoom: int
    size: Size

    def __str__(self) -> str:
        return f"{self.language}-{self.scheme}-{self.zoom}-{self.size[0]}x{self.size[1]}"


def named(words: str) -> Combination:
    """The combination of a name such as ja-dark-150-1280x680. Raises ValueError for another shape."""
    language, scheme, zoom, size = words.split("-")
    width, height = size.split("x")
    if language not in ("ja", "en") or scheme not in ("light", "dark"):
        raise ValueError(words)
    return Combination(language, scheme, int(zoom), (int(width), int(height)))  # type: ignore[arg-type]  # as checked


ALL: tuple[Combination, ...] = tuple(
    Combination(*one) for one in product(("ja", "en"), ("light", "dark"), (100, 150, 200),
                                         ((1280, 680), (1366, 768), (1920, 1040))))


def mark(root: Path = ROOT) -> tuple[str, str]:
    """What tells this state of the sources from others, and where that comes from: the commit, or without one the files."""
    try:
        command = ["git", "-c", f"safe.directory={root}", "rev-parse", "HEAD"]
        done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)
    except OSError:   # no git here
        done = None
    if done is not None and done.returncode == 0:
        return done.stdout.strip(), "commit"
    digest = hashlib.sha256()
    for file in sorted((root / "kanto_desk" / "ui").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest(), "content of kanto_desk/ui"


def whose_turn(of: str) -> tuple[Combination, ...]:
    """The 8 combinations that a commit looks at: every language, theme, zoom and size among them."""
    chosen = random.Random(of)
    while True:
        turn = tuple(chosen.sample(ALL, TURN))
        if all(len({one[part] for one in turn}) == count for part, count in enumerate((2, 2, 3, 3))):
            return turn
