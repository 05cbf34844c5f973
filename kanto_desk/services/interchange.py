"""What the importers accept (CLI.md, JSON lines), turned into values of records. Reads no file and writes no store.

Unknown keys and values that fit no code are never dropped: they become notes and are reported.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from typing import Any

from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.calendar import fiscal_year
from kanto_desk.japanese.dates import parse_date, parse_time
from kanto_desk.japanese.folding import fold
from kanto_desk.japanese.numbers import check_corporate_number, postcode
from kanto_desk.japanese.phone import phone
from kanto_desk.japanese.text import clean_text, to_katakana
from kanto_desk.masters import code_lists
from kanto_desk.rules.ordering import spread

HEADINGS = {
    "id": "id", "番号": "id", "管理番号": "id", "名称": "name", "企業名": "name", "会社名": "name", "事業所名": "name",
    "法人名": "name", "商号": "name", "フリガナ": "kana", "ふりがな": "kana", "カナ": "kana", "読み": "kana",
    "英文名": "name_en", "英語名": "name_en", "法人番号": "corporate_number", "法人格": "legal_form", "種別": "kind",
    "組織種別": "kind", "郵便番号": "postal_code", "〒": "postal_code", "都道府県": "prefecture", "市区町村": "city",
    "住所": "address", "所在地": "address", "番地": "address", "電話": "phone", "電話番号": "phone", "TEL": "phone",
    "FAX": "fax", "メール": "email", "メールアドレス": "email", "E-mail": "email", "URL": "url", "ウェブサイト": "url",
    "ホームページ": "url", "業種": "industry", "資本金": "capital_yen", "従業員数": "employees", "従業員": "employees",
    "創業年月": "founded", "設立": "founded", "代表者": "representative", "代表者名": "representative",
    "主要製品": "products", "主要製品・サービス": "products", "事業内容": "products", "強み": "strengths",
    "課題": "weaknesses", "設備": "equipment", "主な設備": "equipment", "認証": "certificates", "備考": "text",
    "メモ": "text", "location": "address", "capital_stock": "capital_yen", "employee_number": "employees",
    "company_url": "url", "representative_name": "representative", "business_summary": "products",
    "date_of_establishment": "founded",
}
"""Column headings of offices, and gBizINFO's names, by the importer's key."""

MOST_INTEGER = 2**53
"""Beyond it a number of JSON or a spreadsheet has lost digits already."""

_COPIED = ("name_en", "url", "email", "fax", "closing_month", "products", "strengths", "weaknesses", "representative",
           "representative_role", "city", "address")
_IGNORED = frozenset({"sample", "headline", "links", "starred", "hojin-infos", "meta-data"})
_DONE = frozenset({
    "id", "name", "kana", "corporate_number", "kind", "legal_form", "postal_code", "prefecture", "industry",
    "capital_yen", "employees", "founded", "phone", "text", "processes", "materials", "equipment", "certificates",
    "precision_mm", "lots", "regions", "contacts", "representative_kana", *_COPIED, *_IGNORED})
_VISIT_KEYS = frozenset({
    "id", "organization", "held_on", "started_at", "ended_at", "form", "expert", "participants", "theme", "issues",
    "lines", "problem", "advice", "next_step", "promises", "text", "provenance", "state", "situation", "place",
    "expert_organization", "category", "strategic_industry", "result", "responses", "strategy", "nth", "next_on",
    "consents", "sample", "model_case", "confirmed_by"})
"""Keys of a consultation; `model_case` and `confirmed_by` say where a row comes from and become no field."""


@dataclass(slots=True)
class Organization:
    """An organization read from a row: field values, contacts, and what the reader wants to tell."""

    own_id: str
    values: dict[str, Any]
    contacts: list[Mapping[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Consultation:
    """A consultation read from a row: its organization's id or name, its values and its parts in order."""

    own_id: str
    organization: str
    values: dict[str, Any]
    parts: list[tuple[str, dict[str, Any]]]
    remarks: list[str] = field(default_factory=list)


@cache
def _codes(list_id: str) -> dict[str, str]:
    """Folded code, Japanese and English name → code."""
    known: dict[str, str] = {}
    for item in code_lists()[list_id].items:
        for spelling in (item.en, item.ja, item.code):
            known[fold(spelling)] = item.code
    if list_id == "CL10":
        known |= {fold(i.ja[:-1]): i.code for i in code_lists()[list_id].items if len(i.ja) > 2}
    return known


def code_of(list_id: str, value: Any) -> str | None:
    """The code of a value given as code or in any usual spelling; None if the list has none such."""
    return _codes(list_id).get(fold(str(value)))


def organization(row: Mapping[str, Any]) -> Organization:
    """An organization from a row of any accepted shape.

    Raises Refused without a name, and for a value of a wrong kind.
    """
    given = {HEADINGS.get(k, k): v for k, v in row.items() if v not in (None, "", [], {})}
    name = _text(given.get("name"))
    if not name:
        raise Refused(tr("名称がありません"), "name")
    made = Organization(_text(given.get("id")), {"name": name})
    values, notes = made.values, []
    for key in _COPIED:
        if key in given:
            values[key] = integer_of(given[key], key) if key == "closing_month" else _text(given[key])
    for key in ("kana", "representative_kana"):
        if key in given:
            values[key] = to_katakana(_text(given[key]))
    _numbers(given, values, made.remarks)
    for key, target, list_id in (("kind", "kind", "CL09"), ("legal_form", "legal_form", "CL08"),
                                 ("prefecture", "prefecture", "CL10")):
        if key in given:
            code = code_of(list_id, given[key])
            if code is None:
                made.remarks.append(tr("「{value}」は区分表にありません。メモに残しました", value=_text(given[key])))
                notes.append(f"{key}: {_text(given[key])}")
            else:
                values[target] = code
    if "industry" in given:
        _industry(given["industry"], values, notes, made.remarks)
    for key, target in (("equipment", "equipment"), ("certificates", "certificates")):
        if key in given:
            values[target] = _lines(given[key])
    able = [f"{label}：{_lines(given[key], '、')}"   # data is Japanese, whatever language the screen shows
            for key, label in (("processes", "工程"), ("materials", "材質"), ("precision_mm", "精度（mm）"),
                               ("lots", "ロット"), ("regions", "対応地域")) if key in given]
    if able:
        values["capabilities"] = "\n".join(able)
    if "text" in given:
        notes.insert(0, _text(given["text"]))
    unknown = [k for k in given if k not in _DONE]
    notes += [f"{k}: {_lines(given[k], '、')}" for k in unknown]
    if unknown:
        made.remarks.append(tr("知らない項目をメモに残しました：{keys}", keys="、".join(unknown)))
    if notes:
        values["notes"] = "\n".join(notes)
    for contact in _several(given, "contacts"):
        about = contact if isinstance(contact, Mapping) else {"name": contact}
        if _text(about.get("name")):
            made.contacts.append({**{k: _text(about.get(k)) or None for k in ("name", "role", "email")},
                                  "kana": to_katakana(_text(about.get("kana"))) or None,
                                  "phone": phone(_text(about["phone"])) if about.get("phone") else None,
                                  "is_contact": about.get("is_contact") is True})
    return made


def _numbers(given: Mapping[str, Any], values: dict[str, Any], remarks: list[str]) -> None:
    """Numbers in any width; one that cannot be right is kept where it does no harm and reported."""
    if "corporate_number" in given:
        try:
            values["corporate_number"] = check_corporate_number(_text(given["corporate_number"]))
        except Refused as refused:
            raise Refused(refused.message, "corporate_number") from refused
    if "postal_code" in given:
        values["postal_code"] = postcode(_text(given["postal_code"]))
    if "phone" in given:
        values["phone"] = phone(_text(given["phone"]))
    for key in ("capital_yen", "employees"):
        if key in given:
            values[key] = integer_of(given[key], key)
    if "founded" in given:
        values["founded"] = _text(given["founded"])[:10]
    if len(str(values.get("postal_code") or "")) > 8:
        remarks.append(tr("郵便番号を確かめます：{value}", value=values.pop("postal_code")))


def _industry(value: Any, values: dict[str, Any], notes: list[str], remarks: list[str]) -> None:
    code = code_of("CL12", value)
    item = code_lists()["CL12"].item(code) if code else None
    if item is None:
        remarks.append(tr("「{value}」は区分表にありません。メモに残しました", value=_text(value)))
        notes.append(f"industry: {_text(value)}")
    elif item.parent:
        values["jsic_division"], values["jsic_section"] = item.code, item.parent
    else:
        values["jsic_section"] = item.code


def consultation(row: Mapping[str, Any], today: date) -> Consultation:
    """A consultation from a row; its parts carry no uids yet.

    Raises Refused without organization or date, and for a value of a wrong kind.
    """
    given = {k: v for k, v in row.items() if v not in (None, "", [], {})}
    if "organization" not in given:
        raise Refused(tr("企業がありません"), "organization")
    if "held_on" not in given:
        raise Refused(tr("相談日がありません"), "held_on")
    held = _day(given["held_on"], today, "held_on")
    values: dict[str, Any] = {"held_on": held, "fiscal_year": fiscal_year(held)}
    made = Consultation(_text(given.get("id")), _text(given["organization"]), values, [])
    if given.get("state") == "planned":
        if "started_at" in given:
            values["planned_at"] = _time(given["started_at"], "started_at")
            if "ended_at" in given:
                end = _time(given["ended_at"], "ended_at")
                begin = values["planned_at"]
                values["planned_minutes"] = (end.hour - begin.hour) * 60 + end.minute - begin.minute
    else:
        for key in ("started_at", "ended_at"):
            if key in given:
                values[key] = datetime.combine(held, _time(given[key], key), JST)
    for key, target in (("theme", "theme"), ("problem", "summary"), ("situation", "situation"), ("advice", "advice"),
                        ("next_step", "direction"), ("expert", "expert"), ("place", "place"),
                        ("expert_organization", "expert_organization")):
        if key in given:
            values[target] = _text(given[key])
    for key, target, list_id in (("form", "form", "CL01"), ("category", "category", "CL02"),
                                 ("strategic_industry", "strategic_industry", "CL13"), ("result", "result", "CL05")):
        if key in given:
            values[target] = code_of(list_id, given[key]) or _text(given[key])
    if "responses" in given:
        values["responses"] = tuple(code_of("CL04", r) or _text(r) for r in _several(given, "responses"))
    if "strategy" in given:
        values["strategy"] = tuple(_text(s) for s in _several(given, "strategy"))
    if "nth" in given:
        values["nth"] = integer_of(given["nth"], "nth")
    if "next_on" in given:
        values["next_on"] = _day(given["next_on"], today, "next_on")
    _parts(made, given, held, today)
    return made


def _parts(made: Consultation, given: Mapping[str, Any], held: date, today: date) -> None:
    add: Callable[[str, dict[str, Any]], None] = lambda kind, v: made.parts.append((kind, v))  # noqa: E731
    written = [x if isinstance(x, Mapping) else {"text": x} for x in _several(given, "lines")]
    lines = [x for x in written if _text(x.get("text"))]
    if len(lines) < len(written):
        made.remarks.append(tr("文字のない行を{n}行読みとばしました", n=len(written) - len(lines)))
    private = [_text(given[k]) for k in ("text", "provenance") if k in given]
    unknown = [k for k in given if k not in _VISIT_KEYS]
    if unknown:
        private.append("\n".join(f"{k}: {_text(given[k])}" for k in unknown))
        made.remarks.append(tr("知らない項目をメモに残しました：{keys}", keys="、".join(unknown)))
    places = spread(len(lines) + len(private))
    for n, line in enumerate(lines):
        kind = code_of("entry_kind", line.get("kind", "発言")) or "said"
        at = datetime.combine(held, _time(line["at"], "lines"), JST) if line.get("at") else None
        add("entry", {"kind": kind, "text": _text(line["text"]), "at": at, "place": places[n],
                      "photos": _several(line, "photos")})
    for n, text in enumerate(private, len(lines)):
        add("entry", {"kind": "memo", "text": text, "at": None, "place": places[n], "photos": []})
    for n, code in enumerate(_several(given, "issues")):
        known = code_of("CL03", code)
        if known is None:
            made.remarks.append(tr("「{value}」は区分表にありません。メモに残しました", value=_text(code)))
            add("entry", {"kind": "memo", "text": f"issue: {_text(code)}", "at": None, "place": "z", "photos": []})
        else:
            add("issue", {"code": known, "primary": n == 0, "state": "open", "place": f"V{n:03d}1"})
    for n, person in enumerate(_several(given, "participants")):
        about = person if isinstance(person, Mapping) else {"name": person}
        if _text(about.get("name")):
            add("participant", {"name": _text(about["name"]), "role": _text(about.get("role")) or None,
                                "side": code_of("promise_side", about.get("side", "company")) or "company",
                                "main": bool(about.get("main", n == 0)), "place": f"V{n:03d}1"})
    for n, promise in enumerate(_several(given, "promises")):
        promise = promise if isinstance(promise, Mapping) else {"text": promise}
        if not _text(promise.get("text")):
            made.remarks.append(tr("内容のない約束を読みとばしました"))
            continue
        add("promise", {
            "text": _text(promise["text"]), "who": _text(promise.get("who")) or None,
            "side": code_of("promise_side", promise["side"]) if promise.get("side") else None,
            "due_on": _day(promise["due_on"], today, "promises") if promise.get("due_on") else None,
            "done_on": _day(promise["done_on"], today, "promises") if promise.get("done_on") else None,
            "state": code_of("promise_state", promise.get("state") or "open") or "open", "line": promise.get("line"),
            "place": f"V{n:03d}1"})
    for code in _several(given, "consents"):
        add("consent", {"code": code_of("CL41", code) or _text(code), "given_on": held})


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple, dict)):
        return clean_text(json.dumps(value, ensure_ascii=False))
    return clean_text(str(value)).strip()


def _several(given: Mapping[str, Any], key: str) -> list[Any]:
    """A list of JSON, or of a cell: its parts by comma, semicolon or line. Raises Refused for a number or the like."""
    value = given.get(key, [])
    if isinstance(value, (list, tuple)):
        return [item for item in value if item not in (None, "", [], {})]
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, str):
        return [part.strip() for part in re.split(r"[、,;；\n]", value) if part.strip()]
    raise Refused(tr("一覧ではありません：{value}", value=_text(value)[:40]), key)


def _lines(value: Any, between: str = "\n") -> str:
    return between.join(_text(v) for v in value) if isinstance(value, (list, tuple)) else _text(value)


def integer_of(value: Any, key: str) -> int:
    """A whole number in any width and with the units of offices (1,000万円, 24名). Raises Refused naming `key`."""
    plain = unicodedata.normalize("NFKC", "" if isinstance(value, bool) else str(value)).replace(",", "").strip()
    for unit, times in (("億円", 10**8), ("千万円", 10**7), ("百万円", 10**6), ("万円", 10**4), ("千円", 10**3),
                        ("円", 1), ("名", 1), ("人", 1)):
        if plain.endswith(unit):
            plain, factor = plain[:-len(unit)], times
            break
    else:
        factor = 1
    try:
        number = round(float(plain) * factor)   # OverflowError: infinity
    except (ValueError, OverflowError):
        number = None
    if number is None or abs(number) > MOST_INTEGER:
        raise Refused(tr("数ではありません：{value}", value=_text(value)[:40]), key)
    return number


def _day(value: Any, today: date, key: str) -> date:
    try:
        return parse_date(_text(value), today)
    except Refused as refused:
        raise Refused(refused.message, key) from refused


def _time(value: Any, key: str) -> time:
    try:
        return parse_time(_text(value))
    except Refused as refused:
        raise Refused(refused.message, key) from refused
