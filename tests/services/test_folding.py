"""Long texts folded around their differences: everything that differs is come to, and marked where it differs."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from kanto_desk.clock import JST
from kanto_desk.services import differences, folding
from kanto_desk.services.contested_sides import Contested, Side


def contested_text(first: str, second: str) -> Contested:
    sides = tuple(Side(f"{n:024}", text, text, "高橋", datetime(2026, 11, 24, tzinfo=JST), n == 0, "ABCD", n == 1)
                  for n, text in enumerate((first, second)))
    return Contested("entry", "u", "text", "内容", ("consultation", "v"), "相談", "", sides, True, True)


def pair(seed: int) -> tuple[str, str]:
    """A text of many lines, some of them the same, and what another made of it."""
    r = random.Random(seed)
    first = [r.choice(["同上。", "", f"{n}行目の長い文章です。𠮷野家と髙橋。"]) for n in range(r.randrange(30, 400))]
    second = list(first)
    for _ in range(r.randrange(1, 40)):
        at = r.randrange(len(second))
        match r.randrange(3):
            case 0:
                second[at] = second[at] + "書き足した"
            case 1:
                second.insert(at, f"新しい行{r.random()}")
            case _:
                del second[at]
    return "\n".join(first), "\n".join(second)


@pytest.mark.parametrize("seed", range(40))
def test_every_line_that_differs_is_come_to_and_marked(seed: int) -> None:
    texts = pair(seed)
    found = folding.compare(contested_text(*texts))
    for side, text in enumerate(texts):
        lines, reached = text.split("\n"), set[int]()
        for at, piece in enumerate(found.pieces):
            shown, marks = folding.folded(found, side, at)
            assert shown.count("\n") < 40, "what is shown can be read at once"
            begin, end = piece.lines[side]
            assert "\n".join(lines[begin:end]) in shown
            assert all(0 <= a <= b <= len(shown) for a, b, _ in marks)
            reached |= set(range(begin, end))
        other = texts[1 - side].split("\n")
        assert {i for i, line in enumerate(lines) if line not in other} <= reached


def test_what_is_marked_is_what_differs_and_the_present_difference_is_another_mark() -> None:
    lines = [f"{n}行目。" for n in range(100)]
    changed = list(lines)
    changed[10], changed[90] = "十行目。", "九十行目。"
    found = folding.compare(contested_text("\n".join(lines * 2), "\n".join(changed + lines)))
    assert len(found.pieces) == 2
    shown, marks = folding.folded(found, 1, 1)
    assert [(shown[a:b], here) for a, b, here in marks] == [("十", False), ("九十", True)]
    assert "行を省いています" in shown


def test_a_long_text_is_compared_with_few_steps_and_loses_nothing() -> None:
    base = "\n".join(f"{n}行目の長い文章です。𠮷野家と髙橋。" for n in range(800))
    one, two = base.replace("5", "五"), base.replace("7", "七")
    assert "".join(one[a:b] for a, b in differences.spans(one, two)).count("五") == one.count("五")
    whole = differences.both(one, two)
    assert all(sentence in whole for text in (one, two) for sentence in differences.sentences(text))
