"""規模判定 at the edges of every kind of industry."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kanto_desk.rules.company_size import BODY, LARGE, MEDIUM, MIDDLE, SMALL, SOLE, proposed


def size(division: str | None, people: int | None, capital_yen: int | None = None, **more: Any) -> str | None:
    found = proposed(**{"section": None, "division": division, "capital_yen": capital_yen, "employees": people,
                        "regular": None, "legal_form": "301", "on": date(2026, 11, 24), **more})
    return found.code if found else None


@pytest.mark.parametrize(("division", "small", "most", "capital_yen"), [
    ("24", 20, 300, 300_000_000), ("06", 20, 300, 300_000_000), ("52", 5, 100, 100_000_000),
    ("58", 5, 50, 50_000_000), ("76", 5, 50, 50_000_000), ("39", 5, 100, 50_000_000), ("72", 5, 100, 50_000_000),
    ("75", 20, 100, 50_000_000), ("80", 20, 100, 50_000_000)])
def test_limits_of_the_industries(division: str, small: int, most: int, capital_yen: int) -> None:
    assert [size(division, n, 10**12) for n in (small, small + 1, most, most + 1, 2000, 2001)] == [
        SMALL, MEDIUM, MEDIUM, MIDDLE, MIDDLE, LARGE]
    assert [size(division, most + 1, yen) for yen in (capital_yen, capital_yen + 1, None)] == [MEDIUM, MIDDLE, None]


def test_what_is_not_known_proposes_nothing() -> None:
    assert size(None, 3) is None and size("24", None, 1000) is None
    assert size(None, 3, section="I") is None and size(None, 3, section="M") is None   # kinds differ within these
    assert size(None, 3, section="E") == SMALL
    assert size("24", 100, regular=20) == SMALL, "regular employees decide"
    assert size("24", 3, legal_form="902") == SOLE and size(None, None, legal_form="39908") == BODY
    assert size("24", 3, on=date(1990, 1, 1)) is None
