"""The photo screens: nothing cut off or covered, every control named and large enough, at the hardest sizes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kanto_desk import i18n
from kanto_desk.clock import JST
from kanto_desk.services import consultations
from kanto_desk.services.desk import Desk
from kanto_desk.ui.page import Volume
from kanto_desk.ui.pages.consultation.photos_tab import PhotosTab
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.theme import controller
from tests.db.parts import SetClock
from tests.films import camera, film
from tests.photographs import card, photo
from tests.ui.fit import misfits, too_wide
from tests.ui.host import Host
from tests.ui.window import too_small, unnamed


@pytest.mark.parametrize(("language", "zoom", "size"), [("ja", 100, (1280, 680)), ("en", 100, (1280, 680)),
                                                        ("en", 150, (1366, 768)), ("ja", 200, (1366, 768)),
                                                        ("en", 100, (960, 600)), ("en", 150, (960, 600))])
def test_everything_of_the_photo_screens_can_be_read(desk: Desk, visit: str, clock: SetClock, tmp_path: Path, qtbot: QtBot,
                                                     language: i18n.Language, zoom: int, size: tuple[int, int]) -> None:
    now = datetime(2026, 11, 24, 14, 30, tzinfo=JST)
    clock.now = now
    consultations.edit(desk.store, visit, {"held_on": now.date(), "started_at": now - timedelta(hours=1)})
    i18n.use(language)
    controller().set_zoom(zoom)
    host = Host(desk, *size)
    page = host.open(visit)
    seen: list[str] = []

    def look(name: str) -> None:
        host.settle()
        seen.extend(f"{name}: {fault}" for root in (page, host.frame) for check in (misfits, too_wide)
                    for fault in check(root))
        seen.extend(f"{name}: {fault}" for fault in (*unnamed(page), *too_small(page)))

    root = card(tmp_path / "EOS_DIGITAL", *(photo(now - timedelta(minutes=7 * n), size=(90, 60)) for n in range(7)))
    host.cards = [Volume(root, root.name)]
    page.coming.watch.look_now()
    look("offer")
    page.add_photos()
    look("card")
    page.coming.panel._ask_time()
    look("card, time")
    page.coming.panel.clock.given_up.emit()
    page.coming.panel.ok.click()
    look("taken")
    page.photo_import.add_files([root / "no.jpg"])
    tab = page.go_to("photos")
    assert isinstance(tab, PhotosTab)
    look("refused")
    page.coming.strip.away.click()
    look("photos")
    tab.grid.choose([cell.key for cell in tab.grid.cells()][:3])
    look("several")
    tab.ask_time()
    look("time")
    tab.clock.given_up.emit()
    tab.open_large(tab.grid.current())
    look("large")
    tab.viewer.closed.emit()
    tab.ask_line()
    look("line")
    tab.chooser.closed.emit()
    panel = page.coming.camera
    host.cameras = [camera(film(tmp_path / "film.avi"), "Integrated Camera"), camera(tmp_path / "no.avi", "USB Camera")]
    page.coming.open_camera()
    qtbot.waitUntil(lambda: not panel.live.image.isNull(), timeout=20_000)
    look("camera")
    panel.shoot()
    look("camera, taken")
    panel.other.click()
    qtbot.waitUntil(panel.trouble.isVisible, timeout=20_000)
    look("no camera")
    page.coming.close_panel()
    sign = page.go_to("sign")
    assert isinstance(sign, SignTab)
    sign.form.set_method("paper")
    look("paper")
    assert panel.feed.released(5.0)
    host.end()
    assert sorted(set(seen)) == [], "\n".join(sorted(set(seen)))
