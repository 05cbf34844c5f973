"""写真 by file, paste and drop with caption and consent; the list of visits; the rows of the head."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kanto_desk import i18n
from kanto_desk.services import consultation_search, consultations, organizations, photos, sheets, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.listing import ConsultationListPage
from kanto_desk.ui.pages.consultation.photos_tab import PhotosTab
from kanto_desk.ui.pages.consultation.words import issue_options
from kanto_desk.ui.text import Pill
from kanto_desk.ui.theme import controller
from tests.db.parts import SetClock
from tests.ui.conftest import Compose
from tests.ui.host import Host

Key = Qt.Key


def picture(colour: str = "teal") -> QImage:
    image = QImage(640, 480, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def test_a_picture_on_the_clipboard_goes_into_the_record(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    QTest.keyClicks(host.focus(), "abc")
    QGuiApplication.clipboard().setImage(picture())
    host.ctrl(Key.Key_V)
    assert [line.kind for line in timeline.lines(desk.store, visit)] == ["photo"]
    assert page.record.capture.text.toPlainText() == "abc"
    assert page.header.tabs.tabText(2) == "写真 1"
    QGuiApplication.clipboard().setText("文字")
    host.ctrl(Key.Key_V)
    assert page.record.capture.text.toPlainText() == "abc文字"
    assert len(photos.of_consultation(desk.store, visit)) == 1


def test_photos_by_file_and_drop_with_caption_and_consent(host: Host, desk: Desk, visit: str, tmp_path: Path,
                                                          compose: Compose) -> None:
    page = host.open(visit)
    first, second, broken = tmp_path / "a.jpg", tmp_path / "b.png", tmp_path / "c.jpg"
    picture().save(str(first))
    picture("olive").save(str(second))
    broken.write_bytes(b"no picture")
    tab = page.go_to("photos")
    assert isinstance(tab, PhotosTab) and tab.empty.isVisible()
    host.answers.files = [first]
    host.ctrl(Key.Key_P, shift=True)
    assert len(tab.grid.cells()) == 1 and not tab.empty.isVisible()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(second)), QUrl.fromLocalFile(str(broken))])
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                            Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                      Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(page, drop)
    host.settle()
    assert len(tab.grid.cells()) == 2 and "写真として読めないファイルです" in host.said()
    card = tab.details
    tab.grid.go_to([p.uid for p in photos.of_consultation(desk.store, visit)][1])
    card.caption.setFocus()
    compose(card.caption, commit="断面")
    host.key(Key.Key_Tab)
    card.chips["yes"].click()
    host.settle()
    kept = photos.of_consultation(desk.store, visit)
    assert [(a.caption, a.consent) for a in kept] == [(None, "unasked"), ("断面", "yes")]
    card.kind.setFocus()
    host.ctrl(Key.Key_A)
    compose(host.focus(), commit="図面")
    host.key(Key.Key_Tab)
    assert host.focus() is card.level
    compose(host.focus(), commit="極秘")
    host.key(Key.Key_Tab)
    changed = photos.of_consultation(desk.store, visit)[1]
    assert (changed.kind, changed.confidentiality) == ("drawing", "4")
    assert not card.chips["yes"].isVisible() and len(tab.grid.cells()) == 2, "a drawing is never printed; it stays a picture"
    assert sheets.sheet(desk.store, desk.blobs, visit).photos == ()
    card.remove.click()
    host.settle()
    assert len(tab.grid.cells()) == 1
    host.frame.do("undo")
    host.settle()
    assert len(tab.grid.cells()) == 2


def test_the_clock_runs_from_the_first_line(host: Host, desk: Desk, visit: str, compose: Compose,
                                            clock: SetClock) -> None:
    page = host.open(visit)
    assert page.header.clock.text() == "" and page.header.planned.text() == "/ 90分"
    compose(host.focus(), commit="はじめます。")
    host.key(Key.Key_Return)
    clock.forward(minutes=42, seconds=15)
    page.header.show_time()
    assert page.header.clock.text() == "42:15"
    clock.forward(hours=1)
    page.header.show_time()
    assert page.header.clock.text() == "1:42:15"


def test_the_list_shows_finds_and_opens_visits(host: Host, desk: Desk, visit: str, company: str,
                                               compose: Compose) -> None:
    timeline.add(desk.store, visit, "said", "面粗さの測定が課題。")
    consultations.create(desk.store, company, {"held_on": date(2026, 3, 2), "theme": "第1回の話"})
    host.frame.places.show_place("visits")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, ConsultationListPage)
    assert page.table.rows.rowCount() == 3 and page.table.current_uid() == visit
    host.ctrl(Key.Key_F)
    assert host.focus() is page.search
    compose(page.search, preedit="めんあらさ")
    host.settle()
    assert page.table.rows.rowCount() == 0 and page.none.isVisible()
    compose(page.search, commit="面粗さ")
    host.settle()
    assert page.table.rows.rowCount() == 1
    page.none.acted.emit()
    assert page.table.rows.rowCount() == 3
    page._years[2025].click()
    assert page.table.rows.rowCount() == 1 and page.count.text() == "1件"
    page.clear()
    host.key(Key.Key_Down)
    host.key(Key.Key_Return)
    assert host.frame.places.here == ("consultation", visit)
    found = consultation_search.rows(desk.store, consultation_search.find(desk.store, "湖南", year=2026))
    assert {row.nth for row in found} == {2, 3} and len(consultation_search.find(desk.store, "湖南")) == 3


def test_an_empty_list_offers_to_begin(host: Host, desk: Desk) -> None:
    host.frame.places.show_place("visits")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, ConsultationListPage) and page.empty.isVisible()
    assert host.focus() is page.empty.button and not page.new.isVisible()   # offered once
    company = organizations.create(desk.store, {"name": "株式会社 湖南精工"})
    consultations.create(desk.store, company)
    host.settle()
    assert page.table.isVisible() and page.new.isVisible()


@pytest.mark.parametrize(("language", "zoom", "width"), [("ja", 100, 1280), ("en", 100, 1280), ("en", 150, 1366),
                                                         ("ja", 200, 1366), ("en", 100, 960)])
def test_nothing_in_the_head_is_cut_off(desk: Desk, visit: str, qapp: object, language: i18n.Language, zoom: int,
                                        width: int) -> None:
    consultations.set_issues(desk.store, visit, ["0103"])
    i18n.use(language)
    controller().set_zoom(zoom)
    host = Host(desk, width, 680)
    header = host.open(visit).header
    pills = [pill for pill in header.findChildren(Pill) if pill.isVisible()]
    for part in (*pills, header.step, header.photo, header.clock, header.tabs):
        assert part.width() >= part.sizeHint().width() or part is header.tabs, part.accessibleName()
        right = part.mapTo(header, part.rect().topRight()).x()
        assert right < header.width(), part.accessibleName()
    checklist = sorted(pill.mapTo(header, pill.rect().topLeft()).x() for pill in pills)
    assert len(set(checklist)) == len(pills)
    if (language, zoom, width) == ("ja", 100, 1280):
        assert len(pills) == 6
    host.end()


def test_a_long_field_gives_way_in_the_middle_and_stays_in_the_head(desk: Desk, visit: str, qapp: object) -> None:
    i18n.use("en")
    codes = {option: words.split(" › ")[-1] for option, words in issue_options(desk)}
    longest = max(codes, key=lambda code: len(codes[code]))
    consultations.set_issues(desk.store, visit, [longest])
    consultations.start(desk.store, visit)
    host = Host(desk, 1280, 680)
    header = host.open(visit).header
    pill = next(one for one in header.findChildren(Pill) if one.text() == codes[longest])
    assert pill.isVisible() and "…" in pill.shown() and pill.shown()[0] == pill.text()[0]
    assert pill.shown()[-1] == pill.text()[-1] and pill.width() == pill.sizeHint().width() < pill.whole_width()
    assert pill.toolTip() == pill.accessibleName() == codes[longest]
    assert pill.mapTo(header, pill.rect().topRight()).x() < header.photo.mapTo(header, header.photo.rect().topLeft()).x()
    host.resize(1900, 680)
    host.settle()
    assert pill.shown() == pill.text() and not pill.toolTip()
    host.end()
