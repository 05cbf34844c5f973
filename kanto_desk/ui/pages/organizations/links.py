"""Cards of the profile that lead to other records: つながり and 写真. Shown on the desk only, never to a client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.links import How, Link
from kanto_desk.services.photos import Shot
from kanto_desk.ui.kinds import BY_CODE
from kanto_desk.ui.layout import Column, Flow, Part, Row, card, holder
from kanto_desk.ui.pages.consultation.thumbs import Thumbs
from kanto_desk.ui.pages.organizations.words import short_day
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Elided, Label, Picture, Pill, Tone, Wrapped
from kanto_desk.ui.theme import look

SHOT = (132, 96)
"""Width and height of a picture, px at 100 %."""

_HOW: dict[How, tuple[str, Tone, str]] = {
    "referred": ("紹介した先", "info", "handshake"), "referred_by": ("紹介のもと", "info", "handshake"),
    "person": ("同じ人がいる", "text2", "users"), "successor": ("あとを継いだ先", "text2", "arrow-right"),
    "predecessor": ("もとの会社", "text2", "arrow-left"), "merged": ("ここに統合", "text2", "arrow-left-right"),
}
# tr("紹介した先") tr("紹介のもと") tr("同じ人がいる") tr("あとを継いだ先") tr("もとの会社") tr("ここに統合")


def how_words(one: Link) -> str:
    """How another company is linked."""
    return tr(_HOW[one.how][0])


def connections(links: Sequence[Link], now: Any, open_organization: Callable[[str], None],
                open_visit: Callable[[str], None]) -> QFrame:
    """つながり: a press opens the other company, or the visit that tells of it."""
    lines: list[Part] = [_link(one, now, open_organization, open_visit) for one in links]
    if not lines:
        empty = tr("つながりはまだありません。相談の「まとめ」に連携・紹介先を書くと、ここにならびます。")
        lines = [Wrapped(empty, "caption")]
    return card(Label(tr("つながり"), "h3"), *lines, space=4, margins=(18, 14, 14, 14))


def _link(one: Link, now: Any, open_organization: Callable[[str], None], open_visit: Callable[[str], None]) -> QWidget:
    words, tone, icon = _HOW[one.how]
    more = "・".join(filter(None, (one.more, short_day(one.on, now))))
    middle = Column(Elided(one.name, "bold"), *([Elided(more, "caption")] if more else []), space=2)
    line = Row(Picture(icon, "text3", 18), middle, Pill(tr(words), tone), space=10, margins=(6, 6, 4, 6))
    line.setStretch(1, 1)
    if not one.organization and not one.consultation:
        return holder(line)
    made = Pressable(line, f"{tr(words)} {one.name}", more, edge="none")
    if one.organization:
        made.clicked.connect(lambda: open_organization(one.organization))
    else:
        made.clicked.connect(lambda: open_visit(one.consultation))
    return made


class PhotosCard(QFrame):
    """写真 of the visits, the newest first; a press opens the visit."""

    def __init__(self, thumbs: Thumbs, open_visit: Callable[[str], None]) -> None:
        super().__init__()
        self._thumbs, self._open_visit = thumbs, open_visit
        self._shots: tuple[Shot, ...] | None = None
        self._pictures: list[tuple[QLabel, str]] = []
        self._body = Column(space=8)
        self.setProperty("box", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setLayout(Column(Label(tr("写真"), "h3"), self._body, space=8, margins=(18, 14, 14, 14)))
        self.setAccessibleName(tr("写真"))
        thumbs.arrived.connect(self.restyle)

    def show_shots(self, shots: Sequence[Shot]) -> None:
        """Show these; what is shown already stays."""
        if tuple(shots) == self._shots:
            return
        self._shots, self._pictures = tuple(shots), []
        while (item := self._body.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        if shots:
            self._body.fill(holder(Flow(*(self._shot(one) for one in shots), space=8)))
        else:
            self._body.fill(Wrapped(tr("写真はまだありません。相談で写真を入れると、ここにならびます。"), "caption"))
        self.restyle()

    def shown(self) -> list[Pressable]:
        """The pictures shown."""
        return self.findChildren(Pressable)

    def restyle(self) -> None:
        """Take the sizes and colours in use, and the pictures that arrived."""
        size = QSize(look().px(SHOT[0]), look().px(SHOT[1]))
        for label, digest in self._pictures:
            label.setFixedSize(size)
            label.setPixmap(self._thumbs.of_hash(digest, size, self.devicePixelRatioF()))

    def _shot(self, one: Shot) -> QWidget:
        label = QLabel()
        self._pictures.append((label, one.hash))
        words = tr("写真：{caption}", caption=one.caption or tr("説明なし"))
        caption = Elided(one.caption or BY_CODE["photo"].word, "caption")
        caption.setFixedWidth(look().px(SHOT[0]))
        made = Pressable(Column(label, caption, space=3, margins=(4, 4, 4, 4)), words, short_day(one.held_on),
                         edge="none")
        made.clicked.connect(lambda: self._open_visit(one.consultation))
        return made
