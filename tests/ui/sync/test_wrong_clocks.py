"""The time of a side that cannot be so is shown with a word that a clock is wrong."""

from __future__ import annotations

from datetime import timedelta

from kanto_desk.ui.pages.sync.choice import SideCard
from kanto_desk.ui.text import Wrapped
from tests.ui.host import Host
from tests.ui.sync.test_contested_page import inbox_of
from tests.ui.synced import Two


def test_a_side_from_a_clock_that_is_ahead_says_so_and_the_other_does_not(two: Two, host: Host) -> None:
    now = two.two.store.clock
    two.two.store.clock = lambda: now() + timedelta(days=200)
    two.put(two.one, "consultation", two.visit, theme="一が直した")
    two.put(two.two, "consultation", two.visit, theme="二が直した")
    two.sync()
    host.frame.syncing.look()
    host.settle()
    told = {card.side.here: "・".join(label.text() for label in card.findChildren(Wrapped))
            for card in inbox_of(host).inbox.findChildren(SideCard)}
    assert "時計のずれ" in told[False] and "時計のずれ" not in told[True]
