"""The card of what was merged into a company: what each was called, what it says otherwise, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.services.organizations import Profile
from kanto_desk.services.uniting import Kept, United
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.dialogs.side_by_side import Word
from kanto_desk.ui.layout import Column, Part, Row, card, hairline, holder
from kanto_desk.ui.pages.organizations.cards import MARGINS, names_width
from kanto_desk.ui.pages.words import long_day
from kanto_desk.ui.text import Label, Wrapped


def merged_card(found: Profile, word: Word, take_apart: Callable[[str], None]) -> QFrame | None:
    """まとめた企業; None without any."""
    if not found.united:
        return None
    parts: list[Part] = [Label(tr("まとめた企業"), "h3")]
    for at, one in enumerate(found.united):
        parts += [hairline(), _one(one, word, take_apart)] if at else [_one(one, word, take_apart)]
    return card(*parts, space=8, margins=MARGINS)


def _one(one: United, word: Word, take_apart: Callable[[str], None]) -> QWidget:
    button = Button(tr("まとめを解く"), "arrow-left-right", "ghost", name=tr("{name} のまとめを解く", name=one.name))
    button.clicked.connect(lambda: take_apart(one.uid))
    day = tr("{day} にまとめました", day=long_day(one.at.astimezone(JST).date())) if one.at else ""
    name = Column(Wrapped(one.name, "bold"), Label(day, "caption"), space=0) if day else Column(
        Wrapped(one.name, "bold"))
    head = Row(holder(name), button, space=8)
    head.setStretch(0, 1)
    lines = [_value(kept, word, [k.field.label(language()) for k in one.values]) for kept in one.values]
    told = [Wrapped(tr("ページに出ていない値"), "caption")] if lines else []
    return holder(Column(holder(head), *told, *lines, space=4))


def _value(kept: Kept, word: Word, labels: list[str]) -> QWidget:
    name = Label(kept.field.label(language()), "caption")
    name.keep_width(lambda: names_width(labels))
    row = Row(name, Wrapped(word(kept.field, kept.value), selectable=True), space=8)
    row.setAlignment(name, Qt.AlignmentFlag.AlignTop)
    row.setStretch(1, 1)
    return holder(row)
