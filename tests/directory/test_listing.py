"""The directory as one long list: every row at its place, whatever is asked for, and the same as a scan says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

import pytest

from bench import corporations
from kanto_desk.directory import schema, updating
from kanto_desk.directory.columns import CLOSED, HIDDEN, MERGED, OPEN
from kanto_desk.directory.listing import FIRST, ListedDirectory, Listing, Wanted
from kanto_desk.stopping import Stop, Stopped, bound
from tests.directory.build import a_file, pointer, take

ROWS = 1500


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of 1,500 corporations, with a day's diff in place: late rows, renamed, closed and hidden ones."""
    folder = tmp_path_factory.mktemp("listing")
    full = list(corporations.full(ROWS, 11))
    take(folder / "home", a_file(folder / "full.csv", full))
    diff = corporations.diff(full, 300, 12, corporations.LAST_DAY)
    take(folder / "home", a_file(folder / "diff.csv", list(diff)))
    found = pointer(folder / "home").current()
    assert found is not None
    with closing(schema.open_to_write(found.path, found.key)) as conn:   # what another source tells of every fourth
        told = {row[0]: "24" for row in list(schema.by_number(conn))[::4]}
        conn.begin("IMMEDIATE")
        assert updating.apply(conn, (), lambda _: True, told).changed == len(told)
        conn.commit()
    return folder / "home"


@pytest.fixture
def directory(home: Path) -> Iterator[ListedDirectory]:
    found = pointer(home).current()
    assert found is not None
    with ListedDirectory(found.path, found.key) as opened:
        yield opened


@pytest.fixture(scope="module")
def stored(home: Path) -> list[tuple[int, int, str, str]]:
    """Every row by running number: number, state, city code, industry."""
    found = pointer(home).current()
    assert found is not None
    conn = schema.open_to_read(found.path, found.key)
    known = schema.places(conn)
    rows = [(n, state, known[place].code, industry or "") for n, state, place, industry in conn.execute(
        "SELECT n, state, place, industry FROM corp ORDER BY n")]
    conn.close()
    return rows


WANTED = (
    Wanted(), Wanted(states=(OPEN,)), Wanted(states=(CLOSED,)), Wanted(states=(MERGED,)),
    Wanted(states=(CLOSED, MERGED)), Wanted(states=(OPEN, MERGED)), Wanted(prefectures=("13",)),
    Wanted(prefectures=("13", "20")), Wanted(prefectures=("14",), states=(MERGED,)), Wanted(cities=("13101",)),
    Wanted(prefectures=("13",), states=(OPEN,)), Wanted(prefectures=("11",), states=(OPEN, CLOSED)),
    Wanted(industries=("24",)), Wanted(prefectures=("13",), industries=("24",), states=(OPEN, MERGED)),
    Wanted(prefectures=("99",)))


def everything(listing: Listing, page: int) -> list[int]:
    """All running numbers, page by page."""
    return list(chain.from_iterable(listing.numbers(at, page) for at in range(0, listing.known, page)))


@pytest.mark.parametrize("wanted", WANTED)
def test_filters_list_what_a_scan_finds_in_the_order_of_numbers(
        directory: ListedDirectory, stored: list[tuple[int, int, str, str]], wanted: Wanted) -> None:
    states = set(wanted.states) or {OPEN, CLOSED, MERGED}
    expected = [n for n, state, code, industry in stored if state in states and (
        not wanted.industries or industry in wanted.industries) and (
        code in wanted.cities if wanted.cities else not wanted.prefectures or code[:2] in wanted.prefectures)]
    assert (len(expected) > 0) == (wanted.prefectures != ("99",))
    begun, whole = directory.begin(wanted), directory.whole(wanted)
    assert whole.total == len(expected) and whole.complete and not whole.more
    counted = not wanted.industries or len(expected) < FIRST   # the file keeps no count of industries
    assert begun.total == (len(expected) if counted else None)
    assert list(begun.numbers(0, FIRST)) == expected[:FIRST]
    first = directory.begin(wanted, at_once=0)
    assert first.total == begun.total and first.rough == (wanted == Wanted())
    assert first.rough or list(first.numbers(0, FIRST + 1)) == expected[:FIRST]
    assert everything(whole, 7) == everything(whole, 1000) == expected
    for at in range(0, len(expected), 37):
        assert whole.place(expected[at]) == at
        assert list(whole.numbers(at, 3)) == expected[at:at + 3]
    left_out = next(n for n, state, _, _ in stored if state == HIDDEN)
    assert whole.place(left_out) is None and whole.place(len(stored) + 5) is None


@pytest.mark.parametrize("typed", ["会社", "製作", "東京", "建設 東京", "ヤマ"])
def test_words_list_what_a_search_finds_in_its_order(directory: ListedDirectory, typed: str) -> None:
    expected = [hit.corporation.running for hit in directory.search(typed, limit=None)]
    begun, whole = directory.begin(Wanted(typed)), directory.whole(Wanted(typed))
    assert len(expected) > 1 and everything(whole, 50) == expected and whole.total == len(expected)
    assert list(begun.numbers(0, FIRST)) == expected[:FIRST]
    assert begun.complete == (len(expected) <= FIRST)
    for state in (OPEN, CLOSED, MERGED):
        fitting = [hit.corporation.running for hit in directory.search(typed, limit=None)
                   if hit.corporation.state == state]
        assert everything(directory.whole(Wanted(typed, states=(state,))), 50) == fitting


def test_of_very_many_hits_the_best_are_listed_and_the_list_says_so(directory: ListedDirectory) -> None:
    best = directory.whole(Wanted("会社"), most=10)
    assert best.more and best.known == best.total == 10
    assert everything(best, 4) == everything(directory.whole(Wanted("会社")), 100)[:10]


def test_a_number_lists_its_corporation_and_no_hidden_one(
        directory: ListedDirectory, stored: list[tuple[int, int, str, str]]) -> None:
    one, = directory.rows([17])
    assert one is not None
    listing = directory.begin(Wanted(one.number))
    assert list(listing.numbers(0, 5)) == [17] and listing.complete and listing.place(17) == 0
    hidden = next(n for n, state, _, _ in stored if state == HIDDEN)
    assert directory.rows([hidden, 18, 10**7])[0::2] == [None, None]


def test_a_list_nobody_waits_for_is_left(directory: ListedDirectory) -> None:
    stop = Stop()
    stop.ask()
    with bound(stop), pytest.raises(Stopped):
        directory.whole(Wanted(states=(OPEN,)))
    assert directory.whole(Wanted()).complete


def test_places_are_counted(directory: ListedDirectory, stored: list[tuple[int, int, str, str]]) -> None:
    counted = {place.code: count for place, count in directory.counts()}
    assert sum(counted.values()) == sum(1 for _, state, code, _ in stored if state != HIDDEN and code)
    assert counted["13101"] == sum(1 for _, state, code, _ in stored if state != HIDDEN and code == "13101")


def test_all_corporations_can_be_entered_anywhere_before_it_is_known_which_are_hidden(
        directory: ListedDirectory, stored: list[tuple[int, int, str, str]]) -> None:
    expected = [n for n, state, _, _ in stored if state != HIDDEN]
    hidden = len(stored) - len(expected)
    rough = directory.begin(Wanted(), at_once=0)
    assert hidden > 2 and rough.known == len(expected) and not rough.complete
    for at in (0, 100, 700, len(expected) - 50):
        found = [one.running for one in directory.page(rough, at, 50) if one is not None]
        assert len(found) == 50 or at + 50 > len(expected) - hidden
        assert found == expected[expected.index(found[0]):][:len(found)]
        assert abs(expected.index(found[0]) - at) <= hidden
