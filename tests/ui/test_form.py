"""Forms: an editor for every kind of field, and saving by themselves at the right moments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk import i18n
from kanto_desk.fields import Field, Kind
from kanto_desk.ui.autosave import LONGEST_MS, PAUSE_MS
from kanto_desk.ui.form import EDITORS, Form, Sources
from tests.ui.conftest import Compose

FIELDS = (Field("name", Kind.LINE, "名前", "Name", required=True), Field("kana", Kind.KANA, "ふりがな", "Reading"),
          Field("day", Kind.DATE, "日付", "Date"), Field("note", Kind.TEXT, "内容", "Content", help_ja="何でも"),
          Field("hidden", Kind.LINE, "内部", "Internal", bookkeeping=True))
SOURCES = Sources(codes=lambda _list: [("a", "甲"), ("b", "乙")], find=lambda _type, _text: [("u1", "湖南精工")],
                  label=lambda _type, uid: {"u1": "湖南精工"}[uid], parse_date=date.fromisoformat,
                  show_date=date.isoformat)


class HandClock:
    """An alarm turned by hand."""

    def __init__(self) -> None:
        self.time, self.at, self.ring = 0, -1, None

    def now(self) -> int:
        return self.time

    def ring_in(self, milliseconds: int, ring: Callable[[], None]) -> None:
        self.at, self.ring = self.time + milliseconds, ring

    def stop(self) -> None:
        self.at = -1

    def turn(self, milliseconds: int) -> None:
        for _ in range(milliseconds):
            self.time += 1
            if self.time == self.at and self.ring:
                self.at = -1
                self.ring()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def form(qtbot: QtBot, clock: HandClock) -> Form:
    window = QWidget()
    made = Form(FIELDS, SOURCES, readings={"kana": "name"}, alarm=clock)
    column = QVBoxLayout(window)
    column.addWidget(made)
    column.addWidget(QLineEdit(objectName="other"))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    made.go_to("name")
    qtbot.waitUntil(made.editor("name").hasFocus)
    made.destroyed.connect(window.deleteLater)
    made.keep = window   # type: ignore[attr-defined]  # the window lives as long as the form
    return made


@pytest.fixture
def saved(form: Form) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    form.save.connect(out.append)
    return out


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_field_has_an_editor_that_keeps_none(qtbot: QtBot, kind: Kind) -> None:
    editor = EDITORS[kind](Field("x", kind, "項目", "Item", codes="CL1", target="organization"), SOURCES)
    qtbot.addWidget(editor)
    editor.set_value(None)   # type: ignore[attr-defined]
    assert editor.value() in (None, ())   # type: ignore[attr-defined]
    assert editor.composing is False   # type: ignore[attr-defined]


def test_labels_marks_and_help_stand_with_the_fields(form: Form) -> None:
    assert form.names() == ("name", "kana", "day", "note")
    assert form.row("name").label.text() == "名前" and form.row("name").mark.text() == "必須"
    assert form.row("note").help.plain() == "何でも" and form.row("note").mark.text() == "任意"


def test_saved_after_a_pause(form: Form, clock: HandClock, saved: list[dict[str, Any]]) -> None:
    QTest.keyClicks(form.editor("name"), "ab")
    clock.turn(PAUSE_MS - 1)
    assert saved == []
    clock.turn(1)
    assert saved == [{"name": "ab"}]


def test_saved_at_the_latest_a_second_after_the_first_key(form: Form, clock: HandClock,
                                                          saved: list[dict[str, Any]]) -> None:
    for _ in range(LONGEST_MS // 100):
        QTest.keyClicks(form.editor("name"), "a")
        clock.turn(100)
    assert LONGEST_MS < 1000 and len(saved) == 1 and saved[0]["name"] == "a" * (LONGEST_MS // 100)


def test_saved_at_once_on_leaving_the_field(form: Form, saved: list[dict[str, Any]]) -> None:
    QTest.keyClicks(form.editor("name"), "ab")
    form.go_to("note")
    assert saved == [{"name": "ab"}]


def test_text_being_composed_is_saved_within_the_second_and_given_up_with_escape(
        form: Form, clock: HandClock, saved: list[dict[str, Any]], compose: Compose) -> None:
    compose(form.editor("note"), "みつもり")
    clock.turn(LONGEST_MS)
    compose(form.editor("note"))
    clock.turn(LONGEST_MS)
    assert saved == [{"note": "みつもり"}, {"note": None}]


def test_text_being_composed_is_saved_once_when_the_page_goes(form: Form, saved: list[dict[str, Any]],
                                                             compose: Compose, clock: HandClock) -> None:
    QTest.keyClicks(form.editor("name"), "ab")
    compose(form.editor("name"), "みつもり")
    form.flush()
    form.flush()
    clock.turn(5000)
    assert saved == [{"name": "abみつもり", "kana": saved[0].get("kana")}]


def test_values_from_outside_do_not_overwrite_what_is_being_typed(form: Form, clock: HandClock,
                                                                  saved: list[dict[str, Any]]) -> None:
    QTest.keyClicks(form.editor("name"), "mine")
    form.set_values({"name": "theirs", "note": "from outside", "unknown": 1})
    assert form.values()["name"] == "mine" and form.values()["note"] == "from outside"
    clock.turn(1000)
    assert saved == [{"name": "mine"}]
    form.set_values({"name": "theirs"})
    assert form.values()["name"] == "theirs"


def test_a_box_that_is_composing_keeps_its_text(form: Form, compose: Compose) -> None:
    compose(form.editor("note"), "みつもり")
    form.set_values({"note": "other"})
    form.flush()
    assert form.values()["note"] == "みつもり"


def test_errors_stand_below_their_fields(form: Form) -> None:
    form.set_errors({"name": "名前を入れます"})
    assert form.row("name").error.isVisible() and form.editor("name").property("error")
    form.set_errors({})
    assert not form.row("name").error.isVisible() and not form.editor("name").property("error")


def test_every_editor_has_a_name(form: Form) -> None:
    assert [form.editor(name).accessibleName() for name in form.names()] == ["名前", "ふりがな", "日付", "内容"]


def test_a_unit_stands_behind_its_number_and_in_its_name(qtbot: QtBot) -> None:
    made = Form((Field("length", Kind.INTEGER, "予定時間", "Planned length", unit="分"),), SOURCES)
    qtbot.addWidget(made)
    words = [label.text() for label in made.row("length").findChildren(QLabel)]
    assert "分" in words and made.editor("length").accessibleName() == "予定時間 分"
    i18n.use("en")
    other = Form((Field("length", Kind.INTEGER, "予定時間", "Planned length", unit="分"),), SOURCES)
    qtbot.addWidget(other)
    assert "min" in [label.text() for label in other.row("length").findChildren(QLabel)]
