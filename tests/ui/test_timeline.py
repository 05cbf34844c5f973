"""The timeline: places are kept, lines are edited and moved where they stand, nothing typed is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.ui.kinds import KINDS
from kanto_desk.ui.theme import controller
from kanto_desk.ui.timeline import Line, Photo, Promise, Timeline, TimelineModel
from tests.ui.conftest import Compose

LONG = "いまは自動車用の細径パイプが売上の7割。来年から受注が2割減る見込み。医療機器に出たいが、何から始めるか分からない。"


def some(count: int) -> list[Line]:
    return [Line(f"u{n}", f"{9 + n // 60 % 12:02}:{n % 60:02}", KINDS[n % 6].code, f"{n} " + LONG * (n % 4) + "終わり")
            for n in range(count)]


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    window = QWidget()
    stack, first = QStackedWidget(), QWidget()
    QVBoxLayout(window).addWidget(stack)
    stack.addWidget(first)
    stack.addWidget(QWidget())
    model = TimelineModel()
    view = Timeline(model)
    model.setParent(view)
    column = QVBoxLayout(first)
    column.addWidget(view)
    column.addWidget(QLineEdit(objectName="other"))
    qtbot.addWidget(window)
    window.resize(900, 620)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    return window


@pytest.fixture
def view(page: QWidget) -> Timeline:
    return page.findChild(Timeline)


def settle(qtbot: QtBot, view: Timeline) -> None:
    """Wait for the idle work."""
    qtbot.waitUntil(lambda: not view._idle.isActive())


def test_the_newest_line_is_in_sight(view: Timeline) -> None:
    view.lines.add(some(300))
    assert view.at_end
    view.lines.add([Line("new", "14:00", "said", "新しい行 " + LONG)])
    last = view.visualRect(view.lines.index(300, 0))
    assert abs(last.bottom() - view.viewport().height()) <= 2


@pytest.mark.parametrize("count", [300, 3000])
def test_the_line_being_read_stays_when_lines_come_and_heights_are_refined(qtbot: QtBot, view: Timeline,
                                                                        count: int) -> None:
    view.lines.add(some(count))
    view.scrollTo(view.lines.index(count // 2, 0), Timeline.ScrollHint.PositionAtTop)
    index = view.indexAt(QPoint(1, 0))
    uid, top = view.lines.line(index.row()).uid, view.visualRect(index).top()
    assert not view.at_end
    for n in range(5):
        view.lines.add([Line(f"new{n}", "14:00", "said", LONG)])
    view.lines.add([Line("early", "08:00", "said", LONG * 3)], at=0)
    settle(qtbot, view)
    row = view.lines.row_of(uid)
    assert row is not None and view.visualRect(view.lines.index(row, 0)).top() == top


def test_rows_on_screen_have_exactly_the_height_of_their_text(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add(some(60))
    settle(qtbot, view)
    for row in range(60):
        line, area = view.lines.line(row), view.delegate.painting.text_rect(view.visualRect(view.lines.index(row, 0)))
        layout = view.delegate.painting.text_layout(line.shown(), area.width())
        assert area.height() == layout.lineCount() * view.delegate.painting.step, row


def test_f2_edits_enter_takes_and_the_line_is_marked(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add(some(5))
    view.setCurrentIndex(view.lines.index(2, 0))
    QTest.keyClick(view, Qt.Key.Key_F2)
    editor = view.delegate.editor
    assert editor is not None and editor.hasFocus()
    QTest.keyClicks(editor, "X")
    with qtbot.waitSignal(view.edited) as told:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert told.args == ["u2", view.lines.line(2).text] and view.lines.line(2).text.endswith("X")
    assert "編集済み" in view.lines.line(2).shown() and view.lines.line(2).time == some(5)[2].time
    assert view.delegate.editor is None and view.hasFocus()


def test_esc_restores_the_line(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add(some(3))
    before = view.lines.line(2)
    assert view.edit_last()
    QTest.keyClicks(view.delegate.editor, "X")
    with qtbot.assertNotEmitted(view.edited):
        QTest.keyClick(view.delegate.editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: view.delegate.editor is None)
    assert view.lines.line(2) == before


def test_a_click_edits_and_the_row_grows_with_the_text(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add(some(3))
    row = view.visualRect(view.lines.index(0, 0))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    editor = view.delegate.editor
    assert editor is not None
    before = view.visualRect(view.lines.index(0, 0)).height()
    QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(editor, "next")
    assert view.visualRect(view.lines.index(0, 0)).height() == before + view.delegate.painting.step
    assert editor.geometry().bottom() <= view.visualRect(view.lines.index(0, 0)).bottom()


def test_opening_the_editor_does_not_move_the_text(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add([Line("a", "9:00", "said", LONG)])
    height = view.visualRect(view.lines.index(0, 0)).height()
    area = view.delegate.painting.text_rect(view.visualRect(view.lines.index(0, 0)))
    view.edit_line(0)
    editor = view.delegate.editor
    assert editor is not None
    cursor = editor.cursorRect(editor.document().begin().begin() and editor.textCursor())
    assert view.visualRect(view.lines.index(0, 0)).height() == height
    assert editor.viewport().width() == area.width()
    assert editor.viewport().mapTo(view.viewport(), QPoint(0, 0)) == area.topLeft() and cursor.isValid()


def test_no_key_acts_while_the_editor_composes(qtbot: QtBot, view: Timeline, compose: Compose) -> None:
    view.lines.add(some(3))
    view.edit_line(1)
    editor = view.delegate.editor
    compose(editor, "みつもり")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Up):
        QTest.keyClick(editor, key)
    assert view.delegate.editor is editor and editor.composing


@pytest.mark.parametrize("way", ["focus", "page", "window", "commit"])
def test_text_being_composed_in_a_line_is_kept_once(qtbot: QtBot, page: QWidget, view: Timeline, compose: Compose,
                                                   way: str) -> None:
    view.lines.add([Line("a", "9:00", "said", "始め")])
    edits: list[tuple[str, str]] = []
    view.edited.connect(lambda uid, text: edits.append((uid, text)))
    view.edit_line(0)
    compose(view.delegate.editor, "みつもり")
    if way == "focus":
        page.findChild(QLineEdit, "other").setFocus()
    elif way == "page":
        page.findChild(QStackedWidget).setCurrentIndex(1)
    elif way == "window":
        page.hide()
    else:
        view.commit_editing()
    qtbot.waitUntil(lambda: view.delegate.editor is None)
    assert edits == [("a", "始めみつもり")] and view.lines.line(0).text == "始めみつもり"


def test_changes_from_outside_do_not_touch_what_is_being_typed(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add(some(3))
    view.edit_line(1)
    editor = view.delegate.editor
    QTest.keyClicks(editor, "typed")
    view.lines.update_line(replace(view.lines.line(1), promise=Promise("宮坂さん", None)))
    view.lines.add([Line("new", "14:00", "said", LONG)])
    assert view.delegate.editor is editor and editor.toPlainText().endswith("typed")


def test_alt_arrows_move_a_line_and_tell_its_place(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add(some(4))
    view.setCurrentIndex(view.lines.index(3, 0))
    told: list[tuple[str, int]] = []
    view.moved.connect(lambda uid, place: told.append((uid, place)))
    for _ in range(4):
        QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert told == [("u3", 2), ("u3", 1), ("u3", 0), ("u3", 1)]
    assert [view.lines.line(n).uid for n in range(4)] == ["u0", "u3", "u1", "u2"]
    assert view.currentIndex().row() == 1


@pytest.mark.parametrize(("source", "onto", "below", "order"), [(0, 2, True, "u1 u2 u0 u3"), (3, 1, False, "u0 u3 u1 u2"),
                                                               (1, 1, True, "u0 u1 u2 u3")])
def test_a_drop_moves_a_line_between_others(qtbot: QtBot, view: Timeline, source: int, onto: int, below: bool,
                                            order: str) -> None:
    view.lines.add(some(4))
    view.setCurrentIndex(view.lines.index(source, 0))
    mime = view.lines.mimeData([view.lines.index(source, 0)])
    row = view.visualRect(view.lines.index(onto, 0))
    place = QPointF(row.center().x(), row.bottom() - 3 if below else row.top() + 3)
    event = QDropEvent(place, Qt.DropAction.MoveAction | Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
                       Qt.KeyboardModifier.NoModifier)
    view.dropEvent(event)
    assert " ".join(view.lines.line(n).uid for n in range(4)) == order
    assert event.dropAction() == Qt.DropAction.CopyAction   # else the drag would take the moved row away


def test_impossible_moves_are_refused(view: Timeline) -> None:
    view.lines.add(some(3))
    root = QModelIndex()
    assert not any(view.lines.moveRows(root, *move) for move in ((0, 1, root, 0), (0, 2, root, 3), (-1, 1, root, 2),
                                                                 (0, 1, root, 9), (0, 1, root, 1)))


def test_promises_show_what_is_missing_and_can_be_clicked(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add([Line("p", "14:09", "promise", "機器利用の申し込み", promise=Promise("宮坂さん", None))])
    who, due = view.parts_of(0)
    assert (who.words, who.missing, due.words, due.missing) == ("宮坂さん", False, "期限を選ぶ", True)
    assert due.area.height() == 28
    with qtbot.waitSignal(view.promise_clicked) as told:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=due.area.center())
    assert told.args == ["p", "due"] and view.delegate.editor is None
    warn = controller().look.color("warn_soft")
    seen = view.viewport().grab(due.area).toImage()
    assert any(seen.pixelColor(x, y) == warn for x in range(seen.width()) for y in range(seen.height()))


def test_photos_stand_under_their_line_and_can_be_clicked(qtbot: QtBot, view: Timeline) -> None:
    photos = tuple(Photo(f"f{n}", f"断面 {n}") for n in range(7))
    view.lines.add([Line("a", "13:48", "photo", "試作品", photos=photos), Line("b", "13:50", "said", "次")])
    parts = view.parts_of(0)
    row = view.visualRect(view.lines.index(0, 0))
    assert len(parts) == 7 and all(row.contains(part.area) for part in parts) and len({p.area.y() for p in parts}) == 2
    with qtbot.waitSignal(view.photo_clicked) as told:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=parts[2].area.center())
    assert told.args == ["a", "f2"]


def test_found_words_are_marked(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add([Line("a", "9:00", "said", "𠮷野の見積もり"), Line("b", "9:01", "said", "納期")])
    before = view.viewport().grab().toImage()
    assert view.set_needle("見積もり") == [0]
    assert view.viewport().grab().toImage() != before
    assert view.set_needle("") == []
    assert view.viewport().grab().toImage() == before


def test_every_row_says_what_it_is(view: Timeline) -> None:
    view.lines.add([Line("p", "14:09", "promise", "申し込み", photos=(Photo("f"),), promise=Promise(None, "12/4"),
                         edited=True)])
    spoken = view.lines.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "14:09 約束 申し込み　編集済み 担当を選ぶ 12/4 写真1枚" and view.accessibleName()


def test_zoom_and_theme_are_followed_and_the_place_is_kept(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add(some(200))
    settle(qtbot, view)
    height = view.visualRect(view.lines.index(199, 0)).height()
    controller().set_zoom(150)
    settle(qtbot, view)
    assert view.visualRect(view.lines.index(199, 0)).height() > height * 1.3 and view.at_end
    light = view.viewport().grab().toImage()
    controller().set_scheme("dark")
    assert view.viewport().grab().toImage() != light


def test_lines_are_updated_and_removed_by_uid(view: Timeline) -> None:
    view.lines.add(some(3))
    assert view.lines.update_line(replace(view.lines.line(1), text="別の文"))
    assert view.lines.line(1).text == "別の文" and not view.lines.line(1).edited
    assert view.lines.remove("u1") and view.lines.rowCount() == 2
    assert not view.lines.remove("u1") and not view.lines.update_line(Line("u1", "", "said", ""))


def test_a_read_only_timeline_is_read_and_copied_but_not_changed(qtbot: QtBot, view: Timeline) -> None:
    view.lines.add([Line("a", "13:34", "issue", "測定手段がない"), Line("b", "13:40", "promise", "見積もり", promise=Promise())])
    settle(qtbot, view)
    view.edit_last()
    assert view.delegate.editor is not None
    view.delegate.editor.insertPlainText("を送る")
    view.set_read_only(True)
    assert view.lines.line(1).text == "見積もりを送る" and view.delegate.editor is None, "what was typed is kept"
    clicked: list[str] = []
    view.promise_clicked.connect(lambda uid, _part: clicked.append(uid))
    chip = view.parts_of(1)[0].area.center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=chip)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.lines.index(0, 0)).center())
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.lines.index(0, 0)).center())
    for key in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_A):
        QTest.keyClick(view, key)
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert view.delegate.editor is None and not view.edit_last() and clicked == []
    assert [view.lines.line(n).uid for n in range(2)] == ["a", "b"] and not view.acceptDrops()
    view.setCurrentIndex(view.lines.index(0, 0))
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "13:34 課題 測定手段がない"
    view.set_read_only(False)
    assert view.edit_last()
