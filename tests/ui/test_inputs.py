"""Editors of forms: what they read, when they judge, how they look when wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCalendarWidget,
    QLineEdit,
    QMenu,
    QStyle,
    QStyleOptionFrame,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from kanto_desk import i18n
from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.ui.choices import ChoiceInput, FlagInput, MultiChoice, among
from kanto_desk.ui.dates import DateInput, MomentInput, TimeInput, read_time
from kanto_desk.ui.inputs import IntegerInput, LineInput, NumberInput, TextInput, menu_words
from kanto_desk.ui.line_icons import LineIcon
from kanto_desk.ui.names import KanaInput, NameInput
from kanto_desk.ui.pages.consultation.person_input import PersonInput
from kanto_desk.ui.theme import controller, look
from kanto_desk.ui.top_bar import SearchBox
from tests.ui.conftest import Compose

INDUSTRIES = [("09", "食料品"), ("24", "金属製品"), ("25", "はん用機械"), ("26", "生産用機械"), ("29", "電気機械")]


def put(qtbot: QtBot, *boxes: QWidget) -> QWidget:
    """A window with the boxes and one more box, the first one focused."""
    window = QWidget()
    column = QVBoxLayout(window)
    for box in (*boxes, QLineEdit(objectName="other")):
        column.addWidget(box)
    qtbot.addWidget(window)
    qtbot.window = window   # qtbot itself keeps only a weak reference
    window.resize(700, 500)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    boxes[0].setFocus()
    qtbot.waitUntil(lambda: window.focusWidget() is not None and window.isAncestorOf(window.focusWidget()))
    return window


def leave(window: QWidget) -> None:
    window.findChild(QLineEdit, "other").setFocus()


def read_day(text: str) -> date:
    if text == "明日":
        return date(2026, 11, 25)
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise Refused("期限の日付を確かめてください（例：12/4）") from None


def show_day(day: date) -> str:
    return f"令和{day.year - 2018}年{day.month}月{day.day}日"


def test_a_line_is_put_in_order_on_leaving_not_while_typing(qtbot: QtBot) -> None:
    box = LineInput(normalise=lambda text: text.replace("ー", "-"))
    window = put(qtbot, box)
    QTest.keyClicks(box, "03")
    box.insert("ー1")
    assert box.text() == "03ー1"
    with qtbot.waitSignal(box.edited):
        leave(window)
    assert box.value() == "03-1"


def test_an_error_comes_on_leaving_and_goes_with_the_next_key(qtbot: QtBot) -> None:
    box = IntegerInput()
    window = put(qtbot, box)
    QTest.keyClicks(box, "abc")
    assert not box.property("error")
    leave(window)
    assert box.property("error") and "数字" in box.accessibleDescription() and box.text() == "abc"
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Backspace)
    assert not box.property("error")


@pytest.mark.parametrize(("typed", "value", "shown"), [("１２", 12, "12"), ("1,200", 1200, "1,200"), ("－5", -5, "-5"),
                                                       ("12345", 12345, "12,345"), ("", None, "")])
def test_whole_numbers_in_any_width(qtbot: QtBot, typed: str, value: int | None, shown: str) -> None:
    box = IntegerInput()
    qtbot.addWidget(box)
    box.setText(typed)
    box.tidy()
    assert (box.value(), box.text()) == (value, shown)


@pytest.mark.parametrize(("typed", "value"), [("2,000万円", 20_000_000), ("２億３，０００万", 230_000_000), ("1.5億円", 150_000_000),
                                             ("5千円", 5_000), ("1万2,500", 12_500), ("300 円", 300)])
def test_a_sum_is_read_as_people_write_it(qtbot: QtBot, typed: str, value: int) -> None:
    box = IntegerInput(unit="円", least=0)
    qtbot.addWidget(box)
    box.setText(typed)
    box.tidy()
    assert (box.value(), box.text()) == (value, f"{value:,}")


@pytest.mark.parametrize("typed", ["nan", "inf", "1e5", "1_000", "万", "億円", "1万x", "--5", "12人", "1.2.3"])
def test_what_only_a_computer_takes_for_a_number_is_refused(qtbot: QtBot, typed: str) -> None:
    for box in (IntegerInput(unit="円"), NumberInput()):
        qtbot.addWidget(box)
        box.setText(typed)
        box.tidy()
        assert box.property("error") and box.value() is None and box.text() == typed


def test_a_number_keeps_to_its_bounds(qtbot: QtBot) -> None:
    month = IntegerInput(unit="月", least=1, most=12)
    qtbot.addWidget(month)
    month.setText("13")
    month.tidy()
    assert month.property("error") and "12" in month.accessibleDescription() and not month.readable
    month.setText("１２月")
    month.tidy()
    assert month.value() == 12 and not month.property("error")


def test_numbers_refuse_what_they_cannot_hold(qtbot: QtBot) -> None:
    whole, any_number = IntegerInput(least=0), NumberInput()
    for box in (whole, any_number):
        qtbot.addWidget(box)
    whole.setText("1.5")
    whole.tidy()
    assert whole.property("error")
    whole.setText("-1")
    whole.tidy()
    assert whole.property("error")
    any_number.setText("１．５")
    any_number.tidy()
    assert any_number.value() == 1.5 and not any_number.property("error")


def test_a_text_box_grows_with_its_text_and_takes_no_formats(qtbot: QtBot) -> None:
    box = TextInput(least=2)
    put(qtbot, box)
    two = box.height()
    box.set_value("一\n二\n三\n四")
    assert box.height() == two + 2 * box.step
    data = QMimeData()
    data.setHtml("<b>太字</b>")
    data.setText("太字\n次")
    box.insertFromMimeData(data)
    assert box.height() == two + 3 * box.step and "font-weight:700" not in box.toHtml().split("<body")[1]


def test_only_changes_of_the_text_count_as_edits(qtbot: QtBot, compose: Compose) -> None:
    box, edits = TextInput(), []
    put(qtbot, box)
    box.edited.connect(lambda: edits.append(box.value()))
    box.set_value("はじめ")
    assert edits == []
    compose(box, "みつもり")
    assert edits == ["はじめみつもり"]
    compose(box, "", "見積もり")
    assert set(edits[1:]) == {"はじめ見積もり"}


def test_text_being_composed_counts_where_the_cursor_stands(qtbot: QtBot, compose: Compose) -> None:
    box = TextInput()
    put(qtbot, box)
    box.set_value("𠮷田")
    QTest.keyClick(box, Qt.Key.Key_Left)
    compose(box, "の")
    assert box.value() == "𠮷の田"


def test_a_date_is_read_on_leaving_and_shown_in_the_era(qtbot: QtBot) -> None:
    box = DateInput(read_day, show_day)
    window = put(qtbot, box)
    box.insert("明日")
    box.textEdited.emit(box.text())
    assert box.value() == date(2026, 11, 25)
    leave(window)
    assert box.text() == "令和8年11月25日" and "2026" in box.toolTip()


def test_a_date_that_cannot_be_read_keeps_its_text_and_is_no_value(qtbot: QtBot) -> None:
    box = DateInput(read_day, show_day)
    window = put(qtbot, box)
    box.set_value(date(2026, 11, 24))
    box.selectAll()
    QTest.keyClicks(box, "2026/2/30")
    leave(window)
    assert box.text() == "2026/2/30" and "日付" in box.accessibleDescription()
    assert box.value() is None and not box.readable
    box.setFocus()
    box.selectAll()
    QTest.keyClick(box, Qt.Key.Key_Delete)
    leave(window)
    assert box.value() is None and box.readable and not box.property("error")


@pytest.mark.parametrize(("make", "wrong"), [(lambda: IntegerInput(least=1), "0"), (IntegerInput, "1.5"),
                                             (NumberInput, "多い"), (TimeInput, "25:00")])
def test_what_is_no_value_says_so(qtbot: QtBot, make: Callable[[], LineInput], wrong: str) -> None:
    box = make()
    qtbot.addWidget(box)
    assert box.readable and box.value() is None
    box.setText(wrong)
    assert not box.readable and box.value() is None


def test_a_moment_shows_its_longest_day_whole(qtbot: QtBot) -> None:
    box = MomentInput(read_day, lambda day: f"令和{day.year - 2018}年{day.month}月{day.day}日（水）")
    put(qtbot, box)
    for zoom in (100, 130, 170):
        controller().set_zoom(zoom)
        box.set_value(datetime(2028, 12, 20, 13, 30, tzinfo=JST))
        box.window().resize(box.window().minimumSizeHint())
        qtbot.waitUntil(lambda: box.day.width() >= box.day.minimumWidth())
        option = QStyleOptionFrame()
        box.day.initStyleOption(option)
        inside = box.day.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, box.day)
        assert box.day.fontMetrics().horizontalAdvance(box.day.text()) <= inside.width() - 4, zoom   # Qt's own margins


def test_the_calendar_opens_inside_the_window_and_takes_a_day(qtbot: QtBot) -> None:
    box = DateInput(read_day, show_day)
    window = put(qtbot, box)
    box.set_value(date(2026, 11, 24))
    QTest.keyClick(box, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    panel = box.calendar()
    assert panel is not None and panel.isVisible() and panel.window() is window
    days = panel.findChild(QCalendarWidget)
    view = days.focusProxy() or days
    qtbot.waitUntil(lambda: panel.isAncestorOf(window.focusWidget()))
    QTest.keyClick(window.focusWidget() or view, Qt.Key.Key_Right)
    with qtbot.waitSignal(box.edited):
        QTest.keyClick(window.focusWidget() or view, Qt.Key.Key_Return)
    assert box.value() == date(2026, 11, 25) and box.hasFocus() and not panel.isVisible()
    box.open_calendar()
    qtbot.waitUntil(lambda: panel.isAncestorOf(window.focusWidget()))
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert box.hasFocus() and box.value() == date(2026, 11, 25)


@pytest.mark.parametrize(("typed", "hour"), [("13:30", time(13, 30)), ("１３：３０", time(13, 30)), ("1330", time(13, 30)),
                                             ("9時", time(9)), ("9時半", time(9, 30)), ("午後1時05分", time(13, 5)),
                                             ("正午", time(12)), ("930", time(9, 30)), ("13", time(13)),
                                             ("13.30", time(13, 30)), ("1:30pm", time(13, 30))])
def test_times_as_people_write_them(typed: str, hour: time) -> None:
    assert read_time(typed) == hour


@pytest.mark.parametrize(("typed", "reason"), [
    ("25:00", "25時はありません"), ("12:60", "60分はありません"), ("24", "24時はありません"), ("午後12時", "12:00"),
    ("昼", "読めません"), ("", "読めません"), ("1:2:3", "読めません"),
])
def test_impossible_times_are_refused(typed: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read_time(typed)
    assert reason in refused.value.message


def test_a_moment_is_a_day_and_a_time_in_japan(qtbot: QtBot) -> None:
    box = MomentInput(read_day, show_day)
    qtbot.addWidget(box)
    moment = datetime(2026, 11, 24, 13, 30, tzinfo=JST)
    box.set_value(moment)
    assert box.value() == moment and box.hour.text() == "13:30"
    box.set_value(None)
    assert box.value() is None


def test_a_choice_is_found_by_a_part_in_any_width_before_conversion_too(qtbot: QtBot, compose: Compose) -> None:
    box = ChoiceInput(among(INDUSTRIES), lambda code: dict(INDUSTRIES)[code])
    put(qtbot, box)
    compose(box, "はん")
    found = box.suggestions()
    assert found is not None and [found.item(n).text() for n in range(found.count())] == ["はん用機械"]
    assert box.hasFocus() and found.isVisible()
    compose(box, "", "")
    QTest.keyClicks(box, "")
    compose(box, "", "機械")
    assert found.count() == 3
    QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClick(box, Qt.Key.Key_Down)
    with qtbot.waitSignal(box.edited):
        QTest.keyClick(box, Qt.Key.Key_Return)
    assert (box.value(), box.text(), found.isVisible()) == ("26", "生産用機械", False)


def test_a_choice_typed_in_part_is_taken_if_it_is_the_only_one(qtbot: QtBot) -> None:
    box = ChoiceInput(among(INDUSTRIES), lambda code: dict(INDUSTRIES)[code])
    window = put(qtbot, box)
    box.setText("電気")
    leave(window)
    assert box.value() == "29" and box.text() == "電気機械"
    box.setFocus()
    box.setText("機械")
    leave(window)
    assert box.property("error") and box.value() == "29" and box.text() == "機械"


def test_a_click_on_a_suggestion_does_not_move_the_focus(qtbot: QtBot) -> None:
    box = ChoiceInput(among(INDUSTRIES), lambda code: dict(INDUSTRIES)[code])
    put(qtbot, box)
    QTest.keyClick(box, Qt.Key.Key_Down)
    found = box.suggestions()
    assert found is not None and found.count() == len(INDUSTRIES)
    QTest.mouseClick(found.viewport(), Qt.MouseButton.LeftButton, pos=found.visualItemRect(found.item(1)).center())
    assert box.value() == "24" and box.hasFocus()


def test_esc_closes_the_suggestions_and_keeps_the_text(qtbot: QtBot) -> None:
    box = ChoiceInput(among(INDUSTRIES), str)
    put(qtbot, box)
    QTest.keyClicks(box, "2")
    found = box.suggestions()
    assert found is not None and found.isVisible()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert not found.isVisible() and box.text() == "2"


def test_several_choices_keep_the_order_of_choosing(qtbot: QtBot) -> None:
    box = MultiChoice(INDUSTRIES)
    put(qtbot, box)
    for n in (3, 0):
        QTest.mouseClick(box.chips()[n], Qt.MouseButton.LeftButton)
    assert box.value() == ("26", "09")
    QTest.mouseClick(box.chips()[3], Qt.MouseButton.LeftButton)
    assert box.value() == ("09",)


def test_many_choices_are_added_through_a_search_box(qtbot: QtBot) -> None:
    box = MultiChoice([(str(n), f"分類{n}号") for n in range(30)])
    put(qtbot, box)
    assert box.search is not None
    QTest.keyClicks(box.search, "17")
    QTest.keyClick(box.search, Qt.Key.Key_Down)
    QTest.keyClick(box.search, Qt.Key.Key_Return)
    assert box.value() == ("17",) and box.search.text() == "" and len(box.chips()) == 1
    box.chips()[0].click()
    assert box.value() == () and box.chips() == ()


def test_a_flag_may_be_not_asked_yet(qtbot: QtBot) -> None:
    box = FlagInput()
    put(qtbot, box)
    assert box.value() is None
    box.yes.click()
    assert box.value() is True
    box.no.click()
    assert box.value() is False and not box.yes.isChecked()
    box.no.click()
    assert box.value() is None


READINGS = [
    ([("や", ""), ("やま", ""), ("やまだ", ""), ("山田", ""), ("", "山田")], "ヤマダ", True),
    ([("ｙ", ""), ("や", ""), ("やm", ""), ("やま", ""), ("山", ""), ("", "山"), ("だ", ""), ("田", ""), ("", "田")],
     "ヤマダ", True),
    ([("こなんせいこう", ""), ("湖南精工", ""), ("", "湖南精工")], "コナンセイコウ", True),
    ([("やま", ""), ("", "山田太郎")], "ヤマ", False),
    ([("", "株式会社")], "", False),
    ([("やつがたけ", ""), ("八ヶ岳", ""), ("", "八ヶ岳"), ("クラフト", ""), ("", "クラフト")], "ヤツガタケクラフト", True),
    ([("さいとう", ""), ("斎藤", ""), ("斉藤", ""), ("齋藤", ""), ("", "齋藤")], "サイトウ", True),
    ([("ぎょうだしやくしょ", ""), ("行田市役所", ""), ("行田しやくしょ", ""), ("行田市役所", ""), ("", "行田市役所")],
     "ギョウダシヤクショ", True),
    ([("やま", ""), ("", ""), ("", "山")], "", False),
]


@pytest.mark.parametrize(("events", "reading", "sure"), READINGS)
def test_readings_come_from_the_composition(qtbot: QtBot, compose: Compose, events: list[tuple[str, str]],
                                            reading: str, sure: bool) -> None:
    name, kana = NameInput(), KanaInput()
    kana.follow(name)
    put(qtbot, name, kana)
    mark = kana.doubt_mark()
    qtbot.addWidget(mark)
    for preedit, commit in events:
        compose(name, preedit, commit)
    assert (kana.text(), not kana.in_doubt) == (reading, sure)
    assert mark.isVisibleTo(None) is (not sure)


def test_a_paste_or_a_part_deleted_puts_the_reading_in_doubt(qtbot: QtBot, compose: Compose) -> None:
    name, kana = NameInput(), KanaInput()
    kana.follow(name)
    put(qtbot, name, kana)
    compose(name, "やまだ")
    compose(name, "", "山田")
    assert (kana.text(), kana.in_doubt) == ("ヤマダ", False)
    QTest.keyClick(name, Qt.Key.Key_Backspace)
    assert kana.in_doubt and kana.text() == "ヤマダ"
    name.clear()
    assert kana.text() == "" and not kana.in_doubt
    name.insert("佐藤")
    assert kana.in_doubt


def test_a_reading_that_was_typed_or_stored_is_never_overwritten(qtbot: QtBot, compose: Compose) -> None:
    name, kana = NameInput(), KanaInput()
    kana.follow(name)
    put(qtbot, name, kana)
    kana.setFocus()
    QTest.keyClicks(kana, "x")
    compose(name, "やまだ")
    compose(name, "", "山田")
    assert kana.text() == "x"
    name.set_value("湖南")
    kana.set_value("コナン")
    assert (kana.text(), kana.in_doubt) == ("コナン", False)
    name.end(False)
    compose(name, "せいこう")
    compose(name, "", "精工")
    assert (kana.text(), kana.in_doubt) == ("コナン", True)


def test_every_editor_has_a_role_for_screen_readers(qtbot: QtBot) -> None:
    for box in (LineInput(), TextInput(), IntegerInput(), DateInput(read_day, show_day), TimeInput(),
                ChoiceInput(among(INDUSTRIES), str), NameInput(), KanaInput()):
        qtbot.addWidget(box)
        found = QAccessible.queryAccessibleInterface(box)
        assert found.role() == QAccessible.Role.EditableText


@pytest.mark.parametrize("make", [LineInput, TextInput])
def test_the_menu_of_a_text_box_follows_the_language_at_once(qtbot: QtBot, make: type[LineInput | TextInput]) -> None:
    box = make()
    put(qtbot, box)
    for chosen, wanted in (("ja", "貼り付け"), ("en", "Paste"), ("ja", "貼り付け")):
        i18n.use(chosen)
        QApplication.sendEvent(box if isinstance(box, QLineEdit) else box.viewport(), QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, QPoint(5, 5), box.mapToGlobal(QPoint(5, 5))))
        menu = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible())
        said = {action.objectName(): action.text() for action in menu.actions() if action.objectName()}
        assert said.keys() >= menu_words().keys()
        assert said["edit-paste"].partition("\t")[0] == wanted
        menu.close()
        qtbot.waitUntil(lambda: not [one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu)])


# Faces and zoom

def ink(box: QLineEdit) -> tuple[int, int]:
    """The first and last row of the text's pixels."""
    picture = box.grab().toImage()
    rows = [y for y in range(5, picture.height() - 5)
            if any(picture.pixelColor(x, y).lightness() < 110 for x in range(12, picture.width() - 12))]
    return rows[0], rows[-1]


@pytest.mark.parametrize("zoom", [100, 150, 200])
def test_a_kanji_of_the_second_face_stands_on_the_same_line(qtbot: QtBot, zoom: int) -> None:
    controller().set_zoom(zoom)
    box = LineInput()
    put(qtbot, box)
    for plain, rare in (("吉", "𠮷"), ("葛", "葛󠄀"), ("吉田 ABC", "𠮷田 ABC")):
        box.setText(plain)
        wanted = ink(box)
        box.setText(rare)
        assert all(abs(one - other) <= 1 for one, other in zip(ink(box), wanted, strict=True)), rare


@pytest.mark.parametrize("zoom", [100, 200])
def test_pictures_in_boxes_grow_with_the_zoom(qtbot: QtBot, zoom: int) -> None:
    box = ChoiceInput(among(INDUSTRIES), str)
    window = put(qtbot, box)
    search = SearchBox()
    search.setParent(window)
    search.resize(300, look().px(36))
    search.show()
    controller().set_zoom(zoom)
    QApplication.processEvents()
    for inside in (*box.findChildren(LineIcon), search.lens):
        picture = inside.grab().toImage()
        ground = picture.pixelColor(1, 1)
        columns = [x for x in range(picture.width()) if any(picture.pixelColor(x, y) != ground
                                                           for y in range(picture.height()))]
        assert 7 * zoom // 100 <= columns[-1] - columns[0] + 1 <= 16 * zoom // 100
        assert inside.height() >= 24 and inside.width() >= 24
        box_ = inside.parentWidget()
        assert box_ is not None and box_.rect().contains(inside.geometry())
    assert search.textMargins().left() >= search.lens.width()


def test_the_arrow_opens_the_list_and_leaves_the_cursor_in_the_box(qtbot: QtBot) -> None:
    box = ChoiceInput(among(INDUSTRIES), str)
    put(qtbot, box)
    arrow = box.findChild(LineIcon)
    assert arrow is not None
    QTest.mouseClick(arrow, Qt.MouseButton.LeftButton)
    found = box.suggestions()
    assert found is not None and found.isVisible() and box.hasFocus()


@pytest.mark.parametrize("make", [NameInput, PersonInput])
def test_katakana_in_a_name_becomes_full_width_and_its_reading_stays(qtbot: QtBot, make: type[LineInput]) -> None:
    box = make()
    put(qtbot, box)
    box.insert("ｻﾝﾌﾟﾙ工業")
    heard: list[tuple[str, bool]] = []
    if isinstance(box, NameInput):
        box.reading.connect(lambda text, sure: heard.append((text, sure)))
    box.tidy()
    assert box.text() == "サンプル工業" and heard == [], "putting it in order is no typing"


def test_a_reading_is_put_in_order_wherever_it_is_asked_for(qtbot: QtBot) -> None:
    kana = KanaInput()
    put(qtbot, kana)
    kana.insert("ﾀｶﾊｼ なおこ")
    kana.tidy()
    assert kana.text() == "タカハシ ナオコ"
