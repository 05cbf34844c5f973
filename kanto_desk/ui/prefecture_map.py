"""A map of the eleven prefectures, coloured by a number and chosen from by mouse and arrow keys; says itself in words.

Knows prefectures by their code (CL10) and a number each, not what is counted. Outlines: `resources/map`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import hypot

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from kanto_desk.i18n import tr
from kanto_desk.paths import resources
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.notices import announce
from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import contrast

SHADES = (0.0, 0.16, 0.33, 0.5, 0.76, 1.0)
"""How far each step goes from the ground to the accent: of one hue, told apart by lightness alone, and each with an
ink that can be read on it in both themes (4.5 : 1)."""
_NICE = (1, 2, 3, 5)
_SKEWED = 10
_OVER = 1.1            # a word may reach over the borders by so much of the room it has
_LEGEND = 26           # px at 100 %
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


@dataclass(frozen=True)
class Shape:
    """An outline in units of the picture, and where its word stands."""

    path: QPainterPath
    label: QPointF


@cache
def shapes() -> tuple[QSize, Mapping[str, Shape]]:
    """The picture's size and every outline by code. Documented cache: shipped data only."""
    read = json.loads((resources() / "map" / "prefectures.json").read_text("utf-8"))
    out = {}
    for code, one in read["prefectures"].items():
        path = QPainterPath()
        for ring in one["rings"]:
            path.addPolygon(QPolygonF([QPointF(ring[at], ring[at + 1]) for at in range(0, len(ring), 2)]))
            path.closeSubpath()
        out[code] = Shape(path, QPointF(*one["label"]))
    return QSize(*read["size"]), out


def steps(numbers: Collection[int]) -> list[int]:
    """The highest number of each step above none; as many as there are shades, fewer for small numbers.

    Equal steps, or growing ones where the largest is many times the smallest: else one prefecture would leave all
    others in the lowest step.
    """
    levels, seen = len(SHADES) - 1, [n for n in numbers if n > 0]
    most = max(seen, default=0)
    if most <= levels:
        return list(range(1, most + 1))
    if most < _SKEWED * min(seen):
        return [-(-most * level // levels) for level in range(1, levels + 1)]
    nice = sorted(n * 10 ** power for n in _NICE for power in range(12))
    found = {min(n for n in nice if n >= most ** (level / levels)) for level in range(1, levels)}
    return [*sorted(n for n in found if n < most), most]


def _wide(path: QPainterPath, at: QPointF) -> float:
    """How wide a shape is around a point of it, where a word centred there would stand."""
    half = 2.0
    while path.contains(at - QPointF(half, 0)) and path.contains(at + QPointF(half, 0)):
        half += 2
    return 2 * half


class PrefectureMap(QWidget):
    """The map. Emits `picked(code)` for a prefecture that is pressed."""

    picked = Signal(str)
    accessible_role = QAccessible.Role.Chart

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names`: code → what a prefecture is called."""
        super().__init__()
        self._names = names
        self._numbers: Mapping[str, int] = {}
        self._chosen: frozenset[str] = frozenset()
        self._count: Callable[[int], str] = str
        self._steps: list[int] = []
        self._scaled: dict[str, QPainterPath] = {}
        self._room: dict[str, float] = {}
        self._at = QTransform()
        self.current = ""
        self._over = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_numbers(self, numbers: Mapping[str, int], count: Callable[[int], str], sentence: str) -> None:
        """Colour by these; `count` words one number (12社), `sentence` says the whole map to a screen reader."""
        self._numbers, self._count = dict(numbers), count
        self._steps = steps([numbers.get(code, 0) for code in shapes()[1]])
        self.setAccessibleName(sentence)
        self._scaled = {}   # the legend may take another row
        self._tell()
        self.update()

    def set_chosen(self, codes: Collection[str]) -> None:
        """Which prefectures are chosen: drawn with a thick edge and a mark."""
        if frozenset(codes) != self._chosen:
            self._chosen = frozenset(codes)
            self._tell()
            self.update()

    def name(self, code: str) -> str:
        """What a prefecture is called."""
        return self._names.get(code, code)

    def words(self, code: str) -> str:
        """A prefecture with its number, and whether it is chosen."""
        told = f"{self._names.get(code, code)}　{self._count(self._numbers.get(code, 0))}"
        return f"{told}　{tr('選んでいます')}" if code in self._chosen else told

    def level(self, code: str) -> int:
        """The step of a prefecture: 0 for none."""
        number = self._numbers.get(code, 0)
        return 0 if number <= 0 else 1 + next(at for at, most in enumerate(self._steps) if number <= most)

    def code_at(self, position: QPointF) -> str:
        """The prefecture at a place of the widget; "" for none."""
        return next((code for code, path in self._scaled_paths().items() if path.contains(position)), "")

    def center_of(self, code: str) -> QPointF:
        """Where the word of a prefecture stands."""
        self._scaled_paths()
        return self._at.map(shapes()[1][code].label)

    def shade(self, level: int) -> QColor:
        """The colour of a step."""
        used = look()
        part = SHADES[-1] if level and level == len(self._steps) else SHADES[level]
        ground, to = used.color("surface"), used.color("accent")
        return QColor.fromRgbF(*(a + (b - a) * part for a, b in (
            (ground.redF(), to.redF()), (ground.greenF(), to.greenF()), (ground.blueF(), to.blueF()))))

    def sizeHint(self) -> QSize:
        wide, size = look().px(280), shapes()[0]
        return QSize(wide, round(wide * size.height() / size.width()) + look().px(_LEGEND))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(160), look().px(180))

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._scaled = {}
        self.updateGeometry()
        self.update()

    def resizeEvent(self, event: object, /) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._scaled = {}

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        way = _ARROWS.get(Qt.Key(event.key()))
        if way is not None:
            self._choose(self._next(*way))
        elif event.key() in (*ENTER_KEYS, Qt.Key.Key_Space) and self.current:
            self.picked.emit(self.current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent, /) -> None:
        if (code := self.code_at(event.position())) and event.button() is Qt.MouseButton.LeftButton:
            self._choose(code)
            self.picked.emit(code)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent, /) -> None:
        over = self.code_at(event.position())
        if over != self._over:
            self._over = over
            self.setToolTip(self.words(over) if over else "")
            self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: object, /) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._over = ""
        self.update()

    def focusInEvent(self, event: object, /) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        if not self.current:
            self._choose(min(self._chosen & shapes()[1].keys(), default="13"))

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        used = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paths = self._scaled_paths()
        for code, path in paths.items():
            painter.setPen(QPen(used.color("field"), 1))
            painter.setBrush(self.shade(self.level(code)))
            painter.drawPath(path)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for code in self._chosen & paths.keys():
            self._edge(painter, paths[code], "text")
        if self._over:
            self._edge(painter, paths[self._over], "accent")
        if self.hasFocus() and self.current:
            self._edge(painter, paths[self.current], "focus")
        for code, (lines, box) in self._labels().items():
            self._write(painter, code, lines, box)
        self._paint_legend(painter)
        painter.end()

    @staticmethod
    def _edge(painter: QPainter, path: QPainterPath, token: str) -> None:
        """A thick edge with one of the ground around it, so that it is seen on every shade."""
        used = look()
        for colour, wide in ((used.color("surface"), 5), (used.color(token), 2.5)):
            painter.setPen(QPen(colour, used.px(wide), j=Qt.PenJoinStyle.RoundJoin))
            painter.drawPath(path)

    def _labels(self) -> dict[str, tuple[list[str], QRectF]]:
        """What is written on each prefecture, by lines, and where: name and number in one line or two, or the number.

        The larger ones choose first, and no word stands on another one.
        """
        used, found = look(), dict[str, tuple[list[str], QRectF]]()
        metrics = used.metrics("mark", bold=True)
        high = metrics.ascent() + metrics.descent()
        for code in sorted(self._scaled_paths(), key=lambda one: -self._room[one]):
            name, middle = self._names.get(code, code), self.center_of(code)
            name = name[:-1] if name[-1:] in "都府県" else name
            number = f"{'✓' if code in self._chosen else ''}{self._numbers.get(code, 0):,}"
            for lines in ([f"{name} {number}"], [name, number], [number]):
                wide = max(metrics.horizontalAdvance(line) for line in lines)
                box = QRectF(round(middle.x() - wide / 2), round(middle.y() - high * len(lines) / 2), wide,
                             high * len(lines))
                alone = lines == [number]
                if alone or (wide <= self._room[code] * _OVER and self._inside(code, box) and not any(
                        box.intersects(other) for _, other in found.values())):
                    found[code] = lines, box
                    break
        return found

    def _inside(self, code: str, box: QRectF) -> bool:
        """Whether words there stand on their prefecture from top to bottom, so that its edge crosses none of them."""
        path, x = self._scaled_paths()[code], box.center().x()
        return path.contains(QPointF(x, box.top())) and path.contains(QPointF(x, box.bottom()))

    def _write(self, painter: QPainter, code: str, lines: Sequence[str], box: QRectF) -> None:
        """The words of a prefecture; on a thick edge they have a ground of their own."""
        used = look()
        metrics = used.metrics("mark", bold=True)
        shade = self.shade(self.level(code)).name()
        ink = max(("text", "on_accent"), key=lambda token: contrast(used.tokens[token], shade))
        if code in self._chosen or code == self._over or (self.hasFocus() and code == self.current):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(shade))
            painter.drawRoundedRect(box.adjusted(-used.px(2), 0, used.px(2), 0), used.px(3), used.px(3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setFont(used.font("mark", bold=True))
        for row, words in enumerate(lines):
            at = QPointF(round(box.center().x() - metrics.horizontalAdvance(words) / 2),
                         box.top() + metrics.ascent() + row * (metrics.ascent() + metrics.descent()))
            around = QPainterPath()
            around.addText(at, used.font("mark", bold=True), words)
            painter.setPen(QPen(QColor(shade), used.px(4), j=Qt.PenJoinStyle.RoundJoin))   # read beside the land, too
            painter.drawPath(around)
            painter.setPen(used.color(ink))
            painter.drawText(at, words)

    def _paint_legend(self, painter: QPainter) -> None:
        """The steps: a field of each shade with the numbers it stands for."""
        used = look()
        painter.setFont(used.font("mark"))
        rows, side = self._legend(), used.px(14)
        for row, levels in enumerate(rows):
            x, below = float(used.px(2)), len(rows) - 1 - row
            y = self.height() - used.px(_LEGEND - 7) - used.px(_LEGEND - 4) * below
            for level, told, wide in levels:
                painter.setPen(QPen(used.color("field"), 1))
                painter.setBrush(self.shade(level))
                painter.drawRect(QRectF(x, y, side, side))
                painter.setPen(used.color("text2"))
                painter.drawText(QRectF(x + side + used.px(3), y - used.px(3), wide, side + used.px(6)),
                                 Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, told)
                x += wide

    def _legend(self) -> list[list[tuple[int, str, float]]]:
        """The steps in rows: (level, its numbers, the width it takes); as many rows as the width asks for."""
        used = look()
        lows = [0, *(1 + (self._steps[at - 1] if at else 0) for at in range(len(self._steps)))]
        rows: list[list[tuple[int, str, float]]] = [[]]
        left = float(self.width())
        for level, (low, top) in enumerate(zip(lows, [0, *self._steps], strict=True)):
            told = f"{low:,}" if low == top else f"{low:,}–{top:,}"
            wide = used.px(14 + 3 + 8) + used.metrics("mark").horizontalAdvance(told)
            if wide - used.px(8) > left and rows[-1]:
                rows.append([])
                left = float(self.width())
            rows[-1].append((level, told, wide))
            left -= wide
        return rows

    def _scaled_paths(self) -> Mapping[str, QPainterPath]:
        """The outlines at the size in use, made once a size."""
        if not self._scaled:
            size, found = shapes()
            edge = look().px(4)
            wide, high = self.width() - 2 * edge, self.height() - 2 * edge
            high -= look().px(_LEGEND) + look().px(_LEGEND - 4) * (len(self._legend()) - 1)
            scale = max(0.01, min(wide / size.width(), high / size.height()))
            self._at = QTransform().translate(
                edge + (wide - size.width() * scale) / 2, edge + (high - size.height() * scale) / 2).scale(scale, scale)
            self._scaled = {code: self._at.map(shape.path) for code, shape in found.items()}
            self._room = {code: _wide(path, self._at.map(found[code].label)) for code, path in self._scaled.items()}
        return self._scaled

    def _next(self, right: int, down: int) -> str:
        """The nearest prefecture that way; the same one where there is none."""
        found = shapes()[1]
        here = found[self.current or "13"].label

        def far(code: str) -> float:
            way = found[code].label - here
            along, across = way.x() * right + way.y() * down, way.x() * down + way.y() * right
            return hypot(along, 2 * across) if along > abs(across) * 0.5 and along > 0 else float("inf")
        best = min((code for code in found if code != self.current), key=far)
        return best if far(best) < float("inf") else self.current

    def _choose(self, code: str) -> None:
        if code and code != self.current:
            self.current = code
            self._tell()
            if self.hasFocus():
                announce(self, self.words(code))
            self.update()

    def _tell(self) -> None:
        self.setAccessibleDescription(self.words(self.current) if self.current else "")
