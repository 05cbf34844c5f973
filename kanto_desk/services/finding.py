"""One search for the palette and the command line: organizations, consultations, lines, promises, people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from kanto_desk.db import at_once, search
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.db.store import Store
from kanto_desk.i18n import tr
from kanto_desk.japanese.folding import core_name, fold
from kanto_desk.japanese.text import to_katakana
from kanto_desk.services import consultation_search, merging
from kanto_desk.services.consultations import TYPE

SNIPPET = 60
_MOST_NAMED = 1000
"""So many companies are compared by name, to put the likeliest first; those spelled like the query are always among
them."""


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: the record to open is `root`; `uid` is the record whose text matched."""

    type: str
    uid: str
    root_type: str
    root: str
    title: str
    subtitle: str
    snippet: str


def find(store: Store, query: str, *, types: Sequence[str] | None = None, limit: int = 50,
         each: int | None = None) -> list[Found]:
    """Hits in order: organizations, those named like the query first; consultations with them, newest first; the rest.

    Where there are more than `limit`, each of the three keeps a share. `each`: at most so many of one record type.
    """
    terms = search.terms(query)
    if not terms:
        return []
    most = limit if each is None else min(limit, each)
    words = " ".join(terms)
    with store.read() as conn:
        wanted = [t for t in types or search.NAMED if t in search.NAMED]
        hits = search.root_rows(conn, query, "organization", wanted, _MOST_NAMED)
        if len(hits) == _MOST_NAMED:   # there are more
            hits += _spelled(conn, words) if not search.unwanted(query) else ()
        names = consultation_search.names_of(conn, set(hits))
        called = consultation_search.called(names, words)
        companies = _organizations(conn, names, called, words, most)
        visits: list[search.Hit] = []
        if types is None or TYPE in types:
            if types is None and words == query.strip() and len(terms) == 1:   # the names are known already
                uids = consultation_search.newest_of(conn, called | search.roots(
                    conn, query, "organization", ("organization_name",)), most)
            else:
                uids = consultation_search.by_company(conn, query, most)
            visits = [search.Hit(TYPE, uid, TYPE, uid) for uid in uids]
        people = [t for t in wanted if t == "person"]
        rest = search.find(conn, query, people, most) if people else []
        rest += [h for h in search.find(conn, query, types, max(limit * 4, 200)) if h.type not in search.NAMED]
        known = set(visits)
        left_out = consultation_search.holding_any(conn, search.unwanted(query))
        rest = [h for h in rest if h not in known and h.root not in left_out]
        if each is not None:
            rest = _some_of_each(rest, each, Counter({TYPE: len(visits)}))
        for_visits, for_rest = _shares(limit, len(companies), len(visits), len(rest))
        found = companies[:limit - for_visits - for_rest]
        if for_visits:
            found += _records(conn, visits, query, for_visits)
        return found + _records(conn, rest, query, for_rest) if for_rest else found


def count(store: Store, query: str, types: Sequence[str] | None = None) -> int:
    """How many records `find` gives without limit: those that hold every term, and visits by their company's name."""
    with store.read() as conn:
        visits = consultation_search.by_company(conn, query) if types is None or TYPE in types else []
        return search.count(conn, query, types) + search.without(conn, query, TYPE, visits)


def _shares(limit: int, companies: int, visits: int, rest: int) -> tuple[int, int]:
    """How many places visits and the rest get: a quarter each where all three are many, and what the others leave."""
    quarter = limit // 4
    for_visits = min(visits, max(quarter, limit - companies - min(rest, quarter)))
    return for_visits, max(0, min(rest, max(quarter, limit - companies - for_visits), limit - for_visits))


def _some_of_each(hits: Sequence[search.Hit], most: int, seen: Counter[str]) -> list[search.Hit]:
    """The first of each type; `seen` counts those that are in already."""
    kept = []
    for hit in hits:
        seen[hit.type] += 1
        if seen[hit.type] <= most:
            kept.append(hit)
    return kept


def of_visits(store: Store, uids: Sequence[str]) -> list[Found]:
    """These consultations as hits, in their order, without a piece of text; those that are gone are left out."""
    with store.read() as conn:
        titles = _consultation_titles(conn, uids)
    return [Found(TYPE, uid, TYPE, uid, *titles[uid], "") for uid in uids if uid in titles]


def title_of(conn: Connection, type_name: str, uid: str) -> str:
    """What an organization or consultation is called in lists; empty when it is gone."""
    if type_name == "consultation":
        return _consultation_titles(conn, [uid]).get(uid, ("", ""))[0]
    table = wire_table(type_name)
    name = conn.execute(select(table.c.name).where(table.c.uid == uid, table.c.deleted_at.is_(None))).scalar()
    return str(name or "")


def _spelled(conn: Connection, query: str) -> set[str]:
    """Uids of organizations whose name or reading holds the query as it is typed, from an index alone."""
    o, reading = Organization, to_katakana(query)
    return set(at_once.uids(conn, select(o.uid).where(
        o.deleted_at.is_(None), merging.stands(conn, o),
        or_(func.instr(o.name, query) > 0, func.instr(o.kana, reading) > 0)).limit(_MOST_NAMED)))


def _organizations(conn: Connection, names: consultation_search.Names, called: set[str], query: str,
                   limit: int) -> list[Found]:
    o = Organization
    begin = core_name(fold(query))

    def rank(uid: str) -> tuple[bool, bool, int, str]:
        name, kana = names[uid][:2]
        folded = consultation_search.folded
        starts = uid in called and (core_name(folded(name)).startswith(begin) or folded(kana).startswith(begin))
        return (query.strip() not in name, not starts, len(name), uid)

    ends = merging.roots(conn)   # one found by the name of what was merged into it is shown under its own
    first = list(dict.fromkeys(ends.get(uid, uid) for uid in sorted(names, key=rank)))[:limit]
    names = names | consultation_search.names_of(conn, [uid for uid in first if uid not in names])
    first = [uid for uid in first if uid in names]
    rows = {r.uid: r for r in conn.execute(select(o.uid, o.city, o.products).where(at_once.among(o.uid, first)))}
    return [Found("organization", uid, "organization", uid, names[uid][0],
                  "・".join(filter(None, (names[uid][1], rows[uid].city))), _snippet(rows[uid].products or "", query))
            for uid in first]


def _records(conn: Connection, hits: Sequence[search.Hit], query: str, limit: int) -> list[Found]:
    """The first `limit` of these hits that still exist, in their order; texts are read only for those shown."""
    found: list[Found] = []
    for i in range(0, len(hits), limit):
        if len(found) >= limit:
            break
        block = hits[i:i + limit]
        texts = _texts_of(conn, block)
        visits = sorted({h.root for h in block if h.root_type == "consultation"})
        titles, binned = _consultation_titles(conn, visits), _in_bin(conn, visits)
        for h in block:
            text = texts.get((h.type, h.uid))
            if text is None or h.root in binned:   # the parts of a deleted visit are in the bin with it
                continue
            if h.root_type == "consultation" and h.root in titles:
                title, subtitle = titles[h.root]
            else:
                title, subtitle = text.split("\n")[0][:SNIPPET], records()[h.type].ja
            found.append(Found(h.type, h.uid, h.root_type, h.root, title, subtitle, _snippet(text, query)))
    return found[:limit]


def _consultation_titles(conn: Connection, uids: Sequence[str]) -> dict[str, tuple[str, str]]:
    c, o = Consultation, Organization
    titles: dict[str, tuple[str, str]] = {}
    for i in range(0, len(uids), 400):
        for r in conn.execute(select(c.uid, c.theme, c.nth, c.held_on, o.name).outerjoin(
                o, o.uid == c.organization).where(c.uid.in_(uids[i:i + 400]), c.deleted_at.is_(None))):
            name = r.name or tr("このパソコンに無い記録")
            nth = tr(" 第{n}回", n=r.nth) if r.nth else ""
            held = f"{r.held_on:%Y/%m/%d}" if r.held_on else ""
            titles[r.uid] = (f"{name}{nth}", "・".join(filter(None, (held, r.theme))))
    return titles


def _in_bin(conn: Connection, consultations: Sequence[str]) -> set[str]:
    c = Consultation
    return set(at_once.uids(conn, select(c.uid).where(at_once.among(c.uid, consultations), c.deleted_at.is_not(None))))


def _texts_of(conn: Connection, hits: Sequence[search.Hit]) -> dict[tuple[str, str], str]:
    """The searched text of each of these records; those deleted since are not there."""
    by_type: dict[str, list[str]] = {}
    for h in hits:
        by_type.setdefault(h.type, []).append(h.uid)
    texts = {}
    for type_name, uids in by_type.items():
        for row in conn.execute(_select_texts(type_name), {"uids": uids}):
            texts[type_name, row.uid] = "\n".join(str(v) for v in row[1:] if v)
    return texts


@cache
def _select_texts(type_name: str) -> Select[Any]:
    table = wire_table(type_name)
    names = [f.name for f in fields_of(records()[type_name]) if f.searched]
    return select(table.c.uid, *(table.c[n] for n in names)).where(
        table.c.uid.in_(bindparam("uids", expanding=True)), table.c.deleted_at.is_(None))


def _snippet(text: str, query: str) -> str:
    """The part of the text around the first term, found by its folded spelling."""
    flat = re.sub(r"\s+", " ", text)
    terms = search.terms(query)
    if not terms or len(flat) <= SNIPPET:
        return flat[:SNIPPET]
    at = _position(flat, fold(terms[0]))
    start = max(0, at - 12)
    return ("…" if start else "") + flat[start:start + SNIPPET] + ("…" if start + SNIPPET < len(flat) else "")


def _position(flat: str, term: str) -> int:
    """Where a folded term begins in a text, 0 if nowhere. Folding shifts positions by a little, seldom by much."""
    guess = fold(flat).find(term)
    if guess < 0:
        return 0
    order = (*range(guess, len(flat)), *range(guess - 1, -1, -1))   # what folding drops stands before the guess
    return next((i for i in order if fold(flat[i:i + len(term) + 8]).startswith(term)), 0)
