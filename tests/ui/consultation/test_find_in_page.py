"""Ctrl+F on an open record and on a company: folded hits, counted and marked, walked by Enter, and Esc leads back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QTextEdit
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from kanto_desk import i18n
from kanto_desk.clock import today
from kanto_desk.services import consultations, organizations, photos, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.dialogs.bin import BinBox
from kanto_desk.ui.dialogs.keys_help import KeysBox
from kanto_desk.ui.find_bar import FindBar
from kanto_desk.ui.finding_texts import TextsFinder
from kanto_desk.ui.layout import Column, holder, scrolling
from kanto_desk.ui.pages.consultation.photos_tab import PhotosTab
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from kanto_desk.ui.pages.figures.page import FiguresPage
from kanto_desk.ui.pages.home import HomePage
from kanto_desk.ui.pdf_view import PdfView
from kanto_desk.ui.text import Wrapped
from kanto_desk.ui.theme import look
from kanto_desk.ui.timeline.editor import LineEditor
from tests.photographs import photo
from tests.ui.conftest import Compose
from tests.ui.host import Host
from tests.ui.screens import wait_for

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
LINES = ["見積りを送る約束。", "ﾊﾟｲﾌﾟの見積もり", "髙﨑さんの話", "測定の手段", "サーバーの見積"]


def written(desk: Desk, visit: str) -> None:
    for text in LINES:
        timeline.add(desk.store, visit, "issue", text)


def marks(box: QTextEdit) -> list[tuple[str, bool]]:
    """The words marked in a box, and whether each is the present hit."""
    found = box.extraSelections()
    return [(one.cursor.selectedText(), one.format.background() != found[-1].format.background() or len(found) == 1)
            for one in found]


def typed(host: Host, bar: FindBar, compose: Compose, words: str) -> None:
    host.ctrl(Key.Key_F)
    assert host.focus() is bar.box and bar.window() is host
    compose(bar.box, commit=words)
    host.settle()


def test_composed_text_searches_and_enter_walks_round(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    written(desk, visit)
    page = host.open(visit)
    bar, view = page.find_bar, page.record.timeline
    assert bar.isHidden()
    before = view.viewport().grab().toImage()
    host.ctrl(Key.Key_F)
    compose(bar.box, preedit="ぱいぷ")
    assert bar.count.text() == "1／1" and view.currentIndex().row() == 1
    for key in (Key.Key_Return, Key.Key_Escape):   # the input method's
        QTest.keyClick(bar.box, key)
        assert bar.isVisible() and bar.box.composing
    compose(bar.box, preedit="みつもり")
    assert bar.count.text() == "見つかりません"
    compose(bar.box, commit="見積")
    assert bar.count.text() == "1／3"
    walked = []
    for modifier in (Qt.KeyboardModifier.NoModifier,) * 3 + (SHIFT,) * 2:
        QTest.keyClick(bar.box, Key.Key_Return, modifier)
        walked.append((bar.count.text(), view.currentIndex().row()))
    assert walked == [("2／3", 1), ("3／3", 4), ("1／3", 0), ("3／3", 4), ("2／3", 1)]
    assert host.focus() is bar.box and view.delegate.present is not None
    assert view.viewport().grab().toImage() != before
    host.key(Key.Key_Escape)
    assert bar.isHidden() and host.focus() is page.record.capture.text
    assert view.delegate.needle == "" and view.delegate.present is None and host.frame.places.current is page


def test_the_present_hit_is_marked_apart_in_the_painted_line(host: Host, desk: Desk, visit: str,
                                                             compose: Compose) -> None:
    timeline.add(desk.store, visit, "said", "納期、納期、また納期")
    page = host.open(visit)
    typed(host, page.find_bar, compose, "納期")
    view = page.record.timeline
    shots = []
    for count in ("1／3", "2／3", "3／3"):
        assert page.find_bar.count.text() == count
        shots.append(view.viewport().grab().toImage())
        host.key(Key.Key_Return)
    assert shots[0] != shots[1] != shots[2] != shots[0]


def test_f2_edits_the_line_that_was_found(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    written(desk, visit)
    page = host.open(visit)
    typed(host, page.find_bar, compose, "高崎")
    host.key(Key.Key_F2)
    assert isinstance(host.focus(), LineEditor) and host.focus().toPlainText() == "髙﨑さんの話"
    compose(host.focus(), commit="（済）")
    host.key(Key.Key_Return)
    host.settle()
    assert timeline.lines(desk.store, visit)[2].text == "髙﨑さんの話（済）"
    assert page.find_bar.isVisible() and page.find_bar.count.text() == "1／1"


def test_a_new_line_is_counted_at_once(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    written(desk, visit)
    page = host.open(visit)
    typed(host, page.find_bar, compose, "見積")
    host.ctrl(Key.Key_L)
    compose(host.focus(), commit="もう一つの見積り")
    QTest.keyClick(host.focus(), Key.Key_Return)
    host.settle()
    assert page.find_bar.count.text() == "1／4"


def test_the_boxes_of_the_summary_are_searched_and_marked(host: Host, desk: Desk, visit: str,
                                                          compose: Compose) -> None:
    written(desk, visit)
    consultations.edit(desk.store, visit, {"theme": "見積もりと測定", "direction": "次回、見積の見直し"})
    page = host.open(visit)
    tab = page.go_to("summary")
    assert isinstance(tab, SummaryTab)
    host.settle()
    box = tab.issue_items.texts()[3]
    box.setFocus()
    typed(host, page.find_bar, compose, "みつもり")
    assert page.find_bar.count.text() == "見つかりません"
    page.find_bar.box.clear()
    compose(page.find_bar.box, commit="見積")
    theme, direction = tab.forms["top"].editor("theme"), tab.forms["end"].editor("direction")
    assert page.find_bar.count.text() == "1／5"
    assert theme.selectedText() == "見積" and theme.property("found") == "here"   # type: ignore[attr-defined]
    host.key(Key.Key_Return)
    assert theme.property("found") == "true"
    assert [words for words, _ in marks(tab.issue_items.texts()[0])] == ["見積"]
    host.key(Key.Key_Return, SHIFT)
    host.key(Key.Key_Return, SHIFT)
    assert page.find_bar.count.text() == "5／5" and isinstance(direction, QTextEdit)
    assert not direction.visibleRegion().isEmpty(), "the hit was brought into sight"
    host.key(Key.Key_Escape)
    assert host.focus() is box and marks(direction) == [] and theme.property("found") == ""
    host.settle()
    assert consultations.get(desk.store, visit).record.theme == "見積もりと測定"


def test_another_tab_is_searched_when_it_is_shown(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    written(desk, visit)
    page = host.open(visit)
    typed(host, page.find_bar, compose, "見積")
    page.go_to("summary")
    host.settle()
    assert page.find_bar.isVisible() and page.find_bar.count.text() == "1／3"
    assert page.record.timeline.delegate.needle == ""
    page.go_to("photos")
    host.settle()
    assert page.find_bar.isVisible() and page.find_bar.count.text() == "見つかりません"
    sign = page.go_to("sign")
    assert isinstance(sign, SignTab)
    wait_for(lambda: page.find_bar.count.text().endswith("／3"))
    page.go_to("record")
    host.settle()
    assert page.find_bar.count.text().endswith("／3") and sign.view.marked() == ()


def ink_in(view: PdfView, area: QRect) -> tuple[int, int]:
    """Pixels of an area of the page that hold the marker's colour, and those that hold ink."""
    picture, found = view.viewport().grab().toImage(), look().color("paper_found")
    colours = [picture.pixelColor(x, y) for x in range(area.left(), area.right())
               for y in range(area.top(), area.bottom())]
    return colours.count(found), sum(one.lightness() < 90 for one in colours)


def test_the_real_page_is_searched_and_marked(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    consultations.edit(desk.store, visit, {"theme": "ＩＳＯ取得の見積り", "summary": "𠮷田さんの工場。" + "長い話。" * 700
                                           + "おわりに見積もり。"})
    page = host.open(visit)
    sign = page.go_to("sign")
    assert isinstance(sign, SignTab)
    wait_for(sign.view.ready)
    host.ctrl(Key.Key_F)
    assert host.focus() is page.find_bar.box
    compose(page.find_bar.box, commit="見積")
    wait_for(lambda: page.find_bar.count.text() == "1／2")
    view = sign.view
    first, last = view.marked()
    marker, ink = ink_in(view, first)
    assert marker > 40 and ink > 10, "the words stand under the marker"
    assert not view.viewport().rect().contains(last)
    host.key(Key.Key_Return)
    assert page.find_bar.count.text() == "2／2" and view.viewport().rect().contains(view.marked()[1])
    wait_for(view.ready)
    assert ink_in(view, view.marked()[1])[1] > 10
    for words, hits in (("iso", 1), ("𠮷田", 1), ("よしだ", 0)):
        page.find_bar.box.clear()
        compose(page.find_bar.box, commit=words)
        assert len(view.marked()) == hits
    host.key(Key.Key_Escape)
    assert view.marked() == () and page.find_bar.isHidden()


def test_a_changed_page_is_searched_anew(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    consultations.edit(desk.store, visit, {"summary": "見積りの話。"})
    page = host.open(visit)
    sign = page.go_to("sign")
    assert isinstance(sign, SignTab)
    wait_for(sign.view.ready)
    typed(host, page.find_bar, compose, "見積")
    wait_for(lambda: page.find_bar.count.text() == "1／1")
    consultations.edit(desk.store, visit, {"summary": "見積り、また見積り。"})
    wait_for(lambda: page.find_bar.count.text() == "1／2")
    assert len(sign.view.marked()) == 2


def test_photos_are_found_by_their_words(host: Host, desk: Desk, visit: str, compose: Compose,
                                         tmp_path: Path) -> None:
    page = host.open(visit)
    files = [tmp_path / "a.jpg", tmp_path / "b.jpg"]
    for file in files:
        file.write_bytes(photo(words=file.name))
    page.photo_import.add_files(files)
    wait_for(lambda: page.photo_import.count() == 2)
    one, other = photos.pictures(desk.store, visit)
    photos.edit(desk.store, visit, one.uid, {"caption": "パイプの断面"})
    photos.edit(desk.store, visit, other.uid, {"caption": "測定の様子"})
    tab = page.go_to("photos")
    assert isinstance(tab, PhotosTab)
    host.settle()
    tab.open_large(one.uid)
    before = tab.grid.viewport().grab().toImage()
    host.ctrl(Key.Key_F)
    compose(page.find_bar.box, commit="ﾊﾟｲﾌﾟ")
    assert page.find_bar.count.text() == "1／1" and tab.grid.current() == one.uid
    assert tab.grid.isVisible() and tab.grid.viewport().grab().toImage() != before
    page.find_bar.box.clear()
    compose(page.find_bar.box, commit="測定")
    assert tab.grid.current() == other.uid and host.focus() is page.find_bar.box
    host.key(Key.Key_Escape)
    assert (tab.grid.needle, tab.grid.here) == ("", "")


def test_today_and_the_figures_are_searched(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    consultations.edit(desk.store, visit, {"held_on": today(desk.store.clock)})
    host.frame.go("today")
    host.settle()
    home = host.frame.places.current
    assert isinstance(home, HomePage)
    typed(host, home.find_bar, compose, "こなんせいこう")
    assert home.find_bar.count.text() == "見つかりません"   # a name is found as it is written
    home.find_bar.box.clear()
    compose(home.find_bar.box, commit="湖南精工")
    hits = int(home.find_bar.count.text().split("／")[1])
    assert hits >= 2
    host.key(Key.Key_Return)   # walks on; it must not begin the visit
    assert host.frame.places.current is home and home.find_bar.count.text() == f"2／{hits}"
    host.key(Key.Key_Escape)
    assert home.find_bar.isHidden()
    host.frame.go("figures")
    host.settle()
    figures = host.frame.places.current
    assert isinstance(figures, FiguresPage)
    wait_for(lambda: bool(figures.cards.cards))
    typed(host, figures.find_bar, compose, "やくそく")
    figures.find_bar.box.clear()
    compose(figures.find_bar.box, commit="約束")
    assert figures.find_bar.count.text().startswith("1／")
    figures.read()
    host.settle()
    assert figures.find_bar.count.text().startswith("1／"), "counted anew, it is searched anew"


def test_boxes_are_searched_and_a_list_with_a_search_box_goes_there(host: Host, compose: Compose) -> None:
    keys = KeysBox(host, host.frame.actions_)
    keys.open()
    wait_for(lambda: QApplication.activeWindow() is keys)
    host.ctrl(Key.Key_F)
    assert host.focus() is keys.find_bar.box
    compose(keys.find_bar.box, commit="定型文")
    assert keys.find_bar.count.text().startswith("1／")
    host.key(Key.Key_Escape)
    assert keys.isVisible() and keys.find_bar.isHidden(), "Esc leaves the search first"
    host.key(Key.Key_Escape)
    assert not isValid(keys), "and the next Esc the box"
    box = BinBox(host)
    box.open()
    wait_for(lambda: QApplication.activeWindow() is box)
    box.done_button.setFocus()
    host.ctrl(Key.Key_F)
    assert host.focus() is box.search
    box.close()


def test_a_passphrase_is_not_searched(qtbot: QtBot) -> None:
    secret, plain = QLineEdit("みずうみ"), QLineEdit("みずうみ")
    secret.setEchoMode(QLineEdit.EchoMode.Password)
    area = scrolling(holder(Column(secret, plain)))
    qtbot.addWidget(area)
    area.show()
    assert TextsFinder(area).find("みずうみ") == 1 and not secret.property("found")


def test_a_company_is_searched_in_its_facts(host: Host, desk: Desk, company: str, compose: Compose) -> None:
    organizations.edit(desk.store, company, {"products": "細径パイプ。曲げたパイプ。"})
    page = host.profile(company)
    bar = page.find_bar
    host.ctrl(Key.Key_F)
    compose(bar.box, preedit="ﾊﾟｲﾌﾟ")
    total = int(bar.count.text().split("／")[1])
    assert total >= 4
    marked = [label for label in page.findChildren(Wrapped) if "background-color" in label.text()]
    assert any(label.plain() == "細径パイプ。曲げたパイプ。" and label.text().count("<span") == 2 for label in marked)
    host.key(Key.Key_Escape)   # the input method's
    assert bar.isVisible()
    compose(bar.box, commit="諏訪市")
    assert bar.count.text().startswith("1／")
    host.key(Key.Key_Escape)
    assert bar.isHidden() and host.frame.places.current is page
    assert not any("background-color" in label.text() for label in page.findChildren(Wrapped))
    assert not any(label.property("found") for label in page.findChildren(QLabel))


def test_the_bar_says_it_in_english_and_fits(desk: Desk, visit: str, qapp: QApplication, compose: Compose) -> None:
    i18n.use("en")
    host = Host(desk, 1280, 680)
    try:
        written(desk, visit)
        page = host.open(visit)
        typed(host, page.find_bar, compose, "見積")
        bar = page.find_bar
        assert bar.accessibleName() == "Find on this page" and bar.count.text() == "1／3"
        assert bar.next.accessibleName() == "Next hit"
        for part in (bar.box, bar.count, bar.previous, bar.next, bar.close_button):
            assert part.width() >= part.minimumSizeHint().width() and bar.rect().contains(part.geometry())
        bar.next.click()
        assert bar.count.text() == "2／3"
        bar.close_button.click()
        assert bar.isHidden()
    finally:
        host.end()
