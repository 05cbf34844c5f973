"""確認が必要な変更 with more than one screen holds: what is made, what stays, and the way on by keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from kanto_desk.db.records.consultations import Consultation
from kanto_desk.services import contested
from kanto_desk.ui.pages.sync.inbox import FIELDS, Inbox
from kanto_desk.ui.pages.sync.page import SyncPage
from kanto_desk.ui.pages.sync.record_list import LINES
from tests.ui.host import Host
from tests.ui.synced import Two

CTRL = Qt.KeyboardModifier.ControlModifier


def inbox_of(host: Host) -> Inbox:
    host.frame.do("contested")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    return page.inbox


def many_lines(two: Two, n: int) -> None:
    """So many lines of the visit, each changed on both laptops."""
    with two.one.store.operation("行") as op:
        uids = [op.add("entry", {"consultation": two.visit, "kind": "said", "text": f"行{i}", "at": two.clock(),
                                 "place": f"b{i:05}"}) for i in range(n)]
    two.sync()
    for name, desk in (("一", two.one), ("二", two.two)):
        with desk.store.operation("直す") as op:
            for uid in uids:
                op.put("entry", uid, {"text": f"{name}が直した"})
        two.clock.forward(minutes=1)
    two.sync()


def many_companies(two: Two, n: int) -> None:
    """So many companies with one field changed on both laptops."""
    with two.one.store.operation("会社") as op:
        uids = [op.add("organization", {"name": f"会社{i:03}", "notes": "元"}) for i in range(n)]
    two.sync()
    for name, desk in (("一", two.one), ("二", two.two)):
        with desk.store.operation("直す") as op:
            for uid in uids:
                op.put("organization", uid, {"notes": f"{name}が直した"})
        two.clock.forward(minutes=1)
    two.sync()


def test_fields_are_made_in_blocks_and_only_what_was_decided_goes(two: Two, host: Host) -> None:
    many_lines(two, 2 * FIELDS + 5)
    inbox = inbox_of(host)
    assert len(inbox.choices) == FIELDS
    assert inbox._fields.more.accessibleName() == f"確認が必要な項目：続きを表示（残り{FIELDS + 5}件）"
    first, second, *_ = inbox.choices
    first.choose("side", first.one.sides[0])
    third = inbox.choices[2]
    third.choose("side", third.one.sides[1])
    second.rewrite.click()
    host.settle()
    box = second.editor
    assert isinstance(box, QWidget)
    second._how = None   # written, and not decided
    inbox._show_foot()
    assert f"{2 * FIELDS + 3}件" in inbox.missing.plain(), "what was not made yet counts, too"
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert contested.count(two.one.store) == 2 * FIELDS + 3
    assert inbox.choices[0] is second and second.editor is box, "what was not decided stands as it stood"
    assert len(inbox.choices) >= FIELDS


def test_by_tab_one_comes_to_the_next_block_and_through_all_of_it(two: Two, host: Host) -> None:
    many_lines(two, FIELDS + 5)
    inbox = inbox_of(host)
    more = inbox._fields.more
    seen: list[str] = []
    for _ in range(12 * (FIELDS + 5)):
        focus = QApplication.focusWidget()
        assert focus is not None
        at = next((n for n, one in enumerate(inbox.choices) if one.isAncestorOf(focus)), None)
        if at is not None:
            seen.append(str(at))
        if focus is inbox.open:
            break
        host.key(Qt.Key.Key_Tab)
        QApplication.processEvents()
    assert list(dict.fromkeys(seen)) == [str(n) for n in range(FIELDS + 5)], "in their order, none left out"
    assert more.isHidden()


def test_the_button_goes_on_where_it_was_pressed(two: Two, host: Host) -> None:
    many_lines(two, FIELDS + 5)
    inbox = inbox_of(host)
    area = inbox._area
    area.verticalScrollBar().blockSignals(True)   # nothing scrolls near: only the button
    inbox._fields.more.setFocus()
    area.verticalScrollBar().blockSignals(False)
    inbox._fields.more.click()
    assert len(inbox.choices) == FIELDS + 5
    focus = QApplication.focusWidget()
    assert focus is not None and inbox.choices[FIELDS].isAncestorOf(focus)


def test_records_are_listed_in_blocks_and_the_arrows_lead_through_all_of_them(two: Two, host: Host) -> None:
    many_companies(two, LINES + 3)
    inbox = inbox_of(host)
    lines = inbox.records.lines
    assert len(lines) == LINES
    lines[-1].setFocus()
    host.key(Qt.Key.Key_Down)
    host.settle()
    assert len(inbox.records.lines) == LINES + 3
    assert host.focus() is inbox.records.lines[LINES] and inbox.choices[0].one.title == f"会社{LINES:03}"
    kept = inbox.records.lines[1]
    inbox.choices[0].choose("side", inbox.choices[0].one.sides[0])
    inbox.settle()
    host.settle()
    assert contested.count(two.one.store) == LINES + 2
    assert inbox.records.lines[1] is kept, "the other lines were not made again"
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    last = inbox.records.lines[-1].root
    page.open_contested(last)
    host.settle()
    assert inbox.choices[0].one.root == last and inbox.records.lines[-1]._edge == "accent"


def test_a_long_text_is_folded_and_gone_through_by_keys(two: Two, host: Host) -> None:
    lines = [f"{n}行目の長い文章です。𠮷野家と髙橋。" for n in range(300)]
    two.put(two.one, "consultation", two.visit, summary="\n".join(lines))
    two.sync()
    for desk, word in ((two.one, "書き直した"), (two.two, "別の人が直した")):
        two.put(desk, "consultation", two.visit, summary="\n".join(
            f"{word}{n}" if n in (20, 150, 280) else line for n, line in enumerate(lines)))
        two.clock.forward(minutes=1)
    two.sync()
    inbox = inbox_of(host)
    (choice,) = inbox.choices
    places = choice.places
    assert places is not None and places.told.text() == "違い 1／3"
    texts = [side.words.plain() for side in choice.sides]
    assert all(text.count("\n") < 20 for text in texts) and "書き直した20" in texts[0] and "別の人が直した20" in texts[1]
    assert choice._result.plain().count("\n") < 20, "what comes of it stays in reach"
    choice.take_focus()
    host.key(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    host.key(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert places.told.text() == "違い 3／3" and "別の人が直した280" in choice._result.plain()
    places.before.setFocus()
    host.key(Qt.Key.Key_Space)
    assert places.told.text() == "違い 2／3" and "書き直した150" in choice.sides[0].words.plain()
    places.whole.setFocus()
    host.key(Qt.Key.Key_Space)
    assert choice.sides[0].words.plain().count("\n") == 299
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    summary = two.one.store.get(Consultation, two.visit).summary
    assert summary is not None and "書き直した280" in summary and "別の人が直した20" in summary
