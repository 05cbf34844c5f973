"""A desk with sample data alone: no passphrase, until something of the user's own is to be written. By keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import consultations, organizations, samples, timeline
from kanto_desk.services import desk as desks
from kanto_desk.ui.dialogs.first_passphrase import FirstPassphraseBox
from kanto_desk.ui.frame import Frame
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.pages.unlock import UnlockPage
from kanto_desk.ui.sample_removal import what_goes
from tests.ui.window import CHEAP, CTRL, PASSPHRASE, Hands, press, too_small, unnamed


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def begun(hands: Hands) -> tuple[MainWindow, Frame]:
    """From the empty folder to きょう: a name and Ctrl+Enter, nothing else."""
    window = hands.start()
    hands.type("Takahashi")
    hands.key(Qt.Key.Key_Return, CTRL)
    frame = hands.frame(window)
    home: Any = frame.places.current
    hands.until(lambda: home.card is not None)
    return window, frame


def box(hands: Hands, frame: Frame) -> FirstPassphraseBox:
    hands.until(lambda: any(one.isVisible() for one in frame.findChildren(FirstPassphraseBox)))
    shown = next(one for one in frame.findChildren(FirstPassphraseBox) if one.isVisible())
    hands.until(shown.passphrase.hasFocus)
    return shown


def own_company(frame: Frame) -> str:
    """One of the shipped organizations: no sample."""
    return next(row.uid for row in organizations.listing(frame.desk.store, limit=200)
                if not organizations.get(frame.desk.store, row.uid).sample)


def test_a_name_is_enough_and_the_next_start_asks_nothing(hands: Hands) -> None:
    _, frame = begun(hands)
    assert samples.present(frame.desk.store) and not frame.desk.protected
    hands.until(lambda: not frame.top.sample.isHidden())
    assert frame.top.unsent.isHidden() or "0" in frame.top.unsent.text()
    hands.key(Qt.Key.Key_Return)                       # a sample visit is worked on like any other
    hands.until(lambda: hands.focus().accessibleName() == "記録する文")
    uid = frame.places.here[1] if frame.places.here else ""
    hands.type("juchu ga heru")
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: any("juchu" in one.text for one in timeline.lines(frame.desk.store, uid)))
    assert frame.alarm.isHidden()
    hands.close()
    again = hands.start_blocked()
    assert isinstance(again.gate, UnlockPage) and not again.gate.row.isVisible()
    frame = hands.frame(again)
    assert any("juchu" in one.text for one in timeline.lines(frame.desk.store, uid))
    assert not frame.desk.protected


def test_the_first_visit_of_ones_own_asks_for_a_passphrase_and_then_begins(hands: Hands) -> None:
    _, frame = begun(hands)
    company = own_company(frame)
    frame.start_consultation(company)
    shown = box(hands, frame)
    assert unnamed(shown) == [] and too_small(shown) == []
    hands.key(Qt.Key.Key_Return)
    assert shown.passphrase.accessibleDescription() == "合言葉を決めます"
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: frame.places.here is not None and frame.places.here[0] == "consultation")
    uid = frame.places.here[1] if frame.places.here else ""
    assert consultations.get(frame.desk.store, uid).record.organization == company
    assert frame.desk.protected and frame.alarm.isHidden()
    frame.go("today")
    hands.until(lambda: any("回復用の鍵" in one.accessibleName() for one in frame.findChildren(QAbstractButton)
                            if one.isVisible()))
    hands.close()
    with pytest.raises(Refused):
        desks.unlock(hands.home, "", clock=hands.clock, cost=CHEAP)
    kept = desks.unlock(hands.home, PASSPHRASE, clock=hands.clock, cost=CHEAP)
    assert consultations.get(kept.store, uid).record.started_at is not None and samples.present(kept.store)
    kept.close()


def test_not_now_drops_the_visit_and_nothing_else(hands: Hands) -> None:
    _, frame = begun(hands)
    before = consultations.count(frame.desk.store)
    frame.start_consultation(own_company(frame))
    box(hands, frame)
    hands.key(Qt.Key.Key_Escape)
    hands.until(frame.alarm.isHidden)
    assert frame.keeping.saving.waiting == 0 and not frame.desk.protected
    assert "合言葉" in frame.footer.said.text()
    assert consultations.count(frame.desk.store) == before


def test_typing_goes_on_and_is_saved_once_there_is_a_passphrase(hands: Hands) -> None:
    """No box may take the keys of somebody who types: a quiet banner says what is missing."""
    window, frame = begun(hands)
    store, uid = frame.desk.store, own_company(frame)
    frame.open_organization(uid)
    page: Any = frame.places.current
    frame.settle()
    page.edit()
    form = page.form_of("short_name")
    form.go_to("short_name")
    hands.type("Kiryu")
    hands.until(frame.alarm.protect.isVisible)
    hands.type(" Kogyo")                               # the banner took no key
    assert form.editor("short_name").text() == "Kiryu Kogyo"
    hands.until(frame.alarm.protect.isVisible)
    assert not frame.findChildren(FirstPassphraseBox)
    assert frame.keeping.saving.waiting >= 1
    press(frame.alarm.protect)
    box(hands, frame)
    hands.key(Qt.Key.Key_Escape)
    assert frame.alarm.isVisible() and frame.keeping.saving.waiting >= 1   # what was typed waits on
    press(frame.alarm.protect)
    box(hands, frame)
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: organizations.get(store, uid).short_name == "Kiryu Kogyo")
    assert frame.alarm.isHidden()
    assert window.desk is frame.desk and QApplication.activeModalWidget() is None


def _said(frame: Frame, hands: Hands, line: str) -> None:
    """Begin the visit of today and write a line on it."""
    hands.until(lambda: hands.focus().accessibleName() == "記録する文")
    hands.type(line)
    hands.key(Qt.Key.Key_Return)
    uid = frame.places.here[1] if frame.places.here else ""
    hands.until(lambda: any(line in one.text for one in timeline.lines(frame.desk.store, uid)))


def test_what_was_written_on_the_samples_is_named_before_it_goes(hands: Hands) -> None:
    _, frame = begun(hands)
    asked = frame.sample_removal
    hands.key(Qt.Key.Key_Return)
    _said(frame, hands, "juchu")
    _said(frame, hands, "nouki")
    _said(frame, hands, "kadai: kenma")
    press(frame.top.remove)
    hands.until(asked.isVisible)
    assert asked.words.plain() == "見本に書いた 3 行も消えます。"
    assert unnamed(asked) == [] and too_small(asked) == []
    hands.until(asked.keep.hasFocus)                  # Enter does no harm
    hands.key(Qt.Key.Key_Escape)
    assert not asked.isVisible() and samples.present(frame.desk.store) and frame.top.remove.hasFocus()
    press(frame.top.remove)
    hands.until(asked.isVisible)
    press(asked.keep)
    assert not asked.isVisible() and samples.present(frame.desk.store)
    press(frame.top.remove)
    hands.until(asked.isVisible)
    press(asked.remove)
    hands.until(lambda: not samples.present(frame.desk.store))
    assert not asked.isVisible()


def test_samples_that_were_only_looked_at_go_at_once(hands: Hands) -> None:
    _, frame = begun(hands)
    hands.key(Qt.Key.Key_Return)                       # begun, nothing written
    hands.until(lambda: hands.focus().accessibleName() == "記録する文")
    press(frame.top.remove)
    hands.until(lambda: not samples.present(frame.desk.store))
    assert not frame.sample_removal.isVisible()


def test_other_words_on_the_samples_are_counted_too(hands: Hands) -> None:
    _, frame = begun(hands)
    store = frame.desk.store
    assert not samples.written(store)
    sample = next(row.uid for row in organizations.listing(store, limit=200)
                  if organizations.get(store, row.uid).sample)
    organizations.edit(store, sample, {"short_name": "見本の店"})
    assert samples.written(store) == samples.Written(other=True)
    assert what_goes(samples.Written(other=True)) == "見本に書いたことも消えます。"
    assert what_goes(samples.Written(1, 2, True)) == "見本に書いた 1 行、写真 2 枚、そのほかの書き込みも消えます。"
    assert tr("{n} 行", "en", n=1) == "1 line"


def test_a_line_taken_out_again_and_a_draft(hands: Hands) -> None:
    _, frame = begun(hands)
    store = frame.desk.store
    visit = next(v.uid for v in consultations.listing(store))
    line = timeline.add(store, visit, "said", "受注が減る")
    assert samples.written(store).lines == 1
    timeline.delete(store, visit, line)
    assert samples.written(store).lines == 0
    consultations.save_draft(store, visit, "said", "書きかけ")
    assert samples.written(store).other
