"""Cards of parts of a company that are written in place: its contacts and its sites. One part is open at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from kanto_desk.fields import Field
from kanto_desk.i18n import tr
from kanto_desk.services import facts, organizations
from kanto_desk.services.facts import Facts, Source
from kanto_desk.services.organizations import Contact, Profile
from kanto_desk.ui.autosave import Alarm
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, boxed, hairline, set_property
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.organizations.edit import PlaceForm
from kanto_desk.ui.pages.organizations.words import Labels, old_words, place, source_words, sources
from kanto_desk.ui.taking_back import taking_back
from kanto_desk.ui.text import Elided, Label, Picture, Pill, Wrapped
from kanto_desk.ui.typed import typed_values

Save = Callable[[str | None, Mapping[str, Any]], str]
"""Writes a part (None: a new one) and gives its uid. Runs on the writer thread."""


@dataclass(frozen=True, slots=True)
class Part:
    """A contact or site as its card shows it."""

    uid: str
    icon: str
    name: str
    more: str
    details: tuple[tuple[str, str], ...]   # icon, words
    mark: str
    values: Mapping[str, Any]
    source: Source | None = None
    facts: tuple[tuple[str, str, tuple[str, ...]], ...] = ()   # (record type, uid, fields) that the part shows


@dataclass(slots=True)
class _Open:
    """The part being written; `uid` is set on the writer thread, so that two saves never make two parts."""

    uid: str | None
    form: PlaceForm
    pending: int = 0


class PartsCard(QFrame):
    """A heading, the parts, and a form in the place of the part being written."""

    def __init__(self, words: Words, fields: Sequence[Field], save: Save, remove: Callable[[str], None],
                 desk: Any, window: Window, root: tuple[str, str], *, alarm: Alarm | None = None) -> None:
        super().__init__()
        self._words, self._fields, self._save, self._remove = words, tuple(fields), save, remove
        self._desk, self._window, self._root, self._alarm = desk, window, root, alarm
        self._parts: tuple[Part, ...] = ()
        self._open: _Open | None = None
        self._widgets: list[QWidget] = []
        self.add_button = Button(words.add, "plus", "ghost")
        self.add_button.clicked.connect(self.add)
        self._rows = Column(space=6)
        column = Column(Row(Label(words.heading, "h3"), None, self.add_button), self._rows, space=6,
                        margins=(18, 10, 14, 14))
        set_property(self, "box", "card")
        self.setLayout(column)
        self.setAccessibleName(words.heading)

    @property
    def form(self) -> PlaceForm | None:
        """The form of the part being written."""
        return self._open.form if self._open else None

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show these; a form that is open stays, and takes what changed elsewhere."""
        if tuple(parts) == self._parts and self._widgets:
            return
        self._parts = tuple(parts)
        if self._open is None:
            self._build()
        elif self._open.uid and not self._open.pending:
            known = next((part for part in self._parts if part.uid == self._open.uid), None)
            if known is None:
                self.finish()
            else:
                self._open.form.set_values(known.values)

    def add(self) -> None:
        """Write a new part."""
        self._begin(None, {})

    def edit(self, uid: str) -> None:
        """Write a part that is there."""
        part = next((part for part in self._parts if part.uid == uid), None)
        if part is not None:
            self._begin(uid, part.values)

    def finish(self) -> None:
        """Close the form; what was typed is saved."""
        if self._open is not None:
            self._open.form.flush()
            self._open = None
            self._build()
            self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        """Hand over every unsaved edit."""
        if self._open is not None:
            self._open.form.flush()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape and self._open is not None:
            self.finish()
        else:
            super().keyPressEvent(event)

    def _begin(self, uid: str | None, values: Mapping[str, Any]) -> None:
        if self._open is not None:
            self._open.form.flush()
        form = PlaceForm(self._fields, sources(self._desk), alarm=self._alarm)
        form.set_values(values)
        opened = self._open = _Open(uid, form)
        form.changed.connect(lambda changed: self._write(opened, changed))
        self._build()
        form.go_to(form.names()[0])
        QTimer.singleShot(0, self, self._into_view)   # once the form has its place

    def _into_view(self) -> None:
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None and self._open is not None:
            above.ensureWidgetVisible(self._open.form)
            above.ensureWidgetVisible(self._open.form.row(self._open.form.names()[0]))

    def _write(self, opened: _Open, changed: Mapping[str, Any]) -> None:
        values = {**opened.form.values(), **changed}
        if not str(values.get("name") or "").strip():
            if opened.uid is not None:
                opened.form.set_errors({"name": self._words.nameless})
            opened.form.set_incomplete(True)
            return   # a part without a name is not one yet; what is typed stays in its box
        opened.form.set_errors({})
        opened.form.set_incomplete(False)

        def job() -> None:
            opened.uid = self._save(opened.uid, values)

        def done(_none: None) -> None:
            opened.pending -= 1

        def failed(_error: Exception) -> bool:
            opened.pending -= 1
            return False
        opened.pending += 1
        filled = {name: value for name, value in values.items() if value is not None}
        self._window.write(job, done, failed, typed_values(self._root, self._fields, filled, opened.uid or ""))

    def _build(self) -> None:
        for widget in self._widgets:
            widget.hide()
            widget.deleteLater()
        self._widgets = []
        while self._rows.count():
            self._rows.takeAt(0)
        shown = [part for part in self._parts if self._open is None or part.uid != self._open.uid]
        for at, part in enumerate(shown):
            if at:
                self._widgets.append(hairline())
            self._widgets.append(self._line(part))
        if self._open is not None:
            self._widgets.append(self._form_box(self._open.form))
        elif not shown:
            self._widgets.append(Wrapped(self._words.empty, "caption"))
        self._rows.fill(*self._widgets)

    def _form_box(self, form: PlaceForm) -> QFrame:
        done = Button(tr("閉じる"), "check", key="Esc")
        done.clicked.connect(self.finish)
        told = Label(tr("書いたことは保存されています"), "caption")
        return boxed("soft", Column(form, Row(done, told, None), space=10, margins=(14, 12, 14, 12)))

    def _line(self, part: Part) -> QWidget:
        edit = Button("", "pen-line", "icon", name=tr("{name} を直す", name=part.name))
        edit.clicked.connect(lambda: self.edit(part.uid))
        drop = Button("", "x", "icon", name=tr("{name} を外す", name=part.name))
        drop.clicked.connect(lambda: self._drop(part))
        head = Row(Elided(part.name, "bold"), Label(part.more, "caption"), space=8)
        if part.mark:
            head.fill(Pill(part.mark, "info"))
        head.fill(None)
        lines = Column(head, space=2)
        for icon, words in part.details:
            text = Elided(words)
            line = Row(Picture(icon, "text3", 16), text, space=7)
            line.setStretch(1, 1)
            lines.fill(line)
        row = Row(Picture(part.icon, "text3", 18), lines, space=8)
        row.setStretch(1, 1)
        widget = QWidget()
        if part.source is not None:
            heard = source_words(part.source)
            widget.setToolTip(f"{old_words()}\n{heard}" if part.source.old else heard)
            edit.setAccessibleDescription(heard)
            if part.source.old:
                row.fill(Pill(tr("要確認"), "warn", "circle-alert"), self._right_button(part, heard))
        row.fill(edit, drop)
        widget.setLayout(row)
        return widget

    def _right_button(self, part: Part, heard: str) -> Button:
        right = Button("", "check", "icon", name=tr("{name}のことは、いまも正しい", name=part.name))
        right.setAccessibleDescription(f"{old_words()}　{heard}")
        right.clicked.connect(lambda: self._confirm(part))
        return right

    def _confirm(self, part: Part) -> None:
        store, root = self._desk.store, self._root

        def job() -> None:
            facts.confirm_all(store, root[1], part.facts)

        def done(_none: None) -> None:
            self._window.say(tr("{name}のことを、いまも正しいと残しました", name=part.name),
                             taking_back(self._window, store, root))
        self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)   # the button that was pressed goes
        self._window.write(job, done)

    def _drop(self, part: Part) -> None:
        store, root, remove = self._desk.store, self._root, self._remove

        def done(_none: None) -> None:
            self._window.say(tr("{name} を外しました", name=part.name),
                             taking_back(self._window, store, root))
        self._window.write(lambda: remove(part.uid), done)


@dataclass(frozen=True, slots=True)
class Words:
    """What a card of parts says."""

    heading: str
    add: str
    empty: str
    nameless: str


def contacts_card(desk: Any, window: Window, uid: str, *, alarm: Alarm | None = None) -> PartsCard:
    """窓口."""
    store = desk.store

    def save(affiliation: str | None, values: Mapping[str, Any]) -> str:
        person = {name: values[name] for name in ("name", "kana", "phone", "email")}
        return organizations.save_contact(store, uid, person, role=values["role"],
                                          is_contact=values["is_contact"] is not False, affiliation=affiliation)
    empty = tr("まだ書かれていません。会った人の名前と電話を書いておけます。")
    words = Words(tr("窓口"), tr("窓口を追加"), empty, tr("氏名を書きます。"))
    return PartsCard(words, organizations.contact_fields(), save,
                     lambda part: organizations.remove_contact(store, uid, part), desk, window,
                     (organizations.TYPE, uid), alarm=alarm)


def sites_card(desk: Any, window: Window, uid: str, *, alarm: Alarm | None = None) -> PartsCard:
    """事業所."""
    store = desk.store

    def save(site: str | None, values: Mapping[str, Any]) -> str:
        return organizations.save_site(store, uid, values, site=site)
    empty = tr("本社のほかに工場や支店があれば、ここに書きます。")
    words = Words(tr("事業所"), tr("事業所を追加"), empty, tr("事業所の名称を書きます。"))
    return PartsCard(words, organizations.site_fields(), save, lambda part: organizations.remove_site(store, uid, part),
                     desk, window, (organizations.TYPE, uid), alarm=alarm)


def contact_parts(found: Profile, known: Facts) -> list[Part]:
    """The contacts of a profile for their card."""
    return [_contact(one, known) for one in found.contacts]


def site_parts(found: Profile, labels: Labels, known: Facts) -> list[Part]:
    """The sites of a profile for their card."""
    names = [field.name for field in organizations.site_fields() if not field.bookkeeping]
    out = []
    for site in found.sites:
        address = place(labels.of("CL10", site.prefecture), site.city, site.address)
        details = tuple((icon, words) for icon, words in (("map-pin", address), ("phone", site.phone or "")) if words)
        out.append(Part(site.uid, "factory", site.name or "", "", details, labels.of("site_kind", site.kind),
                        {name: getattr(site, name) for name in names},
                        *_heard(known, ("site", site.uid, tuple(names)))))
    return out


def _heard(known: Facts, *shown: tuple[str, str, tuple[str, ...]]) -> tuple[Source | None, Any]:
    """The source of a part, and the fields that いまも正しい says again."""
    return facts.newest(known, [(uid, name) for _, uid, names in shown for name in names]), shown


def _contact(one: Contact, known: Facts) -> Part:
    details = tuple((icon, words) for icon, words in (("phone", one.phone), ("mail", one.email)) if words)
    return Part(one.affiliation, "user", one.name, "　".join(filter(None, (one.role, one.kana))), details,
                tr("窓口") if one.is_contact else "",
                {"name": one.name, "kana": one.kana or None, "role": one.role or None, "phone": one.phone or None,
                 "email": one.email or None, "is_contact": one.is_contact},
                *_heard(known, ("person", one.person, ("name", "kana", "phone", "email")),
                        ("affiliation", one.affiliation, ("role", "is_contact"))))
