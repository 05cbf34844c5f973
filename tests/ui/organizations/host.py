"""The real frame of the window for the company screens; only dialogs, printer and clock answer from a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from kanto_desk.services.desk import Desk
from kanto_desk.ui.frame import Edges, Frame
from kanto_desk.ui.pages.organizations.listing import OrganizationListPage
from kanto_desk.ui.pages.organizations.profile import OrganizationPage


class Answers:
    """File dialogs and the printer, answered by the test."""

    def __init__(self) -> None:
        self.files: list[Path] = []

    def open(self, _parent: QWidget, _title: str, _kinds: str) -> Sequence[Path]:
        return self.files

    def save(self, _parent: QWidget, _title: str, _name: str, _kinds: str) -> Path | None:
        return None

    def folder(self, _parent: QWidget, _title: str) -> Path | None:
        return None

    def print(self, _parent: QWidget, _pdf: Path | bytes, _title: str) -> bool:
        return False


class Host(QMainWindow):
    """A window that holds the frame of a desk."""

    def __init__(self, desk: Desk, width: int = 1366, height: int = 768) -> None:
        super().__init__()
        self.answers = Answers()
        self.frame = Frame(desk, Edges(desk.store.clock, self.answers, self.answers))
        self.setCentralWidget(self.frame)
        self.resize(width, height)
        self.show()
        self.activateWindow()
        assert QTest.qWaitForWindowActive(self)
        self._ended = False

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
            self.frame.jobs.wait_idle()
            self.frame.saving.drain()
            QApplication.processEvents()

    def end(self) -> None:
        """Close as the program does."""
        if not self._ended:
            self._ended = True
            self.settle()
            self.frame.settle()
            self.frame.finish()
            self.hide()
            self.frame.deleteLater()
            QCoreApplication.sendPostedEvents(self.frame, QEvent.Type.DeferredDelete)
            self.deleteLater()
