"""Where photos stand among lines, against the plain definition of the fewest wrong neighbours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kanto_desk.rules import photo_times

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
minutes = st.integers(0, 30).map(lambda n: NOON + timedelta(minutes=n))


@given(st.lists(st.none() | minutes, max_size=9), minutes)
def test_the_spot_puts_the_fewest_lines_on_the_wrong_side(lines: list[datetime | None], at: datetime) -> None:
    def wrong(place: int) -> int:
        return (sum(1 for line in lines[:place] if line is not None and line > at)
                + sum(1 for line in lines[place:] if line is not None and line <= at))
    found = photo_times.spot(lines, at)
    assert wrong(found) == min(map(wrong, range(len(lines) + 1)))
    assert all(wrong(later) > wrong(found) for later in range(found + 1, len(lines) + 1)), "the last of equally good"


@given(st.lists(minutes, max_size=6), st.lists(minutes, max_size=9))
def test_groups_are_short_in_order_and_complete(lines: list[datetime], taken: list[datetime]) -> None:
    lines.sort()
    groups = photo_times.moments(list(lines), taken)
    order = [n for _place, group in groups for n in group]
    assert sorted(order) == list(range(len(taken))) and [taken[n] for n in order] == sorted(taken)
    for place, group in groups:
        assert taken[group[-1]] - taken[group[0]] <= photo_times.ONE_MOMENT
        assert all(photo_times.spot(list(lines), taken[n]) == place for n in group)


def test_a_photo_belongs_to_a_visit_from_the_gate_on() -> None:
    end = NOON + timedelta(hours=1)
    for off, holds in ((-16, False), (-14, True), (74, True), (76, False)):
        assert photo_times.within(NOON + timedelta(minutes=off), NOON, end) is holds
