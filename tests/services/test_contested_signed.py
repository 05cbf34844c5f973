"""Edits that arrive at a record which was signed meanwhile: asked about, never silently taken; with a real hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.db.records.consultations import Consultation, Entry
from kanto_desk.errors import Refused
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import aggregate, consultations, contested, finalizing, history, promises, timeline
from tests.ui.synced import NOTES, THEME, Two

SIGNATURE = finalizing.Signature("湖南 花子", "社長", "typed")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    ready(made)
    yield made
    made.close()


def ready(two: Two) -> None:
    """Everything that 確定 asks for, on both laptops."""
    two.put(two.one, "consultation", two.visit, expert="高橋 直子", place="company", summary="要点", started_at=two.clock())
    two.sync()


def accepted(two: Two) -> None:
    """The expert, on the first laptop, accepts what the colleague asks for; both sync."""
    two.sync()
    two.clock.forward(minutes=1)
    (asked,) = [one for one in contested.listing(two.one.store) if one.asked]
    contested.settle(two.one.store, [(asked, True)])
    two.sync()


def signed_and_edited(two: Two) -> str:
    """The first laptop signs, the second one edits, adds and deletes without knowing; both sync. Gives the PDF's hash."""
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    two.clock.forward(minutes=5)
    two.put(two.two, "consultation", two.visit, theme="署名の後の主題")
    two.put(two.two, "entry", two.line, text="署名の後の行")
    with two.two.store.operation("加える", ("consultation", two.visit)) as op:
        op.add("entry", {"consultation": two.visit, "kind": "advice", "text": "加えた行", "at": op.now, "place": "b"})
    two.sync()
    return str(finalizing.versions(two.one.store, two.visit)[-1].pdf)


def test_edits_after_the_signature_are_one_question_on_both_laptops(two: Two) -> None:
    signed_and_edited(two)
    for desk in (two.one, two.two):
        (one,) = contested.listing(desk.store)
        assert one.signed and contested.count(desk.store) == 1
        assert contested.of_record(desk.store, ("consultation", two.visit)) == [one]
        signed, edited = one.sides
        assert THEME in signed.words and "署名の後の主題" in edited.words
        assert "署名の後の行" in edited.words and "加えた行" in edited.words
        assert edited.by == "佐々木 亮" and edited.here == (desk is two.two)


def test_left_out_puts_back_what_was_signed_and_undo_asks_again(two: Two) -> None:
    pdf = signed_and_edited(two)
    store = two.one.store
    (one,) = contested.listing(store)
    root = contested.settle(store, [(one, False)])
    two.sync()
    for desk in (two.one, two.two):
        assert contested.count(desk.store) == 0
        assert desk.store.get(Consultation, two.visit).theme == THEME
        assert desk.store.get(Entry, two.line).text == NOTES
        (version,) = finalizing.versions(desk.store, two.visit)
        assert version.pdf == pdf
    assert history.undo(store, root) is not None
    assert contested.count(store) == 1
    assert store.get(Consultation, two.visit).theme == "署名の後の主題"


def test_taken_in_opens_a_correction_with_a_reason_and_the_first_version_stays(two: Two) -> None:
    pdf = signed_and_edited(two)
    store = two.one.store
    (one,) = contested.listing(store)
    contested.settle(store, [(one, True)])
    two.sync()
    for desk in (two.one, two.two):
        assert contested.count(desk.store) == 0
        assert consultations.get(desk.store, two.visit).state == states.CORRECTED
    assert finalizing.finalize(store, two.one.blobs, two.visit, SIGNATURE).n == 2
    two.sync()
    first, second = finalizing.versions(two.two.store, two.visit)
    assert first.pdf == pdf and "佐々木 亮" in (second.reason or "")
    assert contested.count(two.two.store) == contested.count(store) == 0


def test_a_signature_given_before_an_edit_came_is_refused(two: Two) -> None:
    of = aggregate.digest_of(two.one.store, two.visit)
    two.put(two.two, "consultation", two.visit, theme="届いた主題")
    two.sync()
    with pytest.raises(Refused, match="署名のあとに内容が変わりました"):
        finalizing.finalize(two.one.store, two.one.blobs, two.visit,
                            finalizing.Signature("湖南 花子", "社長", "typed", of=of))
    assert not finalizing.versions(two.one.store, two.visit)


def test_a_line_deleted_after_the_signature_comes_back_when_it_is_left_out(two: Two) -> None:
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    two.clock.forward(minutes=5)
    timeline.delete(two.two.store, two.visit, two.line)
    two.sync()
    store = two.one.store
    one = next(one for one in contested.listing(store) if one.signed)
    assert "記録の行を消した" in one.sides[1].words and NOTES in one.sides[0].words
    contested.settle(store, [(one, False)])
    two.sync()
    for desk in (two.one, two.two):
        assert desk.store.get(Entry, two.line).deleted_at is None
        assert not any(one.signed for one in contested.listing(desk.store))


def test_a_line_withdrawn_from_this_laptop_was_deleted_by_nobody(two: Two) -> None:
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    two.sync()
    with two.one.store.operation("内緒に") as op:   # whoever sees the version and no longer the line
        op.put("entry", two.line, {"kind": "memo"})
    two.sync()
    assert two.two.store.get(Entry, two.line) is None
    assert contested.listing(two.two.store) == []


def test_a_promise_kept_after_the_signature_is_no_edit_of_what_was_signed(two: Two) -> None:
    with two.one.store.operation("約束", ("consultation", two.visit)) as op:
        promise = op.add("promise", {"consultation": two.visit, "text": "図面を送る", "state": "open", "side": "expert"})
    two.sync()
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    two.sync()
    promises.set_done(two.two.store, two.visit, promise, True)
    two.sync()
    assert [contested.count(desk.store) for desk in (two.one, two.two)] == [0, 0]
