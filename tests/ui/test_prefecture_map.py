"""The map of the eleven prefectures: where each lies, what is said of it, and how it is chosen by mouse and keys."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from kanto_desk import masters
from kanto_desk.ui.prefecture_map import PrefectureMap, shapes, steps
from kanto_desk.ui.theme import controller, look
from kanto_desk.ui.tokens import DARK, LIGHT, contrast

NAMES = {code: masters.code_label("CL10", code, "ja") for code in shapes()[1]}
NUMBERS = {"13": 1200, "14": 300, "20": 40, "15": 7, "22": 1}


@pytest.fixture
def shown(qapp: object) -> PrefectureMap:
    made = PrefectureMap(NAMES)
    made.resize(300, 450)
    made.show_numbers(NUMBERS, lambda n: f"{n:,}社", "企業の数")
    made.show()
    made.activateWindow()
    assert QTest.qWaitForWindowActive(made)
    made.setFocus()
    return made


def test_the_eleven_prefectures_lie_as_they_do(shown: PrefectureMap) -> None:
    assert set(NAMES.values()) == {"茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "山梨県", "長野県",
                                   "静岡県"}
    place = {NAMES[code]: shown.center_of(code) for code in NAMES}
    for code in NAMES:
        assert shown.code_at(shown.center_of(code)) == code, "its word stands inside"
    for north, south in (("新潟県", "群馬県"), ("栃木県", "埼玉県"), ("埼玉県", "東京都"), ("東京都", "神奈川県"), ("長野県", "静岡県")):
        assert place[north].y() < place[south].y(), (north, south)
    for west, east in (("長野県", "群馬県"), ("群馬県", "栃木県"), ("栃木県", "茨城県"), ("山梨県", "東京都"), ("東京都", "千葉県")):
        assert place[west].x() < place[east].x(), (west, east)


def test_every_prefecture_is_reached_by_arrows_and_chosen_by_enter(shown: PrefectureMap) -> None:
    assert shown.current == "13"
    way = {"13": ""}
    keys = {"L": Qt.Key.Key_Left, "R": Qt.Key.Key_Right, "U": Qt.Key.Key_Up, "D": Qt.Key.Key_Down}
    for start in list(NAMES) * 3:
        if start not in way:
            continue
        for name, key in keys.items():
            shown._choose(start)
            QTest.keyClick(shown, key)
            way.setdefault(shown.current, way[start] + name)
    assert set(way) == set(NAMES)
    picked: list[str] = []
    shown.picked.connect(picked.append)
    shown._choose("13")
    for name in way["15"]:
        QTest.keyClick(shown, keys[name])
    QTest.keyClick(shown, Qt.Key.Key_Return)
    QTest.keyClick(shown, Qt.Key.Key_Space)
    assert picked == ["15", "15"]
    assert shown.accessibleDescription() == "新潟県　7社" and shown.accessibleName() == "企業の数"
    shown.set_chosen({"15"})
    assert shown.accessibleDescription() == "新潟県　7社　選んでいます"


def test_a_press_picks_and_one_beside_the_land_does_not(shown: PrefectureMap) -> None:
    picked: list[str] = []
    shown.picked.connect(picked.append)
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=shown.center_of("20").toPoint())
    assert picked == ["20"]


@pytest.mark.parametrize(("numbers", "made"), [
    ([], []), ([0, 0], []), ([1, 3], [1, 2, 3]), ([4, 12, 8], [3, 5, 8, 10, 12]), ([1, 7, 1200], [5, 20, 100, 300, 1200]),
    ([1, 2_000_000], [20, 500, 10_000, 200_000, 2_000_000]),
])
def test_steps_hold_every_number_and_grow(numbers: list[int], made: list[int]) -> None:
    assert steps(numbers) == made == sorted(set(made))


def test_every_step_has_a_colour_of_its_own_that_its_ink_is_read_on(shown: PrefectureMap) -> None:
    assert [shown.level(code) for code in ("08", "22", "15", "20", "14", "13")] == [0, 1, 2, 3, 4, 5]
    for scheme, tokens in (("light", LIGHT), ("dark", DARK)):
        controller().set_scheme(scheme)
        shades = [shown.shade(level).name() for level in range(6)]
        lightness = [contrast(shade, tokens["surface"]) for shade in shades]
        assert all(more / less > 1.25 for less, more in pairwise(lightness)), lightness
        assert all(max(contrast(tokens[ink], shade) for ink in ("text", "on_accent")) >= 4.5 for shade in shades)


def test_on_a_fine_screen_outlines_are_drawn_fine(shown: PrefectureMap) -> None:
    image = QImage(shown.size() * 2, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(2)
    image.fill(look().color("surface"))
    shown.render(image)
    at = shown.center_of("20").toPoint() + QPoint(0, 14)
    assert image.pixelColor(at * 2).name() == shown.shade(3).name()
    beside = image.pixelColor(4, 4).name()
    assert beside != image.pixelColor(at * 2).name()
    half = [x for x in range(1, image.width(), 2) if image.pixelColor(x, at.y() * 2) != image.pixelColor(x - 1, at.y() * 2)]
    assert half, "edges fall between the pixels of a coarse screen, too"
