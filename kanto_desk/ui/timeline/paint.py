"""How a line is laid out and drawn: text layouts, kind pills, promise chips and thumbnails. Knows no view.

A new theme or zoom is a new `Painting`. Text layouts hold no colour, so they outlive a change of theme.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPixmap, QTextCharFormat, QTextLayout, QTextOption

from kanto_desk.i18n import tr
from kanto_desk.japanese.places import places
from kanto_desk.ui.icons import pixmap
from kanto_desk.ui.kinds import KINDS, LineKind
from kanto_desk.ui.theme import Look
from kanto_desk.ui.timeline.model import Line
from kanto_desk.ui.tokens import FOUND, HERE, LINE_HEIGHT

Thumb = Callable[[str, QSize], QPixmap]
"""(photo uid, size in logical pixels) → picture; a plain ground while it is being read."""

MIDDLE = Qt.AlignmentFlag.AlignVCenter
_PAD, _RIGHT = 8, 16   # the edge of the editor stands in the room on the right
_THUMB_W, _THUMB_H, _THUMB_STEP, _THUMB_ROW, _CHIP, _CHIP_ROW, _CHIP_MOST = 150, 100, 160, 132, 28, 34, 240
_KEPT = 300   # text layouts kept: some screens full


@dataclass(frozen=True, slots=True)
class Part:
    """Something in a row that can be clicked: a chip ("who", "due", "contested") or a photo ("photo", its uid)."""

    name: str
    area: QRect
    words: str = ""
    uid: str = ""
    missing: bool = False


class Painting:
    """Draws lines in one look."""

    def __init__(self, look: Look, thumb: Thumb) -> None:
        self.look, self.thumb = look, thumb
        self.px = look.px
        self.font, self.small = look.font("entry"), look.font("caption")
        self.bold, self.digits = look.font("caption", bold=True), look.font("caption", fixed=True)
        self.small_metrics = QFontMetricsF(self.small)
        self.step = round(self.font.pixelSize() * LINE_HEIGHT)
        self.pad = self.px(_PAD)
        widest = max(QFontMetricsF(self.bold).horizontalAdvance(kind.word) for kind in KINDS)
        self.text_x = self.px(60 + 38 + 22) + math.ceil(widest)
        self._pills: dict[tuple[str, float], QPixmap] = {}
        self._layouts: dict[tuple[str, int], QTextLayout] = {}   # newest last

    def text_rect(self, row: QRect) -> QRect:
        """Where the text of a row stands."""
        return row.adjusted(self.text_x, self.pad, -self.px(_RIGHT), -self.pad - 1)

    def text_layout(self, text: str, width: int) -> QTextLayout:
        """The text broken into lines of 150 % height."""
        key = (text, width)
        if key not in self._layouts:
            layout, option, y = QTextLayout(text.replace("\n", "\u2028"), self.font), QTextOption(), 0
            option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
            layout.setTextOption(option)
            layout.setCacheEnabled(True)
            layout.beginLayout()
            while (line := layout.createLine()).isValid():
                line.setLineWidth(width)
                line.setPosition(QPointF(0, y + self.step * 0.8 - line.ascent()))   # where QTextEdit puts it
                y += self.step
            layout.endLayout()
            if len(self._layouts) >= _KEPT:
                del self._layouts[next(iter(self._layouts))]
            self._layouts[key] = layout
        return self._layouts[key]

    def text_height(self, line: Line, width: int, *, exact: bool) -> int:
        """Height of the text alone. What surely fits in one line needs no layout: most rows."""
        text = line.shown()
        ems = len(text.encode("utf-16-le", "surrogatepass")) / 2 * self.font.pixelSize()   # at most one em a unit
        if ems < width and text.isprintable():   # no tab, no line break
            return self.step
        if exact:
            return self.text_layout(text, width).lineCount() * self.step
        return math.ceil(ems * 0.95 / width) * self.step

    def height(self, line: Line, width: int, *, exact: bool, editor_height: int | None = None) -> int:
        """Height of a row for this width of text; `editor_height` replaces the text while it is edited."""
        text = self.text_height(line, width, exact=exact) if editor_height is None else editor_height
        chips = self.px(_CHIP_ROW) if line.promise or line.contested else 0
        rows = math.ceil(len(line.photos) / self._across(width))
        return text + chips + rows * self.px(_THUMB_ROW) + 2 * self.pad + 1

    def parts(self, line: Line, area: QRect, below: int) -> list[Part]:
        """The chips and photos of a line: `area` is where its text stands, `below` the y where that ends."""
        found: list[Part] = []
        y, x = below, area.left()
        if line.promise:
            who, due = line.promise.who or "", line.promise.due or ""
            for name, said, ask in (("who", who, "" if who else tr("担当を選ぶ")),
                                    ("due", due, line.promise.ask_due())):
                words = self.small_metrics.elidedText(ask or said, Qt.TextElideMode.ElideMiddle, self.px(_CHIP_MOST))
                width = math.ceil(self.small_metrics.horizontalAdvance(words)) + self.px(38)
                found.append(Part(name, QRect(x, y + self.px(4), width, self.px(_CHIP)), words, missing=bool(ask)))
                x += width + self.px(6)
        if line.contested:
            words = tr("2台で直しました")
            width = math.ceil(self.small_metrics.horizontalAdvance(words)) + self.px(38)
            found.append(Part("contested", QRect(x, y + self.px(4), width, self.px(_CHIP)), words))
        if found:
            y += self.px(_CHIP_ROW)
        across = self._across(area.width())
        for n, photo in enumerate(line.photos):
            x = area.left() + n % across * self.px(_THUMB_STEP)
            top = y + n // across * self.px(_THUMB_ROW) + self.px(4)
            found.append(Part("photo", QRect(x, top, self.px(_THUMB_W), self.px(_THUMB_H)), photo.caption, photo.uid))
        return found

    def draw_head(self, p: QPainter, row: QRect, line: Line, ratio: float) -> None:
        """The time and the kind."""
        top = row.top() + self.pad
        p.setFont(self.digits)
        p.setPen(self.look.color("text3"))
        p.drawText(QRect(row.left() + self.px(6), top, self.px(54), self.step), MIDDLE, line.time)
        pill = self._pill(line.look, ratio)
        p.drawPixmap(row.left() + self.px(60), top + (self.step - self.px(25)) // 2, pill)

    def draw_text(self, p: QPainter, area: QRect, line: Line, needle: str, present: int | None = None) -> int:
        """The text with its marks, the one at `present` marked apart; returns the y where it ends."""
        layout = self.text_layout(line.shown(), area.width())
        p.setPen(self.look.color("text"))
        layout.draw(p, QPointF(area.topLeft()), self._marks(line, needle, present))
        return area.top() + layout.lineCount() * self.step

    def draw_part(self, p: QPainter, part: Part) -> None:
        """A promise chip, or a photo with its caption."""
        if part.name == "photo":
            p.drawPixmap(part.area.topLeft(), self.thumb(part.uid, part.area.size()))
            caption = self.small_metrics.elidedText(part.words, Qt.TextElideMode.ElideMiddle, part.area.width())
            p.setFont(self.small)
            p.setPen(self.look.color("text3"))
            p.drawText(QRect(part.area.left(), part.area.bottom() + 1, part.area.width(), self.px(24)), MIDDLE, caption)
            return
        ink, ground, edge = ("warn", "warn_soft", "warn_line") if part.missing else ("text2", "surface", "field")
        if part.name == "contested":
            ink, ground, edge = "danger", "danger_soft", "danger_line"
        p.setPen(self.look.color(edge))
        p.setBrush(self.look.color(ground))
        area = QRectF(part.area).adjusted(0.5, 0.5, -0.5, -0.5)
        p.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        icon = "circle-alert" if part.missing else {"who": "user", "due": "calendar"}.get(part.name, "triangle-alert")
        side = self.px(15)
        p.drawPixmap(part.area.left() + self.px(10), part.area.center().y() - side // 2,
                     pixmap(icon, ink, 15, look_=self.look))
        p.setFont(self.small)
        p.setPen(self.look.color(ink))
        p.drawText(part.area.adjusted(self.px(29), 0, 0, 0), MIDDLE, part.words)

    def _across(self, width: int) -> int:
        return max(1, (width + self.px(_THUMB_STEP - _THUMB_W)) // self.px(_THUMB_STEP))

    def _marks(self, line: Line, needle: str, present: int | None) -> list[QTextLayout.FormatRange]:
        """Found words and 編集済み, drawn over the finished layout so that neither asks for a new one."""
        spans = [(len(line.text), len(line.shown()), "text3", "")] if line.edited else []
        if needle:
            spans += [(start, end, *(HERE if start == present else FOUND)) for start, end in places(line.text, needle)]
        marks = []
        for start, end, ink, ground in spans:
            before = len(line.shown()[:start].encode("utf-16-le", "surrogatepass")) // 2   # Qt counts UTF-16 units
            length = len(line.shown()[start:end].encode("utf-16-le", "surrogatepass")) // 2
            mark, style = QTextLayout.FormatRange(), QTextCharFormat()
            style.setForeground(self.look.color(ink))
            if ground:
                style.setBackground(self.look.color(ground))
            mark.start, mark.length, mark.format = before, length, style
            marks.append(mark)
        return marks

    def _pill(self, kind: LineKind, ratio: float) -> QPixmap:
        key = (kind.code, ratio)
        if key not in self._pills:
            words = math.ceil(QFontMetricsF(self.bold).horizontalAdvance(kind.word))
            box = QRectF(0, 0, words + self.px(38), self.px(25))
            picture = QPixmap(round(box.width() * ratio), round(box.height() * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            p = QPainter(picture)
            p.setRenderHint(QPainter.RenderHint.Antialiasing)
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(self.look.color(kind.ground))
            p.drawRoundedRect(box, box.height() / 2, box.height() / 2)
            p.drawPixmap(self.px(9), self.px(5), pixmap(kind.icon, kind.ink, 15, look_=self.look, ratio=ratio))
            p.setPen(self.look.color(kind.ink))
            p.setFont(self.bold)
            p.drawText(box.adjusted(self.px(29), 0, 0, 0), MIDDLE, kind.word)
            p.end()
            self._pills[key] = picture
        return self._pills[key]
