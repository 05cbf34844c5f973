"""Whether a directory file is whole: every page read, counts and index compared with the rows. Reads only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from kanto_desk.db import driver
from kanto_desk.db.putting_back import Finding
from kanto_desk.directory import facts, schema
from kanto_desk.directory.columns import CLOSED, HIDDEN, MERGED, whole_number
from kanto_desk.directory.pointer import POINTER, Pointer
from kanto_desk.directory.searching import row_by_base
from kanto_desk.directory.spooling import INDUSTRY, Plain
from kanto_desk.directory.words import Place, words_of
from kanto_desk.i18n import tr

MOST_COMPARED = 2000
"""So many corporations, drawn at random, have each of their words looked up in the index; of all others the counts."""
BREATH = 100


@dataclass(slots=True)
class Checked:
    """What was found. `file`: the one in use, empty where there is none; `corporations`: rows, hidden ones too;
    `facts`: numbers that gBizINFO knows something of; `compared`: rows whose words were looked up one by one."""

    findings: list[Finding] = field(default_factory=list)
    file: str = ""
    corporations: int = 0
    facts: int = 0
    compared: int = 0


def check(pointer: Pointer, told: Callable[[int], None], *, immutable: bool = False) -> Checked:
    """Check the directory in use; `told` is called with the corporations compared so far; `immutable`: on a disk
    that takes no writing.

    Raises the driver's errors where a page is damaged or the disk refuses, OSError.
    """
    found = Checked()
    note = pointer.home / POINTER
    current = pointer.current()
    if current is None:
        problem = _without(note)
        if problem:
            found.findings.append(Finding(POINTER, problem))
        return found
    found.file = current.path.name
    with closing(schema.open_to_read(current.path, current.key, immutable=immutable)) as conn:
        damage = [str(row[0]) for row in conn.execute("PRAGMA integrity_check(20)").fetchall()]
        if damage != ["ok"]:
            raise driver.damaged("; ".join(damage))
        conn.execute("SELECT sum(pgsize) FROM dbstat").fetchall()   # every page, each authenticated as it is read
        conn.begin("DEFERRED")
        found.findings += [Finding(found.file, problem) for problem in _compared(conn, found, told)]
        conn.rollback()
    return found


def _without(note: Path) -> str:
    """What is wrong where no directory is in use."""
    if not note.exists():
        left = any(note.parent.glob("directory-*.db")) and not (note.parent / "directory-work").exists()
        return tr("どのファイルが使われているかの記録（directory.json）がありません。") if left else ""
    try:
        name = str(json.loads(note.read_bytes())["file"])
    except (OSError, ValueError, KeyError, TypeError):
        name = ""
    if name and not (note.parent / name).exists():
        return tr("これが指す企業ディレクトリのファイルがありません（{name}）。", name=name)
    return tr("このファイルは読めないか、このデスクの鍵では開けません。")


def _compared(conn: driver.Connection, found: Checked, told: Callable[[int], None]) -> Iterator[str]:
    by_group = {(place, kind, state): count for place, kind, state, count in conn.execute(
        "SELECT place, kind, state, count(*) FROM corp GROUP BY place, kind, state")}
    noted = {(place, kind, state): count for place, kind, state, count in conn.execute(
        "SELECT place, kind, state, count FROM tally WHERE count <> 0")}
    found.corporations = sum(by_group.values())
    if by_group != noted:
        yield tr("集計の数が行と合いません（集計 {noted}、行 {there}）。", noted=f"{sum(noted.values()):,}",
                 there=f"{found.corporations:,}")
    if not _leads(conn, found.corporations):
        yield tr("番号から行をさがす表が合いません。")
    if schema.meta(conn, "indexed_as") != schema.indexed_as():
        yield tr("いまのソフトとは別の索引です。取り込み直すと、新しい索引になります。")
        return
    places = schema.places(conn)
    for word, count in _counted(conn, by_group, places).items():
        indexed = int(conn.execute("SELECT count(*) FROM words WHERE words MATCH ?", (f'"{word}"',)).fetchall()[0][0])
        if indexed != count:
            yield tr("索引の数が行と合いません（{word}：索引 {indexed}、行 {there}）。", word=word,
                     indexed=f"{indexed:,}", there=f"{count:,}")
    yield from _words(conn, found, places, told)
    yield from _facts(conn, found)


def _leads(conn: driver.Connection, rows: int) -> bool:
    """Whether every number leads to its row: those in order by the marks between them, the later ones by their own."""
    filled = int(schema.meta(conn, "filled", "0"))
    wrong = conn.execute(
        "SELECT (SELECT count(*) FROM spot s LEFT JOIN corp c ON c.n = s.n WHERE c.num IS NOT s.num)"
        " + (SELECT count(*) FROM late l LEFT JOIN corp c ON c.n = l.n WHERE c.num IS NOT l.num)"
        " + (SELECT count(*) FROM (SELECT num, lag(num) OVER (ORDER BY n) AS before FROM corp WHERE n <= ?)"
        " WHERE num <= before)", (filled,)).fetchall()
    marks, later = (int(conn.execute(f"SELECT count(*) FROM {one}").fetchall()[0][0]) for one in ("spot", "late"))
    return bool(wrong[0][0] == 0 and marks == -(-filled // schema.BLOCK) and filled + later == rows)


def _counted(conn: driver.Connection, by_group: dict[tuple[int, int, int], int],
             places: dict[int, Place]) -> dict[str, int]:
    """Words of the index that say a state, a prefecture or an industry, and how many rows have each."""
    wanted = Counter[str]({"zo": 0, "zc": 0})
    for (place, _, state), count in by_group.items():
        if state != HIDDEN:
            wanted["zc" if state in (CLOSED, MERGED) else "zo"] += count
            if places[place].code:
                wanted["p" + places[place].code[:2]] += count
    for codes, count in conn.execute("SELECT industry, count(*) FROM corp WHERE industry IS NOT NULL AND state <> ? "
                                     "GROUP BY industry", (HIDDEN,)):
        for code in codes.split():
            wanted["i" + code] += count
    return wanted


def _words(conn: driver.Connection, found: Checked, places: dict[int, Place],
           told: Callable[[int], None]) -> Iterator[str]:
    """Whether each word of some rows leads to them, and of hidden ones none does."""
    last = int(conn.execute("SELECT coalesce(max(n), 0) FROM corp").fetchall()[0][0])
    chosen = range(1, last + 1) if last <= MOST_COMPARED else sorted(Random().sample(range(1, last + 1), MOST_COMPARED))
    for n in chosen:
        for stored in conn.execute("SELECT * FROM corp WHERE n = ?", (n,)).fetchall():
            found.compared += 1
            if not found.compared % BREATH:
                told(found.compared)
            row = schema.plain(stored, places)
            if not _indexed(conn, n, row) or row_by_base(conn.raw.cursor(), row[0]) != stored:
                yield tr("索引に無い言葉のある法人があります（{number}）。", number=whole_number(row[0]))
                return


def _indexed(conn: driver.Connection, n: int, row: Plain) -> bool:
    length, words = words_of(row[7], row[8], Place(*row[9:12]), row[12], row[6], row[INDUSTRY])
    every = " AND ".join(f'"{word}"' for word in dict.fromkeys(words.split(" ")))
    there = conn.execute("SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?",
                         (every, length << schema.LENGTH_SHIFT | n)).fetchall()
    return bool(there) == bool(row[6] != HIDDEN)


def _facts(conn: driver.Connection, found: Checked) -> Iterator[str]:
    """Whether what gBizINFO knows can be read, and its industries stand at their corporations."""
    for num, known in facts.stored(conn):
        found.facts += 1
        try:
            industry = facts.industry_of(known)
        except (ValueError, KeyError, TypeError):
            yield tr("gBizINFO の情報を読めない法人番号があります（{number}）。", number=whole_number(num))
            return
        row = row_by_base(conn.raw.cursor(), num)
        if row is not None and (row[13] or "") != industry:
            yield tr("gBizINFO の業種が行と合わない法人番号があります（{number}）。", number=whole_number(num))
            return
