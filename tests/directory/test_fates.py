"""What becomes of a corporation, day by day: renamed, moved, closed, restored, merged, hidden; in place and in a new file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import corporations
from kanto_desk.directory.asking import Filters
from kanto_desk.directory.columns import CLOSED, HIDDEN, MERGED, OPEN
from kanto_desk.directory.searching import Corporation
from tests.directory.build import a_file, opened, take
from tests.directory.test_importing import index_holds, index_should_hold

OTHERS = [list(row) for row in corporations.full(40, 5)]
FIRST = next(row for row in map(list, corporations.full(60, 1)) if row[2] == "01" and row[29] == "0")


def on(day: str, **columns: str) -> corporations.Fields:
    """The corporation's row of a day. Columns by their place: c2="11"."""
    row = list(FIRST)
    row[4] = row[5] = day
    row[18] = row[19] = row[20] = ""
    row[6], row[28] = "株式会社諏訪螺子製作所", ""
    for name, value in columns.items():
        row[int(name[1:])] = value
    return row


STORY: list[tuple[corporations.Fields, int]] = [
    (on("2026-11-02"), OPEN),
    (on("2026-11-03", c2="11", c6="株式会社岡谷精機"), OPEN),
    (on("2026-11-04", c2="12", c6="株式会社岡谷精機", c9="新潟県", c10="長岡市", c11="旭町１丁目", c13="15", c14="202"), OPEN),
    (on("2026-11-05", c2="21", c6="株式会社岡谷精機", c18="2026-11-05", c19="01"), CLOSED),
    (on("2026-11-06", c2="22", c6="株式会社岡谷精機"), OPEN),
    (on("2026-11-07", c2="71", c6="株式会社岡谷精機", c18="2026-11-07", c19="11", c20=OTHERS[0][1]), MERGED),
    (on("2026-11-08", c2="72", c6="株式会社岡谷精機"), OPEN),
    (on("2026-11-09", c2="81", c6="株式会社岡谷精機", c18="2026-11-09", c19="21"), CLOSED),
    (on("2026-11-10", c2="22", c6="株式会社岡谷精機"), OPEN),
    (on("2026-11-11", c2="12", c6="株式会社岡谷精機", c29="1"), HIDDEN),
    (on("2026-11-12", c2="12", c6="株式会社岡谷精機"), OPEN),
    (on("2026-11-13", c2="99", c6="株式会社岡谷精機"), HIDDEN),
]


def found(home: Path, typed: str, filters: Filters | None = None) -> list[str]:
    with opened(home) as directory:
        return [hit.corporation.number for hit in directory.search(typed, filters, limit=None)]


def now(home: Path) -> Corporation:
    with opened(home) as directory:
        one = directory.by_number(FIRST[1])
    assert one is not None
    return one


@pytest.mark.parametrize("in_place", [0, 10_000])
def test_every_fate_day_by_day(tmp_path: Path, in_place: int) -> None:
    home = tmp_path / "h"
    take(home, a_file(tmp_path / "full.csv", OTHERS))
    for place, (row, state) in enumerate(STORY):
        take(home, a_file(tmp_path / f"{place}.csv", [row]), in_place=in_place)
        one = now(home)
        assert (one.state, one.name, one.updated, one.prefecture) == (state, row[6], row[4], row[9])
        assert one.facts.get("successor", "") == row[20] and one.facts.get("closed", "") == row[18]
        shown, exists = state != HIDDEN, state == OPEN
        for text in (row[6], "岡谷精" if "岡谷" in row[6] else "諏訪螺", FIRST[1], f"{row[10]} {row[6]}"):
            assert (FIRST[1] in found(home, text)) == shown
        assert (FIRST[1] in found(home, row[6], Filters(open=True))) == exists
        assert (FIRST[1] in found(home, row[6], Filters(open=False))) == (shown and not exists)
        assert (FIRST[1] in found(home, row[6], Filters(prefectures=(row[13],)))) == shown
        if place:
            assert FIRST[1] not in found(home, "諏訪螺子")   # the former name is not found any more
        assert index_holds(home) == index_should_hold(home)
    assert now(home).state == HIDDEN
    take(home, a_file(tmp_path / "again.csv", [STORY[2][0]]), in_place=in_place)
    assert now(home).state == HIDDEN, "an older row brings nothing back"
