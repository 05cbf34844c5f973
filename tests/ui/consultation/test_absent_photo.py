"""A photo that has not come to this laptop: the small one and words in its place, 取り込む gets it from a real hub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kanto_desk.clock import JST
from kanto_desk.hub import accounts
from kanto_desk.services import carrying, consultations, organizations, photo_intake, photos, syncing
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.sync.enrolling import Invitation, enrol
from kanto_desk.ui.pages.consultation.photos_tab import PhotosTab
from tests.db.parts import SetClock
from tests.photographs import photo
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.sync.parts import Wire, a_body, a_hub, a_person
from tests.ui.host import Host
from tests.ui.window import too_small, unnamed


class Hub:
    """A hub and its link, which a test can pull out."""

    def __init__(self, folder: Path, clock: SetClock) -> None:
        self.hub, self.down = a_hub(folder / "hub", clock), False
        self.person = a_person(self.hub, a_body(self.hub))
        self.wire = Wire(self.hub)

    def link(self, _url: str, _ca: str):
        def ask(path, headers, body):
            if self.down:
                raise OSError("the cable is out")
            return self.wire(path, headers, body)
        return ask

    def join(self, desk: Desk) -> None:
        with self.hub.write() as conn:
            code = accounts.new_code(conn, self.person, self.hub.clock())
        enrol(desk.store, Invitation("", code, ""), "", "PC", self.link)

    def sync(self, desk: Desk) -> None:
        syncing.sync(desk.store, link=self.link)
        carrying.carry(desk.store, desk.blobs, link=self.link)


@pytest.fixture
def hub(tmp_path: Path, clock: SetClock, desk: Desk) -> Hub:
    """Another laptop made a visit with a photo; this one has the records and the small picture."""
    made = Hub(tmp_path, clock)
    other = desks.create(tmp_path / "other", PASSPHRASE, person="高橋 直子", clock=clock, cost=CHEAP)
    visit = consultations.create(other.store, organizations.create(other.store, {"name": "株式会社 湖南精工"}))
    kept = photo_intake.keep(other.store, other.blobs, photo(datetime(2026, 11, 24, 13, 35, tzinfo=JST),
                                                             size=(1600, 1200)), "IMG_1.JPG")
    photo_intake.take(other.store, visit, [kept])
    made.visit = visit
    for each in (other, desk):
        made.join(each)
        made.sync(each)
    other.close()
    return made


@pytest.fixture
def tab(desk: Desk, hub: Hub, qapp: object) -> Iterator[tuple[Host, PhotosTab]]:
    host = Host(desk)
    found = host.open(hub.visit).go_to("photos")
    host.settle()
    assert isinstance(found, PhotosTab)
    found.viewer.absent.links = hub.link
    yield host, found
    host.end()


def test_it_is_marked_shown_small_and_fetched_by_keyboard(desk: Desk, hub: Hub, tab: tuple[Host, PhotosTab]) -> None:
    host, page = tab
    cell = page.grid.cells()[0]
    assert "まだ届いていません" in [mark.words for mark in cell.marks]
    page.grid.setFocus()
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    host.settle()
    viewer = page.viewer
    assert viewer.isVisible() and viewer.absent.isVisible()
    assert "まだ届いていません" in viewer.absent.words.text() and viewer.canvas.image.width() == 300
    assert not too_small(viewer) and not unnamed(viewer)
    hub.down = True
    viewer.absent.button.setFocus()
    QTest.keyClick(viewer.absent.button, Qt.Key.Key_Space)
    host.settle()
    assert "つながりません" in viewer.absent.words.text() and viewer.absent.button.hasFocus()
    hub.down = False
    QTest.keyClick(viewer.absent.button, Qt.Key.Key_Space)
    host.settle()
    assert not viewer.absent.isVisible() and viewer.canvas.image.width() > 300
    assert desk.blobs.get(photos.pictures(desk.store, hub.visit)[0].hash) is not None
    assert carrying.missing(desk.store, desk.blobs) == []
