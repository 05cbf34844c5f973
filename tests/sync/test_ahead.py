"""The next batch is made while the hub works, and sent only when the one before is acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import zstandard
from sqlalchemy import func, select

from kanto_desk.db import local
from kanto_desk.hub import tables
from kanto_desk.sync.client import Exchange, Known
from kanto_desk.sync.wire import Problem, Reply, Request, packed, unpacked
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit

OPERATIONS, LINES = 4, 300   # 1.5 MB each: the first goes alone, then two, then the last

Sent = tuple[int, int, int, bool]
"""Number before the batch, its first and its last, and whether it was compressed before the rest of the message."""


@pytest.fixture
def written(tmp_path: Path):
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "one", a_person(hub, a_body(hub)))
    _, visit, line = a_visit(desk)
    desk.sync()
    for n in range(OPERATIONS):
        with desk.store.operation("行") as op:
            for _ in range(LINES):
                op.add("entry", {"consultation": visit, "kind": "said", "text": f"{n}" * 5000})
    return hub, desk, line


def watched(desk, sent: list[Sent], before: Callable[[Request], None] = lambda _request: None,
            after: Callable[[Request, Reply], None] = lambda _request, _reply: None, known: Known | None = None):
    """A link that notes each push, and that nothing goes before the push before it was acknowledged."""
    acked = [(known or desk.known).acked]

    def link(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        request = unpacked(body, Request) if path == "/sync" else None
        if request is None or not request.push:
            return desk.link(path, headers, body)
        before(request)
        assert request.first == acked[0]
        plain = zstandard.ZstdDecompressor().decompressobj().decompress(body) if body[:1] == b"\x28" else b""
        sent.append((request.first, request.push[0].seq, request.push[-1].seq, plain.startswith(b'{"push":')))
        status, answer = desk.link(path, headers, body)
        reply = unpacked(answer, Reply)
        acked[0] = reply.acked
        after(request, reply)
        return status, answer

    return link


def held(hub, desk) -> int:
    """How many changes of this desk the hub holds, none of them twice and none left out."""
    c = tables.received.c
    dev = f"{desk.store.device()[0]:016x}"
    with hub.read() as conn:
        many, last = conn.execute(select(func.count(), func.max(c.seq)).where(c.dev == dev)).one()
    with desk.store.read() as conn:
        assert many == last == conn.execute(select(local.device.c.seq)).scalar_one()
    return many


def test_batches_follow_one_another_and_the_later_ones_were_made_ahead(written) -> None:
    hub, desk, _ = written
    before = desk.known.acked
    sent: list[Sent] = []
    done = Exchange(desk.store, watched(desk, sent), desk.known).run()
    assert (done.sent, done.left, done.complete) == (OPERATIONS * LINES, 0, True)
    assert held(hub, desk) == before + OPERATIONS * LINES
    assert [first == past + 1 for past, first, _, _ in sent] == [True] * len(sent)
    assert [ahead for *_, ahead in sent] == [False, True, True]


def test_what_is_typed_meanwhile_goes_last_and_changes_nothing_that_was_made_ahead(written) -> None:
    hub, desk, line = written
    sent: list[Sent] = []

    def typing(request: Request) -> None:
        with desk.store.operation("入力", ("entry", line), extend="typing") as op:
            op.put("entry", line, {"text": f"{len(request.push)} 受注が減る"})

    done = Exchange(desk.store, watched(desk, sent, typing), desk.known).run()
    assert done.left == 0
    held(hub, desk)
    with hub.read() as conn, desk.store.read() as own:
        shown = [c.exec_driver_sql("SELECT text FROM entry WHERE uid = ?", (line,)).scalar_one() for c in (conn, own)]
    assert shown[0] == shown[1]


def test_a_lost_answer_costs_one_batch_wherever_it_is_lost(written) -> None:
    hub, desk, _ = written
    sent: list[Sent] = []

    def lose(_request: Request, _reply: Reply) -> None:
        if len(sent) == 2:
            raise OSError("the answer was lost")

    with pytest.raises(OSError, match="lost"):
        Exchange(desk.store, watched(desk, sent, after=lose), desk.known).run()
    again: list[Sent] = []
    assert Exchange(desk.store, watched(desk, again), desk.known).run().left == 0
    twice = [batch for batch in again if batch[1] <= sent[-1][2]]
    assert len(twice) == 1
    held(hub, desk)


def test_a_hub_that_has_less_than_was_thought_gets_what_it_lacks_and_not_what_was_made_ahead(written) -> None:
    hub, desk, _ = written
    start, known = desk.known.acked, desk.known
    known.acked += LINES   # as after a restore: the hub answers with what it has
    sent: list[Sent] = []
    done = Exchange(desk.store, watched(desk, sent, known=known), known).run()
    assert done.left == 0
    assert [first for first, *_ in sent][:2] == [start + LINES, start]
    held(hub, desk)


def test_a_server_that_takes_only_small_bodies_gets_halves(written) -> None:
    hub, desk, _ = written
    sizes: list[int] = []

    def small(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        pushed = len(unpacked(body, Request).push) if path == "/sync" else 0
        sizes.append(pushed)
        return (413, packed(Problem("size"))) if pushed > LINES else desk.link(path, headers, body)

    done = Exchange(desk.store, small, desk.known).run()
    assert (done.sent, done.left) == (OPERATIONS * LINES, 0)
    assert max(sizes) > LINES
    held(hub, desk)


def test_a_request_begun_ahead_says_what_one_in_a_piece_says(written) -> None:
    from kanto_desk.sync.outbox import next_batch
    from kanto_desk.sync.wire import Begun

    _, desk, _ = written
    batch = next_batch(desk.store, f"{desk.store.device()[0]:016x}", 0)
    request = Request(1, "epoch", {"member": 3}, batch, 0, 1006, True, "abc", 12)
    assert msgspec.json.encode(unpacked(Begun(batch).finished(request), Request)) == msgspec.json.encode(
        unpacked(packed(request), Request))
