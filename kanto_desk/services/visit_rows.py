"""Rows of consultations as the importers accept them, turned into values of records. Reads no file, writes no store.

Unknown keys are never dropped: they become private lines of the record and are reported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.calendar import fiscal_year
from kanto_desk.japanese.dates import parse_date, parse_time
from kanto_desk.rules.ordering import spread
from kanto_desk.services.added_codes import NONE, Added
from kanto_desk.services.given_values import (
    blank,
    code_of,
    field_named,
    japanese_label,
    joined,
    label_of,
    line_of,
    note_of,
    number_of,
    out_of_time,
    several,
    text_of,
)

_TEXTS = {"theme": "theme", "problem": "summary", "situation": "situation", "advice": "advice",
          "next_step": "direction", "expert": "expert", "place": "place", "expert_organization": "expert_organization"}
_ONE_LINE = frozenset({"theme", "expert", "place", "expert_organization"})
_CODES = {"form": "CL01", "category": "CL02", "strategic_industry": "CL13", "result": "CL05"}
_KNOWN = frozenset({
    "id", "organization", "held_on", "started_at", "ended_at", "participants", "issues", "lines", "promises", "text",
    "provenance", "state", "responses", "strategy", "nth", "next_on", "consents", *_TEXTS, *_CODES})
TYPE = "consultation"
_LINE_KEYS = frozenset({"id", "at", "kind", "text", "photos"})
_PERSON_KEYS = frozenset({"id", "name", "role", "side", "main"})
_PROMISE_KEYS = frozenset({"id", "text", "who", "side", "due_on", "done_on", "state", "line", "due_in_days",
                           "done_in_days"})
"""The last two are the shipped sample's, which turns them into days itself."""

_STATES = frozenset({"planned", "draft", "confirmed"})
_LINES = re.compile(r"\n")   # sentences hold commas


@dataclass(slots=True)
class Consultation:
    """A consultation read from a row: its organization's id or name, its values and its parts in order.

    A part may carry an `id` of its own, which is no field.
    """

    own_id: str
    organization: str
    values: dict[str, Any]
    parts: list[tuple[str, dict[str, Any]]]
    remarks: list[str] = field(default_factory=list)
    normalised: int = 0
    added: Added = NONE


def need_consultation_headings(headings: tuple[str, ...]) -> None:
    """Raises Refused when a table has no columns for organization and day."""
    if not {"organization", "held_on"} <= set(headings):
        raise Refused(tr("organization と held_on の列が要ります（1行目の見出し：{given}）。何も取り込んでいません。",
                         given="、".join(filter(None, headings))[:200]))


def consultation(row: Mapping[str, Any], today: date, added: Added = NONE) -> Consultation:
    """A consultation from a row; its parts carry no uids yet. `added` are the codes that users added.

    Raises Refused without organization or date, and for a value of a wrong kind.
    """
    given = {k: v for k, v in row.items() if not blank(v)}
    if "organization" not in given:
        raise Refused(tr("企業がありません"), "organization")
    if "held_on" not in given:
        raise Refused(tr("相談日がありません"), "held_on")
    held = _day(given["held_on"], today, "held_on")
    values: dict[str, Any] = {"held_on": held, "fiscal_year": fiscal_year(held)}
    made = Consultation(line_of(given.get("id"), "id"), line_of(given["organization"], "organization"), values, [],
                        added=added)
    notes: list[str] = []
    _times(given, held, values, notes)
    for key, target in _TEXTS.items():
        if key in given:
            values[target] = (line_of if key in _ONE_LINE else text_of)(given[key], key)
            made.normalised += isinstance(given[key], str) and given[key] != values[target]
    for key, list_id in _CODES.items():
        if key in given:
            values[key] = _code(made, list_id, given[key], key)
    if "responses" in given:
        values["responses"] = tuple(_code(made, "CL04", r, "responses") for r in several(given, "responses"))
    if "strategy" in given:
        values["strategy"] = tuple(text_of(s, "strategy") for s in several(given, "strategy"))
    if "nth" in given:
        values["nth"] = number_of(given["nth"], field_named("consultation", "nth"), "nth")
    if "next_on" in given:
        values["next_on"] = _day(given["next_on"], today, "next_on")
    state = text_of(given.get("state"), "state")
    if state not in ("", "planned", "draft"):
        made.remarks.append(tr("状態は取り込みません。署名はここでいただきます：{value}", value=state[:40]))
        if state not in _STATES:
            notes.append(f"{japanese_label('consultation', 'state')}: {state}")
    _parts(made, given, held, today, notes)
    return made


def _times(given: Mapping[str, Any], held: date, values: dict[str, Any], notes: list[str]) -> None:
    """Begin and end: of the plan, or as they were."""
    times = {key: _time(given[key], key) for key in ("started_at", "ended_at") if key in given}
    if given.get("state") != "planned":
        values.update({key: datetime.combine(held, at, JST) for key, at in times.items()})
    elif "started_at" in times:
        begin = values["planned_at"] = times["started_at"]
        if "ended_at" in times:
            end = times["ended_at"]
            values["planned_minutes"] = (end.hour - begin.hour) * 60 + end.minute - begin.minute
    elif times:
        notes.append(f"{japanese_label('consultation', 'ended_at')}: {times['ended_at']:%H:%M}")


def _code(made: Consultation, list_id: str, value: Any, key: str) -> str:
    """A code; a value that the list has not is kept as it is and reported."""
    text = text_of(value, key)
    code = code_of(list_id, text, made.added)
    if code is not None and not made.added.valid_on(list_id, code, made.values["held_on"]):
        made.remarks.append(out_of_time(text, label_of("consultation", key)))
    if code is None:
        made.remarks.append(tr("「{value}」は「{label}」の区分表にありません。そのまま残しました", value=text[:80],
                               label=label_of("consultation", key)))
    return code or text


def _named(made: Consultation, list_id: str, value: Any, key: str, usual: str, notes: list[str]) -> str:
    """A code of a part; for a value that the list has not the usual one is taken, and the value kept as a note."""
    if blank(value):
        return usual
    code = code_of(list_id, text_of(value, key), made.added)
    if code is None:
        _keep(made, key, note_of(value), notes)
    return code or usual


def _keep(made: Consultation, key: str, value: str, notes: list[str]) -> None:
    notes.append(f"{japanese_label('consultation', key)}: {value}")
    made.remarks.append(tr("「{value}」は区分表にありません。メモに残しました", value=value[:80]))


def _rest(made: Consultation, about: Mapping[str, Any], known: frozenset[str], key: str, notes: list[str]) -> None:
    """Keys of a part that nobody knows become a note."""
    extra = {k: v for k, v in about.items() if k not in known and not blank(v)}
    if extra:
        values = "、".join(f"{k} {note_of(v)}" for k, v in extra.items())
        notes.append(f"{japanese_label('consultation', key)}: {values}")
        made.remarks.append(tr("知らない項目をメモに残しました：{keys}", keys="、".join(map(str, extra))))


def _parts(made: Consultation, given: Mapping[str, Any], held: date, today: date, notes: list[str]) -> None:
    written = [_about(x, "text", "lines") for x in several(given, "lines", _LINES)]
    lines = [x for x in written if text_of(x.get("text"), "lines")]
    if len(lines) < len(written):
        made.remarks.append(tr("文字のない行を{n}行読みとばしました", n=len(written) - len(lines)))
    entries = [_entry(made, line, held, notes) for line in lines]
    others = [*_issues(made, given, notes), *_people(made, given, notes),
              *_promises(made, given, today, len(lines), notes)]
    for code in several(given, "consents"):
        others.append(("consent", {"code": _code(made, "CL41", code, "consents"), "given_on": held}))
    unknown = [k for k in given if k not in _KNOWN]
    private = [joined(given[k], k) for k in ("text", "provenance") if k in given]
    if unknown:
        private.append("\n".join(f"{k}: {note_of(given[k])}" for k in unknown))
        made.remarks.append(tr("知らない項目をメモに残しました：{keys}", keys="、".join(unknown)))
    private += notes
    entries += [{"kind": "memo", "text": text, "at": None, "photos": []} for text in private]
    for entry, place in zip(entries, spread(len(entries)), strict=True):
        made.parts.append(("entry", {**entry, "place": place}))
    made.parts += others


def _entry(made: Consultation, line: Mapping[str, Any], held: date, notes: list[str]) -> dict[str, Any]:
    _rest(made, line, _LINE_KEYS, "lines", notes)
    text = text_of(line["text"], "lines")
    made.normalised += isinstance(line["text"], str) and line["text"] != text
    at = datetime.combine(held, _time(line["at"], "lines"), JST) if line.get("at") else None
    return {"kind": _named(made, "entry_kind", line.get("kind"), "lines", "said", notes), "text": text, "at": at,
            "photos": several(line, "photos"), **_own_id(line, "lines")}


def _about(item: Any, named: str, key: str) -> Mapping[str, Any]:
    """A part as an object; a text alone is its words. Raises Refused for a number: nobody said or promised a 5."""
    about = item if isinstance(item, Mapping) else {named: item}
    if isinstance(about.get(named), (int, float)):
        raise Refused(tr("文字ではありません：{value}", value=note_of(about[named])[:40]), key)
    return about


def _own_id(about: Mapping[str, Any], key: str) -> dict[str, str]:
    own_id = line_of(about.get("id"), key)
    return {"id": own_id} if own_id else {}


def _issues(made: Consultation, given: Mapping[str, Any], notes: list[str]) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for n, value in enumerate(several(given, "issues")):
        code = code_of("CL03", text_of(value, "issues"), made.added)
        if code is None:
            _keep(made, "issues", note_of(value), notes)
        else:
            found.append(("issue", {"code": code, "primary": n == 0, "state": "open", "place": f"V{n:03d}1"}))
    return found


def _people(made: Consultation, given: Mapping[str, Any], notes: list[str]) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for n, person in enumerate(several(given, "participants")):
        about = _about(person, "name", "participants")
        name = line_of(about.get("name"), "participants")
        if not name:
            made.remarks.append(tr("氏名のない参加者をメモに残しました"))
            notes.append(f"{japanese_label('consultation', 'participants')}: {note_of(about)}")
            continue
        _rest(made, about, _PERSON_KEYS, "participants", notes)
        side = _named(made, "promise_side", about.get("side"), "participants", "company", notes)
        found.append(("participant", {"name": name, "role": line_of(about.get("role"), "participants") or None,
                                      "side": side, "main": bool(about.get("main", n == 0)), "place": f"V{n:03d}1",
                                      **_own_id(about, "participants")}))
    return found


def _promises(made: Consultation, given: Mapping[str, Any], today: date, lines: int,
              notes: list[str]) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for n, promise in enumerate(several(given, "promises", _LINES)):
        about = _about(promise, "text", "promises")
        text = text_of(about.get("text"), "promises")
        if not text:
            made.remarks.append(tr("内容のない約束をメモに残しました"))
            notes.append(f"{japanese_label('consultation', 'promises')}: {note_of(about)}")
            continue
        _rest(made, about, _PROMISE_KEYS, "promises", notes)
        line = about.get("line")
        if line is not None and not (isinstance(line, int) and 0 <= line < lines):
            made.remarks.append(tr("約束のもとの行がありません：{value}", value=note_of(line)[:40]))
        found.append(("promise", {
            "text": text, "who": line_of(about.get("who"), "promises") or None,
            "side": _named(made, "promise_side", about.get("side"), "promises", "", notes) or None,
            "due_on": _day(about["due_on"], today, "promises") if about.get("due_on") else None,
            "done_on": _day(about["done_on"], today, "promises") if about.get("done_on") else None,
            "state": _named(made, "promise_state", about.get("state"), "promises", "open", notes), "line": line,
            "place": f"V{n:03d}1", **_own_id(about, "promises")}))
    return found


def _day(value: Any, today: date, key: str) -> date:
    try:
        return parse_date(text_of(value, key), today)
    except Refused as refused:
        raise Refused(refused.message, key) from refused


def _time(value: Any, key: str) -> time:
    try:
        return parse_time(text_of(value, key))
    except Refused as refused:
        raise Refused(refused.message, key) from refused
