"""The look: zoom steps, palette, style sheet, icons and widgets that follow a change."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.ui import icons
from kanto_desk.ui.buttons import Button, Chip, RailButton
from kanto_desk.ui.layout import Column, Flow, Row, holder, scrolling
from kanto_desk.ui.notices import EmptyState, FieldRow, Notice
from kanto_desk.ui.stylesheet import stylesheet
from kanto_desk.ui.text import Elided, Label, Picture, Pill, Wrapped
from kanto_desk.ui.theme import Scheme, ThemeController, controller, high_contrast, load_fonts, look
from kanto_desk.ui.tokens import DARK, LIGHT, PAIRS, contrast


@pytest.mark.parametrize(("wanted", "got"), [(100, 100), (84, 80), (10, 80), (126, 130), (900, 200)])
def test_zoom_moves_in_steps_of_ten_between_80_and_200(wanted: int, got: int) -> None:
    controller().set_zoom(wanted)
    assert (controller().zoom, look().zoom) == (got, got)


def test_zoom_keys_step_and_return(qtbot: QtBot) -> None:
    told: list[int] = []
    themes = controller()
    slot = lambda: told.append(look().zoom)  # noqa: E731 - kept to disconnect it
    themes.changed.connect(slot)
    for _ in range(5):
        themes.zoom_in()
    assert (themes.zoom, look().zoom, told) == (150, 100, []), "no restyling while keys are waiting"
    qtbot.waitUntil(lambda: bool(told))
    themes.zoom_out()
    themes.zoom_out()
    qtbot.waitUntil(lambda: len(told) == 2)
    themes.zoom_in()
    themes.zoom_reset()
    qtbot.waitUntil(lambda: len(told) == 3)
    themes.changed.disconnect(slot)
    assert told == [150, 130, 100], "one restyling for all of them"


def test_a_change_is_told_once_and_an_equal_look_not_at_all(qtbot: QtBot) -> None:
    told: list[int] = []
    themes = controller()
    slot = lambda: told.append(themes.zoom)  # noqa: E731 - kept to disconnect it
    themes.changed.connect(slot)
    themes.set_zoom(120)
    themes.set_zoom(120)
    themes.set_zoom(121)
    themes.changed.disconnect(slot)
    assert told == [120]


def test_dark_reaches_palette_sheet_and_icons(qapp: QApplication, qtbot: QtBot) -> None:
    picture = Picture("star", "accent")
    qtbot.addWidget(picture)
    light = picture.pixmap().toImage()
    controller().set_scheme("dark")
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK["canvas"])
    assert DARK["surface"] in qapp.styleSheet() and LIGHT["text2"] not in qapp.styleSheet()
    assert picture.pixmap().toImage() != light


class _Counted(QObject):
    """Counts the changes of style that each part is told."""

    def __init__(self) -> None:
        super().__init__()
        self.times: Counter[QObject] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange:
            self.times[watched] += 1
        return False


def test_a_change_of_look_goes_over_every_part_once(qapp: QApplication, qtbot: QtBot) -> None:
    outer = QWidget()
    qtbot.addWidget(outer)
    parts: list[QWidget] = [outer]
    for _ in range(12):   # Qt itself measures a part as many times as it lies deep
        inner = QWidget(parts[-1])
        Label("諏訪", "caption").setParent(inner)
        parts.append(inner)
    own = QLabel("125 %", parts[-1])
    own.setStyleSheet("QLabel { font-size: 30px; }")   # 相手に見せる has a sheet of its own
    box = QDialog(outer)   # a window of its own that is a child
    parts += [own, box]
    outer.show()
    counted = _Counted()
    qapp.installEventFilter(counted)
    try:
        controller().set_scheme("dark")
        assert {counted.times[part] for part in parts} == {1}
        controller().set_zoom(150)
        assert {counted.times[part] for part in parts} == {2}
    finally:
        qapp.removeEventFilter(counted)
    label = parts[6].findChild(Label)
    assert label is not None
    assert label.palette().color(QPalette.ColorRole.WindowText) == QColor(DARK["text3"])
    assert label.font().pixelSize() == 21
    assert own.font().pixelSize() == 30


def test_zoom_reaches_fonts_layouts_and_targets(qtbot: QtBot) -> None:
    button, label = Button("送る", "send"), Label("見出し", "h1")
    layout = Column(Row(button, 10, label, space=8), space=12, margins=(16, 8, 16, 8))
    page = holder(layout)
    qtbot.addWidget(page)
    page.show()
    assert button.height() == 36
    controller().set_zoom(200)
    page.adjustSize()
    assert layout.spacing() == 24 and layout.contentsMargins().left() == 32
    assert button.height() == 72 and label.font().pixelSize() == 52


def test_no_brace_is_left_in_the_sheet() -> None:
    for tokens in (LIGHT, DARK):
        sheet = stylesheet(tokens, 130)
        assert sheet.count("{") == sheet.count("}") and "{{" not in sheet and "None" not in sheet


def high_contrast_theme(ground: str, ink: str, chosen: str, on_chosen: str) -> QPalette:
    """The palette Qt makes of a high-contrast theme of Windows."""
    system = QPalette(QColor(ground), QColor(ground))
    for role, colour in ((QPalette.ColorRole.WindowText, ink), (QPalette.ColorRole.Highlight, chosen),
                         (QPalette.ColorRole.HighlightedText, on_chosen)):
        system.setColor(role, QColor(colour))
    return system


@pytest.mark.parametrize("theme", [
    ("#000000", "#FFFFFF", "#1AEBFF", "#000000"), ("#FFFFFF", "#000000", "#37006E", "#FFFFFF"),
    ("#202020", "#FFFFFF", "#8EE3F0", "#263B50"), ("#FFFAEF", "#3D3D3D", "#903909", "#FFF5E3"),
    ("#2D3236", "#FFFFFF", "#A1BFDE", "#212D3B"), ("#000000", "#FFFFFF", "#D6B4FD", "#2B2B2B"),
])
def test_high_contrast_takes_the_colours_of_the_system(theme: tuple[str, str, str, str]) -> None:
    tokens = high_contrast(high_contrast_theme(*theme))
    assert tokens.keys() == LIGHT.keys()
    assert (tokens["surface"], tokens["text"]) == (theme[0].lower(), theme[1].lower())
    assert contrast(tokens["text"], tokens["select"]) >= 4.5 and contrast(tokens["text3"], tokens["select"]) >= 4.5
    assert contrast(tokens["select"], tokens["surface"]) >= 2.2, "the chosen row is to be seen"
    for ink, ground, need in PAIRS:
        if (ink, ground) != ("chart2", "surface"):
            assert contrast(tokens[ink], tokens[ground]) >= min(need, 4.4), (ink, ground)


def test_the_ring_of_the_focus_is_seen_on_what_has_its_colour() -> None:
    sheet = stylesheet(high_contrast(high_contrast_theme("#000000", "#FFFFFF", "#1AEBFF", "#000000")), 100)
    assert 'QPushButton[look="primary"]:focus { border: 3px double #000000' in sheet
    assert "double" not in stylesheet(LIGHT, 100) + stylesheet(DARK, 100)


@pytest.mark.parametrize("scheme", ["system", "light", "dark"])
def test_the_look_follows_a_high_contrast_theme_switched_on_and_off(qapp: QApplication, scheme: Scheme) -> None:
    wish = [Qt.ContrastPreference.NoPreference]
    styles = qapp.styleHints()
    hints = styles.accessibility()
    themes = ThemeController(qapp, lambda: wish[0])
    try:
        themes.start(scheme)
        plain = themes.look.tokens
        assert plain in (LIGHT, DARK)
        wish[0] = Qt.ContrastPreference.HighContrast
        hints.contrastPreferenceChanged.emit(wish[0])
        assert themes.look.tokens not in (LIGHT, DARK), "the program's own colours have stepped aside"
        assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(themes.look.tokens["canvas"])
        assert styles.colorScheme() != Qt.ColorScheme.Dark or scheme != "dark"
        wish[0] = Qt.ContrastPreference.NoPreference
        hints.contrastPreferenceChanged.emit(wish[0])
        assert themes.look.tokens == plain and themes.scheme == scheme
    finally:
        hints.contrastPreferenceChanged.disconnect(themes._contrast_changed)
        styles.colorSchemeChanged.disconnect(themes._system_changed)
        themes.setParent(None)
        themes.deleteLater()
        controller().start("light")


def test_the_shipped_fonts_are_the_ones_used(qapp: QApplication) -> None:
    assert "BIZ UDPGothic" in load_fonts()


def test_every_icon_draws_something_in_its_colour(qapp: QApplication) -> None:
    assert len(icons.names()) > 60
    for name in icons.names():
        image = icons.pixmap(name, "accent", 24).toImage()
        inks = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
                if image.pixelColor(x, y).alpha() == 255}
        assert LIGHT["accent"].lower() in inks, name


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        icons.pixmap("no-such-icon")


def test_a_button_without_a_name_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="name"):
        Button("", "star", "icon")


@pytest.mark.parametrize("zoom", [80, 100, 200])
def test_targets_are_large_enough(qtbot: QtBot, zoom: int) -> None:
    controller().set_zoom(zoom)
    parts = [Button("送る"), Button("送る", "send", "primary"), Button("直す", kind="ghost"), Chip("課題", "flag"),
             Button("", "star", "icon", name="お気に入り"), RailButton("きょう", "calendar-days")]
    page = holder(Column(*parts))
    qtbot.addWidget(page)
    page.show()
    for part in parts:
        assert min(part.width(), part.height()) >= 24, part.text()


def test_a_chosen_chip_keeps_its_width(qtbot: QtBot) -> None:
    chip = Chip("助言", "lightbulb")
    qtbot.addWidget(chip)
    chip.show()
    before = chip.sizeHint().width()
    chip.setChecked(True)
    assert abs(chip.sizeHint().width() - before) <= 1


def test_user_text_in_wrapped_labels_is_escaped(qtbot: QtBot) -> None:
    label = Wrapped("<b>5 < 6</b>\n次")
    qtbot.addWidget(label)
    assert "<b>" not in label.text() and label.plain() == "<b>5 < 6</b>\n次"


def test_wrapped_text_has_a_line_height_of_150_percent(qtbot: QtBot) -> None:
    one, three = Wrapped("一", "entry"), Wrapped("一\n二\n三", "entry")
    for label in (one, three):
        qtbot.addWidget(label)
        label.show()
    step = (three.heightForWidth(300) - one.heightForWidth(300)) / 2
    assert 16 * 1.45 <= step <= 16 * 1.6


def test_a_long_name_gives_way_in_the_middle(qtbot: QtBot) -> None:
    name = "株式会社とても長い名前の湖南精工製作所諏訪工場"
    label = Elided(name)
    qtbot.addWidget(label)
    label.resize(160, 24)
    label.show()
    assert label.text().startswith("株式") and label.text().endswith("工場") and "…" in label.text()
    assert label.toolTip() == name and label.accessibleName() == name
    label.resize(800, 24)
    assert label.text() == name and label.toolTip() == ""


@pytest.mark.parametrize("width", [900, 420])
def test_what_scrolls_has_no_empty_room_below(qtbot: QtBot, width: int) -> None:
    words = "ネットがない工場でも、すべてこのパソコンの中で動きます。"
    inside = holder(Column(*(Wrapped(words) for _ in range(6)), space=8))
    area = scrolling(inside)
    qtbot.addWidget(area)
    area.resize(width, 240)
    area.show()
    for _ in range(3):
        QApplication.processEvents()
    layout = inside.layout()
    assert layout is not None
    need = layout.totalHeightForWidth(area.viewport().width())
    assert inside.height() == max(need, area.viewport().height())
    assert (area.verticalScrollBar().maximum() > 0) == (need > 240)
    inside.findChildren(Wrapped)[0].set_text(words * 6)
    for _ in range(3):
        QApplication.processEvents()
    more = layout.totalHeightForWidth(area.viewport().width())
    assert more > need and inside.height() == max(more, area.viewport().height())


def test_flow_breaks_rows(qtbot: QtBot) -> None:
    pills = [Pill(f"項目 {n}") for n in range(12)]
    flow = Flow(*pills)
    page = QWidget()
    page.setLayout(flow)
    qtbot.addWidget(page)
    assert flow.heightForWidth(200) > flow.heightForWidth(2000) == pills[0].height()
    page.resize(200, flow.heightForWidth(200))
    page.show()
    assert all(pill.geometry().right() < 200 for pill in pills) and len({pill.y() for pill in pills}) > 2


def test_a_field_row_tells_its_error_to_the_eye_and_to_the_reader(qtbot: QtBot) -> None:
    editor = QLabel()
    row = FieldRow("お名前", editor, required=True, help_text="相談先の方")
    qtbot.addWidget(row)
    row.show()
    assert editor.accessibleName() == "お名前" and row.mark.text() == "必須"
    row.set_error("お名前を入れます")
    assert row.error.isVisible() and editor.accessibleDescription() == "お名前を入れます"
    row.set_error(None)
    assert not row.error.isVisible() and editor.accessibleDescription() == "相談先の方"


def test_notices_and_empty_states_offer_their_one_action(qtbot: QtBot) -> None:
    notice, empty = Notice("warn", "期限が過ぎています", action="日を直す"), EmptyState("まだありません", "はじめる")
    for part in (notice, empty):
        qtbot.addWidget(part)
        part.show()
    with qtbot.waitSignal(notice.acted):
        notice.action.click()
    assert empty.button is not None
    with qtbot.waitSignal(empty.acted):
        empty.button.click()
