"""In the top bar the search box gives way before the connection and 同期, in both languages and at every zoom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kanto_desk import i18n
from kanto_desk.i18n import Language
from kanto_desk.ui.theme import controller
from tests.ui.fit import misfits, too_wide
from tests.ui.host import Host
from tests.ui.synced import Two


@pytest.fixture(params=["ja", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[Language]:
    i18n.use(request.param)
    yield request.param
    i18n.use("ja")


def test_connection_and_sync_stay_when_the_room_is_short(language: Language, two: Two) -> None:
    two.apart()
    two.sync()
    host = Host(two.one, 1280, 680, link=two.link)
    try:
        host.frame.begin()
        host.frame.go("sync")
        host.settle()
        two.put(two.one, "consultation", two.visit, theme="まだ送っていない")
        host.frame.syncing.look_at_unsent()
        host.settle()
        top = host.frame.top
        assert top.confirm.isVisible() and top.unsent.isVisible()
        bare = []
        for zoom, width in ((100, 1280), (100, 960), (150, 1280), (200, 1280), (100, 1920)):
            controller().set_zoom(zoom)
            host.resize(width, 680)
            host.settle()
            where = f"{language} {width} at {zoom} %"
            assert top.offline.isVisible() and top.sync.isVisible(), where
            assert misfits(top) == [] and too_wide(top) == [], where
            assert top.offline.accessibleName() and top.sync.accessibleName(), where
            bare.append(not top.sync.words)
            assert bool(top.offline.text()) != bare[-1] and (not bare[-1] or top.offline.toolTip()), where
        assert not bare[0] and not bare[-1], "with room enough they have their words again"
    finally:
        host.end()
