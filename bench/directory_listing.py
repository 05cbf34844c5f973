"""Scrolling in the list of all corporations: pages at random places, without and with conditions, beside bare reads.

A page is a block of the table: 100 rows. The floor reads the same rows of the same file as one stretch, unnamed and
unplaced. Lists are made anew for each condition; what stands first and what takes the whole are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter, thread_time

from bench.measuring import Figures, Line, spread, took
from kanto_desk.directory import schema
from kanto_desk.directory.columns import CLOSED, HIDDEN, MERGED, OPEN
from kanto_desk.directory.listing import FIRST, ListedDirectory, Listing, Wanted

PAGE, PAGES, CONDITIONS = 100, 1000, 24
FRAME_MS = 16.7


def _lines(name: str, key: str) -> tuple[Line, ...]:
    rest = (("p95", None), ("p99", None), ("worst", FRAME_MS))
    return (Line(f"{name}, median", f"{key} median ms", "ms", "bare page median ms", "one bare stretch of 100 rows"),
            *(Line(f"— {part}", f"{key} {part} ms", "ms", f"bare page {part} ms", "the stretch's own", limit)
              for part, limit in rest),
            *(Line(f"— processor time, {part}", f"{key} cpu {part} ms", "ms", f"bare page cpu {part} ms",
                   "the stretch's own", limit) for part, limit in (("median", None), *rest)))


LINES = (
    *_lines("List of all, 100 rows anywhere", "page"),
    *_lines("List under conditions, 100 rows anywhere", "narrowed page"),
    *_lines("List of what was typed, 100 rows anywhere", "found page"),
    Line("List of all, can be entered anywhere, the file just opened", "first ms", "ms"),
    Line("First rows under conditions, median", "narrowed first median ms", "ms"),
    Line("— worst", "narrowed first worst ms", "ms"),
    Line("Place of every row, whole list", "whole ms", "ms", "scan ms", "a decrypting scan"),
    Line("Place of every row under conditions, median", "narrowed whole median ms", "ms", "scan ms",
         "a decrypting scan"),
    Line("— worst", "narrowed whole worst ms", "ms", "scan ms", "a decrypting scan"),
    Line("— rows of that list", "narrowed worst rows", ""),
    Line("Memory of the longest list", "list MB", "MB", "", "", 50),
)


def measure(path: Path, key: bytes, rows: int, draw: Random) -> Figures:
    """Everything, in this process."""
    with ListedDirectory(path, key) as directory:
        figures: Figures = {"first ms": took(lambda: directory.begin(Wanted())),
                            "whole ms": took(lambda: directory.whole(Wanted()))}
        whole = directory.whole(Wanted())
        assert whole.complete and whole.total == directory.count(), "every row has its place"
        figures |= _pages(directory, [whole], draw, "page")
        firsts, wholes, lists = [], [], []
        for wanted in _conditions(directory, draw):
            firsts.append(took(partial(directory.begin, wanted)))
            begun = perf_counter()
            listing = directory.whole(wanted)
            wholes.append(((perf_counter() - begun) * 1000, listing.known))
            assert list(listing.numbers(0, FIRST)) == list(directory.begin(wanted).numbers(0, FIRST))
            lists.append(listing)
        figures |= spread(firsts, "narrowed first") | spread([ms for ms, _ in wholes], "narrowed whole")
        figures["narrowed worst rows"] = max(wholes)[1]
        figures["list MB"] = max(listing.known for listing in lists) * 4 / 1e6
        figures |= _pages(directory, [one for one in lists if one.known > PAGE], draw, "narrowed page")
        typed = [directory.whole(Wanted(text)) for text in ("会社", "製作", "東京", "山田")]
        figures |= _pages(directory, [one for one in typed if one.known > PAGE], draw, "found page")
    return figures | _bare(path, key, rows, draw)


def _conditions(directory: ListedDirectory, draw: Random) -> list[Wanted]:
    """Conditions of every kind, the widest ones among them, the rest drawn anew in every run."""
    places = [place for place, _ in directory.counts()]
    states = [(), (OPEN,), (CLOSED,), (MERGED,), (CLOSED, MERGED)]
    found = [Wanted(states=(OPEN,)), Wanted(states=(CLOSED,)), Wanted(prefectures=("13",)),
             Wanted(prefectures=("13",), states=(OPEN,)), Wanted(prefectures=("13", "14"), states=(MERGED,))]
    while len(found) < CONDITIONS:
        place, state = draw.choice(places), draw.choice(states)
        found.append(Wanted(cities=(place.code,), states=state) if draw.random() < 0.5 else
                     Wanted(prefectures=(place.code[:2],), states=state))
    return found


def _pages(directory: ListedDirectory, lists: Sequence[Listing], draw: Random, name: str) -> Figures:
    """Times of pages at places drawn from all rows of some lists."""
    def page(listing: Listing, offset: int) -> None:
        found = directory.rows(listing.numbers(offset, PAGE))
        assert len(found) == PAGE and all(found)

    for _ in range(50):   # the upper pages of the file are in memory now
        listing = draw.choice(lists)
        page(listing, draw.randrange(listing.known - PAGE + 1))
    def anywhere() -> None:
        listing = draw.choice(lists)
        page(listing, draw.randrange(listing.known - PAGE + 1))
    return _timed(anywhere, name)


def _timed(work: Callable[[], None], name: str) -> Figures:
    """Time on the clock, and of the processor whatever else the machine does."""
    clock, processor = [], []
    for _ in range(PAGES):
        begun = thread_time()
        clock.append(took(work))
        processor.append((thread_time() - begun) * 1000)
    return spread(clock, name) | spread(processor, f"{name} cpu")


def _bare(path: Path, key: bytes, rows: int, draw: Random) -> Figures:
    """The floor: as many rows in one stretch, nothing made of them."""
    with closing(schema.open_to_read(path, key)) as conn:
        cursor = conn.raw.cursor()

        def stretch() -> None:
            first = draw.randrange(1, rows - PAGE)
            cursor.execute("SELECT * FROM corp WHERE n >= ? AND n < ? AND state <> ?",
                           (first, first + PAGE, HIDDEN)).fetchall()
        for _ in range(50):
            stretch()
        return _timed(stretch, "bare page")
