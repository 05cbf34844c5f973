"""What is written on the map: no word on another one, and a thick edge crosses none."""

from __future__ import annotations

from itertools import combinations

import pytest

from kanto_desk import masters
from kanto_desk.i18n import Language
from kanto_desk.ui.prefecture_map import PrefectureMap, shapes
from kanto_desk.ui.theme import controller, look


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("zoom", [100, 150, 200])
@pytest.mark.parametrize("width", [200, 300, 420])
def test_no_word_stands_on_another_or_leaves_the_map(qapp: object, language: Language, zoom: int, width: int) -> None:
    controller().set_zoom(zoom)
    made = PrefectureMap({code: masters.code_label("CL10", code, language) for code in shapes()[1]})
    made.resize(look().px(width), look().px(width * 3 // 2))
    made.show_numbers({code: 13 * n for n, code in enumerate(shapes()[1])}, str, "")
    written = made._labels()
    assert set(written) == set(shapes()[1])
    boxes = [box for lines, box in written.values() if len(lines) > 1 or " " in lines[0]]
    assert boxes or width < 300, "some names have room"
    assert not [pair for pair in combinations(boxes, 2) if pair[0].intersects(pair[1])]
    for code, (lines, box) in written.items():
        assert made.rect().contains(box.toRect()), code
        if len(lines) > 1 or " " in lines[0]:
            assert made.code_at(box.center()) == code
