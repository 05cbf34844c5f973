"""After signing, by keys alone: no key prints by accident, Ctrl+L says why there is no box, a computer without a printer
says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinterInfo
from PySide6.QtWidgets import QApplication, QWidget

from kanto_desk.errors import Trouble
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import consultations
from kanto_desk.services.desk import Desk
from kanto_desk.ui.edges import SystemPrinter
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from tests.ui.conftest import Compose
from tests.ui.consultation.test_visit_by_keys import sign_typed
from tests.ui.host import Host

Key = Qt.Key


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
        assert "訂正する" in host.said()


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
