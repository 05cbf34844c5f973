"""The second half of the demonstration: two desks and a hub, one visit edited on both while they are apart.

The hub is handed in: services know nothing of it, as a laptop knows nothing of the secretariat's folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, select

from kanto_desk.clock import JST, today
from kanto_desk.db import local
from kanto_desk.db.apply import Key, load
from kanto_desk.db.schema import canonical, fields_of, records
from kanto_desk.errors import Trouble
from kanto_desk.fields import Json
from kanto_desk.i18n import language, tr
from kanto_desk.masters import shipped_uid
from kanto_desk.services import consultations, contested, syncing
from kanto_desk.services.contested_sides import part_of_device
from kanto_desk.services.desk import Desk

FIELD = "direction"
"""The field that both sides write."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done: its name for programs, one sentence for people, and facts worth checking."""

    name: str
    text: str
    facts: dict[str, Any]


class Hub(Protocol):
    """A hub that is serving: its address, a line by which a laptop of a person joins, and a look into its records."""

    url: str

    def line_for(self, person: str) -> str: ...

    def read(self) -> AbstractContextManager[Connection]: ...


Serving = Callable[[Path, str], AbstractContextManager[Hub]]
"""Makes a hub of this name in a folder and serves it as long as the context lasts."""


def together(first: Desk, second: Desk, hub: Hub, visit: Mapping[str, Any]) -> list[Step]:
    """Join both desks to the hub, edit one visit apart, sync, decide, sync, and prove that all three hold the same.

    Raises Trouble when they do not.
    """
    steps = [Step("hub", tr("同期先を、このパソコンの中だけで動かしました（{url}）。", url=hub.url), {"url": hub.url})]
    for desk, name in ((first, tr("1台目")), (second, tr("2台目"))):
        syncing.enrol(desk, hub.line_for(desk.store.person), name)
    joined = tr("事務局の1行で2台が参加しました："
                "1台目 {first}さん（端末 {one}）、2台目 {second}さん（端末 {two}）。",
                first=first.store.person, one=laptop(first), second=second.store.person, two=laptop(second))
    steps.append(Step("enrol", joined, {"devices": [laptop(first), laptop(second)]}))
    uid = _next_visit(first, visit)
    sent, came = syncing.sync(first.store), syncing.sync(second.store)
    prepared = tr("次回の相談を1台目で用意し、同期しました。"
                  "送った変更{sent}件、2台目に届いた記録{came}件。", sent=sent.sent, came=len(came.came))
    steps.append(Step("first_sync", prepared,
                      {"sent": sent.sent, "received": len(came.came), "uid": uid}))
    steps += [_apart(first, second, uid, visit), *_meet(first, second, uid)]
    return [*steps, _proof(first, second, hub, uid)]


def laptop(desk: Desk) -> str:
    """The four characters by which a desk's laptop is named."""
    return part_of_device(f"{desk.store.device()[0]:016x}")


def _next_visit(desk: Desk, visit: Mapping[str, Any]) -> str:
    apart = visit["apart"]
    day = today(desk.clock) + timedelta(days=14)
    uid = consultations.create(desk.store, shipped_uid("organization", visit["organization"]),
                               {"theme": apart["theme"], "held_on": day})
    consultations.edit(desk.store, uid, {FIELD: apart["before"]})
    return uid


def _apart(first: Desk, second: Desk, uid: str, visit: Mapping[str, Any]) -> Step:
    apart = visit["apart"]
    consultations.edit(first.store, uid, {FIELD: apart["first"]})
    consultations.edit(first.store, uid, {"place": apart["place"]}, part="place")
    consultations.edit(second.store, uid, {FIELD: apart["second"]})
    consultations.edit(second.store, uid, {"summary": apart["summary"]}, part="summary")
    labels = {f.name: f.label(language()) for f in fields_of(records()["consultation"])}
    told = tr("つながらないあいだに、同じ相談を2台で直しました。"
              "「{both}」は両方で、「{one}」は1台目、「{two}」は2台目で書きました。",
              both=labels[FIELD], one=labels["place"], two=labels["summary"])
    return Step("apart", told, {"first": [FIELD, "place"], "second": [FIELD, "summary"]})


def _meet(first: Desk, second: Desk, uid: str) -> list[Step]:
    """Sync both ways, show what is contested, keep both values, sync again."""
    receipts = [syncing.sync(desk.store) for desk in (first, second, first)]
    waiting = [[one for one in contested.listing(desk.store) if one.uid == uid] for desk in (first, second)]
    if [[one.field for one in found] for found in waiting] != [[FIELD], [FIELD]]:
        raise _unequal("contested")
    one = waiting[1][0]
    sides = [{"value": side.words, "by": side.by, "at": side.at.isoformat(), "laptop": side.laptop,
              "shown": side.shown} for side in one.sides]
    told = "\n".join(tr("　{by}さん　{at}　端末 {laptop}：「{value}」", by=side.by,
                        at=side.at.astimezone(JST).strftime("%m/%d %H:%M"), laptop=side.laptop, value=side.words)
                     for side in sorted(one.sides, key=lambda side: side.stamp))
    heading = tr("同期しました。片方で書いた項目は合わさり、「{field}」だけが確認を待ちます。"
                 "どちらの値も残っています：", field=one.label)
    met = Step("conflict", heading + "\n" + told,
               {"field": one.field, "label": one.label, "sides": sides,
                "sent": [r.sent for r in receipts], "received": [len(r.came) for r in receipts]})
    value = contested.joined(one)
    contested.settle(second.store, [(one, value)])
    decided = Step("resolve", tr("2台目で「両方を残す」に決めました（ふつうの変更の1つで、元に戻せます）：「{value}」",
                                 value=value),
                   {"value": value, "by": second.store.person, "laptop": laptop(second)})
    for desk in (second, first):
        syncing.sync(desk.store)
    return [met, decided]


def _proof(first: Desk, second: Desk, hub: Hub, uid: str) -> Step:
    """That everything the second laptop holds through the hub is the same on all three, stamps and values."""
    with second.store.read() as conn:
        keys = [(c.type, c.uid) for c in conn.execute(
            select(local.change.c.type, local.change.c.uid).distinct()) if c.type in records()]
        keys += [(r.type, r.uid) for r in conn.execute(select(local.filled.c.type, local.filled.c.uid))]
    keys = sorted(set(keys))
    hashes: dict[str, str] = {}
    for name, read in (("first", first.store.read), ("second", second.store.read), ("hub", hub.read)):
        with read() as conn:
            hashes[name] = row_hash(conn, keys)
    left = sum(len(contested.listing(desk.store)) + syncing.waiting(desk.store).changes for desk in (first, second))
    if len(set(hashes.values())) != 1 or left or ("consultation", uid) not in keys:
        raise _unequal(str(hashes))
    told = tr("もう一度同期しました。2台と同期先の{n}件の記録は同じです（SHA-256 {hash}…）。"
              "確認待ちと未送信はありません。", n=len(keys), hash=hashes["hub"][:12])
    return Step("same", told, {"records": len(keys), "hashes": hashes, "waiting": left})


def row_hash(conn: Connection, keys: Sequence[Key]) -> str:
    """SHA-256 over rows: every value with its stamp, and what stands beside the values shown."""
    rows = load(conn, keys)
    table = local.head.c
    beside: dict[Key, list[Json]] = {}
    for head in conn.execute(select(local.head).order_by(table.type, table.uid, table.field, table.stamp)):
        beside.setdefault((head.type, head.uid), []).append([head.field, head.stamp, head.value])
    told: list[Json] = [[*key, {n: [rows[key].stamps[n], rows[key].get(n)] for n in sorted(rows[key].stamps)},
                         beside.get(key, [])] for key in keys]
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def _unequal(detail: str) -> Trouble:
    return Trouble(tr("2台と同期先の記録が、同期のあとで同じになりませんでした。"),
                   tr("実演のフォルダーは残していません。ふだんのデータには触れていません。"),
                   tr("詳細を添えて知らせてください。"), detail)
