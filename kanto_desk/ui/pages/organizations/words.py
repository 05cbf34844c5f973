"""How the company screens word places, amounts, dates and codes, and what their forms ask from outside. No widget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from kanto_desk import masters
from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.japanese import calendar
from kanto_desk.japanese.numbers import check_postcode
from kanto_desk.japanese.phone import check_phone
from kanto_desk.japanese.text import half_width, to_katakana
from kanto_desk.services import codes, directory_facts
from kanto_desk.services.facts import OLD_YEARS, Source
from kanto_desk.ui.choices import Option
from kanto_desk.ui.form import Sources
from kanto_desk.ui.pages.growing import Growth, fixed
from kanto_desk.ui.pages.words import date_reader, long_day, nth_words
from kanto_desk.ui.text import Tone

_FORM_OF_COMPANY = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|特定非営利活動法人|農事組合法人|公益財団法人|一般財団法人|"
    r"公益社団法人|一般社団法人|[\s　㈱㈲]")
_MAN = 10_000
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")
_YEAR_MONTH = re.compile(r"(\d{4})-(\d{1,2})")


class Labels:
    """What codes are called in the language in use; asked for each row of a list, so each is looked up once."""

    def __init__(self, desk: Any) -> None:
        self._store = desk.store
        self._known: dict[tuple[str, str], str] = {}

    def of(self, list_id: str, code: str | None) -> str:
        """The words of a code; "" for none."""
        if not code:
            return ""
        words = self._known.get((list_id, code))
        if words is None:
            words = masters.code_label(list_id, code, language())
            if words == code:
                words = codes.label(self._store, list_id, code)   # one that a user added
            self._known[list_id, code] = words
        return words


def short_day(day: date | None, now: date | None = None) -> str:
    """12/4 within the year, 2025/12/4 before it; 4 Dec and 2025-12-04 in English."""
    if day is None:
        return ""
    this_year = now is None or day.year == now.year
    if language() == "en":
        return f"{day.day} {day:%b}" if this_year else day.isoformat()
    return f"{day.month}/{day.day}" if this_year else f"{day.year}/{day.month}/{day.day}"


def source_words(source: Source) -> str:
    """When a fact came, from where, and who wrote it, in one line."""
    day, who = long_day(source.at.astimezone(JST).date()), source.by or tr("ほかの人")
    if source.origin == "visit":
        nth = nth_words(source.nth) or tr("この日")
        return tr("{day}　{nth}の相談で（{by}）", day=day, nth=nth, by=who)
    if source.origin == "import":
        return tr("{day}　取り込んだ一覧から（{by}）", day=day, by=who)
    if source.origin == "directory" and source.updated is not None:
        return tr("{day}　企業ディレクトリから（{source}　{updated} 更新）", day=day,
                  source=directory_facts.source_words(source.source), updated=long_day(source.updated))
    if source.origin == "masters":
        return tr("{day}　はじめから入っている資料", day=day)
    if source.origin == "sample":
        return tr("{day}　見本データ", day=day)
    if source.origin == "elsewhere":
        return tr("{day}　ほかのパソコンで（{by}）", day=day, by=who)
    return tr("{day}　このパソコンで（{by}）", day=day, by=who)


def old_words() -> str:
    """Why a fact is marked 要確認."""
    return tr("要確認：{n}年より前に聞いたことです", n=OLD_YEARS)


def yen(amount: int | None) -> str:
    """2,000万円, 1億2,000万円 or 1,234,567円; ¥20,000,000 in English."""
    if amount is None:
        return ""
    if language() == "en":
        return f"¥{amount:,}"
    if amount == 0 or amount % _MAN:
        return f"{amount:,}円"
    large, small = divmod(amount // _MAN, _MAN)
    return (f"{large:,}億" if large else "") + (f"{small:,}万" if small else "") + "円"


def month(number: int) -> str:
    """12月 or December."""
    return _MONTHS[number - 1] if language() == "en" else f"{number}月"


def founded(text: str | None) -> str:
    """1972-04 as 昭和47年4月（1972年） or April 1972; what was written another way stays as it is."""
    found = _YEAR_MONTH.fullmatch((text or "").strip())
    if found is None or not 1 <= int(found[2]) <= 12:
        return (text or "").strip()
    if language() == "en":
        return f"{month(int(found[2]))} {found[1]}"
    return f"{calendar.wareki_month(date(int(found[1]), int(found[2]), 28))}（{found[1]}年）"


def place(prefecture: str, *more: str | None) -> str:
    """Prefecture, city and street in one line; English puts a space after the prefecture, whose name it translates."""
    rest = "".join(filter(None, more))
    return f"{prefecture} {rest}".strip() if language() == "en" else prefecture + rest


def one_line(text: str | None) -> str:
    """Several lines as one."""
    return "、".join(part.strip() for part in (text or "").split("\n") if part.strip())


def items(text: str | None) -> list[str]:
    """The items of a field that lists things, one a line or divided by 、."""
    return [part.strip() for part in re.split(r"[\n、]", text or "") if part.strip()]


def initial(name: str) -> str:
    """The first character of a name that is not its form of company."""
    return (_FORM_OF_COMPANY.sub("", name) or name or "?")[:1]


def certificate_tone(words: str) -> tuple[Tone, str]:
    """Tone and icon of a certificate: held, or still on the way."""
    on_the_way = re.search(r"準備|取得中|申請|予定|検討|更新中", words)
    return ("warn", "clock") if on_the_way else ("ok", "shield-check")


def sources(desk: Any, grow: Growth = fixed) -> Sources:
    """What the editors of the forms ask from outside."""
    store = desk.store

    def options(list_id: str) -> Sequence[Option]:
        found = codes.choices(store, list_id)
        if list_id == "CL12":   # industries are chosen by division; the section follows from it
            found = [choice for choice in found if choice.parent]
        return [(choice.code, choice.label) for choice in found]

    return Sources(codes=options, find=lambda _type, _text: (), label=lambda _type, uid: uid,
                   parse_date=date_reader(desk), show_date=long_day, phone=check_phone, postcode=check_postcode,
                   corporate_number=_digits, email=half_width, kana=to_katakana,
                   grow=grow, code_label=partial(codes.label, store))


def _digits(text: str) -> str:
    """A corporate number in half width without hyphens; whether it can be right is told as a warning, not here."""
    return re.sub(r"[-\s.]", "", half_width(text)).removeprefix("T")
