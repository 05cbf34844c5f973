"""What an open record reads, and when: again after a change only; parts that nobody asked for are not built."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from sqlalchemy import event

from kanto_desk.services import consultations, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.at_hand import AtHand
from kanto_desk.ui.pages.consultation.client_view import ClientView
from kanto_desk.ui.pages.consultation.photos_tab import PhotosTab
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from kanto_desk.ui.text import Label
from tests.db.parts import SetClock
from tests.ui.host import Host


@contextmanager
def _statements(desk: Desk) -> Iterator[list[str]]:
    """What is asked of the records file during a block."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)
    event.listen(desk.store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(desk.store.engine, "before_cursor_execute", note)


def test_a_record_shown_again_unchanged_reads_no_line(host: Host, desk: Desk, visit: str) -> None:
    timeline.add(desk.store, visit, "issue", "面粗さの測定手段がない")
    page = host.open(visit)
    rows = page.record.timeline.lines.rowCount()
    host.frame.go("today")
    host.settle()
    with _statements(desk) as seen:
        assert host.open(visit) is page
    assert not [s for s in seen if "entry" in s or "summary_item" in s or "promise" in s]
    assert page.record.timeline.lines.rowCount() == rows


def test_what_changed_while_another_page_was_shown_is_there_again(host: Host, desk: Desk, visit: str) -> None:
    page = host.open(visit)
    host.frame.go("today")
    host.settle()
    timeline.add(desk.store, visit, "issue", "面粗さの測定手段がない")
    host.settle()
    assert host.open(visit) is page
    assert [page.record.timeline.lines.line(0).text] == ["面粗さの測定手段がない"]
    assert "課題 1" in page.header.pieces()


def test_a_promise_is_overdue_when_its_day_has_passed(host: Host, desk: Desk, visit: str, clock: SetClock) -> None:
    before = consultations.get(desk.store, visit).record.previous
    assert before is not None
    consultations.save_part(desk.store, before, "promise", None, {
        "text": "図面を送る", "who": "高橋", "due_on": date(2026, 11, 25), "state": "open"})
    page = host.open(visit)
    assert _overdue(page.at_hand) == ["試作の見積もりを送る（高橋） 10月15日（木） 超過"]
    host.frame.go("today")
    clock.forward(days=2)
    host.open(visit)
    assert _overdue(page.at_hand)[1:] == ["図面を送る（高橋） 11月25日（水） 超過"]


def test_a_promise_that_was_kept_says_when(host: Host, desk: Desk, visit: str) -> None:
    before = consultations.get(desk.store, visit).record.previous
    assert before is not None
    sent = consultations.save_part(desk.store, before, "promise", None, {
        "text": "図面を送る", "who": "高橋", "due_on": date(2026, 11, 25), "state": "done", "done_on": date(2026, 11, 20)})
    consultations.save_part(desk.store, before, "promise", None, {"text": "電話をする", "state": "done"})
    page = host.open(visit)
    said = [w.accessibleName() for w in page.at_hand.findChildren(QWidget) if w.isVisibleTo(page.at_hand)]
    assert sent and "図面を送る（高橋） 11月20日（金） 済" in said and "電話をする 済" in said   # no day was noted


def _overdue(panel: AtHand) -> list[str]:
    return [w.accessibleName() for w in panel.findChildren(QWidget) if w.accessibleName().endswith("超過")
            and not isinstance(w, Label) and w.isVisibleTo(panel)]   # replaced ones are hidden and go later


def test_parts_are_built_when_they_are_asked_for(host: Host, visit: str) -> None:
    page = host.open(visit)
    for part in (SummaryTab, PhotosTab, SignTab, ClientView):
        assert page.findChild(part) is None
    host.ctrl(Qt.Key.Key_V, shift=True)
    assert page.client_shown
    assert page.findChild(ClientView) is page.client
