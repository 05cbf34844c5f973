"""Signed records that were edited on a laptop which had not seen the signature: what stands is not what was signed.

One question a record, because a correction opens a record as a whole. The issued version and its PDF stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.apply import Key, Row, load
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.dossier import Version
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.db.store import Store, put_setting, setting_in
from kanto_desk.errors import Refused
from kanto_desk.fields import TEXTUAL, Json
from kanto_desk.i18n import tr
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import aggregate, asked_steps, finalizing
from kanto_desk.services.belonging import belonging, type_words
from kanto_desk.services.consultations import TYPE, states_of
from kanto_desk.services.contested_deletions import DELETED
from kanto_desk.services.contested_sides import Contested, Side, label_of
from kanto_desk.services.issued_versions import issued_of
from kanto_desk.services.signed_writers import Standing, undoes, writers_of
from kanto_desk.services.value_words import value_words

SIGNED = "signed"
WATCHED = "signed_edits"
"""Setting: the signed records of which something came that was not in their version; only these are ever compared."""
LOOKED = "signed_looked"
"""Setting: up to which change of the journal it was looked whether it belongs to a signed record."""
_NAMED_BY = {"attachment": "owner", "version": "record", "transition": "record"}
_SLICE = 200
_LATER = {"promise": {"state", "done_on"}, "consent": {"given_on", "withdrawn_on"}}
"""What goes on after a signature without a correction."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A row that differs from the signed one. `added`, `removed`: it is in only one of them."""

    key: Key
    signed: Mapping[str, Json]
    now: Mapping[str, Json]
    names: tuple[str, ...]
    added: bool = False
    removed: bool = False


def note(store: Store, came: Collection[Key], *, here: bool = False) -> None:
    """Keep in mind which signed records differ from their version after something of them came, and forget the others.

    What came and was never looked at, because the program ended before, is found in the journal. `here`: something was
    written on this laptop, which says nothing where nothing ever came.
    """
    with store.read() as conn:
        newest, late = _not_looked_at(conn)
        looked_at = _visits(conn, late | set(came))
        watched = set(setting_in(conn, WATCHED) or ())
        differing = {uid for uid, _, _ in _differing(conn, looked_at | watched)}
        asked = asked_steps.came(conn, late | set(came))
        same = differing == watched and asked_steps.are_noted(conn, asked)
        if not late and same and (here or setting_in(conn, LOOKED) is not None):
            return
    with store.write() as conn:
        watched = set(setting_in(conn, WATCHED) or ())
        settled = watched - differing
        settled -= {uid for uid, _, _ in _differing(conn, settled)}   # somebody may have undone a decision meanwhile
        if watched != (now := (watched | differing) - settled):
            put_setting(conn, WATCHED, sorted(now))
        if not asked_steps.are_noted(conn, asked):
            asked_steps.keep(conn, asked)
        put_setting(conn, LOOKED, newest)


def _not_looked_at(conn: Connection) -> tuple[int, set[Key]]:
    """The newest change of the journal, and the records of which others' changes came since it was last looked at."""
    c, looked = local.change.c, setting_in(conn, LOOKED)
    newest = int(conn.execute(select(c.id).order_by(c.id.desc()).limit(1)).scalar() or 0)
    if looked is None or looked >= newest:
        return newest, set()
    own = select(local.device.c.dev).scalar_subquery()
    return newest, {(row.type, row.uid) for row in conn.execute(
        select(c.type, c.uid).distinct().where(c.id > looked, c.dev != own))}


def listing(conn: Connection, own: str) -> list[Contested]:
    """Every signed record that waits for a decision."""
    return [_asked(conn, uid, version, edits, own)
            for uid, version, edits in _differing(conn, setting_in(conn, WATCHED) or ())]


def count(conn: Connection) -> int:
    """How many signed records wait for a decision."""
    return sum(1 for _ in _differing(conn, setting_in(conn, WATCHED) or ()))


def take_in(op: Operation, one: Contested) -> None:
    """訂正として取り込む: the record is open for a correction that begins with these edits."""
    who = "、".join(dict.fromkeys(writer.by for side in one.sides for writer in side.writers if writer.by))
    finalizing.open_correction(op, one.uid, tr("署名のあとに届いた変更（{who}）", who=who or tr("ほかのパソコン")))


def to_put_back(store: Store, one: Contested) -> list[Edit]:
    """Every row that 取り込まない puts back; there may be more of them than one operation holds."""
    with store.read() as conn:
        return [edit for _, _, edits in _differing(conn, [one.uid]) for edit in edits]


def edits_since(conn: Connection, uid: str, version: Version) -> list[Edit]:
    """What of a visit is not as it stands in this version. Raises Refused when the visit is not here."""
    return _seen(conn, _edits(aggregate.read(conn, uid), version.body or {}))


def leave_out(op: Operation, edits: Iterable[Edit]) -> None:
    """取り込まない: the signed values of these rows stand again; the edits stay in 変更履歴."""
    for edit in edits:
        if edit.added:
            op.delete(*edit.key)
            op.settle(*edit.key, {DELETED: op.now.isoformat()})
        else:
            op.settle(*edit.key, {name: edit.signed.get(name) for name in edit.names}
                      | ({DELETED: None} if edit.removed else {}))


def _visits(conn: Connection, came: Collection[Key]) -> set[str]:
    """The consultations that these rows are or belong to."""
    out = {uid for name, uid in came if name == TYPE}
    for name, cls in records().items():
        column = _NAMED_BY.get(name, cls.parent if cls.parent == TYPE else None)
        uids = [uid for type_name, uid in came if type_name == name] if column else []
        for i in range(0, len(uids), _SLICE):
            part = wire_table(name)
            out.update(uid for uid in conn.execute(select(part.c[str(column)]).where(
                part.c.uid.in_(uids[i:i + _SLICE]))).scalars() if uid)
    return out


def _differing(conn: Connection, uids: Collection[str]) -> Iterator[tuple[str, Version, list[Edit]]]:
    if not uids:
        return
    for uid, state in states_of(conn, sorted(uids)).items():
        if state != states.FINAL:
            continue
        issued = issued_of(conn, uid)
        try:
            edits = _seen(conn, _edits(aggregate.read(conn, uid), issued[-1].body or {})) if issued else []
        except Refused:   # the record itself is not here (any more)
            continue
        if edits:
            yield uid, issued[-1], edits


def _edits(now: aggregate.Content, signed: Mapping[str, Any]) -> list[Edit]:
    out = []
    for name in now:
        if name == "organization" or name not in signed:   # the company's own record goes on
            continue
        known = {f.name for f in fields_of(records()[name]) if not f.bookkeeping} - _LATER.get(name, set())
        was, stands = ({str(row["uid"]): row for row in rows} for rows in (signed[name], now[name]))
        for uid in sorted(was.keys() | stands.keys()):
            before, after = was.get(uid, {}), stands.get(uid, {})
            names = tuple(n for n in known if before.get(n) != after.get(n) and (n in before or not before))
            if names:
                out.append(Edit((name, uid), before, after, tuple(sorted(names)), not before, not after))
    return out


def _seen(conn: Connection, edits: list[Edit]) -> list[Edit]:
    """Without rows that are not here at all: those were withdrawn from this laptop, and nobody deleted them."""
    rows = load(conn, [edit.key for edit in edits if edit.removed])
    return [edit for edit in edits if not edit.removed or rows[edit.key].exists]


def _asked(conn: Connection, uid: str, version: Version, edits: list[Edit], own: str) -> Contested:
    rows = load(conn, [edit.key for edit in edits])
    standing: list[Standing] = []
    was, stands = [], []
    for edit in edits:
        of = {f.name: f for f in fields_of(records()[edit.key[0]])}
        part = "" if edit.key[0] == TYPE else type_words(edit.key[0]) + " "
        row = rows[edit.key]
        standing += [(row.stamps[n], edit.key, n, row.get(n)) for n in _moved(conn, edit, row) if n in row.stamps]
        for n in edit.names:
            if (edit.added or edit.removed) and of[n].kind not in TEXTUAL:
                continue   # of a whole line its words say enough
            old, new = (value_words(conn, of[n], v.get(n)) for v in (edit.signed, edit.now))
            was += [f"{part}{label_of(of[n])}：{old}"] * (not edit.added)
            stands += [f"{part}{label_of(of[n])}：{new}"] * (not edit.removed)
        if edit.added:
            stands.append(tr("（{part}を加えた）", part=type_words(edit.key[0])))
        if edit.removed:
            stands.append(tr("（{part}を消した）", part=type_words(edit.key[0])))
    writers = writers_of(conn, standing, own)
    newest, issued = writers[0], version.issued_at
    signed = Side("", None, "\n".join(was), tr("署名した版 {n}", n=version.n or 1),
                  issued.astimezone(JST) if issued else newest.at, False, "", False)
    edited = Side(max(s for s, *_ in standing), None, "\n".join(stands), newest.by, newest.at, newest.here,
                  newest.laptop, True, writers=writers)
    where = belonging(conn, (TYPE, uid))
    return Contested(TYPE, uid, SIGNED, tr("署名のあとに直した所"), where.root, where.title, "", (signed, edited),
                     False, False, signed=True)


def _moved(conn: Connection, edit: Edit, row: Row) -> tuple[str, ...]:
    """The fields whose writers made the difference: of a line that came back from the bin, who brought it back."""
    restored = edit.added and DELETED in row.stamps and not undoes(conn, edit.key, row.stamps[DELETED])
    return (DELETED,) if edit.removed or restored else edit.names
