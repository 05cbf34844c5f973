"""What gBizINFO knows of corporations, merged and kept beside them by number, whether the corporation is there or not.

Of each fact the newest stays, whichever file came first; certifications add up. So files may come in any order, before
or after the tax agency's, and again. A merged entry is a text: JSON of facts with their versions and certifications.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kanto_desk.db import driver
from kanto_desk.directory.columns import day_of
from kanto_desk.directory.gbizinfo import MOST_CERTIFIED, UNDATED, Known, industries
from kanto_desk.directory.spooling import INDUSTRY, Plain

TABLE = "CREATE TABLE IF NOT EXISTS fact(num INTEGER PRIMARY KEY, known TEXT NOT NULL)"
PUT = "INSERT INTO fact(num, known) VALUES (?, ?) ON CONFLICT (num) DO UPDATE SET known = excluded.known"

NEWEST, COUNT = "facts_newest", "facts_count"
"""Noted of a file (`meta`): the latest update of what gBizINFO told, and of how many numbers it knows something."""

Entry = tuple[int, str]
"""Number without its check digit, and what is known, as text."""

_FACTS, _CERTIFIED = "facts", "certified"


def entry_of(known: Known) -> Entry:
    """What an entry of a file knows, to be merged with others."""
    return known.base, _written({name: [known.version, value] for name, value in known.facts.items()},
                                [list(one) for one in known.certified])


def _written(facts: Mapping[str, Any], certified: Iterable[Any]) -> str:
    newest = sorted(certified, reverse=True)[:MOST_CERTIFIED]
    found = {_FACTS: dict(sorted(facts.items()))} | ({_CERTIFIED: newest} if newest else {})
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def both(one: str, other: str) -> str:
    """Two entries of a corporation as one; the same whichever comes first, and with itself itself."""
    if one == other:
        return one
    first, second = json.loads(one), json.loads(other)
    facts = dict(first[_FACTS])
    for name, fact in second[_FACTS].items():
        facts[name] = max(facts.get(name, fact), fact, key=lambda fact: (fact[0], json.dumps(fact[1])))
    certified = {tuple(each) for found in (first, second) for each in found.get(_CERTIFIED, ())}
    return _written(facts, map(list, certified))


def merged(sources: Iterable[Iterable[Entry]]) -> Iterator[Entry]:
    """Entries of sorted sources by number, one of each."""
    kept: Entry | None = None
    for num, known in heapq.merge(*sources):
        if kept is not None and kept[0] != num:
            yield kept
            kept = None
        kept = (num, known if kept is None else both(kept[1], known))
    if kept is not None:
        yield kept


def industry_of(known: str) -> str:
    """The codes of the industries of an entry, parted by blanks."""
    fact = json.loads(known)[_FACTS].get("industry")
    return industries(fact[1]) if fact else ""


def told(known: str) -> dict[str, Any]:
    """What an entry knows, for showing: facts by name, `certification` as objects, `update_date` of the newest fact."""
    found = json.loads(known)
    shown = {name: value for name, (_, value) in found[_FACTS].items()}
    if _CERTIFIED in found:
        names = ("date_of_approval", "title", "category", "target", "government_departments")
        shown["certification"] = [dict(zip(names, one, strict=True)) for one in found[_CERTIFIED]]
    newest = max((version for version, _ in found[_FACTS].values()), default=UNDATED)
    return shown | ({"update_date": day_of(newest).isoformat()} if newest != UNDATED else {})


def joined(rows: Iterable[Plain], entries: Iterable[Entry]) -> Iterator[Plain]:
    """Rows by number, each with the industries that the entries by number know of it."""
    coming = iter(entries)
    entry = next(coming, None)
    for row in rows:
        while entry is not None and entry[0] < row[0]:
            entry = next(coming, None)
        if entry is not None and entry[0] == row[0]:
            row = (*row[:INDUSTRY], industry_of(entry[1]))
        yield row


# In the file

def there(conn: driver.Connection) -> bool:
    """Whether a file holds any: one that was made before there were facts has no table of them."""
    return bool(conn.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'fact'").fetchall())


def stored(conn: driver.Connection) -> Iterator[Entry]:
    """All entries of a file by number."""
    if there(conn):
        yield from conn.execute("SELECT num, known FROM fact ORDER BY num")


def of(conn: driver.Connection, num: int) -> str | None:
    """The entry of one corporation in a file that has the table."""
    found = conn.execute("SELECT known FROM fact WHERE num = ?", (num,)).fetchall()
    return str(found[0][0]) if found else None


def note(conn: driver.Connection, newest: str) -> None:
    """Note that a file of gBizINFO was taken in, and the latest update in it (ISO, or empty)."""
    conn.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)",
                 (NEWEST, newest))


def bring_in(conn: driver.Connection, entries: Iterable[Entry]) -> dict[int, str]:
    """Merge entries into a file, within the caller's transaction; gives the industries of those that changed."""
    conn.execute(TABLE)
    changed: dict[int, str] = {}
    fresh: list[Entry] = []
    added = 0
    for num, known in entries:
        before = of(conn, num)
        after = known if before is None else both(before, known)
        if after != before:
            changed[num] = industry_of(after)
            fresh.append((num, after))
            added += before is None
    conn.executemany(PUT, fresh)
    conn.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = value + excluded.value",
                 (COUNT, added))
    return changed
