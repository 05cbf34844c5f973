"""Values that each read well and yet cannot be right."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from kanto_desk.errors import Refused
from kanto_desk.rules import plausible

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("text", ["1990", "1990年", "1990-04", "1990/4", "昭和47年4月", "S47.4", "昭和64年", "昭和64年1月",
                                  "平成元年1月", "１９９０年４月", "1972-04-01", "197204", "2026年11月", "江戸時代", "", "1603年頃"])
def test_a_month_of_founding_that_can_be(text: str) -> None:
    assert plausible.founded(text, TODAY) is None


@pytest.mark.parametrize(("text", "why"), [
    ("2030-13", "13月はありません"), ("1990-00", "0月はありません"), ("2030年", "これからの年月"), ("令和9年1月", "これからの年月"),
    ("昭和99年", "昭和は"), ("平成元年2月30日", "2月30日はありません"), ("2026-12", "これからの年月")])
def test_a_month_of_founding_that_cannot_be(text: str, why: str) -> None:
    doubt = plausible.founded(text, TODAY)
    assert doubt is not None and why in doubt.reason and doubt.value == text


def test_days_far_off_are_doubted_and_an_end_before_the_beginning_is_refused() -> None:
    assert [d.field for d in plausible.far_days({"held_on": date(2126, 11, 20), "next_on": date(2030, 1, 1),
                                                 "due_on": date(1900, 1, 1)}, TODAY)] == ["held_on", "due_on"]
    assert plausible.far_days({"held_on": date(2014, 6, 11)}, TODAY) == []
    begun = datetime(2026, 11, 24, 15, 0)
    plausible.need_order({"started_at": begun, "ended_at": begun})
    with pytest.raises(Refused, match="15:00〜14:59"):
        plausible.need_order({"started_at": begun, "ended_at": datetime(2026, 11, 24, 14, 59)})
