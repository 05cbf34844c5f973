"""The hub's order to forget in an open window: typed text is sealed, the desk goes, one page tells. Real hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from sqlalchemy import select, update

from kanto_desk.db.schema import wire_table
from kanto_desk.hub import bundles
from kanto_desk.hub import tables as t
from kanto_desk.services import consultations, forgetting, syncing
from kanto_desk.services import desk as desks
from kanto_desk.ui.form import Form
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.pages.first_run import FirstRunPage
from kanto_desk.ui.pages.forgotten import ForgottenPage
from kanto_desk.ui.pages.unlock import UnlockPage
from kanto_desk.ui.passphrase import PassphraseInput
from tests.sync.parts import Wire, a_body, a_hub, a_person
from tests.sync.test_lost_laptops import World
from tests.ui.window import CHEAP, CTRL, PASSPHRASE, SHIFT, Hands, too_small, unnamed

TYPED, WRITTEN, UNREAD = "not entered yet", "entered before", "some day"


class Stopped:
    """A window on a visit, its hub, and the order that the next sync brings."""

    def __init__(self, folder: Path, hands: Hands) -> None:
        self.hands = hands
        self.hub = a_hub(folder / "hub", hands.clock)
        self.link = Wire(self.hub)
        hands.link = lambda _url, _ca: self.link
        world = World.__new__(World)
        world.hub, world.clock, world.link = self.hub, hands.clock, self.link
        world.person = a_person(self.hub, a_body(self.hub))

        def fill(desk) -> str:
            world.join(desk.store)
            with desk.store.operation("企業") as op:
                self.company = op.add("organization", {"name": "株式会社 湖南精工"})
            self.visit = consultations.create(desk.store, self.company)
            consultations.start(desk.store, self.visit)
            syncing.sync(desk.store, link=hands.link)
            return f"{desk.store.device()[0]:016x}"
        self.dev = hands.make_desk(fill)
        self.window, self.frame = hands.unlocked()
        self.frame.open_consultation(self.visit)
        hands.until(lambda: self.frame.places.current.root == ("consultation", self.visit))

    def order(self) -> None:
        with self.hub.write() as conn:
            conn.execute(update(t.device).where(t.device.c.dev == self.dev).values(state="revoked"))

    def lines(self) -> set[str]:
        with self.hub.read() as conn:
            entry = wire_table("entry")
            return set(conn.execute(select(entry.c.text)).scalars())


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


@pytest.fixture
def stopped(tmp_path: Path, hands: Hands) -> Iterator[Stopped]:
    made = Stopped(tmp_path, hands)
    yield made
    made.hub.close()


def told(window: MainWindow) -> ForgottenPage:
    page = window.gate
    assert isinstance(page, ForgottenPage)
    return page


def over(window: MainWindow) -> bool:
    return isinstance(window.gate, ForgottenPage) and window.gate.leave.isEnabled()


def test_an_order_is_obeyed_at_once_and_what_was_typed_is_sealed(stopped: Stopped, hands: Hands) -> None:
    hands.key(Qt.Key.Key_L, CTRL)
    hands.type(WRITTEN)
    hands.key(Qt.Key.Key_Return)
    hands.type(TYPED)
    stopped.order()
    hands.key(Qt.Key.Key_S, CTRL, SHIFT)
    window = stopped.window
    hands.until(lambda: over(window))
    page = told(window)
    assert page.is_over and window.frame is None and window.desk is None
    assert page.heading.plain() == "このパソコンの記録を消しました"
    kept, = (hands.home / forgetting.KEPT).iterdir()
    assert str(kept) in page.kept.plain() and "電話" in page.call.plain() and "事務局" in page.call.plain()
    assert not too_small(page) and not unnamed(page) and QApplication.focusWidget() is page.leave
    assert not [p.name for p in hands.home.iterdir() if p.name.startswith(("records", "attachments", "keys", "backup"))]
    bundles.take(stopped.hub, kept, of_stopped=True)
    assert {WRITTEN, TYPED} <= stopped.lines()
    hands.key(Qt.Key.Key_Return)
    assert not window.isVisible()


def test_text_that_no_field_takes_is_sealed_with_its_record(stopped: Stopped, hands: Hands) -> None:
    page = stopped.frame.places.current
    page.go_to("summary")

    def forms() -> list[Form]:
        return [form for form in page.findChildren(Form) if "next_on" in form.names() and form.isVisible()]
    hands.until(lambda: bool(forms()))
    form, = forms()
    form.go_to("next_on")
    hands.type(UNREAD)
    assert [name for name, _ in form.kept_back()] == ["次回の予定日"]
    stopped.order()
    stopped.frame.sync_now()
    hands.until(lambda: over(stopped.window))
    kept, = (hands.home / forgetting.KEPT).iterdir()
    bundles.take(stopped.hub, kept, of_stopped=True)
    assert any(UNREAD in line for line in stopped.lines())


def test_what_was_typed_where_no_record_is_is_sealed_too_and_stands_nowhere_in_the_clear(
        stopped: Stopped, hands: Hands) -> None:
    """A company without a name yet, a word looked for, a box above the window; a passphrase that is shown never."""
    frame = stopped.frame
    listing = frame.places.show_place("companies")
    hands.until(listing.filters.box.isVisible)
    QTest.keyClicks(listing.filters.box, "looked for")
    frame.do("new_company")
    hands.until(lambda: listing.new is not None and listing.new.isVisible())
    QTest.keyClicks(listing.new.form.editor("phone"), "0266-99-1234")
    frame.do("bin")
    box = hands.box()
    QTest.keyClicks(next(w for w in box.findChildren(QLineEdit) if w.isVisible()), "in the bin")
    secret = PassphraseInput()
    secret.setParent(box)
    secret._show(True)
    QTest.keyClicks(secret, PASSPHRASE)
    assert secret.text() == PASSPHRASE
    stopped.order()
    frame.sync_now()
    hands.until(lambda: over(stopped.window))
    kept, = (hands.home / forgetting.KEPT).iterdir()
    typed = ("looked for", "0266-99-1234", "in the bin")
    for file in (p for p in hands.home.rglob("*") if p.is_file()):
        assert not any(words.encode() in file.read_bytes() for words in typed), file
    bundles.take(stopped.hub, kept, of_stopped=True)
    lines = stopped.lines()
    assert [words for words in typed if not any(words in line for line in lines)] == [], lines
    assert not any(PASSPHRASE in line for line in lines) and len(lines) == 3, lines
    with stopped.hub.read() as conn:
        visit = wire_table("consultation")
        assert "書きかけの入力" in set(conn.execute(select(visit.c.theme)).scalars())


def test_where_nothing_can_be_sealed_nothing_goes_and_the_page_tries_again(stopped: Stopped, hands: Hands) -> None:
    (hands.home / forgetting.KEPT).write_bytes(b"")   # a file where the folder should be
    stopped.order()
    stopped.frame.sync_now()
    hands.until(lambda: over(stopped.window))
    page = told(stopped.window)
    assert not page.is_over and page.again.isVisible() and (hands.home / "records.db").exists()
    assert QApplication.focusWidget() is page.again
    (hands.home / forgetting.KEPT).unlink()
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: told(stopped.window).is_over)
    assert not (hands.home / "records.db").exists()


def test_a_wipe_that_was_cut_off_goes_on_at_the_next_start(stopped: Stopped, hands: Hands) -> None:
    stopped.order()
    stopped.window.close()
    hands.until(lambda: stopped.window.desk is None)
    (hands.home / "wiped.json").write_text(json.dumps({"hub": "事務局", "at": "", "kept": None, "done": False}))
    window = hands.start_blocked()
    assert told(window).is_over and told(window).begin.isVisible()
    assert not (hands.home / "records.db").exists() and not (hands.home / "keys.json").exists()
    told(window).begin.click()
    assert isinstance(window.gate, FirstRunPage)


def test_an_order_that_came_before_is_obeyed_when_the_passphrase_opens(stopped: Stopped, hands: Hands) -> None:
    stopped.order()
    stopped.window.close()
    hands.until(lambda: stopped.window.desk is None)

    def get_order(desk) -> None:
        with pytest.raises(syncing.Trouble):
            syncing.sync(desk.store, link=hands.link)
    hands.change(get_order)
    window = hands.start()
    assert isinstance(window.gate, UnlockPage)
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: over(window))
    assert told(window).is_over
    with pytest.raises(forgetting.Forgotten):
        desks.unlock(hands.home, PASSPHRASE, clock=hands.clock, cost=CHEAP)
