"""Searching the pages of a PDF: a `Finder` over what is printed, marked on the pages themselves."""

from __future__ import annotations

from kanto_desk.japanese.places import places
from kanto_desk.ui.pdf_view import Found, PdfView


class PdfFinder:
    """Hits in the pages of a view, in their order. There are none until `PdfView.texts_ready`."""

    def __init__(self, view: PdfView) -> None:
        self._view = view
        self._hits: list[Found] = []

    def find(self, wanted: str) -> int:
        """Mark what is wanted; gives the number of hits."""
        pages = self._view.texts() if wanted.strip() else ()
        self._hits = [Found(number, tuple(page.areas(start, end))) for number, page in enumerate(pages)
                      for start, end in places(page.text, wanted)]
        self._view.mark(self._hits, None)
        return len(self._hits)

    def nearest(self) -> int:
        """The first hit that is not above what is in sight."""
        return next((n for n, hit in enumerate(self._hits) if not self._view.is_above(hit)), 0)

    def show(self, at: int) -> None:
        """Bring a hit into sight and mark it apart."""
        self._view.mark(self._hits, self._hits[at])
