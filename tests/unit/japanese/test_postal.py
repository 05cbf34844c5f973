"""Postcodes of the 11 prefectures."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kanto_desk.japanese.numbers import check_municipality_code
from kanto_desk.japanese.postal import look_up
from kanto_desk.paths import resources


@pytest.mark.parametrize(("typed", "address", "city_code"), [
    ("392-0012", "長野県諏訪市四賀", "202061"), ("〒１１３００３３", "東京都文京区本郷", "131059"), ("100-0001", "東京都千代田区千代田", "131016"),
    ("330-0845", "埼玉県さいたま市大宮区仲町", "111031"), ("430-0929", "静岡県浜松市中央区中央", "221384"),
    ("950-0078", "新潟県新潟市中央区万代島", "151033"), ("395-0002", "長野県飯田市上郷飯沼", "202053"),
])
def test_one_area(typed: str, address: str, city_code: str) -> None:
    (area,) = look_up(typed)
    assert (area.address, area.city_code, area.prefecture_code) == (address, city_code, city_code[:2])
    assert check_municipality_code(area.city_code) == area.city_code


def test_a_postcode_of_several_areas_gives_all() -> None:
    areas = look_up("315-0000")
    assert {area.city for area in areas} == {"石岡市", "かすみがうら市"}
    assert {area.town for area in areas} == {""}
    assert len(look_up("438-0086")) == 22


@pytest.mark.parametrize("typed", ["060-0000", "000-0000", "392", "", "諏訪市"])
def test_unknown_postcodes_give_nothing(typed: str) -> None:
    assert look_up(typed) == ()


def test_the_table_is_small_and_read_only_when_asked() -> None:
    assert (resources() / "masters" / "postal.tsv.gz").stat().st_size < 1_000_000
    probe = ("from kanto_desk.japanese import postal; print(postal._table.cache_info().currsize);"
             "postal.look_up('392-0012'); print(postal._table.cache_info().currsize)")
    seen = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert seen.stdout.split() == ["0", "1"]
