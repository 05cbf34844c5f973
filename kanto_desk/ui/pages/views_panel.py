"""残した条件 of a list: chips that bring conditions back, and one line to keep, rename and delete them.

Knows no list: what the conditions in use are and how to use others is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import views
from kanto_desk.services.views import View
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.composing import ENTER_KEYS, flush_composition
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.page import Window
from kanto_desk.ui.taking_back import taking_back
from kanto_desk.ui.text import Label, Wrapped

Conditions = Mapping[str, Any]


class _NameBox(LineInput):
    """Enter keeps the conditions under the name typed."""

    def __init__(self, keep: Callable[[], None]) -> None:
        super().__init__(width=12, max_length=views.LONGEST)
        self._keep = keep

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in ENTER_KEYS:
            self._keep()
        else:
            super().keyPressEvent(event)


class ViewsPanel(QWidget):
    """The views of one list. `current` gives the conditions in use, `use` takes others; both as the list keeps them."""

    def __init__(self, window: Window, store: Any, page: str, current: Callable[[], Conditions],
                 use: Callable[[Conditions], None]) -> None:
        super().__init__()
        self._window, self._store, self._page, self._current, self._use = window, store, page, current, use
        self._views: tuple[View, ...] = ()
        self.chips: dict[str, Chip] = {}
        self._flow = Flow()
        empty = tr("残した条件はまだありません。いまの条件に名前をつけると、ここにならびます。")
        self._none = Wrapped(empty, "caption")
        self._label = Label(tr("条件の名前"), "caption")
        self.name = _NameBox(self.keep)
        self.name.setAccessibleName(tr("条件の名前"))
        self._label.setBuddy(self.name)
        self.keep_button = Button(tr("いまの条件を残す"), "save")
        self.keep_button.clicked.connect(self.keep)
        self.rename_button = Button("", "pen-line", "icon", name=tr("名前を変える"))
        self.rename_button.clicked.connect(self.rename)
        self.drop_button = Button("", "trash-2", "icon", name=tr("この条件を消す"))
        self.drop_button.clicked.connect(self.drop)
        self.error = Label("", "error")
        named = holder(Row(self._label, self.name, self.keep_button, space=8))
        own = holder(Row(self.rename_button, self.drop_button, space=2))
        self._own = own
        self.setLayout(Column(holder(self._flow), self._none, holder(Flow(named, own, self.error, space=8)), space=6))
        self.setAccessibleName(tr("残した条件"))
        self.error.hide()
        own.hide()

    def read(self) -> None:
        """Read the views anew."""
        store, page = self._store, self._page
        self._window.work(lambda: views.listing(store, page), self._show)

    def mark(self) -> None:
        """Choose the chip whose conditions are in use; called whenever they change."""
        now = dict(self._current())
        found = next((view for view in self._views if dict(view.conditions) == now), None)
        for view in self._views:
            self.chips[view.uid].setChecked(view is found)
        if found is not None and not self.name.hasFocus():
            self.name.set_value(found.name)
        self._own.setVisible(found is not None)
        self._refuse("")

    def chosen(self) -> View | None:
        """The view whose conditions are in use."""
        return next((view for view in self._views if self.chips[view.uid].isChecked()), None)

    def keep(self) -> None:
        """Keep the conditions in use under the name typed; a view of that name takes them."""
        flush_composition(self)
        store, page, name, conditions = self._store, self._page, self.name.text(), dict(self._current())

        def done(uid: str) -> None:
            self._tell(uid, tr("条件を「{name}」として残しました", name=" ".join(name.split())))
        self._window.write(lambda: views.keep(store, page, name, conditions), done, self._failed)

    def rename(self) -> None:
        """Give the view in use the name typed."""
        flush_composition(self)
        view, store, name = self.chosen(), self._store, self.name.text()
        if view is not None:
            uid = view.uid

            def done(_none: None) -> None:
                self._tell(uid, tr("条件の名前を「{name}」に変えました", name=" ".join(name.split())))
            self._window.write(lambda: views.rename(store, uid, name), done, self._failed)

    def drop(self) -> None:
        """Delete the view in use; the list stays as it is."""
        view, store = self.chosen(), self._store
        if view is not None:
            uid, name = view.uid, view.name

            def done(_none: None) -> None:
                self.name.set_value(None)
                self._tell(uid, tr("残した条件「{name}」を消しました", name=name))
            self.keep_button.setFocus(Qt.FocusReason.OtherFocusReason)   # the button that was pressed goes
            self._window.write(lambda: views.delete(store, uid), done, self._failed)

    def take_focus(self) -> None:
        """Put the cursor on the view in use, the first one, or where a name is written."""
        view = self.chosen()
        chip = self.chips.get(view.uid) if view is not None else next(iter(self.chips.values()), None)
        (chip or self.name).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, found: Sequence[View]) -> None:
        if tuple(found) != self._views:
            focus = next((uid for uid, chip in self.chips.items() if chip.hasFocus()), "")
            while (item := self._flow.takeAt(0)) is not None:
                if (old := item.widget()) is not None:
                    old.hide()
                    old.deleteLater()
            self._views, self.chips = tuple(found), {}
            for view in found:
                chip = self.chips[view.uid] = Chip(view.name, "filter")
                chip.clicked.connect(lambda _on=False, one=view: self._take(one))
                self._flow.addWidget(chip)
                chip.show()
            before: QWidget | None = None
            for chip in self.chips.values():
                if before is not None:
                    self.setTabOrder(before, chip)
                before = chip
            if before is not None:
                self.setTabOrder(before, self.name)
            if focus in self.chips:
                self.chips[focus].setFocus(Qt.FocusReason.OtherFocusReason)
        self._none.setVisible(not found)
        self.mark()

    def _take(self, view: View) -> None:
        self._use(view.conditions)
        self.mark()

    def _tell(self, uid: str, words: str) -> None:
        store = self._store
        self.read()
        self._window.say(words, taking_back(self._window, store, (views.TYPE, uid), self.read))

    def _failed(self, error: Exception) -> bool:
        if not isinstance(error, Refused) or error.field not in ("name", None):
            return False
        self._refuse(error.message)
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _refuse(self, message: str) -> None:
        self.error.setText(message)
        self.error.setVisible(bool(message))
        self.name.set_error(message or None)
