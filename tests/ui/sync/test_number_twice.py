"""Two visits started apart with one company bear one number: list and record say so, and one press gives the next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.db.records.consultations import Consultation
from kanto_desk.services import consultations, receipts, visit_numbers
from kanto_desk.ui.pages.consultation.listing import ConsultationListPage
from tests.ui.host import Host
from tests.ui.synced import Two


def test_a_number_that_stands_twice_is_told_and_changed_by_one_press(two: Two, host: Host, qtbot: QtBot) -> None:
    mine = consultations.create(two.one.store, two.company, {"theme": "一が始めた"})
    page = host.open(mine)
    assert not page.number.isVisible()
    other = consultations.create(two.two.store, two.company, {"theme": "二が始めた"})
    receipts.sync(two.two.store, link=two.link)
    host.frame.syncing.begin(automatic=True)
    host.settle()
    nth = two.one.store.get(Consultation, mine).nth
    assert nth == two.one.store.get(Consultation, other).nth
    qtbot.waitUntil(page.number.isVisible)   # the record was open when the other visit came
    assert "二が始めた" in page.number.words.plain()
    host.frame.go("visits")
    host.settle()
    listed = host.frame.places.current
    assert isinstance(listed, ConsultationListPage)
    rows = {row.uid: row.cells[3].below for row in listed._rows(consultations.listing(two.one.store))}
    assert rows == {mine: "重複あり", other: "重複あり", two.visit: ""}
    page = host.open(mine)
    page.number.change.setFocus()
    host.key(Qt.Key.Key_Space)
    host.settle()
    assert two.one.store.get(Consultation, mine).nth == 4, "3 is the one before"
    assert not page.number.isVisible()
    assert visit_numbers.standing_twice(two.one.store, [mine, other, two.visit]) == frozenset()
    host.ctrl(Qt.Key.Key_Z)
    host.settle()
    assert page.number.isVisible(), "it can be undone"


def test_free_numbers_are_not_those_of_other_visits_and_a_deleted_visit_bears_none(two: Two) -> None:
    store = two.one.store
    one, same, _ = (consultations.create(store, two.company, {"theme": t, "nth": n})
                    for t, n in (("甲", 3), ("乙", 1), ("丙", 4)))
    found = visit_numbers.twice(store, one)
    assert found is not None and found.nth == 3 and found.free == 5
    assert visit_numbers.twice(store, same) is None
    consultations.delete(store, two.visit)
    assert visit_numbers.twice(store, one) is None
