"""Where in a visit the words of a query stand: the part that holds most of them, and the piece of its text around them.

Only parts that this laptop has are read, so nothing is shown that its levels keep away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kanto_desk.db import at_once, index_places, local, search
from kanto_desk.db.index_places import LINE_BITS
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.db.store import Store
from kanto_desk.japanese.places import Span, places

LENGTH, BEFORE, SEEN = 60, 12, 24
"""Characters of a piece, of what stands before the first hit in it, and of what a narrow column shows of it."""
_PARTS = 50
"""So many parts of a visit are looked at for one term."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a part of a visit, and where in it the words stand."""

    type: str
    uid: str
    words: str
    spans: tuple[Span, ...]


def of_visits(store: Store, visits: Sequence[str], query: str) -> dict[str, Snippet]:
    """For each of these visits the piece to show; none for those found by the name of their company alone."""
    terms = search.terms(query)
    if not terms:
        return {}
    with store.read() as conn:
        best: dict[int, str] = {}
        for uid, number in index_places.numbered(conn, visits).items():
            seen: Counter[int] = Counter()
            for term in terms:
                seen.update(search.newest(conn, term, number << LINE_BITS, index_places.names_line(number), _PARTS))
            if seen:
                best[max(seen, key=lambda part: (seen[part], -part))] = uid   # of parts alike, the first
        keys = _parts_of(conn, best)
        texts = _texts_of(conn, keys.values())
        return {best[part]: Snippet(*key, *piece(texts[key], terms)) for part, key in keys.items() if key in texts}


def piece(text: str, terms: Sequence[str]) -> tuple[str, tuple[Span, ...]]:
    """A piece of a text around the first of these words in it, in one line, and where they stand in it."""
    flat = re.sub(r"\s+", " ", text)
    spans = marks(flat, terms)
    start = max(0, spans[0][0] - BEFORE) if spans and spans[0][1] > SEEN else 0
    before = "…" if start else ""
    words = before + flat[start:start + LENGTH] + ("…" if start + LENGTH < len(flat) else "")
    shift = len(before) - start
    shown = ((max(a + shift, len(before)), min(b + shift, len(before) + LENGTH)) for a, b in spans)
    return words, tuple((a, b) for a, b in shown if a < b)


def marks(text: str, terms: Sequence[str]) -> list[Span]:
    """Where these words stand in a text, in any spelling, in order and without overlap."""
    found: list[Span] = []
    for start, end in sorted(span for term in terms for span in places(text, term)):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _parts_of(conn: Connection, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    f = local.found.c
    return {number: (name, uid) for number, name, uid in at_once.rows(
        conn, select(f.id, f.type, f.uid).where(at_once.among_numbers(f.id, ids)))} if ids else {}


def _texts_of(conn: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    by_type: dict[str, list[str]] = {}
    for name, uid in keys:
        by_type.setdefault(name, []).append(uid)
    found = {}
    for name, uids in by_type.items():
        c = wire_table(name).c
        searched = [c[f.name] for f in fields_of(records()[name]) if f.searched]
        for uid, *texts in at_once.rows(conn, select(c.uid, *searched).where(at_once.among(c.uid, uids))):
            found[name, uid] = "\n".join(str(text) for text in texts if text)
    return found
