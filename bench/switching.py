"""Switching: from one page to another that is built, from theme to theme, and editing a line of a long record.

The real frame on a full desk while a heavy job runs in another process; all times until the window is painted.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from bench import full_desk
from bench.measuring import Figures, Line, heavy_job, spread, times_of
from bench.opening import LONG, long_record
from kanto_desk.ui.page import Place
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.theme import controller
from kanto_desk.ui.timeline.editor import LineEditor

PLACES: tuple[Place, ...] = ("today", "companies", "visits")
_FLOOR = ("empty page median ms", "an empty page of the same size")

LINES = (
    Line("Switch between built pages, median", "page switch median ms", "ms", *_FLOOR, limit=50),
    Line("— worst", "page switch worst ms", "ms"),
    Line("Switch of theme with an open record, median", "theme switch median ms", "ms", *_FLOOR, limit=200),
    Line("— worst", "theme switch worst ms", "ms"),
    Line(f"Edit a line of {LONG}: key to glyph, median", "edit key median ms", "ms", limit=16),
    Line("— worst", "edit key worst ms", "ms", limit=50),
    Line(f"Edit a line of {LONG}: editor opened, median", "edit open median ms", "ms", limit=16),
    Line("— worst", "edit open worst ms", "ms", limit=50),
)


def run(home: Path, rounds: int = 20) -> Figures:
    """Measure on the desk in this folder; milliseconds."""
    from bench.window import shown_frame

    desk = full_desk.opened(home)
    try:
        uid = long_record(desk)
        with heavy_job(), shown_frame(desk) as window:
            for place in PLACES:
                window.go(place)
                window.settle()
            switched = []
            for place in PLACES * rounds:
                switched += times_of(lambda _n, place=place: window.go(place), 1)  # type: ignore[misc]
                window.settle()
            window.open_consultation(uid)
            window.settle()
            page = window.frame.places.current
            assert isinstance(page, ConsultationPage)
            themed = []
            for n in range(rounds):
                def turn(_n: int, dark: bool = n % 2 == 0) -> None:
                    controller().set_scheme("dark" if dark else "light")
                    window.frame.repaint()
                themed += times_of(turn, 1)
                window.settle()
            controller().set_scheme("light")
            figures = spread(switched, "page switch") | spread(themed, "theme switch") | _edited(page, rounds)
            return figures | spread(times_of(lambda _n: window.show_plain(QWidget()), rounds), "empty page")
    finally:
        desk.close()


def _edited(page: ConsultationPage, rounds: int) -> Figures:
    """Opening the editor of lines in sight, and keys typed into it."""
    view = page.record.timeline
    opened, typed = [], []
    for n in range(rounds):
        row = view.lines.rowCount() - 1 - n % 5

        def open_editor(_n: int, row: int = row) -> None:
            view.edit_line(row)
            view.viewport().repaint()
        opened += times_of(open_editor, 1)
        editor = view.delegate.editor
        assert editor is not None
        for key in range(10):
            def press(_n: int, letter: str = chr(ord("a") + key), box: LineEditor = editor) -> None:
                QTest.keyClicks(box, letter)
                box.viewport().repaint()
            typed += times_of(press, 1)
        view.commit_editing()
        QApplication.processEvents()
    return spread(opened, "edit open") | spread(typed, "edit key")
