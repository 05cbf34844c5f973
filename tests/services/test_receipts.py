"""What a sync leaves behind: receipts, what is unsent and by when, refused changes and their ways out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kanto_desk.db.records.consultations import Consultation
from kanto_desk.errors import Trouble
from kanto_desk.services import contested, merged_alone, receipts, refusals, sending
from kanto_desk.services.receipts import Automatic
from tests.ui.synced import Two, refuse


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    yield made
    made.close()


def test_what_will_be_sent_is_counted_by_kind_and_by_record_with_its_deadline(two: Two) -> None:
    assert sending.unsent(two.one.store) == sending.Unsent()
    assert sending.standing(two.one.store) == sending.Standing(0, None, enrolled=True)
    two.apart()
    two.put(two.one, "organization", two.company, city="諏訪市")
    two.clock.forward(days=4)
    found = sending.unsent(two.one.store)
    assert dict(found.kinds) == {"相談": 1, "記録の行": 1, "企業・団体": 1}
    assert found.changes == 3
    assert {(one.root, one.changes) for one in found.records} == {
        (("consultation", two.visit), 2), (("organization", two.company), 1)}
    assert found.due is not None and found.due.left == sending.WITHIN_DAYS - 4
    two.clock.forward(days=3)
    due = sending.standing(two.one.store).due
    assert due is not None and due.left == -2 and due.last - due.since == timedelta(days=sending.WITHIN_DAYS)
    two.sync()
    assert sending.standing(two.one.store) == sending.Standing(0, None, enrolled=True)


def test_a_receipt_tells_what_went_and_came_and_what_is_contested(two: Two) -> None:
    two.apart()
    sent = receipts.sync(two.one.store, link=two.link)
    assert (sent.sent, sent.left, sent.stopped, sent.trouble) == (2, 0, False, "")
    other = receipts.sync(two.two.store, link=two.link)
    assert (other.sent, other.came, other.conflicts) == (2, 2, 2)
    assert receipts.kept(two.two.store)[0] == other
    assert sending.last_success(two.two.store) == two.clock()


def test_a_hub_that_is_away_is_told_and_leaves_everything_to_send(two: Two) -> None:
    two.apart()
    before = sending.unsent(two.one.store)
    two.link.down = True
    for _ in range(3):
        with pytest.raises(Trouble, match="つながりません"):
            receipts.sync(two.one.store, link=two.link)
        two.clock.forward(minutes=30)
    assert sending.unsent(two.one.store).changes == before.changes
    kept = receipts.kept(two.one.store)
    assert [bool(one.trouble) for one in kept[:2]] == [True, False], "tries in vain do not push the receipts out"
    assert receipts.sync(two.one.store, link=_up(two)).sent == 2


def _up(two: Two) -> object:
    two.link.down = False
    return two.link


def test_a_stopped_sync_says_what_is_left(two: Two) -> None:
    two.apart()
    stopped = receipts.sync(two.one.store, lambda _receipt: False, two.link)
    assert stopped.stopped


def test_two_syncs_of_one_store_go_one_after_the_other(two: Two) -> None:
    two.apart()
    inside, most = [0], [0]

    def asked() -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        inside[0] -= 1
    two.link.asked = asked
    threads = [threading.Thread(target=receipts.sync, args=(two.one.store,), kwargs={"link": two.link}) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most[0] == 1 and sum(one.sent for one in receipts.kept(two.one.store)) == 3 + 2


def test_the_clock_is_told_when_it_is_more_than_five_minutes_off(two: Two) -> None:
    now = two.hub.clock
    two.hub.clock = lambda: now() + timedelta(minutes=20)
    assert receipts.sync(two.one.store, link=two.link).clock_ms == 20 * 60_000
    two.hub.clock = now
    assert receipts.sync(two.one.store, link=two.link).clock_ms == 0


def test_the_automatic_sync_is_a_setting_of_this_laptop(two: Two) -> None:
    assert receipts.automatic(two.one.store) == Automatic(on=True, minutes=30)
    receipts.set_automatic(two.one.store, Automatic(on=False, minutes=120))
    assert receipts.automatic(two.one.store) == Automatic(on=False, minutes=120)
    assert receipts.automatic(two.two.store).on


def _refuse(two: Two, reason: str = "role") -> refusals.NotTaken:
    """An edit that the hub answers with a no."""
    refuse(two, reason)
    (one,) = refusals.listing(two.one.store)
    return one


def test_a_refused_change_says_why_and_can_be_put_away_and_brought_back(two: Two) -> None:
    one = _refuse(two)
    assert "役割" in one.why and "湖南精工" in one.title and dict(one.values)["件名"] == "書いてはいけないこと"
    assert refusals.count(two.one.store) == 1
    assert "書いてはいけないこと" in refusals.as_text(one) and one.why in refusals.as_text(one)
    refusals.put_away(two.one.store, one)
    assert refusals.listing(two.one.store) == [] and refusals.count(two.one.store) == 0
    refusals.bring_back(two.one.store, one)
    assert refusals.listing(two.one.store) == [one]
    assert two.one.store.get(Consultation, two.visit).theme == "書いてはいけないこと"


def test_sent_again_it_replaces_at_the_hub_what_the_refused_one_replaced(two: Two) -> None:
    one = _refuse(two)
    known = two.one.store.setting("hub")
    two.one.store.set_setting("hub", {**known, "acked": one.seq})   # the hub has seen it, and did not take it
    with two.hub.write() as conn:
        from kanto_desk.hub import tables as t
        conn.execute(t.device.update().where(t.device.c.dev == f"{two.one.store.device()[0]:016x}").values(seq=one.seq))
    refusals.send_again(two.one.store, one)
    assert refusals.count(two.one.store) == 0
    two.sync()
    for desk in (two.one, two.two):
        assert desk.store.get(Consultation, two.visit).theme == "書いてはいけないこと"
        assert contested.listing(desk.store) == []


def test_what_became_one_by_itself_is_listed_and_what_is_asked_is_not(two: Two) -> None:
    for desk, values in ((two.one, {"theme": "一が直した"}), (two.two, {"summary": "二が書いた"})):
        two.put(desk, "consultation", two.visit, **values)
    for desk, city in ((two.one, "諏訪市"), (two.two, "岡谷市")):
        two.put(desk, "organization", two.company, city=city)
    assert receipts.sync(two.one.store, link=two.link).merged == ()
    noted = receipts.sync(two.two.store, link=two.link)
    assert noted.merged == (("consultation", two.visit),), "the company is contested"
    assert receipts.kept(two.two.store)[0] == noted
    assert [title for _, title in merged_alone.titles(two.two.store, noted.merged)] == ["株式会社 湖南精工 第3回"]
    assert receipts.sync(two.two.store, link=two.link).merged == ()


def test_a_receipt_keeps_no_name_of_a_record_that_was_withdrawn(two: Two) -> None:
    two.put(two.one, "consultation", two.visit, theme="一が直した")
    two.put(two.two, "consultation", two.visit, summary="二が書いた")
    receipts.sync(two.one.store, link=two.link)
    noted = receipts.sync(two.two.store, link=two.link)
    receipts.sync(two.one.store, link=two.link)
    two.put(two.one, "consultation", two.visit, visibility="P0")
    receipts.sync(two.one.store, link=two.link)
    receipts.sync(two.two.store, link=two.link)
    assert noted.merged and two.two.store.get(Consultation, two.visit) is None
    assert merged_alone.titles(two.two.store, noted.merged) == ()
