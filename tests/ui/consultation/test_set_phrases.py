"""Set phrases by keys: found while composing, put in where the cursor was, Tab through the blanks and then away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QTextEdit

from kanto_desk import i18n, masters
from kanto_desk.services import consultations, finalizing, phrases, summary, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from kanto_desk.ui.timeline.editor import LineEditor
from tests.ui.conftest import Compose
from tests.ui.host import Host

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


def chosen(host: Host) -> str:
    """The words chosen in the box with the focus."""
    box = host.focus()
    if isinstance(box, QLineEdit):
        return box.selectedText()
    assert isinstance(box, QTextEdit)
    return box.textCursor().selectedText()


def text(host: Host) -> str:
    box = host.focus()
    return box.text() if isinstance(box, QLineEdit) else box.toPlainText()   # type: ignore[attr-defined]


def find(host: Host, compose: Compose, words: str) -> None:
    """Ctrl+; and some words, still being composed."""
    host.ctrl(Key.Key_Semicolon)
    assert host.frame.phrasing.panel.isVisible()
    compose(host.focus(), preedit=words)
    host.settle()


def take(host: Host, compose: Compose, words: str) -> None:
    find(host, compose, words)
    compose(host.focus(), commit=words)
    QTest.keyClick(host.focus(), Key.Key_Return)
    host.settle()


def test_two_keys_put_the_most_used_phrase_in(host: Host, desk: Desk, visit: str) -> None:
    phrases.count_use(desk.store, masters.phrases()[4].uid)
    page = host.open(visit)
    host.ctrl(Key.Key_Semicolon)          # key 1
    host.key(Key.Key_Return)              # key 2
    assert host.focus() is page.record.capture.text
    assert text(host) == masters.phrases()[4].text and chosen(host) == "［　］"
    assert phrases.listing(desk.store)[0].used == 2


def test_a_phrase_is_found_before_conversion_sets_the_kind_and_tab_fills_its_blanks(
        host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    find(host, compose, "しょうけい")
    panel = host.frame.phrasing.panel
    assert panel.rows()[0] == "承継：後継者が決まらない" and panel.window() is host
    assert panel.text.plain().startswith("代表は［　］歳。")
    for key in (Key.Key_Return, Key.Key_Escape, Key.Key_Down, Key.Key_Tab):   # the input method's while it composes
        QTest.keyClick(host.focus(), key)
        assert panel.isVisible() and not page.record.capture.text.toPlainText()
    compose(host.focus(), commit="承継")
    host.key(Key.Key_Return)
    capture = page.record.capture
    assert host.focus() is capture.text and capture.kind() == "issue" and chosen(host) == "［　］"
    compose(host.focus(), preedit="68")
    QTest.keyClick(host.focus(), Key.Key_Tab)   # the input method's
    assert capture.text.composing
    compose(host.focus(), commit="68")
    host.key(Key.Key_Tab)
    compose(host.focus(), commit="専務")
    host.key(Key.Key_Backtab, SHIFT)
    assert host.focus() is not capture.text, "no blank is left before the cursor, so Shift+Tab leaves"
    host.ctrl(Key.Key_L)
    host.key(Key.Key_Tab)
    assert chosen(host) == "［　］"
    compose(host.focus(), commit="これから")
    QTest.keyClick(host.focus(), Key.Key_Return)
    host.settle()
    (line,) = timeline.lines(desk.store, visit)
    assert (line.kind, line.text) == ("issue", "代表は68歳。後継者は専務で、準備はこれから。")
    assert capture.kind() == "said"


def test_tab_is_no_trap(host: Host, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    take(host, compose, "売上")
    box = page.record.capture.text
    for _ in range(2):
        host.key(Key.Key_Tab)
        assert host.focus() is box and chosen(host) == "［　］"
    host.key(Key.Key_Backtab, SHIFT)
    assert chosen(host) == "［　］" and box.textCursor().selectionEnd() < text(host).rindex("［　］")
    host.key(Key.Key_Tab)
    host.key(Key.Key_Tab)
    assert host.focus() is not box, "after the last blank Tab leaves"
    assert box.toPlainText().count("［　］") == 3


def test_esc_gives_the_cursor_back_and_one_undo_takes_a_phrase_out(host: Host, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    box = page.record.capture.text
    compose(box, commit="前半と後半")
    cursor = box.textCursor()
    cursor.setPosition(2)
    box.setTextCursor(cursor)
    host.ctrl(Key.Key_Semicolon)
    host.key(Key.Key_Escape)
    assert host.focus() is box and not host.frame.phrasing.panel.isVisible() and box.textCursor().position() == 2
    take(host, compose, "数字で確かめる")
    assert text(host).startswith("前半［　］を") and text(host).endswith("と後半")
    host.ctrl(Key.Key_Z)
    assert text(host) == "前半と後半"
    host.ctrl(Key.Key_Z, shift=True)
    assert text(host).startswith("前半［　］を")


def test_what_is_being_composed_comes_in_once_before_the_phrase(host: Host, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    compose(page.record.capture.text, preedit="まず")
    take(host, compose, "やめる")
    assert text(host).startswith("まず［　］は手間のわりに")


def test_into_a_line_being_edited_without_closing_it(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    uid = timeline.add(desk.store, visit, "advice", "まとめると、")
    host.open(visit)
    host.key(Key.Key_Up)
    editor = host.focus()
    assert isinstance(editor, LineEditor)
    host.ctrl(Key.Key_Semicolon)
    panel = host.frame.phrasing.panel
    assert panel.rows()[0] == "小さく試してから広げる", "advice comes first in a line of advice"
    host.key(Key.Key_Return)
    assert host.focus() is editor and chosen(host) == "［　］"
    host.key(Key.Key_Tab)
    assert host.focus() is editor and chosen(host) == "［　］"
    host.key(Key.Key_Tab)
    host.settle()
    assert host.focus() is not editor
    (line,) = timeline.lines(desk.store, visit)
    assert (line.uid, line.text) == (uid, "まとめると、まず［　］だけで試し、［　］を確かめてから広げる。")


def test_a_click_elsewhere_closes_the_panel_and_the_line_is_kept(host: Host, desk: Desk, visit: str,
                                                                 compose: Compose) -> None:
    timeline.add(desk.store, visit, "said", "一行目")
    page = host.open(visit)
    host.key(Key.Key_Up)
    compose(host.focus(), commit="、続き")
    host.ctrl(Key.Key_Semicolon)
    QTest.mouseClick(page.record.capture.text.viewport(), Qt.MouseButton.LeftButton)
    host.settle()
    assert not host.frame.phrasing.panel.isVisible() and host.focus() is page.record.capture.text
    assert timeline.lines(desk.store, visit)[0].text == "一行目、続き" and page.record.timeline.delegate.editor is None


def test_into_the_boxes_of_the_summary(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    timeline.add(desk.store, visit, "issue", "測れない。")
    page = host.open(visit)
    tab = page.go_to("summary")
    assert isinstance(tab, SummaryTab)
    host.settle()
    box = tab.issue_items.texts()[0]
    box.setFocus()
    QTest.keyClick(box, Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    host.ctrl(Key.Key_Semicolon)
    assert host.frame.phrasing.panel.rows()[0].startswith("品質"), "issues first"
    host.key(Key.Key_Escape)
    take(host, compose, "古い")
    assert host.focus() is box and chosen(host) == "［　］"
    host.settle()
    page.flush()
    host.settle()
    assert summary.read(desk.store, visit).issues[0].text.startswith("測れない。［　］が［　］年たち")
    tab.issue_items.add.click()
    fresh = host.focus()
    assert fresh is tab.issue_items.fresh
    take(host, compose, "原価")
    assert host.focus() is fresh and fresh.isVisible(), "the box for a new item stayed open"
    assert text(host).startswith("製品ごとの原価")
    tab.promises.new_row()
    promise = host.focus()
    assert isinstance(promise, QLineEdit)
    take(host, compose, "調べて")
    assert host.focus() is promise and text(host) == "当方が［　］までに、［　］を調べて返事する。" and chosen(host) == "［　］"
    host.key(Key.Key_Tab)
    assert host.focus() is promise and chosen(host) == "［　］"
    host.key(Key.Key_Tab)
    assert host.focus() is not promise


def test_the_words_chosen_in_a_box_become_a_phrase_and_that_can_be_undone(host: Host, desk: Desk, visit: str,
                                                                         compose: Compose) -> None:
    page = host.open(visit)
    compose(page.record.capture.text, commit="内面の粗さは［　］。余り")
    cursor = page.record.capture.text.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(10, cursor.MoveMode.KeepAnchor)
    page.record.capture.text.setTextCursor(cursor)
    find(host, compose, "この文")
    assert host.frame.phrasing.panel.rows() == ["この文を定型文にする"]
    compose(host.focus(), commit="この文")
    host.key(Key.Key_Return)
    kept = phrases.listing(desk.store, "粗さは")
    assert [(p.text, p.kind) for p in kept] == [("内面の粗さは［　］。", "said")]
    assert host.said() == "定型文に加えました：内面の粗さは［　］。" and text(host) == "内面の粗さは［　］。余り"
    host.frame.footer.undo.click()
    host.settle()
    assert phrases.listing(desk.store, "粗さは") == [] and host.said() == "定型文から外しました"


def test_blanks_left_open_are_gaps_that_lead_to_their_line(host: Host, desk: Desk, visit: str,
                                                           compose: Compose) -> None:
    timeline.add(desk.store, visit, "said", "前の行")
    timeline.add(desk.store, visit, "advice", "まず［　］を試し、［　］を見る。")
    consultations.edit(desk.store, visit, {"direction": "次は［　］。"})
    page = host.open(visit)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    links = [link for link in tab.gap_links() if "空いたまま" in link.accessibleName()]
    assert len(links) == 2
    links[0].click()
    host.settle()
    assert page.tab == "record" and isinstance(host.focus(), LineEditor) and chosen(host) == "［　］"
    compose(host.focus(), commit="治具")
    host.key(Key.Key_Tab)
    compose(host.focus(), commit="差")
    QTest.keyClick(host.focus(), Key.Key_Return)
    host.settle()
    assert timeline.lines(desk.store, visit)[1].text == "まず治具を試し、差を見る。"
    page.go_to("sign")
    host.settle()
    (link,) = [link for link in tab.gap_links() if "空いたまま" in link.accessibleName()]
    link.click()
    assert page.tab == "summary" and chosen(host) == "［　］"


def test_a_signed_record_and_other_tabs_offer_none(host: Host, desk: Desk, visit: str) -> None:
    page = host.open(visit)
    assert page.header.phrase.isVisible()
    for tab, offered in (("summary", True), ("photos", False), ("sign", False), ("record", True)):
        page.go_to(tab)
        host.settle()
        assert (page.header.phrase.isVisible(), host.frame.actions_.served("phrase")) == (offered, offered), tab
    timeline.add(desk.store, visit, "said", "話")
    finalizing.finalize(desk.store, desk.blobs, visit, finalizing.Signature("宮坂 真理", "", "typed"))
    host.settle()
    assert not page.header.phrase.isVisible() and not host.frame.actions_.served("phrase")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("width", [1280, 1366])
def test_the_button_stands_in_the_header(desk: Desk, visit: str, qapp: QApplication, language: i18n.Language,
                                         width: int) -> None:
    i18n.use(language)
    host = Host(desk, width, 680)
    try:
        page: ConsultationPage = host.open(visit)
        button = page.header.phrase
        assert button.text().strip() == {"ja": "定型文", "en": "Set phrases"}[language] and button.width() >= button.sizeHint().width()
        assert page.header.company.width() > 100
        compose = page.record.capture.text
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        panel = host.frame.phrasing.panel
        assert panel.isVisible() and host.rect().contains(panel.geometry())
        host.key(Key.Key_Return)
        assert host.focus() is compose and chosen(host) == {"ja": "［　］", "en": "[ ]"}[language]
    finally:
        host.end()
