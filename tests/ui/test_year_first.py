"""和暦 or 西暦 first, as the user chose: also in the lists behind numbers and in 変更履歴."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest

from kanto_desk import i18n
from kanto_desk.clock import JST
from kanto_desk.i18n import Years
from kanto_desk.services.history import Group
from kanto_desk.ui.dialogs.history import HistoryBox, shown
from kanto_desk.ui.pages.words import short_or_long_day, year_words
from kanto_desk.ui.text import Label

DAY, AT = date(2026, 12, 4), datetime(2024, 12, 4, 13, 30, tzinfo=JST)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    language, years = i18n.language(), i18n.years()
    yield
    i18n.use(language)
    i18n.use_years(years)


@pytest.mark.parametrize(("language", "years", "year", "day", "moment"), [
    ("ja", "era", "令和8年", "令和8年12月4日", "令和6年12月4日（水） 13:30"),
    ("ja", "western", "2026年", "2026年12月4日", "2024年12月4日（水） 13:30"),
    ("en", "era", "2026", "2026-12-04", "2024-12-04 13:30"),
])
def test_a_day_is_worded_as_chosen(language: i18n.Language, years: Years, year: str, day: str, moment: str) -> None:
    i18n.use(language)
    i18n.use_years(years)
    assert (year_words(DAY), short_or_long_day(DAY), shown(AT)) == (year, day, moment)


def test_a_change_of_another_year_says_so(qapp: object) -> None:
    i18n.use("ja")
    i18n.use_years("era")
    group = Group(label="行の編集", by="高橋 直子", at=AT, here=True, changes=())
    box = HistoryBox(None, "湖南精工", [group])   # type: ignore[arg-type]  # a window of its own
    assert "令和6年12月4日（水） 13:30" in [label.text() for label in box.findChildren(Label)]
    box.deleteLater()
