"""How many keys the tasks of a visit take, counted at the window with real key events; above the limit the test fails.

Words are typed as they would be said and do not count, except where the words are the way: what is typed to find
something counts. Photos have their own test beside their import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kanto_desk.clock import JST
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import consultations, finalizing, organizations, promises, timeline
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.ui.conftest import Compose
from tests.ui.host import Host

Key = Qt.Key
LIMITS = {"a timed, typed line beyond its text": 1, "today's next visit from the start screen": 1,
          "a company and its last visit": 8, "a promise with who and when beyond its words": 10,
          "a signed PDF after the signature": 3}


class Typist:
    """Presses keys at a window, real key events all, and counts them; clicks nothing."""

    def __init__(self, host: Host, compose: Compose) -> None:
        self.host, self.taken = host, 0
        self._compose = compose

    def press(self, key: Key | str, *held: Qt.KeyboardModifier) -> None:
        """One key; Ctrl and Shift held with it belong to it."""
        modifiers = Qt.KeyboardModifier.NoModifier
        for one in held:
            modifiers |= one
        self.taken += 1
        QTest.keyClick(self.host.windowHandle(), key, modifiers)
        self.host.settle()

    def words(self, text: str) -> None:
        """What would be said anyway, as an input method brings it: its keys do not count."""
        self._compose(self.host.focus(), commit=text)

    def search(self, *composed: str) -> None:
        """What is typed to find something: each key counts, and the input method shows what it makes of it."""
        for text in composed:
            self.taken += 1
            self._compose(self.host.focus(), preedit=text)
            self.host.settle()


CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def desk(tmp_path: Path, clock: SetClock) -> Iterator[Desk]:
    made = desks.create(tmp_path / "home", PASSPHRASE, person="高橋 直子", organization="見本センター", clock=clock, cost=CHEAP)
    yield made
    made.close()


@pytest.fixture
def company(desk: Desk) -> str:
    for name, kana in (("株式会社 諏訪プレス", "スワプレス"), ("株式会社 岡谷精密", "オカヤセイミツ")):
        organizations.create(desk.store, {"name": name, "kana": kana})
    return organizations.create(desk.store, {"name": "株式会社 湖南精工", "kana": "コナンセイコウ"})


@pytest.fixture
def visit(desk: Desk, company: str, clock: SetClock) -> str:
    """Today's next visit; the last one was in October."""
    consultations.create(desk.store, company, {"held_on": date(2026, 10, 8), "theme": "見積もりと認証", "nth": 2})
    return consultations.create(desk.store, company, {"held_on": clock().astimezone(JST).date(), "nth": 3})


@pytest.fixture
def typist(desk: Desk, visit: str, compose: Compose, qapp: object) -> Iterator[Typist]:
    host = Host(desk)
    host.frame.begin()
    host.settle()
    yield Typist(host, compose)
    host.end()


def page_of(typist: Typist) -> ConsultationPage:
    page = typist.host.frame.places.current
    assert isinstance(page, ConsultationPage)
    return page


def within(task: str, taken: int) -> None:
    """Fail above the limit of a task."""
    assert 0 < taken <= LIMITS[task], f"{task}: {taken} keys, {LIMITS[task]} are allowed"


def test_a_line(typist: Typist, desk: Desk, visit: str) -> None:
    typist.host.open(visit)
    typist.words("orders fall")
    typist.press(Key.Key_Return)
    line, = timeline.lines(desk.store, visit)
    assert (line.kind, line.text) == ("said", "orders fall") and line.at is not None
    within("a timed, typed line beyond its text", typist.taken)


def test_a_line_of_another_kind(typist: Typist, desk: Desk, visit: str) -> None:
    typist.host.open(visit)
    typist.words("課題：")   # words, as all that is composed
    typist.words("測定手段がない")
    typist.press(Key.Key_Return)
    line, = timeline.lines(desk.store, visit)
    assert (line.kind, line.text) == ("issue", "測定手段がない")
    within("a timed, typed line beyond its text", typist.taken)


def test_todays_next_visit(typist: Typist, desk: Desk, visit: str) -> None:
    typist.press(Key.Key_Return)
    assert page_of(typist).uid == visit and consultations.get(desk.store, visit).record.started_at is not None
    assert typist.host.focus() is page_of(typist).record.capture.text
    within("today's next visit from the start screen", typist.taken)


@pytest.mark.parametrize("composed", [("ｋ", "こ", "こｎ", "こな"), ("コ", "コナ", "コナン")], ids=["romaji", "kana"])
def test_a_company_and_its_last_visit(typist: Typist, desk: Desk, company: str, composed: tuple[str, ...]) -> None:
    typist.press(Key.Key_K, CTRL)
    typist.search(*composed)
    typist.press(Key.Key_Return)   # the input method's: what was composed is there now
    typist.words(composed[-1])
    typist.press(Key.Key_Return)
    assert typist.host.shown_profile().uid == company
    typist.press(Key.Key_L, CTRL, SHIFT)
    assert page_of(typist).uid == consultations.last_held(desk.store, company)
    within("a company and its last visit", typist.taken)


def test_a_promise_written_in_one_line(typist: Typist, desk: Desk, visit: str) -> None:
    typist.host.open(visit)
    typist.press(Key.Key_4, CTRL)
    typist.words("見積もりを送る 宮坂さん 12/4まで")
    typist.press(Key.Key_Return)
    agreed(desk, visit, "宮坂さん")
    within("a promise with who and when beyond its words", typist.taken)


def test_a_promise_completed_by_its_chips(typist: Typist, desk: Desk, visit: str) -> None:
    typist.host.open(visit)
    typist.press(Key.Key_4, CTRL)
    typist.words("見積もりを送る")
    typist.press(Key.Key_Return)
    typist.press(Key.Key_F4)
    typist.words("宮坂さん")
    typist.press(Key.Key_Tab)
    for key in "12/4":
        typist.press(key)
    typist.press(Key.Key_Return)
    agreed(desk, visit, "宮坂さん")
    within("a promise with who and when beyond its words", typist.taken)


def agreed(desk: Desk, visit: str, who: str) -> None:
    promise, = promises.of_consultation(desk.store, visit)
    assert (promise.who, promise.due_on) == (who, date(2026, 12, 4))


def test_the_signed_pdf(typist: Typist, desk: Desk, visit: str, tmp_path: Path) -> None:
    page = typist.host.open(visit)
    typist.words("orders fall")
    typist.press(Key.Key_Return)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    typist.host.settle()
    tab.form.name.setFocus()
    typist.words("宮坂 真理")
    pad = tab.form.pad
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center())   # the pen of the company
    QTest.mouseMove(pad, pad.rect().center() * 0.7)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center() * 0.5)
    typist.host.answers.target = tmp_path
    before = typist.taken
    typist.press(Key.Key_Return, CTRL)
    assert consultations.get(desk.store, visit).state == states.FINAL
    kept = desk.blobs.get(finalizing.versions(desk.store, visit)[-1].pdf or "")
    typist.press(Key.Key_P, CTRL)
    assert kept is not None and typist.host.answers.printed == [kept] and re.match(rb"%PDF-", kept)
    within("a signed PDF after the signature", typist.taken - before)


def test_above_the_limit_it_fails() -> None:
    for task, limit in LIMITS.items():
        within(task, limit)
        with pytest.raises(AssertionError, match="are allowed"):
            within(task, limit + 1)


def test_todays_next_visit_also_after_coming_back_to_the_start_screen(typist: Typist, desk: Desk, visit: str) -> None:
    typist.host.list()
    typist.press(Key.Key_1, Qt.KeyboardModifier.AltModifier)
    before = typist.taken
    typist.press(Key.Key_Return)
    assert page_of(typist).uid == visit
    within("today's next visit from the start screen", typist.taken - before)


def test_a_company_without_a_visit_says_so_and_a_record_leads_to_the_one_before_it(typist: Typist, desk: Desk, company: str,
                                                                                  visit: str) -> None:
    fresh = organizations.create(desk.store, {"name": "株式会社 新規"})
    consultations.create(desk.store, fresh, {"held_on": date(2027, 1, 8)})   # planned, not held
    typist.host.profile(fresh)
    typist.press(Key.Key_L, CTRL, SHIFT)
    assert typist.host.shown_profile().uid == fresh and "まだ相談がありません" in typist.host.said()
    before = consultations.create(desk.store, company, {"held_on": date(2026, 11, 2)})
    typist.host.open(consultations.create(desk.store, company, {"previous": before}))
    typist.press(Key.Key_L, CTRL, SHIFT)
    assert page_of(typist).uid == before
