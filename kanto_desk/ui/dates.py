"""Editors of dates and times: one text box that reads what people write. How it is read is passed in."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from PySide6.QtCore import QDate, QEvent, QLocale, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QFrame, QToolButton, QWidget

from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.dates import parse_time
from kanto_desk.japanese.text import half_width
from kanto_desk.ui.icons import icon, icon_size
from kanto_desk.ui.inputs import LineInput, reads
from kanto_desk.ui.layout import Column, Row, set_property
from kanto_desk.ui.theme import look

ParseDate = Callable[[str], date]
"""Reads a date as people write it; raises Refused with the reason."""
ShowDate = Callable[[date], str]
_LONGEST = date(2028, 12, 20)   # two digits everywhere: 令和10年12月20日（水）


def western(day: date) -> str:
    """The day with its western year, for the tooltip."""
    return f"{day.year}/{day.month}/{day.day}"


class DateInput(LineInput):
    """A date: reads what `parse` reads, shows what `show` writes, western year in the tooltip, calendar on Alt+↓."""

    def __init__(self, parse: ParseDate, show: ShowDate, *, also: ShowDate = western) -> None:
        super().__init__(width=15)
        self._parse, self._show, self._also = parse, show, also
        self._value: date | None = None
        self._calendar: _Calendar | None = None
        self._typed = False
        self.edited.connect(self._mark_typed)

    @property
    def readable(self) -> bool:
        """Whether a date, or nothing, stands here."""
        return not self._typed or reads(self._parse, self.text())

    def value(self) -> Any:
        """The date; None when empty or unreadable."""
        if not self._typed:
            return self._value
        return self._parse(self.text()) if self.text().strip() and self.readable else None

    def set_value(self, value: Any, /) -> None:
        """Show a date or None; takes the error away."""
        self._value, self._typed = value, False
        super().set_value(None if value is None else self._show(value))
        self.setToolTip("" if value is None else self._also(value))

    def tidy(self) -> None:
        """Read what was typed, or show why it cannot be read."""
        if not self._typed:
            return
        text = self.text().strip()
        if not text:
            self.set_value(None)
            return
        try:
            self.set_value(self._parse(text))
        except Refused as refused:
            self.set_error(refused.message)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.open_calendar()
            return
        super().keyPressEvent(event)

    def open_calendar(self) -> None:
        """Show the calendar below the box, inside the window."""
        if self._calendar is None:
            self._calendar = _Calendar(self.window())
            self._calendar.chosen.connect(self._pick)
            self._calendar.given_up.connect(self._back)
            self.destroyed.connect(self._calendar.deleteLater)
        self._calendar.open_below(self, self.value() or self._today())

    def calendar(self) -> QFrame | None:
        """The calendar once it was opened."""
        return self._calendar

    def _today(self) -> date:
        """Today as the reader of dates understands it, so that the calendar needs no clock of its own."""
        try:
            return self._parse("今日")
        except Refused:
            now = QDate.currentDate()
            return date(now.year(), now.month(), now.day())

    def _pick(self, day: date) -> None:
        self.set_value(day)
        self._back()
        self.edited.emit()
        self._typed = False

    def _back(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _mark_typed(self) -> None:
        self._typed = True


class _Calendar(QFrame):
    """A calendar drawn inside the window: arrow keys choose, Enter takes, Esc goes back."""

    chosen = Signal(object)
    given_up = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        set_property(self, "box", "menu")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.days = QCalendarWidget()
        self.days.setFirstDayOfWeek(Qt.DayOfWeek.Sunday)
        self.days.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.days.setAccessibleName(tr("カレンダー"))
        self.setAccessibleName(tr("カレンダー"))
        self.days.setLocale(QLocale(QLocale.Language.English if language() == "en" else QLocale.Language.Japanese))
        self.restyle()
        self.days.activated.connect(self._take)
        self.days.clicked.connect(self._take)
        self.setLayout(Column(self.days, margins=(4, 4, 4, 4)))
        for part in (self.days, *self.days.findChildren(QWidget)):
            part.installEventFilter(self)
        self.hide()

    def restyle(self) -> None:
        """Take the colours and sizes in use; Qt's own red of weekends is unreadable on a dark ground."""
        for day in Qt.DayOfWeek:
            style = QTextCharFormat()
            style.setForeground(look().color("danger" if day == Qt.DayOfWeek.Sunday else "text"))
            self.days.setWeekdayTextFormat(day, style)
        heading = QTextCharFormat()
        heading.setForeground(look().color("text3"))
        self.days.setHeaderTextFormat(heading)
        self.days.setMinimumSize(look().px(320), look().px(264))
        for name, picture, spoken in (("qt_calendar_prevmonth", "chevron-left", tr("前の月")),
                                      ("qt_calendar_nextmonth", "chevron-right", tr("次の月"))):
            button = self.days.findChild(QToolButton, name)
            if button is not None:
                button.setIcon(icon(picture, "text2", 18))
                button.setIconSize(icon_size(18))
                button.setAccessibleName(spoken)

    def open_below(self, box: QWidget, day: date) -> None:
        """Show the month of `day` below `box`, or above it when there is no room."""
        self.days.setSelectedDate(QDate(day.year, day.month, day.day))
        self.adjustSize()
        window = self.window()
        place = box.mapTo(window, QPoint(0, box.height() + 2))
        if place.y() + self.height() > window.height():
            place.setY(max(0, box.mapTo(window, QPoint(0, 0)).y() - self.height() - 2))
        place.setX(max(0, min(place.x(), window.width() - self.width())))
        self.move(place)
        self.show()
        self.raise_()
        self.days.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress \
                and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.hide()
            self.given_up.emit()
            return True
        return super().eventFilter(watched, event)

    def _take(self, day: QDate) -> None:
        self.hide()
        self.chosen.emit(date(day.year(), day.month(), day.day()))


def read_time(text: str) -> time:
    """A time of day as people write it: 13:30, 1330, 13時半, 午後1時30分, 正午, and in a box also 13 and 13.30.

    Raises Refused with the reason.
    """
    short = re.fullmatch(r"(\d{1,2})(?:[:.時](\d{1,2}))?", half_width(text).replace(" ", ""))
    return parse_time(f"{short[1]}:{short[2] or '00':0>2}" if short else text)


def _ordered_time(text: str) -> str:
    return read_time(text).isoformat("minutes")


class TimeInput(LineInput):
    """A time of day to the minute."""

    def __init__(self) -> None:
        super().__init__(normalise=_ordered_time, width=5)

    @property
    def readable(self) -> bool:
        """Whether a time, or nothing, stands here."""
        return reads(read_time, self.text())

    def value(self) -> Any:
        """The time; None when empty or unreadable."""
        try:
            return read_time(self.text())
        except Refused:
            return None

    def set_value(self, value: Any, /) -> None:
        super().set_value(None if value is None else value.isoformat("minutes"))


class MomentInput(QWidget):
    """A day and a time of day in Japan."""

    edited = Signal()
    left = Signal()
    error_changed = Signal(str)

    def __init__(self, parse: ParseDate, show: ShowDate, *, also: ShowDate = western) -> None:
        super().__init__()
        self.day, self.hour = DateInput(parse, show, also=also), TimeInput()
        self.day.setAccessibleName(tr("日付"))
        self.hour.setAccessibleName(tr("時刻"))
        self.setFocusProxy(self.day)
        self.setLayout(Row(self.day, self.hour, None))
        for part in (self.day, self.hour):
            part.edited.connect(self.edited)
            part.left.connect(self.left)
            part.error_changed.connect(self.error_changed)
        self._show = show
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: the longest day must show its weekday whole."""
        words = look().metrics().horizontalAdvance(self._show(_LONGEST))
        self.day.setMinimumWidth(math.ceil(words) + look().px(28))

    @property
    def readable(self) -> bool:
        """Whether both boxes can be read."""
        return bool(self.day.readable and self.hour.readable)

    @property
    def composing(self) -> bool:
        """Whether one of the two boxes is composing."""
        return self.day.composing or self.hour.composing

    def value(self) -> Any:
        """The moment; None without a day. A day without a time is its beginning."""
        day = self.day.value()
        return None if day is None else datetime.combine(day, self.hour.value() or time(), JST)

    def set_value(self, value: Any, /) -> None:
        """Show a moment or None."""
        local = None if value is None else value.astimezone(JST)
        self.day.set_value(None if local is None else local.date())
        self.hour.set_value(None if local is None else local.time())

    def set_error(self, text: str | None, /) -> None:
        """Show or take away an error."""
        self.day.set_error(text)
