"""Every sentence of this package has its English."""

from __future__ import annotations

import ast
from datetime import date, timedelta

import jpholiday

from kanto_desk.i18n import catalogue
from kanto_desk.paths import resources


def test_every_sentence_has_english_with_the_same_blanks() -> None:
    package = resources().parent / "kanto_desk" / "japanese"
    texts = {
        call.args[0].value
        for file in package.glob("*.py") for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "tr"
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(texts) > 20
    for text in texts:
        english = catalogue()[text]
        assert {part.split("}")[0] for part in english.split("{")[1:]} <= {
            part.split("}")[0] for part in text.split("{")[1:]}


def test_every_holiday_has_english() -> None:
    days = (date(2016, 1, 1) + timedelta(days=n) for n in range(366 * 15))
    names = {name.removesuffix(" 振替休日") for day in days if (name := jpholiday.is_holiday_name(day))}
    assert names <= set(catalogue())
