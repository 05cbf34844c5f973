"""Rows of organizations as the importers accept them, turned into values of records. Reads no file, writes no store.

Unknown keys and values that fit no code are never dropped: they become notes and are reported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.numbers import check_corporate_number, check_postcode, corporate_number_warning, postcode
from kanto_desk.japanese.phone import check_phone, phone
from kanto_desk.japanese.text import half_width, to_katakana
from kanto_desk.masters import code_lists
from kanto_desk.services.added_codes import NONE, Added
from kanto_desk.services.given_values import (
    blank,
    field_named,
    japanese_label,
    joined,
    label_of,
    line_of,
    note_of,
    number_of,
    several,
    text_of,
)
from kanto_desk.services.given_values import code_of as code_of  # readers of fields find them here
from kanto_desk.services.given_values import integer_of as integer_of
from kanto_desk.services.rows_of_files import need_single
from kanto_desk.services.visit_rows import Consultation as Consultation
from kanto_desk.services.visit_rows import consultation as consultation
from kanto_desk.services.whole_addresses import divide

HEADINGS = {
    "id": "id", "番号": "id", "管理番号": "id", "名称": "name", "企業名": "name", "会社名": "name", "事業所名": "name",
    "法人名": "name", "商号": "name", "フリガナ": "kana", "ふりがな": "kana", "カナ": "kana", "読み": "kana",
    "英文名": "name_en", "英語名": "name_en", "法人番号": "corporate_number", "法人格": "legal_form", "種別": "kind",
    "組織種別": "kind", "郵便番号": "postal_code", "〒": "postal_code", "都道府県": "prefecture", "市区町村": "city",
    "住所": "address", "所在地": "address", "番地": "address", "電話": "phone", "電話番号": "phone", "TEL": "phone",
    "FAX": "fax", "メール": "email", "メールアドレス": "email", "E-mail": "email", "URL": "url", "ウェブサイト": "url",
    "ホームページ": "url", "業種": "industry", "資本金": "capital_yen", "従業員数": "employees", "従業員": "employees",
    "創業年月": "founded", "設立": "founded", "決算月": "closing_month", "代表者": "representative",
    "代表者名": "representative", "主要製品": "products", "主要製品・サービス": "products", "事業内容": "products",
    "強み": "strengths",
    "課題": "weaknesses", "設備": "equipment", "主な設備": "equipment", "認証": "certificates", "備考": "text",
    "メモ": "text", "location": "address", "capital_stock": "capital_yen", "employee_number": "employees",
    "company_url": "url", "representative_name": "representative", "business_summary": "products",
    "date_of_establishment": "founded", "prefecture_name": "prefecture", "city_name": "city",
    "representative_position": "representative_role",
}
"""Column headings of offices, and gBizINFO's names, by the importer's key."""

_COPIED = ("name_en", "url", "email", "fax", "closing_month", "products", "strengths", "weaknesses", "representative",
           "representative_role", "city", "address")
_REGISTER = frozenset({"founding_year", "close_date", "close_cause", "update_date"})
"""gBizINFO's keys that mean a value together with others; DOMAIN 2.1 lists its base fields."""

_DONE = frozenset({
    *_REGISTER, "id", "name", "kana", "corporate_number", "kind", "legal_form", "postal_code", "prefecture", "industry",
    "capital_yen", "employees", "founded", "phone", "text", "processes", "materials", "equipment", "certificates",
    "precision_mm", "lots", "regions", "contacts", "representative_kana", *_COPIED})
_ONE_LINE = frozenset({"name_en", "url", "email", "fax", "representative", "representative_role", "city", "address"})
_SPELLED = ("name", "kana", "representative_kana", "postal_code", "phone", "corporate_number", *_COPIED)
"""Text whose usual spelling (width, kana, hyphens) counts as normalised when it differs from what the file has."""

_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_MIDNIGHT = re.compile(r"(?<=^\d{4}-\d\d-\d\d)[T ]00:00(?::00)?(?:\.0+)?(?:Z|\+\d\d:\d\d)?$")


@dataclass(slots=True)
class Organization:
    """An organization read from a row: field values, contacts, and what the reader wants to tell."""

    own_id: str
    values: dict[str, Any]
    contacts: list[Mapping[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    normalised: int = 0


def meaning(heading: str) -> str:
    """The importer's key of a column heading or key; itself when nobody knows it."""
    return HEADINGS.get(heading, heading)


def need_organization_headings(headings: tuple[str, ...]) -> None:
    """Raises Refused when a table has no column for the name, or two for one thing."""
    keys = [meaning(heading) for heading in headings]
    if "name" not in keys:
        raise Refused(tr("名称の列が見つかりません（1行目の見出し：{given}）。名称の見出しは {names} のどれかです。"
                         "ほかに分かる見出し：{known}。何も取り込んでいません。",
                         given="、".join(filter(None, headings))[:200],
                         names="・".join(h for h, key in HEADINGS.items() if key == "name"),
                         known="・".join(h for h, key in HEADINGS.items() if key != "name" and not h.islower())))
    need_single(headings, keys)


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row gives, by the importer's keys. Raises Refused when two keys mean the same and differ."""
    given: dict[str, Any] = {}
    for heading, value in row.items():
        key = meaning(heading)
        if blank(value):
            continue
        if key in given and given[key] != value:
            raise Refused(tr("同じ項目に二つの値があります：{values}",
                             values="／".join(note_of(v)[:40] for v in (given[key], value))), key)
        given[key] = value
    return given


def organization(row: Mapping[str, Any], added: Added = NONE) -> Organization:
    """An organization from a row of any accepted shape; `added` are the codes that users added.

    Raises Refused without a name, and for a value of a wrong kind.
    """
    given = _given(row)
    name = line_of(given.get("name"), "name")
    if not name:
        raise Refused(tr("名称がありません"), "name")
    made = Organization(text_of(given.get("id"), "id"), {"name": name})
    values = made.values
    notes: list[str] = []
    for key in _COPIED:
        if key in given:
            read = line_of if key in _ONE_LINE else text_of
            values[key] = _number(given[key], key) if key == "closing_month" else read(given[key], key)
    for key in ("kana", "representative_kana"):
        if key in given:
            values[key] = to_katakana(line_of(given[key], key))
    _numbers(given, values, notes, made.remarks)
    for key, target, list_id in (("kind", "kind", "CL09"), ("legal_form", "legal_form", "CL08"),
                                 ("prefecture", "prefecture", "CL10")):
        if key in given:
            code = code_of(list_id, text_of(given[key], key), added)
            if code is None and key == "kind" and (form := code_of("CL08", text_of(given[key], key))):
                values.setdefault("legal_form", form)   # registers say with it what law a body stands under
            elif code is None:
                _no_code(key, given[key], notes, made.remarks)
            else:
                values[target] = code
    divide(values)
    _register(given, values, notes)
    if "industry" in given:
        _industry(given["industry"], values, notes, made.remarks)
    for key in ("equipment", "certificates"):
        if key in given:
            values[key] = joined(given[key], key)
    able = [f"{japanese_label('organization', key)}：{joined(given[key], key, '、')}"
            for key in ("processes", "materials", "precision_mm", "lots", "regions") if key in given]
    if able:
        values["capabilities"] = "\n".join(able)
    if "text" in given:
        notes.insert(0, joined(given["text"], "text"))
    _contacts(made, given, notes)
    unknown = [k for k in given if k not in _DONE]
    notes += [f"{k}: {note_of(given[k])}" for k in unknown]
    if unknown:
        made.remarks.append(tr("知らない項目をメモに残しました：{keys}", keys="、".join(unknown)))
    if notes:
        values["notes"] = "\n".join(notes)
    made.normalised += sum(isinstance(given.get(key), str) and isinstance(values.get(key), str)
                           and given[key] != values[key] for key in _SPELLED)
    return made


def _register(given: Mapping[str, Any], values: dict[str, Any], notes: list[str]) -> None:
    """What a register says of a body's beginning and end; the words of the register are kept as notes."""
    if "founding_year" in given and "founded" not in values:
        values["founded"] = f"{integer_of(given['founding_year'], 'founding_year')}年"
    elif "founding_year" in given:
        notes.append(f"founding_year: {note_of(given['founding_year'])}")
    if "close_date" in given or "close_cause" in given:
        values["state"] = "merged" if "合併" in note_of(given.get("close_cause")) else "closed"
    notes += [f"{key}: {note_of(given[key])}" for key in ("close_date", "close_cause", "update_date") if key in given]


def _no_code(key: str, value: Any, notes: list[str], remarks: list[str]) -> None:
    remarks.append(tr("「{value}」は区分表にありません。メモに残しました", value=note_of(value)[:80]))
    notes.append(f"{japanese_label('organization', key)}: {note_of(value)}")


def _contacts(made: Organization, given: Mapping[str, Any], notes: list[str]) -> None:
    for contact in several(given, "contacts"):
        about = contact if isinstance(contact, Mapping) else {"name": contact}
        plain = {k: line_of(about.get(k), "contacts") for k in ("name", "role", "email", "kana", "phone")}
        extra = {k: v for k, v in about.items() if not blank(v) and k not in plain
                 and not (k == "is_contact" and isinstance(v, bool))}
        if not plain["name"]:
            made.remarks.append(tr("氏名のない窓口をメモに残しました"))
            notes.append(f"窓口: {note_of(contact)}")
            continue
        if extra:
            made.remarks.append(tr("知らない項目をメモに残しました：{keys}", keys="、".join(map(str, extra))))
            notes.append(f"窓口 {plain['name']}: {note_of(extra)}")
        kana, number = to_katakana(plain["kana"]), phone(plain["phone"])
        made.normalised += (kana, number) != (plain["kana"], plain["phone"])
        made.contacts.append({**{k: plain[k] or None for k in ("name", "role", "email")}, "kana": kana or None,
                              "phone": number or None, "is_contact": about.get("is_contact") is True})


def _numbers(given: Mapping[str, Any], values: dict[str, Any], notes: list[str], remarks: list[str]) -> None:
    """Numbers in any width; one that cannot be right is kept as it is written and reported (UX.md 7.8)."""
    if "corporate_number" in given:
        text = line_of(given["corporate_number"], "corporate_number")
        values["corporate_number"] = corporate_number(text)
        warning = corporate_number_warning(text)
        if _SCIENTIFIC.fullmatch(half_width(text)):
            warning = tr("表計算で桁が失われています。元の番号を入れ直します。")
        if warning:
            remarks.append(_doubt("corporate_number", text, warning))
    for key, check, loose in (("postal_code", check_postcode, postcode), ("phone", check_phone, phone),
                              ("fax", check_phone, phone)):
        if key not in given:
            continue
        text = line_of(given[key], key)
        values[key] = loose(text)
        try:
            check(text)
        except Refused as refused:
            remarks.append(_doubt(key, text, refused.message))
    if len(values.get("postal_code") or "") > 8:   # no field holds it
        notes.append(f"{japanese_label('organization', 'postal_code')}: {values.pop('postal_code')}")
    for key in ("capital_yen", "employees"):
        if key in given:
            values[key] = _number(given[key], key)
    if "founded" in given:
        values["founded"] = _MIDNIGHT.sub("", line_of(given["founded"], "founded"))


def _number(value: Any, key: str) -> int:
    return number_of(value, field_named("organization", key), key)


def _doubt(key: str, value: str, reason: str) -> str:
    return tr("{label}を確かめます：{value}（{reason}）", label=label_of("organization", key), value=value[:40],
              reason=reason)


def corporate_number(text: str) -> str:
    """The 13 digits of a corporate number; one that cannot be right as it is written, in half width if it is digits."""
    try:
        return check_corporate_number(text)
    except Refused:
        digits = re.sub(r"[-\s]", "", half_width(text))
        return digits if digits.isascii() and digits.isdigit() else text


def _industry(value: Any, values: dict[str, Any], notes: list[str], remarks: list[str]) -> None:
    code = code_of("CL12", text_of(value, "industry"))
    item = code_lists()["CL12"].item(code) if code else None
    if item is None:
        _no_code("industry", value, notes, remarks)
    elif item.parent:
        values["jsic_division"], values["jsic_section"] = item.code, item.parent
    else:
        values["jsic_section"] = item.code
