"""The real frame of an open desk, shown offscreen for benchmarks: opens records and paints them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from kanto_desk.services.desk import Desk
from kanto_desk.ui.frame import Edges, Frame
from kanto_desk.ui.page import Files, Place, Printer
from kanto_desk.ui.theme import controller

WIDTH, HEIGHT = 1366, 768


class _NoFiles(Files):
    """A benchmark chooses no file."""

    def open(self, parent: QWidget, title: str, kinds: str) -> Sequence[Path]:  # noqa: ARG002
        return ()

    def save(self, parent: QWidget, title: str, name: str, kinds: str) -> Path | None:  # noqa: ARG002
        return None

    def folder(self, parent: QWidget, title: str) -> Path | None:  # noqa: ARG002
        return None


class _NoPrinter(Printer):
    """A benchmark prints nothing."""

    def print(self, parent: QWidget, pdf: Path | bytes, title: str) -> bool:  # noqa: ARG002
        return False


class ShownFrame:
    """The frame with what a benchmark does to it."""

    def __init__(self, desk: Desk) -> None:
        self._app = application()
        self.frame = Frame(desk, Edges(desk.clock, _NoFiles(), _NoPrinter()))
        self.frame.resize(WIDTH, HEIGHT)
        self.frame.show()
        self.go("today")
        self.settle()

    def open_consultation(self, uid: str) -> None:
        """Open a record, or bring it to the front, and paint the window."""
        self.frame.open_consultation(uid)
        self.frame.repaint()

    def go(self, place: Place) -> None:
        """Show a place and paint the window."""
        self.frame.go(place)
        self.frame.repaint()

    def close_records(self) -> None:
        """Close every open record and let its page go."""
        for where in self.frame.places.open_records():
            self.frame.places.show_record(*where)
            self.frame.places.close_record()
        self.settle()

    def show_plain(self, page: QWidget) -> None:
        """Show an empty page of the window's size: the floor of any page."""
        page.resize(WIDTH, HEIGHT)
        page.show()
        page.repaint()
        page.close()

    def settle(self) -> None:
        """Let the writer, the worker and every pending event come to an end."""
        for _ in range(4):
            self.frame.jobs.wait_idle()
            self.frame.keeping.writer.wait_idle()
            for _turn in range(20):   # heights are refined in many short turns
                self._app.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def end(self) -> None:
        """Close the window and its threads."""
        self.settle()
        self.frame.settle()
        self.frame.finish()
        self.frame.close()
        self.frame.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def application() -> QApplication:
    """The one application of this process, in the light look."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([])
    if not app.styleSheet():
        controller().start("light")
    return app


@contextmanager
def shown_frame(desk: Desk) -> Iterator[ShownFrame]:
    """The frame of a desk for the time of a block."""
    window = ShownFrame(desk)
    try:
        yield window
    finally:
        window.end()
