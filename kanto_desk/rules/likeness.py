"""How alike two entries of organizations are: points for what speaks for one and the same, each with both values.

Weights are this program's own, not of any standard. Decides nothing: a person says whether two are one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Final

from kanto_desk.i18n import tr
from kanto_desk.japanese.folding import core_name, fold, legal_forms
from kanto_desk.japanese.numbers import corporate_number_warning

LEAST: Final = 60
"""Fewer points make no pair."""
SURE, LIKELY = 100, 80

_NAMES = ("short_name", "name_en", "source_notation")
_MOST_ALIKE = 50     # more with one key in common are compared with their neighbours alone
_NEIGHBOURS = 12
_KANJI_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_BLOCK_WORDS = re.compile(r"丁目|番地の?|番|号|の(?=\d)|[‐-―−ｰー-]")
_KANJI_BLOCK = re.compile("[一二三四五六七八九](?=丁目)")
_FREE_MAIL = frozenset({"gmail.com", "yahoo.co.jp", "outlook.com", "outlook.jp", "hotmail.com", "icloud.com",
                        "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "nifty.com", "biglobe.ne.jp"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing two entries have in common, or in which they differ: in words, with both values as they are written."""

    words: str
    one: str
    other: str
    points: int


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of an entry, levelled once."""

    uid: str
    values: Mapping[str, str]
    number: str
    core: str
    others: frozenset[str]      # cores of what else it is or was called
    kana: str
    phones: frozenset[str]
    postcode: str
    street: str
    hosts: frozenset[str]


def traits(uid: str, values: Mapping[str, Any], also: Iterable[str] = ()) -> Traits:
    """The traits of an entry; `values` holds its fields by name, `also` what else it was called."""
    said = {name: str(value) for name, value in values.items() if value}
    number, name = said.get("corporate_number", ""), said.get("name", "")
    core = core_name(fold(name))
    others = {core_name(fold(one)) for one in (*(said.get(n, "") for n in _NAMES), *also) if one}
    return Traits(
        uid, said, number if number and corporate_number_warning(number) is None else "", core,
        frozenset(one for one in others if len(one) > 1) - {core}, core_name(fold(said.get("kana", ""))),
        frozenset(filter(None, map(_digits, (said.get("phone"), said.get("fax"))))),
        re.sub(r"\D", "", unicodedata.normalize("NFKC", said.get("postal_code", ""))),
        _street(said.get("city", ""), said.get("address", "")),
        frozenset(filter(None, (_host(said.get("url", "")), _host(said.get("email", ""))))))


def keys(one: Traits) -> Iterator[tuple[str, str]]:
    """What two entries must share at least one of to be compared at all."""
    if one.number:
        yield "number", one.number
    for name in (one.core, *one.others):
        if len(name) > 1:
            yield "name", name
    if len(one.core) > 3:
        yield "begin", one.core[:4] + one.values.get("city", "")
    if len(one.kana) > 2:
        yield "kana", one.kana
    for phone in one.phones:
        yield "phone", phone
    if one.street:
        yield "street", one.values.get("prefecture", "") + one.street


def pairs(every: Iterable[Traits]) -> Iterator[tuple[Traits, Traits]]:
    """Each two entries that share a key, once. Of many that share one, only neighbours in name are paired, so that
    what it costs grows with the entries and not with their square."""
    blocks: dict[tuple[str, str], list[Traits]] = {}
    for one in every:
        for key in keys(one):
            blocks.setdefault(key, []).append(one)
    seen: set[tuple[str, str]] = set()
    for block in blocks.values():
        if len(block) < 2:
            continue
        reach = len(block)
        if reach > _MOST_ALIKE:
            block.sort(key=lambda t: (t.core, t.values.get("city", ""), t.uid))
            reach = _NEIGHBOURS
        for at, one in enumerate(block):
            for other in block[at + 1:at + 1 + reach]:
                pair = (one.uid, other.uid) if one.uid < other.uid else (other.uid, one.uid)
                if one.uid != other.uid and pair not in seen:
                    seen.add(pair)
                    yield one, other


def compared(one: Traits, other: Traits) -> list[Reason]:
    """What speaks for and against one and the same; the strongest first, what speaks against it last."""
    found = [*_numbers(one, other), *_names_of(one, other), *_reached(one, other), *_places(one, other)]
    return sorted(found, key=lambda reason: -reason.points)


def points(reasons: Iterable[Reason]) -> int:
    """The points together."""
    return sum(reason.points for reason in reasons)


def _reason(words: str, one: Traits, other: Traits, name: str, points_: int) -> Reason:
    return Reason(words, one.values.get(name, ""), other.values.get(name, ""), points_)


def _numbers(one: Traits, other: Traits) -> Iterator[Reason]:
    if one.number and other.number:
        if one.number == other.number:
            yield _reason(tr("法人番号が同じです"), one, other, "corporate_number", 100)
        else:   # two corporations, whatever they are called; a twin entered with another's number is rarer
            yield _reason(tr("法人番号が違います"), one, other, "corporate_number", -60)


def _names_of(one: Traits, other: Traits) -> Iterator[Reason]:
    known = len(one.core) > 1 and len(other.core) > 1
    short, long_ = sorted((one.core, other.core), key=len)
    if known and one.core == other.core:
        yield _reason(tr("名称が同じです"), one, other, "name", 45)
    elif known and (other.core in one.others or one.core in other.others or one.others & other.others):
        yield _reason(tr("別の名称・前の名称が同じです"), one, other, "name", 40)
    elif known and len(short) > 2 and long_.startswith(short):
        yield _reason(tr("名称のはじめが同じです"), one, other, "name", 25)
    elif known and len(short) > 3 and SequenceMatcher(None, one.core, other.core).ratio() >= 0.8:
        yield _reason(tr("名称がよく似ています"), one, other, "name", 20)
    if len(one.kana) > 2 and one.kana == other.kana:
        yield _reason(tr("フリガナが同じです"), one, other, "kana", 5 if one.core == other.core else 25)
    forms = [set(legal_forms(t.values.get("name", ""))) for t in (one, other)]
    if all(forms) and forms[0] != forms[1]:
        yield _reason(tr("法人格が違います"), one, other, "name", -10)


def _reached(one: Traits, other: Traits) -> Iterator[Reason]:
    if shared := one.phones & other.phones:
        phone = min(shared)
        yield Reason(tr("電話・FAXが同じです"), _written(one, phone), _written(other, phone), 30)
    if shared := one.hosts & other.hosts:
        host = min(shared)
        yield Reason(tr("ウェブサイト・メールの宛先が同じです"), host, host, 15)


def _places(one: Traits, other: Traits) -> Iterator[Reason]:
    if one.street and one.street == other.street and one.values.get("prefecture") == other.values.get("prefecture"):
        yield Reason(tr("住所が同じです"), _place(one), _place(other), 35)
    elif one.postcode and one.postcode == other.postcode:
        yield _reason(tr("郵便番号が同じです"), one, other, "postal_code", 20)
    elif (here := one.values.get("prefecture")) and (there := other.values.get("prefecture")):
        if here != there:
            yield Reason(tr("都道府県が違います"), _place(one), _place(other), -15)
        elif (city := one.values.get("city")) and city == other.values.get("city"):
            yield _reason(tr("市区町村が同じです"), one, other, "city", 15)
    head = fold(one.values.get("representative", ""))
    if len(head) > 1 and head == fold(other.values.get("representative", "")):
        yield _reason(tr("代表者が同じです"), one, other, "representative", 10)


def _place(one: Traits) -> str:
    return f"{one.values.get('city', '')}{one.values.get('address', '')}"


def _written(one: Traits, digits: str) -> str:
    """The number as it is written there."""
    return next((one.values[n] for n in ("phone", "fax") if _digits(one.values.get(n)) == digits), digits)


def _digits(phone: str | None) -> str:
    """The digits of a number without its extension; "" for one that says that none is known (0266-00-0000)."""
    if not phone:
        return ""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone).partition("内線")[0])
    return "" if len(digits) < 9 or digits.endswith("000000") else digits


def _street(city: str, address: str) -> str:
    """City and street as one text: 一丁目2番3号 and 1-2-3 are one. "" without a number, which many would share."""
    if not address:
        return ""
    text = unicodedata.normalize("NFKC", address)
    text = _KANJI_BLOCK.sub(lambda m: m.group().translate(_KANJI_DIGITS), text)
    parts = [fold(part) for part in _BLOCK_WORDS.sub("-", text).split("-")]
    folded = "-".join(filter(None, parts))
    return _city(city) + folded if any(c.isdigit() for c in folded) else ""


@lru_cache(4096)
def _city(city: str) -> str:
    return fold(city)


def _host(address: str) -> str:
    """The domain of a site or of a mailbox; "" for one that anybody may have."""
    if not address:
        return ""
    host = re.sub(r"^\w+://", "", address.strip().lower()).split("/")[0].rpartition("@")[2].removeprefix("www.")
    return "" if host in _FREE_MAIL or "." not in host else host
