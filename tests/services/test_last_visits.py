"""Last visits of companies and the visits behind index rows: after any change as read from the records themselves."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk.clock import JST
from kanto_desk.db import last_visits, search, visit_names
from kanto_desk.db.apply import Change
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import SCHEMA_VERSION, new_uid
from kanto_desk.db.stamps import COUNTER_BITS
from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.services import bin as bin_
from kanto_desk.services import (
    care,
    consultations,
    finalizing,
    history,
    importing,
    merging,
    organization_search,
    organizations,
    restoring,
    samples,
    timeline,
)
from kanto_desk.services.desk import Desk
from kanto_desk.services.finalizing import Signature
from kanto_desk.services.organization_search import Wanted
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE

FIRST = date(2026, 3, 1)


def plain(store: Store) -> tuple[str, ...]:
    """The order as the records themselves give it, newest visit first, equal days by reading."""
    o, c = Organization, Consultation
    with store.read() as conn:
        ends = merging.roots(conn)   # a visit to one that was merged is one to who stands for it
        days: dict[str, date] = {}
        for company, day in conn.execute(select(c.organization, func.max(c.held_on)).where(
                c.deleted_at.is_(None), c.held_on.is_not(None)).group_by(c.organization)):
            stands = ends.get(company, company)
            days[stands] = max(day, days.get(stands, day))
        rows = [r for r in conn.execute(select(o.uid, o.kana, o.name).where(o.deleted_at.is_(None))) if r.uid not in ends]
    by_reading = sorted(rows, key=lambda r: (r.kana is None, r.kana or "", r.name or "", r.uid))
    return tuple(r.uid for r in sorted(by_reading, key=lambda r: days.get(r.uid) or date.min, reverse=True))


def same(store: Store) -> None:
    assert organization_search.find(store, Wanted(order="last")) == plain(store)
    with store.read() as conn:
        assert last_visits.wrong(conn) == 0
        behind = conn.exec_driver_sql("SELECT f.id, n.uid FROM found f JOIN visit_number n ON n.number = f.id >> 16 "
                                      "WHERE f.id < 1 << 48 ORDER BY f.id").all()
        assert behind == conn.exec_driver_sql("SELECT id, root FROM found WHERE root_type = 'consultation' "
                                              "ORDER BY id").all()
        days = [day or "" for (day,) in conn.exec_driver_sql(
            "SELECT c.held_on FROM visit_number n JOIN consultation c ON c.uid = n.uid ORDER BY n.number")]
        assert days == sorted(days)
        for words in ("企業", "消す", "相談"):
            assert search.visits(conn, words) == search.roots(conn, words, "consultation")
        assert visit_names.wrong(conn) == []


class Work:
    """Random work on a desk: what people do, and what arrives from another laptop in any order."""

    def __init__(self, desk: Desk, seed: int, folder: Path) -> None:
        self.desk, self.store, self.chance, self.folder = desk, desk.store, random.Random(seed), folder
        self.companies: list[str] = []
        self.visits: list[str] = []
        self.imports: list[str] = []
        self.n = 0
        self.new_company()
        self.new_visit()

    def company(self) -> str:
        return self.chance.choice(self.companies)

    def visit(self) -> str:
        return self.chance.choice(self.visits)

    def day(self) -> date:
        return FIRST + timedelta(days=self.chance.randrange(12))

    def put(self, kind: str, uid: str, values: dict[str, object]) -> None:
        with self.store.operation("試し", (kind, uid)) as op:
            op.put(kind, uid, values)

    def new_company(self) -> None:
        kana = self.chance.choice([None, "ア", "カ", "カ"])
        self.companies.append(organizations.create(self.store, {"name": f"企業{self.chance.randrange(9)}", "kana": kana}))

    def new_visit(self) -> None:
        self.visits.append(consultations.create(self.store, self.company(), {
            "held_on": self.day(), "theme": self.chance.choice(["相談の始まり", "企業の話"])}))
        timeline.add(self.store, self.visits[-1], "said", "消すつもりの話")

    def rename(self) -> None:
        self.put("organization", self.company(), {"name": f"社{self.chance.randrange(9)}",
                                                  "kana": self.chance.choice([None, "サ", "ア"])})

    def move_day(self) -> None:
        self.put("consultation", self.visit(), {"held_on": self.chance.choice([None, self.day()])})

    def move_company(self) -> None:
        self.put("consultation", self.visit(), {"organization": self.chance.choice([None, self.company(), new_uid(self.store.clock())])})

    def merge(self) -> None:
        self.put("organization", self.company(), {"merged_into": self.chance.choice([None, self.company()])})

    def delete(self) -> None:
        kind, uid = self.chance.choice([("organization", self.company()), ("consultation", self.visit())])
        with self.store.operation("消す", (kind, uid)) as op:
            op.delete(kind, uid)

    def from_bin(self) -> None:
        items = bin_.listing(self.store)
        if items:
            bin_.restore(self.store, self.chance.choice(items))

    def back(self) -> None:
        root = self.chance.choice([("organization", self.company()), ("consultation", self.visit())])
        self.chance.choice([history.undo, history.redo])(self.store, root)

    def sign(self) -> None:
        finalizing.finalize(self.store, self.desk.blobs, self.visit(), Signature("小平", "社長", "typed"))

    def take_in(self) -> None:
        self.n += 1
        file = self.folder / f"{self.n}.jsonl"
        names = [{"id": f"c{self.chance.randrange(6)}", "name": f"取り込み{self.chance.randrange(6)}"} for _ in range(3)]
        file.write_text("".join(json.dumps(row) + "\n" for row in names), "utf-8")
        report = importing.import_organizations(self.store, file)
        self.companies += [one.uid for one in report.outcomes if one.uid]
        file.write_text("".join(json.dumps({"id": f"v{self.chance.randrange(9)}", "organization": row["id"],
                                            "held_on": self.day().isoformat()}) + "\n" for row in names), "utf-8")
        importing.import_consultations(self.store, file)
        if report.import_id and self.chance.random() < 0.3:
            importing.undo_import(self.store, report.import_id)

    def receive(self) -> None:
        """From another laptop: a visit before its company, a day that wins or loses, a deletion."""
        company, visit = new_uid(self.store.clock()), self.chance.choice([new_uid(self.store.clock()), self.visit()])
        changes: list[tuple[str, str, dict[str, object]]] = [
            ("consultation", visit, {"organization": company, "held_on": self.day().isoformat()}),
            ("consultation", visit, {"held_on": self.day().isoformat()}),
            ("organization", company, {"name": "届いた企業", "kana": "ト"}),
            ("consultation", visit, {"deleted_at": "2026-11-24T00:00:00+09:00"})]
        kept = [one for one in changes if self.chance.random() < 0.8]
        self.chance.shuffle(kept)
        for kind, uid, values in kept:
            self.n += 1
            moment = self.store.clock().astimezone(JST).timestamp() + self.chance.randrange(-600, 600)
            hlc = (int(moment * 1000) << COUNTER_BITS) + self.n
            self.store.apply([Change(77, self.n, hlc, SCHEMA_VERSION, new_uid(self.store.clock()), kind, uid,
                                     values, {}, "佐々木", "2026-11-24T12:00:00+09:00")], "merge")
        if any(kind == "organization" for kind, _, _ in kept):
            self.companies.append(company)

    def step(self) -> None:
        often: list[Callable[[], None]] = [self.new_company, self.new_visit, self.new_visit, self.rename, self.move_day,
                                           self.move_company, self.merge, self.delete, self.from_bin, self.back,
                                           self.back, self.sign, self.take_in, self.receive]
        with suppress(Refused):   # a rule says no; nothing was changed
            self.chance.choice(often)()


@pytest.mark.parametrize("seed", range(4))
def test_any_work_leaves_the_order_of_the_records(desk: Desk, tmp_path: Path, clock: SetClock, seed: int) -> None:
    work = Work(desk, seed, tmp_path)
    for _ in range(90):
        clock.forward(seconds=20)
        work.step()
        same(desk.store)
    assert len(plain(desk.store)) > 70 and len(work.visits) > 5


def test_sample_data_comes_and_goes(desk: Desk) -> None:
    organizations.create(desk.store, {"name": "自分の企業"})
    samples.load(desk)
    same(desk.store)
    samples.remove(desk)
    same(desk.store)


def test_filters_keep_the_order(desk: Desk, tmp_path: Path, clock: SetClock) -> None:
    work = Work(desk, 5, tmp_path)
    for n in range(40):
        company = organizations.create(desk.store, {"name": f"諏訪{n % 7}", "prefecture": "20" if n % 3 else "11"})
        consultations.create(desk.store, company, {"held_on": work.day()})
    every = plain(desk.store)
    with desk.store.read() as conn:
        nagano = set(conn.execute(select(Organization.uid).where(Organization.prefecture == "20")).scalars())
    assert organization_search.find(desk.store, Wanted(order="last", prefectures=("20",))) == tuple(
        uid for uid in every if uid in nagano)
    named = organization_search.find(desk.store, Wanted(order="last", query="諏訪3"))
    assert named == tuple(uid for uid in every if uid in set(named)) and len(named) == 6


def spoil(desk: Desk) -> None:
    with desk.store.write() as conn:
        conn.exec_driver_sql("UPDATE last_visit SET day = '1999-01-01'")
        conn.exec_driver_sql("DELETE FROM last_visit WHERE rowid % 3 = 0")
    with desk.store.read() as conn:
        assert last_visits.wrong(conn) > 0


def test_check_mends_what_differs(desk: Desk, tmp_path: Path) -> None:
    Work(desk, 1, tmp_path)
    spoil(desk)
    assert care.check(desk).findings == ()
    same(desk.store)


def test_a_restored_backup_has_the_order_of_its_records(desk: Desk, tmp_path: Path, clock: SetClock) -> None:
    work = Work(desk, 2, tmp_path)
    spoil(desk)
    made = care.backup(desk)
    clock.forward(minutes=5)
    work.new_company()
    home = desk.home
    desk.close()
    _, back = restoring.restore_and_open(home, made, PASSPHRASE, clock=clock, cost=CHEAP)
    try:
        same(back.store)
    finally:
        back.close()
