"""Deterministic files in the exact format of the tax agency's corporate-number downloads, full and diff, at any size.

Prefectures, cities and towns are real (the eleven of the shipped postcode table), everything else is invented: names of
every legal form with old and variant characters, check digits, readings that are mostly missing, moves, new names,
closures, mergers, what is hidden. A row depends on the seed and the rows before it, never on how many are asked for.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import IO

from bench.grammar import read_words
from kanto_desk.japanese.numbers import corporate_number_digit
from kanto_desk.paths import resources

Fields = list[str]
"""The 30 columns of one row, as text."""

FIRST_DAY, LAST_DAY = date(2015, 10, 5), date(2026, 10, 31)
TEXTS = frozenset({6, 9, 10, 11, 16, 24, 25, 26, 27, 28})   # columns that the agency writes in quotes

# Legal form, weight, place before or after the name, kind (法人種別), two digits in the number, ending of the name.
_FORMS = (
    ("株式会社", 270, "before", "301", "01", ""), ("株式会社", 215, "after", "301", "01", ""),
    ("有限会社", 260, "before", "302", "02", ""), ("有限会社", 50, "after", "302", "02", ""),
    ("合同会社", 80, "before", "305", "03", ""), ("合同会社", 15, "after", "305", "03", ""),
    ("合資会社", 12, "before", "304", "03", ""), ("合名会社", 4, "before", "303", "03", ""),
    ("一般社団法人", 16, "before", "399", "05", "協会"), ("一般財団法人", 3, "before", "399", "05", "財団"),
    ("公益社団法人", 2, "before", "399", "05", "協会"), ("公益財団法人", 3, "before", "399", "05", "振興財団"),
    ("特定非営利活動法人", 12, "before", "399", "05", ""), ("医療法人", 8, "before", "399", "05", "会"),
    ("医療法人社団", 9, "before", "399", "05", "会"), ("社会福祉法人", 5, "before", "399", "05", "福祉会"),
    ("学校法人", 2, "before", "399", "05", "学園"), ("宗教法人", 2, "before", "399", "05", "寺"),
    ("", 22, "none", "399", "05", "寺"), ("", 12, "none", "399", "05", "神社"),
    ("農事組合法人", 3, "before", "399", "05", "営農組合"), ("", 5, "none", "399", "05", "協同組合"),
    ("事業協同組合", 1, "before", "399", "05", ""), ("独立行政法人", 1, "before", "399", "05", "機構"),
    ("", 4, "none", "401", "03", "・リミテッド"), ("", 9, "none", "499", "15", "町内会"),
)
# Prefecture, weight: after the numbers of corporations that the prefectures have.
_WEIGHTS = {"08": 60, "09": 45, "10": 50, "11": 170, "12": 140, "13": 700, "14": 230, "15": 55, "19": 22, "20": 50,
            "22": 95}


@dataclass(frozen=True)
class _Place:
    prefecture: str
    city: str
    prefecture_name: str
    city_name: str
    town: str
    postcode: str


@dataclass(frozen=True)
class _Words:
    places: dict[str, list[_Place]]
    prefectures: list[str]
    forms: list[tuple[str, str, str, str, str]]
    pairs: list[tuple[str, str]]      # names before the trade: families, stems, middles
    trades: list[tuple[str, str]]
    kanji: list[tuple[str, str]]
    kana: list[str]
    hiragana: list[str]
    buildings: list[str]


@cache
def _words() -> _Words:
    cities: dict[str, tuple[str, str]] = {}
    places: dict[str, list[_Place]] = {code: [] for code in _WEIGHTS}
    content = gzip.decompress((resources() / "masters" / "postal.tsv.gz").read_bytes()).decode()
    for line in content.split("\n"):
        key, second, third = line.split("\t")
        if len(key) == 5:
            cities[key] = (second, third)
        elif third:
            places[second[:2]].append(_Place(second[:2], second[2:], *cities[second], third, key))
    names, own = read_words("names.json"), read_words("corporations.json")
    stems = [tuple(pair) for pair in names["stem"]]
    middles = [tuple(pair) for pair in names["middle"]]
    pairs = [tuple(pair) for pair in names["family"]] * 6
    pairs += [(stem + middle, reading + more) for stem, reading in stems for middle, more in middles]
    return _Words(
        places, [code for code, weight in _WEIGHTS.items() for _ in range(weight)],
        [(form, place, kind, digits, ending) for form, weight, place, kind, digits, ending in _FORMS
         for _ in range(weight)],
        pairs, [tuple(pair) for pair in own["trades"]], [tuple(pair) for pair in own["kanji"]],
        own["kana"], own["hiragana"], own["buildings"])


def number(base: str) -> str:
    """The 13 digits of a 12-digit base."""
    return f"{corporate_number_digit(base)}{base}"


def _wide(text: str) -> str:
    return text.translate(_WIDE)


_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_DIGITS = [_wide(str(n)) for n in range(3000)]
_DAYS = [(FIRST_DAY + timedelta(days=n)).isoformat() for n in range((LAST_DAY - FIRST_DAY).days + 1)]


class _Names:
    """Plausible names with their readings."""

    def __init__(self, words: _Words, random: Random) -> None:
        self._words, self._draw = words, random.random

    def core(self, town: str) -> tuple[str, str]:
        """A name without its legal form, and its reading (empty where the town gave the name)."""
        words, draw = self._words, self._draw
        way = draw()
        trade, reading = words.trades[int(draw() * len(words.trades))]
        if way < 0.42:
            head, kana = words.pairs[int(draw() * len(words.pairs))]
        elif way < 0.64:
            one, first = words.kanji[int(draw() * (len(words.kanji) - 1))]   # 々 stands second only
            two, second = words.kanji[int(draw() * len(words.kanji))]
            head, kana = one + two, first + (first if two == "々" else second)
            if draw() < 0.3:
                three, third = words.kanji[int(draw() * (len(words.kanji) - 1))]
                head, kana = head + three, kana + third
        elif way < 0.82:
            parts = [words.kana[int(draw() * len(words.kana))] for _ in range(2 + int(draw() * 2))]
            head = kana = "".join(parts).lstrip("ーッン") or "アル"
            if draw() < 0.5:
                trade = reading = ""
        elif way < 0.89:
            head = _wide("".join(chr(65 + int(draw() * 26)) for _ in range(2 + int(draw() * 3))))
            kana = ""
        elif way < 0.95:
            head = kana = words.hiragana[int(draw() * len(words.hiragana))]
        else:
            head, kana = town, ""
        return head + trade, _to_katakana(kana + reading) if kana else ""

    def whole(self, town: str) -> tuple[str, str, str, str]:
        """A whole name, its reading, its kind and the two digits of its number."""
        form, place, kind, digits, ending = self._words.forms[int(self._draw() * len(self._words.forms))]
        core, reading = self.core(town)
        core += ending
        name = form + core if place == "before" else core + form
        return name, reading if not ending else "", kind, digits

    def anew(self, kind: str, town: str) -> str:
        """Another name for a corporation of this kind."""
        while True:
            name, _, made, _ = self.whole(town)
            if made == kind or kind == "101":
                return name


def _to_katakana(text: str) -> str:
    return text.translate(_KATAKANA)


_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}


def full(count: int, seed: int, serial_from: int = 0) -> Iterator[Fields]:
    """`count` rows of a full file: of each corporation the newest state, the sequence numbers not set.

    Numbers with serials from `serial_from` on are other corporations than those before.
    """
    random = Random(f"corporations {seed}")
    draw, words = random.random, _words()
    names, serials, last = _Names(words, random), dict[str, int](), ""
    for _ in range(count):
        prefecture = words.prefectures[int(draw() * len(words.prefectures))]
        places = words.places[prefecture]
        place = places[int(draw() * draw() * len(places))]   # some towns hold far more corporations than others
        name, reading, kind, digits = names.whole(place.town)
        office = f"{prefecture}{int(draw() * (10 if prefecture == '13' else 4)):02d}{digits}"
        serial = serials[office] = serials.get(office, serial_from) + 1 + int(draw() * 1.3)
        own = number(f"{office}{serial:06d}")
        assigned = 0 if draw() < 0.6 else int(draw() * len(_DAYS))
        changed = assigned if draw() < 0.7 else min(len(_DAYS) - 1, assigned + int(draw() * (len(_DAYS) - assigned)))
        updated = min(len(_DAYS) - 1, changed + int(draw() * 20))
        row = ["", own, "01", "1" if draw() < 0.05 else "0", _DAYS[updated], _DAYS[changed], name, "", kind,
               place.prefecture_name, place.city_name, _street(place, draw(), draw(), draw(), words), "",
               place.prefecture, place.city, place.postcode if draw() < 0.97 else "", "", "", "", "", "", "",
               _DAYS[assigned], "1", "", "", "", "", reading if draw() < 0.35 else "", "0"]
        fate = draw()
        if (fate < 0.30 and changed != assigned) or fate < 0.13:
            _fate(row, fate, last)
        if draw() < 0.004:
            row[24], row[25], row[26] = f"{digits} Trading Co., Ltd.", place.prefecture_name, place.city_name
        last = own
        yield row


def _street(place: _Place, way: float, one: float, two: float, words: _Words) -> str:
    street = place.town
    if way < 0.55:
        street += f"{_DIGITS[1 + int(one * 8)]}丁目{_DIGITS[1 + int(two * 30)]}番{_DIGITS[1 + int(one * two * 40)]}号"
    elif way < 0.8:
        street += f"{_DIGITS[1 + int(one * 2900)]}番地"
    else:
        street += f"{_DIGITS[1 + int(one * 400)]}－{_DIGITS[1 + int(two * 20)]}"
    if one < 0.12:
        street += f"　{words.buildings[int(two * len(words.buildings))]}{_DIGITS[1 + int(one * 90)]}階"
    return street


def _fate(row: Fields, fate: float, other: str) -> None:
    """Close, merge, rename, move, reopen or hide a corporation."""
    day = row[5]
    if fate < 0.09:
        row[2], row[18], row[19] = "21", day, ("01", "01", "21", "31")[int(fate * 1000) % 4]
    elif fate < 0.12:
        row[2], row[18], row[19], row[20], row[21] = "71", day, "11", other, "吸収合併により解散"
    elif fate < 0.122:
        row[29] = "1"
    elif fate < 0.124:
        row[2], row[18], row[19] = "81", day, "21"
    elif fate < 0.126:
        row[9] = row[10] = row[11] = row[13] = row[14] = row[15] = ""
        row[2], row[8], row[16] = "13", "401", "アメリカ合衆国デラウェア州ウィルミントン市オレンジストリート１２０９"
    elif fate < 0.128:
        row[2] = "22"
    elif fate < 0.2:
        row[2] = "11"
    else:
        row[2] = "12"


def diff(known: Sequence[Fields], count: int, seed: int, day: date) -> list[Fields]:
    """`count` rows of one day's diff over known rows: what happened to them, and corporations that are new.

    Where something happened twice on the day, the former row comes along with `latest` 0.
    """
    random = Random(f"diff {seed} {day}")
    draw, words, today = random.random, _words(), day.isoformat()
    names = _Names(words, random)
    chosen = iter(random.sample(range(len(known)), min(count, len(known))))
    rows: list[Fields] = []
    fresh = full(1 << 60, seed, 700_000 + 1000 * (day.toordinal() % 200))
    while len(rows) < count:
        place = None if draw() < 0.3 else next(chosen, None)
        if place is None:
            row = next(fresh)
            row[2], row[4], row[5], row[22] = "01", today, today, today
            row[18] = row[19] = row[20] = row[21] = ""
            rows.append(row)
            continue
        row, way = list(known[place]), draw()
        row[4] = row[5] = today
        home = words.places[row[13] if row[13] in words.places else "13"]
        if way < 0.3:
            row[2], row[6], row[28] = "11", names.anew(row[8], home[0].town), ""
        elif way < 0.7:
            other = home[int(draw() * len(home))]
            row[2], row[9], row[10], row[13], row[14], row[15] = (
                "12", other.prefecture_name, other.city_name, other.prefecture, other.city, other.postcode)
            row[11] = _street(other, draw(), draw(), draw(), words)
        elif way < 0.85:
            row[2], row[18], row[19] = "21", today, "01"
        elif way < 0.9:
            row[2], row[18], row[19], row[20] = "71", today, "11", known[0][1]
        elif way < 0.94:
            row[2], row[18], row[19], row[20], row[21] = "22", "", "", "", ""
        elif way < 0.96:
            row[2] = "99"
        elif way < 0.97:
            row[29] = "1"
        else:
            row[3] = "1"
        if draw() < 0.03 and len(rows) + 2 <= count:
            rows.append([*known[place][:2], "12", "0", today, *known[place][5:23], "0", *known[place][24:]])
        rows.append(row)
    return rows[:count]


def line(row: Fields) -> str:
    """One row as the agency writes it: texts in quotes where they are not empty, no blank anywhere."""
    return ",".join(f'"{value}"' if place in TEXTS and value else value for place, value in enumerate(row)) + "\n"


def lines(rows: Iterable[Fields]) -> Iterator[str]:
    """Rows with their sequence numbers, as lines."""
    for place, row in enumerate(rows, 1):
        row[0] = str(place)
        yield line(row)


def write(path: Path, rows: Iterable[Fields], *, encoding: str = "utf-8") -> int:
    """Write a file as it is downloaded: a zip with its signature file, or a bare csv, by the ending of its name.

    `encoding` "cp932" makes the Shift-JIS variant: what it cannot hold becomes 〓, with an image id beside the name.
    Gives the number of rows.
    """
    count = 0
    signature = "-----BEGIN PGP SIGNATURE-----\n"
    raw: IO[bytes]
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            entry = zipfile.ZipInfo(f"{path.stem}.csv", (2026, 11, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as raw:
                count = _put(raw, rows, encoding)
            archive.writestr(zipfile.ZipInfo(f"{path.stem}.csv.asc", (2026, 11, 1, 0, 0, 0)), signature)
    else:
        with path.open("wb") as raw:
            count = _put(raw, rows, encoding)
    return count


def _put(out: IO[bytes], rows: Iterable[Fields], encoding: str) -> int:
    count, held = 0, list[str]()
    for text in lines(rows if encoding != "cp932" else map(_in_cp932, rows)):
        held.append(text)
        count += 1
        if len(held) == 5000:
            out.write("".join(held).encode(encoding))
            held.clear()
    out.write("".join(held).encode(encoding))
    return count


def _in_cp932(row: Fields) -> Fields:
    row = list(row)
    for place, image in ((6, 7), (11, 12)):
        shown = row[place].encode("cp932", "replace").decode("cp932")
        if shown != row[place]:
            row[place] = "".join(c if _fits(c) else "〓" for c in row[place])
            row[image] = f"{int(row[1]) % 100000:08d}"
    return row


@cache
def _fits(char: str) -> bool:
    try:
        char.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def read_back(text: str) -> list[Fields]:
    """Rows of a file's text, for diffs over a file that was written before."""
    return list(csv.reader(io.StringIO(text)))


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m bench.corporations OUT`: write a full file and a diff of one day into the folder OUT."""
    parser = argparse.ArgumentParser(prog="python -m bench.corporations", description=main.__doc__)
    parser.add_argument("out", type=Path, help="folder, made when missing")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    written = write(chosen.out / "00_zenkoku_all_20261031.zip", full(chosen.rows, chosen.seed))
    day = LAST_DAY + timedelta(days=2)
    known = [row for place, row in enumerate(full(min(chosen.rows, 50 * chosen.changes), chosen.seed)) if place % 2]
    changed = write(chosen.out / f"diff_{day:%Y%m%d}.zip", diff(known, chosen.changes, chosen.seed, day))
    sys.stdout.write(f"{written} rows, {changed} changes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
