"""Puts the shipped rows into a store: those of the founding document (organisations, cases, programmes, strategy tree)
and the set phrases.

Shipped rows have the same uid and stamps of device 0 at the data's release on every computer, so they are never sent,
and a later edition follows where no user edited (ARCHITECTURE.md, decision 3 of the design).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kanto_desk.db import apply as applying
from kanto_desk.db.apply import Change
from kanto_desk.db.schema import SCHEMA_VERSION, fields_of, records
from kanto_desk.db.stamps import COUNTER_BITS, MASTERS_DEVICE
from kanto_desk.db.store import Store
from kanto_desk.fields import Json, to_wire
from kanto_desk.masters import (
    MASTERS_EDITION,
    MASTERS_RELEASED,
    model_cases,
    organizations,
    phrases,
    programmes,
    secretariats,
    shipped_uid,
    strategy_nodes,
)
from kanto_desk.rules.ordering import spread

EDITION = "masters_edition"


def load(store: Store) -> int:
    """Bring the shipped rows to this program's edition; gives how many rows were written, 0 if it is in already."""
    if store.setting(EDITION) == MASTERS_EDITION:
        return 0
    changes = _news(store, list(_changes()))
    for i in range(0, len(changes), 200):
        store.apply(changes[i:i + 200], "masters")
    store.set_setting(EDITION, MASTERS_EDITION)
    return len(changes)


def _news(store: Store, changes: list[Change]) -> list[Change]:
    """What the store lacks: a field that somebody edited keeps its value, and what is in already stays as it is."""
    with store.read() as conn:
        rows = applying.load(conn, [(c.type, c.uid) for c in changes])
    own = f"{MASTERS_DEVICE:016x}"
    found = []
    for c in changes:
        stamps = rows[c.type, c.uid].stamps
        news = {name: value for name, value in c.set.items()
                if name not in stamps or (stamps[name].endswith(own) and stamps[name] < c.stamp)}
        if news:
            found.append(replace(c, set=news))
    return found


def _changes() -> Iterator[Change]:
    for n, (type_name, uid, values) in enumerate(_rows(), 1):
        known = {f.name: f for f in fields_of(records()[type_name])}
        wires: dict[str, Json] = {name: to_wire(known[name], v) for name, v in values.items() if v is not None}
        yield Change(MASTERS_DEVICE, n, int(MASTERS_RELEASED.timestamp() * 1000) << COUNTER_BITS, SCHEMA_VERSION,
                     "masters", type_name, uid, wires, {}, "", MASTERS_RELEASED.isoformat())


def _rows() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for o in organizations():
        yield "organization", o.uid, {
            "name": o.name, "kana": o.kana or None, "name_en": o.name_en or None, "source_notation": o.source_notation,
            "kind": o.kind, "legal_form": o.legal_form, "prefecture": o.prefecture, "city": o.city,
            "city_code": o.city_code}
        for span in o.names:
            if span.name != o.name:
                yield "organization_name", shipped_uid("organization_name", f"{o.key}/{span.name}"), {
                    "organization": o.uid, "name": span.name, "valid_from": span.valid_from,
                    "valid_to": span.valid_to, "reason": span.reason or None}
    for s in secretariats():
        yield "organization", s.uid, {"name": f"{s.body} {s.unit}", "name_en": s.en}
    for case in model_cases():
        yield "model_case", case.uid, {
            "number": case.number, "title": case.title, "theme": case.theme, "adopted_on": case.announced_on,
            "is_strategy_project": case.strategy_project, "annex": case.annex or None}
        for p in case.proposals:
            yield "proposer", p.uid, {"model_case": case.uid, "organization": p.organization.uid,
                                      "position": p.position, "notation": p.notation}
    cases = {case.number: case.uid for case in model_cases()}
    for n, programme in enumerate(programmes()):
        yield "programme", programme.uid, {
            "code": programme.key, "name": programme.name, "name_en": programme.name_en, "summary": programme.summary,
            "model_case": cases.get(programme.case), "place": f"V00{n + 1}"}
    for node in strategy_nodes():
        yield "strategy_node", node.uid, {
            "code": node.code, "parent_code": node.parent, "kind": node.kind, "name": node.ja, "name_en": node.en,
            "example": node.example or None}
    places = spread(len(phrases()))
    for phrase, place in zip(phrases(), places, strict=True):
        yield "phrase", phrase.uid, {"title": phrase.title, "text": phrase.text, "kind": phrase.kind, "place": place}
