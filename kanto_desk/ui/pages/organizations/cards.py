"""Cards of the profile that are only read: あらまし, できること, 名称履歴, あゆみ, 約束. Each shows one Profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from kanto_desk.i18n import tr
from kanto_desk.japanese.numbers import corporate_number_warning
from kanto_desk.services.consultations import Listed
from kanto_desk.services.organizations import Profile
from kanto_desk.services.promises import Agreed
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Flow, Part, Row, card, hairline, holder
from kanto_desk.ui.page import Verb
from kanto_desk.ui.pages.organizations import words as say
from kanto_desk.ui.pages.organizations.fact import FactLine, Sources, Told, one_stop
from kanto_desk.ui.pages.organizations.words import Labels
from kanto_desk.ui.pages.words import long_day, visit_state, visit_title
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Elided, Label, Picture, Pill, Wrapped
from kanto_desk.ui.theme import look

MARGINS = (18, 14, 18, 16)
_ABLE = (("products", "主要製品・サービス"), ("strengths", "強み"), ("capabilities", "工程・材質・精度"),
         ("equipment", "主な設備"), ("certificates", "認証・許可"), ("weaknesses", "課題"))
# tr("主要製品・サービス") tr("強み") tr("工程・材質・精度") tr("主な設備") tr("認証・許可") tr("課題")


def fact(label: str, value: str) -> Row:
    """A name and its value; the value wraps."""
    name = Label(label, "caption")
    name.keep_width(lambda: names_width((label,)))
    row = Row(name, Wrapped(value, selectable=True), space=8)
    row.setAlignment(name, Qt.AlignmentFlag.AlignTop)
    row.setStretch(1, 1)
    return row


def names_width(labels: Sequence[str]) -> int:
    """Room that the names of facts below each other need at the zoom in use, in pixels."""
    metrics = look().metrics("caption")
    return max(look().px(104), *(round(metrics.horizontalAdvance(label)) + look().px(6) for label in labels), 0)


def about(found: Profile, labels: Labels, write: Verb, rename: Verb, sources: Sources) -> QFrame:
    """会社のあらまし."""
    button = Button(tr("改称を書く"), "pen-line", "ghost")
    button.clicked.connect(rename)
    told = facts_about(found, labels)
    return _facts(tr("会社のあらまし"), told, tr("まだ書かれていません。"), write, sources, button)


def facts_about(found: Profile, labels: Labels) -> list[Told]:
    """What is known of a company besides what it can do; lines without words are left out when shown."""
    o = found.record
    number = o.corporate_number or ""
    if corporate_number_warning(number):
        number += tr("（要確認）")   # kept as it was typed, but it cannot be right
    head = "　".join(filter(None, (o.representative_role, o.representative)))
    if head and o.representative_kana:
        head += f"（{o.representative_kana}）"
    place = say.place(labels.of("CL10", o.prefecture), o.city, o.address)
    if o.postal_code:
        place = f"〒{o.postal_code}　{place}"
    people = [tr("{n}名", n=f"{o.employees:,}")] if o.employees is not None else []
    if o.employees_regular is not None:
        people.append(tr("常用 {n}名", n=f"{o.employees_regular:,}"))
    if o.employees_part_time is not None:
        people.append(tr("パート {n}名", n=f"{o.employees_part_time:,}"))
    kinds = "・".join(filter(None, (labels.of("CL09", o.kind), labels.of("CL08", o.legal_form))))
    return [
        Told(tr("所在地"), place, ("postal_code", "prefecture", "city", "address")),
        Told(tr("電話"), o.phone or "", ("phone",)), Told(tr("FAX"), o.fax or "", ("fax",)),
        Told(tr("メール"), o.email or "", ("email",)), Told(tr("ウェブサイト"), o.url or "", ("url",)),
        Told(tr("業種"), labels.of("CL12", o.jsic_division or o.jsic_section), ("jsic_division", "jsic_section")),
        Told(tr("種別"), kinds, ("kind", "legal_form")), Told(
            tr("規模"), _size(found, labels), ("size",) if o.size else _SIZED_BY),
        Told(tr("設立"), say.founded(o.founded), ("founded",)),
        Told(tr("資本金"), say.yen(o.capital_yen), ("capital_yen",)),
        Told(tr("従業員"), "・".join(people), ("employees", "employees_regular", "employees_part_time")),
        Told(tr("決算月"), say.month(o.closing_month) if o.closing_month else "", ("closing_month",)),
        Told(tr("代表者"), head, ("representative_role", "representative", "representative_kana")),
        Told(tr("法人番号"), number, ("corporate_number",)),
        Told(tr("インボイス番号"), o.invoice_number or "", ("invoice_number",)),
        Told(tr("会員区分"), o.membership or "", ("membership",)),
        Told(tr("通称"), o.short_name or "", ("short_name",)),
        Told(tr("英文名"), o.name_en or "", ("name_en",)),
        Told(tr("状態"), labels.of("organization_state", o.state), ("state",)),
        Told(tr("メモ"), o.notes or "", ("notes",))]


_SIZED_BY = ("employees", "capital_yen", "jsic_division", "legal_form")
"""What a proposed size is taken from, and so where it comes from."""


def _size(found: Profile, labels: Labels) -> str:
    """The size that was chosen; what figures propose stands beside it, with the reason, where it is another."""
    chosen, proposal = found.record.size, found.proposed_size
    if proposal is None or proposal.code == chosen:
        return labels.of("CL07", chosen)
    told = tr("自動判定：{size}（{reason}）", size=labels.of("CL07", proposal.code), reason=proposal.reason)
    return "\n".join(filter(None, (labels.of("CL07", chosen), told)))


def able(found: Profile, write: Verb, sources: Sources) -> QFrame:
    """できること."""
    empty = tr("まだ書かれていません。製品や設備を書くと、さがすときに見つかります。")
    return _facts(tr("できること"), facts_able(found), empty, write, sources)


def facts_able(found: Profile) -> list[Told]:
    """What is known of what a company can do."""
    return [Told(tr(words), getattr(found.record, name) or "", (name,)) for name, words in _ABLE]


def former_names(found: Profile) -> QFrame | None:
    """名称履歴; None without any."""
    if not found.names:
        return None
    lines = [fact(tr("{day} まで", day=long_day(one.valid_to)) if one.valid_to else tr("以前"),
                  "　".join(filter(None, (one.name, one.kana)))) for one in reversed(found.names)]
    return card(Label(tr("名称履歴"), "h3"), *lines, space=8, margins=MARGINS)


def story(found: Profile, now: Any, open_visit: Callable[[str], None], begin: Verb) -> QFrame:
    """相談のあゆみ: every visit with its state, newest first; a press opens it."""
    done = sum(one.state == "done" for one in found.promises)
    told = tr("{n}回・約束 {all}件（済 {done}）", n=len(found.consultations), all=len(found.promises), done=done)
    lines: list[Part] = []
    for row in found.consultations:
        lines.append(_visit(row, now, open_visit))
        lines += [_became(words) for words in found.outcomes.get(row.uid, ())]
    if not lines:
        start = Button(tr("最初の相談をはじめる"), "notebook-pen", key="Ctrl+Enter")
        start.clicked.connect(begin)
        lines = [Wrapped(tr("まだ相談がありません。"), "caption"), Row(start, None)]
    head = Row(Label(tr("相談のあゆみ"), "h3"), None, Label(told if found.consultations else "", "caption"))
    return card(head, *lines, space=4, margins=(18, 14, 14, 14))


def _became(words: str) -> Row:
    """What came of the visit above, under its title."""
    line = Row(Picture("flag", "text3", 14), Wrapped(words, "caption", selectable=True), space=6,
               margins=(look().px(22), 0, 4, 4))
    line.setStretch(1, 1)
    return line


def _visit(row: Listed, now: Any, open_visit: Callable[[str], None]) -> Pressable:
    words, tone, icon = visit_state(row)
    day = Label(say.short_day(row.held_on, now) or "–", "time")
    day.keep_width(lambda: look().px(54))
    title = Elided(visit_title(row), "bold")
    about_ = "・".join(filter(None, (row.expert, row.reference)))
    middle = Column(title, Elided(about_, "caption"), space=2) if about_ else Column(title)
    line = Row(day, middle, Pill(words, tone, icon), space=10, margins=(6, 6, 4, 6))
    line.setStretch(1, 1)
    made = Pressable(line, f"{day.text()} {visit_title(row)} {words}", about_, edge="none")
    made.clicked.connect(lambda: open_visit(row.uid))
    return made


def promises(found: Profile, now: Any, keep: Callable[[Agreed, bool], None],
             open_visit: Callable[[str], None]) -> QFrame:
    """約束: open, overdue and kept; a tick marks one as kept."""
    left = [one for one in found.promises if one.state != "done"]
    head = Row(Label(tr("約束"), "h3"), None)
    if found.promises:
        head.fill(Label(tr("済 {done}・残り {left}", done=len(found.promises) - len(left), left=len(left)), "caption"))
    parts: list[Part] = [head]
    for at, one in enumerate(found.promises):
        if at and one.state == "done" and found.promises[at - 1].state != "done":
            parts.append(hairline())
        parts.append(_promise(one, now, keep, open_visit))
    if not found.promises:
        empty = tr("約束はまだありません。相談の記録で「約束」の行を書くと、ここにならびます。")
        parts.append(Wrapped(empty, "caption"))
    return card(*parts, space=3, margins=(18, 14, 14, 14))


def _promise(one: Agreed, now: Any, keep: Callable[[Agreed, bool], None],
             open_visit: Callable[[str], None]) -> QWidget:
    kept = one.state == "done"
    tick = Button("", "circle-check" if kept else "circle", "icon", token="ok" if kept else "text2",
                  name=tr("残りに戻す：{text}", text=one.text) if kept else tr("済みにする：{text}", text=one.text))
    tick.clicked.connect(lambda: keep(one, not kept))
    if kept:
        when, tone = (tr("{day} 済", day=say.short_day(one.done_on, now)) if one.done_on else tr("済")), "text3"
        icon = "check"
    elif one.overdue and one.due_on:
        when, tone, icon = tr("{day} 超過", day=say.short_day(one.due_on, now)), "warn", "circle-alert"
    elif one.due_on:
        when, tone, icon = tr("{day} まで", day=say.short_day(one.due_on, now)), "text2", "flag"
    else:
        when, tone, icon = tr("期限なし"), "text2", "flag"
    words = f"{one.text}（{one.who}）" if one.who else one.text
    text = Elided(words, tone="text3" if kept else None)
    due = Label(when, "caption", tone="warn" if tone == "warn" else None)
    line = Row(text, Picture(icon, tone, 16), due, space=8, margins=(4, 4, 4, 4))
    line.setStretch(0, 1)
    open_ = Pressable(line, words, when, edge="none")
    open_.clicked.connect(lambda: open_visit(one.consultation))
    row = Row(tick, open_, space=2)
    row.setStretch(1, 1)
    return holder(row)


def certificates(found: Profile, most: int) -> list[Pill]:
    """Certificates as pills with their state."""
    return [Pill(words, *say.certificate_tone(words)) for words in say.items(found.record.certificates)[:most]]


def _facts(heading: str, facts: list[Told], empty: str, write: Verb, sources: Sources,
           beside: QWidget | None = None) -> QFrame:
    known = [told for told in facts if told.words]
    names = [told.label for told in known]
    lines = [FactLine(told, sources, lambda: names_width(names)) for told in known]
    one_stop(lines)
    head = Row(Label(heading, "h3"), None, margins=(6, 0, 6, 0))
    if beside is not None:
        head.fill(beside)
    if lines:
        return card(head, *lines, space=0, margins=(12, 14, 12, 16))
    button = Button(tr("書く"), "pen-line", name=tr("{heading}を書く", heading=heading), key="F2")
    button.clicked.connect(write)
    return card(head, 2, Row(Wrapped(empty, "caption"), margins=(6, 0, 6, 0)), Row(button, None, margins=(6, 0, 6, 0)),
                space=8, margins=(12, 14, 12, 16))


def tags(found: Profile, labels: Labels, sources: Sources) -> QWidget:
    """Reading, industry, size and certificates in one line that wraps."""
    o = found.record
    parts: list[QWidget] = []
    if o.kana:
        reading = Label(o.kana, "caption")
        reading.setMinimumHeight(look().px(25))   # as high as a pill, to stand on one line with them
        parts.append(_heard(reading, sources, "kana"))
    industry = labels.of("CL12", o.jsic_division or o.jsic_section)
    if industry:
        parts.append(_heard(Pill(industry, "text2"), sources, "jsic_division", "jsic_section"))
    if o.employees is not None:
        parts.append(_heard(Pill(tr("従業員 {n}名", n=f"{o.employees:,}"), "text2"), sources, "employees"))
    parts += [_heard(pill, sources, "certificates") for pill in certificates(found, 4)]
    return holder(Flow(*parts, space=8))


def _heard(widget: QWidget, sources: Sources, *names: str) -> QWidget:
    """The widget with its source as tooltip and description; the same facts can be unfolded by keys in the cards."""
    source = sources.of(Told("", "", names))
    if source is not None:
        widget.setToolTip(say.source_words(source))
        widget.setAccessibleDescription(say.source_words(source))
    return widget
