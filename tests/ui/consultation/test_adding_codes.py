"""「区分を加える」: words that a list lacks become a code of it, chosen at once, and go again as they came."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kanto_desk.services import codes, consultations
from kanto_desk.services.desk import Desk
from kanto_desk.ui.choices import ChoiceInput, MultiChoice, Suggestions
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from tests.ui.conftest import Compose
from tests.ui.host import Host

Key = Qt.Key


@pytest.fixture
def tab(host: Host, visit: str) -> SummaryTab:
    made = host.open(visit).go_to("summary")
    host.settle()
    assert isinstance(made, SummaryTab)
    return made


def one(tab: SummaryTab, form: str, name: str) -> ChoiceInput:
    box = tab.forms[form].editor(name)
    assert isinstance(box, ChoiceInput)
    return box


def rows(box: ChoiceInput) -> list[str]:
    found = shown(box)
    return [found.item(n).text() for n in range(found.count())]


def shown(box: ChoiceInput) -> Suggestions:
    found = box.suggestions()
    assert found is not None and found.isVisible()
    return found


def write(host: Host, box: ChoiceInput, text: str, compose: Compose) -> None:
    box.setFocus()
    box.selectAll()
    compose(box, "", text)
    host.settle()


def test_by_keys_the_new_code_is_chosen_and_ctrl_z_takes_back_choice_and_code(
        host: Host, desk: Desk, visit: str, tab: SummaryTab, compose: Compose) -> None:
    box = one(tab, "visit", "form")
    before = consultations.get(desk.store, visit).record.form
    write(host, box, "屋台での立ち話", compose)
    assert rows(box) == ["「屋台での立ち話」を区分に加える"]
    host.key(Key.Key_Down)
    host.key(Key.Key_Return)
    code = codes.named(desk.store, "CL01", "屋台での立ち話")
    assert code is not None and box.value() == code and box.text() == "屋台での立ち話"
    host.frame.flush()
    host.settle()
    assert consultations.get(desk.store, visit).record.form == code
    assert host.said() == "「屋台での立ち話」を区分に加えました"
    host.ctrl(Key.Key_Z)
    assert consultations.get(desk.store, visit).record.form == before and box.value() == before
    host.ctrl(Key.Key_Z)
    assert codes.named(desk.store, "CL01", "屋台での立ち話") is None
    box.setFocus()
    box.open_list()
    assert "屋台での立ち話" not in rows(box)
    host.key(Key.Key_Tab)   # a box that is being written stays as it is
    host.ctrl(Key.Key_Z, shift=True)
    host.ctrl(Key.Key_Z, shift=True)
    assert consultations.get(desk.store, visit).record.form == code and box.text() == "屋台での立ち話"


def test_by_mouse_and_back_by_the_footer(host: Host, desk: Desk, visit: str, tab: SummaryTab, compose: Compose) -> None:
    box = one(tab, "result", "result")
    write(host, box, "社内で回覧", compose)
    found = shown(box)
    QTest.mouseClick(found.viewport(), Qt.MouseButton.LeftButton,
                     pos=found.visualItemRect(found.item(found.count() - 1)).center())
    host.settle()
    host.key(Key.Key_Tab)
    code = codes.named(desk.store, "CL05", "社内で回覧")
    assert code is not None and consultations.get(desk.store, visit).record.result == code
    host.frame.footer.undo.click()
    host.settle()
    host.frame.flush()
    host.settle()
    assert codes.named(desk.store, "CL05", "社内で回覧") is None
    assert consultations.get(desk.store, visit).record.result is None and box.text() == ""


def test_among_several_choices(host: Host, desk: Desk, visit: str, tab: SummaryTab, compose: Compose) -> None:
    several = tab.forms["result"].editor("responses")
    assert isinstance(several, MultiChoice) and several.search is not None
    write(host, several.search, "工場の見学", compose)
    host.key(Key.Key_Up)   # the last row
    host.key(Key.Key_Return)
    host.key(Key.Key_Tab)
    code = codes.named(desk.store, "CL04", "工場の見学")
    assert code is not None and consultations.get(desk.store, visit).record.responses == (code,)
    assert [chip.text().strip() for chip in several.chips()] == ["工場の見学"] and several.search.text() == ""
    host.frame.footer.undo.click()
    host.settle()
    host.frame.flush()
    host.settle()
    assert not consultations.get(desk.store, visit).record.responses and not several.chips()


def test_an_issue(host: Host, desk: Desk, visit: str, tab: SummaryTab, compose: Compose) -> None:
    write(host, tab.primary, "社員寮の老朽化", compose)
    host.key(Key.Key_Down)
    host.key(Key.Key_Return)
    code = codes.named(desk.store, "CL03", "社員寮の老朽化")
    assert code is not None and [i.code for i in consultations.issues(desk.store, visit)] == [code]
    assert tab.primary.text() == "社員寮の老朽化"


def test_a_name_that_is_there_in_another_spelling_is_chosen_instead(host: Host, desk: Desk, visit: str,
                                                                   tab: SummaryTab, compose: Compose) -> None:
    codes.add(desk.store, "CL01", "屋台（夜）")
    count = len(codes.choices(desk.store, "CL01"))
    box = one(tab, "visit", "form")
    write(host, box, "屋台 (夜)", compose)
    assert rows(box) == ["屋台（夜）"]   # added meanwhile, and found without opening the page anew
    write(host, box, "Company visit", compose)   # the English name of 訪問 is not among the Japanese words
    assert rows(box)[-1] == "「Company visit」を区分に加える"
    known = {c.code: c.label for c in codes.choices(desk.store, "CL01")}
    english = codes.code_lists()["CL01"].items[0]
    write(host, box, english.en.upper(), compose)
    host.key(Key.Key_Up)
    host.key(Key.Key_Return)
    host.key(Key.Key_Tab)
    assert box.value() == english.code and box.text() == known[english.code]
    assert len(codes.choices(desk.store, "CL01")) == count and "加えました" not in host.said()


def test_a_fixed_list_offers_nothing_and_words_left_behind_are_kept_with_a_hint(host: Host, tab: SummaryTab,
                                                                                compose: Compose) -> None:
    fixed = one(tab, "result", "visibility")
    write(host, fixed, "ひみつの区分", compose)
    assert fixed.suggestions() is None or not shown(fixed)
    host.key(Key.Key_Tab)
    assert tab.forms["result"].row("visibility").error.plain() == "一覧から選びます"
    box = one(tab, "visit", "form")
    write(host, box, "ひみつの形", compose)
    host.key(Key.Key_Return)   # Enter alone adds nothing
    host.key(Key.Key_Tab)
    assert "区分に加える" in tab.forms["visit"].row("form").error.plain() and box.text() == "ひみつの形"
    box.setFocus()
    host.key(Key.Key_Down)   # the way there is one key away
    assert rows(box) == ["「ひみつの形」を区分に加える"]


def test_text_being_composed_is_not_offered(tab: SummaryTab, compose: Compose) -> None:
    box = one(tab, "visit", "form")
    box.setFocus()
    box.selectAll()
    compose(box, "やたい")
    found = box.suggestions()
    assert found is None or not found.isVisible()
