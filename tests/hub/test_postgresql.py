"""The hub on a real PostgreSQL with real concurrency: no change of a laptop is lost, none is skipped by a reader."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Entry
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import create
from tests.db.parts import SetClock
from tests.sync.parts import a_body, a_desk, a_person
from tests.sync.test_exchange import a_visit

DESKS, ROUNDS = 6, 8


def test_laptops_at_once_lose_nothing_and_skip_nothing(postgresql: Callable[[], str], tmp_path: Path) -> None:
    hub = create(tmp_path / "hub", SetClock(), "事務局", postgresql())
    person = a_person(hub, a_body(hub))
    desks = [a_desk(hub, tmp_path / f"desk{n}", person) for n in range(DESKS)]
    _, visit, line = a_visit(desks[0])
    desks[0].sync()
    for desk in desks[1:]:
        desk.sync()
    failures: list[BaseException] = []

    def work(n: int) -> None:
        try:
            for i in range(ROUNDS):
                with desks[n].store.operation("直す") as op:
                    op.put("entry", line, {"text": f"{n}の{i}"})
                    op.add("entry", {"consultation": visit, "kind": "said", "text": f"行{n}-{i}"})
                desks[n].sync()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(n,)) for n in range(DESKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for desk in desks:
        desk.sync()
    wanted = {f"行{n}-{i}" for n in range(DESKS) for i in range(ROUNDS)} | {"受注が減る見込み"}
    with hub.read() as conn:
        received = conn.execute(select(t.received).where(t.received.c.uid == line)).all()
    superseded = {s for r in received for s in json.loads(r.base).get("text", [])}
    alive = {json.loads(r.set)["text"] for r in received if r.hlc + r.dev not in superseded}
    for desk in desks:
        with desk.store.read() as conn:
            heads = {json.loads(v) for v in conn.execute(select(local.head.c.value).where(
                local.head.c.uid == line, local.head.c.field == "text")).scalars()}
            lines = set(conn.execute(select(Entry.__table__.c.text).where(
                Entry.__table__.c.consultation == visit, Entry.__table__.c.uid != line)).scalars())
        found = desk.store.get(Entry, line)
        assert found is not None
        assert heads | {found.text} == alive
        assert lines == wanted - {"受注が減る見込み"}
    hub.close()


def test_a_database_that_sorts_otherwise_is_refused(postgresql: Callable[[], str], tmp_path: Path) -> None:
    from sqlalchemy import create_engine

    from kanto_desk.errors import Trouble

    address = postgresql()
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        available = conn.exec_driver_sql("SELECT collname FROM pg_collation WHERE collname = 'en_US.utf8'").scalar()
        if available:
            conn.exec_driver_sql("CREATE DATABASE other TEMPLATE template0 LOCALE 'en_US.utf8'")
        else:
            conn.exec_driver_sql("CREATE DATABASE other TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    engine.dispose()
    with pytest.raises(Trouble):
        create(tmp_path / "hub", SetClock(), "事務局", address.replace(address.split("/")[3].split("?")[0], "other"))
