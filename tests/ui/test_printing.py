"""Ctrl+P with real keys on every page: the PDF that reaches the printer says what the page shows, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk import i18n
from kanto_desk.errors import Trouble
from kanto_desk.services import organization_search, organizations, samples
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.page import Page, Printer
from kanto_desk.ui.pages.consultation.listing import ConsultationListPage
from kanto_desk.ui.pages.figures.page import FiguresPage
from kanto_desk.ui.pages.home import HomePage
from kanto_desk.ui.table import TableView
from tests.report.reading import bare, by_pdfium, elements, opened
from tests.services.conftest import clock, desk  # noqa: F401 - fixtures
from tests.ui.host import Host
from tests.ui.window import CTRL, Hands

P, ALT = Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier


class NoPrinter(Printer):
    """A computer without a printer."""

    def print(self, parent: QWidget, pdf: Path | bytes, title: str) -> bool:  # noqa: ARG002 - the protocol's shape
        raise Trouble("プリンターが見つかりません。", "", "")


@pytest.fixture
def host(desk: Desk, qapp: object) -> Iterator[Host]:  # noqa: F811 - fixtures
    samples.load(desk)
    made = Host(desk)
    yield made
    made.end()


@pytest.fixture
def empty(desk: Desk, qapp: object) -> Iterator[Host]:  # noqa: F811 - fixtures
    made = Host(desk)
    yield made
    made.end()


@pytest.fixture
def unprinting(desk: Desk, qapp: object) -> Iterator[Host]:  # noqa: F811
    samples.load(desk)
    made = Host(desk, printer=NoPrinter())
    yield made
    made.end()


@pytest.fixture
def english(desk: Desk, qapp: object) -> Iterator[Host]:  # noqa: F811 - fixtures
    i18n.use("en")
    samples.load(desk)
    made = Host(desk)
    yield made
    made.end()


def go(host: Host, place: int) -> Page:
    """Alt+1…6."""
    QTest.keyClick(host, getattr(Qt.Key, f"Key_{place}"), ALT)
    host.settle()
    page = host.frame.places.current
    assert page is not None
    return page


def printed(host: Host) -> str:
    """Press Ctrl+P; the text of what reached the printer, without blanks."""
    before = len(host.answers.printed)
    host.ctrl(P)
    assert len(host.answers.printed) == before + 1, host.said()
    return bare(by_pdfium(host.answers.printed[-1]))


def in_order(text: str, names: list[str]) -> None:
    """The names stand in the text one after the other."""
    at = -1
    for name in names:
        found = text.find(bare(name), at + 1)
        assert found > at, f"{name} is missing or out of order"
        at = found


def cells(table: TableView, column: int) -> list[str]:
    """What stands in a column, from the first row to the last."""
    model = table.rows
    return [row.cells[column].words for n in range(model.rowCount()) if (row := model.row(n)) is not None]


def konan(host: Host) -> str:
    return organization_search.find(host.frame.desk.store, Wanted("湖南精工"))[0]


def test_the_list_of_companies(host: Host) -> None:
    page = host.list()
    names = cells(page.table, 0)
    text = printed(host)
    in_order(text, names)
    assert len(names) == 94
    for words in ("企業の一覧", "条件すべて", "並び順ふりがな順", "件数94社", "令和8年11月24日", "1／9", "9／9"):
        assert words in text
    assert host.said() == "「企業の一覧」を印刷に出しました（9ページ）"


def test_the_conditions_order_and_columns_chosen(host: Host) -> None:
    page = host.list()
    page.filters.box.setText("長野県")
    page.filters.box.ask_now()
    page.filters.recent.click()
    page.columns.chips[2].click()      # できること
    host.settle()
    names = cells(page.table, 0)
    text = printed(host)
    in_order(text, [f"{n}{name}" for n, name in enumerate(names, 1)])
    assert 1 < len(names) < 94 and f"94社のうち{len(names)}社" in text
    assert "条件「長野県」" in text and "並び順最終相談の新しい順" in text
    assert "できること" not in text and "認証" in text, "a column that is not chosen is not printed"


def test_columns_that_only_lack_room_on_the_screen_are_printed(host: Host) -> None:
    host.resize(1040, 680)
    page = host.list()
    host.ctrl(Qt.Key.Key_I)
    assert page.table.isColumnHidden(4), "the preview took the room"
    assert "認証" in printed(host)


def test_the_list_of_visits(host: Host) -> None:
    page = go(host, 2)
    assert isinstance(page, ConsultationListPage)
    text = printed(host)
    in_order(text, cells(page.table, 2))
    assert "相談の一覧" in text and "件数6件" in text and "並び順相談日の新しい順" in text
    page.search.set_value("上田プレス")
    page.read()
    host.settle()
    assert cells(page.table, 1) == ["株式会社 上田プレス"]
    found = printed(host)
    assert "条件「上田プレス」" in found and "株式会社上田プレス" in found and "湖南精工" not in found


def test_a_company_with_rare_letters_and_without_internal_notes(host: Host) -> None:
    uid, store = konan(host), host.frame.desk.store
    organizations.edit(store, uid, {"notes": "社外に出さない話", "corporate_number": "1234567890123"})
    organizations.rename(store, uid, "株式会社 𠮷髙精工", "ヨシタカセイコウ", date(2026, 11, 1), "")
    host.profile(uid)
    text = printed(host)
    profile = organizations.profile(store, uid, opened=False)
    for words in ("企業の記録", "株式会社𠮷髙精工", "ヨシタカセイコウ", "1234567890123（要確認）", "所在地", "諏訪市",
                  "出どころ", "［要確認］", "名称履歴", "株式会社湖南精工", "窓口", "宮坂真理", "ISO9001", "本郷メディカル機工",
                  "メモは内部のものなので、印刷していません。"):
        assert bare(words) in text, words
    in_order(text, [one.theme for one in profile.consultations])
    in_order(text, [one.text for one in profile.promises])
    assert "社外に出さない話" not in text
    assert host.said() == "「企業の記録」を印刷に出しました（3ページ）"
    pdf = opened(host.answers.printed[-1])
    assert str(pdf.Root.Lang) == "ja-JP" and pdf.Root.MarkInfo.Marked
    assert len(elements(pdf, "H1")) == 1 and len(elements(pdf, "H2")) >= 7 and elements(pdf, "TH")


def test_what_is_typed_in_the_form_is_on_the_paper(host: Host) -> None:
    page = host.profile(konan(host))
    host.key(Qt.Key.Key_F2)
    page.form_of("membership").go_to("membership")
    QTest.keyClicks(host.focus(), "A-42")
    assert "会員区分A-42" in printed(host)


def test_today(host: Host) -> None:
    page = go(host, 1)
    assert isinstance(page, HomePage)
    text = printed(host)
    for words in ("きょうの予定令和8年11月24日（火）", "今日の予定", "医療機器の委託加工と測定", "前回の約束（次の訪問：株式会社湖南精工）",
                  "期限が過ぎた約束（計1件）", "期限超過", "署名がまだの記録（計1件）", "上田プレス"):
        assert bare(words) in text, words


def test_the_list_behind_a_number(host: Host) -> None:
    page = go(host, 5)
    assert isinstance(page, FiguresPage)
    assert "実績集計" in printed(host), "the figures print as before"
    page.cards.cards[0].click()
    host.settle()
    text = printed(host)
    in_order(text, cells(page.behind.table, 2))
    assert "相談の一覧" in text and "実績集計" not in text


def test_where_nothing_can_be_printed_the_footer_says_what_can(host: Host) -> None:
    for place in (4, 6):
        go(host, place)
        host.ctrl(P)
        assert host.said().startswith("ここには印刷するものがありません。"), place
        offered = [action.id for action in host.frame.actions_.offered()]
        assert "print" not in offered and "save_pdf" not in offered, "the palette claims nothing"
    for place in (1, 2, 3, 5):
        go(host, place)
        offered = [action.id for action in host.frame.actions_.offered()]
        assert "print" in offered and "save_pdf" in offered, place
    assert not host.answers.printed


def test_an_empty_list_says_so(empty: Host) -> None:
    go(empty, 2)
    empty.ctrl(P)
    assert empty.said() == "一覧に相談がないので、印刷するものがありません"
    page = empty.list()
    page.filters.box.setText("そんな会社はない")
    page.filters.box.ask_now()
    empty.settle()
    empty.ctrl(P)
    assert empty.said() == "一覧に企業がないので、印刷するものがありません"
    go(empty, 5)
    empty.ctrl(P)
    assert empty.said() == "まだ数えた相談がないので、印刷するものがありません"
    go(empty, 1)
    assert "今日の予定はありません。" in printed(empty), "a day without a visit is a day"


def test_without_a_printer_the_way_to_a_pdf_is_named(unprinting: Host, qtbot: QtBot, tmp_path: Path) -> None:
    host = unprinting
    host.list()
    host.ctrl(P)
    assert host.said() == "プリンターが見つかりません。PDF なら、Ctrl+K の「PDF に保存」で残せます。"
    host.answers.target = tmp_path
    host.ctrl(Qt.Key.Key_K)
    host.frame.palette_.box.setText("PDF に保存")
    qtbot.waitUntil(lambda: host.frame.palette_.rows() == ["PDF に保存"])
    host.key(Qt.Key.Key_Return)
    kept = tmp_path / "企業の一覧_2026-11-24.pdf"
    assert host.said() == f"「{kept.name}」を {tmp_path} に保存しました"
    assert "株式会社湖南精工" in bare(by_pdfium(kept.read_bytes()))
    assert list(tmp_path.glob(".*.part")) == []


def test_pressed_again_a_long_list_is_stopped(host: Host) -> None:
    """Thousands of rows: the window goes on handling keys, and the second Ctrl+P ends the work."""
    page = host.list()
    page.printing.print_paper()
    assert page.printing.making
    QTest.keyClick(host.focus(), P, Qt.KeyboardModifier.ControlModifier)
    assert not page.printing.making and host.said() == "印刷の用意を中止しました"
    host.settle()
    assert not host.answers.printed
    assert "94社" in printed(host), "and the next one prints as usual"


def test_no_print_dialog_comes_up_over_another_page(host: Host) -> None:
    page = host.list()
    page.printing.print_paper()
    go(host, 1)
    assert not host.answers.printed and host.said() == "画面が変わったので、「企業の一覧」は印刷していません"


def test_in_english(english: Host) -> None:
    host = english
    host.list()
    assert "Listofcompanies" in printed(host) and host.said() == "Sent to the printer: “List of companies” (10 pages)"
    host.profile(konan(host))
    text = printed(host)
    assert "Companyrecord" in text and "Fortheagency'sownfiles." in text
    go(host, 1)
    assert "Today" in printed(host)
    assert str(opened(host.answers.printed[-1]).Root.Lang) == "en-GB"


def test_boxes_say_what_can_be_printed(tmp_path: Path, qtbot: QtBot) -> None:
    hands = Hands(tmp_path / "desk", qtbot)
    hands.make_desk(samples.load)
    _, frame = hands.unlocked()
    for action in ("keys", "settings", "bin", "phrases", "history"):
        if action == "history":
            frame.open_organization(organization_search.find(frame.desk.store, Wanted("湖南精工"))[0])
            hands.until(lambda: frame.places.here is not None and frame.places.here[0] == "organization")
        frame.footer.say("")
        frame.do(action)
        hands.box()
        hands.key(P, CTRL)
        assert frame.footer.said.full().startswith("ここには印刷するものがありません。"), action
        hands.key(Qt.Key.Key_Escape)
        hands.until(lambda: not any(isinstance(w, Box) and w.isVisible() for w in QApplication.topLevelWidgets()))
    frame.do("recovery_key")
    hands.box()
    hands.key(P, CTRL)
    hands.until(lambda: len(hands.printer.pages) == 1)
    hands.key(Qt.Key.Key_Escape)
    hands.close()
