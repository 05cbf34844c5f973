"""The process that is killed: the real window on a data folder, typed into by key events and input-method events.

Reads {home, uid, steps, fault, stay} from its input; tells, one JSON object a line: what the window shows when it is open,
each step just before the key arrives, and the footer as it reads after each key and whenever it changes. All times are
those of the monotonic clock, which parent and child share.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from kanto_desk import app
from kanto_desk.clock import JST
from kanto_desk.ui.frame import Frame
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from tests.e2e.kill.faults import FAULTS
from tests.e2e.kill.template import CHEAP, PASSPHRASE

FIELD = "direction"
_KEYS = {"enter": Qt.Key.Key_Return}


def tell(**what: Any) -> None:
    """One line to the parent, at once: what was written before a SIGKILL stays in the pipe."""
    line = {"at": time.monotonic(), "clock": datetime.now(JST).strftime("%H:%M:%S"), **what}
    os.write(1, json.dumps(line, ensure_ascii=False).encode() + b"\n")


class Person:
    """Types the steps into the window, one after the other."""

    def __init__(self, window: MainWindow, told: dict[str, Any]) -> None:
        self._window, self._told = window, told
        self._done = 0

    @property
    def frame(self) -> Frame:
        """The open desk."""
        assert self._window.frame is not None
        return self._window.frame

    @property
    def page(self) -> ConsultationPage:
        """The record open."""
        page = self.frame.places.current
        assert isinstance(page, ConsultationPage), page
        return page

    def begin(self) -> None:
        """Once the record is shown and everything is on disk: say what is seen, then type."""
        if self.frame.saving.waiting:
            QTimer.singleShot(5, self.begin)
            return
        FAULTS[self._told["fault"]](self.frame)
        page = self.page
        capture = page.record.capture.draft()
        tab = page.go_to("summary")
        assert isinstance(tab, SummaryTab)
        field = tab.forms["end"].editor(FIELD).value()  # type: ignore[attr-defined]
        page.go_to_capture()
        QTest.keyClick(self._window.windowHandle(), Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
        model = page.record.timeline.lines
        tell(open=page.uid, kind=capture.kind, box=capture.text + capture.composing, field=field or "",
             said=self.frame.footer.said.text(),
             lines=[(model.line(row).kind, model.line(row).text) for row in range(model.rowCount())])
        self.frame.footer.shown_changed.connect(lambda _words: self._read_footer())
        self._next()

    def _read_footer(self) -> None:
        """What somebody reads who looks at the footer now: it speaks of every key on the screen."""
        label = self.frame.footer.findChild(QLabel, "saved-state")
        tell(footer=label.text(), done=self._done)

    def _next(self) -> None:
        steps = self._told["steps"]
        if self._done == len(steps):
            tell(over=True)
            if not self._told["stay"]:
                self._window.close()
            return
        QTimer.singleShot(steps[self._done]["pause_ms"], self._step)

    def _step(self) -> None:
        step = self._told["steps"][self._done]
        self._done += 1
        tell(step=self._done)
        self._act(step["act"], step["text"])
        self._read_footer()
        self._next()

    def _act(self, act: str, text: str) -> None:
        window = self._window.windowHandle()
        if act == "key":
            QTest.keyClick(window, text)
        elif act == "enter":
            QTest.keyClick(window, Qt.Key.Key_Return)
        elif act == "kind":
            QTest.keyClick(window, text, Qt.KeyboardModifier.ControlModifier)
        elif act == "capture":
            QTest.keyClick(window, "l", Qt.KeyboardModifier.ControlModifier)
        elif act == "field":
            tab = self.page.go_to("summary")
            assert isinstance(tab, SummaryTab)
            tab.go_to_field(FIELD)
            QTest.keyClick(window, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
        else:
            event = QInputMethodEvent(text if act == "compose" else "", [])
            if act == "commit":
                event.setCommitString(text)
            box = QApplication.focusWidget()
            assert box is not None, "no box has the focus"
            QApplication.sendEvent(box, event)


def report_errors() -> None:
    """An error of the program must fail the test, not only be printed."""
    def caught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        tell(error="".join(traceback.format_exception(kind, error, trace)))
    sys.excepthook = caught


def when(true: Callable[[], bool], then: Callable[[], None]) -> None:
    """Call `then` on the event loop as soon as `true` holds."""
    if true():
        then()
    else:
        QTimer.singleShot(5, lambda: when(true, then))


def main() -> int:
    """Run until killed, or until the steps are over when `stay` is false."""
    told = json.loads(sys.stdin.buffer.read())
    report_errors()
    qt = QApplication(sys.argv[:1])
    window = app.build(Path(told["home"]), "ja", options={"cost": CHEAP})
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    gate = window.gate
    assert gate is not None
    person = Person(window, told)
    window.desk_opened.connect(lambda: when(
        lambda: isinstance(person.frame.places.current, ConsultationPage), person.begin))
    QTest.keyClicks(gate.passphrase, PASSPHRASE)  # type: ignore[union-attr]
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
    return qt.exec()


if __name__ == "__main__":
    sys.exit(main())
