"""控えに戻す: choose a backup, see what it holds and what going back takes away, then say so. Restores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.services.restoring import Preview, Restored
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.layout import Column, Part, Row, card, holder
from kanto_desk.ui.pages.words import long_day
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Label, Picture, Role, Wrapped
from kanto_desk.ui.theme import look

_REASONS = {"hand": "手でとった控え", "restore": "別の控えに戻す前の状態",
            "migration": "新しい版に移る前の状態"}


class RestoreBox(Box):
    """Emits `chosen(Preview)` once the backup that was looked at is to be put in place. Newest first.

    Up, Down, Home and End choose, Enter shows the preview, Esc leads from there back to the list, then closes.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget, previews: Sequence[Preview]) -> None:
        super().__init__(parent, tr("控えに戻す"), width=640, height=560)
        self._previews = tuple(previews)
        self._seen: Preview | None = None
        self.lines = [self._line(one) for one in self._previews]
        words = (tr("1. 戻したい控えを選びます。次の画面で中身を確かめるまで、何も変わりません。") if self._previews
                 else tr("読める控えがありません。"))
        self._choice = holder(Column(Wrapped(words), *self.lines, None, space=10))
        self._parts = Column(space=12)
        self._shown = holder(self._parts)
        self._shown.hide()
        self.other = Button(tr("選び直す"), "chevron-left", key="Esc")
        self.other.clicked.connect(self.choose_again)
        self.go_back = Button(tr("この控えに戻す"), "history", "primary")
        self.go_back.clicked.connect(self._decide)
        self.fill(Column(self._choice, self._shown, None, space=0, margins=(24, 16, 24, 16)), self.other, self.go_back)
        self.choose_again()

    def choose_again(self) -> None:
        """Show the list, at the backup looked at last."""
        at = self._previews.index(self._seen) if self._seen is not None else 0
        self._seen = None
        for part, on in ((self._choice, True), (self._shown, False), (self.other, False), (self.go_back, False)):
            part.setVisible(on)
        if self.lines:
            self._point_at(at)

    def look_at(self, one: Preview) -> None:
        """Show what a backup holds and what going back to it means."""
        self._seen = one
        while (item := self._parts.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._parts.fill(*_what_it_holds(one))
        for part, on in ((self._choice, False), (self._shown, True), (self.other, True), (self.go_back, True)):
            part.setVisible(on)
        self.go_back.setAccessibleDescription(f"{_head(one)}　{_lost(one)}")
        self.go_back.setFocus(Qt.FocusReason.OtherFocusReason)

    def reject(self) -> None:
        """Esc: one step back."""
        if self._seen is not None:
            self.choose_again()
        else:
            super().reject()

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched in self.lines:
            last, at = len(self.lines) - 1, self.lines.index(watched)
            to = {Qt.Key.Key_Up: max(at - 1, 0), Qt.Key.Key_Down: min(at + 1, last), Qt.Key.Key_Home: 0,
                  Qt.Key.Key_End: last}.get(Qt.Key(event.key()))
            if to is not None:
                self._point_at(to)
                return True
            if event.key() in ENTER_KEYS:
                self.look_at(self._previews[at])
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in ENTER_KEYS and self.go_back.hasFocus():
            self.go_back.click()
        else:
            super().keyPressEvent(event)

    def _point_at(self, index: int) -> None:
        line = self.lines[index]
        line.setFocus(Qt.FocusReason.OtherFocusReason)
        for area in self.findChildren(QScrollArea):
            area.ensureWidgetVisible(line)

    def _line(self, one: Preview) -> Pressable:
        head, held = _head(one), _held(one)
        row = Row(Picture("history", "accent", 20), Column(Label(head, "bold"), Wrapped(held, "second"), space=2),
                  Picture("chevron-right", "text3", 18), space=12, margins=(14, 10, 14, 10))
        row.setStretch(1, 1)
        line = Pressable(row, head, held)
        line.clicked.connect(lambda: self.look_at(one))
        line.installEventFilter(self)
        return line

    def _decide(self) -> None:
        if (one := self._seen) is not None:
            self.accept()   # first: what comes next takes the focus of the window
            self.chosen.emit(one)


def told(done: Restored) -> str:
    """What the footer says once a backup is in place: which one, and where what it replaced is kept."""
    at = done.backup.made.astimezone(JST)   # short: the footer has one line
    when = f"{at.month}月{at.day}日 {at:%H:%M}" if language() == "ja" else f"{at:%Y-%m-%d %H:%M}"
    if done.aside is not None:
        return tr("{when} の控えに戻しました。壊れたファイル：{place}", when=when,
                  place=f"backups/{done.aside.name}")
    if done.before is not None:
        return tr("{when} の控えに戻しました。戻す前の記録：{place}", when=when,
                  place=f"backups/{done.before.path.name}")
    return tr("{when} の控えに戻しました。", when=when)


def _what_it_holds(one: Preview) -> list[Part]:
    rows: list[Part] = []
    for name, value in ((tr("企業数"), f"{one.counts.get('organization', 0):,}"),
                        (tr("相談数"), f"{one.counts.get('consultation', 0):,}"),
                        (tr("相談の行数"), f"{one.counts.get('entry', 0):,}"),
                        (tr("最後の変更"), _newest(one)),
                        (tr("種類"), tr(_REASONS[one.backup.reason]) if one.backup.reason in _REASONS
                         else tr("自動でとった控え"))):
        label = Label(name, "second")
        label.keep_width(lambda: look().px(120))
        row = Row(label, Label(value, "bold"), None, space=12)
        rows.append(row)
    sign = "circle-check" if one.since is not None and not one.since.changes else "triangle-alert"
    warning = Row(Picture(sign, "ok" if sign == "circle-check" else "warn", 20), _flowing(_lost(one)), space=10)
    warning.setStretch(1, 1)
    return [_flowing(tr("2. 中身を確かめて、「この控えに戻す」を押します。")),
            card(Label(_head(one), "h3"), *rows, space=6),
            card(Label(tr("戻すと"), "h3"), warning, _flowing(_kept(one), "second"), space=8)]


def _flowing(text: str, role: Role = "body") -> Wrapped:
    """Wrapped text that reserves no more lines than it fills: the page scrolls only where it must."""
    label = Wrapped(text, role)
    policy = label.sizePolicy()
    policy.setVerticalPolicy(QSizePolicy.Policy.Preferred)
    label.setSizePolicy(policy)
    return label


def _lost(one: Preview) -> str:
    if one.since is None:
        return tr("いまの記録は開けないので、控えと比べられません。"
                  "この控えのあとに書いたものは、画面に出なくなります。")
    if not one.since.changes:
        return tr("この控えのあとに変わったものはありません。")
    return tr("この控えのあとの変更{n}件が、画面に出なくなります（企業{companies}社・相談{visits}件に関わるもの）。",
              n=one.since.changes, companies=one.since.organizations, visits=one.since.consultations)


def _kept(one: Preview) -> str:
    if one.since is None:
        return tr("いまのファイルは消しません。壊れていれば、そのまま backups の damaged-… に残します。")
    return tr("いまの記録も、先に控えをとって残します。あとから、またそこへ戻れます。")


def _head(one: Preview) -> str:
    return tr("{when} の控え", when=_moment(one.backup.made))


def _held(one: Preview) -> str:
    return tr("企業 {companies}・相談 {visits}・最後の変更 {newest}", companies=one.counts.get("organization", 0),
              visits=one.counts.get("consultation", 0), newest=_newest(one))


def _newest(one: Preview) -> str:
    return _moment(datetime.fromisoformat(one.newest)) if one.newest else "—"


def _moment(at: datetime) -> str:
    there = at.astimezone(JST)
    return f"{long_day(there.date())} {there:%H:%M}"
