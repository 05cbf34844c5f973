"""The two chips of a promise line, edited where they stand: who (known names offered) and by when (any way of writing
a date). Tells what was chosen; saves nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Literal

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.composing import ENTER_KEYS, GUARDED_KEYS, Composing
from kanto_desk.ui.dates import DateInput
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.pages.consultation.person_input import PersonInput
from kanto_desk.ui.pages.words import long_day, other_day
from kanto_desk.ui.theme import look
from kanto_desk.ui.timeline import Timeline

Part = Literal["who", "due"]


class PromiseChips(QObject):
    """Opens one box over a chip of the timeline. Enter or leaving takes it, Tab goes from who to by when, Esc gives
    up. A date that cannot be read is told as it was typed when its box is left, and stands in it again next time."""

    chosen = Signal(str, str, object)   # uid of the line, "who" or "due", the value
    unread = Signal(str, str, str)      # uid of the line, what was typed and is no date ("": no longer), the reason
    refused = Signal(str, str)          # what was typed and is no date, the reason; the box is still open
    closed = Signal()

    def __init__(self, timeline: Timeline, read_date: Callable[[str], date]) -> None:
        super().__init__(timeline)
        self._timeline, self._read_date = timeline, read_date
        self._box: PersonInput | DateInput | None = None
        self._line, self._part, self._old, self._unread = "", "who", None, ""
        timeline.verticalScrollBar().valueChanged.connect(self._place)
        timeline.lines.dataChanged.connect(self._place)
        timeline.lines.rowsInserted.connect(self._place)

    @property
    def box(self) -> QWidget | None:
        """The box that is open; None if none is."""
        return self._box

    def open(self, line: str, part: Part, value: Any, people: Sequence[str] = (), unread: str = "") -> None:
        """Put a box over a chip of a line, filled with the present value, or with the text that is no date yet."""
        self.take()
        box: PersonInput | DateInput
        if part == "who":
            box = PersonInput(people)
            box.setAccessibleName(tr("だれが"))
        else:
            box = DateInput(self._read_date, long_day, also=other_day)
            box.setAccessibleName(tr("いつまで"))
        box.setParent(self._timeline.viewport())
        box.set_value(value)
        if unread:
            box.set_value(None)
            box.insert(unread)   # as typed by hand: read anew when the box is left
            box.tidy()
        self._box, self._line, self._part, self._old, self._unread = box, line, part, value, unread
        box.installEventFilter(self)
        self._place()
        box.show()
        box.selectAll()
        box.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(box, PersonInput) and not value:
            box.open_list()

    def take(self) -> None:
        """Take what stands in the open box and close it."""
        box = self._box
        if box is None:
            return
        text, reason = self._read(box)
        value, known = box.value(), self._unread
        line, part, old = self._line, self._part, self._old
        self._close()
        if not reason and value != old:
            self.chosen.emit(line, part, value)
        if (text if reason else "") != known:
            self.unread.emit(line, text if reason else "", reason)

    @staticmethod
    def _read(box: LineInput) -> tuple[str, str]:
        """What stands in a box, put in order, and why it is no value; no reason if it is one."""
        box.rescue()
        box.tidy()
        return box.text().strip(), box.accessibleDescription() if box.property("error") else ""

    def give_up(self) -> None:
        """Close the box and leave the promise as it was."""
        if self._box is not None:
            self._close()
            self._timeline.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        box = self._box
        if box is None or watched is not box:
            return super().eventFilter(watched, event)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(box, event)
        if event.type() == QEvent.Type.FocusOut and not self._calendar_open(box):
            self.take()
        return super().eventFilter(watched, event)

    def _key(self, box: LineInput, event: QKeyEvent) -> bool:
        if isinstance(box, Composing) and box.composing and event.key() in GUARDED_KEYS:
            return False
        if event.key() in (*ENTER_KEYS, Qt.Key.Key_Tab) and isinstance(box, PersonInput):
            box.take_offered()
        if event.key() in ENTER_KEYS:
            text, reason = self._read(box)
            if reason:   # stays open: who presses Enter looks at it
                self.refused.emit(text, reason)
            else:
                self.take()
                self._timeline.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
            return True
        if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            line, part = self._line, self._part
            self.take()
            self._timeline.setFocus(Qt.FocusReason.OtherFocusReason)
            forward = event.key() == Qt.Key.Key_Tab
            if forward == (part == "who"):
                self._timeline.promise_clicked.emit(line, "due" if part == "who" else "who")
            return True
        return False

    @staticmethod
    def _calendar_open(box: QWidget) -> bool:
        calendar = box.calendar() if isinstance(box, DateInput) else None
        return calendar is not None and calendar.isVisible()

    def _close(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.removeEventFilter(self)
            box.hide()
            box.deleteLater()
            self.closed.emit()

    def _place(self) -> None:
        if self._box is None:
            return
        row = self._timeline.lines.row_of(self._line)
        if row is None:   # taken away meanwhile: what is being typed stays, and is told of when the box is left
            return
        area = next((part.area for part in self._timeline.parts_of(row) if part.name == self._part), QRect())
        if area.isNull():   # a save holds the line back: its chips come; what is being typed stays
            area = self._timeline.visualRect(self._timeline.lines.index(row, 0))
        px = look().px
        width = px(240)
        self._box.setGeometry(area.left(), area.center().y() - px(18), width, px(36))
