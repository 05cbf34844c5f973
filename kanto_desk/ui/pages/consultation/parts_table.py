"""A small table one types into: participants, referrals, promises. Each row saves itself; a new row is made by typing
into the last, empty one. Knows columns, not records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.autosave import Autosave
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import flush_composition
from kanto_desk.ui.inputs import Editor
from kanto_desk.ui.layout import Column, compact
from kanto_desk.ui.pages.consultation.tab_order import follow_reading_order
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look


@dataclass(frozen=True, slots=True)
class PartColumn:
    """A column: the field it writes, its heading, how its editor is made, and how much of the width it takes."""

    field: str
    heading: str
    make: Callable[[], QWidget]
    stretch: int = 1


class _RowOfEditors:
    """The editors of one part and the clock that saves them."""

    def __init__(self, table: PartsTable, columns: Sequence[PartColumn]) -> None:
        self.uid: str | None = None
        self.saving = False
        self.again = False
        self.changed: dict[str, None] = {}
        self.autosave = Autosave(table)
        self.editors: dict[str, Editor] = {}
        for column in columns:
            widget = column.make()
            widget.setAccessibleName(column.heading)
            editor = cast(Editor, widget)
            editor.edited.connect(lambda name=column.field: self.touch(name))
            editor.left.connect(self.autosave.flush)
            self.editors[column.field] = editor
        self.labels = [Label(column.heading, "caption") for column in columns[1:]] if table.first_above else []
        self.remove = Button("", "x", "icon", name=tr("この行を消す"))
        self.contested = Button("", "triangle-alert", "icon", token="danger", name=tr("2台で直しました"))
        self.contested.clicked.connect(lambda: table.ask_contested(self.uid or ""))

    def touch(self, name: str) -> None:
        self.changed[name] = None
        self.autosave.touch()

    def focused(self) -> bool:
        return any(_has_focus(cast(QWidget, editor)) for editor in self.editors.values())

    def values(self) -> dict[str, Any]:
        return {name: editor.value() for name, editor in self.editors.items()}

    def show(self, values: Mapping[str, Any]) -> None:
        for name, editor in self.editors.items():
            if name in self.changed or editor.composing or _has_focus(cast(QWidget, editor)):
                continue
            if editor.value() != values.get(name):
                editor.set_value(values.get(name))

    def widgets(self) -> list[QWidget]:
        return [cast(QWidget, editor) for editor in self.editors.values()] + [self.remove]

    def show_contested(self, labels: tuple[str, ...]) -> None:
        told = tr("{field}：2台で直しました。確認する", field="、".join(labels)) if labels else ""
        self.contested.setAccessibleName(told)
        self.contested.setToolTip(told)
        self.contested.setVisible(bool(labels))


class PartsTable(QWidget):
    """Rows of editors below headings. `save(uid or "", values)` asks for one part; answer a new one with `made`."""

    save = Signal(str, object, object)   # uid or "", values, what to call with the uid of a new part
    removed = Signal(str)

    def __init__(self, columns: Sequence[PartColumn], add_words: str, *, first_above: bool = False,
                 across: int = 0) -> None:
        super().__init__()
        self._columns, self._first_above = tuple(columns), first_above
        self._across = across or len(columns) - 1   # boxes beside each other below the first one
        self._rows: list[_RowOfEditors] = []
        self._read_only = False
        self._contested: dict[str, tuple[str, ...]] = {}
        self.ask_contested: Callable[[str], None] = lambda _uid: None
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._headings = [Label(column.heading, "caption") for column in self._columns]
        for at, (column, heading) in enumerate(zip(self._columns, self._headings, strict=True)):
            self._grid.addWidget(heading, 0, at)
            if not first_above:
                self._grid.setColumnStretch(at, column.stretch)
            elif 0 < at <= self._across:
                self._grid.setColumnStretch(2 * at - 1, column.stretch)
        self.add = Button(add_words, "plus", "ghost")
        self.add.clicked.connect(self.new_row)
        self.setLayout(Column(self._grid, compact(self.add), space=4))
        self.setFocusProxy(self.add)
        self.restyle()

    @property
    def first_above(self) -> bool:
        """Whether the first box of a part stands over the whole width, the others below it."""
        return self._first_above

    def show_parts(self, parts: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Show the parts kept: uid → values. Rows being written stay as they are."""
        known = {row.uid: row for row in self._rows if row.uid}
        wanted = [uid for uid, _ in parts]
        for row in list(self._rows):
            if row.uid and row.uid not in wanted and not (row.changed or row.focused()):
                self._drop(row)
        for uid, values in parts:
            found = known.get(uid)
            if found is None:
                found = self._append()
                found.uid = uid
            found.show(values)
        self._rows.sort(key=lambda row: wanted.index(row.uid) if row.uid in wanted else len(wanted))
        self._place()

    def set_read_only(self, on: bool) -> None:
        """Show only."""
        self._read_only = on
        # Tab would stand still before a proxy that is not shown.
        self.setFocusProxy(None if on else self.add)  # type: ignore[arg-type]  # Qt takes none
        self._place()

    def count(self) -> int:
        """How many rows are shown, the one being begun included."""
        return len(self._rows)

    def heading(self, field: str) -> str:
        """What stands over the boxes of a field; the field's own name for one that is not shown."""
        return next((column.heading for column in self._columns if column.field == field), field)

    def editor(self, row: int, field: str) -> QWidget:
        """The editor of a field in a row. Raises IndexError or KeyError."""
        return cast(QWidget, self._rows[row].editors[field])

    def editors(self, field: str) -> list[QWidget]:
        """The editors of a field, row by row."""
        return [cast(QWidget, row.editors[field]) for row in self._rows]

    def remove_button(self, row: int) -> Button:
        """The button that removes a row."""
        return self._rows[row].remove

    def new_row(self) -> None:
        """Begin a part: an empty row with the cursor in its first box."""
        empty = next((row for row in self._rows if row.uid is None and not row.saving), None)
        row = empty or self._append()
        self._place()
        cast(QWidget, next(iter(row.editors.values()))).setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        """Save what is being written, composed text included."""
        flush_composition(self)
        for row in list(self._rows):
            row.autosave.flush()

    def show_contested(self, parts: Mapping[str, Sequence[str]], act: Callable[[str], None]) -> None:
        """Mark the parts (uid → names of fields) that two computers changed; pressing the mark asks `act`."""
        self.ask_contested = act
        self._contested = {uid: tuple(dict.fromkeys(labels)) for uid, labels in parts.items()}
        for row in self._rows:
            row.show_contested(self._contested.get(row.uid or "", ()))

    def mark(self, row: int) -> Button:
        """The mark of a row."""
        return self._rows[row].contested

    def kept_back(self) -> list[tuple[str, QWidget]]:
        """The boxes whose text is saved nowhere because it cannot be read, with their headings."""
        return [(self.heading(name), cast(QWidget, row.editors[name])) for row in self._rows for name in row.changed]

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._grid.setHorizontalSpacing(look().px(8))
        self._grid.setVerticalSpacing(look().px(6))

    def _append(self) -> _RowOfEditors:
        row = _RowOfEditors(self, self._columns)
        row.autosave.due.connect(lambda: self._save(row))
        row.remove.clicked.connect(lambda: self._remove(row))
        self._rows.append(row)
        return row

    def _save(self, row: _RowOfEditors) -> None:
        changed = [name for name in row.changed if row.editors[name].readable]   # what cannot be read waits
        if not changed or self._read_only:
            return
        if row.uid is None and row.saving:
            row.again = True   # the part is being made: what was typed since is saved when its uid is known
            return
        if row.uid is None:
            values = {name: value for name, value in row.values().items() if value is not None}
            if not values:
                return
            row.saving = True
        else:
            values = {name: row.editors[name].value() for name in changed}
        row.changed = {name: None for name in row.changed if name not in changed}
        self.save.emit(row.uid or "", values, lambda uid: self._made(row, uid))

    def _made(self, row: _RowOfEditors, uid: str) -> None:
        """Called with the uid of a part that was made; "" when it could not be."""
        row.saving = False
        row.uid = uid or row.uid
        if row.again:
            row.again = False
            self._save(row)

    def _remove(self, row: _RowOfEditors) -> None:
        row.changed.clear()
        if row.uid:
            self.removed.emit(row.uid)
        self._drop(row)
        self._place()

    def _drop(self, row: _RowOfEditors) -> None:
        self._rows.remove(row)
        for widget in [*row.widgets(), row.contested, *row.labels]:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def _place(self) -> None:
        for at, row in enumerate(self._rows, 1):
            if self._first_above:
                self._place_below(row, at * (2 + -(-(len(self._columns) - 1) // self._across)))
            else:
                for column, widget in enumerate((*row.widgets(), row.contested)):
                    self._grid.addWidget(widget, at, column, Qt.AlignmentFlag.AlignTop)
            for widget in [*row.widgets(), *row.labels]:
                widget.setEnabled(not self._read_only)
                widget.show()   # at once: a new box must take the cursor now, not after the next turn of the loop
            row.remove.setVisible(not self._read_only)
            row.show_contested(self._contested.get(row.uid or "", ()))
        for heading in self._headings:
            heading.setVisible(bool(self._rows) and not self._first_above)
        self.add.setVisible(not self._read_only)
        follow_reading_order(self)

    def _place_below(self, row: _RowOfEditors, at: int) -> None:
        """The first box over the whole width, the others with their words below it, so many beside each other."""
        first, *others, remove = row.widgets()
        self._grid.addWidget(first, at, 0, 1, 2 * self._across)
        lines = -(-len(others) // self._across)
        self._grid.addWidget(remove, at + lines, 2 * self._across, Qt.AlignmentFlag.AlignTop)   # last, for Tab as well
        self._grid.addWidget(row.contested, at, 2 * self._across, Qt.AlignmentFlag.AlignTop)
        for n, (label, widget) in enumerate(zip(row.labels, others, strict=True)):
            line, column = divmod(n, self._across)
            self._grid.addWidget(label, at + 1 + line, 2 * column)
            alone = n == len(others) - 1 and not column   # the last box, without another beside it
            self._grid.addWidget(widget, at + 1 + line, 2 * column + 1, 1, 2 * self._across - 1 if alone else 1)
        self._grid.setRowMinimumHeight(at + lines + 1, look().px(4))


def _has_focus(widget: QWidget) -> bool:
    focus = widget.window().focusWidget()
    return focus is not None and focus.hasFocus() and (focus is widget or widget.isAncestorOf(focus))
