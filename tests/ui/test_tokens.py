"""The token tables: contrast as WCAG counts it, and no colour outside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kanto_desk.ui import tokens

UI = Path(tokens.__file__).parent
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|QColor\(\s*[\d\"']|Qt\.GlobalColor\.(?!transparent)|\bhsl")

# What the design guide's table says, so that a changed colour cannot pass unseen: (pair, light, dark).
TABLE = {("text", "surface"): (17.40, 14.18), ("text", "canvas"): (15.78, 15.74), ("text2", "surface"): (8.89, 9.72),
         ("text3", "surface"): (6.04, 6.91), ("text3", "canvas"): (5.48, 7.67), ("text3", "sunken"): (5.78, 7.23),
         ("accent", "surface"): (8.67, 8.22), ("accent", "canvas"): (7.86, 9.12),
         ("accent", "accent_soft"): (7.46, 6.68), ("on_accent", "accent"): (8.67, 8.99),
         ("on_accent", "accent_h"): (11.26, 11.36), ("ok", "ok_soft"): (5.75, 7.59), ("ok", "surface"): (6.52, 9.14),
         ("warn", "warn_soft"): (6.11, 8.11), ("warn", "surface"): (6.75, 10.18),
         ("danger", "danger_soft"): (6.12, 7.29), ("danger", "surface"): (6.95, 8.12),
         ("info", "info_soft"): (6.17, 7.68), ("violet", "violet_soft"): (6.29, 6.88),
         ("text2", "neutral_soft"): (7.57, 8.11), ("text", "select"): (13.79, 9.72),
         ("rail_text", "rail"): (10.39, 9.34), ("rail_text_on", "rail_on"): (10.64, 12.39),
         ("field", "surface"): (4.03, 4.38), ("field", "canvas"): (3.66, 4.86), ("focus", "surface"): (4.82, 6.95),
         ("focus", "canvas"): (4.37, 7.72), ("chart1", "surface"): (8.67, 8.22), ("chart2", "surface"): (3.12, 3.57),
         ("chart3", "surface"): (3.45, 9.14), ("text3", "accent_soft"): (5.20, 5.62),
         ("text3", "select"): (4.79, 4.74)}


@pytest.mark.parametrize("theme", [tokens.LIGHT, tokens.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "need"), tokens.PAIRS)
def test_every_pair_has_the_contrast_it_needs(theme: tokens.Tokens, ink: str, ground: str, need: float) -> None:
    assert tokens.contrast(theme[ink], theme[ground]) >= need


@pytest.mark.parametrize("pair", TABLE)
def test_the_table_of_the_guide_is_recomputed(pair: tuple[str, str]) -> None:
    light, dark = (tokens.contrast(theme[pair[0]], theme[pair[1]]) for theme in (tokens.LIGHT, tokens.DARK))
    assert (round(light, 2), round(dark, 2)) == TABLE[pair]


def test_every_pair_of_the_guide_is_checked() -> None:
    assert {(ink, ground) for ink, ground, _need in tokens.PAIRS} == TABLE.keys() | {tokens.FOUND}


def test_both_themes_have_the_same_tokens() -> None:
    assert tokens.LIGHT.keys() == tokens.DARK.keys()


def test_contrast_knows_its_two_ends() -> None:
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert tokens.contrast("#777777", "#777777") == 1


def test_no_colour_stands_outside_the_tokens() -> None:
    found = [f"{file.relative_to(UI)}: {hit[0]}" for file in UI.rglob("*.py") if file.name != "tokens.py"
             for hit in COLOUR.finditer(file.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize("planted", ['"#fff"', "rgb(1,2,3)", "QColor(255, 0, 0)", 'QColor("red")', "Qt.GlobalColor.red"])
def test_the_search_for_colours_finds_a_planted_one(planted: str) -> None:
    assert COLOUR.search(planted)
