"""Another value for a contested field, written as an import reads it: by kind, by length, and refused where none fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.db.records.consultations import Consultation
from kanto_desk.errors import Refused
from kanto_desk.services import contested, rewriting
from tests.ui.synced import Two


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    yield made
    made.close()


def test_days_numbers_and_texts_are_read_and_what_is_none_is_refused(two: Two) -> None:
    for desk, day, nth, theme in ((two.one, 26, 4, "甲"), (two.two, 27, 5, "乙")):
        two.put(desk, "consultation", two.visit, held_on=two.clock().date().replace(day=day), nth=nth, theme=theme)
    two.sync()
    store = two.one.store
    waiting = {one.field: one for one in contested.listing(store)}
    assert set(waiting) == {"held_on", "nth", "theme"}
    assert rewriting.read(store, waiting["held_on"], "令和8年11月26日") == "2026-11-26"
    assert rewriting.read(store, waiting["nth"], "６") == 6
    assert rewriting.read(store, waiting["theme"], "") is None
    for name, text in (("held_on", "いつか"), ("nth", "六つ目"), ("theme", "あ" * 41)):
        with pytest.raises(Refused):
            rewriting.read(store, waiting[name], text)
    contested.settle(store, [(waiting["theme"], rewriting.read(store, waiting["theme"], "　丙の主題 "))])
    two.sync()
    for desk in (two.one, two.two):
        assert desk.store.get(Consultation, two.visit).theme == "丙の主題"
        assert {one.field for one in contested.listing(desk.store)} == {"held_on", "nth"}


def test_a_deletion_cannot_be_written_anew(two: Two) -> None:
    two.put(two.one, "entry", two.line, text="直した行")
    with two.two.store.operation("消す", ("consultation", two.visit)) as op:
        op.delete("entry", two.line)
    two.sync()
    (one,) = contested.listing(two.one.store)
    assert one.deletion
    with pytest.raises(Refused, match="書き直せません"):
        rewriting.read(two.one.store, one, "別の行")
