"""Search in what was written: the newest 50 visits of a query on a full desk, in processor time, warm and cold.

Queries are drawn from the lines themselves with a fresh seed each run: nothing can be tuned to them. Floor: 50 random
encrypted reads. Peers on a part of the same lines: LIKE, and FTS5 with its trigram tokenizer, both in the same
encrypted file format. Run alone with  python -m bench notes
"""

from __future__ import annotations

import random
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import text

from bench import full_desk
from bench.measuring import Figures, Line, spread
from kanto_desk.db.dialect import make_engine
from kanto_desk.services import consultation_search, finding, snippets
from kanto_desk.services.desk import Desk

SHOWN = 50
POINT_READS = 50
GOAL_MS = 5.0
PEER_LINES = 100_000
_FLOOR = ("50 reads median ms", "50 random encrypted reads")
KINDS = {
    "one word": "Visits that hold a word of 2 to 4 characters, the newest 50 with their rows",
    "one character": "— one character",
    "phrase": "— a phrase of 5 to 12 characters",
    "two words": "— two words of the same visit",
    "strangers": "— two words of different visits",
    "spelled otherwise": "— a word spelled otherwise",
    "mixed": "All of these, mixed",
    "cold": "All of these, each with an empty page cache",
    "every": "— all hits counted and in order (after the first rows)",
    "snippets": "Where the words stand in 50 visits (after the rows)",
    "palette": "The palette: companies, visits and lines",
}


def _lines() -> tuple[Line, ...]:
    out = []
    for kind, words in KINDS.items():
        out.append(Line(words, f"{kind} median ms", "ms", *_FLOOR))
        out.append(Line("— 95th percentile", f"{kind} p95 ms", "ms", *_FLOOR,
                        limit=GOAL_MS if kind in ("mixed", "cold") else None))
        out.append(Line("— 99th percentile", f"{kind} p99 ms", "ms"))
        out.append(Line("— worst", f"{kind} worst ms", "ms"))
    floor = "50 reads wall median ms", _FLOOR[1]
    out += [Line("All of these, mixed, on the clock", "mixed wall median ms", "ms", *floor),
            Line("— 95th percentile", "mixed wall p95 ms", "ms", *floor),
            Line("— 99th percentile", "mixed wall p99 ms", "ms"), Line("— worst", "mixed wall worst ms", "ms")]
    return (*out, Line("LIKE on lines, 50 hits at most", "LIKE median ms", "ms", *_FLOOR),
            Line("— 95th percentile", "LIKE p95 ms", "ms"),
            Line("FTS5 trigram on the same lines, 50 hits at most", "trigram median ms", "ms", *_FLOOR),
            Line("— 95th percentile", "trigram p95 ms", "ms"),
            Line("— queries in which it finds fewer than there are", "trigram misses %", "%"),
            Line("Lines of these two", "peer lines", ""))


LINES = _lines()


def run(home: Path, queries: int = 300, seed: int | None = None, peer_lines: int = PEER_LINES) -> Figures:
    """Measure on the desk in this folder; milliseconds of processor time."""
    seed = secrets.randbelow(1 << 30) if seed is None else seed
    desk = full_desk.opened(home)
    try:
        chance = random.Random(seed)
        asked = drawn(desk, chance, queries)
        figures: Figures = {"seed": float(seed)}
        figures |= _floor(desk, chance)
        every = [query for kind in asked.values() for query in kind]
        chance.shuffle(every)
        for kind, own in asked.items():
            figures |= spread(_times(lambda q: shown(desk, q), own), kind)
        clock: list[float] = []
        figures |= spread(_times(lambda q: shown(desk, q), every, clock=clock), "mixed")
        figures |= spread(clock, "mixed wall")
        figures |= spread(_times(lambda q: shown(desk, q), every[:60], before=desk.store.engine.dispose), "cold")
        figures |= spread(_times(lambda q: consultation_search.find(desk.store, q), every[:60]), "every")
        figures |= spread(_times(lambda q: snippets.of_visits(
            desk.store, consultation_search.look(desk.store, q).newest, q), every[:60]), "snippets")
        figures |= spread(_times(lambda q: finding.find(desk.store, q, limit=40, each=8), every), "palette")
        return figures | _peers(desk, chance, peer_lines, [q for q in every if " " not in q][:40])
    finally:
        desk.close()


def shown(desk: Desk, query: str) -> object:
    """What the list reads before it shows the first rows."""
    return consultation_search.block(desk.store, consultation_search.look(desk.store, query), 0, SHOWN)


def drawn(desk: Desk, chance: random.Random, count: int) -> dict[str, list[str]]:
    """Queries by kind, as parts of lines."""
    last = _last(desk)
    numbers = chance.sample(range(1, last), min(count * 4, last - 1))
    with desk.store.read() as conn:
        rows = conn.execute(text("SELECT text FROM entry WHERE rowid IN (SELECT value FROM json_each(:numbers))"),
                            {"numbers": str(numbers)}).scalars()
        lines = [str(line) for line in rows if line and len(line) > 14]

    def part(line: str, least: int, most: int) -> str:
        size = chance.randint(least, most)
        at = chance.randrange(len(line) - size)
        return "".join(line[at:at + size].split()) or line[:2]
    each = max(10, count // 6)
    found: dict[str, list[str]] = {kind: [] for kind in list(KINDS)[:6]}
    for n in range(each):
        line, other = chance.choice(lines), chance.choice(lines)
        found["one word"].append(part(line, 2, 4))
        found["one character"].append(part(line, 1, 1))
        found["phrase"].append(part(line, 5, 12))
        found["two words"].append(f"{part(line, 2, 4)} {part(line, 2, 4)}")
        found["strangers"].append(f"{part(line, 2, 4)} {part(other, 2, 4)}")
        word = part(line, 2, 4)
        found["spelled otherwise"].append(word.translate(_OTHERWISE) if n % 2 else word.translate(_SMALL))
    return found


_OTHERWISE: dict[int, str | int] = {ord("高"): "髙", ord("崎"): "﨑", **{c: c - 0x60 for c in range(0x30A1, 0x30F5)}}
_SMALL = {c: c + 0xFEE0 for c in range(0x21, 0x7F)}


def _last(desk: Desk) -> int:
    with desk.store.read() as conn:
        return int(conn.execute(text("SELECT max(rowid) FROM entry")).scalar_one())


def _floor(desk: Desk, chance: random.Random) -> Figures:
    with desk.store.read() as conn:
        uids = list(conn.execute(text("SELECT uid FROM consultation ORDER BY uid")).scalars())

    def read(_query: str) -> None:
        with desk.store.engine.connect() as conn:
            for uid in chance.choices(uids, k=POINT_READS):
                conn.exec_driver_sql("SELECT * FROM consultation WHERE uid = ?", (uid,)).fetchall()
    clock: list[float] = []
    return spread(_times(read, [""] * 60, clock=clock), "50 reads") | spread(clock, "50 reads wall")


def _peers(desk: Desk, chance: random.Random, count: int, queries: list[str]) -> Figures:
    """LIKE, and FTS5 with trigrams: lines of the desk in a file of their own, encrypted alike."""
    with desk.store.read() as conn:
        lines = [(row[0],) for row in conn.execute(text("SELECT text FROM entry LIMIT :n"), {"n": count})]
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        engine = make_engine(Path(folder) / "peer.db", chance.randbytes(32))
        with engine.begin() as conn:
            conn.exec_driver_sql("CREATE TABLE line(text)")
            conn.exec_driver_sql("INSERT INTO line VALUES (?)", lines)
            conn.exec_driver_sql("CREATE VIRTUAL TABLE grams USING fts5(text, content='line', tokenize='trigram')")
            conn.exec_driver_sql("INSERT INTO grams(grams) VALUES ('rebuild')")
        with engine.connect() as conn:
            def like(query: str) -> list[str]:
                return [row[0] for row in conn.exec_driver_sql(
                    "SELECT text FROM line WHERE text LIKE ? ORDER BY rowid DESC LIMIT 50", (f"%{query}%",))]

            def trigram(query: str) -> list[str]:
                return [row[0] for row in conn.exec_driver_sql(
                    "SELECT text FROM grams WHERE grams MATCH ? ORDER BY rowid DESC LIMIT 50",
                    ('"' + query.replace('"', '""') + '"',))]
            figures = spread(_times(like, queries), "LIKE") | spread(_times(trigram, queries), "trigram")
            misses = sum(len(trigram(query)) < len(like(query)) for query in queries)
        engine.dispose()
    return figures | {"trigram misses %": 100 * misses / len(queries), "peer lines": float(len(lines))}


def _times(work: Callable[[str], object], queries: list[str], before: Callable[[], object] | None = None,
           clock: list[float] | None = None) -> list[float]:
    """Milliseconds of processor time of each query; those that passed on the clock go into `clock`."""
    work(queries[0])   # compiles its statements
    found = []
    for query in queries:
        if before is not None:
            before()
        seen, begun = perf_counter(), process_time()
        work(query)
        found.append((process_time() - begun) * 1000)
        if clock is not None:
            clock.append((perf_counter() - seen) * 1000)
    return found
