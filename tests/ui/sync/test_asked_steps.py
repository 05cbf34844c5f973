"""A colleague's signature as a request: what both windows say, and the answer by keys alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from kanto_desk import i18n
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import consultations, contested, finalizing, receipts
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from tests.services.test_contested_signed import SIGNATURE, ready
from tests.ui.host import Host
from tests.ui.sync.test_contested_page import CTRL, inbox_of, tab_to
from tests.ui.synced import Two


def asked(two: Two, host: Host) -> None:
    """The colleague signs; the request comes to the expert's open window."""
    ready(two)
    finalizing.finalize(two.two.store, two.two.blobs, two.visit, SIGNATURE)
    receipts.sync(two.two.store, link=two.link)
    host.frame.do("sync_now")
    host.settle()
    host.settle()


@pytest.mark.parametrize(("word", "state"), [("認める", states.FINAL), ("認めない", states.DRAFT)])
def test_the_expert_answers_by_keys_alone(two: Two, host: Host, word: str, state: str) -> None:
    asked(two, host)
    host.open(two.visit)
    host.settle()
    band = host.frame.sync_marks.band
    assert band.isVisible() and "佐々木 亮さんが、この相談の確定や訂正の確認をお願いしています" in band.words.plain()
    inbox = inbox_of(host).inbox
    assert "認めるまで、記録はいまのままです" in inbox.told.plain()
    (choice,) = inbox.choices
    assert choice.rewrite.isHidden() and choice.both.isHidden() and "湖南 花子" in choice.sides[1].words.plain()
    tab_to(host, f"確認のお願い：{word}")
    host.key(Qt.Key.Key_Space)
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert consultations.get(two.one.store, two.visit).state == state
    assert contested.count(two.one.store) == 0
    host.open(two.visit)
    host.settle()
    assert band.isHidden()


def test_the_signing_page_says_that_a_signature_waits(two: Two, host: Host) -> None:
    asked(two, host)
    page = host.open(two.visit)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    assert tab.sealed.isVisible() and "佐々木 亮さんがいただいた署名は、相談員の確認を待っています" in tab.sealed.message.plain()


def test_the_card_says_the_same_in_english(two: Two, host: Host) -> None:
    asked(two, host)
    i18n.use("en")
    (choice,) = inbox_of(host).inbox.choices
    assert [chip.text() for chip in choice.quick] == ["Decline", "Accept"]
    assert "version 1" in choice.sides[1].words.plain()
