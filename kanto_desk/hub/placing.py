"""Where rows are given out: finds the aggregate of a row, gathers what decides, and writes what entered and left.

The decision itself is `kanto_desk.rules.access.placement`; here are only the facts for it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, Delete, Select, bindparam, delete, or_, select

from kanto_desk.db import at_once
from kanto_desk.db.apply import Change, Key, Row, load
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.fields import Level
from kanto_desk.hub import tables as t
from kanto_desk.masters import organizations, secretariats
from kanto_desk.rules.access import HANGS, OWN, SEALED, Placement, Root, Scope, person_scope, placement, reach
from kanto_desk.rules.disclosure import STEP, disclosed, is_staged

_LEVELS = {level.value: level for level in Level}
PASSED_ON = "20"   # CL41: to being passed on to related bodies
_DECIDING_PART = {"entry": ("kind",), "attachment": ("confidentiality",)}   # `placement` looks at no more of a row
_DECIDING = {"consultation": {"visibility", "programme", "organization", "deleted_at"},
             "consent": {"code", "organization", "withdrawn_on", "deleted_at"}}


@dataclass(frozen=True, slots=True)
class Made:
    """Who first wrote a row, and in which aggregate it lies."""

    root: Key
    person: str
    body: str


class Moved(NamedTuple):
    """A row whose placement changed: scopes it came into (or sees more of) and scopes it left (or sees less of)."""

    key: Key
    placed: Placement
    entered: tuple[Scope, ...]
    left: tuple[Scope, ...]


@cache
def level_of(type_name: str) -> dict[str, Level]:
    """Field → level. What only holds the shape of the data (deletion, order, whose part it is) goes with any field."""
    cls = records().get(type_name)
    if cls is None:
        return {}
    shape = {"deleted_at", "merged_into", "place", cls.parent, "person"}
    return {f.name: Level.PUBLIC if f.name in shape else f.level for f in fields_of(cls)}


@cache
def written_level_of(type_name: str) -> dict[str, Level]:
    """Field → the level up to which a row has to be in sight for the field to be written.

    Whoever sees a company in part may add to that part. Its end, what it is merged into and whose part a row is are
    for those who see all of it.
    """
    shape = shape_of(type_name)
    if is_disclosed(type_name):   # who is shown a part of it was shown it, no more
        return dict.fromkeys(level_of(type_name), Level.DESK)
    return {n: Level.DESK if n in shape else level for n, level in level_of(type_name).items()}


@cache
def is_disclosed(type_name: str) -> bool:
    """Whether records of this type are disclosed step by step (`kanto_desk.rules.disclosure`)."""
    return is_staged(level_of(type_name).values())


@cache
def shape_of(type_name: str) -> frozenset[str]:
    """Fields that end a row, merge it into another or make it a part: for those who see all of it."""
    cls = records().get(type_name)
    return frozenset({"deleted_at", "merged_into", *([cls.parent] if cls and cls.parent else [])})


def is_shared(uid: str) -> bool:
    """Whether a row has this uid at every organisation: it was shipped, or its uid is made from a number (UUIDv5)."""
    return uid in _shipped() or (len(uid) == 32 and uid[12] == "5")


def is_for_everybody(type_name: str, uid: str) -> bool:
    """Whether a record lies on every desk from the start, so that no single laptop may take it away from all."""
    return type_name == "organization" and uid in _shipped()


def parent_of(type_name: str, values: Mapping[str, object]) -> Key | None:
    """The record that a row names as the one it is part of."""
    over, target = _parent_field(type_name)
    uid = values.get(over) if over else None
    named = target or values.get(f"{over}_type")
    return (str(named), str(uid)) if uid and named else None


@cache
def _parent_field(type_name: str) -> tuple[str | None, str | None]:
    """The field that names the parent, and the type it names if that is always the same."""
    cls = records().get(type_name)
    if cls is None or cls.parent is None:
        return None, None
    return cls.parent, next(f for f in fields_of(cls) if f.name == cls.parent).target


def made_of(conn: Connection, keys: Iterable[Key]) -> dict[Key, Made]:
    """What is known of these rows' making."""
    return {(r.type, r.uid): Made((r.root_type, r.root), r.person, r.body)
            for r in at_once.of_records(conn, t.member, keys)}


def placed_of(conn: Connection, keys: Iterable[Key]) -> dict[Key, dict[Scope, Level]]:
    """Where these rows are given out now."""
    out: dict[Key, dict[Scope, Level]] = {}
    for r in at_once.of_records(conn, t.placed, keys):
        out.setdefault((r.type, r.uid), {})[r.scope] = _LEVELS[r.level]
    return out


def note_made(conn: Connection, rows: Mapping[Key, Row], person: str, body: str, known: Mapping[Key, Made],
              bodies: Mapping[Key, str] = MappingProxyType({}), others: Container[str] = ()) -> dict[Key, Made]:
    """Note who made these rows, new ones as well as those whose parent has come by now. Gives all of them.

    `bodies` names those that were made for another body than the person's of today. `others` are further bodies for
    which he writes: what he adds to a record of theirs, and a visit with a company of theirs, is theirs.
    """
    out = dict(known)
    new: dict[tuple[Key, str], Made] = {}
    parents = {key: parent_of(key[0], row.values) for key, row in rows.items()}
    above = made_of(conn, {p for p in parents.values() if p and p not in out and p not in rows})
    companies = {("organization", str(row.get("organization"))) for key, row in rows.items()
                 if others and key[0] == "consultation" and row.get("organization")}
    above |= made_of(conn, companies - out.keys() - above.keys()) if companies else {}
    fresh = []
    for key in sorted(rows, key=lambda k: (not _is_root(k[0]), k[0] == "consultation")):   # companies, visits, parts
        parent = parents[key]
        found = out.get(parent) or above.get(parent) if parent else None
        root = found.root if found else parent or key
        before = out.get(key)
        if before is None:
            whose = bodies.get(key, body)
            if others and key not in bodies:
                company = ("organization", str(rows[key].get("organization")))
                whose = _theirs(found or out.get(company) or above.get(company), others) or body
            out[key] = new.get((root, whose)) or new.setdefault((root, whose), Made(root, person, whose))
            fresh.append(key)
        elif before.root != root:
            out[key] = Made(root, before.person, before.body)
            fresh.append(key)
    _delete(conn, _DELETE_MEMBER, [k for k in fresh if k in known])
    fresh.sort()   # the order in which they lie
    if len(fresh) <= at_once.HANDFUL:
        at_once.insert_rows(conn, t.member, ("type", "uid", "root_type", "root", "person", "body"), [
            (*k, *out[k].root, out[k].person, out[k].body) for k in fresh])
        return out
    alike: dict[tuple[str, str, str, str], tuple[list[str], list[str]]] = {}
    for k in fresh:
        maker = out[k]
        uids, roots = alike.setdefault((k[0], maker.root[0], maker.person, maker.body), ([], []))
        uids.append(k[1])
        roots.append(maker.root[1])
    for (type_name, root_type, who, whose), (uids, roots) in alike.items():
        at_once.insert_alike(conn, t.member, {"type": type_name, "root_type": root_type, "person": who, "body": whose},
                             "uid", uids, ("root", roots))
    return out


def _theirs(above: Made | None, others: Container[str]) -> str:
    """The further body of the writer to which the record above a new row belongs, if any."""
    return above.body if above is not None and above.body in others and not is_shared(above.root[1]) else ""


_DELETE_MEMBER, _DELETE_PLACED = (delete(table).where(table.c.type == bindparam("t"), table.c.uid == bindparam("u"))
                                  for table in (t.member, t.placed))


def _delete(conn: Connection, statement: Delete, keys: Sequence[Key]) -> None:
    if keys:
        conn.execute(statement, [{"t": k[0], "u": k[1]} for k in keys])


def placed_anew(conn: Connection, rows: Mapping[Key, Row], made: Mapping[Key, Made],
                touched: Mapping[Key, Set[str]], before: Container[Key],
                stood: Mapping[Key, Mapping[Scope, Level]], left: Iterable[str] = ()) -> list[Moved]:
    """Place the touched rows, and whole aggregates where what decides about them changed; gives what moved.

    `before` holds the rows that were known before, `stood` where the touched ones are given out so far, `left` the
    companies from which visits or consents went away (`companies_of`).
    """
    whole, companies = set(), set(left)
    for key, names in touched.items():
        if _is_root(key[0]) and key not in before:
            whole.add(key)   # its parts may have come before it
        if key[0] == "consultation" and (names & _DECIDING["consultation"] or key not in before):
            whole.add(key)
            companies |= {str(v) for v in [rows[key].get("organization")] if v}
        if is_disclosed(key[0]) and names & {STEP, "programme"}:
            whole.add(made[key].root)
        if key[0] == "consent" and names & _DECIDING["consent"]:
            companies |= {str(v) for v in [rows[key].get("organization")] if v}
        if key[0] == "entry" and "kind" in names and (key in before or rows[key].get("kind") == "memo"):
            whole.add(made[key].root)   # what hangs on it goes where it goes
    whole |= {("organization", uid) for uid in companies}
    whole |= _visits_with(conn, companies)
    keys = set(touched) | rows_in(conn, whole)
    every = dict(rows) | load(conn, keys - set(rows))
    makers = dict(made) | made_of(conn, keys - set(made))
    roots = _roots(conn, {makers[k].root for k in keys if k in makers}, every, makers)
    now = {**stood, **placed_of(conn, keys - set(touched))}
    private = _private(conn, keys, every, makers)
    shared_roots = {key for key, root in roots.items() if key[0] == "organization" and (root.agreed or root.programmes)}
    wrote = bodies_writing(conn, [k for k in keys if k in makers and makers[k].root in shared_roots])
    moved: list[Moved] = []
    alike: dict[tuple[object, ...], Moved] = {}   # what was given out to nobody: once for all parts alike of one root
    given: dict[frozenset[tuple[Scope, Level]], Moved] = {}   # and one set of scopes for all that goes to the same
    for key in sorted(keys):
        if key not in makers:
            continue
        maker, old = makers[key], now.get(key, {})
        values = every[key].values
        private_to = private.get(str(values.get(HANGS[key[0]])), "") if private and key[0] in HANGS else ""
        writers = frozenset(wrote.get(key[1], ()))
        like = (key[0], id(maker), is_shared(key[1]), private_to, writers,
                bool(values.get("deleted_at")), *[values.get(n) for n in _DECIDING_PART.get(key[0], ())])
        if not old and (one := alike.get(like)) is not None:
            moved.append(Moved(key, one.placed, one.entered, one.left))
            continue
        root = roots[maker.root]
        if not root.person:   # the root itself has not come: its part is its maker's until it does
            root = replace(root, person=maker.person, bodies=root.bodies | {maker.body})
        new = (disclosed(root, staged=is_disclosed(key[0])) if root.disclosure and key[0] not in SEALED | OWN
                else placement(key[0], values, root, maker.person, private_to, maker.body, shared=is_shared(key[1]),
                               writers=writers)
               if key[0] in records()
               else {person_scope(maker.person, maker.body): Level.DESK})   # who else sees it is told once it is known
        if new != old:
            moved.append(Moved(key, new, tuple(sorted(s for s in new if s not in old or reach(old[s]) < reach(new[s]))),
                               tuple(sorted(s for s in old if s not in new or reach(new[s]) < reach(old[s])))))
            if not old:
                first = given.setdefault(frozenset(new.items()), moved[-1])
                moved[-1] = alike[like] = Moved(key, first.placed, first.entered, first.left)
    _delete(conn, _DELETE_PLACED, [m.key for m in moved if now.get(m.key)])
    groups = together(moved)
    if sum(len(placed) * len(uids) for _, placed, uids in groups) <= at_once.HANDFUL:
        at_once.insert_rows(conn, t.placed, ("type", "uid", "scope", "level"), [
            (type_name, uid, s, level.value) for type_name, placed, uids in groups for uid in uids
            for s, level in placed.items()])
        return moved
    for type_name, placed, uids in groups:
        for s, level in placed.items():
            at_once.insert_alike(conn, t.placed, {"type": type_name, "scope": s, "level": level.value}, "uid", uids)
    return moved


def companies_of(conn: Connection, changes: Iterable[Change], known: Container[Key]) -> set[str]:
    """The companies of visits and consents that these changes may give to another one; asked before they are merged."""
    keys = {(c.type, c.uid) for c in changes if c.type in _DECIDING and "organization" in c.set
            and (c.type, c.uid) in known}
    return {str(uid) for row in load(conn, keys).values() if (uid := row.get("organization"))} if keys else set()


def _private(conn: Connection, keys: Iterable[Key], rows: Mapping[Key, Row],
             makers: Mapping[Key, Made]) -> dict[str, Scope]:
    """Private line → the scope it lies in, of all lines that these rows hang on."""
    lines = {("entry", str(line)) for key in keys if key[0] in HANGS and (line := rows[key].get(HANGS[key[0]]))}
    if not lines:
        return {}
    every = dict(rows) | load(conn, lines - set(rows))
    memos = {key for key in lines if every[key].get("kind") == "memo"}
    known = {**makers, **made_of(conn, memos - set(makers))}
    return {key[1]: person_scope(known[key].person, known[key].body) for key in memos if key in known}


def together(moved: Iterable[Moved]) -> list[tuple[str, Placement, list[str]]]:
    """Rows by type and by where they are given out, for as long as they are given out as one."""
    out: dict[tuple[str, int], tuple[str, Placement, list[str]]] = {}
    for m in moved:
        at = (m.key[0], id(m.placed))
        if at not in out:
            out[at] = (m.key[0], m.placed, [])
        out[at][2].append(m.key[1])
    return list(out.values())


def _is_root(type_name: str) -> bool:
    cls = records().get(type_name)
    return cls is None or cls.parent is None


def rows_in(conn: Connection, roots: Iterable[Key]) -> set[Key]:
    """All rows of these aggregates, the roots among them."""
    return {(r.type, r.uid) for r in at_once.of_records(conn, t.member, roots, "root_type", "root")}


def _visits_with(conn: Connection, companies: Iterable[str]) -> set[Key]:
    wanted = list(companies)
    return {("consultation", r.uid) for r in conn.execute(_visits(), {"companies": wanted})} if wanted else set()


def _roots(conn: Connection, keys: Iterable[Key], rows: Mapping[Key, Row],
           made: Mapping[Key, Made]) -> dict[Key, Root]:
    """What decides about these aggregates."""
    wanted = set(keys)
    every = dict(rows) | load(conn, {k for k in wanted if k not in rows and k[0] in records()})
    makers = dict(made) | made_of(conn, wanted - set(made))
    companies = {k[1] for k in wanted if k[0] == "organization"} | {
        str(every[k].get("organization")) for k in wanted if k[0] == "consultation" and every[k].get("organization")}
    agreed = _agreed(conn, companies)   # company → bodies
    care = _in_charge(conn, {k[1] for k in wanted if k[0] == "organization"})
    wrote = bodies_writing(conn, [k for k in wanted if k[0] == "organization" and is_shared(k[1])])
    out = {}
    for key in wanted:
        row, maker = every.get(key), makers.get(key)
        person, body = (maker.person, maker.body) if maker else ("", "")
        bodies, programmes = {body} - {""}, set()
        holding: dict[str, frozenset[str]] = {}
        company = key[1]
        if key[0] == "organization":
            holding = {b: frozenset(p) for b, p in care.get(key[1], {}).items()}
            bodies |= holding.keys() | wrote.get(key[1], set())
            programmes |= set().union(*holding.values())
        elif row is not None and key[0] == "consultation":
            company = str(row.get("organization"))
            programmes |= {str(p) for p in [row.get("programme")] if p}
        step = None
        if is_disclosed(key[0]):
            step = str((row.get(STEP) if row is not None else None) or "L0")
            programmes |= {str(p) for p in [row.get("programme") if row is not None else None] if p}
        out[key] = Root(key[0], key[1], person, frozenset(bodies), frozenset(programmes),
                        str(row.get("visibility")) if row and row.get("visibility") else None,
                        _agreed_with(body, key, agreed.get(company, frozenset())), key[1] in _shipped(), holding,
                        agreed.get(company, frozenset()), row is not None and bool(row.get("deleted_at")), step)
    return out


@cache
def _shipped() -> frozenset[str]:
    """Companies that came with the program and lie on every desk already."""
    return frozenset(o.uid for o in organizations()) | frozenset(o.uid for o in secretariats())


def _agreed(conn: Connection, companies: Iterable[str]) -> dict[str, frozenset[str]]:
    """Companies that agreed to being passed on and have not withdrawn it, with the bodies in whose visits they did."""
    wanted = list(companies)
    out: dict[str, frozenset[str]] = {}
    for r in conn.execute(_consents(), {"companies": wanted}) if wanted else ():
        out[r.organization] = out.get(r.organization, frozenset()) | {r.body}
    return out


def _agreed_with(body: str, key: Key, agreed: frozenset[str]) -> bool:
    """Whether the company agreed with the body that made this; of what nobody made, whether it agreed with anybody."""
    return bool(agreed) if key[0] == "organization" and is_shared(key[1]) else body in agreed


def _in_charge(conn: Connection, companies: Iterable[str]) -> dict[str, dict[str, set[str]]]:
    """Company → bodies that hold a visit with it → the programmes of those visits."""
    wanted = list(companies)
    out: dict[str, dict[str, set[str]]] = {}
    for r in conn.execute(_held_visits(), {"companies": wanted}) if wanted else ():
        out.setdefault(r.organization, {}).setdefault(r.body, set()).update(
            {r.programme} - {None, ""} if r.visibility != "P0" else ())   # a private visit opens nothing to an office
    return out


def bodies_writing(conn: Connection, keys: Iterable[Key]) -> dict[str, set[str]]:
    """uid → bodies for which something was written into these rows."""
    out: dict[str, set[str]] = {}
    by_type: dict[str, list[str]] = {}
    for type_name, uid in keys:
        by_type.setdefault(type_name, []).append(uid)
    for type_name, uids in by_type.items():
        for uid, body in conn.execute(_writing(), {"at_type": type_name, "at_uids": uids}).all():
            out.setdefault(uid, set()).add(body)
    return out


# built once: naming a statement's parts anew costs three times what running it does

@cache
def _visits() -> Select[*tuple[Any, ...]]:
    c = wire_table("consultation").c
    return select(c.uid).where(at_once.one_of(c.organization, "companies"))


@cache
def _consents() -> Select[*tuple[Any, ...]]:
    c, m, v = wire_table("consent").c, t.member.c, t.member.alias("visit").c
    return select(c.organization, m.body).where(
        at_once.one_of(c.organization, "companies"), c.code == PASSED_ON, c.withdrawn_on.is_(None),
        c.deleted_at.is_(None), m.type == "consent", m.uid == c.uid,
        v.type == m.root_type, v.uid == m.root, v.body == m.body)   # nobody consents in the visit of another body


@cache
def _held_visits() -> Select[*tuple[Any, ...]]:
    c, m = wire_table("consultation").c, t.member.c
    return select(c.organization, c.programme, c.visibility, m.body).where(
        at_once.one_of(c.organization, "companies"), m.type == "consultation", m.uid == c.uid,
        or_(c.deleted_at.is_(None), c.deleted_at == ""))


@cache
def _writing() -> Select[*tuple[Any, ...]]:
    c = t.written.c
    return select(c.uid, c.body).distinct().where(
        c.type == bindparam("at_type"), at_once.one_of(c.uid, "at_uids"), c.field == "")
