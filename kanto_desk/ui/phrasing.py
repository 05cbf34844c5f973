"""定型文 (Ctrl+;): the panel in which a set phrase is found, drawn inside the window so that the input method stays on.

Finds phrases for a box and says which one was taken; putting it in is the page's work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidgetItem, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import phrases
from kanto_desk.ui.choices import folded
from kanto_desk.ui.found_rows import KEY, MORE, PICTURE, FoundRows
from kanto_desk.ui.kinds import BY_CODE
from kanto_desk.ui.palette import Found, Group, Palette, PaletteInput
from kanto_desk.ui.text import Wrapped
from kanto_desk.ui.theme import look

_MORE, _FOOT = 60, 160
"""Characters of the text beside a name, as far as there is room; characters of it below the list."""


@dataclass(frozen=True, slots=True)
class Asked:
    """For which box a phrase is wanted. `kind` is that of the line; `own` the words chosen in the box.

    `taken` is given text and kind of the phrase, `closed` is called when the panel goes, before `taken`.
    """

    kind: str
    own: str
    taken: Callable[[str, str], None]
    closed: Callable[[], None]


class PhrasePanel(Palette):
    """The palette with set phrases; below the list stands the whole text of the one the cursor is on."""

    edit_asked = Signal(object)   # a Found

    def __init__(self, window: QWidget) -> None:
        self.text = Wrapped("", "second")
        self.text.setMinimumHeight(look().px(48))
        super().__init__(window, PaletteInput(tr("定型文をさがす"), tr("定型文をさがす")), self.text)
        self.setAccessibleName(tr("定型文"))
        self.list.setAccessibleName(tr("定型文"))
        self.list.setItemDelegate(FoundRows(self.list))
        self.list.currentItemChanged.connect(self._show_text)

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if (watched is self.box and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F2
                and not self.box.composing):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()   # the page behind has F2 as well
            elif event.type() == QEvent.Type.KeyPress:
                self._edit_current()
            return True
        return super().eventFilter(watched, event)

    def _edit_current(self) -> None:
        found = self._items.get(self.list.currentRow())
        if found is not None:
            self.close_palette()
            self.edit_asked.emit(found)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.text.setMinimumHeight(look().px(48))

    def _row(self, found: Found) -> None:
        item = QListWidgetItem(found.words, self.list)
        item.setSizeHint(QSize(1, look().px(38)))
        for role, value in ((MORE, found.more), (KEY, found.key), (PICTURE, found.icon),
                            (Qt.ItemDataRole.AccessibleTextRole, f"{found.words} {found.more}".strip())):
            item.setData(role, value)
        self._items[self.list.row(item)] = found

    def _show_text(self, item: QListWidgetItem | None, _before: object = None) -> None:
        found = self._items.get(self.list.row(item)) if item is not None else None
        text = found.data.text if found is not None and isinstance(found.data, phrases.Listed) else ""
        self.text.set_text(text if len(text) <= _FOOT else text[:_FOOT] + "…")


class Phrasing(QObject):
    """Feeds the panel and does what can be done in it besides taking a phrase."""

    manage_asked = Signal()

    def __init__(self, panel: PhrasePanel, store: Any, write: Callable[..., None],
                 say: Callable[..., None]) -> None:
        super().__init__(panel)
        self._store, self._write, self._say = store, write, say
        self._asked: Asked | None = None
        self.panel = panel
        self.wanted = ""
        """The phrase to be shown where phrases are managed, "" for the first."""
        panel.query_changed.connect(self._find)
        panel.chosen.connect(self._chosen)
        panel.closed.connect(self._closed)
        panel.edit_asked.connect(self._edit)

    def open(self, asked: Asked) -> None:
        """Show the panel for a box."""
        if self.panel.isHidden():
            self._asked = asked
            self.panel.open()

    def _find(self, text: str, seq: int) -> None:
        kind = self._asked.kind if self._asked else None
        found = [Found(one.title, _short(one.text), _icon(one.kind), data=one)
                 for one in phrases.listing(self._store, text, kind=kind)]
        self.panel.show_results(seq, [Group(tr("定型文"), found), Group(tr("操作"), self._commands(text))])

    def _commands(self, text: str) -> list[Found]:
        offered = [Found(tr("定型文を直す・足す"), "", "pen-line", "F2", "manage")]
        if self._asked is not None and self._asked.own.strip():
            offered.insert(0, Found(tr("この文を定型文にする"), _short(self._asked.own), "plus", data="keep"))
        wanted = folded(text)
        return [one for one in offered if wanted in folded(one.words)]

    def _closed(self) -> None:
        if self._asked is not None:
            self._asked.closed()

    def _chosen(self, found: Found) -> None:
        asked = self._asked
        if found.data == "manage":
            self._edit(found)
        elif found.data == "keep":
            if asked is not None:
                self._keep(asked)
        elif asked is not None:
            asked.taken(found.data.text, found.data.kind)
            store, uid = self._store, found.data.uid
            self._write(lambda: phrases.count_use(store, uid))

    def _edit(self, found: Found) -> None:
        self.wanted = found.data.uid if isinstance(found.data, phrases.Listed) else ""
        self.manage_asked.emit()

    def _keep(self, asked: Asked) -> None:
        store = self._store

        def undo() -> None:
            self._write(lambda: phrases.undo(store), lambda _: self._say(tr("定型文から外しました")))
        told = tr("定型文に加えました：{title}", title=phrases.guessed_title(asked.own))
        self._write(lambda: phrases.add(store, asked.own, kind=asked.kind), lambda _uid: self._say(told, undo))


def _short(text: str) -> str:
    flat = " ".join(text.split("\n"))
    return flat if len(flat) <= _MORE else flat[:_MORE] + "…"


def _icon(kind: str) -> str:
    return BY_CODE[kind].icon if kind in BY_CODE else "quote"
