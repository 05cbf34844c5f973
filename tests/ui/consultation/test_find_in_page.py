"""Ctrl+F on an open record and on a company: folded hits, counted and marked, walked by Enter, and Esc leads back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTextEdit

from kanto_desk import i18n
from kanto_desk.services import consultations, organizations, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.find_bar import FindBar
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from kanto_desk.ui.text import Wrapped
from kanto_desk.ui.timeline.editor import LineEditor
from tests.ui.conftest import Compose
from tests.ui.host import Host

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
    page.go_to("sign")
    host.settle()
    assert page.find_bar.isHidden() and not host.frame.actions_.served("find")
    page.go_to("record")
    assert page.find_bar.isHidden() and host.frame.actions_.served("find")


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
