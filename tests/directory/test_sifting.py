"""What a search leaves out of its question to the index: the judge, the traits and the counts make up for it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from bench import corporations
from kanto_desk.directory import building, schema, traits
from kanto_desk.directory.asking import Filters
from kanto_desk.directory.columns import row_of
from kanto_desk.directory.conditions import AND, OR, Planner, joined, word
from kanto_desk.directory.crew import Crew
from kanto_desk.directory.searching import Directory
from tests.directory import oracle, recall
from tests.directory.build import SPARING, a_file, opened, pointer, take

ROWS, SEED = 400, 20261201
FILTERS = [Filters(prefectures, cities, open=is_open) for prefectures, cities, is_open in product(
    ((), ("13",), ("13", "20")), ((), ("13101", "14100")), (None, True, False))]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of generated corporations."""
    folder = tmp_path_factory.mktemp("sifted")
    take(folder / "h", a_file(folder / "a.csv", list(corporations.full(ROWS, SEED))))
    return folder / "h"


def without(home: Path, *tables: str) -> None:
    """Make the file in use one of before these tables."""
    found = pointer(home).current()
    assert found is not None
    conn = schema.open_to_write(found.path, found.key)
    for table in tables:
        conn.execute(f"DROP TABLE {table}")
    conn.close()


def test_one_word_asked_and_the_rest_judged_gives_the_same(home: Path) -> None:
    rows = [row_of(row) for row in corporations.full(ROWS, SEED)]
    known = oracle.folded(rows)
    with opened(home, SPARING) as directory:
        told = [recall.difference(directory, known, *asked) for asked in recall.queries(rows, 600, SEED)]
    assert list(filter(None, told)) == []


def test_a_file_of_before_finds_the_same(home: Path, tmp_path: Path) -> None:
    rows = list(corporations.full(ROWS, SEED))
    take(tmp_path / "h", a_file(tmp_path / "a.csv", rows))
    without(tmp_path / "h", "trait", "often")
    asked = list(recall.queries([row_of(row) for row in rows], 100, SEED + 1))
    with opened(home) as now, opened(tmp_path / "h") as before:
        for query, narrow in asked:
            filters = recall.filters(narrow)
            assert now.search(query, filters, None) == before.search(query, filters, None), query
    take(tmp_path / "h", a_file(tmp_path / "b.csv", rows[:3]))   # and takes a diff in


def test_a_file_of_before_that_was_cut_off_is_filled_anew(tmp_path: Path) -> None:
    (tmp_path / "h" / "directory-work").mkdir(parents=True)
    target = pointer(tmp_path / "h").begin()
    rows = sorted(tuple(row_of(row)) for row in corporations.full(30, SEED))
    conn = schema.create(target.path, target.key)
    conn.execute("DROP TABLE trait")
    conn.execute("DROP TABLE often")
    conn.execute(schema.PUT_META, ("done", rows[9][0]))   # as if ten were in it
    conn.close()
    with Crew(1) as crew:
        filled = building.fill(target, rows, crew, lambda _: True)
    with Directory(target.path, target.key) as directory:
        assert len(directory.search("", Filters(open=True), None)) + len(
            directory.search("", Filters(open=False), None)) == filled > 20


def test_counts_are_those_of_what_is_found(home: Path) -> None:
    with opened(home) as directory:
        found = [(filters, directory.count(filters), len(directory.search("", filters, None))) for filters in FILTERS]
    assert [(filters, count) for filters, count, _ in found[1:]] == [
        (filters, listed) for filters, _, listed in found[1:]]
    assert len({count for _, count, _ in found}) > 5


def test_what_a_diff_moves_and_closes_is_sifted_anew(tmp_path: Path) -> None:
    rows = [row for row in corporations.full(60, SEED) if row[2] == "01" and row[13] == "13"][:12]
    for row in rows:
        row[6] = "株式会社山田商会"
    take(tmp_path / "h", a_file(tmp_path / "a.csv", rows))
    moved, closed = list(rows[0]), list(rows[1])
    for row in (moved, closed):
        row[4] = row[5] = "2026-11-02"
    moved[2], moved[9], moved[10], moved[13], moved[14] = "12", "長野県", "諏訪市", "20", "206"
    closed[2], closed[18], closed[19] = "21", "2026-11-02", "01"
    with opened(tmp_path / "h") as directory:
        assert len(directory.search("山田", Filters(("13",), open=True))) == len(rows)
        take(tmp_path / "h", a_file(tmp_path / "b.csv", [moved, closed]), in_place=100)

        def numbers(filters: Filters) -> set[str]:
            return {hit.corporation.number for hit in directory.search("山田", filters)}

        assert numbers(Filters(("20",))) == {moved[1]}
        assert numbers(Filters(open=False)) == {closed[1]}
        assert numbers(Filters(("13",), open=True)) == {row[1] for row in rows[2:]}


def test_traits_of_several_blocks(tmp_path: Path) -> None:
    conn = schema.create(tmp_path / "x.db", bytes(32))
    last = 2 * traits.PER_BLOCK + 5
    wanted = {n: traits.value(n % 40_000, n % 4) for n in range(1, last + 1)}
    half = last // 3
    traits.put(conn, list(wanted.items())[:half])
    traits.put(conn, list(wanted.items())[half:])
    wanted |= {7: traits.value(9, 1), last - 1: traits.value(3, 2)}
    traits.put(conn, [(7, wanted[7]), (last - 1, wanted[last - 1])])
    held = traits.Traits(conn)
    assert {n: held.of(n) for n in wanted} == wanted
    conn.close()


def test_a_word_that_half_have_is_asked_only_where_it_sifts() -> None:
    planner = Planner({"p13": 2_600_000, "n山田": 90_000, "n商会": 80_000, "zo": 5_000_000}, 5_800_000, 2000)
    tokyo, yamada, trade, rare = word("p", "13"), word("n", "山田"), word("n", "商会"), word("n", "鵺鵼")
    assert planner.asked(rare, told=(tokyo,)) == ('("n鵺鵼")', True)   # looked up: nothing has to be judged
    assert planner.asked(joined((rare, word("z", "o")), AND)) == ('("n鵺鵼")', False)
    assert planner.asked(joined((yamada, trade), AND)) == ('("n商会" AND "n山田")', True)
    assert tokyo in planner.asked(joined((yamada, word("z", "o")), OR), must=(tokyo,)).text
