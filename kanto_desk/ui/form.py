"""Forms built from field descriptions: one editor for each kind of field, saved by itself while the user types.

Knows no service: choices, readers of dates and normalisers are passed in as `Sources`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit, QTextEdit, QWidget

from kanto_desk.fields import Field, Kind, Values
from kanto_desk.i18n import language
from kanto_desk.ui.autosave import Alarm, Autosave
from kanto_desk.ui.choices import ChoiceInput, FlagInput, Grow, MultiChoice, Option, among, now_among
from kanto_desk.ui.composing import flush_composition
from kanto_desk.ui.dates import DateInput, MomentInput, TimeInput, western
from kanto_desk.ui.inputs import Editor, IntegerInput, LineInput, Normalise, NumberInput, ShownInput, TextInput
from kanto_desk.ui.layout import Column
from kanto_desk.ui.names import KanaInput, NameInput
from kanto_desk.ui.notices import FieldRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What editors need from outside. Normalisers and `parse_date` raise Refused with the reason."""

    codes: Callable[[str], Sequence[Option]]            # name of a code list → its valid (code, words)
    find: Callable[[str, str], Sequence[Option]]        # record type, text typed → (uid, words)
    label: Callable[[str, str], str]                    # record type, uid → words
    parse_date: Callable[[str], date]
    show_date: Callable[[date], str]
    other_date: Callable[[date], str] = western         # the tooltip of a date
    phone: Normalise | None = None
    postcode: Normalise | None = None
    corporate_number: Normalise | None = None
    email: Normalise | None = None                      # of web addresses, too
    kana: Normalise | None = None
    grow: Callable[[str], Grow | None] = lambda _list: None   # how users add to a code list; None for a fixed one
    code_label: Callable[[str, str], str] = lambda _list, code: code   # the words of a code no longer among `codes`


def _line(field: Field, _sources: Sources) -> QWidget:
    return LineInput(max_length=field.max_length, composed=True)


def _code(field: Field, sources: Sources) -> QWidget:
    list_id = field.codes or ""
    grow, options = sources.grow(list_id), sources.codes(list_id)
    words = dict(options)

    def label(code: str) -> str:
        return words.get(code) or sources.code_label(list_id, code)
    return ChoiceInput(now_among(lambda: sources.codes(list_id)) if grow else among(options), label, width=20,
                       grow=grow)


def _codes(field: Field, sources: Sources) -> QWidget:
    list_id = field.codes or ""
    return MultiChoice(sources.codes(list_id), now=lambda: sources.codes(list_id), grow=sources.grow(list_id),
                       label=lambda code: sources.code_label(list_id, code))


def _reference(field: Field, sources: Sources) -> QWidget:
    target = field.target or ""
    return ChoiceInput(lambda text: sources.find(target, text), lambda uid: sources.label(target, uid), width=24)


EDITORS: Mapping[Kind, Callable[[Field, Sources], QWidget]] = {
    Kind.LINE: _line,
    Kind.TEXT: lambda _field, _sources: TextInput(),
    Kind.KANA: lambda field, sources: KanaInput(normalise=sources.kana, max_length=field.max_length),
    Kind.DATE: lambda _field, s: DateInput(s.parse_date, s.show_date, also=s.other_date),
    Kind.TIME: lambda _field, _sources: TimeInput(),
    Kind.MOMENT: lambda _field, s: MomentInput(s.parse_date, s.show_date, also=s.other_date),
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.INTEGER: lambda field, _sources: IntegerInput(unit=field.unit, least=field.least, most=field.most),
    Kind.YEN: lambda field, _sources: IntegerInput(unit=field.unit, least=field.least, most=field.most, width=11),
    Kind.NUMBER: lambda field, _sources: NumberInput(unit=field.unit),
    Kind.FLAG: lambda _field, _sources: FlagInput(),
    Kind.REFERENCE: _reference,
    Kind.PHONE: lambda _field, sources: LineInput(normalise=sources.phone, width=10),
    Kind.POSTCODE: lambda _field, sources: LineInput(normalise=sources.postcode, width=6),
    Kind.EMAIL: lambda _field, sources: LineInput(normalise=sources.email, width=22),
    Kind.URL: lambda _field, sources: LineInput(normalise=sources.email, width=30),
    Kind.CORPORATE_NUMBER: lambda _field, sources: LineInput(normalise=sources.corporate_number, width=9),
    Kind.HASH: lambda _field, _sources: ShownInput(),
    Kind.DATA: lambda _field, _sources: ShownInput(),
}
"""The editor of each kind of field."""

_ENGLISH_UNITS = {"分": "min", "円": "yen", "名": "people"}
"""Units whose English word is shown behind the box; of the others the label says all."""


class Form(QWidget):
    """Editors of `fields` one below the other. Emits `save({name: value})` for what the user changed, by itself.

    A KANA field named in `readings` (reading field → name field) fills itself from that name.
    """

    save = Signal(object)

    def __init__(self, fields: Sequence[Field], sources: Sources, *, readings: Mapping[str, str] | None = None,
                 alarm: Alarm | None = None) -> None:
        super().__init__()
        self.record: tuple[str, str] | None = None   # whose fields these are, where somebody needs to know
        self._readings = dict(readings or {})
        self._contested: frozenset[str] = frozenset()
        self._rows: dict[str, FieldRow] = {}
        self._editors: dict[str, Editor] = {}
        self._changed: dict[str, None] = {}   # an ordered set
        self._held: set[str] = set()          # fields written in since the cursor came
        self._wrong: set[str] = set()         # fields whose text is refused: it stands on the screen alone
        self._incomplete = False
        self._autosave = Autosave(self, alarm=alarm)
        self._autosave.due.connect(self._send)
        column = Column(space=14)
        for field in fields:
            if not field.bookkeeping:
                column.fill(self._row(field, sources))
        self.setLayout(column)
        for kana, name in self._readings.items():
            reading, source = self._editors.get(kana), self._editors.get(name)
            if isinstance(reading, KanaInput) and isinstance(source, NameInput):
                reading.follow(source)
        self._watched: QWidget | None = None

    def editor(self, name: str) -> QWidget:
        """The editor of a field. Raises KeyError for a field the form does not show."""
        return cast(QWidget, self._editors[name])

    def row(self, name: str) -> FieldRow:
        """The row of a field with its label and error line."""
        return self._rows[name]

    def names(self) -> tuple[str, ...]:
        """The fields shown, in order."""
        return tuple(self._editors)

    def values(self) -> dict[str, Any]:
        """The values shown, saved or not."""
        return {name: editor.value() for name, editor in self._editors.items()}

    def set_values(self, values: Values, *, keep_box: bool = False) -> None:
        """Show values that came from the record. What the user is changing stays as he left it.

        `keep_box`: so does the box with the cursor when he has written in it, saved or not: a sync came meanwhile.
        """
        for name, value in values.items():
            editor = self._editors.get(name)
            if editor is None or name in self._changed or (keep_box and name in self._held) or editor.composing:
                continue
            if editor.value() != value:
                editor.set_value(value)

    def set_errors(self, errors: Mapping[str, str]) -> None:
        """Show an error below each field named and take it away from the others."""
        for name, row in self._rows.items():
            row.set_error(errors.get(name))

    def show_contested(self, names: Collection[str], act: Callable[[], None]) -> None:
        """Mark the fields that two computers changed, so that the mark leads to the decision."""
        wanted = frozenset(name for name in names if name in self._rows)
        for name in wanted ^ self._contested:
            self._rows[name].show_contested(act if name in wanted else None)
        self._contested = wanted

    def set_incomplete(self, on: bool) -> None:
        """Say that what is typed is not saved because something is missing (the name of a new part)."""
        self._incomplete = on
        self._keep_back()

    def kept_back(self) -> list[tuple[str, QWidget]]:
        """The boxes whose text is saved nowhere, with their labels: no field takes it, or a name is missing."""
        held = self._editors if self._incomplete else self._wrong | set(self._changed)
        return [(self._rows[name].label.text(), self.editor(name)) for name in self._editors if name in held]

    def go_to(self, name: str) -> None:
        """Put the cursor into a field."""
        self.editor(name).setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        """Save everything typed, text being composed too: before leaving the page, signing, sending and closing."""
        flush_composition(self)
        self._autosave.flush()

    def showEvent(self, event: Any, /) -> None:
        super().showEvent(event)
        if self._watched is not self.window():
            self._watched = self.window()
            self._watched.installEventFilter(self)

    def hideEvent(self, event: QHideEvent, /) -> None:
        super().hideEvent(event)
        self.flush()

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if watched is self._watched and event.type() in (QEvent.Type.WindowDeactivate, QEvent.Type.Close):
            self.flush()
        return super().eventFilter(watched, event)

    def _row(self, field: Field, sources: Sources) -> FieldRow:
        names = self._readings.values()
        widget = NameInput(max_length=field.max_length) if field.name in names else EDITORS[field.kind](field, sources)
        editor = cast(Editor, widget)
        extra = widget.doubt_mark() if isinstance(widget, KanaInput) else None
        unit = field.unit if language() == "ja" else _ENGLISH_UNITS.get(field.unit, "")
        row = FieldRow(field.label(language()), widget, required=field.required, help_text=field.help(language()),
                       extra=extra, unit=unit)
        editor.edited.connect(lambda: self._touch(field.name))
        editor.left.connect(lambda: self._left(field.name))
        told = getattr(widget, "error_changed", None)
        if told is not None:
            told.connect(lambda text: self._judge(field.name, wrong=bool(text) and _has_text(widget)))
        self._rows[field.name], self._editors[field.name] = row, editor
        return row

    def _touch(self, name: str) -> None:
        self._changed[name] = None
        if isinstance(self._editors[name], QLineEdit | QTextEdit) and cast(QWidget, self._editors[name]).hasFocus():
            self._held.add(name)
        self._autosave.touch()

    def _judge(self, name: str, *, wrong: bool) -> None:
        (self._wrong.add if wrong else self._wrong.discard)(name)
        self._keep_back()

    def _keep_back(self) -> None:
        self._autosave.keep_back(self._incomplete or bool(self._wrong))

    def _left(self, name: str) -> None:
        self._held.discard(name)
        self._autosave.flush()

    def _send(self) -> None:
        changed = [name for name in self._changed if self._editors[name].readable]
        self._changed = {name: None for name in self._changed if name not in changed}   # what cannot be read waits
        if changed:
            self.save.emit({name: self._editors[name].value() for name in changed})


def _has_text(box: QWidget) -> bool:
    text = getattr(box, "text", None) or getattr(box, "toPlainText", None)
    return text is None or bool(text())
