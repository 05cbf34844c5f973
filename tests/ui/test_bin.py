"""ごみ箱 worked with keys: opened from the palette and the settings, searched, looked at, brought back with one key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kanto_desk.services import consultations, finalizing, organizations, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.dialogs.bin import BinBox
from kanto_desk.ui.text import Wrapped
from tests.ui.conftest import Compose
from tests.ui.window import ALT, CTRL, Hands, unnamed


@pytest.fixture
def hands(tmp_path_factory: pytest.TempPathFactory, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path_factory.mktemp("home") / "desk", qtbot)
    yield made
    made.close()


def filled(made: Desk) -> tuple[str, str, str]:
    """A company with a visit and a deleted line, and a deleted company."""
    uid = organizations.create(made.store, {"name": "湖南精工"})
    visit = consultations.create(made.store, uid, {"theme": "医療機器の委託加工"})
    timeline.delete(made.store, visit, timeline.add(made.store, visit, "said", "売上の七割が細径パイプ"))
    gone = organizations.create(made.store, {"name": "上田プレス", "phone": "0268-00-0001"})
    organizations.delete(made.store, gone)
    return uid, visit, gone


def opened(hands: Hands) -> BinBox:
    """Open the bin through the palette, by keys."""
    hands.key(Qt.Key.Key_K, CTRL)
    commit = QInputMethodEvent("", [])
    commit.setCommitString("ごみ箱")
    QApplication.sendEvent(hands.focus(), commit)
    frame = hands.windows[-1].frame
    assert frame is not None
    hands.until(lambda: "ごみ箱" in frame.palette_.rows())
    hands.key(Qt.Key.Key_Return)
    box = hands.box()
    assert isinstance(box, BinBox)
    hands.until(lambda: bool(box.count.text()))
    return box


def test_it_is_opened_searched_and_brought_back_by_keys(hands: Hands, compose: Compose) -> None:
    _, _, gone = hands.make_desk(filled)
    window, frame = hands.unlocked()
    box = opened(hands)
    assert box.table.rows.rowCount() == 2 and unnamed(box) == []
    assert hands.focus() is box.search
    compose(box.search, "ｳｴﾀﾞ")
    compose(box.search, "", "上田")
    hands.until(lambda: box.table.rows.rowCount() == 1)
    hands.key(Qt.Key.Key_Down)
    assert hands.focus() is box.table
    hands.until(lambda: "0268-00-0001" in [w.plain() for w in box.findChildren(Wrapped)])
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: organizations.get(window.desk.store, gone).deleted_at is None)  # type: ignore[union-attr]
    hands.until(box.none.isVisible)
    assert "上田プレス を戻しました" in box.said.full()
    assert box.none.button is not None
    box.none.button.click()
    hands.until(lambda: box.table.rows.rowCount() == 1)
    hands.key(Qt.Key.Key_Escape)
    hands.until(lambda: "上田プレス を戻しました" in frame.footer.said.full())
    frame.footer.undo.click()
    hands.until(lambda: organizations.get(window.desk.store, gone).deleted_at is not None)  # type: ignore[union-attr]


def test_what_cannot_come_back_says_why_and_stays(hands: Hands, compose: Compose) -> None:
    def signed(made: Desk) -> None:
        _, visit, _ = filled(made)
        timeline.add(made.store, visit, "said", "残る行")
        finalizing.finalize(made.store, made.blobs, visit, finalizing.Signature("小平", "社長", "typed"))
    hands.make_desk(signed)
    hands.unlocked()
    box = opened(hands)
    compose(box.search, "", "細径")
    hands.until(lambda: box.table.rows.rowCount() == 1)
    hands.key(Qt.Key.Key_Down)
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: "署名済み" in box.said.full())
    hands.until(lambda: box.table.rows.rowCount() == 1)


def test_an_empty_bin_says_what_belongs_there(hands: Hands) -> None:
    hands.make_desk()
    hands.unlocked()
    box = opened(hands)
    assert box.empty.isVisible() and not box.back.isEnabled()


def test_the_settings_lead_to_it(hands: Hands) -> None:
    hands.make_desk(filled)
    _, frame = hands.unlocked()
    frame.do("settings")
    settings = hands.box()
    settings.bin.click()  # type: ignore[attr-defined]
    hands.until(lambda: any(isinstance(w, BinBox) and w.isVisible() for w in QApplication.topLevelWidgets()))


def test_a_visit_goes_from_its_page_and_from_the_list(hands: Hands) -> None:
    _, visit, _ = hands.make_desk(filled)
    window, frame = hands.unlocked()
    store = window.desk.store  # type: ignore[union-attr]
    frame.open_consultation(visit)
    hands.until(lambda: frame.places.here == ("consultation", visit))
    frame.do("discard")
    hands.until(lambda: consultations.get(store, visit).record.deleted_at is not None)
    hands.until(lambda: frame.places.here != ("consultation", visit))
    hands.until(frame.footer.undo.isVisible)
    frame.footer.undo.click()
    hands.until(lambda: frame.places.here == ("consultation", visit))
    hands.until(lambda: frame.footer.said.isVisible() and "元に戻しました" in frame.footer.said.full())
    frame.places.close_record()
    hands.key(Qt.Key.Key_2, ALT)
    page = frame.places.current
    hands.until(lambda: page.table.current_uid() == visit)  # type: ignore[union-attr]
    frame.do("discard")
    hands.until(page.empty.isVisible)  # type: ignore[union-attr]
    assert consultations.listing(store) == []


def test_what_is_past_its_days_leaves_by_itself_after_the_start(hands: Hands) -> None:
    hands.make_desk(filled)
    hands.clock.on(days=31)
    _, frame = hands.unlocked()
    told: list[object] = []
    frame.tidying.tidied.connect(told.append)
    frame.tidying.later.timeout.emit()   # the time after the start is over
    hands.until(lambda: bool(told))
    assert told[0].records == 2  # type: ignore[attr-defined]
    assert opened(hands).empty.isVisible()
