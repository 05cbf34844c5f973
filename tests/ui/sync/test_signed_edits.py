"""Edits that came to a signed record: the band over it, and the decision by keys alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kanto_desk.db.records.consultations import Consultation
from kanto_desk.errors import Refused
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import consultations, contested, finalizing, receipts
from kanto_desk.services.contested_sides import Writer
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pages.sync.choice import SideCard
from kanto_desk.ui.sync_marks import ContestedBand
from tests.services.test_contested_signed import SIGNATURE, accepted, ready, signed_and_edited
from tests.ui.consultation.test_signed_by_keys import drawn
from tests.ui.host import Host
from tests.ui.sync.test_contested_page import CTRL, inbox_of, tab_to
from tests.ui.synced import THEME, Two


def test_the_band_stays_until_the_edits_are_left_out_or_taken_in_by_keys(two: Two, host: Host) -> None:
    ready(two)
    signed_and_edited(two)
    host.frame.syncing.look()
    host.settle()
    host.open(two.visit)
    host.settle()
    band = host.frame.sync_marks.band
    assert band.isVisible() and "署名のあとに、別のパソコンで直した所があります" in band.words.plain()
    inbox_of(host)
    tab_to(host, "署名のあとに直した所：取り込まない")
    host.key(Qt.Key.Key_Space)
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert two.one.store.get(Consultation, two.visit).theme == THEME
    assert contested.count(two.one.store) == 0
    host.ctrl(Qt.Key.Key_Z)
    host.settle()
    assert contested.count(two.one.store) == 1, "Ctrl+Z asks again"
    tab_to(host, "署名のあとに直した所：訂正として取り込む")
    host.key(Qt.Key.Key_Space)
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert consultations.get(two.one.store, two.visit).state == states.CORRECTED
    host.open(two.visit)
    host.settle()
    assert band.isHidden()


def test_the_band_and_the_cards_say_on_each_laptop_where_the_edits_were_made(two: Two, host: Host) -> None:
    ready(two)
    signed_and_edited(two)
    band = ContestedBand()
    band.say(contested.listing(two.two.store))
    assert band.words.plain() == "このパソコンで直した所が、署名した版に入っていません。"
    band.say(contested.listing(two.one.store))
    assert "別のパソコンで直した" in band.words.plain()
    one, = contested.listing(two.two.store)
    signed, edited = one.sides
    other = Writer("田中 実", edited.at, False, "AB12")
    both = replace(one, sides=(signed, replace(edited, writers=(other, *edited.writers))))
    band.say([both])
    assert band.words.plain() == "このパソコンと別のパソコンで直した所が、署名した版に入っていません。"
    card = SideCard(both, both.sides[1], [signed], two.clock())
    assert "2台で直した所" in card.accessibleName()
    assert "端末 AB12（田中 実）" in card.accessibleName() and "このパソコン（佐々木 亮）" in card.accessibleName()


def test_an_edit_that_comes_by_sync_voids_the_signature_on_the_open_page(two: Two, host: Host) -> None:
    ready(two)
    page = host.open(two.visit)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    tab.form.name.setFocus()
    QTest.keyClicks(tab.form.name, "Konan")
    drawn(tab.form.pad)
    assert tab.form.given().strokes and tab.form.given().of
    signed = tab.form.given()
    two.put(two.two, "consultation", two.visit, theme="署名の間に届いた主題")
    receipts.sync(two.two.store, link=two.link)
    host.frame.do("sync_now")
    host.settle()
    host.settle()
    assert two.one.store.get(Consultation, two.visit).theme == "署名の間に届いた主題"
    with pytest.raises(Refused, match="署名のあとに内容が変わりました"):
        finalizing.finalize(two.one.store, two.one.blobs, two.visit, signed.signature())
    host.ctrl(Qt.Key.Key_Return)
    host.settle()
    assert finalizing.versions(two.one.store, two.visit) == []
    assert tab.form.given().strokes == () and "もう一度" in tab.form.error.plain()


def test_a_record_signed_on_two_laptops_says_so_on_its_page(two: Two, host: Host) -> None:
    ready(two)
    finalizing.finalize(two.one.store, two.one.blobs, two.visit, SIGNATURE)
    two.clock.forward(minutes=5)
    finalizing.finalize(two.two.store, two.two.blobs, two.visit, SIGNATURE)
    accepted(two)
    page = host.open(two.visit)
    host.settle()
    told = page.banner.words.plain()
    assert "署名した第1版が2つあります（高橋 直子" in told and "佐々木 亮" in told and "新しい版をつくると" in told
