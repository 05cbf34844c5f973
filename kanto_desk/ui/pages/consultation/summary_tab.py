"""まとめ: the form that becomes the sheet, in the sheet's order: what was said on the left, classification beside it.

Everything saves itself. Texts that nobody wrote here show what the lines say, and go on following them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from kanto_desk.errors import Refused
from kanto_desk.fields import Field
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.text import full_width_katakana
from kanto_desk.services import closing, codes, consents, consultations, outcomes, promises, summary
from kanto_desk.services.consultations import Opened
from kanto_desk.services.summary import Item, Summary
from kanto_desk.ui.blank_keys import choose_first
from kanto_desk.ui.choices import ChoiceInput, MultiChoice, among, now_among
from kanto_desk.ui.composing import Composing
from kanto_desk.ui.dates import DateInput
from kanto_desk.ui.form import EDITORS, Form
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Row, Scrolling, card, holder, scrolling
from kanto_desk.ui.notices import FieldRow
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.fitting import Fitting
from kanto_desk.ui.pages.consultation.items_editor import ItemsEditor
from kanto_desk.ui.pages.consultation.parts_table import PartColumn, PartsTable
from kanto_desk.ui.pages.consultation.person_input import PersonInput
from kanto_desk.ui.pages.consultation.tab_order import follow_reading_order
from kanto_desk.ui.pages.consultation.words import issue_options, sources
from kanto_desk.ui.pages.growing import growth
from kanto_desk.ui.pages.words import date_reader, long_day, other_day
from kanto_desk.ui.text import Label, Wrapped
from kanto_desk.ui.theme import look
from kanto_desk.ui.typed import Typed, typed, typed_values
from kanto_desk.ui.watching import TextBox

TWO_COLUMNS = 1000
"""From this width of the tab (px at 100 %) two columns stand side by side."""

_TOP = ("theme", "summary")
_WRITTEN = ("situation", "advice")
_END = ("direction", "next_on")
_VISIT = ("held_on", "planned_at", "planned_minutes", "started_at", "ended_at", "form", "category", "nth", "programme",
          "place", "expert", "expert_organization")
_RESULT = ("responses", "result", "measures", "strategic_industry", "confidentiality", "visibility")


class SummaryTab(QWidget):
    """The form of one consultation."""

    def __init__(self, window: Window, uid: str) -> None:
        super().__init__()
        self._window, self._uid = window, uid
        self._desk, self._store = window.desk, window.desk.store
        self.stale = True
        self._opened: Opened | None = None
        self._shown_issues: tuple[str, ...] = ()
        self._shown_consents: tuple[str, ...] = ()
        fields = {f.name: f for f in consultations.fields()}
        self._end = fields["ended_at"]
        grow = growth(window, ("consultation", uid))
        given = sources(self._desk, grow)
        self.forms = {name: Form(_chosen(fields, names), given) for name, names in (
            ("top", _TOP), ("written", _WRITTEN), ("end", _END), ("visit", _VISIT), ("result", _RESULT))}
        for name, form in self.forms.items():
            form.record = ("consultation", uid)
            form.save.connect(lambda values, part=name: self._save(part, values))
        self.issue_items = ItemsEditor(tr("課題"), tr("課題を足す"))
        self.advice_items = ItemsEditor(tr("助言"), tr("助言を足す"), answering=True)
        for section, editor in (("issue", self.issue_items), ("advice", self.advice_items)):
            self._connect_items(section, editor)
        self.promises = self._promise_table()
        self.people = self._people_table()
        self.referrals = self._referral_table()
        self.outcomes = self._outcome_table()
        issues = partial(issue_options, self._desk)
        self.primary = ChoiceInput(now_among(issues), self._issue_word, width=20, grow=grow("CL03"))
        self.others = MultiChoice(issues(), now=issues, grow=grow("CL03"), label=self._issue_word)
        self.consents = MultiChoice([(c.code, c.label) for c in consents.choices(self._store)])
        self.primary.edited.connect(self._save_issues)
        self.others.edited.connect(self._save_issues)
        self.consents.edited.connect(self._save_consents)
        self._lay_out()

    # Building

    def _lay_out(self) -> None:
        follows = _follows()
        self._issue_box = card(_heading(tr("課題"), follows), self.issue_items, space=6)
        self._advice_help = Wrapped(follows, "caption")
        self._advice_box = card(holder(Column(Label(tr("助言"), "h3"), self._advice_help, space=2)),
                                self.advice_items, space=6)
        self._written_box = card(
            _heading(tr("現状・課題と助言（全文）"), tr("全文で書かれています。空にすると、行からの文にもどります。")),
            self.forms["written"], space=8)
        agreed = tr("だれが、何を、いつまでに。期限は「12/4」「来週金曜」「月末」と書けます。")
        left = (card(self.forms["top"]), self._issue_box, self._advice_box, self._written_box,
                card(_heading(tr("約束"), agreed), self.promises, space=6), card(self.forms["end"]),
                card(Label(tr("連携・紹介先"), "h3"), self.referrals, space=6),
                card(FieldRow(tr("同意"), self.consents), Wrapped(tr("今日いただいた同意を選びます。"), "caption"),
                     space=6))
        classification = card(
            Label(tr("課題分類"), "h3"), FieldRow(tr("主な課題"), self.primary, required=True),
            FieldRow(tr("そのほかの課題"), self.others), space=10)
        right = (card(self.forms["visit"]), classification,
                 card(Label(tr("参加した人"), "h3"), self.people, space=6),
                 card(self.forms["result"]),
                 card(_heading(tr("効果確認"), tr("3・6・12か月後に、署名のあとでも書けます。")), self.outcomes,
                      space=6))
        self._columns = Row(holder(Column(*left, None, space=12)), holder(Column(*right, None, space=12)), space=12,
                            margins=(24, 14, 20, 14))
        self._columns.setStretch(0, 57)
        self._columns.setStretch(1, 43)
        self.area: Scrolling = scrolling(Fitting(self._columns))
        self.setLayout(Column(self.area, space=0))

    def _promise_table(self) -> PartsTable:
        def day() -> QWidget:
            return DateInput(date_reader(self._desk), long_day, also=other_day)
        table = PartsTable((PartColumn("text", tr("何を"), lambda: LineInput(max_length=200), 5),
                            PartColumn("who", tr("だれが"), PersonInput, 3),
                            PartColumn("due_on", tr("いつまで"), day, 4)), tr("約束を足す"), first_above=True)
        table.save.connect(self._save_promise)
        table.removed.connect(lambda uid: self._remove("promise", uid, tr("約束を消しました")))
        return table

    def _people_table(self) -> PartsTable:
        sides = [(c.code, c.label) for c in codes.choices(self._store, "promise_side")]
        words = dict(sides)
        table = PartsTable((
            PartColumn("name", tr("氏名"), lambda: _name(40), 4),
            PartColumn("role", tr("役職・続柄"), lambda: LineInput(max_length=40), 3),
            PartColumn("side", tr("どちら側"),
                       lambda: ChoiceInput(among(sides), lambda code: words.get(code, code)), 3)), tr("人を足す"))
        table.save.connect(self._save_part("participant"))
        table.removed.connect(lambda uid: self._remove("participant", uid, tr("参加者を消しました")))
        return table

    def _referral_table(self) -> PartsTable:
        table = PartsTable((PartColumn("name", tr("名称"), lambda: _name(80), 3),
                            PartColumn("note", tr("内容"), lambda: LineInput(max_length=200), 4)), tr("紹介先を足す"))
        table.save.connect(self._save_part("referral"))
        table.removed.connect(lambda uid: self._remove("referral", uid, tr("紹介先を消しました")))
        return table

    def _outcome_table(self) -> PartsTable:
        fields_ = {f.name: f for f in outcomes.fields()}
        given = sources(self._desk, growth(self._window, ("consultation", self._uid)))
        names = ("checked_on", "step", "jobs", "sales", "sales_yen", "profit", "profit_yen", "adopted", "adopted_yen",
                 "deals", "deals_yen", "note")

        def editor(name: str) -> QWidget:
            made = EDITORS[fields_[name].kind](fields_[name], given)
            if name == names[0] and isinstance(made, LineInput):   # no words stand beside the box over the whole width
                made.setPlaceholderText(fields_[name].label(language()))
            return made
        table = PartsTable([PartColumn(name, fields_[name].label(language()), partial(editor, name)) for name in names],
                           tr("効果確認を足す"), first_above=True, across=2)
        table.save.connect(self._save_outcome)
        table.removed.connect(self._remove_outcome)
        return table

    def _connect_items(self, section: str, editor: ItemsEditor) -> None:
        editor.written.connect(lambda item, text: self._write_item(section, item, text))
        editor.removed.connect(lambda item: self._leave_out(section, item))
        editor.adopted.connect(self._adopt)
        editor.paired.connect(lambda item, issue: self._pair(section, item, issue))
        editor.added.connect(lambda text: self._window.write(
            lambda: summary.add_item(self._store, self._uid, section, text), typed=self._item_words(section, text)))

    # What the page asks

    def read(self, opened: Opened) -> None:
        """Show the record as it is kept; what the user is writing stays as it is."""
        self.stale = False
        first, self._opened = self._opened is None, opened
        texts = summary.read(self._store, self._uid)
        values = {f.name: getattr(opened.record, f.name) for f in consultations.fields()}
        values["summary"] = texts.summary or None
        for form in self.forms.values():   # the cursor may stand in a box before the record is first shown
            form.set_values({name: value for name, value in values.items()
                             if first or not self._writing(form, name)})
        self._show_end(opened)
        self._show_items(texts)
        self._show_parts()
        self._set_read_only(not opened.editable)
        follow_reading_order(self)

    def flush(self) -> None:
        """Save everything typed, composed text included."""
        for form in self.forms.values():
            form.flush()
        for part in (self.issue_items, self.advice_items, self.promises, self.people, self.referrals, self.outcomes):
            part.flush()
        for box in filter(None, (self.primary, self.others.search)):
            box.rescue()
            box.tidy()   # words that name one choice are that choice, also when the window closes over them

    def take_focus(self) -> None:
        """Put the cursor where the work goes on; where nothing may be written, the page takes the keys that scroll."""
        if self._opened is not None and not self._opened.editable:
            self.area.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.forms["top"].go_to("theme")

    def go_to_field(self, name: str) -> None:
        """Bring a field into sight and put the cursor there; the names are those of the gaps before signing."""
        widget = self._place_of(name)
        if widget is not None:
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
            focused = widget.focusProxy() or widget
            self.area.ensureWidgetVisible(focused, 0, look().px(90))
            if isinstance(focused, TextBox):
                choose_first(focused)   # a blank of a set phrase, where one is the gap

    def go_to_part(self, field: str, part: str) -> None:
        """The same for an item (by its key) or a promise (by its uid or its line's)."""
        box: QWidget | None = None
        if field == "promise":
            uids = [p.uid for p in promises.of_consultation(self._store, self._uid)]
            box = self.promises.editor(uids.index(part), "text") if part in uids else None
        else:
            editor = self.issue_items if field == "issue_items" else self.advice_items
            box = next((row.text for row in editor.rows() if row.item.key == part), None)
        if box is None:
            self.go_to_field(field)
            return
        box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.area.ensureWidgetVisible(box, 0, look().px(90))
        if isinstance(box, TextBox):
            choose_first(box)

    def kind_of(self, box: QWidget) -> str:
        """The kind of line that a text box stands for, "" for any."""
        written = {name: self.forms["written"].editor(name) for name in _WRITTEN}
        places: tuple[tuple[str, QWidget], ...] = (
            ("issue", self.issue_items), ("issue", written["situation"]), ("advice", self.advice_items),
            ("advice", written["advice"]), ("promise", self.promises), ("said", self.forms["top"]))
        return next((kind for kind, place in places if place is box or place.isAncestorOf(box)), "")

    def usual_box(self) -> TextBox | None:
        """The box of 相談の内容: it takes a set phrase when no other box has the focus."""
        box = self.forms["top"].editor("summary")
        return box if isinstance(box, TextBox) else None

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        wide = self.width() >= look().px(TWO_COLUMNS)
        across = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._columns.direction() != across:
            self._columns.setDirection(across)

    # Showing

    def _show_end(self, opened: Opened) -> None:
        """The end is not asked for while the visit goes on: the signature fills it in."""
        row, field = self.forms["visit"].row("ended_at"), self._end
        filled = opened.editable and closing.fills_end(self._store, self._uid)
        row.mark.setVisible(not filled)
        row.set_help(tr("署名のときに入ります。ちがう時刻だけ書きます。") if filled else field.help(language()))

    def _show_items(self, texts: Summary) -> None:
        self.issue_items.show_items(texts.issues)
        self.advice_items.show_items(texts.advice_items, texts.issues)
        pairs = tr("どの課題への助言かは行の順から入ります。番号で変えられ、空なら全般の助言になります。")
        self._advice_help.set_text(_follows() + (f" {pairs}" if texts.issues and texts.advice_items else ""))
        writing = any(self._writing(self.forms["written"], name) for name in _WRITTEN)
        self._written_box.setVisible(texts.situation_written or texts.advice_written or writing)
        self._issue_box.setVisible(not texts.situation_written)
        self._advice_box.setVisible(not texts.advice_written)

    def _show_parts(self) -> None:
        held = consultations.participants(self._store, self._uid)
        record = self._opened.record if self._opened else None
        names = [p.name for p in held if p.name] + ([record.expert] if record and record.expert else [])
        self.promises.show_parts([(p.uid, {"text": p.text or None, "who": p.who or None, "due_on": p.due_on})
                                  for p in promises.of_consultation(self._store, self._uid)])
        for box in self.promises.editors("who"):
            if isinstance(box, PersonInput):
                box.set_people((*dict.fromkeys(names), tr("先方"), tr("当方")))
        self.people.show_parts([(p.uid, {"name": p.name, "role": p.role, "side": p.side}) for p in held])
        self.referrals.show_parts([(r.uid, {"name": r.name or self._referred(r.organization), "note": r.note})
                                   for r in consultations.referrals(self._store, self._uid)])
        self.outcomes.show_parts([(o.uid, {f.name: getattr(o, f.name) for f in outcomes.fields()})
                                  for o in outcomes.of_consultation(self._store, self._uid)])
        own = [i.code for i in consultations.issues(self._store, self._uid) if i.code]
        if not _has_focus(self.primary) and self.primary.readable:   # what was typed and names none stays
            self.primary.set_value(own[0] if own else None)
        if tuple(own[1:]) != self.others.value():
            self.others.set_value(own[1:])
        self._shown_issues = self._chosen_issues()
        given = consents.given(self._store, self._uid)
        if given != self.consents.value():
            self.consents.set_value(given)
        self._shown_consents = given

    def _referred(self, organization: str | None) -> str | None:
        if not organization:
            return None
        try:
            return sources(self._desk).label("organization", organization)
        except Refused:
            return None

    def _set_read_only(self, on: bool) -> None:
        for form in self.forms.values():
            form.setEnabled(not on)
        for part in (self.issue_items, self.advice_items, self.promises, self.people, self.referrals):
            part.set_read_only(on)
        for widget in (self.primary, self.others, self.consents):
            widget.setEnabled(not on)
        self.area.read_by_keys(tr("まとめ（読むだけ）") if on else "")   # nothing inside takes keys then

    @staticmethod
    def _writing(form: Form, name: str) -> bool:
        if name not in form.names() or not _has_focus(form.editor(name)):
            return False
        box = form.editor(name)   # a choice that is made is not being written: Ctrl+Z in its box must show there
        return not isinstance(box, MultiChoice) and not (isinstance(box, ChoiceInput) and box.readable)

    def _place_of(self, name: str) -> QWidget | None:
        parts: dict[str, QWidget] = {"promise": self.promises, "issue_items": self.issue_items, "issue": self.primary,
                                     "advice_items": self.advice_items, "participant": self.people}
        if name in ("promise", "issue_items", "advice_items"):
            first = self._first_box(name)
            if first is not None:
                return first
        for form in self.forms.values():
            if name in form.names() and form.isVisible():
                return form.editor(name)
        return parts.get(name) or (self.advice_items if name == "advice" else None)

    def _first_box(self, name: str) -> QWidget | None:
        """Of the promises the first one that lacks who or when; of items the first one."""
        if name != "promise":
            texts = (self.issue_items if name == "issue_items" else self.advice_items).texts()
            return texts[0] if texts else None
        for row in range(self.promises.count()):
            for field in ("who", "due_on"):
                box = self.promises.editor(row, field)
                if isinstance(box, LineInput) and box.value() is None:
                    return box
        return None

    def _issue_word(self, code: str) -> str:
        return dict(issue_options(self._desk)).get(code) or codes.label(self._store, "CL03", code)

    # Saving

    def _save(self, part: str, values: dict[str, Any]) -> None:
        self._window.write(lambda: consultations.edit(self._store, self._uid, values, part=part),
                           failed=self._refused(self.forms[part]),
                           typed=typed_values(self._root, consultations.fields(), values, part))

    @staticmethod
    def _refused(form: Form) -> Callable[[Exception], bool]:
        def tell(error: Exception) -> bool:
            if isinstance(error, Refused) and error.field in form.names():
                form.set_errors({error.field or "": error.message})
                return True
            return False
        return tell

    def _save_part(self, type_name: str) -> Callable[[str, Any, Callable[[str], None]], None]:
        def save(uid: str, values: Any, made: Callable[[str], None]) -> None:
            def failed(_error: Exception) -> bool:
                made("")
                return False
            self._window.write(
                lambda: consultations.save_part(self._store, self._uid, type_name, uid or None, values),
                made if not uid else None, failed if not uid else None, self._part_words(type_name, uid, values))
        return save

    def _save_promise(self, uid: str, values: Any, made: Callable[[str], None]) -> None:
        if uid:
            self._window.write(lambda: promises.edit(self._store, self._uid, uid, values),
                               typed=self._part_words("promise", uid, values))
            return

        def failed(_error: Exception) -> bool:
            made("")
            return False
        self._window.write(lambda: promises.add(self._store, self._uid, values), made, failed,
                           self._part_words("promise", uid, values))

    def _save_outcome(self, uid: str, values: Any, made: Callable[[str], None]) -> None:
        def failed(_error: Exception) -> bool:
            made("")
            return False
        self._window.write(lambda: outcomes.save(self._store, self._uid, uid or None, values),
                           made if not uid else None, failed if not uid else None,
                           self._part_words("outcome", uid, values))

    def _remove_outcome(self, uid: str) -> None:
        self._window.write(lambda: outcomes.remove(self._store, self._uid, uid),
                           lambda _: self._window.say(tr("効果確認を消しました"), lambda: self._window.do("undo")))

    def _remove(self, type_name: str, uid: str, words: str) -> None:
        self._window.write(lambda: consultations.delete_part(self._store, self._uid, type_name, uid),
                           lambda _: self._window.say(words, lambda: self._window.do("undo")))

    def _leave_out(self, section: str, item: Item) -> None:
        words = tr("課題を外しました") if section == "issue" else tr("助言を外しました")
        self._write_item(section, item, "", lambda _: self._window.say(words, lambda: self._window.do("undo")))

    def _write_item(self, section: str, item: Item, text: str, done: Callable[[None], None] | None = None) -> None:
        self._window.write(lambda: summary.edit_item(self._store, self._uid, section, self._latest(section, item),
                                                     text), done,
                           typed=self._item_words(section, text, item.source or item.uid or ""))

    def _pair(self, section: str, item: Item, issue: str) -> None:
        self._window.write(lambda: summary.set_answers(self._store, self._uid, self._latest(section, item), issue))

    def _latest(self, section: str, item: Item) -> Item:
        """The item as it is kept now: an earlier save of the same box may have made its record meanwhile."""
        texts = summary.read(self._store, self._uid)
        found = {"issue": texts.issues, "advice": texts.advice_items}[section]
        same = [i for i in found if (item.source and i.source == item.source) or (item.uid and i.uid == item.uid)]
        return same[0] if same else item

    def _adopt(self, item: Item) -> None:
        words = tr("行の今の文を取り込みました")
        self._window.write(lambda: summary.adopt(self._store, self._uid, item),
                           lambda _: self._window.say(words, lambda: self._window.do("undo")))

    def _chosen_issues(self) -> tuple[str, ...]:
        return tuple(c for c in (self.primary.value(), *self.others.value()) if c)

    def _save_issues(self) -> None:
        chosen, shown = self._chosen_issues(), self._shown_issues   # what a sync brings meanwhile is nobody's answer
        self._shown_issues = chosen
        self._window.write(lambda: consultations.set_issues(self._store, self._uid, chosen, shown),
                           typed=typed(self._root, (tr("課題分類"), [self._issue_word(c) for c in chosen]),
                                       slot="issues"))

    def _save_consents(self) -> None:
        chosen, shown = self.consents.value(), self._shown_consents
        self._shown_consents = tuple(chosen)
        words = {c.code: c.label for c in consents.choices(self._store)}
        self._window.write(lambda: consents.set_given(self._store, self._uid, chosen, shown),
                           typed=typed(self._root, (tr("同意"), [words.get(c, c) for c in chosen]), slot="consents"))

    @property
    def _root(self) -> tuple[str, str]:
        return "consultation", self._uid

    def _item_words(self, section: str, text: str, slot: str = "") -> Typed:
        return typed(self._root, (tr("課題") if section == "issue" else tr("助言"), text), slot=slot)

    def _part_words(self, type_name: str, uid: str, values: Mapping[str, Any]) -> Typed:
        """A promise, person, referral or outcome under the headings of its table."""
        table = {"promise": self.promises, "participant": self.people, "outcome": self.outcomes}.get(
            type_name, self.referrals)
        return typed(self._root, *((table.heading(name), value) for name, value in values.items()),
                     slot=f"{uid}:{','.join(sorted(values))}" if uid else "")


def _chosen(fields: dict[str, Field], names: Sequence[str]) -> list[Field]:
    return [fields[name] for name in names]


def _name(longest: int) -> LineInput:
    return LineInput(normalise=full_width_katakana, max_length=longest)


def _follows() -> str:
    return tr("同じ種類の行から入ります。ここで直しても、記録の行は変わりません。")


def _heading(words: str, help_text: str) -> QWidget:
    return holder(Column(Label(words, "h3"), Wrapped(help_text, "caption"), space=2))


def _has_focus(widget: QWidget) -> bool:
    if isinstance(widget, Composing) and widget.held:
        return True
    focus = widget.window().focusWidget()
    return focus is not None and focus.hasFocus() and (focus is widget or widget.isAncestorOf(focus))
