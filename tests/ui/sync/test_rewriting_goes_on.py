"""書き直す in 確認が必要な変更 while a sync brings another value for the same field."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextEdit

from kanto_desk.db.records.consultations import Entry
from kanto_desk.services import contested, receipts
from kanto_desk.ui.frame import MERGED_AFTER_MS
from kanto_desk.ui.pages.sync.choice import FieldChoice
from kanto_desk.ui.pages.sync.inbox import COMPOSED_AFTER_MS
from tests.ui.conftest import Compose
from tests.ui.host import Host
from tests.ui.sync.test_contested_page import inbox_of
from tests.ui.synced import Two


def the_text(host: Host) -> FieldChoice:
    return next(one for one in inbox_of(host).inbox.choices if one.one.field == "text")


def rewriting(two: Two, host: Host) -> tuple[FieldChoice, QTextEdit]:
    """The line under 書き直す, with KAITE typed at its end."""
    two.apart()
    two.sync()
    choice = the_text(host)
    choice.rewrite.click()
    host.settle()
    box = choice.editor
    assert isinstance(box, QTextEdit) and box.hasFocus()
    QTest.keyClicks(box, "KAITE")
    return choice, box


def another_value(two: Two, host: Host) -> None:
    two.clock.forward(minutes=1)
    two.put(two.two, "entry", two.line, text="もう一度書いた、全く別の文。")
    receipts.sync(two.two.store, link=two.link)
    host.frame.syncing.begin(automatic=True)
    host.settle()
    QTest.qWait(MERGED_AFTER_MS * 2)   # the window shows what came together
    host.settle()


def test_what_is_typed_goes_on_in_the_new_card_and_it_says_that_a_value_came(two: Two, host: Host) -> None:
    before, box = rewriting(two, host)
    another_value(two, host)
    page = host.frame.places.current
    choice = next(one for one in page.inbox.choices if one.one.field == "text")  # type: ignore[attr-defined]
    assert choice is not before and any("全く別の文" in side.words for side in choice.one.sides)
    assert choice.editor is box and box.isVisible() and box.hasFocus() and choice.rewrite.isChecked()
    assert box.toPlainText().endswith("KAITE") and box.textCursor().atEnd()
    assert choice.came is not None and choice.came.isVisible() and "とどきました" in choice.came.message.plain()
    QTest.keyClicks(box, "TA")
    assert str(choice.value()).endswith("KAITETA") and choice.is_decided
    page.inbox.settle()  # type: ignore[attr-defined]
    host.settle()
    assert two.one.store.get(Entry, two.line).text.endswith("KAITETA")


def test_a_card_is_not_made_anew_while_text_is_being_composed(two: Two, host: Host, compose: Compose) -> None:
    before, box = rewriting(two, host)
    compose(box, preedit="へんかん")
    another_value(two, host)
    assert before.editor is box and before.composing and box.hasFocus()
    compose(box, commit="変換")
    QTest.qWait(COMPOSED_AFTER_MS * 2)
    host.settle()
    choice = next(one for one in host.frame.places.current.inbox.choices  # type: ignore[attr-defined]
                  if one.one.field == "text")
    assert choice is not before and choice.editor is box and box.toPlainText().endswith("KAITE変換")


def test_what_is_typed_stays_when_somebody_else_decides_the_field(two: Two, host: Host) -> None:
    before, box = rewriting(two, host)
    two.clock.forward(minutes=1)
    found = contested.listing(two.two.store)
    contested.settle(two.two.store, [(one, one.sides[0].wire) for one in found])
    receipts.sync(two.two.store, link=two.link)
    host.frame.syncing.begin(automatic=True)
    host.settle()
    QTest.qWait(MERGED_AFTER_MS * 2)
    host.settle()
    assert contested.count(two.one.store) == 0
    assert before.isVisible() and before.editor is box and box.hasFocus() and box.toPlainText().endswith("KAITE")
    assert before.came is not None and "決まりました" in before.came.message.plain()
    host.frame.places.current.inbox.settle()  # type: ignore[attr-defined]
    host.settle()
    (asked,) = contested.listing(two.one.store)
    decided = next(one.sides[0].words for one in found if one.field == "text")
    assert {side.words for side in asked.sides} == {box_text(asked), decided}


def box_text(asked: contested.Contested) -> str:
    return next(side.words for side in asked.sides if side.words.endswith("KAITE"))
