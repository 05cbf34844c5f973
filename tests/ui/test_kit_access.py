"""Every part of the kit on one page: named, with a role, large enough, and with no text cut off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk import i18n
from kanto_desk.fields import Field, Kind
from kanto_desk.ui.buttons import Button, RailButton
from kanto_desk.ui.capture import Capture
from kanto_desk.ui.form import Form, Sources
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.jobs import Jobs
from kanto_desk.ui.layout import Column, Row, boxed, card, scrolling
from kanto_desk.ui.notices import EmptyState, FieldRow, Notice
from kanto_desk.ui.palette import Palette
from kanto_desk.ui.pdf_view import PdfView
from kanto_desk.ui.signature_pad import SignaturePad
from kanto_desk.ui.table import TableColumn, TableView
from kanto_desk.ui.text import Elided, KeyCap, Label, Mark, Pill, Wrapped
from kanto_desk.ui.theme import controller
from kanto_desk.ui.timeline import Line, Timeline, TimelineModel

SOURCES = Sources(codes=lambda _list: [("a", "製造業"), ("b", "医療機器")], find=lambda _type, _text: (),
                  label=lambda _type, uid: uid, parse_date=date.fromisoformat, show_date=date.isoformat)


@pytest.fixture(params=[("ja", 100), ("en", 100), ("ja", 200), ("en", 200), ("en", 80)], ids=str)
def page(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[QWidget]:
    language, zoom = request.param
    i18n.use(language)
    controller().set_zoom(zoom)
    jobs = Jobs()
    model = TimelineModel()
    model.add([Line("a", "13:34", "said", "いまは自動車用")])
    timeline = Timeline(model)
    model.setParent(timeline)
    form = Form([Field(kind.value, kind, f"項目 {kind.value}", f"Reading of {kind.value}", help_ja="説明", help_en="Help gjpqy")
                 for kind in Kind], SOURCES)
    preview = PdfView(jobs)
    parts = card(Label("Reading gjpqy 見出し", "h1"), Label("gjpqy 本文"), Label("gjpqy", "caption"), Elided("株式会社 湖南精工 gjpqy", "h2"),
                 Wrapped("Reading gjpqy " * 12), KeyCap("Ctrl+K"), Mark(required=True), Pill("医療機器参入", "info", "check"),
                 Button("相談をはじめる", "notebook-pen", "primary"),
                 Button("", "star", "icon", name="お気に入り"),
                 RailButton("きょう", "calendar-days"), Notice("warn", "期限 gjpqy", action="日を直す", details="x"),
                 EmptyState("まだありません", "はじめる"), SignaturePad())
    table = TableView([TableColumn("企業")], "企業の一覧")
    everything = boxed("page", Column(timeline, Capture(), table, preview, parts, form, margins=(8, 8, 8, 8)))
    for part in (timeline, table, preview):
        part.setMinimumHeight(200)
    area: QScrollArea = scrolling(everything)
    window = boxed("page", Row(area))
    window.resize(1280 * zoom // 100, 900)
    palette = Palette(window)
    qtbot.addWidget(window)
    window.show()
    palette.open()
    palette.show_results(1, [])
    QApplication.processEvents()
    yield window
    preview.close_document()
    assert jobs.close()


def seen(page: QWidget) -> list[QWidget]:
    return [widget for widget in page.findChildren(QWidget) if widget.isVisible()]


def test_everything_in_the_tab_order_has_a_name_and_a_role(page: QWidget) -> None:
    stops = [w for w in seen(page) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and not w.focusProxy()]
    assert len(stops) > 25
    nameless = [w for w in stops if not QAccessible.queryAccessibleInterface(w).text(QAccessible.Text.Name).strip()]
    assert nameless == []
    strange = {QAccessible.Role.NoRole}
    assert [w for w in stops if QAccessible.queryAccessibleInterface(w).role() in strange] == []


def test_everything_that_can_be_pressed_is_large_enough(page: QWidget) -> None:
    small = [(w.accessibleName(), w.width(), w.height()) for w in seen(page)
             if isinstance(w, QAbstractButton) and w.accessibleName() and min(w.width(), w.height()) < 24]
    assert small == []


def test_no_text_is_cut_off(page: QWidget) -> None:
    cut = []
    for w in seen(page):
        if isinstance(w, QLabel) and w.text() and not isinstance(w, Elided):
            if w.wordWrap():
                bad = w.height() < w.heightForWidth(w.width()) - 1
            else:
                bad = w.width() < w.minimumSizeHint().width() or w.height() < w.fontMetrics().height()
        elif isinstance(w, QAbstractButton) and w.text() and w.accessibleName():
            bad = w.width() < w.sizeHint().width() or w.height() < w.fontMetrics().height()
        else:
            continue
        if bad:
            cut.append((type(w).__name__, w.text()[:30], w.size().toTuple(), w.minimumSizeHint().toTuple()))
    assert cut == []


def test_descenders_have_room(qtbot: QtBot) -> None:
    for text in ("gjpqy", "gjpqy" * 2):
        label = Label(text)
        label.setMargin(0)
        qtbot.addWidget(label)
        label.adjustSize()
        label.show()
        image = label.grab().toImage()
        ground = image.pixelColor(image.width() - 1, 0)
        last = [image.pixelColor(x, image.height() - 1) for x in range(image.width())]
        assert all(colour == ground for colour in last)


def test_no_part_is_a_window_of_its_own_while_a_row_or_notice_is_made(qapp, qtbot) -> None:
    shown: list[str] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                shown.append(type(watched).__name__)
            return False

    watch = Watch()
    qapp.installEventFilter(watch)
    try:
        made = [Notice("warn", "確かめます", action="見る", details="くわしい話"), FieldRow("名称", LineInput(), help_text="助け")]
    finally:
        qapp.removeEventFilter(watch)
    for widget in made:
        qtbot.addWidget(widget)
    assert shown == []
