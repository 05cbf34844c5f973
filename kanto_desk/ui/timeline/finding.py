"""Searching the lines of a timeline: a `Finder` over what the delegate paints."""

from __future__ import annotations

from kanto_desk.ui.timeline.view import Timeline


class LinesFinder:
    """Hits in the lines of a record, in their order."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._rows: list[int] = []
        self._aimed = ""
        self._origin: int | None = None   # the row on top when the search began: typing on does not walk down the page

    def find(self, wanted: str) -> int:
        """Mark what is wanted; gives the number of hits."""
        if not wanted:
            self._origin = None
        elif self._origin is None:
            self._origin = self._timeline.first_shown()
        self._rows = self._timeline.set_needle(wanted)
        return len(self._rows)

    def aim(self, line: str) -> None:
        """The next search begins in the line with this uid; "" where it always does."""
        self._aimed = line

    def nearest(self) -> int:
        """The first hit in the line aimed at, or that is not above what was in sight."""
        aimed = self._timeline.lines.row_of(self._aimed) if self._aimed else None
        if aimed in self._rows:
            return self._rows.index(aimed)
        return next((n for n, row in enumerate(self._rows) if row >= (self._origin or 0)), 0)

    def show(self, at: int) -> None:
        """Bring a hit into sight and mark it apart."""
        self._timeline.show_hit(at)
