"""After signing, by keys alone: no key prints by accident, Ctrl+L says why there is no box, a computer without a printer
says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtPrintSupport import QPrinterInfo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kanto_desk.errors import Refused, Trouble
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import consultations, finalizing, organizations, sending_later
from kanto_desk.services.desk import Desk
from kanto_desk.ui.edges import SystemPrinter
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.signature_pad import SignaturePad
from tests.ui.conftest import Compose
from tests.ui.consultation.test_visit_by_keys import sign_typed
from tests.ui.host import Host

Key = Qt.Key
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def signed(host: Host, visit: str, compose: Compose) -> tuple[ConsultationPage, SignTab]:
    page = host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)
    sign_typed(host, compose, page, "宮坂 真理")
    tab = page.stack.currentWidget()
    assert isinstance(tab, SignTab)
    return page, tab


def test_no_key_after_signing_prints_until_print_is_reached(host: Host, desk: Desk, visit: str,
                                                            compose: Compose) -> None:
    _page, tab = signed(host, visit, compose)
    assert consultations.get(desk.store, visit).state == states.FINAL
    assert host.focus() is tab.view and "署名をいただきました" in tab.view.accessibleName()
    for key in (Key.Key_Space, Key.Key_Return, Key.Key_Enter):
        host.key(key)
    host.ctrl(Key.Key_Return)
    assert host.answers.printed == [] and host.focus() is tab.view
    host.key(Key.Key_Tab)
    assert host.focus() is tab.later_button   # what can be taken back comes first
    host.key(Key.Key_Tab)
    assert host.focus() is tab.print_button
    host.key(Key.Key_Space)
    assert len(host.answers.printed) == 1


def test_the_page_is_not_called_signed_while_it_is_corrected(host: Host, visit: str, compose: Compose) -> None:
    page, tab = signed(host, visit, compose)
    page.banner.ask.setFocus()
    host.key(Key.Key_Space)
    compose(host.focus(), commit="数字の誤り")
    host.key(Key.Key_Return)
    assert "署名" not in tab.view.accessibleName()


def test_ctrl_l_on_a_signed_record_goes_to_its_lines_and_says_how_to_correct(host: Host, visit: str,
                                                                             compose: Compose) -> None:
    page, _tab = signed(host, visit, compose)
    for _ in range(2):   # from 署名・印刷 and from 記録
        host.ctrl(Key.Key_L)
        assert page.tab == "record" and host.focus() is page.record.timeline
        assert "新しい版をつくる" in host.said()


def test_without_a_printer_nothing_is_printed_and_nothing_written(qapp: QApplication, tmp_path: Path) -> None:
    assert not QPrinterInfo.availablePrinterNames(), "this test needs a computer without a printer"
    page = tmp_path / "page.pdf"
    page.write_bytes(b"%PDF-1.7")
    parent = QWidget()
    with pytest.raises(Trouble, match="プリンター") as raised:
        SystemPrinter().print(parent, page, "KD-1")
    assert "プリンターをつなぐ" in raised.value.to_do and raised.value.safe
    assert [p.name for p in tmp_path.iterdir()] == ["page.pdf"] and QApplication.activeModalWidget() is None
    parent.deleteLater()


def test_ctrl_p_without_a_printer_says_so_and_writes_no_file(desk: Desk, visit: str, compose: Compose, tmp_path: Path,
                                                             qapp: QApplication) -> None:
    host = Host(desk, printer=SystemPrinter())
    host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)
    before = {*tmp_path.rglob("*"), *Path.cwd().iterdir()}
    host.ctrl(Key.Key_P)
    said = host.said()
    new = {path for path in {*tmp_path.rglob("*"), *Path.cwd().iterdir()} - before if path.suffix in (".pdf", ".ps")}
    host.end()
    assert "プリンターが見つかりません" in said and "USB" in said
    assert not new


def drawn(pad: SignaturePad) -> None:
    """A stroke with the mouse."""
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    QTest.mouseMove(pad, QPoint(90, 60))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(140, 50))


def test_a_correction_begins_with_an_empty_pad(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    compose(host.focus(), commit="宮坂 真理")
    drawn(tab.form.pad)
    host.ctrl(Key.Key_Return)
    assert [v.n for v in finalizing.versions(desk.store, visit)] == [1]
    page.banner.ask.setFocus()
    host.key(Key.Key_Space)
    compose(host.focus(), commit="金額の誤り")
    host.key(Key.Key_Return)
    assert page.tab == "record" and host.focus() is page.record.capture.text   # typing goes somewhere at once
    compose(host.focus(), commit="支払いは1億円。")
    host.key(Key.Key_Return)
    page.go_to("sign")
    host.settle()
    assert tab.form.given().strokes == () and not tab.form.given().of
    host.ctrl(Key.Key_Return)
    assert len(finalizing.versions(desk.store, visit)) == 1   # nobody confirmed the new content


def test_a_signature_is_void_when_the_content_changes_after_it(host: Host, desk: Desk, visit: str,
                                                                 compose: Compose) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    compose(host.focus(), commit="宮坂 真理")
    drawn(tab.form.pad)
    signed = tab.form.given()
    page.go_to_capture()
    compose(host.focus(), commit="支払いは1億円。")
    host.key(Key.Key_Return)
    page.go_to("sign")
    host.settle()
    assert tab.form.given().strokes == () and "もう一度" in tab.form.error.plain()
    assert tab.form.name.text() == "宮坂 真理"
    with pytest.raises(Refused) as refused:   # and the store refuses it, whoever asks
        finalizing.finalize(desk.store, desk.blobs, visit, signed.signature())
    assert refused.value.field == "signature" and finalizing.versions(desk.store, visit) == []
    drawn(tab.form.pad)
    host.ctrl(Key.Key_Return)
    assert [v.n for v in finalizing.versions(desk.store, visit)] == [1]


def test_an_unchanged_correction_is_named_before_signing(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)
    host.settle()
    finalizing.finalize(desk.store, desk.blobs, visit, finalizing.Signature("宮坂 真理", method="typed"))
    finalizing.correct(desk.store, visit, "確かめたい")
    host.settle()
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    assert any("まだ何も直していません" in link.accessibleName() for link in tab.gap_links())
    page.go_to_capture()
    compose(host.focus(), commit="減るのは2割。")
    host.key(Key.Key_Return)
    page.go_to("sign")
    host.settle()
    assert not any("まだ何も直していません" in link.accessibleName() for link in tab.gap_links())


def test_before_a_client_no_other_record_can_be_seen_or_reached(host: Host, desk: Desk, visit: str,
                                                                compose: Compose) -> None:
    other = organizations.create(desk.store, {"name": "株式会社 秘密工業"})
    host.open(consultations.create(desk.store, other))
    page = host.open(visit)
    assert host.frame.places.bar.isVisible()
    host.ctrl(Key.Key_K)
    assert host.frame.palette_.isVisible()
    host.ctrl(Key.Key_V, shift=True)
    assert page.client_shown and not host.frame.places.bar.isVisible() and not host.frame.palette_.isVisible()
    for key, held in ((Key.Key_K, CTRL), (Key.Key_N, CTRL), (Key.Key_Tab, CTRL), (Key.Key_W, CTRL), (Key.Key_3, ALT)):
        host.key(key, held)
        assert page.client_shown and host.frame.places.current is page and not host.frame.palette_.isVisible()
        assert not host.frame.places.bar.isVisible() and not host.frame.rail.isVisible()
    host.key(Key.Key_Escape)
    assert not page.client_shown and host.frame.places.bar.isVisible() and host.frame.rail.isVisible()
    host.ctrl(Key.Key_K)
    assert host.frame.palette_.isVisible()


@pytest.mark.parametrize("size", [(1280, 680), (1366, 768)])
def test_the_pad_stands_whole_in_sight_of_the_client(host: Host, visit: str, size: tuple[int, int]) -> None:
    page = host.open(visit)
    page.set_client_view(True)
    host.showNormal()
    host.resize(*size)
    QTest.qWait(50)
    pad = page.client.form.pad
    assert pad.visibleRegion().boundingRect() == pad.rect() and pad.height() >= 100


def test_a_page_put_off_stands_among_the_things_left_undone_until_it_is_sent(host: Host, desk: Desk, visit: str,
                                                                            compose: Compose) -> None:
    page, tab = signed(host, visit, compose)
    tab.later_button.setFocus()
    host.key(Key.Key_Space)
    assert "やり残し" in host.said() and tab.later_button.accessibleName().startswith("送りました")
    host.frame.footer.undo.click()
    host.settle()
    assert sending_later.waiting(desk.store) == ()
    host.key(Key.Key_Space)
    host.frame.go("today")
    host.settle()
    home_page = host.frame.places.current
    assert home_page is not None
    line = next(one for one in home_page.findChildren(Pressable) if one.accessibleName().startswith("あとで送る記録票"))
    line.setFocus()
    host.key(Key.Key_Return)
    assert host.frame.places.current is page
    page.go_to("sign")
    host.settle()
    tab.later_button.setFocus()
    host.key(Key.Key_Space)
    assert sending_later.waiting(desk.store) == () and "あとで送る" in tab.later_button.accessibleName()
    with pytest.raises(Refused):
        sending_later.put_off(desk.store, consultations.create(desk.store, organizations.create(desk.store, {"name": "甲"})))


def test_a_visit_that_was_called_off_has_no_page_to_send(host: Host, desk: Desk, visit: str) -> None:
    page = host.open(visit)
    page.go_to("sign")
    host.settle()
    with desk.store.operation("取りやめ", ("consultation", visit)) as op:
        op.add("transition", {"record_type": "consultation", "record": visit, "from_state": "draft",
                              "to_state": "cancelled", "at": op.now})
    host.settle()
    QTest.qWait(400)
    host.settle()
    tab = page.stack.currentWidget()
    assert isinstance(tab, SignTab) and tab.sign_button.isHidden() and tab.later_button.isHidden()


@pytest.mark.parametrize("key", [Key.Key_1, Key.Key_6])
def test_a_kind_key_on_a_signed_record_just_opened_leads_into_no_hidden_box(host: Host, desk: Desk, visit: str,
                                                                           compose: Compose, key: Key) -> None:
    signed(host, visit, compose)
    host.frame.places.close_record()
    host.settle()
    page = host.open(visit)
    assert page.tab == "record" and not page.record.capture.isVisible()
    host.ctrl(key)
    assert host.focus().isVisible() and not page.record.capture.isAncestorOf(host.focus())
    assert not any(host.frame.actions_.served(name) for name in ("kind_said", "edit_line", "promise_chips"))


def test_the_summary_of_a_signed_record_takes_the_cursor(host: Host, visit: str, compose: Compose) -> None:
    signed(host, visit, compose)
    host.frame.places.close_record()
    host.settle()
    page = host.open(visit)
    page.record.timeline.setFocus()   # what is hidden now
    page.go_to("summary")
    host.settle()
    assert page.stack.isAncestorOf(host.focus()) and host.focus().isVisible()
