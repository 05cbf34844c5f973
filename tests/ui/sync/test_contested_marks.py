"""Marks of contested values on lines of the timeline and on rows of part tables, and the way from there to the inbox."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from kanto_desk.services import contested
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.parts_table import PartsTable
from kanto_desk.ui.pages.sync.page import SyncPage
from tests.ui.host import Host
from tests.ui.synced import Two

ALT = Qt.KeyboardModifier.AltModifier


def opened(two: Two, host: Host) -> ConsultationPage:
    host.frame.syncing.look()
    page = host.open(two.visit)
    host.settle()
    return page


def decision(host: Host) -> QWidget:
    """The field in the inbox where the cursor stands."""
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    host.settle()
    return next(choice for choice in page.inbox.choices if choice.isAncestorOf(host.focus()))


def test_a_contested_line_is_marked_and_leads_to_its_decision(two: Two, host: Host) -> None:
    two.apart()
    two.sync()
    page = opened(two, host)
    timeline = page.record.timeline
    line = timeline.lines.line(0)
    assert line.contested and "2台で直しました。Alt+Enter で確認する" in line.spoken()
    timeline.setFocus()
    timeline.step_to(0)
    host.key(Qt.Key.Key_Return, ALT)
    assert decision(host).one.uid == two.line and decision(host).one.field == "text"
    page = host.open(two.visit)
    mark = next(part for part in page.record.timeline.parts_of(0) if part.name == "contested")
    QTest.mouseClick(page.record.timeline.viewport(), Qt.MouseButton.LeftButton, pos=mark.area.center())
    assert decision(host).one.uid == two.line
    waiting = contested.of_record(two.one.store, ("consultation", two.visit))
    contested.settle(two.one.store, [(one, one.sides[0].wire) for one in waiting])
    host.frame.syncing.look()
    page = host.open(two.visit)
    assert not page.record.timeline.lines.line(0).contested


def test_a_contested_row_of_a_table_is_marked_and_leads_to_its_decision(two: Two, host: Host) -> None:
    with two.one.store.operation("参加者", ("consultation", two.visit)) as op:
        part = op.add("participant", {"consultation": two.visit, "name": "早川", "role": "社長"})
    two.sync()
    two.clock.forward(minutes=1)
    two.put(two.one, "participant", part, role="代表取締役")
    two.put(two.two, "participant", part, role="会長")
    two.sync()
    page = opened(two, host)
    page.go_to("summary")
    host.settle()
    marks = [(table, n) for table in page.findChildren(PartsTable) for n in range(table.count())
             if not table.mark(n).isHidden()]
    (table, row), = marks
    mark = table.mark(row)
    assert "2台で直しました" in mark.accessibleName() and mark.focusPolicy() & Qt.FocusPolicy.TabFocus
    mark.setFocus()
    host.key(Qt.Key.Key_Space)
    assert decision(host).one.uid == part
    page = host.open(two.visit)
    page.go_to("summary")
    host.settle()
    QTest.mouseClick(table.mark(row), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert decision(host).one.uid == part
