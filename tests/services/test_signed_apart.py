"""Edits made apart from a signature: by stick, by several people, of many rows; what is watched, and who is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kanto_desk.db.records.consultations import Consultation
from kanto_desk.errors import Refused
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub import tables as t
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import (
    bundles,
    closing,
    consultations,
    contested,
    contested_signed,
    finalizing,
    history,
    receipts,
    sheets,
    timeline,
)
from kanto_desk.services.desk import Desk
from kanto_desk.services.issued_versions import signed_apart
from kanto_desk.sync.client import Exchange, known_hub
from tests.services.test_contested_signed import SIGNATURE, accepted, ready, signed_and_edited
from tests.sync.parts import a_person
from tests.ui.synced import THEME, Two


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    ready(made)
    yield made
    made.close()


def by_stick(two: Two, desk: Desk, folder: Path) -> None:
    """One trip of a stick: to the hub and back."""
    there, back = (folder / f"{two.clock():%H%M%S}-{desk.store.device()[0]:x}-{way}.kdx" for way in ("to", "from"))
    bundles.make_bundle(desk.store, there, desk.blobs)
    hub_side.take(two.hub, there)
    hub_side.make(two.hub, f"{desk.store.device()[0]:016x}", back)
    bundles.take_bundle(desk.store, back, desk.blobs)


def test_edits_that_come_by_stick_are_one_question_and_the_answer_travels_by_stick(two: Two, tmp_path: Path) -> None:
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    two.clock.forward(minutes=5)
    two.put(two.two, "consultation", two.visit, theme="署名の後の主題")
    for desk in (two.two, two.one, two.two):
        two.clock.forward(minutes=1)
        by_stick(two, desk, tmp_path)
    for desk in (two.one, two.two):
        (one,) = contested.listing(desk.store)
        assert one.signed and "署名の後の主題" in one.sides[1].words and contested.count(desk.store) == 1
    contested.settle(two.one.store, [(contested.listing(two.one.store)[0], False)])
    for desk in (two.one, two.two):
        two.clock.forward(minutes=1)
        by_stick(two, desk, tmp_path)
        assert contested.listing(desk.store) == []
        assert desk.store.get(Consultation, two.visit).theme == THEME


def a_third(two: Two, folder: Path) -> Desk:
    """Another laptop of the same organisation."""
    with two.hub.read() as conn:
        body = str(conn.execute(select(t.body.c.uid)).scalar_one())
    third = two._joined(folder / "three", "田中 実", a_person(two.hub, body, name="田中 実"))
    receipts.sync(third.store, link=two.link)
    return third


def test_everybody_who_edited_is_named_with_time_and_laptop(two: Two, tmp_path: Path) -> None:
    third = a_third(two, tmp_path)
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    two.clock.forward(minutes=5)
    two.put(two.two, "consultation", two.visit, theme="署名の後の主題")
    first = two.clock()
    two.clock.forward(minutes=5)
    two.put(third, "entry", two.line, text="署名の後の行")
    for desk in (third, two.two, two.one, third, two.two):
        receipts.sync(desk.store, link=two.link)
    for desk in (two.one, two.two, third):
        edited = contested.listing(desk.store)[0].sides[1]
        assert [(w.by, w.at, w.here, w.laptop) for w in edited.writers] == [
            ("田中 実", two.clock(), desk is third, third.store.device()[1]),
            ("佐々木 亮", first, desk is two.two, two.two.store.device()[1])]
        assert (edited.by, edited.here) == ("田中 実", desk is third)
    root = contested.settle(two.one.store, [(contested.listing(two.one.store)[0], False)])
    history.undo(two.one.store, root)
    (again,) = contested.listing(two.one.store)
    assert {w.by for w in again.sides[1].writers} == {"田中 実", "佐々木 亮"}, "undo edited nothing itself"
    contested.settle(two.one.store, [(again, True)])
    assert finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE).n == 2
    reason = finalizing.versions(two.one.store, two.visit)[-1].reason or ""
    assert "田中 実" in reason and "佐々木 亮" in reason
    third.close()


def test_more_rows_than_one_operation_holds_are_put_back_and_asked_about_again(two: Two) -> None:
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    for n in range(3):
        with two.two.store.operation("加える", ("consultation", two.visit)) as op:
            for m in range(420):
                op.add("entry", {"consultation": two.visit, "kind": "advice", "text": f"行{n} {m}", "at": op.now,
                                 "place": f"b{n}{m:03}"})
    two.put(two.two, "consultation", two.visit, theme="署名の後の主題")
    two.sync()
    store = two.one.store
    root = contested.settle(store, [(contested.listing(store)[0], False)])
    assert contested.count(store) == 0 and store.get(Consultation, two.visit).theme == THEME
    two.sync()
    assert contested.count(two.two.store) == 0
    for desk in (two.one, two.two):
        assert [line.uid for line in timeline.lines(desk.store, two.visit)] == [two.line]
    while history.undo(store, root):
        pass
    assert contested.count(store) == 1
    assert len(timeline.lines(store, two.visit)) == 1 + 3 * 420, "every step comes back"


def watched(desk: Desk) -> list[str]:
    return list(desk.store.setting(contested_signed.WATCHED) or [])


def test_what_no_longer_differs_is_not_watched_and_an_undo_watches_it_again(two: Two) -> None:
    signed_and_edited(two)
    store = two.one.store
    assert watched(two.one) == watched(two.two) == [two.visit]
    root = contested.settle(store, [(contested.listing(store)[0], False)])
    two.sync()
    assert watched(two.one) == watched(two.two) == []
    assert history.undo(store, root) is not None
    assert watched(two.one) == [two.visit] and contested.count(store) == 1
    two.sync()
    contested.settle(two.two.store, [(contested.listing(two.two.store)[0], True)])
    two.sync()
    assert watched(two.one) == watched(two.two) == [two.visit], "the colleague asks for the correction"
    accepted(two)
    assert watched(two.one) == watched(two.two) == []


def test_edits_that_came_before_the_program_ended_are_asked_about_at_the_next_sync(two: Two) -> None:
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    two.sync()
    two.put(two.two, "consultation", two.visit, theme="署名の後の主題")
    receipts.sync(two.two.store, link=two.link)
    known = known_hub(two.one.store)
    assert known is not None
    Exchange(two.one.store, two.link("", ""), known).run()   # all of a sync that was ended before it looked
    assert two.one.store.get(Consultation, two.visit).theme == "署名の後の主題"
    receipts.sync(two.one.store, link=two.link)
    assert [one.signed for one in contested.listing(two.one.store)] == [True]


def test_a_record_signed_on_two_laptops_apart_is_the_same_on_both_and_a_correction_brings_it_together(two: Two) -> None:
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    two.clock.forward(minutes=5)
    finalizing.finalize(two.two.store, two.two.blobs, two.visit, SIGNATURE)
    accepted(two)
    for desk in (two.one, two.two):
        issued = finalizing.versions(desk.store, two.visit)
        assert [(v.n, v.issued_by) for v in issued] == [(1, "高橋 直子"), (1, "佐々木 亮")], "in one order everywhere"
        assert [(s.n, s.by) for s in signed_apart(issued)] == [(1, "高橋 直子"), (1, "佐々木 亮")]
        assert consultations.get(desk.store, two.visit).state == states.FINAL
        assert contested.count(desk.store) == 0, "what stands is what was signed last, on both"
    assert sheets.preview(two.two.store, two.two.blobs, two.visit).pdf == two.two.blobs.get(issued[-1].pdf or "")
    finalizing.correct(two.one.store, two.visit, "二つの版を一つに")
    assert finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE).n == 2
    two.sync()
    for desk in (two.one, two.two):
        issued = finalizing.versions(desk.store, two.visit)
        assert [v.n for v in issued] == [1, 1, 2] and signed_apart(issued) == []


def test_nothing_undecided_is_signed_and_a_decision_changes_nothing_signed(two: Two) -> None:
    first, second = two.one, two.two
    for desk, words in ((first, "高橋の主題"), (second, "佐々木の主題")):
        two.put(desk, "consultation", two.visit, theme=words)
    two.sync()
    gap = next(g for g in closing.gaps(first.store, two.visit) if g.field == "contested")
    assert gap.blocking and "1件" in gap.text
    with pytest.raises(Refused, match="決まっていません"):
        finalizing.finalize(first.store, first.blobs, two.visit, SIGNATURE)
    (one,) = contested.listing(first.store)
    contested.settle(first.store, [(one, next(s.wire for s in one.sides if s.here))])
    assert not any(g.field == "contested" for g in closing.gaps(first.store, two.visit))
    finalizing.finalize(first.store, first.blobs, two.visit, SIGNATURE)
    two.put(second, "consultation", two.visit, theme="知らずに直した主題")   # this laptop has heard of neither
    two.sync()
    fields = [w for w in contested.listing(first.store) if not w.signed]
    assert fields, "the decision and the edit stand side by side"
    for asked in fields:
        with pytest.raises(Refused, match="訂正を始めてから"):
            contested.settle(first.store, [(asked, next(s.wire for s in asked.sides if not s.shown))])
    assert consultations.get(first.store, two.visit).state == states.FINAL
