"""Every screen and box in 8 of its 36 looks: names, roles, targets, words, contrast, the way of Tab and a focus to be seen.

Which 8 follows from the commit; all 36: `python -m tests.ui.walk --all`. Below, planted faults show that each check fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from kanto_desk.ui.buttons import Button
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, boxed, holder, scrolling
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look
from tests.ui.access import roleless, too_small, unnamed, unscrollable, way_of_tab
from tests.ui.combinations import ALL, TURN, mark, named, whose_turn
from tests.ui.contrast import faint
from tests.ui.fit import misfits
from tests.ui.walk import share


def test_every_screen_is_right_in_the_looks_whose_turn_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    of, source = mark()
    turn = whose_turn(of)
    with capsys.disabled():
        print(f"\nwalked by the {source} {of[:12]}: {', '.join(map(str, turn))}")
    said: list[str] = []
    assert share(turn, 2, say=said.append), "\n".join(said)
    assert sum(line.endswith("is right") for line in said) == TURN


def test_the_looks_come_round_and_each_turn_holds_every_part() -> None:
    assert len(ALL) == len(set(ALL)) == 36 and [named(str(one)) for one in ALL] == [*ALL]
    turns = [whose_turn(f"commit {n}") for n in range(60)]
    assert {one for turn in turns for one in turn} == set(ALL)
    for turn in turns:
        assert len(set(turn)) == TURN
        assert [len({one[part] for one in turn}) for part in range(4)] == [2, 2, 3, 3]
    assert whose_turn("a") == whose_turn("a") != whose_turn("b")
    assert min(Counter(one for turn in turns for one in turn).values()) > 2


def test_without_git_the_turn_follows_from_the_files(tmp_path: Path) -> None:
    (tmp_path / "kanto_desk" / "ui").mkdir(parents=True)
    file = tmp_path / "kanto_desk" / "ui" / "page.py"
    marks = []
    for text in ("a = 1", "a = 2"):
        file.write_text(text, "utf-8")
        marks.append(mark(tmp_path))
    assert marks[0] != marks[1] and {source for _, source in marks} == {"content of kanto_desk/ui"}


# Planted faults

Planted = Callable[[QWidget], QWidget]


@pytest.fixture
def window(qapp: QApplication) -> Iterator[Planted]:
    """Show a window with a button, the planted part and another button."""
    made: list[QWidget] = []

    def show(part: QWidget) -> QWidget:
        whole = boxed("page", Column(Button("はじめる"), part, Button("送る"), margins=(20, 20, 20, 20)))
        made.append(whole)
        whole.resize(400, 300)
        whole.show()
        QApplication.processEvents()
        return whole
    yield show
    for one in made:
        one.close()
        one.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def faults(root: QWidget) -> list[str]:
    """What any of the checks finds."""
    return [*misfits(root), *unnamed(root), *roleless(root), *too_small(root), *unscrollable(root),
            *faint(root, root.grab().toImage()), *way_of_tab(root).faults]


def test_a_window_without_a_fault_has_none(window: Planted) -> None:
    line = LineInput()
    line.setAccessibleName("お名前")
    assert faults(window(line)) == []


def test_a_button_without_a_name_is_found(window: Planted) -> None:
    assert faults(window(QPushButton("送る"))) == ["QPushButton ''"]


def test_a_control_without_a_role_is_found(window: Planted) -> None:
    class Painted(QWidget):
        def paintEvent(self, _event: object, /) -> None:
            from PySide6.QtGui import QPainter, QPen
            painter = QPainter(self)
            painter.setPen(QPen(look().color("focus" if self.hasFocus() else "field"), 2))
            painter.drawRect(self.rect())
            painter.end()
    painted = Painted()
    painted.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    painted.setAccessibleName("絵")
    painted.setMinimumSize(40, 40)
    assert faults(window(painted)) == ["Painted '絵' has no role"]


def test_a_target_of_20_px_is_found(window: Planted) -> None:
    small = Button("×", name="閉じる")
    small.setStyleSheet("min-height: 0; padding: 0;")
    small.setFixedSize(20, 20)
    told = faults(window(holder(Column(small))))
    assert any("20×20" in words for words in told)
    assert too_small(window(Button("閉じる")), 44), "36 px are too few where 44 are asked for"


def test_a_cut_label_is_found(window: Planted) -> None:
    label = Label("見積もりを送る")
    label.setFixedWidth(50)
    assert [words for words in faults(window(label)) if "is 50 wide" in words]


def test_a_trap_of_tab_is_found(window: Planted) -> None:
    class Trap(LineInput):
        def focusNextPrevChild(self, _next: bool, /) -> bool:
            return True
    trap = Trap()
    trap.setAccessibleName("わな")
    told = faults(window(trap))
    assert "Trap 'わな' keeps the focus when Tab is pressed" in told
    assert "Tab does not reach Button '送る'" in told


def test_a_way_back_that_ends_is_found(window: Planted) -> None:
    class OneWay(LineInput):
        def keyPressEvent(self, event: QKeyEvent, /) -> None:
            if event.key() != Qt.Key.Key_Backtab:
                super().keyPressEvent(event)

        def event(self, event: QEvent, /) -> bool:
            if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Backtab:
                return True
            return super().event(event)
    box = OneWay()
    box.setAccessibleName("行き止まり")
    assert any(words.startswith("Shift+Tab does not reach") for words in faults(window(box)))


def test_a_control_that_tab_passes_by_is_found(window: Planted) -> None:
    first, last = QLineEdit(), QLineEdit()
    for box in (first, last):
        box.setAccessibleName("欄")
    whole = window(holder(Column(first, last)))
    last.setFocusProxy(first)   # takes the focus for another, and is left out
    assert "Tab does not reach QLineEdit '欄'" in way_of_tab(whole).faults


def test_a_focus_that_cannot_be_seen_is_found(window: Planted) -> None:
    button = Button("送る", name="送る")
    button.setStyleSheet("QPushButton, QPushButton:focus { border: 1px solid gray; }")
    assert faults(window(button)) == ["Button '送る' does not show that it has the focus"]


def test_a_focus_out_of_sight_is_found(window: Planted) -> None:
    box = LineInput()
    box.setAccessibleName("欄")
    cut = QWidget()
    cut.setFixedSize(200, 40)
    box.setParent(cut)
    box.move(0, 60)
    assert any("out of sight" in words for words in way_of_tab(window(cut)).faults)


def test_faint_words_are_found_and_faint_words_switched_off_are_not(window: Planted) -> None:
    label = QLabel("見積もりを送ります 12/4")
    ground, ink = QColor(look().tokens["canvas"]), QColor(look().tokens["border"])
    label.setStyleSheet(f"color: {ink.name()}; background: {ground.name()};")
    whole = window(label)
    told = faults(whole)
    assert len(told) == 1 and "見積もりを送ります" in told[0] and ": 1" in told[0]
    label.setEnabled(False)
    assert faint(whole, whole.grab().toImage()) == []


def test_a_place_that_no_key_scrolls_is_found(window: Planted) -> None:
    text = holder(Column(*(Label(f"{n}行目の言葉") for n in range(40))))
    area = scrolling(text)
    whole = window(area)
    assert unscrollable(whole) == ["Scrolling '' cannot be scrolled by key"]
    area.read_by_keys("長い文")
    assert faults(whole) == []
