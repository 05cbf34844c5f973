"""The real frame of a desk in a window, worked with keys; only dialogs, printer and clock answer from a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from kanto_desk.services.cameras import Camera
from kanto_desk.services.desk import Desk
from kanto_desk.ui.frame import Edges, Frame
from kanto_desk.ui.main_window import LEAST_HEIGHT, LEAST_WIDTH
from kanto_desk.ui.page import Printer, Volume
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.organizations.listing import OrganizationListPage
from kanto_desk.ui.pages.organizations.profile import OrganizationPage
from kanto_desk.ui.syncing import MakeLink


class Answers:
    """File dialogs and the printer, answered by the test."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.target: Path | None = None
        self.printed: list[bytes] = []

    def open(self, _parent: QWidget, _title: str, _kinds: str) -> Sequence[Path]:
        return self.files

    def save(self, _parent: QWidget, _title: str, name: str, _kinds: str) -> Path | None:
        return self.target / name if self.target else None

    def folder(self, _parent: QWidget, _title: str) -> Path | None:
        return self.target

    def print(self, _parent: QWidget, pdf: Path | bytes, _title: str) -> bool:
        self.printed.append(pdf if isinstance(pdf, bytes) else pdf.read_bytes())
        return True


class Host(QMainWindow):
    """A window that holds the frame of a desk."""

    def __init__(self, desk: Desk, width: int = 1366, height: int = 768, *, printer: Printer | None = None,
                 link: MakeLink | None = None) -> None:
        super().__init__()
        self.answers = Answers()
        self.cards: list[Volume] = []   # what is plugged in
        self.cameras: list[Camera] = []
        self.frame = Frame(desk, Edges(desk.store.clock, self.answers, printer or self.answers, lambda: self.cards,
                                       lambda: self.cameras, link))
        self.setCentralWidget(self.frame)
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)   # as the main window: what has no room must give way
        self.resize(width, height)
        self.show()
        self.activateWindow()
        assert QTest.qWaitForWindowActive(self)
        self._ended = False

    def open(self, uid: str) -> ConsultationPage:
        """Open a consultation; gives its page."""
        self.frame.open_consultation(uid)
        self.settle()
        page = self.frame.places.current
        assert isinstance(page, ConsultationPage)
        return page

    def list(self) -> OrganizationListPage:
        """Show the list of companies."""
        self.frame.go("companies")
        self.settle()
        page = self.frame.places.current
        assert isinstance(page, OrganizationListPage)
        return page

    def profile(self, uid: str) -> OrganizationPage:
        """Show a company."""
        self.frame.open_organization(uid)
        self.settle()
        return self.shown_profile()

    def shown_profile(self) -> OrganizationPage:
        """The company that is shown now."""
        page = self.frame.places.current
        assert isinstance(page, OrganizationPage)
        return page

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        QTest.keyClick(self.focus(), key, modifiers)
        self.settle()

    def ctrl(self, key: Qt.Key, *, shift: bool = False) -> None:
        """Press a key with Ctrl."""
        plus = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        self.key(key, Qt.KeyboardModifier.ControlModifier | plus)

    def focus(self) -> QWidget:
        """The widget that has the focus."""
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def settle(self) -> None:
        """Wait until writer and worker are idle and have reported."""
        for _ in range(6):
            self.frame.beside.wait_idle()
            self.frame.jobs.wait_idle()
            self.frame.saving.drain()
            self.frame.syncing.wait_idle()
            QApplication.processEvents()

    def said(self) -> str:
        """What the footer says now."""
        return self.frame.footer.said.full()

    def crash(self) -> None:
        """The window is gone without a word to its pages; what was handed to the writer is written."""
        self._ended = True
        page = self.frame.places.current
        if isinstance(page, ConsultationPage):
            page.record.timeline.blockSignals(True)   # hiding it would commit the open editor: a crash does not
        self.frame.finish()
        self._delete()

    def end(self) -> None:
        """Close as the program does."""
        if not self._ended:
            self._ended = True
            self.settle()
            self.frame.settle()
            self.frame.finish()
            self._delete()

    def _delete(self) -> None:
        self.hide()
        self.frame.deleteLater()
        QCoreApplication.sendPostedEvents(self.frame, QEvent.Type.DeferredDelete)
        self.deleteLater()
