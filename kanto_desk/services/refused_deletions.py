"""Deletions that the hub did not take: the record comes back into sight here, and the list of what was not taken tells.

It is on every other desk; gone here alone, nobody would ever find out.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, select, update

from kanto_desk.db import local
from kanto_desk.db.apply import Key, load
from kanto_desk.db.schema import records
from kanto_desk.db.store import Store
from kanto_desk.i18n import tr
from kanto_desk.services.belonging import belonging
from kanto_desk.services.contested_deletions import DELETED


def show_again(store: Store) -> int:
    """Bring back what was deleted here and nowhere else; gives how many records.

    The change that does so may be refused for the same reason. It says what the hub says, so nobody is told of it.
    """
    with store.read() as conn:
        own = str(conn.execute(select(local.device.c.dev)).scalar_one())
        refused = _refused(conn, own)
        found = [key for key, seqs in refused.items() if seqs and _is_gone_by(conn, key, own, seqs)]
        roots = {key: belonging(conn, key).root for key in found}
        said = _refused_returns(conn, own)
    for key in found:
        with store.operation(tr("消せなかった記録を戻した"), roots[key], undoable=False) as op:
            op.put_wire(*key, {DELETED: None})
    if said:
        with store.write() as conn:
            v = local.verdict.c
            conn.execute(update(local.verdict).where(v.dev == own, v.seq.in_(said)).values(state="settled"))
    return len(found)


def _refused(conn: Connection, own: str) -> dict[Key, set[int]]:
    """Records → numbers of the refused changes that would have deleted them."""
    v = local.verdict.c
    out: dict[Key, set[int]] = {}
    for row in conn.execute(select(v.seq, v.type, v.uid, v.set).where(
            v.dev == own, v.state == "refused", v.set.like(f'%"{DELETED}":"%'))).all():
        if row.type in records() and json.loads(row.set).get(DELETED):
            out.setdefault((row.type, row.uid), set()).add(row.seq)
    return out


def _is_gone_by(conn: Connection, key: Key, own: str, seqs: set[int]) -> bool:
    """Whether the record is deleted here by one of these changes, and by nobody else."""
    row, c = load(conn, [key])[key], local.change.c
    if not row.exists or not row.get(DELETED):
        return False
    return conn.execute(select(c.id).where(c.dev == own, c.seq.in_(seqs),
                                           c.hlc == row.stamps[DELETED][:16])).first() is not None


def _refused_returns(conn: Connection, own: str) -> list[int]:
    """Numbers of refused changes that say no more than that a record is there."""
    v = local.verdict.c
    rows = conn.execute(select(v.seq, v.set).where(
        v.dev == own, v.state == "refused", v.set.like(f'%"{DELETED}":null%'))).all()
    return [row.seq for row in rows if json.loads(row.set) == {DELETED: None}]
