"""How the consultation screens word days, companies and issues; what all pages share stands in `ui.pages.words`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.japanese import calendar
from kanto_desk.services import codes, organizations, programmes
from kanto_desk.services.consultations import Opened
from kanto_desk.services.issued_versions import Signed
from kanto_desk.ui.choices import Option, among
from kanto_desk.ui.form import Sources
from kanto_desk.ui.pages.growing import Growth, fixed
from kanto_desk.ui.pages.words import date_reader, long_day, nth_words, other_day


def short_date(day: date) -> str:
    """12月4日（金）, or 2026-12-04 in English."""
    return calendar.month_day(day) if language() == "ja" else day.isoformat()


def due_words(day: date) -> str:
    """By when, on a chip: 12月4日（金）まで."""
    return tr("{day}まで", day=short_date(day))


def title_of(opened: Opened) -> str:
    """The short name of a record in tabs and crumbs: 湖南精工 第3回."""
    name = opened.organization.short_name or opened.organization.name if opened.organization else None
    return " ".join(filter(None, (name or tr("このパソコンに無い企業"), nth_words(opened.record.nth))))


def sources(desk: Any, grow: Growth = fixed) -> Sources:
    """What the editors of the consultation form need from this desk."""
    store = desk.store

    def options(list_id: str) -> Sequence[Option]:
        return [(choice.code, choice.label) for choice in codes.choices(store, list_id)]

    def find(target: str, text: str) -> Sequence[Option]:
        if target == "programme":
            return among(programmes.choices(store, language()))(text)
        return companies(desk, text) if target == "organization" else []

    def label(target: str, uid: str) -> str:
        if target == "programme":
            return dict(programmes.choices(store, language())).get(uid, uid)
        return (organizations.get(store, uid).name or "") if target == "organization" else uid

    return Sources(codes=options, find=find, label=label, parse_date=date_reader(desk), show_date=long_day,
                   other_date=other_day, grow=grow, code_label=partial(codes.label, store))


def companies(desk: Any, text: str) -> Sequence[Option]:
    """Companies for what is typed so far, with reading and town to tell them apart."""
    rows = organizations.lookup(desk.store, text) if text.strip() else organizations.listing(
        desk.store, order="last", limit=20)
    return [(row.uid, "　".join(filter(None, (row.name, row.city)))) for row in rows]


def issue_options(desk: Any) -> Sequence[Option]:
    """CL03 as one list: the small class with its large class before it."""
    found = codes.choices(desk.store, "CL03")
    names = {choice.code: choice.label for choice in found}
    above = {choice.parent for choice in found if choice.parent}
    return [(c.code, f"{names[c.parent]} › {c.label}" if c.parent in names else c.label)
            for c in found if c.parent or c.code not in above]


def signed_apart_words(apart: Sequence[Signed]) -> str:
    """Laptops signed the same record without knowing of one another: every version, and how they become one."""
    who = "、".join("　".join(filter(None, (one.by, f"{one.at.astimezone(JST):%m/%d %H:%M}" if one.at else "")))
                    for one in apart)
    return tr("署名した第{n}版が{count}つあります（{who}）。別々のパソコンで署名したためです。どの署名も残っています。"
              "見えているのは、あとの版です。新しい版をつくると、1つにまとまります。",
              n=apart[-1].n, count=len(apart), who=who)
