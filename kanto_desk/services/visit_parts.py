"""Parts of an imported visit: its lines, issues, people, promises and consents; and what a changed row does to them.

Of every import it is kept what each value was, as a hash. So a later one can tell what changed in the file from what
people changed here: the first is taken, the second stays and is told. Reads no file.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect, insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.consultations import Entry, Issue
from kanto_desk.db.schema import canonical, fields_of, records
from kanto_desk.db.store import put_setting, read_all, read_one
from kanto_desk.fields import to_wire
from kanto_desk.i18n import language, tr
from kanto_desk.rules.ordering import between
from kanto_desk.services import visit_rows
from kanto_desk.services.timeline import text_hash

_NAMED_BY = {"entry": "text", "issue": "code", "participant": "name", "promise": "text", "consent": "code"}
"""The value by which a part of a file is known again when it carries no id of its own."""

_BESIDE = frozenset({"place", "photos", "line", "id"})
"""Values of a part that the importer makes, or that tell it where something belongs."""


@dataclass(slots=True)
class _Known:
    """A part as it was imported: its own id, its record, and the hash of each value."""

    kind: str
    own_id: str
    uid: str
    hashes: dict[str, str]


@dataclass(slots=True)
class Merged:
    """What a changed row did: whether anything changed here, and what stayed as people wrote it."""

    changed: bool = False
    remarks: list[str] = field(default_factory=list)


def add_parts(op: Operation, uid: str, organization: str, made: visit_rows.Consultation) -> None:
    """Add the parts of a new visit and remember what was taken."""
    known = [_Known(visit_rows.TYPE, "", uid, _hashes(visit_rows.TYPE, made.values))]
    entries: list[tuple[str, str]] = []
    for kind, values in made.parts:
        part = op.add(kind, _own(kind, values, uid, organization, entries))
        if kind == "entry":
            entries.append((part, values["text"]))
        known.append(_Known(kind, values.get("id", ""), part, _hashes(kind, values)))
    _remember(op, uid, known)


def merge(op: Operation, uid: str, organization: str, made: visit_rows.Consultation) -> Merged:
    """Bring a changed row into a visit: what the file changed since its last import is changed here, too.

    A part is found again by its own id, else by what it says, else by its place among those of its kind. Nothing is
    removed, and what a person changed or removed here since stays.
    """
    merged = Merged()
    known = _remembered(op, uid) or _guessed(op, uid, made)
    visit = next((k for k in known if k.kind == visit_rows.TYPE), _Known(visit_rows.TYPE, "", uid, {}))
    kept = [_Known(visit_rows.TYPE, "", uid, _hashes(visit_rows.TYPE, made.values))]
    _update(op, visit, made.values, merged)
    entries: list[tuple[str, str]] = []
    places = _Places(op, uid)
    for kind in _NAMED_BY:
        parts = [values for of, values in made.parts if of == kind]
        before = [k for k in known if k.kind == kind]
        found = _paired(kind, before, parts)
        if kind == "issue":
            _settle_primary(op, uid, before, parts)
        for values, old in zip(parts, found, strict=True):
            own = _own(kind, values, uid, organization, entries)
            if old is None:
                if kind == "entry":
                    own["place"] = places.after(entries[-1][0] if entries else None)
                part, merged.changed = op.add(kind, own), True
                if kind == "entry":
                    places.note(part, own["place"])
            else:
                part = old.uid
                _update(op, old, values, merged, own)
            if kind == "entry":
                entries.append((part, values["text"]))
            kept.append(_Known(kind, values.get("id", ""), part, _hashes(kind, values)))
        left = [old for old in before if not any(old is f for f in found)]
        present = [old for old in left if (held := read_one(op.conn, records()[kind], old.uid)) and not held.deleted_at]
        if present:
            merged.remarks.append(tr("取り込み元に無くなった「{label}」を{n}件、残しました", label=_type_word(kind),
                                     n=len(present)))
        kept += left
    _remember(op, uid, kept)
    return merged


def _own(kind: str, values: Mapping[str, Any], uid: str, organization: str,
         entries: list[tuple[str, str]]) -> dict[str, Any]:
    """A part's values as its record takes them; `entries` are the lines of the file so far: record and text."""
    own = {"consultation": uid, **{k: v for k, v in values.items() if k not in ("photos", "line", "id")}}
    if kind in ("promise", "consent"):
        own["organization"] = organization
    line = values.get("line")
    if isinstance(line, int) and 0 <= line < len(entries):
        own["source"], own["source_hash"] = entries[line][0], text_hash(entries[line][1])
    return own


def _update(op: Operation, old: _Known, values: Mapping[str, Any], merged: Merged,
            own: Mapping[str, Any] | None = None) -> None:
    """Take what the file changed in one record; what people changed since stays and is told."""
    new, record = _hashes(old.kind, values), records()[old.kind]
    changed = {name for name, digest in new.items() if old.hashes.get(name) != digest}
    held = read_one(op.conn, record, old.uid)
    if held is None or not changed:
        return
    if held.deleted_at is not None:
        merged.remarks.append(tr("「{value}」はここで消したものです。もどしていません", value=_said(old.kind, values)))
        return
    here = _hashes(old.kind, {name: getattr(held, name) for name in changed})
    edited = {name for name in changed if name in old.hashes and here[name] not in (old.hashes[name], new[name])}
    if "held_on" in edited:   # the year follows the day that stays
        changed.discard("fiscal_year")
    for f in fields_of(record):
        if f.name in edited and not f.bookkeeping:
            merged.remarks.append(tr("「{label}」はここで直したものを残しました（取り込み元：{value}）",
                                     label=f.label(language()), value=str(to_wire(f, values[f.name]))[:80]))
    taken = {name: values[name] for name in changed - edited}
    if not any(here[name] != new[name] for name in taken):
        return
    if old.kind == "entry" and "text" in taken:
        taken["edited_at"] = op.now
    if own is not None and "text" in taken and "source" in own:
        taken |= {"source": own["source"], "source_hash": own["source_hash"]}
    op.put(old.kind, old.uid, taken)
    merged.changed = True


def _paired(kind: str, before: list[_Known], parts: list[dict[str, Any]]) -> list[_Known | None]:
    """For each part of the file the one it was at the last import; None for a new one."""
    by_id = {old.own_id: old for old in before if old.own_id}
    found: list[_Known | None] = [by_id.get(values.get("id", "")) for values in parts]
    free = [old for old in before if not any(old is f for f in found)]
    open_ = [n for n, old in enumerate(found) if old is None]
    name = _NAMED_BY[kind]
    theirs = [old.hashes.get(name, "") for old in free]
    ours = [_hashes(kind, parts[n]).get(name, "") for n in open_]
    gaps: list[tuple[list[int], list[int]]] = []
    for what, a, b, c, d in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if what == "equal":
            for i, j in zip(range(a, b), range(c, d), strict=True):
                found[open_[j]] = free[i]
        else:
            gaps.append((list(range(a, b)), list(range(c, d))))
    moved = {digest: i for i, digest in reversed([*enumerate(theirs)]) if not any(free[i] is f for f in found)}
    for _, new in gaps:   # the same words at another place
        for j in new:
            if ours[j] in moved:
                found[open_[j]] = free[moved.pop(ours[j])]
    if kind == "consent":   # another consent is another consent, not a changed one
        return found
    for old, new in gaps:
        for j in new:
            if found[open_[j]] is not None:
                continue
            fits = [i for i in old if not any(free[i] is f for f in found)
                    and _alike(kind, free[i], parts[open_[j]])]
            if fits:
                found[open_[j]] = free[fits[0]]
    return found


def _alike(kind: str, old: _Known, values: Mapping[str, Any]) -> bool:
    """Whether one may have become the other: no ids that differ, and of lines the same kind."""
    if old.own_id and values.get("id"):
        return False
    return kind != "entry" or old.hashes.get("kind") == _hashes(kind, values).get("kind")


class _Places:
    """Places of a visit's lines, so that a new line of the file stands behind the one before it."""

    def __init__(self, op: Operation, uid: str) -> None:
        held = read_all(op.conn, Entry, Entry.consultation == uid, deleted=True)
        self._of = {entry.uid: entry.place or "" for entry in held}
        self._all = sorted(self._of.values())

    def after(self, uid: str | None) -> str:
        """A free place right behind a line; before all others for None."""
        before = self._of.get(uid or "", "")
        at = bisect(self._all, before)
        return between(before or None, self._all[at] if at < len(self._all) else None)

    def note(self, uid: str, place: str) -> None:
        """A line was made."""
        self._of[uid] = place
        insort(self._all, place)


def _settle_primary(op: Operation, uid: str, before: list[_Known], parts: list[dict[str, Any]]) -> None:
    """One issue is primary: where people chose another one than the file had, the file no longer says which."""
    held = {issue.uid: issue for issue in read_all(op.conn, Issue, Issue.consultation == uid)}
    ours = {old.uid for old in before}
    chosen_here = any(issue.primary for key, issue in held.items() if key not in ours) or any(
        old.uid in held and "primary" in old.hashes
        and _hashes("issue", {"primary": held[old.uid].primary})["primary"] != old.hashes["primary"] for old in before)
    if chosen_here:
        was = {old.hashes.get("code"): old for old in before}
        for values in parts:
            old = was.get(_hashes("issue", values)["code"])
            values["primary"] = bool(held[old.uid].primary) if old is not None and old.uid in held else False


def _guessed(op: Operation, uid: str, made: visit_rows.Consultation) -> list[_Known]:
    """Of a visit that was imported before hashes were kept: its parts that say what the file says."""
    known: list[_Known] = []
    for kind, name in _NAMED_BY.items():
        cls = records()[kind]
        held = {getattr(part, name): part for part in reversed(
            read_all(op.conn, cls, cls.__table__.c.consultation == uid, deleted=True))}
        for of, values in made.parts:
            part = held.pop(values.get(name), None) if of == kind else None
            if part is not None:
                known.append(_Known(kind, values.get("id", ""), part.uid, _hashes(kind, {
                    key: getattr(part, key) for key in values if key not in _BESIDE})))
    return known


def _hashes(kind: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Each value's hash, as its record would keep it: nothing and an empty text are one."""
    found = {}
    for f in fields_of(records()[kind]):
        if f.name in values and (kind == visit_rows.TYPE or f.name not in _BESIDE):
            wire = to_wire(f, values[f.name]) or None
            found[f.name] = hashlib.sha256(canonical(wire).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return found


def _said(kind: str, values: Mapping[str, Any]) -> str:
    return str(values.get(_NAMED_BY.get(kind, ""), ""))[:40]


def _type_word(kind: str) -> str:
    record = records()[kind]
    return record.en if language() == "en" else record.ja


def _key(uid: str) -> str:
    return f"imported_parts:{uid}"


def _remember(op: Operation, uid: str, known: list[_Known]) -> None:
    put_setting(op.conn, _key(uid), [[k.kind, k.own_id, k.uid, k.hashes] for k in known])


def _remembered(op: Operation, uid: str) -> list[_Known]:
    text = op.conn.execute(select(local.setting.c.value).where(local.setting.c.key == _key(uid))).scalar()
    return [_Known(*row) for row in json.loads(text)] if text else []
