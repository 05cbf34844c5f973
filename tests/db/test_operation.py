"""Operations, undo and redo, autosave extension, history: on a real encrypted store."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from kanto_desk.db import journal, local
from kanto_desk.db.apply import Change
from kanto_desk.db.records.consultations import Consultation, Entry
from kanto_desk.db.store import Store, next_number, read_all
from tests.db.parts import SetClock, a_store


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(tmp_path: Path, clock: SetClock):
    made = a_store(tmp_path, clock)
    yield made
    made.close()


def a_consultation(store: Store) -> tuple[str, str]:
    with store.operation("つくる", undoable=False) as op:
        uid = op.add("consultation", {"theme": "医療機器参入", "held_on": store.clock().date()})
        op.root = ("consultation", uid)
    return "consultation", uid


def theme(store: Store, root: tuple[str, str]) -> str | None:
    found = store.get(Consultation, root[1])
    assert found is not None
    return found.theme


def put(store: Store, root: tuple[str, str], value: str, extend: str | None = None) -> None:
    with store.operation("編集", root, extend=extend) as op:
        op.put(*root, {"theme": value})


def changes(store: Store) -> list:
    with store.read() as conn:
        return list(conn.execute(select(local.change).order_by(local.change.c.id)))


def test_a_record_handed_out_is_read_only(store):
    root = a_consultation(store)
    found = store.get(Consultation, root[1])
    with pytest.raises(AttributeError, match="read-only"):
        found.theme = "別"


def test_what_does_not_change_is_not_written(store):
    root = a_consultation(store)
    put(store, root, "医療機器参入")
    assert len(changes(store)) == 1


def test_an_exception_rolls_everything_back_and_announces_nothing(store):
    told = []
    store.listeners.append(told.append)
    with pytest.raises(RuntimeError), store.operation("失敗") as op:
        op.add("promise", {"text": "x"})
        raise RuntimeError
    assert changes(store) == []
    assert told == []


def test_listeners_hear_after_commit_what_was_touched(store):
    told = []
    store.listeners.append(lambda touched: told.append((touched, len(changes(store)))))
    root = a_consultation(store)
    assert told[0][0].keys == frozenset({root})
    assert told[0][1] == 1


def test_autosaves_extend_one_change_and_keep_the_first_before_value(store, clock):
    root = a_consultation(store)
    for value in ("い", "いま", "いまは"):
        clock.forward(seconds=1)
        put(store, root, value, extend="theme")
    rows = changes(store)
    assert len(rows) == 2
    assert '"theme":"いまは"' in rows[1].set
    assert '"医療機器参入"' in rows[1].before
    store.undo(root)
    assert theme(store, root) == "医療機器参入"


def test_a_pause_starts_a_new_step(store, clock):
    root = a_consultation(store)
    put(store, root, "a", extend="theme")
    clock.forward(seconds=11)
    put(store, root, "b", extend="theme")
    store.undo(root)
    assert theme(store, root) == "a"


def test_a_frozen_change_is_never_extended(store):
    root = a_consultation(store)
    put(store, root, "a", extend="theme")
    with store.write() as conn:
        conn.execute(update(local.change).values(frozen=1))
    put(store, root, "b", extend="theme")
    rows = changes(store)
    assert [r.set for r in rows[1:]] == ['{"theme":"a"}', '{"theme":"b"}']


def test_a_change_received_in_between_stops_extension(store):
    root = a_consultation(store)
    put(store, root, "a", extend="theme")
    mine = changes(store)[-1]
    theirs = Change(7, 1, int(mine.hlc, 16) + 1, 1, "t", *root, {"summary": "x"}, {}, "佐々木", "2026-11-24")
    store.apply([theirs], "merge")
    put(store, root, "b", extend="theme")
    assert len(changes(store)) == 4


def test_a_hundred_steps_back_and_forth(store, clock):
    root = a_consultation(store)
    for n in range(100):
        clock.forward(seconds=20)
        put(store, root, f"第{n}稿")
    for n in range(98, -1, -1):
        assert store.undo(root) is not None
        assert theme(store, root) == f"第{n}稿"
    assert store.undo(root) is not None
    assert theme(store, root) == "医療機器参入"
    assert store.undo(root) is None      # making the record is not undone
    for n in range(100):
        assert store.redo(root) is not None
        assert theme(store, root) == f"第{n}稿"
    assert store.redo(root) is None
    assert len(changes(store)) == 301    # history is never rewritten


def test_undo_of_adding_moves_to_the_bin_and_redo_brings_back(store):
    root = a_consultation(store)
    with store.operation("行", root) as op:
        uid = op.add("entry", {"consultation": root[1], "text": "来年から受注が2割減る"})
    store.undo(root)
    with store.read() as conn:
        assert read_all(conn, Entry) == []
        assert [e.uid for e in read_all(conn, Entry, deleted=True)] == [uid]
    store.redo(root)
    with store.read() as conn:
        assert [e.text for e in read_all(conn, Entry)] == ["来年から受注が2割減る"]


def test_undo_leaves_what_somebody_changed_later_and_names_them(store):
    root = a_consultation(store)
    with store.operation("編集", root) as op:
        op.put(*root, {"theme": "a", "place": "諏訪市"})
    mine = changes(store)[-1]
    base = {"theme": [mine.hlc + mine.dev]}
    store.apply([Change(7, 1, int(mine.hlc, 16) + 9, 1, "t", *root, {"theme": "佐々木の題"}, base, "佐々木",
                        "2026-11-24")], "merge")
    label, kept = store.undo(root)
    assert label == "編集"
    assert [(k.field, k.by) for k in kept] == [("theme", "佐々木")]
    found = store.get(Consultation, root[1])
    assert (found.theme, found.place) == ("佐々木の題", None)


def test_a_step_that_cannot_be_undone_is_a_wall(store):
    root = a_consultation(store)
    put(store, root, "a")
    with store.operation("署名と確定", root, undoable=False) as op:
        op.add("transition", {"record": root[1], "to_state": "final"})
    assert store.undo(root) is None
    assert theme(store, root) == "a"


def test_undo_survives_closing_and_opening(tmp_path, clock):
    from kanto_desk.db.dialect import make_engine

    key = b"q" * 32
    engine = make_engine(tmp_path / "r.db", key)
    from kanto_desk.db.migrations import RECORDS, migrate
    from kanto_desk.db.store import new_device

    migrate(engine, RECORDS)
    store = Store(engine, clock)
    with store.write() as conn:
        new_device(conn, clock)
    root = a_consultation(store)
    put(store, root, "a")
    store.close()
    again = Store(make_engine(tmp_path / "r.db", key), clock)
    assert again.undo(root) is not None
    assert theme(again, root) == "医療機器参入"
    again.close()


def test_deleting_names_every_stamp_it_saw(store):
    root = a_consultation(store)
    with store.operation("消す", root) as op:
        op.delete(*root)
    import json

    base = json.loads(changes(store)[-1].base)
    assert {"theme", "held_on"} <= set(base)


def test_text_is_cleaned_on_the_way_in(store):
    with store.operation("x") as op:
        uid = op.add("promise", {"text": "髙﨑\x00𠮷\ud800野\r\n二行"})
    with store.read() as conn:
        assert conn.execute(text("SELECT text FROM promise WHERE uid=:u"), {"u": uid}).scalar() == "髙﨑𠮷野\n二行"


def test_five_hundred_rows_are_the_most(store):
    with pytest.raises(ValueError, match="501"), store.operation("x") as op:
        for n in range(501):
            op.add("promise", {"text": str(n)})
    assert changes(store) == []


def test_numbers_of_changes_have_no_gap_and_the_clock_never_goes_back(store, clock):
    root = a_consultation(store)
    put(store, root, "a")
    clock.forward(days=-400)
    put(store, root, "b")
    rows = changes(store)
    assert [r.seq for r in rows] == [1, 2, 3]
    assert [r.hlc for r in rows] == sorted(r.hlc for r in rows)
    assert theme(store, root) == "b"


def test_running_numbers_are_given_once(store):
    with store.write() as conn:
        given = [next_number(conn, "a") for _ in range(3)] + [next_number(conn, "b")]
    assert given == [1, 2, 3, 1]


def test_history_groups_by_operation_newest_first(store, clock):
    root = a_consultation(store)
    clock.forward(minutes=1)
    put(store, root, "新しい題")
    with store.read() as conn:
        groups = journal.history(conn, journal.parts_of(conn, root))
    assert [g.label for g in groups] == ["編集", "つくる"]
    assert groups[0].edits[0].fields["theme"] == ("医療機器参入", "新しい題")
    assert groups[1].edits[0].created


def test_rows_count_stays_when_the_bin_is_used(store):
    root = a_consultation(store)
    with store.operation("消す", root) as op:
        op.delete(*root)
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(Consultation)).scalar() == 1
