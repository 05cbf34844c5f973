"""What the company of each visit is called, as the last line of the visit in the full-text index.

So a word of a name is found as one of the record is, in the order of days and without a look at any company: on 20,000
companies, looking at all that hold a frequent character took 83 % of the time of a search. Names are those of today in
every spelling and reading, and former ones; a company in the bin is still called so.

The line also holds a mark of all its names. By it a save that changes no name leaves the lines as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import blake2b

from sqlalchemy import Connection, select, text

from kanto_desk.db import at_once, index_places, local
from kanto_desk.db.apply import Key, Row
from kanto_desk.db.index_places import NAMES_LINE, names_line
from kanto_desk.db.index_words import GAP, tokens
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.organizations import Organization, OrganizationName

_VISIT, _COMPANY, _OTHER_NAME = "consultation", "organization", "organization_name"
_NONE = ""


def called_so_far(conn: Connection, rows: Mapping[Key, Row]) -> set[str]:
    """The companies that these other names belonged to until now, as the index knows it; asked before it is changed."""
    others = [uid for name, uid in rows if name == _OTHER_NAME]
    return {root for root, in at_once.unpacked(conn, _ROOTS, uids=others)} if others else set()


def follow(conn: Connection, rows: Mapping[Key, Row], before: Collection[str] = ()) -> None:
    """Bring the lines in step with these records, which are written already and whose visits have their numbers.

    `before` is what `called_so_far` gave: a name that goes says no longer whose it was.
    """
    visits = [uid for name, uid in rows if name == _VISIT]
    companies = {uid for name, uid in rows if name == _COMPANY} | set(before)
    companies |= {str(row.get("organization")) for (name, _), row in rows.items()
                  if name == _OTHER_NAME and row.get("organization")}
    at = {number: company or _NONE for number, company in [
        *(at_once.unpacked(conn, _OF_VISITS, uids=visits) if visits else ()),
        *(at_once.unpacked(conn, _AT_COMPANIES, uids=list(companies)) if companies else ())]}
    left = set(index_places.numbered(conn, visits).values()).difference(at) if visits else ()
    if left:   # taken away from this laptop
        forget(conn, left)
    if not at:
        return
    wanted = _names(conn, {company for company in at.values() if company})
    by_words: dict[str, list[int]] = {}
    for number, company in at.items():
        by_words.setdefault(wanted.get(company, _NONE), []).append(number)
    gone: list[int] = []
    fresh: list[tuple[int, str]] = []
    for words, numbers in by_words.items():
        known = _marked(conn, words) if words else set[int]()
        stale = [number for number in numbers if names_line(number) not in known]
        gone += stale
        fresh += [(number, words) for number in stale if words]
    if gone:
        forget(conn, gone)
    if fresh:   # in the order of their ids: FTS5 writes out what it gathered at each one that is lower than the last
        conn.execute(_ADD, [{"id": names_line(number), **_line(words)} for number, words in sorted(fresh)])


def forget(conn: Connection, numbers: Collection[int]) -> None:
    """These visits have no such line any more."""
    conn.execute(_DROP, [{"id": names_line(number)} for number in sorted(numbers)])


def wrong(conn: Connection) -> list[int]:
    """The numbers of visits whose line does not say what their company is called now; for checks."""
    at = {number: company or _NONE for number, company in at_once.unpacked(conn, _ALL)}
    wanted = _names(conn, set(at.values()))
    marked = {words: _marked(conn, words) for words in {*wanted.values()}}
    right = {number for number, company in at.items() if (words := wanted.get(company)) and names_line(number)
             in marked[words]}
    lines = {line >> 16 for line in conn.execute(_LINES).scalars()}
    return sorted((lines ^ right) | {number for number, company in at.items() if company in wanted} - right)


def _names(conn: Connection, companies: Collection[str]) -> dict[str, str]:
    """Company → all its names with `GAP` between them; none for one that this laptop knows no name of."""
    found: dict[str, dict[str, None]] = {}
    for statement in (_OWN, _OTHERS):
        for company, *names in at_once.unpacked(conn, statement, uids=list(companies)):
            found.setdefault(company, {}).update(dict.fromkeys(str(name) for name in names if name))
    return {company: GAP.join(names) for company, names in found.items() if names}


def _line(words: str) -> dict[str, str]:
    made = tokens(words)
    return {"g": made["g"], "u": f"{made['u']} {_mark(words)}"}


def _mark(words: str) -> str:
    """One word of the index that no query asks for: those look there for single characters."""
    return "x" + blake2b(words.encode(), digest_size=8).hexdigest()


def _marked(conn: Connection, words: str) -> set[int]:
    """The lines that hold these names."""
    return set(conn.execute(_MARKED, {"match": f'u:"{_mark(words)}"'}).scalars())


_visit = Consultation.__table__
_v, _c, _o, _n = local.visit_number.c, _visit.c, Organization.__table__.c, OrganizationName.__table__.c
_JOINED = select(_v.number, _c.organization).join_from(_visit, local.visit_number, _v.uid == _c.uid)
_ALL = at_once.packed(_JOINED)
_OF_VISITS = at_once.packed(_JOINED.where(at_once.one_of(_c.uid, "uids")))
_AT_COMPANIES = at_once.packed(_JOINED.where(at_once.one_of(_c.organization, "uids")))
_OWN = at_once.packed(select(_o.uid, _o.name, _o.kana, _o.short_name, _o.name_en).where(at_once.one_of(_o.uid, "uids")))
_OTHERS = at_once.packed(select(_n.organization, _n.name, _n.kana).where(
    at_once.one_of(_n.organization, "uids"), _n.deleted_at.is_(None)).order_by(_n.uid))
_f = local.found.c
_ROOTS = at_once.packed(select(_f.root).where(_f.type == _OTHER_NAME, at_once.one_of(_f.uid, "uids")))
_MARKED = text("SELECT rowid FROM record_index WHERE record_index MATCH :match")
_LINES = text(f"SELECT rowid FROM record_index WHERE rowid < 1 << 48 AND rowid & {NAMES_LINE} = {NAMES_LINE}")
_DROP = text("DELETE FROM record_index WHERE rowid = :id")
_ADD = text("INSERT INTO record_index(rowid, g, u) VALUES (:id, :g, :u)")
