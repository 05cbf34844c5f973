"""Search in records finds all that a plain walk over every text finds, and nothing else, in the same order.

Thousands of parts of what is written, in other spellings, with conditions, are compared with brute force.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bench import generator
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.japanese.folding import fold
from kanto_desk.japanese.queries import parse
from kanto_desk.services import consultation_search, consultations, organizations
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.services.visit_filters import Only
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE

_OTHER = str.maketrans("高崎斎辺浜島沢広国学会ガアイウカキクサシタチツ", "髙﨑齋邉濱嶋澤廣國學會があいうかきくさしたちつ")
"""Other spellings of the same; the ones that folding levels."""
FEW, MANY = 60, 3000


@dataclass
class Visit:
    uid: str
    day: date
    issue: str
    prefecture: str
    texts: list[str]


@pytest.fixture(scope="module")
def desk_of_notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with made-up companies and visits, some of which were moved to another day or went into the bin."""
    desk = desks.create(tmp_path_factory.mktemp("notes") / "home", PASSPHRASE, person="高橋 直子",
                        organization="関東産業支援センター", clock=SetClock(), cost=CHEAP)
    chance = random.Random(1)
    firms = list(generator.organizations(12, 3))
    uids = {row["id"]: organizations.create(desk.store, {
        "name": row["name"], "kana": row["kana"], "prefecture": chance.choice(("13", "14", "20"))}) for row in firms}
    for row in generator.consultations(60, 3, firms):
        day = date(2026, 1, 1) + timedelta(chance.randrange(40) * 9)
        uid = consultations.create(desk.store, uids[row["organization"]], {
            "theme": row["theme"], "held_on": day, "advice": row["advice"]})
        with desk.store.operation("記録") as op:
            for line in row["lines"][:6]:
                op.add("entry", {"consultation": uid, "kind": "said", "text": line["text"]})
            op.add("attachment", {"owner_type": "consultation", "owner": uid, "name": f"IMG_{chance.randrange(999)}.jpg",
                                  "caption": chance.choice(("髙﨑の工場", "面粗さ Ra0.8", "齋藤様"))})
            op.add("issue", {"consultation": uid, "code": row["issues"][0], "primary": True})
        if chance.random() < 0.3:
            consultations.edit(desk.store, uid, {"held_on": day + timedelta(chance.randrange(-300, 90))})
        if chance.random() < 0.1:
            consultations.delete(desk.store, uid)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def walked(desk_of_notes: Desk) -> list[Visit]:
    """Every visit with every folded text that counts as its own, newest first."""
    found: dict[str, Visit] = {}
    with desk_of_notes.store.read() as conn:
        rows = {name: [dict(row) for row in conn.execute(select(wire_table(name))).mappings()] for name in records()}
    firms = {row["uid"]: row for row in rows["organization"]}
    for row in rows["consultation"]:
        if row["deleted_at"] is not None:
            continue
        firm = firms[row["organization"]]
        names = [fold(firm[name]) for name in ("name", "kana", "short_name", "name_en") if firm[name]]
        found[row["uid"]] = Visit(row["uid"], date.fromisoformat(row["held_on"]), "", firm["prefecture"], names)
    for row in rows["issue"]:
        if row["consultation"] in found:
            found[row["consultation"]].issue = row["code"]
    for name, cls in records().items():
        root = "uid" if name == "consultation" else "owner" if name == "attachment" else "consultation"
        if name != "consultation" and cls.parent not in ("consultation", "owner"):
            continue
        searched = [f.name for f in fields_of(cls) if f.searched]
        for row in rows[name]:
            if row[root] in found and row["deleted_at"] is None:
                found[row[root]].texts += [fold(row[f]) for f in searched if row[f]]
    return sorted(found.values(), key=lambda one: (one.day, one.uid), reverse=True)


def a_part(chance: random.Random, texts: list[str]) -> str:
    """A part of a text, of one character to a whole phrase, often spelled otherwise."""
    text = chance.choice(texts)
    size = chance.choice((1, 1, 2, 2, 2, 3, 3, 4, 6, 12))
    at = chance.randrange(max(1, len(text) - size + 1))
    part = text[at:at + size]
    return chance.choice((part, part, part.lower(), part.translate(_OTHER), part.translate(_FULL)))


_FULL = {code: code + 0xFEE0 for code in (*range(0x30, 0x3A), *range(0x41, 0x5B))}


def a_query(chance: random.Random, walked: list[Visit]) -> str:
    one = chance.choice(walked)
    terms = [a_part(chance, one.texts) for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))]
    if chance.random() < 0.2:
        terms = [f"「{term[:1]} {term[1:]}」" if len(term) > 1 else term for term in terms]
    if chance.random() < 0.15:
        terms.append("-" + a_part(chance, chance.choice(walked).texts))
    return " ".join(terms)


def conditions(chance: random.Random, walked: list[Visit]) -> Only:
    if chance.random() < 0.7:
        return Only()
    one = chance.choice(walked)
    return Only(one.day - timedelta(chance.randrange(200)) if chance.random() < 0.5 else None,
                one.day + timedelta(chance.randrange(200)) if chance.random() < 0.5 else None,
                issue=one.issue if chance.random() < 0.3 else "",
                prefecture=one.prefecture if chance.random() < 0.3 else "")


def fitting(walked: list[Visit], query: str, only: Only) -> list[str]:
    terms, unwanted = (tuple(map(fold, words)) for words in (parse(query).wanted, parse(query).unwanted))
    return [one.uid for one in walked
            if terms and all(any(term in text for text in one.texts) for term in terms)
            and not any(term in text for text in one.texts for term in unwanted)
            and (only.since is None or one.day >= only.since) and (only.until is None or one.day <= only.until)
            and only.issue in ("", one.issue) and only.prefecture in ("", one.prefecture)]


@pytest.mark.parametrize("queries", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
@pytest.mark.parametrize("most", [4, 40, 100_000])
def test_every_part_in_every_spelling_is_found_and_nothing_else(desk_of_notes: Desk, walked: list[Visit],
                                                                most: int, queries: int) -> None:
    """Whether terms count as rare or as frequent."""
    chance, hits_seen = random.Random(most + queries), 0
    for _ in range(queries):
        query, only = a_query(chance, walked), conditions(chance, walked)
        expected = fitting(walked, query, only)
        hits = consultation_search.look(desk_of_notes.store, query, only=only, least=7, most=most)
        assert list(hits.newest) == expected[:7], (query, only)
        assert hits.count <= len(expected) if hits.more else hits.count == len(expected), (query, only)
        assert list(consultation_search.complete(desk_of_notes.store, hits)) == expected, (query, only)
        hits_seen += bool(expected)
    assert hits_seen > queries // 3
