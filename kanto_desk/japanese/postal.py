"""Postcode → prefecture, city and town for the 11 prefectures of the Kanto bureau, from the shipped table, offline.

Loaded at the first look-up (about 20 ms). Businesses' own postcodes and other prefectures are not in it.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kanto_desk.errors import Refused
from kanto_desk.japanese.numbers import check_postcode, municipality_code
from kanto_desk.paths import resources


@dataclass(frozen=True, slots=True)
class PostalArea:
    """One area of a postcode. `town` is empty where the postcode means the whole city; `city` includes county or ward.

    `prefecture_code` is a code of CL10, `city_code` has six digits.
    """

    postcode: str
    prefecture_code: str
    prefecture: str
    city_code: str
    city: str
    town: str

    @property
    def address(self) -> str:
        """Prefecture, city and town in one line."""
        return f"{self.prefecture}{self.city}{self.town}"


@cache
def _table() -> tuple[Mapping[str, list[tuple[str, str]]], Mapping[str, tuple[str, str]]]:
    """Postcode → (city code of five digits, town) and city code → (prefecture, city)."""
    areas: dict[str, list[tuple[str, str]]] = {}
    cities: dict[str, tuple[str, str]] = {}
    for line in gzip.decompress((resources() / "masters" / "postal.tsv.gz").read_bytes()).decode().split("\n"):
        key, second, third = line.split("\t")
        if len(key) == 5:
            cities[key] = (second, third)
        else:
            areas.setdefault(key, []).append((second, third))
    return areas, cities


def look_up(text: str) -> tuple[PostalArea, ...]:
    """The areas of a postcode written in any form; empty when it is none or not in the table."""
    try:
        code = check_postcode(text)
    except Refused:
        return ()
    areas, cities = _table()
    return tuple(
        PostalArea(code, city[:2], cities[city][0], municipality_code(city), cities[city][1], town)
        for city, town in areas.get(code.replace("-", ""), ()))
