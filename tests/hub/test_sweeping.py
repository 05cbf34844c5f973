"""Files that nothing names any more: 30 days from when that was first seen, never one that anything still names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from kanto_desk.db import local
from kanto_desk.db.attachments import CHUNK
from kanto_desk.db.schema import wire_table
from kanto_desk.errors import Refused
from kanto_desk.hub import tables as t
from kanto_desk.hub.backing_up import back_up
from kanto_desk.hub.content_address import LEFT, place_of
from kanto_desk.hub.opening import open_hub, put_value
from kanto_desk.hub.restoring import restore
from kanto_desk.hub.sweeping import DAYS, sweep
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_contents import THUMB, a_photo, carry
from tests.sync.test_exchange import a_visit


@pytest.fixture
def world(tmp_path: Path):
    hub = a_hub(tmp_path / "hub")
    yield hub, a_desk(hub, tmp_path / "one", a_person(hub, a_body(hub)))
    hub.close()


def sent(desk, size: int = 1000) -> tuple[str, str]:
    """A photo of a visit that is at the hub."""
    if not hasattr(desk, "visit"):
        _, desk.visit, _ = a_visit(desk)
    uid, digest = a_photo(desk, desk.visit, size)
    desk.sync()
    assert carry(desk).sent == 1
    return uid, digest


def deleted(desk, uid: str) -> None:
    with desk.store.operation("消す") as op:
        op.delete("attachment", uid)
    desk.sync()


def through(hub, days: int) -> None:
    """So many days, looked through each week."""
    while days > 0:
        hub.clock.forward(days=min(days, 6))
        days -= 6
        sweep(hub)


def what_was_noted(hub) -> list[dict]:
    with hub.read() as conn:
        return [json.loads(d) for d in conn.execute(select(t.audit.c.detail).where(
            t.audit.c.what == "contents swept").order_by(t.audit.c.n)).scalars()]


def test_a_file_goes_thirty_days_after_it_left_the_bin_and_that_is_noted(world) -> None:
    hub, desk = world
    uid, digest = sent(desk, CHUNK + 7)
    _, stays = sent(desk)
    deleted(desk, uid)
    assert sweep(hub).waiting == 0   # in the bin it is named
    through(hub, DAYS + 1)
    assert (sweep(hub).waiting, sweep(hub).waiting_bytes) == (1, CHUNK + 7)
    through(hub, DAYS - 6)
    assert place_of(hub).size(digest) == CHUNK + 7
    hub.clock.forward(days=6)
    seen = sweep(hub, dry=True)
    assert (seen.gone, seen.bytes, seen.waiting) == ([digest], CHUNK + 7, 0)
    assert place_of(hub).size(digest) is not None and what_was_noted(hub) == []
    assert sweep(hub).gone == [digest]
    assert place_of(hub).size(digest) is None and place_of(hub).thumb(digest) is None
    assert place_of(hub).check(stays) and place_of(hub).thumb(stays) == THUMB
    assert what_was_noted(hub) == [{"files": 1, "bytes": CHUNK + 7}]
    assert sweep(hub).gone == [] and len(what_was_noted(hub)) == 1


def test_a_row_that_comes_back_takes_the_mark_away(world) -> None:
    hub, desk = world
    uid, digest = sent(desk)
    deleted(desk, uid)
    through(hub, DAYS + 6)
    with desk.store.operation("戻す") as op:
        op.put("attachment", uid, {"deleted_at": None})
    desk.sync()
    assert sweep(hub).waiting == 0
    deleted(desk, uid)
    hub.clock.forward(days=2)
    assert sweep(hub).gone == [] and place_of(hub).check(digest)


@pytest.mark.parametrize("where", ["version", "body", "head", "refused", "unknown", "strange", "confirmation"])
def test_whatever_else_names_it_keeps_it(world, where: str) -> None:
    hub, desk = world
    uid, digest = sent(desk)
    deleted(desk, uid)
    values = {"version": ("version", "pdf", digest), "body": ("version", "body", json.dumps({"photo": digest})),
              "confirmation": ("confirmation", "paper", digest)}
    with hub.write() as conn:
        if where in values:
            name, column, value = values[where]
            conn.execute(insert(wire_table(name)).values(uid="x", _stamps="{}", **{column: value}))
        elif where == "head":
            conn.execute(insert(local.head).values(type="attachment", uid=uid, field="hash", stamp="x", value=f'"{digest}"'))
        elif where == "refused":
            conn.execute(update(t.received).where(t.received.c.uid == uid, t.received.c.set.contains(digest)).values(
                verdict="held"))
        elif where == "unknown":
            conn.execute(update(wire_table("entry")).values(_unknown=json.dumps({"film": digest})))
        else:
            conn.execute(insert(local.strange).values(type="film", uid="x", _stamps="{}", _unknown=json.dumps({"a": digest})))
    through(hub, 3 * DAYS)
    assert sweep(hub).gone == [] and place_of(hub).check(digest)


def test_what_nobody_ever_named_is_given_its_days_as_well(world) -> None:
    hub, _ = world
    place = place_of(hub)
    digest = "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589"
    place.put(digest, [b"abcd"])
    place.keep_thumb("1" * 64, THUMB)
    assert sweep(hub, dry=True).waiting == 2
    hub.clock.forward(days=DAYS)
    assert sweep(hub).gone == []   # a dry run sets no mark
    through(hub, DAYS - 6)
    hub.clock.forward(days=6)
    assert sorted(sweep(hub).gone) == sorted([digest, "1" * 64])
    assert not list(place.names()) and not list(place.thumbs())


def test_a_clock_that_jumps_removes_nothing_early(world) -> None:
    hub, _ = world
    place_of(hub).put("88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589", [b"abcd"])
    sweep(hub)
    hub.clock.forward(days=4000)
    assert sweep(hub).gone == []
    hub.clock.forward(days=-4000)
    for _ in range(3):
        assert sweep(hub).gone == []
        hub.clock.forward(days=7)
    assert sweep(hub).gone == []
    hub.clock.forward(days=7)
    assert len(sweep(hub).gone) == 1   # the week of the jump counted, and not more


def test_a_hub_that_was_restored_counts_anew(world, tmp_path: Path) -> None:
    hub, desk = world
    uid, digest = sent(desk)
    deleted(desk, uid)
    through(hub, 2 * DAYS)   # marked on the 36th day, when it had left the bin
    made = back_up(hub, tmp_path / "b.kdhub")
    restore(hub.folder, hub.clock, made.file)
    hub.clock.forward(days=6)
    assert sweep(hub).gone == [] and place_of(hub).check(digest)
    anew = restore(tmp_path / "anew", hub.clock, made.file)
    assert anew.anew
    other = open_hub(tmp_path / "anew", hub.clock)
    assert sweep(other).gone == [] and place_of(other).check(digest)
    other.close()
    through(hub, DAYS)
    assert place_of(hub).size(digest) is None


class Dying:
    """A store that fails after so many removals."""

    def __init__(self, inner, after: int) -> None:
        self.inner, self.left = inner, after

    def __getattr__(self, name: str):
        return getattr(self.inner, name)

    def drop(self, digest: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("died")
        self.inner.drop(digest)


def test_a_sweep_that_died_is_gone_on_with_and_noted_whole(world) -> None:
    hub, desk = world
    photos = [sent(desk, 1000 + n) for n in range(3)]
    for uid, _ in photos:
        deleted(desk, uid)
    through(hub, 2 * DAYS)   # marked on the 36th day, when it had left the bin
    hub.clock.forward(days=6)
    hub.place = Dying(place_of(hub), 2)
    with pytest.raises(RuntimeError):
        sweep(hub)
    hub.place = None
    assert len(list(place_of(hub).names())) == 1 and what_was_noted(hub) == []
    sweep(hub)
    assert not list(place_of(hub).names()) and [n["files"] for n in what_was_noted(hub)] == [3]


def test_files_on_their_way_to_another_store_are_left_alone(world) -> None:
    hub, _ = world
    with hub.write() as conn:
        put_value(conn, LEFT, "s3://bucket/x?region=ap-northeast-1")
    with pytest.raises(Refused, match="hub contents move"):
        sweep(hub)
