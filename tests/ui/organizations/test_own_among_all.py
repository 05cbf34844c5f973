"""企業, すべての法人: which of them are own companies already is seen, and Enter opens the own one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.services import taking_over
from kanto_desk.services.all_corporations import Wanted
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.organizations.directory.panel import DirectoryPanel
from tests.services import listing
from tests.ui.host import Host

ROWS = listing.rows(40)


def begin(host: Host, desk: Desk) -> tuple[DirectoryPanel, str]:
    """The list of all where one corporation is an own company; gives that company's uid, too."""
    listing.take(desk, ROWS)
    uid = taking_over.take_over(desk, ROWS[2][1])
    page = host.list()
    page.show_all()
    host.settle()
    assert page.all is not None
    return page.all, uid


def marked(panel: DirectoryPanel) -> set[str]:
    """The numbers whose rows say that they are own companies."""
    rows = (panel.table.rows.row(n) for n in range(panel.table.rows.rowCount()))
    return {row.uid for row in rows if row is not None and row.cells[0].pill == "自分の記録"}


def choose(panel: DirectoryPanel, host: Host, number: str) -> None:
    """Choose the row of a corporation."""
    count = panel.table.rows.rowCount()
    at = next(n for n in range(count) if (row := panel.table.rows.row(n)) is not None and row.uid == number)
    panel.table.setFocus()
    panel.table.selectRow(at)
    panel.facts.read()
    host.settle()


def test_own_companies_are_marked_and_enter_opens_them(host: Host, desk: Desk) -> None:
    panel, uid = begin(host, desk)
    assert marked(panel) == {ROWS[2][1]}
    choose(panel, host, ROWS[2][1])
    assert panel.facts.take.words == "自分の記録をひらく"
    model, at = panel.table.model(), panel.table.currentIndex()
    assert "自分の記録" in str(model.data(at.siblingAtColumn(0), Qt.ItemDataRole.AccessibleTextRole))
    host.key(Qt.Key.Key_Return)
    assert host.shown_profile().uid == uid
    host.list()
    choose(panel, host, ROWS[2][1])
    host.ctrl(Qt.Key.Key_Return)
    assert host.shown_profile().uid == uid and "加えました" not in host.said()


def test_what_is_taken_over_or_deleted_meanwhile_is_marked_anew(host: Host, desk: Desk, qtbot: QtBot) -> None:
    panel, uid = begin(host, desk)
    number = ROWS[5][1]
    choose(panel, host, number)
    assert panel.facts.take.words == "自分の企業に加える"
    host.key(Qt.Key.Key_Return)
    assert panel.facts.isAncestorOf(host.focus()), "no own one: to its facts"
    panel.go_on()
    host.settle()
    host.list()
    qtbot.waitUntil(lambda: (host.settle(), marked(panel) == {ROWS[2][1], number})[1])
    host.frame.write(lambda: _delete(desk, uid))
    qtbot.waitUntil(lambda: (host.settle(), marked(panel) == {number})[1])
    choose(panel, host, ROWS[2][1])
    assert panel.facts.take.words == "自分の企業に加える"


def _delete(desk: Desk, uid: str) -> None:
    with desk.store.operation("削除", (taking_over.TYPE, uid)) as op:
        op.put(taking_over.TYPE, uid, {"deleted_at": desk.store.clock()})


def test_the_line_below_the_own_ones_brings_their_conditions_instead_of_those_before(host: Host, desk: Desk) -> None:
    panel, _ = begin(host, desk)
    panel.filters.use(Wanted("会社", ("13",), states=(1,)))
    panel.filters.use(Wanted("会社", ("14",)))
    host.settle()
    assert panel.filters.wanted() == Wanted("会社", ("14",))
