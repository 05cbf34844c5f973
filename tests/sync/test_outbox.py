"""What is chosen for a batch is frozen before it leaves: typing that goes on makes a new change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.hub import tables
from kanto_desk.rules.access import Role
from kanto_desk.sync.client import Exchange, keep_known
from kanto_desk.sync.outbox import next_batch, unsent
from kanto_desk.sync.wire import MOST_BYTES
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit


def typed(desk, line: str, text: str) -> None:
    """One autosave of a line that is being typed."""
    with desk.store.operation("入力", ("entry", line), extend="typing") as op:
        op.put("entry", line, {"text": text})


def test_an_autosave_while_a_batch_is_on_its_way_is_a_change_of_its_own(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "one", a_person(hub, a_body(hub)))
    _, _, line = a_visit(desk)
    desk.sync()
    typed(desk, line, "受注が")
    typed(desk, line, "受注が減る")
    dev = f"{desk.store.device()[0]:016x}"
    with desk.store.read() as conn:
        assert [c.set["text"] for c in unsent(conn, dev, desk.known.acked)] == ["受注が減る"]   # extended so far

    def lost(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        desk.link(path, headers, body)
        typed(desk, line, "受注が減る見込み")
        raise OSError("the answer was lost")

    with pytest.raises(OSError, match="lost"):
        Exchange(desk.store, lost, desk.known).run()
    with desk.store.read() as conn:
        assert [c.set["text"] for c in unsent(conn, dev, desk.known.acked)] == ["受注が減る", "受注が減る見込み"]
    assert desk.sync().left == 0


def test_a_batch_ends_where_an_operation_ends_and_holds_its_bytes(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "one", a_person(hub, a_body(hub)))
    _, visit, _ = a_visit(desk)
    for n in range(4):
        with desk.store.operation("行") as op:
            for _ in range(300):
                op.add("entry", {"consultation": visit, "kind": "said", "text": f"{n}" * 5000})
    dev = f"{desk.store.device()[0]:016x}"
    batch = next_batch(desk.store, dev, 0)
    assert sum(len(bytes(c.set)) for c in batch) <= MOST_BYTES
    with desk.store.read() as conn:
        after = conn.execute(select(local.change.c.tx).where(
            local.change.c.dev == dev, local.change.c.seq == batch[-1].seq + 1)).scalar_one()
    assert after != batch[-1].tx
    assert len(next_batch(desk.store, dev, batch[-1].seq)) > 0


def test_what_was_refused_is_told_again_when_the_answer_was_lost(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "one", a_person(hub, a_body(hub), Role.READER))
    a_visit(desk)

    def lost(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        assert desk.link(path, headers, body)[0] == 200
        raise OSError("the answer was lost")

    with pytest.raises(OSError, match="lost"):
        Exchange(desk.store, lost, desk.known).run()
    assert desk.sync().not_taken == 3
    with desk.store.read() as conn:
        assert set(conn.execute(select(local.verdict.c.reason)).scalars()) == {"role"}


def test_what_a_hub_lacks_before_the_newest_is_sent_again(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "one", a_person(hub, a_body(hub)))
    a_visit(desk)
    with desk.store.write() as conn:   # the desk believes that two of three are there: the hub went back to a backup
        keep_known(conn, replace(desk.known, acked=2))
    assert desk.sync().left == 0
    with hub.read() as conn:
        assert list(conn.execute(select(tables.received.c.seq).order_by(tables.received.c.seq)).scalars()) == [1, 2, 3]
