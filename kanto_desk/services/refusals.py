"""Changes of this laptop that the hub did not take: why, in the user's words, and the ways out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.apply import Key
from kanto_desk.db.operation import Operation
from kanto_desk.db.schema import fields_of, records
from kanto_desk.db.store import Store
from kanto_desk.fields import Json, most_characters
from kanto_desk.i18n import language, tr
from kanto_desk.services.belonging import belonging, row_of, type_words
from kanto_desk.services.contested_deletions import DELETED
from kanto_desk.services.value_words import value_words

_OPEN = ("refused", "held")
_DONE = "settled"
_RIGHTS = ("role", "scope", "level")   # what another role may change
AT_ONCE = 200
"""Changes sent again in one step."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """One change that stayed on this laptop: what, when it was said, why, and whether the hub only waits with it."""

    seq: int
    type: str
    uid: str
    root: Key
    title: str
    part: str
    values: tuple[tuple[str, str], ...]
    why: str
    at: datetime
    held: bool
    still_here: bool


def listing(store: Store) -> list[NotTaken]:
    """What was not taken and nobody has settled, newest first."""
    v, dev = local.verdict.c, _dev(store)
    with store.read() as conn:
        rows = conn.execute(select(local.verdict).where(v.dev == dev, v.state.in_(_OPEN)).order_by(v.seq.desc())).all()
        return [_not_taken(conn, row) for row in rows]


def count(store: Store) -> int:
    """How many refused changes wait for the user; what the hub only holds needs nobody."""
    v, dev = local.verdict.c, _dev(store)
    with store.read() as conn:
        return int(conn.execute(select(func.count()).where(v.dev == dev, v.state == "refused")).scalar_one())


def send_again(store: Store, one: NotTaken) -> None:
    """Write the same values as a new change, which the next sync sends: after the secretariat has given the right.

    What was changed here since goes as it stands now. A record that was away meanwhile came back as the hub has it, so
    the refused values are written again; one that is not here stays on the list.
    """
    with store.operation(tr("もう一度送る"), one.root, undoable=False) as op:
        _send(op, one)


def send_all(store: Store, found: Iterable[NotTaken] | None = None) -> int:
    """As `send_again` for all that the hub refused (or these), the oldest first; gives how many are sent again.

    Steps of one record each and of `AT_ONCE` changes at most; what is cut off is still listed.
    """
    waiting = listing(store) if found is None else found
    rest = sorted((one for one in waiting if not one.held and one.still_here), key=lambda one: one.seq)
    for step in _steps(rest):
        with store.operation(tr("もう一度送る"), step[0].root, undoable=False) as op:
            for one in step:
                _send(op, one)
    return len(rest)


def send_what_may_go(store: Store) -> int:
    """Send again what was refused for want of a right, now that there are other rights; gives how many changes.

    A deletion is asked for by somebody; so is what had to be forgotten here meanwhile: others may have written there.
    """
    with store.read() as conn:
        v = local.verdict.c
        rows = conn.execute(select(local.verdict).where(v.dev == _dev_in(conn), v.state == "refused",
                                                        v.reason.in_(_RIGHTS))).all()
        found = [one for row in rows if not json.loads(row.set).get(DELETED)
                 and _still_told(conn, one := _not_taken(conn, row))]
    return send_all(store, found)


def put_away(store: Store, one: NotTaken) -> None:
    """Nobody needs to be told any more; the values stay on this laptop."""
    with store.write() as conn:
        _settle(conn, one.seq)


def bring_back(store: Store, one: NotTaken) -> None:
    """List it again."""
    with store.write() as conn:
        conn.execute(update(local.verdict).where(
            local.verdict.c.dev == _dev_in(conn), local.verdict.c.seq == one.seq)
            .values(state="held" if one.held else "refused"))


def as_text(one: NotTaken) -> str:
    """The change as a text that people can read and send on."""
    lines = [one.title + (f"　{one.part}" if one.part else ""), f"{one.at.astimezone(JST):%Y-%m-%d %H:%M}", one.why, ""]
    return "\n".join((*lines, *(f"{label}：{value}" for label, value in one.values), ""))


def _send(op: Operation, one: NotTaken) -> None:
    sets = json.loads(op.conn.execute(select(local.verdict.c.set).where(
        local.verdict.c.dev == _dev_in(op.conn), local.verdict.c.seq == one.seq)).scalar_one())
    row = row_of(op.conn, (one.type, one.uid))
    known = {f.name for f in fields_of(records()[one.type])} if one.type in records() else set()
    if row is None:
        return
    names = [n for n in sets if n in known]
    if sets.get(DELETED):
        op.delete(one.type, one.uid)
    elif _still_told(op.conn, one):
        op.renew(one.type, one.uid, names)
        op.also_seen(one.type, one.uid, {n: _replaced(op.conn, one, n) for n in names})
    else:
        op.put_wire(one.type, one.uid, {n: sets[n] for n in names})
    _settle(op.conn, one.seq)


def _steps(found: Sequence[NotTaken]) -> Iterator[list[NotTaken]]:
    """Changes in order, in steps of one record with every row once: each change of a row follows the one before."""
    step: list[NotTaken] = []
    for one in found:
        if step and (one.root != step[0].root or len(step) == AT_ONCE
                     or any((one.type, one.uid) == (other.type, other.uid) for other in step)):
            yield step
            step = []
        step.append(one)
    if step:
        yield step


def _still_told(conn: Connection, one: NotTaken) -> bool:
    """Whether the journal has the refused change: a record that had to be forgotten lost it."""
    c = local.change.c
    return conn.execute(select(c.id).where(c.dev == _dev_in(conn), c.seq == one.seq)).first() is not None


def _replaced(conn: Connection, one: NotTaken, name: str) -> list[str]:
    """What the refused change of a field replaced, through refused ones before it: the hub still shows that."""
    c, v, dev = local.change.c, local.verdict.c, _dev_in(conn)
    out: list[str] = []
    seq: int | None = one.seq
    while seq is not None:
        base = conn.execute(select(c.base).where(c.dev == dev, c.seq == seq)).scalar()
        found = list(json.loads(base or "{}").get(name, ()))
        out += found
        mine = [stamp[:16] for stamp in found if stamp[16:] == dev]
        seq = conn.execute(select(func.max(c.seq)).join(local.verdict, (v.dev == c.dev) & (v.seq == c.seq)).where(
            c.dev == dev, c.type == one.type, c.uid == one.uid, c.hlc.in_(mine), c.seq < seq)).scalar()
    return out


def _settle(conn: Connection, seq: int) -> None:
    conn.execute(update(local.verdict).where(local.verdict.c.dev == _dev_in(conn), local.verdict.c.seq == seq)
                 .values(state=_DONE))


def _not_taken(conn: Connection, row: Any) -> NotTaken:
    key = (row.type, row.uid)
    stored = row_of(conn, key)
    where = belonging(conn, key) if stored is not None else None
    known = {f.name: f for f in fields_of(records()[row.type])} if row.type in records() else {}
    values = tuple((known[n].label(language()) if n in known else n,
                    value_words(conn, known[n], value) if n in known else _words(value))
                   for n, value in json.loads(row.set).items() if n not in known or not known[n].bookkeeping)
    if json.loads(row.set).get(DELETED):
        words = tr("消した（同期先にもほかのパソコンにも残っているため、ここでも戻しました）")
        values = ((tr("この記録"), words), *values)
    return NotTaken(row.seq, row.type, row.uid, where.root if where else key,
                    where.title if where else type_words(row.type), where.part if where else "", values,
                    why(row.reason), datetime.fromisoformat(row.at), row.state == "held", stored is not None)


def why(reason: str) -> str:
    """What the hub's reason means."""
    texts = {
        "newer": tr("同期先が、この種類の記録をまだ知りません。同期先が新しくなると、自動で受け取ります。"),
        "value": tr("値の形が正しくないため、ほかのパソコンで読めません。"),
        "long": tr("1つの項目が長すぎます（{n}万字くらいまで）。短くするか、行を分けてから、もう一度送ります。",
                   n=most_characters()),
        "role": tr("いまの役割では、この種類の記録を書けません。"),
        "scope": tr("この記録は、いまの担当の範囲の外にあります。"),
        "level": tr("いまの役割では、この項目を書けません。"),
        "owner": tr("この記録の確定や取消は、記録した機関の人だけができます。ここでの確定などは数えていません。"),
        "expert": tr("この相談の確定や訂正は、相談員が決めます。ここでの確定などは数えていません。"
                     "もう一度行うと、相談員への確認のお願いになります。"),
        "fixed": tr("確定した記録は書きかえられません。直すときは、新しい版をつくります。"),
    }
    return texts.get(reason, tr("同期先が受け取りませんでした（{reason}）。", reason=reason))


def _words(value: Json) -> str:
    return "、".join(str(one) for one in value) if isinstance(value, list) else "" if value is None else str(value)


def _dev(store: Store) -> str:
    return f"{store.device()[0]:016x}"


def _dev_in(conn: Connection) -> str:
    return str(conn.execute(select(local.device.c.dev)).scalar_one())
