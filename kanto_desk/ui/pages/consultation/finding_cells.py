"""Searching the words below the pictures of a grid: a `Finder` that moves the cursor of the grid."""

from __future__ import annotations

from collections.abc import Callable

from kanto_desk.japanese.places import places
from kanto_desk.ui.pages.consultation.picture_grid import PictureGrid


class CellsFinder:
    """One hit for each picture whose words hold what is wanted, in their order."""

    def __init__(self, grid: PictureGrid, bring: Callable[[], None]) -> None:
        self._grid, self._bring = grid, bring   # `bring` shows the grid where something else stands in its place
        self._keys: list[str] = []

    def find(self, wanted: str) -> int:
        """Mark what is wanted; gives the number of hits."""
        self._keys = [cell.key for cell in self._grid.cells() if places(cell.words, wanted)]
        self._grid.mark(wanted, "")
        return len(self._keys)

    def nearest(self) -> int:
        """The first hit that is not before the cursor."""
        keys = [cell.key for cell in self._grid.cells()]
        here = keys.index(self._grid.current()) if self._grid.current() in keys else 0
        return next((n for n, key in enumerate(self._keys) if keys.index(key) >= here), 0)

    def show(self, at: int) -> None:
        """Bring a hit into sight, with the cursor on it."""
        self._bring()
        self._grid.go_to(self._keys[at])
        self._grid.mark(self._grid.needle, self._keys[at])
