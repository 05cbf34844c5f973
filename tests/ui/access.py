"""What keyboard and screen reader need of a window: names, roles, targets, a way of Tab, a focus that can be seen.

Every check gives one line for each fault, empty when there is none; all look at what is visible now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLineEdit,
    QScrollArea,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import TARGET

MOST_STOPS, MOST_BLANKS = 400, 12
_RING_PIXELS = 12   # of the ring's own colour: fewer are corners and edges of letters
_ROOM = 4           # px around a control in which its ring may stand
_NO_ROLE = (QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Window)


def controls(root: QWidget) -> list[QWidget]:
    """Visible widgets that take the focus by Tab."""
    return [w for w in root.findChildren(QWidget)
            if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isEnabled()
            and not (isinstance(w.parentWidget(), QLineEdit))]


def describe(widget: QWidget) -> str:
    """A widget in the message of a failed test."""
    return f"{type(widget).__name__} {widget.accessibleName()!r}"


def unnamed(root: QWidget) -> list[str]:
    """Visible controls in the Tab order that say nothing to a screen reader."""
    return [describe(w) for w in controls(root) if not w.accessibleName().strip()]


def roleless(root: QWidget) -> list[str]:
    """Controls in the Tab order of which a screen reader cannot say what they are."""
    return [f"{describe(w)} has no role" for w in controls(root)
            if QAccessible.queryAccessibleInterface(w).role() in _NO_ROLE]


def too_small(root: QWidget, least: int = TARGET["least"]) -> list[str]:
    """What is pressed, written into or chosen and is smaller than `least` px either way; rows and tabs, too."""
    return [f"{words} {width}×{height}" for words, width, height in _targets(root) if min(width, height) < least]


def unscrollable(root: QWidget) -> list[str]:
    """Places higher than what is seen of them in which no key scrolls: neither a Tab stop nor one inside."""
    return [f"{describe(area)} cannot be scrolled by key" for area in root.findChildren(QScrollArea)
            if area.isVisible() and area.verticalScrollBar().maximum() > 0
            and not area.focusPolicy() & Qt.FocusPolicy.TabFocus and not controls(area)]


def _targets(root: QWidget) -> Iterator[tuple[str, int, int]]:
    stops = controls(root)
    pressed = [w for w in root.findChildren(QAbstractButton)
               if w.isVisible() and w.isEnabled() and w.accessibleName() and not isinstance(w.parentWidget(), QLineEdit)]
    for w in dict.fromkeys([*stops, *pressed]):
        yield describe(w), w.width(), w.height()
        if isinstance(w, QTabBar):
            for at in range(w.count()):
                yield f"{describe(w)} {w.tabText(at)!r}", w.tabRect(at).width(), w.tabRect(at).height()
        elif isinstance(w, QAbstractItemView) and not isinstance(w, QHeaderView):
            model = w.model()
            for row in range(min(model.rowCount(), 8) if model is not None else 0):
                rect = w.visualRect(model.index(row, 0))
                if not rect.isEmpty():
                    yield f"{describe(w)} row {row}", max(rect.width(), TARGET["least"]), rect.height()


@dataclass
class Way:
    """Where Tab went: every stop in order, and what was wrong on the way."""

    stops: list[QWidget] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def way_of_tab(root: QWidget, *, ring: bool = True) -> Way:
    """Press Tab until it has come round, then Shift+Tab as often; `ring` also looks whether each focus can be seen.

    Afterwards the focus is where it was before.
    """
    root.activateWindow()
    assert QTest.qWaitForWindowActive(root)
    began = QApplication.focusWidget()
    wanted = controls(root)
    way = Way()
    before = (began, _picture(root, began)) if ring and began is not None and root.isAncestorOf(began) else None
    for _ in range(MOST_STOPS):
        now = _on(root, Qt.Key.Key_Tab)
        if before is not None and now is not before[0]:
            way.faults += _invisible(root, *before)
        if now is None:
            way.faults.append("Tab leaves the window")
            break
        if way.stops and now is way.stops[-1]:
            if len(wanted) > 1:
                way.faults.append(f"{describe(now)} keeps the focus when Tab is pressed")
            break
        if now in way.stops:
            if now is not way.stops[0]:
                way.faults.append(f"Tab goes round from {describe(now)} without the rest")
            break
        way.stops.append(now)
        way.faults += _hidden(now)
        before = (now, _picture(root, now)) if ring else None
    way.faults += [f"Tab does not reach {describe(w)}" for w in wanted
                   if isValid(w) and w.isVisible() and not _met(w, way.stops)]
    if not way.faults:
        way.faults += _way_back(root, way.stops)
    if began is not None and began.isVisible():
        began.setFocus(Qt.FocusReason.OtherFocusReason)
        QApplication.processEvents()
    return way


def _way_back(root: QWidget, stops: list[QWidget]) -> list[str]:
    """Shift+Tab must go round as well."""
    met: list[QWidget] = []
    for _ in range(MOST_STOPS):   # what came meanwhile, as a preview of the row that had the focus, stands between
        now = _on(root, Qt.Key.Key_Backtab)
        if now is None or now in met:
            break
        met.append(now)
    return [f"Shift+Tab does not reach {describe(w)}" for w in stops
            if isValid(w) and w.isVisible() and not _met(w, met)]


def _met(widget: QWidget, stops: list[QWidget]) -> bool:
    """Whether Tab came here, or to another of several ways of which one is chosen: arrows lead from one to the next."""
    if widget in stops:
        return True
    if not isinstance(widget, QAbstractButton):
        return False
    group = widget.group()
    if group is not None and group.exclusive():
        return any(one in stops for one in group.buttons())
    return widget.autoExclusive() and any(isinstance(one, QAbstractButton) and one.autoExclusive()
                                          and one.parentWidget() is widget.parentWidget() for one in stops)


def _on(root: QWidget, key: Qt.Key) -> QWidget | None:
    """Where the focus goes: a text with blanks keeps it from blank to blank before it lets it go."""
    before = QApplication.focusWidget()
    now = before
    for _ in range(MOST_BLANKS):
        now = _press(root, key)
        if now is not before:
            break
    return now


def _press(root: QWidget, key: Qt.Key) -> QWidget | None:
    focus = QApplication.focusWidget() or root
    QTest.keyClick(focus, key, Qt.KeyboardModifier.ShiftModifier if key == Qt.Key.Key_Backtab
                   else Qt.KeyboardModifier.NoModifier)
    QApplication.processEvents()
    now = QApplication.focusWidget()
    return now if now is not None and (now is root or root.isAncestorOf(now)) else None


def _hidden(widget: QWidget) -> list[str]:
    """A focus that stands behind or outside what is shown."""
    seen = widget.visibleRegion().boundingRect()
    least = TARGET["least"]
    whole = seen.width() >= min(widget.width(), least) and seen.height() >= min(widget.height(), least)
    return [] if whole else [f"{describe(widget)} has the focus out of sight {seen.getRect()}"]


def _picture(root: QWidget, widget: QWidget) -> QImage:
    area = QRect(widget.mapTo(root, QPoint()), widget.size()).adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM)
    return root.grab(area.intersected(root.rect())).toImage() if widget is not root else root.grab().toImage()


def _invisible(root: QWidget, widget: QWidget, focused: QImage) -> list[str]:
    """Whether the picture taken with the focus shows its ring and the one without does not."""
    if not isValid(widget) or not widget.isVisible():   # it went with the focus, as an open box over a line does
        return []
    ring = look().color("focus")
    after = _picture(root, widget)
    if count_of(focused, ring) >= count_of(after, ring) + _RING_PIXELS:
        return []
    if _new_pixels(focused, after, ring) >= _RING_PIXELS:   # the next one's ring stands close by
        return []
    return [f"{describe(widget)} does not show that it has the focus"]


def _new_pixels(one: QImage, other: QImage, colour: QColor) -> int:
    """At how many places the first picture has this colour and the second has not."""
    if one.size() != other.size() or one.isNull():
        return 0
    pixel = colour.rgb()
    return sum(a == pixel != b for a, b in zip(_pixels(one), _pixels(other), strict=True))


def count_of(picture: QImage, colour: QColor) -> int:
    """How many pixels of a picture have exactly this colour."""
    return colours_of(picture)[colour.rgb() & 0xFFFFFF]


def colours_of(picture: QImage) -> Counter[int]:
    """The colours of a picture as 0xRRGGBB and how often each stands in it."""
    if picture.isNull():
        return Counter()
    return Counter({pixel & 0xFFFFFF: number for pixel, number in Counter(_pixels(picture)).items()})


def _pixels(picture: QImage) -> memoryview:
    flat = picture.convertToFormat(QImage.Format.Format_RGB32)
    return memoryview(bytes(flat.constBits())).cast("I")   # a copy: the picture goes before what it lent
