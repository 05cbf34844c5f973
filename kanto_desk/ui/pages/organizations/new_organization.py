"""企業を追加: the few things a new company is asked for. It is in the desk as soon as it has a name."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import organizations
from kanto_desk.services.organizations import Row as Listed
from kanto_desk.ui.autosave import Alarm
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Flow, Row, card, holder, scrolling
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.organizations.edit import FIRST, PlaceForm
from kanto_desk.ui.pages.organizations.saver import Saver
from kanto_desk.ui.pages.organizations.twins import TwinNotice
from kanto_desk.ui.pages.organizations.words import Labels, sources
from kanto_desk.ui.taking_back import taking_back
from kanto_desk.ui.text import Label, Pill, Wrapped
from kanto_desk.ui.theme import look

WIDTH = 680


class NewOrganization(QWidget):
    """The form of a new company. Emits `left` to go back to the list."""

    left = Signal()

    def __init__(self, desk: Any, window: Window, labels: Labels, *, alarm: Alarm | None = None) -> None:
        super().__init__()
        self._desk, self._window, self._alarm = desk, window, alarm
        self.saver = Saver(window, desk.store)
        self.saver.made, self.saver.refused = self._made, self._refused
        back = Button(tr("一覧へもどる"), "arrow-left", "ghost", key="Esc")
        back.clicked.connect(self.left)
        self.state = Pill(tr("名称を書くと追加されます"), "text2", "info")
        self.twins = TwinNotice(labels)
        self.twins.opened.connect(self._instead)
        known = {field.name: field for field in organizations.fields()}
        self.form = PlaceForm([known[name] for name in FIRST], sources(desk), alarm=alarm)
        self.form.changed.connect(lambda values: self.saver.save(values, "new"))
        for name in ("name", "phone", "corporate_number"):
            self.form.editor(name).left.connect(self._look_for_twins)  # type: ignore[attr-defined]  # an Editor
        self.more = Button(tr("くわしく書く"), "pen-line", "primary", key="Ctrl+Enter")
        self.more.clicked.connect(self.go_on)
        self.drop = Button(tr("追加をやめる"), "trash-2")
        self.drop.clicked.connect(self.give_up)
        self.more.setEnabled(False)
        self.drop.setEnabled(False)
        body = Column(
            Row(back, None), holder(Flow(holder(Row(Label(tr("企業を追加"), "h1"), self.state, space=10)),
                                         holder(Row(self.drop, self.more, space=10)), space=10, spread=True)),
            Wrapped(tr("書いたことはそのまま保存されます。名称のほかは、あとからでも書けます。"), "second"),
            self.twins, card(self.form, margins=(18, 14, 18, 18)), None, space=12, margins=(24, 14, 24, 16))
        self._body = holder(body)
        self.setLayout(Row(scrolling(self._body), space=0))
        self.setAccessibleName(tr("企業を追加"))
        self.restyle()

    @property
    def uid(self) -> str | None:
        """The company once it is in the desk."""
        return self.saver.uid

    def begin(self) -> None:
        """Put the cursor into the name."""
        self.form.editor("name").setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        """Hand over every unsaved edit, text being composed too."""
        self.form.flush()

    def refresh(self) -> None:
        """The company was changed elsewhere or by 元に戻す: show it again; one that is gone may be written anew."""
        uid, store = self.uid, self._desk.store
        if uid is not None and not self.saver.pending:
            self._window.work(lambda: organizations.get(store, uid), self._show)

    def go_on(self) -> None:
        """Open the profile, where everything else is written."""
        self.flush()
        self._window.write(lambda: self.uid, self._open)

    def give_up(self) -> None:
        """Take back the company that was just added; 元に戻す brings it again."""
        self.flush()
        store = self._desk.store

        def job() -> str | None:
            if self.uid is not None:
                organizations.delete(store, self.uid)
            return self.uid

        def done(uid: str | None) -> None:
            if uid is not None:
                self._window.say(tr("追加をやめました"), lambda: self._again(uid))
            self.left.emit()
        self._window.write(job, done)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._body.setMaximumWidth(look().px(WIDTH + 48))

    def _show(self, record: Any) -> None:
        if self.saver.pending:
            return
        if record.deleted_at is not None:
            self.saver.uid = None
            self.state.set_state(tr("名称を書くと追加されます"), "text2", "info")
            self.more.setEnabled(False)
            self.drop.setEnabled(False)
        self.form.set_values({name: None if self.uid is None else getattr(record, name) for name in FIRST})

    def _open(self, uid: str | None) -> None:
        if uid is None:
            self.form.set_errors({"name": tr("企業の名称を書きます。")})
            self.begin()
            return
        self.left.emit()
        self._window.open_organization(uid)

    def _instead(self, twin: str) -> None:
        self.give_up()
        self._window.open_organization(twin)

    def _again(self, uid: str) -> None:
        store = self._desk.store
        taking_back(self._window, store, (organizations.TYPE, uid), lambda: self._window.open_organization(uid))()

    def _made(self) -> None:
        self.state.set_state(tr("追加しました"), "ok", "circle-check")
        self.more.setEnabled(True)
        self.drop.setEnabled(True)
        self.form.set_errors({})
        self.form.set_incomplete(False)

    def _refused(self, refused: Refused) -> None:
        if refused.field in self.form.names():
            self.form.set_errors({refused.field or "": refused.message})
        self.form.set_incomplete(self.uid is None)   # without its name the company stands on the screen alone

    def _look_for_twins(self) -> None:
        values, store = self.form.values(), self._desk.store

        def read() -> list[Listed]:
            return organizations.duplicates(store, values)

        def show(found: list[Listed]) -> None:
            self.twins.show_twins([one for one in found if one.uid != self.uid])
        self._window.work(read, show)
