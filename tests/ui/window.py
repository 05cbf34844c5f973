"""The real window on a real encrypted desk in a temporary folder, and hands to work it with keys."""

# ruff: noqa: ARG002 - the drawer and the tray answer whatever they are asked
from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.app import build
from kanto_desk.clock import JST
from kanto_desk.db.keys import Cost
from kanto_desk.services import desk as desks
from kanto_desk.ui.frame import Frame
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.network import no_network
from kanto_desk.ui.page import Files, Printer, no_cameras, no_volumes
from tests.ui.access import too_small as too_small
from tests.ui.access import unnamed as unnamed

CHEAP = Cost(1, 64, 1)
PASSPHRASE = "mizuumi jitensha"
CTRL, ALT, SHIFT = (Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
                    Qt.KeyboardModifier.ShiftModifier)
LONG_MS = 20_000


class SetClock:
    """A clock turned by hand; starts on Tuesday 24 November 2026, 09:12:30."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 9, 12, 30, tzinfo=JST)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: int) -> None:
        """Turn it on."""
        self.now += timedelta(**by)


class Drawer(Files):
    """Answers file dialogs with what was put in before."""

    def __init__(self) -> None:
        self.answer: Path | None = None

    def open(self, parent: QWidget, title: str, kinds: str) -> Sequence[Path]:
        return [self.answer] if self.answer else []

    def save(self, parent: QWidget, title: str, name: str, kinds: str) -> Path | None:
        return self.answer

    def folder(self, parent: QWidget, title: str) -> Path | None:
        return self.answer


class Tray(Printer):
    """Keeps what was printed."""

    def __init__(self) -> None:
        self.pages: list[bytes] = []

    def print(self, parent: QWidget, pdf: Path | bytes, title: str) -> bool:
        self.pages.append(pdf if isinstance(pdf, bytes) else pdf.read_bytes())
        return True


class MemoryKeychain:
    """A keychain that lives as long as the test."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Hands:
    """Opens windows on one data folder and works them."""

    def __init__(self, home: Path, bot: QtBot) -> None:
        self.home, self.bot = home, bot
        self.clock, self.files, self.printer, self.keychain = SetClock(), Drawer(), Tray(), MemoryKeychain()
        self.windows: list[MainWindow] = []
        self.link: Any = None   # the way to the hub

    def make_desk(self, work: Callable[[Any], Any] | None = None) -> Any:
        """Make a desk without a window, let `work` fill it, and close it. Gives what `work` gave."""
        desk = desks.create(self.home, PASSPHRASE, person="高橋 直子", organization="見本支援センター", clock=self.clock,
                            cost=CHEAP)
        try:
            return work(desk) if work else None
        finally:
            desk.close()

    def change(self, work: Callable[[Any], Any]) -> Any:
        """Open the desk without a window while none is shown, let `work` change it, and close it."""
        self._wait_for_closing()
        desk = desks.unlock(self.home, PASSPHRASE, clock=self.clock, cost=CHEAP)
        try:
            return work(desk)
        finally:
            desk.close()

    def start(self, width: int = 1366, height: int = 768) -> MainWindow:
        """Show a window on the folder and wait until it takes keys; one that is still closing is waited for."""
        self._wait_for_closing()
        window = self.start_blocked(width, height)
        self.bot.waitUntil(lambda: window.isActiveWindow() and QApplication.focusWidget() is not None)
        return window

    def _wait_for_closing(self) -> None:
        for before in self.windows:
            if before.backups is not None and before.backups.running:
                self.until(lambda before=before: before.desk is None)

    def start_blocked(self, width: int = 1366, height: int = 768) -> MainWindow:
        """Show a window on the folder."""
        window = build(self.home, None, self.clock, files=self.files, printer=self.printer,
                       keychain=lambda: self.keychain, options={"cost": CHEAP}, volumes=no_volumes,
                       cameras=no_cameras, network=no_network, link=self.link)
        window.resize(width, height)
        self.windows.append(window)
        window.show()
        self.bot.waitExposed(window)
        window.activateWindow()
        return window

    def unlocked(self, width: int = 1366, height: int = 768) -> tuple[MainWindow, Frame]:
        """Show a window and open the desk by typing its passphrase."""
        window = self.start(width, height)
        self.type(PASSPHRASE)
        self.key(Qt.Key.Key_Return)
        return window, self.frame(window)

    def frame(self, window: MainWindow) -> Frame:
        """Wait for the open desk."""
        self.until(lambda: window.frame is not None and window.frame.places.current is not None)
        frame = window.frame
        assert frame is not None
        self.until(frame.isVisible)   # shortcuts of a frame that is not shown yet do nothing
        return frame

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        self.bot.waitUntil(true, timeout=LONG_MS)

    def key(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        """Press a key where the focus is."""
        held = Qt.KeyboardModifier.NoModifier
        for one in modifiers:
            held |= one
        QTest.keyClick(self.focus(), key, held)

    def type(self, text: str) -> None:
        """Type plain characters where the focus is."""
        QTest.keyClicks(self.focus(), text)

    def focus(self) -> QWidget:
        """What has the focus; the window where nothing has."""
        return QApplication.focusWidget() or self.windows[-1]

    def box(self) -> QDialog:
        """Wait for a box above the window."""
        def shown() -> list[QDialog]:
            return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
        self.until(lambda: bool(shown()) and shown()[0].isActiveWindow())
        return shown()[0]

    def close(self) -> None:
        """Close every window."""
        for window in self.windows:
            window.close()
            if window.backups is not None:   # on a busy machine the last backup takes longer than a window waits
                self.until(lambda backups=window.backups: not backups.running)
                window.close()
            window.deleteLater()
        self.windows.clear()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def press(button: QAbstractButton) -> None:
    """Click a button with the mouse."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
                     QPoint(button.width() // 2, button.height() // 2))
