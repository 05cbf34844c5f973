"""When the program itself is at fault: a log without personal text, a box with a report to copy, and on we go.

The log and the report hold kinds of errors, files and line numbers. Never an error's words: they may quote a record.
"""

from __future__ import annotations

import contextlib
import faulthandler
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from kanto_desk import __version__
from kanto_desk.clock import Clock
from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row
from kanto_desk.ui.text import Label, Wrapped
from kanto_desk.ui.theme import look

LOG, FAULTS = "crash.log", "fault.log"
LOG_BYTES = 500_000


def report(kind: type[BaseException], trace: TracebackType | None, at: datetime) -> str:
    """What may be shown, copied and logged about an error: its kind and where it came through."""
    import platform  # not needed before something is wrong

    root = Path(__file__).resolve().parent.parent.parent
    lines = [f"kanto-desk {__version__}  Python {platform.python_version()}  PySide6 {pyside_version}  "
             f"{platform.system()} {platform.release()}", at.isoformat(timespec="seconds"), kind.__qualname__]
    for frame in traceback.extract_tb(trace):
        file = Path(frame.filename)
        shown = file.relative_to(root) if file.is_relative_to(root) else file.name
        lines.append(f"  {shown}:{frame.lineno} {frame.name}")
    return "\n".join(lines) + "\n"


class CrashHandler(QObject):
    """Takes over sys.excepthook and threading.excepthook; `close` gives them back.

    `home` is where the logs go; without it (before the folder exists) nothing is written.
    """

    arrived = Signal(str)

    def __init__(self, home: Path, clock: Clock, rescue: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._home, self._clock, self._rescue = home, clock, rescue
        self._told: Callable[[BaseException], bool] | None = None
        self._before = sys.excepthook, threading.excepthook
        self._faults: IO[str] | None = None
        self.box: CrashBox | None = None
        self.parent_window: QWidget | None = None
        self.arrived.connect(self._show, Qt.ConnectionType.QueuedConnection)
        sys.excepthook = self._caught
        threading.excepthook = self._caught_in_thread

    def folder_exists(self) -> None:
        """Call when the data folder is there: from now on crashes of the interpreter itself are logged as well."""
        if self._faults is None:
            with contextlib.suppress(OSError):
                self._faults = (self._home / FAULTS).open("a", encoding="utf-8")
                faulthandler.enable(self._faults)

    def set_rescue(self, rescue: Callable[[], None] | None) -> None:
        """What is tried after an error so that nothing typed is lost."""
        self._rescue = rescue

    def set_told(self, told: Callable[[BaseException], bool] | None) -> None:
        """What tells failures of the world (a damaged file), no fault of the program; gives whether it did."""
        self._told = told

    def close(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = self._before
        if self._faults is not None:
            faulthandler.disable()
            self._faults.close()
            self._faults = None

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            self._before[0](kind, error, trace)
            return
        if self._told is not None and self._told(error):
            return
        self._note(report(kind, trace, self._clock()))

    def _caught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            self._note(report(args.exc_type, args.exc_traceback, self._clock()))

    def _note(self, text: str) -> None:
        if self._home.is_dir():
            with contextlib.suppress(OSError):
                file = self._home / LOG
                if file.exists() and file.stat().st_size > LOG_BYTES:
                    file.replace(file.with_suffix(".old.log"))
                with file.open("a", encoding="utf-8") as log:
                    log.write(text + "\n")
        self.arrived.emit(text)

    def _show(self, text: str) -> None:
        rescued = True
        if self._rescue is not None:
            try:
                self._rescue()
            except Exception as error:  # noqa: BLE001 - a second error while saving must not hide the first
                rescued = False
                text += report(type(error), error.__traceback__, self._clock())
        if self.box is None:
            self.box = CrashBox(text, rescued, self.parent_window)
            self.box.finished.connect(self._closed)
            self.box.open()
        else:
            self.box.add(text)

    def _closed(self) -> None:
        self.box = None


class CrashBox(QDialog):
    """Says that the program is at fault, what is safe, and offers the report."""

    def __init__(self, text: str, rescued: bool, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("不具合がありました"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, True)
        safe = tr("保存済みの記録は無事です。入力の途中だった文も保存しました。") if rescued else (
            tr("保存済みの記録は無事です。入力の途中だった文は、画面に残っているか確かめます。"))
        self.words = Wrapped(tr("関東デスクの中で不具合がありました。") + safe
                             + tr("このまま続けられます。くり返すときは、下の報告を担当者に渡します。"))
        self.report = QPlainTextEdit(text)
        self.report.setReadOnly(True)
        self.report.setTabChangesFocus(True)
        self.report.setAccessibleName(tr("報告"))
        copy = Button(tr("報告を写しとる"), "copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report.toPlainText()))
        go_on = Button(tr("続ける"), "arrow-right", "primary")
        go_on.clicked.connect(self.accept)
        self.copy, self.go_on = copy, go_on
        self.setLayout(Column(Label(tr("不具合がありました"), "h2"), self.words,
                              Label(tr("報告（記録の文は入っていません）"), "caption"), self.report,
                              Row(copy, None, go_on), space=12, margins=(24, 20, 24, 20)))
        self.resize(look().px(620), look().px(420))
        go_on.setFocus()

    def add(self, text: str) -> None:
        """One more error before the box was closed."""
        self.report.appendPlainText(text)
