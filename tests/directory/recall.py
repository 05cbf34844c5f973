"""Queries nobody tuned for: parts of names, readings and addresses of a directory, typed in other spellings.

`python -m tests.directory.recall [--rows N] [--queries N] [--seed N]` compares the search with the oracle over many.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from bench import corporations
from kanto_desk.directory.asking import Filters
from kanto_desk.directory.columns import Row, row_of
from kanto_desk.directory.searching import Directory
from kanto_desk.japanese.text import to_hiragana
from kanto_desk.japanese.variants import VARIANTS
from tests.directory import oracle
from tests.directory.build import SPARING, a_file, opened, take

_OTHER: dict[str, str] = {}
for _group in VARIANTS.split():
    for _one, _next in zip(_group, _group[1:] + _group[0], strict=True):
        _OTHER[_one] = _next
_OTHER |= {"ヶ": "ケ", "ケ": "ヶ", "が": "ヶ"}
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_NARROW = {wide: code for code, wide in _WIDE.items()}


def respelled(text: str, draw: Random) -> str:
    """The same text as somebody else would type it."""
    way = draw.randrange(8)
    if way == 0:
        return "".join(_OTHER.get(sign, sign) for sign in text)
    if way == 1:
        return to_hiragana(text)
    if way == 2:
        return text.translate(_NARROW).lower()
    if way == 3:
        return text.translate(_WIDE)
    if way == 4:
        return text.replace("ー", "")
    if way == 5:
        return text.replace("ヴァ", "バ").replace("ヴィ", "ビ").replace("ヴェ", "ベ").replace("ヴ", "ブ")
    if way == 6:
        return text.replace("株式会社", "(株)").replace("有限会社", "㈲")
    return text


def queries(rows: Sequence[Row], count: int, seed: int) -> Iterator[tuple[str, dict[str, str | bool]]]:
    """Queries with their filters: mostly parts of 1 to 3 characters, some longer, some of two or three terms."""
    draw = Random(f"recall {seed}")

    def part(text: str, longest: int) -> str:
        length = min(len(text), 1 + draw.randrange(longest))
        start = draw.randrange(len(text) - length + 1)
        return text[start:start + length]

    def term(row: Row) -> str:
        texts = [row.name, row.name, row.name, row.kana, row.prefecture + row.city + row.street, row.street]
        text = draw.choice([text for text in texts if text])
        return respelled(part(text, 3 if draw.random() < 0.75 else 12), draw)

    for _ in range(count):
        row = draw.choice(rows)
        terms = [term(row) for _ in range(draw.choices((1, 2, 3), (80, 15, 5))[0])]
        narrow: dict[str, str | bool] = {}
        if draw.random() < 0.1:
            narrow["prefecture"] = draw.choice((row.city_code[:2], "13", "20"))
        elif draw.random() < 0.1:
            narrow["city"] = row.city_code
        if draw.random() < 0.1:
            narrow["is_open"] = draw.random() < 0.7
        yield " ".join(terms), narrow


def filters(narrow: dict[str, str | bool]) -> Filters:
    """The filters of a search that mean what the oracle's do."""
    is_open = narrow.get("is_open")
    return Filters(tuple(str(narrow[k]) for k in ("prefecture",) if narrow.get(k)),
                   tuple(str(narrow[k]) for k in ("city",) if narrow.get(k)), open=None if is_open is None else bool(is_open))


def difference(directory: Directory, rows: list[oracle.Folded], query: str, narrow: dict[str, str | bool]) -> str:
    """What a search gives otherwise than the oracle; empty when they agree, all hits and the first 50."""
    expected = [(rank, number) for rank, _, number in oracle.found(query, rows, **narrow)]  # type: ignore[arg-type]
    hits = directory.search(query, filters(narrow), limit=None)
    got = [(hit.rank, hit.corporation.number) for hit in hits]
    if got != expected:
        lost, more = set(expected) - set(got), set(got) - set(expected)
        return f"{query!r} {narrow}: lost {sorted(lost)[:3]}, too many {sorted(more)[:3]}, of {len(expected)}"
    first = [hit.corporation.number for hit in directory.search(query, filters(narrow))]
    return "" if first == [number for _, number in expected[:50]] else f"{query!r} {narrow}: the first 50 are others"


def main() -> int:
    """Compare; gives 1 when anything differs."""
    options = argparse.ArgumentParser(prog="python -m tests.directory.recall", description=main.__doc__)
    options.add_argument("--rows", type=int, default=3000)
    options.add_argument("--queries", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=int(time.time()))
    chosen = options.parse_args()
    print(f"seed {chosen.seed}")
    with tempfile.TemporaryDirectory() as name:
        fields = list(corporations.full(chosen.rows, chosen.seed))
        take(Path(name) / "h", a_file(Path(name) / "a.csv", fields))
        rows = [row_of(row) for row in fields]
        known = oracle.folded(rows)
        wrong = hits = 0
        with opened(Path(name) / "h") as usual, opened(Path(name) / "h", SPARING) as sparing:
            for place, (query, narrow) in enumerate(queries(rows, chosen.queries, chosen.seed)):
                directory = sparing if place % 2 else usual
                told = difference(directory, known, query, narrow)
                hits += bool(directory.search(query, filters(narrow), limit=1))
                if told:
                    wrong += 1
                    print(told)
    print(f"{chosen.queries} queries over {chosen.rows} rows, {hits} with hits, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
