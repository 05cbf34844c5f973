"""Ctrl+P with real keys on every page: the PDF that reaches the printer says what the page shows, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from kanto_desk import i18n
from kanto_desk.errors import Trouble
from kanto_desk.services import consultations, organization_search, organizations, promises, samples
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted
from kanto_desk.ui.page import Page
from kanto_desk.ui.table import TableView
from tests.report.reading import bare, by_pdfium, by_poppler, elements, opened
from tests.services.conftest import clock, desk  # noqa: F401 - fixtures
from tests.ui.host import Host

P, ALT = Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def host(desk: Desk, qapp: object) -> Iterator[Host]:  # noqa: F811 - the fixture
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


def first_cells(table: TableView, column: int = 0) -> list[str]:
    model = table.rows
    return [row.cells[column].words for n in range(model.rowCount()) if (row := model.row(n)) is not None]


def test_the_list_of_companies(host: Host) -> None:
    page = host.list()
    names = first_cells(page.table)
    text = printed(host)
    in_order(text, names)
    assert len(names) == 94
    for words in ("企業の一覧", "条件すべて", "並び順ふりがな順", "件数94社", "高橋直子", "令和8年11月24日"):
        assert words in text
    assert host.said().startswith("「企業の一覧」を印刷に出しました（")
