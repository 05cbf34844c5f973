"""A colleague who is not the expert of a visit signs, corrects and answers: it is asked for, and the expert decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kanto_desk.db.records.dossier import Version
from kanto_desk.db.store import read_all
from kanto_desk.errors import Refused
from kanto_desk.hub import tables as t
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import consultations, contested, finalizing, receipts, refusals, visit_steps
from kanto_desk.services.desk import Desk
from tests.services.test_contested_signed import SIGNATURE, ready
from tests.ui.synced import Two


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    ready(made)
    yield made
    made.close()


def both(two: Two) -> tuple[Desk, Desk]:
    return two.one, two.two


def states_of(two: Two) -> list[str]:
    return [consultations.get(desk.store, two.visit).state for desk in both(two)]


def issued_of(two: Two) -> list[list[int | None]]:
    return [[v.n for v in finalizing.versions(desk.store, two.visit)] for desk in both(two)]


def sign(two: Two, desk: Desk) -> finalizing.Issued:
    two.clock.forward(minutes=1)
    return finalizing.finalize(desk.store, desk.blobs, two.visit, SIGNATURE)


def answer(two: Two, accepted: bool) -> None:
    two.clock.forward(minutes=1)
    (one,) = contested.listing(two.one.store)
    contested.settle(two.one.store, [(one, accepted)])
    two.sync()


def test_a_colleagues_signature_counts_when_the_expert_accepts_it(two: Two) -> None:
    issued = sign(two, two.two)
    assert issued.asked == "高橋 直子" and two.two.blobs.get(issued.pdf and finalizing_pdf(two)) is not None
    two.sync()
    assert states_of(two) == [states.DRAFT] * 2 and issued_of(two) == [[], []]
    assert refusals.count(two.two.store) == 0, "the hub takes it: it is a request"
    assert (contested.count(two.one.store), contested.count(two.two.store)) == (1, 0), "only the expert is asked"
    (one,) = contested.listing(two.one.store)
    assert one.asked and one.root == ("consultation", two.visit)
    assert one.sides[1].by == "佐々木 亮" and "湖南 花子" in one.sides[1].words and "第1版" in one.sides[1].words
    answer(two, accepted=True)
    assert states_of(two) == [states.FINAL] * 2 and issued_of(two) == [[1], [1]]
    assert [contested.count(desk.store) for desk in both(two)] == [0, 0]
    assert [refusals.count(desk.store) for desk in both(two)] == [0, 0]


def finalizing_pdf(two: Two) -> str:
    with two.two.store.read() as conn:
        return str(read_all(conn, Version, Version.record == two.visit)[0].pdf)


def test_a_declined_signature_counts_nowhere_and_is_not_lost(two: Two) -> None:
    sign(two, two.two)
    two.sync()
    answer(two, accepted=False)
    assert states_of(two) == [states.DRAFT] * 2 and issued_of(two) == [[], []]
    assert [contested.count(desk.store) for desk in both(two)] == [0, 0]
    for desk in both(two):
        with desk.store.read() as conn:
            assert len(read_all(conn, Version, Version.record == two.visit)) == 1, "what was signed stays"
    assert sign(two, two.one).n == 1
    two.sync()
    assert states_of(two) == [states.FINAL] * 2 and issued_of(two) == [[1], [1]]


def test_who_signs_again_is_asked_for_once_and_a_change_takes_the_signature_away(two: Two) -> None:
    sign(two, two.two)
    sign(two, two.two)
    two.sync()
    assert contested.count(two.one.store) == 1
    two.put(two.one, "consultation", two.visit, summary="署名のあとに変えた要点")
    (one,) = contested.listing(two.one.store)
    with pytest.raises(Refused, match="署名のあとに、内容が変わりました"):
        contested.settle(two.one.store, [(one, True)])
    assert contested.count(two.one.store) == 1 and states_of(two)[0] == states.DRAFT
    answer(two, accepted=False)
    assert contested.count(two.one.store) == 0
    with pytest.raises(Refused, match="もう返事がありました"):
        contested.settle(two.one.store, [(one, True)])


def test_a_colleagues_correction_opens_the_record_when_it_is_accepted(two: Two) -> None:
    sign(two, two.one)
    two.sync()
    assert finalizing.correct(two.two.store, two.visit, "期限の誤記") == "高橋 直子"
    with pytest.raises(Refused, match="高橋 直子さんの確認を待っています"):
        finalizing.correct(two.two.store, two.visit, "もう一度")
    two.sync()
    assert states_of(two) == [states.FINAL] * 2
    assert "期限の誤記" in contested.listing(two.one.store)[0].sides[1].words
    answer(two, accepted=True)
    assert states_of(two) == [states.CORRECTED] * 2


def test_two_laptops_of_the_expert_that_answer_apart_say_the_same_afterwards(two: Two, tmp_path: Path) -> None:
    with two.hub.read() as conn:
        person = str(conn.execute(select(t.person.c.uid).where(t.person.c.name == "高橋 直子")).scalar_one())
    second = two._joined(tmp_path / "own2", "高橋 直子", person)
    receipts.sync(second.store, link=two.link)
    sign(two, two.two)
    for desk in (two.two, two.one, second):
        receipts.sync(desk.store, link=two.link)
    for desk, accepted in ((two.one, False), (second, True)):
        two.clock.forward(minutes=1)
        contested.settle(desk.store, [(contested.listing(desk.store)[0], accepted)])
    for desk in (second, two.one, two.two, second):
        receipts.sync(desk.store, link=two.link)
    for desk in (two.one, two.two, second):
        assert consultations.get(desk.store, two.visit).state == states.DRAFT, "the first answer stands"
        assert contested.count(desk.store) == 0
    second.close()


def test_the_hub_takes_no_step_or_answer_of_who_may_only_ask(two: Two) -> None:
    def step(before: str, after: str, **facts: str) -> None:
        two.clock.forward(minutes=1)
        with two.two.store.operation("状態") as op:
            op.add("transition", {"record_type": "consultation", "record": two.visit, "from_state": before,
                                  "to_state": after, "by": "佐々木 亮", "at": two.clock(), "facts": facts})
    sign(two, two.two)
    with two.two.store.read() as conn:
        (asked,) = visit_steps.resolved(conn, [two.visit])[two.visit].waiting
    step("draft", "accepted", of=asked.uid)
    step("draft", "final")   # as a program before this one writes it
    assert states_of(two)[1] == states.FINAL
    with two.two.store.operation("版") as op:
        op.add("version", {"record_type": "consultation", "record": two.visit, "n": 1, "body": {}, "sha256": "0" * 64})
    two.sync()
    assert [r.why[:10] for r in refusals.listing(two.two.store)] == ["この相談の確定や訂正"] * 3
    assert states_of(two) == [states.DRAFT] * 2 and issued_of(two)[0] == []
    assert contested.count(two.one.store) == 1, "the request stands"


def test_who_made_a_visit_for_somebody_else_decides_too_and_who_takes_it_over_does(two: Two) -> None:
    two.put(two.one, "consultation", two.visit, expert="外部 専門家")
    two.sync()
    assert sign(two, two.two).asked == "外部 専門家"
    two.sync()
    assert contested.count(two.one.store) == 1, "the visit was made on this laptop"
    two.put(two.two, "consultation", two.visit, expert="佐々木　亮")
    two.sync()
    assert sign(two, two.two).asked == ""
    two.sync()
    assert states_of(two) == [states.FINAL] * 2 and refusals.count(two.two.store) == 0
