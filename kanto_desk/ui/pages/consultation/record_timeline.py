"""The timeline of an open record: shows stored lines, lines not yet on disk, and drafts of the line being edited.

Bridges the stored lines of `kanto_desk.services.timeline` and the list of `kanto_desk.ui.timeline`; saves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import timeline as lines_service
from kanto_desk.ui.autosave import Autosave
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.pages.consultation.thumbs import Thumbs
from kanto_desk.ui.pages.consultation.words import due_words
from kanto_desk.ui.theme import look
from kanto_desk.ui.timeline import Line, Photo, Promise, Timeline, TimelineModel


def shown(line: lines_service.Line, unread: str = "") -> Line:
    """A stored line as the list shows it; `unread` is what was written as by when and is no date."""
    promise = None
    if line.kind == "promise" and line.promise:
        promise = Promise(line.who or None, due_words(line.due_on) if line.due_on else None, unread)
    return Line(line.uid, line.time, line.kind, line.text, tuple(Photo(p.uid, p.caption) for p in line.pictures),
                promise, line.edited)


class RecordTimeline(Timeline):
    """Keeps the list in step with the store without disturbing what the user is writing."""

    draft = Signal(str, str)        # uid of the line, text in its editor; "" when it was left
    delete_asked = Signal(str)      # uid of the line
    write_asked = Signal()          # by the button of the empty list

    def __init__(self, thumbs: Thumbs) -> None:
        super().__init__(TimelineModel(), thumbs.of_photo)
        self._stored: list[Line] = []
        self._contested: frozenset[str] = frozenset()
        self._ask_contested: Callable[[str], None] = lambda _uid: None
        self.contested_asked.connect(self._to_decision)
        self._pending: dict[str, Line] = {}
        self._busy: Counter[str] = Counter()
        self._editing = ""
        self._autosave = Autosave(self)
        self._autosave.due.connect(self._tell_draft)
        thumbs.arrived.connect(self.viewport().update)
        self.delegate.grown.connect(self._watch_editor)
        self.delegate.closeEditor.connect(self._editor_closed)
        self.empty = EmptyState(tr("ここに、話されたことが一行ずつならびます。"), tr("書きはじめる"),
                                picture="message-square", key="Ctrl+L")
        self.empty.setParent(self.viewport())
        self.empty.hide()
        self.empty.acted.connect(self.write_asked)
        for changed in (self.lines.rowsInserted, self.lines.rowsRemoved):
            changed.connect(self._show_empty)

    def current_line(self) -> Line | None:
        """The line the cursor is on."""
        row = self.currentIndex().row()
        return self.lines.line(row) if row >= 0 else None

    def show_lines(self, stored: Sequence[Line]) -> None:
        """Show the lines of the record. A line with a save under way or an open editor stays as it is."""
        self._stored = [replace(line, contested=line.uid in self._contested) for line in stored]
        known = {line.uid for line in self._stored}
        for uid in [uid for uid in self._pending if uid in known and not self._busy.get(uid)]:
            del self._pending[uid]
        wanted = self._stored + [line for uid, line in self._pending.items() if uid not in known]
        if not self.lines.rowCount():
            self.lines.add(wanted)
            self._show_empty()
            return
        self._remove_all_but({line.uid for line in wanted})
        ordering = not self._busy.total() and self.delegate.editor is None
        for row, line in enumerate(wanted):
            here = self.lines.line(row) if row < self.lines.rowCount() else None
            if here is None or here.uid != line.uid:
                found = self.lines.row_of(line.uid)
                if found is None:
                    self.lines.add([line], row)
                    continue
                if ordering:
                    self.lines.insertRow(row, self.lines.takeRow(found))
                here = self.lines.line(row)
            if here != line and not self._busy.get(line.uid):   # finding a line by uid walks them all
                self.lines.update_line(line)

    def show_contested(self, uids: Collection[str], act: Callable[[str], None]) -> None:
        """Mark the lines that two computers changed; the mark, or Alt+Enter on the line, asks `act` with its uid."""
        self._ask_contested = act
        wanted = frozenset(uids)
        if wanted != self._contested:
            self._contested = wanted
            self.show_lines(self._stored)

    def _to_decision(self, uid: str) -> None:
        self._ask_contested(uid)

    def set_read_only(self, on: bool) -> None:
        super().set_read_only(on)
        self._show_empty()

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), look().px(32))   # in a low window the capture box goes first

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.empty.setGeometry(self.viewport().rect())

    def _show_empty(self) -> None:
        """What belongs here, while there is nothing; a signed record can get no lines and says nothing."""
        self.empty.setVisible(not self.lines.rowCount() and not self.read_only)

    def show_again(self) -> None:
        """Show what was read last: a save that held a line back is over."""
        self.show_lines(self._stored)

    def show_new(self, line: Line) -> None:
        """Show a line before it is on disk."""
        self._pending[line.uid] = line
        self.saving(line.uid)
        self.lines.add([line])
        self.show_end()

    def take_back(self, uid: str) -> None:
        """A new line could not be kept: take it away again."""
        self._pending.pop(uid, None)
        self.saved(uid)
        self.lines.remove(uid)

    def saving(self, uid: str) -> None:
        """A save of this line is under way: what the store says of it is older than what is shown."""
        self._busy[uid] += 1

    def is_saving(self, uid: str) -> bool:
        """Whether a save of this line is under way."""
        return uid in self._busy

    def saved(self, uid: str) -> None:
        """A save of this line is over."""
        self._busy[uid] -= 1
        if self._busy[uid] <= 0:
            del self._busy[uid]

    def flush(self) -> None:
        """Take what stands in the open editor."""
        self.commit_editing()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        line = self.current_line()
        if event.key() == Qt.Key.Key_Delete and event.modifiers() == Qt.KeyboardModifier.ControlModifier and line:
            if not self.read_only:
                self.delete_asked.emit(line.uid)
            return
        super().keyPressEvent(event)

    def step_to(self, row: int) -> None:
        """Put the cursor on a line."""
        row = max(0, min(row, self.lines.rowCount() - 1))
        if row >= 0:
            self.setCurrentIndex(self.lines.index(row, 0))

    def _remove_all_but(self, wanted: set[str]) -> None:
        editor = self.delegate.editor
        for row in range(self.lines.rowCount() - 1, -1, -1):
            if self.lines.line(row).uid in wanted or (editor is not None and editor.where.row() == row):
                continue
            self.lines.removeRow(row)

    def _watch_editor(self) -> None:
        editor = self.delegate.editor
        if editor is None or not editor.where.isValid():
            return
        uid = self.lines.line(editor.where.row()).uid
        if uid != self._editing:
            self._editing = uid
            editor.textChanged.connect(self._autosave.touch)
            editor.setAccessibleDescription(tr("Enter で決める、Esc で元のまま"))

    def _tell_draft(self) -> None:
        editor = self.delegate.editor
        if editor is None or not self._editing:
            return
        at, text = editor.textCursor().position(), editor.toPlainText()
        whole = text[:at] + editor.preedit + text[at:]
        row = self.lines.row_of(self._editing)
        if row is not None and whole != self.lines.line(row).text:
            self.draft.emit(self._editing, whole)

    def _editor_closed(self, _editor: QWidget, _hint: Any = None) -> None:
        uid, self._editing = self._editing, ""
        if self._autosave.waiting:
            self._autosave.blockSignals(True)
            self._autosave.flush()
            self._autosave.blockSignals(False)
        if uid:
            self.draft.emit(uid, "")
