"""きょう with the sample data: the card, the lines, what was left undone, and the keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kanto_desk.services import consultations, home, organizations, samples, sending_later
from kanto_desk.ui.frame import Frame
from kanto_desk.ui.pages.home import HomePage
from kanto_desk.ui.pages.home_cards import time_left
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Elided, Label, Pill, Wrapped
from kanto_desk.ui.theme import look
from tests.ui.window import Hands, press


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def shown_home(hands: Hands, frame: Frame) -> HomePage:
    page = frame.places.current
    assert isinstance(page, HomePage)
    hands.until(lambda: page.card is not None and page.card.primary.isVisible())
    return page


def words(page: HomePage) -> str:
    """Everything written on the page."""
    out = []
    for label in page.findChildren(QLabel):
        if label.isVisible():
            out.append(label.full() if isinstance(label, Elided) else label.plain() if isinstance(label, Wrapped)
                       else label.text())
    return "\n".join([*out, *(pill.text() for pill in page.findChildren(Pill) if pill.isVisible())])


def line(page: HomePage, start: str) -> Pressable:
    return next(one for one in page.findChildren(Pressable) if one.accessibleName().startswith(start))


def test_the_sample_day_is_all_there(hands: Hands) -> None:
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    text = words(shown_home(hands, frame))
    for part in ("おはようございます、高橋さん", "令和8年11月24日（火）", "次の訪問", "13:30 まで あと 4時間17分", "前回の約束",
                 "超過", "今日の予定", "署名がまだの記録", "期限が過ぎた約束", "回復用の鍵を控える"):
        assert part in text


def test_lines_open_their_things(hands: Hands) -> None:
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    page = shown_home(hands, frame)
    undone = home.read(frame.desk.store).unsigned[0]
    press(line(page, "署名がまだの記録"))
    hands.until(lambda: frame.places.here == ("consultation", undone.uid))
    frame.go("today")
    hands.until(lambda: bool(frame.places.current and "最近ひらいたもの" in words(page)))


def test_enter_on_another_button_presses_that_button(hands: Hands) -> None:
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    page = shown_home(hands, frame)
    hands.until(lambda: page.card is not None and page.card.primary.hasFocus())
    page.new.setFocus()
    hands.key(Qt.Key.Key_Return)
    assert frame.palette_.isVisible() and frame.places.current is page


def test_time_goes_on_and_a_running_visit_is_continued(hands: Hands) -> None:
    def plan(desk: object) -> str:
        store = desk.store  # type: ignore[attr-defined]
        company = organizations.listing(store, limit=1)[0].uid
        return consultations.create(store, company, {"planned_at": time(10, 0), "theme": "見本"})
    uid = hands.make_desk(plan)
    _, frame = hands.unlocked()
    page = shown_home(hands, frame)
    assert page.card is not None and page.card.left.text() == "10:00 まで あと 47分"
    seen = home.read(frame.desk.store).next_visit
    assert seen is not None
    hands.clock.on(minutes=60)
    assert time_left(seen, hands.clock()) == "10:00 の予定から 12分過ぎています"
    assert time_left(seen, hands.clock() + timedelta(hours=5)) == "10:00 の予定から 5時間12分過ぎています"
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: frame.places.here == ("consultation", uid))
    frame.go("today")
    hands.until(lambda: page.card is not None and page.card.primary.words == "記録をつづける")


def test_a_fresh_desk_says_what_belongs_here(hands: Hands) -> None:
    hands.make_desk()
    _, frame = hands.unlocked()
    page = shown_home(hands, frame)
    text = words(page)
    assert "まだ相談がありません。Enter で最初の相談をはじめます。" in text
    assert "今日の予定\n" not in text and "最近ひらいたもの" not in text
    assert isinstance(page.greeting, Label)


def test_the_recovery_card_goes_when_the_key_is_noted(hands: Hands) -> None:
    hands.make_desk()
    _, frame = hands.unlocked()
    page = shown_home(hands, frame)
    press(line(page, "回復用の鍵を控える"))
    box = hands.box()
    key = box.shown.plain().replace("\n", "-")          # type: ignore[attr-defined]
    press(box.paper)                                     # type: ignore[attr-defined]
    assert hands.printer.pages[0].startswith(b"%PDF")
    press(box.done_noting)                               # type: ignore[attr-defined]
    hands.until(lambda: not any(one.accessibleName() == "回復用の鍵を控える" and one.isVisible()
                                for one in page.findChildren(Pressable)))
    assert len(key.split("-")) >= 6


def test_the_promises_of_last_time_and_the_sync_card_open_their_things(hands: Hands) -> None:
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    page = shown_home(hands, frame)
    promise = line(page, "ISO 13485 の取得計画")
    promise.setFocus()
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: frame.places.here is not None and frame.places.here[0] == "consultation")
    uid = frame.places.here[1] if frame.places.here else ""
    assert consultations.get(frame.desk.store, uid).record.nth == 2
    frame.go("today")
    press(line(shown_home(hands, frame), "まだ送るものはありません"))
    hands.until(lambda: frame.places.place == "sync")


def test_english_explanations_are_whole_at_1280(hands: Hands) -> None:
    hands.make_desk(samples.load)
    window, before = hands.unlocked(1280, 680)
    shown_home(hands, before)
    window.set_language("en")
    hands.until(lambda: window.frame not in (None, before))
    page = shown_home(hands, hands.frame(window))
    said = next(one for one in line(page, "Write down the recovery key").findChildren(Elided)
                if one.full().startswith("For a forgotten"))
    assert said.text() == said.full()


@pytest.mark.parametrize(("start", "which", "kind"), [("署名がまだの記録", "unsigned", "consultation"),
                                                      ("期限が過ぎた約束", "overdue", "promise")])
def test_a_line_of_several_opens_the_list_of_them(hands: Hands, start: str, which: home.Undone, kind: str) -> None:
    hands.make_desk(samples.load)
    hands.clock.on(days=30)   # by then more is late
    _, frame = hands.unlocked()
    page = shown_home(hands, frame)
    seen = home.read(frame.desk.store)
    counted = seen.unsigned_count if which == "unsigned" else seen.overdue_count
    assert counted > 1
    line(page, start).setFocus()
    hands.key(Qt.Key.Key_Space)
    hands.until(lambda: page.behind is not None and page.behind.isVisible())
    assert page.behind is not None
    behind = page.behind
    assert frame.places.current is page and behind.title.full() == start
    assert behind.table.rows.rowCount() == counted == len(home.undone(frame.desk.store, which).uids)
    assert home.undone(frame.desk.store, which).type == kind
    assert hands.focus() is behind.table and behind.table.current_uid()
    first = seen.unsigned[0].uid if which == "unsigned" else seen.overdue[0].consultation
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: frame.places.current is not page)
    assert frame.places.current is not None and frame.places.current.root == ("consultation", first)
    frame.go("today")
    hands.until(lambda: hands.focus() is behind.table)   # as it was left
    hands.key(Qt.Key.Key_Escape)
    hands.until(lambda: page.card is not None and page.card.primary.isVisible())
    assert hands.focus() is line(page, start) and not behind.isVisible()


def test_the_list_of_things_to_send_follows_what_is_sent(hands: Hands) -> None:
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    page = shown_home(hands, frame)
    store = frame.desk.store
    some = [one.uid for one in consultations.listing(store, limit=200) if one.state == "final"][:2]
    for uid in some:
        sending_later.put_off(store, uid)
    frame.go("companies")
    frame.go("today")
    hands.until(lambda: any(one.accessibleName() == "あとで送る記録票" for one in page.findChildren(Pressable)))
    line(page, "あとで送る記録票").click()
    hands.until(lambda: page.behind is not None and page.behind.isVisible())
    assert page.behind is not None and page.behind.table.rows.rowCount() == 2
    sending_later.sent(store, some[0])
    frame.go("companies")
    frame.go("today")
    hands.until(lambda: page.behind is not None and page.behind.table.rows.rowCount() == 1)


def test_a_late_promise_warns_and_is_no_error(hands: Hands) -> None:
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    page = shown_home(hands, frame)
    picture = line(page, "期限が過ぎた約束").grab().toImage()
    seen = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert look().color("warn_soft").name() in seen and look().color("danger_soft").name() not in seen
