"""Fields changed on two laptops: what is listed, what a decision writes, and undo of it; with a real hub between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Consultation, Entry, Promise
from kanto_desk.db.records.organizations import Organization
from kanto_desk.hub.overview import overview_of
from kanto_desk.masters import organizations
from kanto_desk.services import bin as bin_
from kanto_desk.services import consultations, contested, history, receipts, timeline
from kanto_desk.services import organizations as companies
from kanto_desk.services.desk import Desk
from tests.ui.synced import NOTES, Two


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    yield made
    made.close()


def test_both_sides_are_listed_with_who_when_and_where(two: Two) -> None:
    two.apart()
    two.sync()
    for desk in (two.one, two.two):
        found = {one.field: one for one in contested.listing(desk.store)}
        assert set(found) == {"theme", "text"}
        assert contested.count(desk.store) == 2
        theme = found["theme"]
        assert theme.root == ("consultation", two.visit)
        assert {(s.words, s.by) for s in theme.sides} == {("医療機器への参入と認証", "高橋 直子"), ("医療機器への参入と薬事", "佐々木 亮")}
        assert [s.here for s in theme.sides] == [True, False]   # one's own stands first, on either laptop
        assert sorted(s.at for s in theme.sides)[0] < two.clock()
        assert "湖南精工" in found["text"].title and found["text"].part.startswith("記録の行")


def test_a_decision_ends_it_on_every_laptop_and_undo_opens_it_again(two: Two) -> None:
    two.apart()
    two.sync()
    store = two.one.store
    found = {one.field: one for one in contested.listing(store)}
    both = contested.joined(found["text"])
    assert isinstance(both, str) and "都産技研" in both and "工業技術センター" in both and "専門家派遣" in both
    mine = next(s for s in found["theme"].sides if s.here)
    root = contested.settle(store, [(found["text"], both), (found["theme"], mine.wire)])
    two.sync()
    for desk in (two.one, two.two):
        assert contested.count(desk.store) == 0
        assert desk.store.get(Entry, two.line).text == both
        assert desk.store.get(Consultation, two.visit).theme == "医療機器への参入と認証"
    done = history.undo(store, root)
    assert done is not None and not done.kept
    again = {one.field: one for one in contested.listing(store)}
    assert {(s.words, s.by) for s in again["theme"].sides} == {(s.words, s.by) for s in found["theme"].sides}
    assert {s.words for s in again["text"].sides} == {s.words for s in found["text"].sides}
    two.sync()
    assert contested.count(two.two.store) == 2, "the other laptop has it to decide again, too"
    assert history.redo(store, root) is not None
    two.sync()
    assert (contested.count(store), contested.count(two.two.store)) == (0, 0)
    assert store.get(Entry, two.line).text == both


def test_a_decision_for_one_text_that_is_taken_back_is_asked_about_again_on_every_laptop(two: Two) -> None:
    two.apart()
    two.sync()
    (text,) = (one for one in contested.listing(two.one.store) if one.field == "text")
    root = contested.settle(two.one.store, [(text, text.sides[0].wire)])
    two.sync()
    two.clock.forward(minutes=5)
    history.undo(two.one.store, root)
    two.sync()
    for desk in (two.one, two.two):
        (again,) = (one for one in contested.listing(desk.store) if one.field == "text")
        assert {side.words for side in again.sides} == {side.words for side in text.sides}


def test_who_wrote_what_is_the_same_on_every_laptop_after_undo_of_a_decision(two: Two) -> None:
    two.apart()
    two.sync()
    before = {(s.words, s.by, s.at, s.laptop) for one in contested.listing(two.two.store) for s in one.sides}
    two.clock.forward(minutes=5)
    root = contested.settle(two.one.store, [(one, one.sides[0].wire) for one in contested.listing(two.one.store)])
    two.sync()
    two.clock.forward(minutes=5)
    history.undo(two.one.store, root)
    two.sync()
    for desk in (two.one, two.two):
        found = contested.listing(desk.store)
        assert {(s.words, s.by, s.at, s.laptop) for one in found for s in one.sides} == before
        assert all([s.here for s in one.sides] == [True, False] for one in found)


def test_a_value_that_came_after_the_page_was_read_is_asked_about_and_not_decided(two: Two) -> None:
    two.apart()
    two.sync()
    read = next(one for one in contested.listing(two.one.store) if one.field == "theme")
    two.put(two.two, "consultation", two.visit, theme="販路をひらく")
    for desk in (two.two, two.one):
        receipts.sync(desk.store, link=two.link)
    contested.settle(two.one.store, [(read, next(s for s in read.sides if s.here).wire)])
    two.sync()
    for desk in (two.one, two.two):
        left = next(one for one in contested.listing(desk.store) if one.field == "theme")
        assert {s.words for s in left.sides} == {"医療機器への参入と認証", "販路をひらく"}
    contested.settle(two.one.store, [(left, "販路をひらく")])
    two.sync()
    assert {desk.store.get(Consultation, two.visit).theme for desk in (two.one, two.two)} == {"販路をひらく"}
    assert not any(one.field == "theme" for desk in (two.one, two.two) for one in contested.listing(desk.store))


def test_a_decision_for_the_value_that_is_shown_is_sent_too(two: Two) -> None:
    two.apart()
    two.sync()
    store = two.two.store
    theme = next(one for one in contested.listing(store) if one.field == "theme")
    shown = next(s for s in theme.sides if s.shown)
    contested.settle(store, [(theme, shown.wire)])
    two.sync()
    two.sync()
    assert all("theme" not in {one.field for one in contested.listing(d.store)} for d in (two.one, two.two))


def test_the_same_written_twice_is_nothing_to_decide_also_after_the_next_edit(two: Two) -> None:
    for desk in (two.one, two.two):
        two.put(desk, "consultation", two.visit, theme="販路")
        two.clock.forward(minutes=1)
    two.sync()
    assert contested.count(two.one.store) == 0
    two.put(two.one, "consultation", two.visit, theme="販路の開拓")
    two.sync()
    for desk in (two.one, two.two):
        assert contested.listing(desk.store) == []
        with desk.store.read() as conn:
            assert conn.execute(select(func.count()).select_from(local.head)).scalar() == 0


def test_what_no_form_shows_is_never_asked_and_is_decided_with_the_rest(two: Two) -> None:
    for desk, text in ((two.one, "右の行"), (two.two, "左の行")):
        two.clock.forward(minutes=1)
        timeline.edit(desk.store, two.visit, two.line, text=text)   # notes when it was edited, too
        if desk is two.two:
            two.put(desk, "entry", two.line, place="b")
    two.sync()
    (found,) = contested.listing(two.one.store)
    assert found.field == "text"
    contested.settle(two.one.store, [(found, found.sides[0].wire)])
    two.sync()
    for desk in (two.one, two.two):
        with desk.store.read() as conn:
            assert conn.execute(select(func.count()).select_from(local.head)).scalar() == 0


def test_an_edit_that_decides_nothing_leaves_the_other_side(two: Two) -> None:
    two.apart()
    two.sync()
    two.clock.forward(minutes=5)
    two.put(two.one, "consultation", two.visit, theme="医療機器への参入、まず認証")
    two.sync()
    words = {s.words for one in contested.listing(two.two.store) if one.field == "theme" for s in one.sides}
    assert words == {"医療機器への参入、まず認証", "医療機器への参入と認証"}


@pytest.mark.parametrize("keep", [True, False])
def test_a_record_deleted_here_and_changed_there_is_asked_about(two: Two, keep: bool) -> None:
    consultations.delete(two.one.store, two.visit)
    two.clock.forward(minutes=1)
    two.put(two.two, "entry", two.line, text="あとから直した行")
    with two.two.store.operation("足す", ("consultation", two.visit)) as op:
        added = op.add("entry", {"consultation": two.visit, "kind": "said", "text": "消した人が知らない行", "place": "b"})
    two.sync()
    for desk in (two.one, two.two):
        found = [one for one in contested.listing(desk.store) if one.deletion]
        assert found and all(one.root == ("consultation", two.visit) for one in found)
        words = "".join(s.words for one in found for s in one.sides)
        assert "あとから直した行" in words and "消した人が知らない行" in words and "消した" in words
        assert contested.count(desk.store) == len(found)
    with two.hub.read() as conn:
        seen = overview_of(two.hub, conn)
    assert seen.conflicts == len(found)
    contested.settle(two.two.store, [(one, keep) for one in contested.listing(two.two.store)])
    two.sync()
    with two.hub.read() as conn:
        assert overview_of(two.hub, conn).conflicts == 0
    for desk in (two.one, two.two):
        assert contested.listing(desk.store) == []
        assert (desk.store.get(Consultation, two.visit).deleted_at is None) is keep
        assert desk.store.get(Entry, added) is not None and desk.store.get(Entry, two.line).text == "あとから直した行"


@pytest.mark.parametrize("earlier", [True, False])
@pytest.mark.parametrize("written", ["visit", "contact"])
@pytest.mark.parametrize("keep", [True, False])
def test_a_company_deleted_here_and_worked_with_there_is_asked_about(
        two: Two, written: str, keep: bool, earlier: bool) -> None:
    with two.one.store.operation("企業") as op:
        company = op.add("organization", {"name": "訪問なし株式会社"})
    two.sync()

    def work() -> None:
        if written == "visit":
            consultations.create(two.two.store, company, {"theme": "離れて始めた相談"})
        else:
            companies.save_contact(two.two.store, company, {"name": "新しい担当者"})
    for each in (work, lambda: companies.delete(two.one.store, company))[::1 if earlier else -1]:
        each()
        two.clock.forward(minutes=1)
    two.sync()
    if earlier:   # the clock says nothing then: who deleted notices, and the other hears of it
        receipts.sync(two.two.store, link=two.link)
    for desk in (two.one, two.two):
        (one,) = contested.listing(desk.store)
        assert one.deletion and one.root == ("organization", company) and contested.count(desk.store) == 1
        assert desk.store.get(Organization, company).deleted_at is None, "it stays in sight until somebody decides"
        if written == "visit" and not earlier:   # of what came whole nobody can tell later that it was the reason
            assert "離れて始めた相談" in "".join(side.words for side in one.sides)
    contested.settle(two.two.store, [(one, keep)])
    two.sync()
    for desk in (two.one, two.two):
        assert contested.listing(desk.store) == []
        assert (desk.store.get(Organization, company).deleted_at is None) is keep


def test_an_older_visit_that_is_edited_brings_no_deleted_company_back(two: Two) -> None:
    companies.delete(two.one.store, two.company)
    two.clock.forward(minutes=1)
    consultations.edit(two.two.store, two.visit, {"theme": "別の件名"})
    two.sync()
    for desk in (two.one, two.two):
        assert contested.listing(desk.store) == []
        assert desk.store.get(Organization, two.company).deleted_at is not None


def test_deciding_the_day_decides_the_fiscal_year_and_undo_takes_both_back(two: Two) -> None:
    consultations.edit(two.one.store, two.visit, {"held_on": date(2027, 4, 1)})
    two.clock.forward(minutes=1)
    consultations.edit(two.two.store, two.visit, {"held_on": date(2027, 3, 31)})
    two.sync()

    def stands(desk: Desk) -> tuple[date | None, int | None]:
        visit = desk.store.get(Consultation, two.visit)
        return visit.held_on, visit.fiscal_year
    (day,) = contested.listing(two.one.store)
    other = next(side for side in day.sides if not side.shown)
    assert stands(two.one) == (date(2027, 3, 31), 2026) and other.wire == "2027-04-01"
    root = contested.settle(two.one.store, [(day, other.wire)])
    two.sync()
    for desk in (two.one, two.two):
        assert stands(desk) == (date(2027, 4, 1), 2027) and contested.count(desk.store) == 0
    history.undo(two.one.store, root)
    assert stands(two.one) == (date(2027, 3, 31), 2026) and contested.count(two.one.store) == 1


def test_more_lines_than_one_step_holds_are_decided_at_once(two: Two) -> None:
    most = 500
    with two.one.store.operation("行", ("consultation", two.visit)) as op:
        lines = [op.add("entry", {"consultation": two.visit, "kind": "said", "text": "行", "place": f"b{n:04}"})
                 for n in range(most)]
    two.sync()
    for desk, text in ((two.one, "一の行"), (two.two, "二の行")):
        two.clock.forward(minutes=1)
        with desk.store.operation("直す", ("consultation", two.visit)) as op:
            for line in lines:
                op.put("entry", line, {"text": text})
        two.put(desk, "entry", two.line, text=text)
    two.sync()
    found = contested.listing(two.one.store)
    assert len(found) == most + 1
    decided = [(one, next(side.wire for side in one.sides if side.here)) for one in found]
    root = contested.settle(two.one.store, decided)
    assert contested.count(two.one.store) == 0
    assert {line.text for line in timeline.lines(two.one.store, two.visit)} == {"一の行"}
    history.undo(two.one.store, root)
    assert 0 < contested.count(two.one.store) < len(found), "the last step is taken back"


def test_the_hub_counts_what_the_desks_count(two: Two) -> None:
    """Two fields with two values; the same value on both sides and a record that both deleted are no question."""
    two.apart()
    for desk in (two.one, two.two):
        two.put(desk, "consultation", two.visit, summary="同じ言葉")
    with two.one.store.operation("足す", ("consultation", two.visit)) as op:
        added = op.add("entry", {"consultation": two.visit, "kind": "said", "text": "どちらも消す行", "place": "b"})
    two.sync()
    for desk in (two.one, two.two):
        two.clock.forward(minutes=1)
        with desk.store.operation("消す", ("consultation", two.visit)) as op:
            op.delete("entry", added)
    two.sync()
    with two.hub.read() as conn:
        assert overview_of(two.hub, conn).conflicts == contested.count(two.one.store) == contested.count(two.two.store) == 2


def test_nothing_is_asked_about_a_record_in_the_bin_until_it_comes_back(two: Two) -> None:
    two.apart()
    two.sync()
    waiting = contested.count(two.one.store)
    consultations.delete(two.two.store, two.visit)   # who deletes it has seen both sides
    two.sync()
    with two.hub.read() as conn:
        assert overview_of(two.hub, conn).conflicts == 0
    for desk in (two.one, two.two):
        assert (contested.count(desk.store), contested.listing(desk.store)) == (0, [])
    (item,) = bin_.listing(two.one.store)
    bin_.restore(two.one.store, item)
    two.sync()
    for desk in (two.one, two.two):
        assert contested.count(desk.store) == len(contested.listing(desk.store)) == waiting == 2
    with two.hub.read() as conn:
        assert overview_of(two.hub, conn).conflicts == 2


def test_what_was_brought_back_and_deleted_anew_stays_deleted(two: Two) -> None:
    """Of the rows that one step deleted only those come back with a contested one that it still deletes."""
    first, second = two.one.store, two.two.store
    with first.operation("足す", ("consultation", two.visit)) as op:
        promise = op.add("promise", {"consultation": two.visit, "text": "資料を送る", "source": two.line})
    two.sync()
    two.clock.forward(minutes=1)
    timeline.delete(first, two.visit, two.line)
    assert first.get(Promise, promise).deleted_at is not None
    two.clock.forward(minutes=1)
    with first.operation("戻す", ("consultation", two.visit)) as op:
        op.put("promise", promise, {"deleted_at": None})
    two.clock.forward(minutes=1)
    consultations.delete_part(first, two.visit, "promise", promise)
    two.put(two.two, "entry", two.line, text="消えたとは知らずに直した")
    two.sync()
    for store in (first, second):
        assert store.get(Entry, two.line).deleted_at is None
        assert store.get(Promise, promise).deleted_at is not None


def test_what_came_as_a_whole_row_while_somebody_typed_is_not_answered_either(two: Two) -> None:
    """A first fill or a new role brings rows without their changes."""
    first, second = two.one.store, two.two.store
    company = organizations()[0]
    with first.operation("強み") as op:
        op.put("organization", company.uid, {"strengths": "先に書いた大事な強み"})
    receipts.sync(first, link=two.link)
    with second.read() as conn:
        assert conn.execute(select(local.change).where(local.change.c.uid == company.uid)).first() is None
    looked = second.seen_now()
    with second.write() as conn:
        conn.execute(delete(local.scope_cursor))   # every scope is filled anew, as for a new laptop
    receipts.sync(second, link=two.link)
    with second.read() as conn:
        assert conn.execute(select(local.change).where(local.change.c.uid == company.uid)).first() is None
    with second.seen_up_to(looked):
        two.put(two.two, "organization", company.uid, strengths="空の欄を見て書いた")
    two.sync()
    for desk in (two.one, two.two):
        (found,) = contested.listing(desk.store)
        assert {s.words for s in found.sides} == {"先に書いた大事な強み", "空の欄を見て書いた"}


def test_what_came_while_somebody_typed_is_not_answered_by_what_he_typed(two: Two) -> None:
    store = two.one.store
    looked = store.seen_now()
    two.clock.forward(minutes=1)
    two.put(two.two, "entry", two.line, text=NOTES + "別の人の一文。")
    receipts.sync(two.two.store, link=two.link)
    receipts.sync(store, link=two.link)
    two.clock.forward(minutes=1)
    with store.seen_up_to(looked):
        two.put(two.one, "entry", two.line, text=NOTES + "打っている人の一文。")
        two.clock.forward(seconds=1)
        two.put(two.one, "entry", two.line, text=NOTES + "打っている人の一文。つづき。")
    two.sync()
    for desk in (two.one, two.two):
        (found,) = contested.listing(desk.store)
        assert {s.words for s in found.sides} == {NOTES + "別の人の一文。", NOTES + "打っている人の一文。つづき。"}
    with store.seen_up_to(store.seen_now()):
        two.put(two.one, "consultation", two.visit, theme="知っていて直した")
    two.sync()
    assert {one.field for one in contested.listing(store)} == {"text"}
