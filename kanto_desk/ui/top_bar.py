"""The top bar: where the user is, the search box, offline, what was not sent yet, and who works here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QSizePolicy, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.icons import icon
from kanto_desk.ui.layout import Row, holder, set_property
from kanto_desk.ui.page import Crumb
from kanto_desk.ui.text import Elided, KeyCap, Label, Pill
from kanto_desk.ui.theme import look

WIDE, MEDIUM, NARROW = 420, 300, 220


class SearchBox(QLineEdit):
    """Looks like a box and opens the palette: by click, by Enter, and by the first key or composed text."""

    opened = Signal(object)   # the event that opened it, to be given to the palette's box; None for a click

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "look", "search")
        self.setAccessibleName(tr("全体検索"))
        self.setAccessibleDescription("Ctrl+K")
        self.setPlaceholderText(tr("企業・記録・操作をさがす"))
        self.setToolTip("Ctrl+K")
        self._lens = self.addAction(icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self._lens.setText(tr("検索"))

    def restyle(self) -> None:
        """Take the colours in use."""
        self._lens.setIcon(icon("search", "text3"))

    def mousePressEvent(self, _event: QMouseEvent, /) -> None:
        self.opened.emit(None)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in ENTER_KEYS or event.key() == Qt.Key.Key_Down:
            self.opened.emit(None)
        elif event.text().strip() and event.text().isprintable():
            self.opened.emit(event)
        else:
            event.ignore()

    def inputMethodEvent(self, event: QInputMethodEvent, /) -> None:
        if event.preeditString() or event.commitString():
            self.opened.emit(event)

    def focusInEvent(self, event: QFocusEvent, /) -> None:
        super().focusInEvent(event)
        self.setCursorPosition(0)


class Crumbs(QWidget):
    """The way to this page; every step but the last is a button."""

    def __init__(self) -> None:
        super().__init__()
        self._row = Row(space=4)
        self.setLayout(self._row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._parts: list[QWidget] = []

    def set_crumbs(self, crumbs: Sequence[Crumb]) -> None:
        """Show this way."""
        for part in self._parts:
            self._row.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts = []
        for at, crumb in enumerate(crumbs):
            if at:
                self._add(Label("›", "caption"))
            if crumb.go is not None and at < len(crumbs) - 1:
                button = Button(crumb.words, kind="ghost", name=tr("{words} にもどる", words=crumb.words))
                button.clicked.connect(lambda _on=False, go=crumb.go: go())
                self._add(button)
            else:
                self._add(Elided(crumb.words, "second"))

    def _add(self, part: QWidget) -> None:
        self._parts.append(part)
        self._row.addWidget(part, 1 if isinstance(part, Elided) else 0)


class TopBar(QFrame):
    """Emits `search_asked(event or None)` and `sample_removed` when 消す of the sample mark is pressed."""

    search_asked = Signal(object)
    sample_removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "top")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.crumbs = Crumbs()
        self.search = SearchBox()
        self.search.opened.connect(self.search_asked)
        self._key = KeyCap("Ctrl+K")
        self.sample = Pill(tr("見本データ"), "info", "info")
        self.remove = Button(tr("消す"), kind="ghost", name=tr("見本データを消す"))
        self.remove.clicked.connect(self.sample_removed)
        self._sample = holder(Row(self.sample, self.remove, space=2))
        self._sample.hide()
        self.offline = Pill(tr("オフライン"), "text2", "wifi-off")
        self.unsent = Pill("", "accent", "cloud-upload")
        self.unsent.hide()
        self.user = Pill("", "text2", "circle-user")
        row = Row(self.crumbs, self.search, self._key, None, self._sample, self.offline, self.unsent, self.user,
                  space=8, margins=(20, 7, 16, 7))
        row.setStretch(0, 3)
        row.setStretch(3, 1)
        self.setLayout(row)
        self._width = WIDE
        self._narrow = False
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use."""
        px = look().px
        self.search.setFixedWidth(px(self._width))
        self.crumbs.setMinimumWidth(px(225) if self._width == WIDE else px(200 if self._width == MEDIUM else 150))
        self.crumbs.setMaximumWidth(px(360))

    def set_width_class(self, wide: bool, tiny: bool) -> None:
        """Give way in three steps as the window gets smaller."""
        self._width = WIDE if wide else NARROW if tiny else MEDIUM
        self._key.setVisible(not tiny)
        self.offline.setVisible(not tiny)
        self.restyle()

    def set_unsent(self, count: int) -> None:
        """How many records hold changes nobody else has; nothing is shown for 0."""
        self.unsent.set_state(tr("未送信 {count}", count=count))
        self.unsent.setToolTip(tr("まだ送っていない記録が{count}件あります", count=count))
        self.unsent.setVisible(count > 0)

    def set_user(self, name: str) -> None:
        """Who works here."""
        self.user.set_state(name)
        self.user.setVisible(bool(name))

    def set_sample(self, on: bool) -> None:
        """Whether sample data is in this folder."""
        self._sample.setVisible(on)

    def bottom_left(self, window: QWidget) -> QPoint:
        """Where the search box ends, in the window's coordinates."""
        return self.search.mapTo(window, QPoint(0, self.search.height()))
