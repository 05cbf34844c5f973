"""Reader of the shipped master data: code lists, regions, and the organisations and cases of the founding document.

Pure and cached: it knows no store and no user's own codes; what it gives is the same in every copy of a release.
"""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from kanto_desk.clock import JST
from kanto_desk.paths import resources

MASTERS_RELEASED = datetime(2026, 11, 24, tzinfo=JST)
"""When the first edition of the data was released; shipped rows carry stamps of this moment."""

MASTERS_EDITION = "2026-11-24.2"
"""Named anew whenever rows are added, so that a desk that has the former edition takes in the new rows."""

_NAMESPACE = uuid.UUID("3f6a1c52-7d0e-5b8a-9c44-1a6e0b7d2f95")


def shipped_uid(kind: str, key: str) -> str:
    """The uid of a shipped row on every computer: 32 hexadecimal digits of UUIDv5 of record type and key."""
    return uuid.uuid5(_NAMESPACE, f"{kind}/{key}").hex


@dataclass(frozen=True, slots=True)
class CodeItem:
    """One code. `parent` is the code above it in a tree; `maps_to` a code of an outside list; dates inclusive."""

    code: str
    ja: str
    en: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    sort: int
    maps_to: str | None

    def label(self, language: str) -> str:
        """The words shown in "ja" or "en"."""
        return self.en if language == "en" else self.ja

    def valid_on(self, day: date) -> bool:
        """Whether the code may be chosen on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of codes in the order shown."""

    id: str
    ja: str
    en: str
    items: tuple[CodeItem, ...]

    def item(self, code: str) -> CodeItem | None:
        """The item of a code; None if the list has no such code."""
        return _by_code(self.id).get(code)

    def children(self, parent: str | None = None) -> tuple[CodeItem, ...]:
        """The items below a code; the topmost ones without a code."""
        return tuple(item for item in self.items if item.parent == parent)

    def valid_on(self, day: date) -> tuple[CodeItem, ...]:
        """The items that may be chosen on a day."""
        return tuple(item for item in self.items if item.valid_on(day))


@dataclass(frozen=True, slots=True)
class Prefecture:
    """A prefecture by its JIS X 0401 code; `in_bureau` marks the 11 of the Kanto bureau."""

    code: str
    ja: str
    en: str
    in_bureau: bool


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality or ward: six-digit code with check digit. `county` is its 郡, `city` the city of a ward."""

    code: str
    name: str
    kana: str
    prefecture: str
    county: str
    city: str | None
    designated: bool


@dataclass(frozen=True, slots=True)
class NameSpan:
    """What an organisation was called, and when (inclusive; None: open)."""

    name: str
    valid_from: date | None
    valid_to: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class ShippedOrganization:
    """An organisation named as proposer. Name as of 2014; `names` holds dated names where they are known.

    `kind` is a code of CL09, `legal_form` of CL08, `prefecture` of CL10. `basis` says where the prefecture comes from:
    "N" the name says so, "V" published material, "K" general knowledge, "" unknown. `cases` are model case numbers.
    """

    key: str
    uid: str
    name: str
    kana: str
    name_en: str
    source_notation: str
    kind: str
    legal_form: str | None
    prefecture: str | None
    basis: str
    city_code: str | None
    city: str | None
    cases: tuple[int, ...]
    names: tuple[NameSpan, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An organisation's place among the proposers of a case, with the notation of the document."""

    uid: str
    position: int
    organization: ShippedOrganization
    notation: str


@dataclass(frozen=True, slots=True)
class ModelCase:
    """A case adopted in the Kanto bureau's area. `theme` is None: the document does not say which it belongs to."""

    uid: str
    number: int
    title: str
    title_en: str
    theme: str | None
    announced_on: date
    strategy_project: bool
    annex: str
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme of case 5 or 6. `relations` are pairs of `actors` to be brought together.

    `services` are codes of the list support_service, `fields` of CL14, `concepts` of wide_area_concept.
    """

    uid: str
    key: str
    case: int
    name: str
    name_en: str
    summary: str
    summary_en: str
    actors: tuple[str, ...]
    aims: tuple[str, ...]
    relations: tuple[tuple[str, str], ...]
    services: tuple[str, ...]
    fields: tuple[str, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StrategyNode:
    """An item of the strategy tree: pillar, item, part, direction, direction_item, request or request_item."""

    uid: str
    code: str
    parent: str | None
    kind: str
    ja: str
    en: str
    example: str


@dataclass(frozen=True, slots=True)
class PolicyTheme:
    """One of the two policy themes of the model cases."""

    code: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Secretariat:
    """A unit that is secretariat of the council; no persons, no telephone numbers."""

    uid: str
    key: str
    body: str
    unit: str
    en: str


@dataclass(frozen=True, slots=True)
class ShippedPhrase:
    """A set phrase in both languages. `kind` is a code of entry_kind; `kana` the readings it is found by, too."""

    uid: str
    key: str
    kind: str
    title: str
    title_en: str
    kana: str
    text: str
    text_en: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (resources() / "masters" / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((resources() / "masters" / "model_cases.json").read_text("utf-8"))
    return document


@cache
def code_lists() -> dict[str, CodeList]:
    """Every shipped code list by its id (CL01 … CL42 and named ones)."""
    items: dict[str, list[CodeItem]] = {row["id"]: [] for row in _rows("code_lists.csv")}
    for file in sorted((resources() / "masters").glob("codes_*.csv")):
        for row in _rows(file.name):
            of_list = items[row["list"]]
            of_list.append(CodeItem(row["code"], row["ja"], row["en"], row["parent"] or None, _day(row["valid_from"]),
                                    _day(row["valid_to"]), len(of_list) + 1, row["maps_to"] or None))
    items["strategy"] = [CodeItem(node.code, node.ja, node.en, node.parent, None, None, n, None)
                         for n, node in enumerate(strategy_nodes(), 1)]
    return {row["id"]: CodeList(row["id"], row["ja"], row["en"], tuple(items[row["id"]]))
            for row in _rows("code_lists.csv")}


@cache
def _by_code(list_id: str) -> dict[str, CodeItem]:
    return {item.code: item for item in code_lists()[list_id].items}


def code_label(list_id: str, code: str | None, language: str = "ja") -> str:
    """The words of a code; the code itself when it is not shipped, "" for None. KeyError for an unknown list."""
    if code is None:
        return ""
    item = _by_code(list_id).get(code)
    return item.label(language) if item else code


@cache
def prefectures() -> tuple[Prefecture, ...]:
    """The 47 prefectures in the order of their codes."""
    bureau = {"08", "09", "10", "11", "12", "13", "14", "15", "19", "20", "22"}
    return tuple(Prefecture(item.code, item.ja, item.en, item.code in bureau) for item in code_lists()["CL10"].items)


@cache
def municipalities() -> tuple[Municipality, ...]:
    """Municipalities and wards of the 11 prefectures in the order of their codes."""
    designated = {item.code for item in code_lists()["CL11"].items}
    return tuple(
        Municipality(row["code"], row["name"], row["kana"], row["code"][:2], row["county"], row["city"] or None,
                     row["code"] in designated)
        for row in _rows("municipalities.csv"))


def city_code(prefecture: str, city: str) -> str | None:
    """The code of a municipality or ward as addresses write it, with its 郡 or without; None where it names none."""
    return _city_codes().get((prefecture, "".join(city.split())))


_ISLANDS = {"三宅村": "三宅島", "八丈町": "八丈島"}   # postcodes name the island where others have a 郡


@cache
def _city_codes() -> dict[tuple[str, str], str]:
    """(prefecture, name) → code of six digits; the name of a ward holds that of its city already."""
    return {(place.prefecture, before + place.name): place.code for place in municipalities()
            for before in ("", place.county, _ISLANDS.get(place.name, ""))}


def designated_cities() -> tuple[Municipality, ...]:
    """The 8 designated cities of the 11 prefectures."""
    return tuple(place for place in municipalities() if place.designated)


@cache
def organizations() -> tuple[ShippedOrganization, ...]:
    """The 68 proposers of the founding document."""
    names: dict[str, list[NameSpan]] = {}
    for row in _rows("organization_names.csv"):
        names.setdefault(row["key"], []).append(
            NameSpan(row["name"], _day(row["valid_from"]), _day(row["valid_to"]), row["reason"]))
    return tuple(
        ShippedOrganization(
            row["key"], shipped_uid("organization", row["key"]), row["name"], row["kana"], row["name_en"],
            row["source_notation"], row["kind"], row["legal_form"] or None, row["prefecture"] or None, row["basis"],
            row["city_code"] or None, row["city"] or None, tuple(int(case) for case in row["cases"].split()),
            tuple(names.get(row["key"], ())))
        for row in _rows("organizations.csv"))


@cache
def model_cases() -> tuple[ModelCase, ...]:
    """The 6 model cases, proposers in the order of the document."""
    by_key = {organization.key: organization for organization in organizations()}
    return tuple(
        ModelCase(
            shipped_uid("model_case", case["key"]), case["number"], case["title"], case["title_en"], case["theme"],
            date.fromisoformat(case["announced_on"]), case["strategy_project"], case["annex"],
            tuple(Proposal(shipped_uid("proposer", f"{case['key']}/{proposer['organization']}"), position,
                           by_key[proposer["organization"]], proposer["notation"])
                  for position, proposer in enumerate(case["proposers"], 1)))
        for case in _document()["model_cases"])


@cache
def programmes() -> tuple[Programme, ...]:
    """The branding, medical and aerospace programmes."""
    return tuple(
        Programme(shipped_uid("programme", row["key"]), row["key"], row["case"], row["name"], row["name_en"],
                  row["summary"], row["summary_en"], tuple(row["actors"]), tuple(row["aims"]),
                  tuple((one, other) for one, other in row["relations"]), tuple(row["services"]),
                  tuple(row["fields"]), tuple(row["concepts"]))
        for row in _document()["programmes"])


@cache
def strategy_nodes() -> tuple[StrategyNode, ...]:
    """The strategy tree in its own order, parents before children."""
    return tuple(StrategyNode(shipped_uid("strategy_node", row["code"]), row["code"], row["parent"] or None,
                              row["kind"], row["ja"], row["en"], row["example"])
                 for row in _rows("strategy.csv"))


@cache
def policy_themes() -> tuple[PolicyTheme, ...]:
    """The two policy themes."""
    return tuple(PolicyTheme(row["code"], row["ja"], row["en"]) for row in _document()["policy_themes"])


@cache
def secretariats() -> tuple[Secretariat, ...]:
    """The two units that are secretariat of the council."""
    return tuple(Secretariat(shipped_uid("organization", row["key"]), row["key"], row["body"], row["unit"], row["en"])
                 for row in _document()["secretariats"])


@cache
def phrases() -> tuple[ShippedPhrase, ...]:
    """The set phrases for consultations on site, in the order of a visit."""
    return tuple(ShippedPhrase(shipped_uid("phrase", row["key"]), row["key"], row["kind"], row["title"],
                               row["title_en"], row["kana"], row["text"], row["text_en"])
                 for row in _rows("phrases.csv"))
