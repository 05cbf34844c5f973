"""The one write path: the same changes give the same rows in every order, and nothing written is dropped unseen."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from kanto_desk.db import local
from kanto_desk.db.apply import Change, apply, load, unseen
from kanto_desk.db.dialect import make_engine, writing
from kanto_desk.db.migrations import RECORDS, migrate
from kanto_desk.db.schema import wire_table
from kanto_desk.db.stamps import clock_of, device_of, pack, see, stamp, tick, unpack
from tests.db.parts import a_store

UID = "0" * 31 + "1"


def a_change(dev: int, seq: int, hlc: int, values: dict, base: dict | None = None) -> Change:
    return Change(dev, seq, hlc, 1, f"tx{dev}-{seq}", "promise", UID, values, base or {}, "誰か", "2026-11-24")


def a_history(seed: int, devices: int = 3, length: int = 12) -> list[Change]:
    """Writers who each know some of the others' changes, with bases that name what they saw, clocks that are off."""
    rnd = random.Random(seed)
    known: dict[int, list[Change]] = {d: [] for d in range(1, devices + 1)}
    clocks = dict.fromkeys(known, 0)
    made: list[Change] = []
    for n in range(length):
        dev = rnd.choice(list(known))
        for other in made:
            if other not in known[dev] and rnd.random() < 0.4:
                known[dev].append(other)
        name = rnd.choice(["text", "who"])
        heads = alive(known[dev], name)
        hlc = tick(max([clocks[dev], *(c.hlc for c in known[dev])]) if rnd.random() < 0.8 else clocks[dev],
                   rnd.randrange(50))
        clocks[dev] = hlc
        base = {name: sorted(heads)} if heads and rnd.random() < 0.8 else {}
        c = a_change(dev, n + 1, hlc, {name: f"{dev}の{n}"}, base)
        made.append(c)
        known[dev].append(c)
    return made


def alive(changes: list[Change], name: str) -> dict[str, str]:
    """The oracle: values that no change names as base."""
    superseded = {s for c in changes for s in c.base.get(name, [])}
    return {c.stamp: c.set[name] for c in changes if name in c.set and c.stamp not in superseded}


def outcome(engine, changes: list[Change], sizes: list[int]) -> tuple:
    with writing(engine) as conn:
        i = 0
        while i < len(changes):
            n = sizes[i % len(sizes)]
            apply(conn, unseen(conn, changes[i:i + n]), "merge")
            i += n
        row = load(conn, [("promise", UID)])["promise", UID]
        heads = {(h.field, h.stamp): json.loads(h.value) for h in conn.execute(select(local.head))}
        conn.rollback()
    return row.values, row.stamps, heads


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = make_engine(tmp_path_factory.mktemp("apply") / "records.db", b"k" * 32)
    migrate(made, RECORDS)
    yield made
    made.dispose()


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9), order=st.randoms(use_true_random=False), sizes=st.lists(
    st.integers(1, 4), min_size=1, max_size=4))
def test_every_order_of_arrival_gives_what_the_oracle_says(engine, seed, order, sizes):
    history = a_history(seed)
    shuffled = list(history)
    order.shuffle(shuffled)
    doubled = shuffled + order.sample(shuffled, 3)
    values, stamps, heads = outcome(engine, doubled, sizes)
    for name in ("text", "who"):
        left = alive(history, name)
        if not left:
            assert name not in values
            continue
        top = max(left)
        assert values[name] == left[top]
        assert stamps[name] == top
        assert {s: v for (f, s), v in heads.items() if f == name} == {s: v for s, v in left.items() if s != top}


def test_a_concurrent_value_is_kept_as_head_and_a_resolution_clears_it(tmp_path: Path):
    store = a_store(tmp_path)
    first = a_change(1, 1, 10, {"text": "見積もり"})
    mine = a_change(1, 2, 20, {"text": "見積もりを送る"}, {"text": [first.stamp]})
    theirs = a_change(2, 1, 30, {"text": "見積もりを出す"}, {"text": [first.stamp]})
    store.apply([first, mine, theirs], "merge")
    with store.read() as conn:
        assert load(conn, [("promise", UID)])["promise", UID].values["text"] == "見積もりを出す"
        assert conn.execute(select(local.head.c.value)).scalars().all() == ['"見積もりを送る"']
    store.apply([a_change(1, 3, 40, {"text": "送って出す"}, {"text": [mine.stamp, theirs.stamp]})], "merge")
    with store.read() as conn:
        assert load(conn, [("promise", UID)])["promise", UID].values["text"] == "送って出す"
        assert conn.execute(select(local.head)).all() == []


def test_an_unknown_field_is_kept_with_its_stamp(tmp_path: Path):
    store = a_store(tmp_path)
    change = a_change(1, 1, 10, {"text": "本文", "colour_of_tomorrow": [1, "二"]})
    store.apply([change], "merge")
    with store.read() as conn:
        row = load(conn, [("promise", UID)])["promise", UID]
        assert row.unknown == {"colour_of_tomorrow": [1, "二"]}
        assert row.stamps["colour_of_tomorrow"] == change.stamp
        assert conn.execute(select(wire_table("promise").c["_unknown"])).scalar() == '{"colour_of_tomorrow":[1,"二"]}'


def test_shipped_and_sample_rows_are_not_journalled(tmp_path: Path):
    store = a_store(tmp_path)
    store.apply([a_change(0, 1, 10, {"text": "見本"})], "sample")
    with store.read() as conn:
        assert conn.execute(select(local.change)).all() == []
        assert conn.execute(text("SELECT _sample FROM promise")).scalar() == 1


def test_a_failing_projection_leaves_nothing_behind(tmp_path: Path):
    store = a_store(tmp_path)

    def broken(conn, rows):
        raise OSError("no space")

    store.projections = (*store.projections, broken)
    with pytest.raises(OSError, match="no space"):
        store.apply([a_change(1, 1, 10, {"text": "x"})], "merge")
    with store.read() as conn:
        for table in ("promise", "change", "head", "gone", "found", "record_index"):
            assert conn.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


@given(hlc=st.integers(0, 2**64 - 1), dev=st.integers(0, 2**64 - 1))
def test_stamps_keep_clock_and_device(hlc, dev):
    assert (clock_of(stamp(hlc, dev)), device_of(stamp(hlc, dev))) == (hlc, dev)


@given(a=st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)),
       b=st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)))
def test_stamp_text_orders_as_clock_then_device(a, b):
    assert (stamp(*a) < stamp(*b)) == (a < b)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
                       st.sampled_from([stamp(1, 1), stamp(2, 1), stamp(3, 9)])))
def test_packed_stamps_unpack(stamps):
    assert unpack(pack(stamps)) == stamps


def test_a_stamp_from_the_far_future_does_not_advance_the_clock():
    now = 1_000_000
    assert see(5, (now + 6 * 60_000) << 16, now) == 5
    assert see(5, (now + 4 * 60_000) << 16, now) == (now + 4 * 60_000) << 16
