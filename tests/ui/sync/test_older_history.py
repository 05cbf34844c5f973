"""A laptop that joined later says in 変更履歴 which steps lie on other laptops."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from kanto_desk.hub import tables as t
from kanto_desk.services import history, receipts
from kanto_desk.services.older_history import elsewhere
from kanto_desk.ui.dialogs import shown
from kanto_desk.ui.dialogs.history import HistoryBox
from kanto_desk.ui.text import Elided, Wrapped
from tests.ui.host import Host
from tests.ui.synced import Two


def test_steps_before_it_joined_are_told(two: Two, tmp_path: Path) -> None:
    root = ("consultation", two.visit)
    assert elsewhere(two.one.store, root) == [], "who wrote it has every step"
    before = history.groups(two.one.store, root)
    with two.hub.read() as conn:
        person = str(conn.execute(select(t.person.c.uid).where(t.person.c.name == "佐々木 亮")).scalar_one())
    later = two._joined(tmp_path / "later", "佐々木 亮", person)
    receipts.sync(later.store, link=two.link)
    receipts.sync(later.store, link=two.link)
    assert before and history.groups(later.store, root) == []
    found = elsewhere(later.store, root)
    assert found and "件名" in found[0].fields
    host = Host(later, link=two.link)
    try:
        host.frame.begin()
        host.open(two.visit)
        shown.show("history", host)   # type: ignore[arg-type]  # a window with a frame; this box asks nothing of the window
        host.settle()
        box, = host.frame.findChildren(HistoryBox)
        assert any("受け取る前の変更" in one.plain() for one in box.findChildren(Wrapped))
        assert any(found[0].laptop in one.full() for one in box.findChildren(Elided))
        box.close()
    finally:
        host.end()
        later.close()
