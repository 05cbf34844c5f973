"""これは何時？: one line that asks when a picture was taken, for it alone or for every picture of its camera."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame

from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.ui.answer_input import AnswerInput
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.dates import ParseDate, read_time
from kanto_desk.ui.layout import Column, Flow, holder, set_property
from kanto_desk.ui.text import Label, Wrapped


def read_moment(text: str, day: date, read_day: ParseDate) -> datetime:
    """A time as people write it, on `day` unless another day stands before it. Raises Refused with the reason."""
    words = text.replace("　", " ").split()
    if not words:
        raise Refused(tr("時刻を確かめてください（例：13:30）"))
    if len(words) > 1:
        day = read_day(" ".join(words[:-1]))
    return datetime.combine(day, read_time(words[-1]), JST)


class ClockRow(QFrame):
    """Emits `answered(moment, all of the camera)` or `given_up`; the moment is Japanese time."""

    answered = Signal(object, bool)
    given_up = Signal()

    def __init__(self, read_day: ParseDate) -> None:
        super().__init__()
        set_property(self, "box", "accent")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self._read_day, self._day = read_day, date.min
        self.words = Wrapped("")
        self.moment = AnswerInput(width=14, max_length=40)
        self.moment.setAccessibleName(tr("これは何時？"))
        self.all, self.one = Chip(tr("同じカメラの写真もずらす")), Chip(tr("この1枚だけ"))
        group = QButtonGroup(self)
        for chip in (self.all, self.one):
            group.addButton(chip)
        self.take = Button(tr("時刻を合わせる"), "clock")
        self.stop = Button(tr("やめる"), kind="ghost")
        self.error = Label("", "error")
        self.error.hide()
        self.moment.error_changed.connect(self._show_error)
        self.moment.entered.connect(self._answer)
        self.moment.given_up.connect(self.given_up)
        self.take.clicked.connect(self._answer)
        self.stop.clicked.connect(self.given_up)
        line = holder(Flow(Label(tr("これは何時？"), "bold"), self.moment, self.all, self.one, self.take, self.stop,
                           space=8))
        self.setLayout(Column(self.words, line, self.error, space=6, margins=(12, 8, 12, 8)))

    def ask(self, shown: datetime | None, day: date, name: str, of_camera: int) -> None:
        """Ask for the time of the picture `name`; `of_camera` is how many share its clock (itself included)."""
        here = shown.astimezone(JST) if shown else None
        self._day = day
        at = f"{here:%H:%M}" if here and here.date() == day else f"{here.month}/{here.day} {here:%H:%M}" if here else ""
        self.words.set_text(
            tr("「{name}」は {at} になっています。正しい時刻を書きます（別の日なら 12/4 13:30）。",
               name=name, at=at) if at
            else tr("「{name}」には時刻がありません。正しい時刻を書きます（別の日なら 12/4 13:30）。", name=name))
        self.all.set_words(tr("同じカメラの{n}枚をずらす", n=of_camera))
        self.all.setAccessibleName(self.all.words)
        self.all.setVisible(of_camera > 1)
        self.one.setVisible(of_camera > 1)
        (self.all if of_camera > 1 else self.one).setChecked(True)
        self.moment.set_value(f"{here:%H:%M}" if here and here.date() == day else None)
        self.show()
        self.moment.setFocus(Qt.FocusReason.OtherFocusReason)
        self.moment.selectAll()

    def _answer(self) -> None:
        self.moment.rescue()
        try:
            at = read_moment(self.moment.text(), self._day, self._read_day)
        except Refused as refused:
            self.moment.set_error(refused.message)
            self.moment.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.answered.emit(at, self.all.isChecked())

    def _show_error(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))
