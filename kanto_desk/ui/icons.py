"""Icons: Lucide SVG files drawn in a token's colour, and the program's own mark. Must not hold a colour.

Pictures are kept in a bounded cache by name, colour, size and pixel ratio, so a change of theme needs no clearing.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer

from kanto_desk.paths import resources
from kanto_desk.ui.theme import Look, look


def pixel_ratio() -> float:
    """Device pixels a logical pixel on the sharpest screen; 1.0 without a screen."""
    app = QGuiApplication.instance()
    return app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0


def pixmap(name: str, token: str = "text2", size: int = 18, *, filled: bool = False, look_: Look | None = None,
           ratio: float | None = None) -> QPixmap:
    """An icon in the colour of `token`, `size` px at 100 % zoom. Raises FileNotFoundError for an unknown name."""
    used = look_ or look()
    return _drawn(name, used.tokens[token], used.px(size), ratio or pixel_ratio(), filled)


def icon(name: str, token: str = "text2", size: int = 18, *, chosen: str | None = None, filled: bool = False) -> QIcon:
    """An icon for a button; `chosen` is the token of its colour while the button is checked."""
    made = QIcon(pixmap(name, token, size, filled=filled))
    disabled = pixmap(name, "text3", size, filled=filled)
    made.addPixmap(disabled, QIcon.Mode.Disabled, QIcon.State.Off)
    if chosen:
        made.addPixmap(pixmap(name, chosen, size, filled=filled), QIcon.Mode.Normal, QIcon.State.On)
    return made


def icon_size(size: int = 18) -> QSize:
    """The size of an icon at the zoom in use."""
    return QSize(look().px(size), look().px(size))


def names() -> tuple[str, ...]:
    """The icons shipped."""
    return tuple(sorted(file.stem for file in (resources() / "icons").glob("*.svg")))


@lru_cache(maxsize=2000)   # documented cache: pictures depend on nothing but the key
def _drawn(name: str, colour: str, size: int, ratio: float, filled: bool) -> QPixmap:
    svg = (resources() / "icons" / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    if filled:
        svg = svg.replace('fill="none"', f'fill="{colour}"', 1)
    picture = _blank(size, ratio)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def _blank(size: int, ratio: float) -> QPixmap:
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def logo(size: int = 40, *, ground: str = "rail_on", ink: str = "rail_text_on") -> QPixmap:
    """The program's mark: a desk seen from the front with a sheet of paper on it, `size` px at 100 % zoom."""
    used = look()
    side, ratio = used.px(size), pixel_ratio()
    picture = _blank(side, ratio)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side / 40, side / 40)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(used.color(ground))
    painter.drawRoundedRect(QRectF(0, 0, 40, 40), 10, 10)
    pen = QPen(used.color(ink), 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    desk = QPainterPath(QPointF(8, 24))
    for step in (QPointF(32, 24),):
        desk.lineTo(step)
    for x in (12, 28):
        desk.moveTo(x, 24)
        desk.lineTo(x, 32)
    sheet = QPainterPath(QPointF(14, 20))
    for corner in (QPointF(14, 8), QPointF(22, 8), QPointF(26, 12), QPointF(26, 20)):
        sheet.lineTo(corner)
    sheet.moveTo(18, 14)
    sheet.lineTo(22, 14)
    painter.drawPath(desk)
    painter.drawPath(sheet)
    painter.end()
    return picture
