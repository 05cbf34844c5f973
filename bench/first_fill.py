"""The first fill of a new laptop from a hub that holds many records, both in one process over a link without delay."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from uuid import UUID

from bench.measuring import Figures, Line
from kanto_desk.clock import JST
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.migrations import RECORDS, migrate
from kanto_desk.db.schema import SCHEMA_VERSION
from kanto_desk.db.store import Store, new_device
from kanto_desk.fields import Json
from kanto_desk.hub import accounts
from kanto_desk.hub.accepting import accept
from kanto_desk.hub.app import handle
from kanto_desk.hub.opening import Hub, create
from kanto_desk.rules.access import Grant, Reader, Role
from kanto_desk.sync import signing, wire
from kanto_desk.sync.client import Exchange, Known, keep_known

COMPANIES, VISITS = 4_000, 16_000
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=JST)
BATCH = 2_000
LINES = (
    Line("Records of a first fill a second", "fill_records_per_s", "/s"),
    Line("— first fill, whole", "fill_s", "s"),
    Line("— of it the hub", "fill_hub_s", "s"),
    Line("— bytes a record on the wire", "fill_bytes_per_record", "B"),
    Line("— replies", "fill_replies", ""),
    Line("Sync after it, nothing new", "fill_again_ms", "ms"),
)


def run(home: Path, companies: int = COMPANIES, visits: int = VISITS) -> Figures:
    """Fill a new encrypted store; seconds of both ends together, the hub's part apart, bytes as they travel."""
    home.mkdir(parents=True, exist_ok=True)
    hub = create(home / "hub", lambda: NOW, "事務局")
    with hub.write() as conn:
        office = accounts.add_body(conn, "機関", "NGN", NOW)
        person = accounts.add_person(conn, "高橋 直子", "タカハシ ナオコ", NOW)
        accounts.add_grant(conn, person, Grant(Role.EXPERT, office), NOW)
    _, writer = _laptop(hub, home / "writer", person)
    dev = f"{writer.device()[0]:016x}"
    reader = Reader(person, (Grant(Role.EXPERT, office),))
    batch: list[wire.WireChange] = []
    for change in _changes(dev, companies, visits):
        batch.append(change)
        if len(batch) == BATCH or change.seq == companies + visits:
            with hub.write() as conn:
                accept(conn, dev, reader, office, batch[0].seq - 1, batch, NOW.isoformat())
            batch = []
    known, store = _laptop(hub, home / "reader", person)
    spent, down, replies = 0.0, 0, 0

    def link(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        nonlocal spent, down, replies
        begun = perf_counter()
        answer = handle(hub, path, headers, body)
        spent += perf_counter() - begun
        down += len(answer[1])
        replies += 1
        return answer

    begun = perf_counter()
    receipt = Exchange(store, link, known).run()
    seconds, hub_seconds, weight, trips = perf_counter() - begun, spent, down, replies
    if len(receipt.came) != companies + visits:
        raise RuntimeError(f"{len(receipt.came)} records came")
    begun = perf_counter()
    Exchange(store, link, known).run()
    again = (perf_counter() - begun) * 1000
    for each in (store, writer, hub):
        each.close()
    count = companies + visits
    return {"fill_records_per_s": count / seconds, "fill_s": seconds, "fill_hub_s": hub_seconds,
            "fill_bytes_per_record": weight / count, "fill_replies": trips, "fill_again_ms": again}


def _laptop(hub: Hub, folder: Path, person: str) -> tuple[Known, Store]:
    folder.mkdir()
    engine = make_engine(folder / "records.db", os.urandom(32))
    migrate(engine, RECORDS)
    store = Store(engine, lambda: NOW, "高橋 直子")
    with store.write() as conn:
        new_device(conn, store.clock)
    with hub.write() as conn:
        code = accounts.new_code(conn, person, NOW)
    key = signing.new_key()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    _, answer = handle(hub, "/enrol", {}, wire.packed(
        wire.Enrol(wire.VERSION, code, f"{store.device()[0]:016x}", folder.name, public, "age1")))
    got = wire.unpacked(answer, wire.Enrolled)
    known = Known("", got.epoch, signing.key_text(key), got.person, got.body)
    with store.write() as conn:
        keep_known(conn, known)
    return known, store


def _changes(dev: str, companies: int, visits: int) -> Iterator[wire.WireChange]:
    """Companies, then visits with them; every value another, so that nothing packs better than real records."""
    first = int(NOW.timestamp() * 1000) - companies - visits
    for n in range(1, companies + visits + 1):
        if n <= companies:
            kind = "organization"
            values: dict[str, Json] = {
                "name": f"株式会社 見本{n:06}製作所",
                "kana": f"ミホン{n:06}セイサクショ", "prefecture": f"{n % 47 + 1:02}",
                "city": f"{n * 7919 % 900}市", "address": f"{n * 104729 % 9000}番地",
                "phone": f"0266-{n % 90 + 10}-{n:04}",
                "notes": f"担当は{n * 31 % 977}番の方。{os.urandom(24).hex()}"}
        else:
            kind = "consultation"
            values = {
                "organization": _uid(n % companies + 1), "theme": f"第{n}回 医療機器への参入 {os.urandom(20).hex()}",
                "held_on": (NOW - timedelta(days=n % 1500)).date().isoformat(), "form": "1"}
        yield wire.WireChange(dev, n, f"{(first + n) << 16:016x}", SCHEMA_VERSION, f"t{n}", kind, _uid(n), "高橋 直子",
                              NOW.isoformat(), values)


def _uid(n: int) -> str:
    return str(UUID(int=(1 << 120) + n * 0x9E3779B97F4A7C15 % (1 << 100)))
