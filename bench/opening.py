"""Opening records, lists, きょう and search on a full desk while a heavy job runs; floor: 50 random encrypted reads.

`run()` measures the services and the real page of a record with 300 lines. Run alone with  python -m bench opening
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench import full_desk, grammar
from bench.measuring import Figures, Line, heavy_job, spread, times_of
from kanto_desk.services import (
    consultation_search,
    consultations,
    figures_tasks,
    finding,
    home,
    organization_search,
    organizations,
    promises,
    spans,
    summary,
    timeline,
)
from kanto_desk.services import figures as counting
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted

LONG = 300          # lines of the long record
PAGE = 100          # rows of one block of a list
POINT_READS = 50
FRAME_MS = 16.0     # nothing the user waits for may cost more than one frame
AS_TYPED_MS = 100.0  # of what is looked for while somebody types (UX.md 12)
SENTENCE = "来年から受注が2割減る見込み。医療機器に出たいが、何から始めるか分からない。面粗さの測定手段がない。"

_FLOOR = ("50 point reads median ms", "50 random encrypted point reads")


def _lines() -> tuple[Line, ...]:
    out = []
    for words, key in (
            ("Open a record (all its parts, median record)", "open a record"),
            (f"Open a record with {LONG} lines (all its parts)", "open a long record"),
            ("List of consultations, first block", "visits first block"),
            ("List of consultations, block at 90 %", "visits deep block"),
            ("List of consultations, one fiscal year", "visits one year"),
            ("List of organizations, first block", "companies first block"),
            ("List of organizations, block at 90 %", "companies deep block"),
            ("List of organizations, last visit first", "companies by last visit"),
            ("List of organizations, with a query", "companies with a query"),
            ("List of consultations, with a query (asked off the window's thread)", "visits with a query"),
            ("Profile of an organization", "profile"),
            ("きょう", "home"),
            ("Search in everything, 200 queries", "search")):
        out.append(Line(words, f"{key} median ms", "ms", *_FLOOR, limit=FRAME_MS))
        typed = key == "search" or key.endswith("with a query")
        out.append(Line("— 95th percentile", f"{key} p95 ms", "ms", limit=AS_TYPED_MS if typed else None))
        if key == "search":
            out.append(Line("— 99th percentile", f"{key} p99 ms", "ms"))
        out.append(Line("— worst", f"{key} worst ms", "ms"))
    for words, key in (("All consultations with a query in order (after the first block)", "visits found in order"),
                       ("Figures of a fiscal year and the one before (off the window's thread)", "figures of a year"),
                       ("Figures of all years", "figures of all years"), ("手を打つところ", "figures to act on"),
                       ("The list behind a number, all years", "behind a number")):
        out.append(Line(words, f"{key} median ms", "ms", *_FLOOR))
    out += [Line(f"Page of a record with {LONG} lines, built and painted", "page median ms", "ms",
                 "empty page median ms", "an empty page of the same size"),
            Line("— shown again", "page again median ms", "ms", "empty page median ms",
                 "an empty page of the same size", FRAME_MS)]
    return tuple(out)


LINES = _lines()


def run(home_folder: Path, rounds: int = 60, queries: int = 200) -> Figures:
    """Measure on the desk in this folder, into which one long record is written; milliseconds."""
    desk = full_desk.opened(home_folder)
    try:
        long = long_record(desk)
        with heavy_job():
            figures = _services(desk, long, rounds, queries)
            figures |= _pages(desk, long, max(5, rounds // 4))
        return figures
    finally:
        desk.close()


def long_record(desk: Desk, lines: int = LONG) -> str:
    """A record with this many lines; gives its uid."""
    with desk.store.read() as conn:
        company = conn.execute(text("SELECT uid FROM organization ORDER BY uid LIMIT 1")).scalar_one()
    uid = consultations.create(desk.store, company, {"theme": "長い相談"})
    for n in range(lines):
        timeline.add(desk.store, uid, timeline.KINDS[n % 4], f"{n} " + SENTENCE * (1 + n % 3))
    return uid


def terms(count: int) -> list[str]:
    """Queries as people type them: parts of names, processes, materials and problems, of 1 to 4 terms' length."""
    chance = random.Random(11)
    words: set[str] = set()
    for sector in grammar.read_words("sectors.json").values():
        for slot in sector["slots"].values():
            words.update(entry for entry in slot if "{" not in entry)
        words.update(stem for stem, _ in sector["stems"])
    known = sorted(words)
    found = []
    for n in range(count):
        word = chance.choice(known)
        if n % 5 == 1 and len(word) > 2:            # the part of a word that has been typed so far
            word = word[:2]
        elif n % 5 == 2:                            # two words
            word = f"{word} {chance.choice(known)}"
        elif n % 20 == 3:                           # a single character
            word = word[0]
        found.append(word)
    return found


def _services(desk: Desk, long: str, rounds: int, queries: int) -> Figures:
    store, chance = desk.store, random.Random(7)
    with store.read() as conn:
        uids = list(conn.execute(text("SELECT uid FROM consultation ORDER BY uid")).scalars())
        companies = list(conn.execute(text("SELECT uid FROM organization ORDER BY uid")).scalars())
    visits, firms = len(uids), len(companies)
    searched = terms(queries)

    def point_reads(_n: int) -> None:
        with store.engine.connect() as conn:
            for uid in chance.choices(uids, k=POINT_READS):
                conn.exec_driver_sql("SELECT * FROM consultation WHERE uid = ?", (uid,)).fetchall()

    years = tuple(range(2019, 2026))
    every = organization_search.find(store, Wanted())
    at = firms * 9 // 10
    works: dict[str, Callable[[int], object]] = {
        "open a record": lambda _n: all_of(desk, chance.choice(uids)),
        "open a long record": lambda _n: all_of(desk, long),
        "visits first block": lambda _n: consultations.listing(store, limit=PAGE),
        "visits deep block": lambda n: consultations.listing(store, limit=PAGE, offset=visits * 9 // 10 + n),
        "visits one year": lambda n: consultations.listing(store, year=years[n % len(years)], limit=PAGE),
        "companies first block": lambda _n: companies_shown(desk, Wanted(), 0),
        "companies deep block": lambda n: organization_search.rows(store, every[at + n:at + n + PAGE]),
        "companies by last visit": lambda _n: companies_shown(desk, Wanted(order="last"), 0),
        "companies with a query": lambda n: companies_shown(desk, Wanted(query=searched[n % queries]), 0),
        "visits with a query": lambda n: visits_shown(desk, searched[n % queries]),
        "profile": lambda _n: organizations.profile(store, chance.choice(companies)),
        "home": lambda _n: home.read(store),
    }
    figures: Figures = {}
    times_of(point_reads, 20)
    figures |= spread(times_of(point_reads, rounds), "50 point reads")
    for name, work in works.items():
        work(0)   # compiles its statements once, as the first opening after a start does
        figures |= spread(times_of(work, rounds), name)
    everything = counting.Wanted(spans.everything(full_desk.clock().date()))
    counts: dict[str, Callable[[int], object]] = {
        "visits found in order": lambda n: consultation_search.find(store, searched[n % queries]),
        "figures of a year": lambda n: counting.read(store, counting.Wanted(spans.fiscal(years[n % len(years)]))),
        "figures of all years": lambda _n: counting.read(store, everything),
        "figures to act on": lambda _n: figures_tasks.read(store, own=False),
        "behind a number": lambda _n: counting.behind(store, everything, counting.Which("overdue")),
    }
    for name, work in counts.items():
        figures |= spread(times_of(work, max(3, rounds // 8)), name)
    figures["search first ms"] = times_of(lambda _n: finding.find(store, searched[0], limit=40, each=8), 1)[0]
    return figures | spread(times_of(lambda n: finding.find(store, searched[n], limit=40, each=8), queries), "search")


def all_of(desk: Desk, uid: str) -> tuple[Any, ...]:
    """Everything that the page of a record reads."""
    store = desk.store
    return (consultations.get(store, uid), timeline.lines(store, uid), summary.read(store, uid),
            promises.of_consultation(store, uid))


def companies_shown(desk: Desk, wanted: Wanted, offset: int) -> object:
    """What the list of organizations reads for one block of rows: all that fit, then the block."""
    found = organization_search.find(desk.store, wanted)
    return organization_search.rows(desk.store, found[offset:offset + PAGE])


def visits_shown(desk: Desk, query: str) -> object:
    """What the list of consultations reads before it shows the first block of a query."""
    return consultation_search.block(desk.store, consultation_search.look(desk.store, query), 0, PAGE)


def _pages(desk: Desk, uid: str, rounds: int) -> Figures:
    """The page object of the long record in the real frame: built and painted, and shown again."""
    from PySide6.QtWidgets import QWidget

    from bench.window import shown_frame

    built, again, empty = [], [], []
    with shown_frame(desk) as window:
        for _ in range(rounds):
            built += times_of(lambda _n: window.open_consultation(uid), 1)
            window.go("today")
            again += times_of(lambda _n: window.open_consultation(uid), 1)
            window.close_records()
            empty += times_of(lambda _n: window.show_plain(QWidget()), 1)
    return spread(built, "page") | spread(again, "page again") | spread(empty, "empty page")
