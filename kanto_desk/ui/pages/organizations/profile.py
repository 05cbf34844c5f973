"""One company: its header, what is known of it, its people and sites, its visits and promises. F2 turns the facts into
the form where they stand. Saves by itself; rules are the services'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QWidget
from shiboken6 import isValid

from kanto_desk.clock import today
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import consultations, facts, links, organizations, photos, promises
from kanto_desk.services.facts import Facts
from kanto_desk.services.links import Link
from kanto_desk.services.offers import Offer
from kanto_desk.services.organizations import Profile
from kanto_desk.services.photos import Shot
from kanto_desk.services.promises import Agreed
from kanto_desk.ui import offering, uniting
from kanto_desk.ui.actions import BY_ID
from kanto_desk.ui.autosave import Alarm
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.discarding import discard_company
from kanto_desk.ui.find_bar import FindBar
from kanto_desk.ui.finding_texts import TextsFinder
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Flow, Row, card, holder, scrolling
from kanto_desk.ui.page import Crumb, Key, Page, Verb, Window
from kanto_desk.ui.pages.consultation.tab_order import follow_reading_order
from kanto_desk.ui.pages.consultation.thumbs import Thumbs
from kanto_desk.ui.pages.growing import growth
from kanto_desk.ui.pages.organizations import cards, paper, united
from kanto_desk.ui.pages.organizations.edit import GROUPS, PlaceForm
from kanto_desk.ui.pages.organizations.fact import Sources
from kanto_desk.ui.pages.organizations.links import PhotosCard, connections
from kanto_desk.ui.pages.organizations.offered import OfferedNotice
from kanto_desk.ui.pages.organizations.people import (
    contact_parts,
    contacts_card,
    site_parts,
    sites_card,
)
from kanto_desk.ui.pages.organizations.renaming import RenameCard
from kanto_desk.ui.pages.organizations.saver import Saver
from kanto_desk.ui.pages.organizations.starring import star
from kanto_desk.ui.pages.organizations.twins import TwinNotice
from kanto_desk.ui.pages.organizations.words import Labels, initial, sources
from kanto_desk.ui.pages.reading_only import reads_only
from kanto_desk.ui.printing import Asked, Printing
from kanto_desk.ui.taking_back import taking_back
from kanto_desk.ui.text import Elided, Label
from kanto_desk.ui.theme import look
from kanto_desk.ui.typed import typed
from kanto_desk.ui.waiting import Waiting

STACKED_BELOW = 920
SAVES_MS = 2_000   # how long a print waits for what was typed
TWIN_FIELDS = ("name", "phone", "corporate_number")
SHOWN_TYPES = frozenset({"organization", "organization_name", "site", "affiliation", "person", "consultation",
                         "promise", "transition", "version", "referral", "attachment", "outcome",
                         "organization_pair", "directory_fact"})


@dataclass(frozen=True, slots=True)
class _Read:
    """What the page shows, read at one time."""

    profile: Profile
    facts: Facts
    links: tuple[Link, ...]
    shots: tuple[Shot, ...]


class OrganizationPage(Page):
    """The profile of one company. Raises Refused when this laptop has none such."""

    def __init__(self, desk: Any, window: Window, uid: str, *, alarm: Alarm | None = None) -> None:
        super().__init__(window)
        self._desk, self._alarm = desk, alarm
        record = organizations.get(desk.store, uid)
        if record.deleted_at is not None:
            raise Refused(tr("この企業はごみ箱にあります。「ごみ箱」から戻せます。"))
        self.uid = record.uid
        self.labels = Labels(desk)
        self._name = record.name or ""
        self._shown: Profile | None = None
        self._reading: Job | None = None
        self._unmarked = False   # that it was opened is not noted yet
        self._starred = False
        self._title = Elided(self._name, "h1")
        self._avatar = QLabel(initial(self._name))
        self._avatar.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._avatar.setProperty("box", "accent")
        self._avatar.setProperty("tone", "accent")
        self.star = Button("", "star", "icon", name=tr("お気に入りにする"))
        self.star.clicked.connect(lambda: self.set_star(not self._starred))
        self.edit_button = Button(tr("編集"), "pen-line", key="F2")
        self.edit_button.clicked.connect(self.toggle_edit)
        self.start = Button(tr("相談をはじめる"), "notebook-pen", "primary", key="Ctrl+Enter")
        self.start.clicked.connect(self.begin_visit)
        self._tags = holder(Flow())
        self._middle = Column(Row(self._title, self.star, None, space=8), self._tags, space=4)
        name = Row(self._avatar, self._middle, space=14)
        name.setStretch(1, 1)
        head = holder(Flow(holder(name), holder(Row(self.edit_button, self.start, space=14)), space=14, spread=True))
        self.twins = TwinNotice(self.labels, compares=True)
        self.twins.compare_asked.connect(self._compare)
        self.twins.opened.connect(window.open_organization)
        self.offered = OfferedNotice(self.labels)
        self.offered.take_asked.connect(lambda offer: offering.take(window, offer, then=self._look_for_offers))
        self.offered.leave_asked.connect(lambda offer: offering.leave(window, offer, then=self._look_for_offers))
        self.offered.opened.connect(window.open_organization)
        self._looking: Job | None = None
        self.forms: dict[str, PlaceForm] = {}
        self.saver = Saver(window, desk.store, self.uid)
        self.saver.refused = self._refused
        self.contacts = contacts_card(desk, window, self.uid, alarm=alarm)
        self.sites = sites_card(desk, window, self.uid, alarm=alarm)
        self._written = Column(space=14)
        # What is built anew has a widget of its own: of layouts inside layouts PySide loses hold now and then.
        self._facts_box, self._former_box, self._right_box = (holder(Column(space=14)) for _ in range(3))
        self._built: list[QWidget] = []
        self.renaming = RenameCard(desk)
        self.renaming.hide()
        self.renaming.asked.connect(self._rename)
        self.renaming.left.connect(self._end_renaming)
        self.printing = Printing(self, window, desk.store, self._paper)
        self._thumbs = Thumbs(window, self)
        self.photos = PhotosCard(self._thumbs, window.open_consultation)
        self._form_box = holder(self._written)
        self._form_box.hide()
        left = Column(self.renaming, self._facts_box, self._form_box, self.contacts, self.sites, self._former_box, None,
                      space=14)
        right = Column(self._right_box, self.photos, None, space=14)
        self._sides = left, right   # kept: with the wrapper of a layout PySide lets go of the layouts inside it
        self._columns = Row(holder(left), holder(right), space=16)
        self._columns.setStretch(0, 54)
        self._columns.setStretch(1, 46)
        body = Column(head, self.offered, self.twins, self._columns, None, space=14, margins=(24, 16, 24, 16))
        self._area = scrolling(holder(body))
        self.find_bar = FindBar()
        self.find_bar.set_finder(TextsFinder(self._area, labels=True))
        whole = Column(self.find_bar, self._area, space=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.waiting = Waiting(self, "cards")
        self.waiting.stopped.connect(self._stop)
        self.setAccessibleName(self._name)
        self.restyle()

    # What the window asks -----------------------------------------------------------------------------------------

    @property
    def root(self) -> Key | None:
        return organizations.TYPE, self.uid

    @property
    def primary_action(self) -> str | None:
        return "next_step"

    @property
    def editing(self) -> bool:
        """Whether the form stands in the place of the facts."""
        return not self._form_box.isHidden()

    def title(self) -> str:
        return self._name

    def crumbs(self) -> Sequence[Crumb]:
        return Crumb(BY_ID["companies"].words, lambda: self.desk_window.go("companies")), Crumb(self._name)

    def verbs(self) -> Mapping[str, Verb]:
        return {"edit_line": self.toggle_edit, "next_step": self.begin_visit, "find": self.find_bar.open,
                "rename_company": self.begin_renaming, "discard": self.discard, "last_visit": self.open_last_visit,
                **self.printing.verbs}

    def activate(self) -> None:
        self._read(opened=True)
        if not self.editing:
            self.start.setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        for form in self.forms.values():
            form.flush()
        self.contacts.flush()
        self.sites.flush()

    def refresh(self, touched: frozenset[Key]) -> None:
        if any(record_type in SHOWN_TYPES for record_type, _ in touched):
            self._read()

    # Reading and showing ------------------------------------------------------------------------------------------

    def _read(self, *, opened: bool = False) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._unmarked = self._unmarked or opened
        store, uid, opened = self._desk.store, self.uid, self._unmarked

        def read() -> _Read:
            return _Read(organizations.profile(store, uid, opened=opened), facts.of_organization(store, uid),
                         tuple(links.of_organization(store, uid)), tuple(photos.of_organization(store, uid)))

        def show(found: _Read) -> None:
            self._unmarked = False
            self.waiting.end()
            self._show(found)

        def failed(_error: Exception) -> bool:
            self.waiting.end()
            return False
        if self._shown is None:   # later what is shown stays until what is new is there
            self.waiting.begin()
        self._reading = self.desk_window.read(read, show, failed)

    def _stop(self) -> None:
        """Nobody waits for this company any more."""
        if self._reading is not None:
            self._reading.cancel()
        self.desk_window.close_page(self)

    def _show(self, read: _Read) -> None:
        found = read.profile
        if found.record.deleted_at is not None:
            self.desk_window.close_page(self)
            return
        if found.record.uid != self.uid:   # it was merged: what is typed here would go into what nobody reads
            seen, window = self.isVisible(), self.desk_window
            window.close_page(self)
            if seen:
                window.open_organization(found.record.uid)
            return
        self._shown = found
        sources = Sources(self.uid, read.facts, self._confirm, self.desk_window.open_consultation)
        self._show_head(found, sources)
        self.twins.show_twins(found.duplicates)
        self._look_for_offers()
        self.contacts.show_parts(contact_parts(found, read.facts))
        self.sites.show_parts(site_parts(found, self.labels, read.facts))
        self.photos.show_shots(read.shots)
        if self.editing and not self.saver.pending:
            self._fill(found)
        now = today(self._desk.store.clock)
        focus = self.window().focusWidget()
        told = focus.accessibleName() if focus is not None and self._is_rebuilt(focus) else ""
        if not self.editing:
            self._replace(self._facts_box, [cards.about(found, self.labels, self.edit, self.begin_renaming, sources),
                                            cards.able(found, self._edit_abilities, sources)])
        below = [part for part in (cards.former_names(found), united.merged_card(
            found, uniting.words_of(self.labels), self._take_apart)) if part is not None]
        self._replace(self._former_box, below)
        self._former_box.setVisible(bool(below))
        self._replace(self._right_box, [
            cards.story(found, now, self.desk_window.open_consultation, self.begin_visit),
            cards.promises(found, now, self._keep, self.desk_window.open_consultation),
            connections(read.links, now, self.desk_window.open_organization, self.desk_window.open_consultation)])
        follow_reading_order(self)   # the cards that were built anew would come last
        self.find_bar.again()
        if told:   # the widget that had the focus was built anew
            again = next((w for w in self.findChildren(QWidget) if w.accessibleName() == told and w.isVisibleTo(self)),
                         None)
            (again or self.start).setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_rebuilt(self, widget: QWidget) -> bool:
        return any(part.isAncestorOf(widget) for part in self._built)

    def _replace(self, box: QWidget, parts: Sequence[QWidget]) -> None:
        for old in [part for part in self._built if part.parentWidget() is box]:
            self._built.remove(old)
            old.hide()
            old.deleteLater()
        layout = box.layout()
        assert layout is not None
        for part in parts:
            layout.addWidget(part)
            part.show()   # at once, not when Qt gets to it: one of them may be about to take the focus again
            self._built.append(part)

    def _show_head(self, found: Profile, sources: Sources) -> None:
        name = found.record.name or ""
        self._starred = found.starred
        self.star.set_picture("star", filled=found.starred, token="warn" if found.starred else "text3")
        words = tr("お気に入りから外す") if found.starred else tr("お気に入りにする")
        self.star.setAccessibleName(words)
        self.star.setToolTip(words)
        self._title.set_text(name)
        self._avatar.setText(initial(name))
        tags = cards.tags(found, self.labels, sources)
        self._middle.replaceWidget(self._tags, tags)
        self._tags.hide()
        self._tags.deleteLater()
        self._tags = tags
        if name != self._name:
            self._name = name
            self.setAccessibleName(name)
            self.desk_window.page_changed(self)

    # Writing ------------------------------------------------------------------------------------------------------

    def edit(self) -> None:
        """Turn the facts into the form."""
        self._edit_at("name")

    def finish_edit(self) -> None:
        """Turn the form into the facts again; what was typed is saved."""
        if self.editing:
            self.flush()
            self._form_box.hide()
            self._facts_box.show()
            self.edit_button.set_words(tr("編集"))
            self.edit_button.set_picture("pen-line")
            self.edit_button.setFocus(Qt.FocusReason.OtherFocusReason)
            self.desk_window.write(lambda: None, lambda _none: self._read())   # after the saves that wait

    def open_last_visit(self) -> None:
        """Show the record of the last visit there; without one, say so."""
        store, uid, window = self._desk.store, self.uid, self.desk_window

        def show(visit: str | None) -> None:
            if visit is None:
                window.say(tr("まだ相談がありません。"))
            else:
                window.open_consultation(visit)
        window.work(lambda: consultations.last_held(store, uid), show)

    def toggle_edit(self) -> None:
        """F2: into the form, or out of it."""
        if self.editing:
            self.finish_edit()
        else:
            self.edit()

    def form_of(self, name: str) -> PlaceForm:
        """The form that holds a field. Raises KeyError for a field without an editor."""
        return next(form for form in self.forms.values() if name in form.names())

    def _edit_abilities(self) -> None:
        self._edit_at("products")

    def _edit_at(self, name: str) -> None:
        if self._shown is None or reads_only(self._desk.store, self.desk_window):
            return
        if not self.forms:
            self._build_forms()
        self._fill(self._shown)
        self._facts_box.hide()
        self._form_box.show()
        self.edit_button.set_words(tr("編集をおえる"))
        self.edit_button.set_picture("check")
        self.desk_window.page_changed(self)   # marks of a sync stand at the fields, too
        form = self.form_of(name)
        form.go_to(name)
        self._area.ensureWidgetVisible(form.row(name))

    def _build_forms(self) -> None:
        known = {field.name: field for field in organizations.fields()}
        asked = sources(self._desk, growth(self.desk_window, self.root))
        for heading, names in GROUPS:
            form = PlaceForm([known[name] for name in names], asked, alarm=self._alarm)
            form.changed.connect(lambda values, part=heading: self.saver.save(values, part))
            for name in TWIN_FIELDS:
                if name in names:
                    form.editor(name).left.connect(self._look_for_twins)  # type: ignore[attr-defined]  # an Editor
            form.record = self.root
            self.forms[heading] = form
            self._written.fill(self._form_card(heading, form))

    @staticmethod
    def _form_card(heading: str, form: PlaceForm) -> QFrame:
        return card(Label(tr(heading), "h3"), form, space=10, margins=(18, 14, 18, 18))

    def _fill(self, found: Profile) -> None:
        for form in self.forms.values():
            form.set_values({name: getattr(found.record, name) for name in form.names()},
                            keep_box=self.desk_window.synced_while_typing)

    def _refused(self, refused: Refused) -> None:
        for form in self.forms.values():
            if refused.field in form.names():
                form.set_errors({refused.field or "": refused.message})
                return
        self.desk_window.say(refused.message)

    def _look_for_offers(self) -> None:
        """What the directory says newly of it."""
        if self._looking is not None:
            self._looking.cancel()
        if self._shown is not None and self._shown.record.corporate_number:
            self._looking = offering.read(self.desk_window, self._show_offers, self.uid)
        else:
            self.offered.show_offers(())

    def _show_offers(self, found: Sequence[Offer]) -> None:
        if isValid(self) and tuple(found) != self.offered.shown():
            self.offered.show_offers(found)
            follow_reading_order(self)

    def _look_for_twins(self) -> None:
        values = {name: value for form in self.forms.values() for name, value in form.values().items()}
        store, uid = self._desk.store, self.uid

        def show(found: list[organizations.Row]) -> None:
            self.twins.show_twins([one for one in found if one.uid != uid])
        self.desk_window.work(lambda: organizations.duplicates(store, values, uid), show)

    def _confirm(self, label: str, names: tuple[str, ...]) -> None:
        """いまも正しい: the fact is as new as today."""
        store, uid = self._desk.store, self.uid

        def done(_none: None) -> None:
            self.desk_window.say(tr("{label}を、いまも正しいと残しました", label=label), self._undo)
        self.desk_window.write(lambda: facts.confirm(store, uid, organizations.TYPE, uid, names), done)

    def _undo(self) -> None:
        store, root = self._desk.store, (organizations.TYPE, self.uid)
        taking_back(self.desk_window, store, root)()

    def _compare(self, other: str) -> None:
        self.flush()
        uniting.ask(self, self.desk_window, (self.uid, other))

    def _take_apart(self, other: str) -> None:
        if not reads_only(self._desk.store, self.desk_window):
            self.flush()
            uniting.take_apart(self.desk_window, self.uid, other)

    def begin_renaming(self) -> None:
        """改称を書く: the card for it, with the cursor in the new name."""
        if reads_only(self._desk.store, self.desk_window):
            return
        self.renaming.show()
        self._area.ensureWidgetVisible(self.renaming)
        self.renaming.begin()

    def _end_renaming(self) -> None:
        self.renaming.hide()
        self.start.setFocus(Qt.FocusReason.OtherFocusReason)

    def _rename(self, name: str, kana: str, on: date, reason: str) -> None:
        store, uid, before = self._desk.store, self.uid, self._name

        def done(_none: None) -> None:
            self.renaming.clear()
            self._end_renaming()
            self.desk_window.say(tr("改称しました：{before} → {name}", before=before, name=name), self._undo)

        def failed(error: Exception) -> bool:
            if not isinstance(error, Refused):
                return False
            self.renaming.refuse(error.field or "name", error.message)
            return True
        words = typed((organizations.TYPE, uid), (tr("新しい名称"), name), (tr("ふりがな"), kana), slot="rename")
        self.flush()
        self.desk_window.write(lambda: organizations.rename(store, uid, name, kana, on, reason), done, failed, words)

    def _paper(self) -> Asked | str:
        """What Ctrl+P prints: what is shown, what was typed included."""
        if self._shown is None:
            return tr("まだ読んでいます。少し待ってから、もう一度押します")
        store, uid, labels, window = self._desk.store, self.uid, self.labels, self.desk_window
        self.flush()
        if not window.wait_for_saves(SAVES_MS):
            return tr("まだ保存していないものがあります。保存されてから、もう一度押します")
        return Asked(tr("企業の記録"), self._name, lambda: paper.make(store, uid, labels))

    # Going on -----------------------------------------------------------------------------------------------------

    def begin_visit(self) -> None:
        """相談をはじめる."""
        self.desk_window.start_consultation(self.uid)

    def discard(self) -> None:
        """ごみ箱へ入れる: the company goes, its visits stay; 元に戻す opens it again."""
        self.flush()
        window = self.desk_window
        discard_company(window, self._desk.store, self.uid, self._name, lambda: window.close_page(self))

    def set_star(self, on: bool) -> None:
        """Star the company, or no longer."""
        star(self, self._desk.store, self.uid, on, self._read)

    def _keep(self, one: Agreed, kept: bool) -> None:
        store = self._desk.store

        def save(done: bool) -> None:
            self.desk_window.write(lambda: promises.set_done(store, one.consultation, one.uid, done))
        save(kept)
        told = tr("約束を済みにしました：{text}", text=one.text) if kept else tr("約束を残りに戻しました：{text}",
                                                                       text=one.text)
        self.desk_window.say(told, lambda: save(not kept))

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape and self.editing:
            self.finish_edit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: one column when two would be too narrow."""
        used = look()
        self._avatar.setFixedSize(used.px(56), used.px(56))
        self._avatar.setFont(used.font("h1", bold=True))
        stacked = self.width() * 100 / used.zoom < STACKED_BELOW
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight)
