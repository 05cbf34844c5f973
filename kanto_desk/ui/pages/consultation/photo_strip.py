"""A quiet line below the head of a record: a card was plugged in, photos are coming in, some could not be read, a
camera's clock seems wrong. Never takes the focus."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Row, set_property
from kanto_desk.ui.notices import announce
from kanto_desk.ui.pages.consultation.card_watch import CardContents
from kanto_desk.ui.text import Picture, Wrapped

_NAMED = 8   # refused files named one by one; of more, the number


class PhotoStrip(QFrame):
    """Says one thing at a time; what is under way stands before what is offered."""

    acted = Signal(str)     # "card", "stop", "clock"
    closed = Signal(str)    # what was put away: "card", "refused", "clock"

    def __init__(self) -> None:
        super().__init__()
        self._shown: str = ""
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self._picture = Picture("usb", "text2", 18)
        self.words = Wrapped("")
        self.act, self.away = Button(" ", name=tr("写真を見る")), Button("", "x", "icon", name=tr("この知らせをしまう"))
        self.act.clicked.connect(lambda: self.acted.emit(self._shown))
        self.away.clicked.connect(self._put_away)
        row = Row(self._picture, self.words, self.act, self.away, space=10, margins=(24, 4, 20, 4))
        row.setStretch(1, 1)
        for part in (self._picture, self.words):
            row.setAlignment(part, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(row)
        self._said: dict[str, tuple[str, str, str, str, str]] = {}   # what → words, icon, token, box, action
        self.hide()

    @property
    def shown(self) -> str:
        """What the line is about now; empty when it is put away."""
        return self._shown

    def offer(self, contents: CardContents) -> None:
        """A card with pictures is there."""
        fresh, name = len(contents.fresh_of_day()), contents.volume.name
        kind = tr("SDカード") if contents.is_card else tr("USBメモリー")
        today = contents.span.same_day(contents.span.end) and contents.span.day == contents.span.end.date()
        if fresh and today:
            words = tr("{kind}「{name}」に今日の写真が{n}枚あります", kind=kind, name=name, n=fresh)
        elif fresh:
            words = tr("{kind}「{name}」に相談の日の写真が{n}枚あります", kind=kind, name=name, n=fresh)
        else:
            words = tr("{kind}「{name}」に写真が{n}枚あります（相談の日のものはありません）", kind=kind, name=name,
                       n=len(contents.found))
        self._say("card", words, "usb", "text2", "quiet", tr("写真を見る"))

    def progress(self, done: int, total: int) -> None:
        """Photos are coming in."""
        words = tr("写真を入れています　{done}／{total}", done=done, total=total)
        self._say("stop", words, "camera", "info", "quiet", tr("中止"), aloud=done == 0)

    def refused(self, refused: Sequence[tuple[str, str]]) -> None:
        """Name what could not be taken, with the reason of each."""
        lines = [tr("{n}枚は入りませんでした。ほかは入っています。元のファイルはそのままです。", n=len(refused))]
        lines += [tr("{name}：{text}", name=name, text=why) for name, why in refused[:_NAMED]]
        if len(refused) > _NAMED:
            lines.append(tr("ほか{n}枚", n=len(refused) - _NAMED))
        self._say("refused", "\n".join(lines), "circle-alert", "warn", "banner", "")

    def doubt(self, count: int) -> None:
        """The times of photos do not fit the visit: the camera's clock may be wrong."""
        words = tr("撮影時刻がこの相談の時間と合わない写真が{n}枚あります。カメラの時計が違うかもしれません。", n=count)
        self._say("clock", words, "clock", "warn", "banner", tr("時刻を合わせる"))

    def over(self, what: str) -> None:
        """Say no more about this."""
        self._said.pop(what, None)
        self._show_first()

    def _say(self, what: str, words: str, icon: str, token: str, box: str, action: str, *, aloud: bool = True) -> None:
        self._said[what] = (words, icon, token, box, action)
        self._show_first()
        if aloud and self._shown == what:
            announce(self, words)

    def _show_first(self) -> None:
        what = next((one for one in ("stop", "refused", "clock", "card") if one in self._said), "")
        self._shown = what
        self.setVisible(bool(what))
        if not what:
            return
        words, icon, token, box, action = self._said[what]
        set_property(self, "box", box)
        self._picture.set_icon(icon, token)
        self.words.set_text(words)
        self.setAccessibleName(words)
        self.act.setVisible(bool(action))
        self.act.set_words(action or " ")
        self.act.setAccessibleName(action or tr("写真を見る"))
        self.act.setToolTip("Ctrl+Shift+P" if what == "card" else "")
        self.away.setVisible(what != "stop")

    def _put_away(self) -> None:
        what = self._shown
        self.over(what)
        self.closed.emit(what)
