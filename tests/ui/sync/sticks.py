"""A desk of the window that joined a hub in this process by the real way, so that both know one another's keys."""

from __future__ import annotations

from pathlib import Path

from kanto_desk.hub import accounts
from kanto_desk.hub.opening import Hub
from kanto_desk.services import consultations, organizations, photos
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.sync.enrolling import Invitation, enrol
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.sync.parts import Wire

PHOTOS = Path(__file__).parents[3] / "resources" / "sample" / "photos"
THEME = "医療機器への参入"


def joined(hub: Hub, folder: Path, person: str, clock: SetClock, name: str = "高橋 直子") -> Desk:
    """A desk of this person, never synced."""
    desk = desks.create(folder, PASSPHRASE, person=name, organization="関東産業支援センター", clock=clock, cost=CHEAP)
    with hub.write() as conn:
        code = accounts.new_code(conn, person, hub.clock())
    wire = Wire(hub)
    enrol(desk.store, Invitation("https://127.0.0.1:1", code, "f" * 32), "", folder.name, lambda _url, _ca: wire)
    return desk


def a_visit_with_photos(desk: Desk, many: int = 3) -> str:
    """A visit, unsent, with so many photos of the sample; gives its uid."""
    company = organizations.create(desk.store, {"name": "株式会社 湖南精工"})
    visit = consultations.create(desk.store, company, {"theme": THEME})
    for n, file in enumerate(sorted(PHOTOS.glob("*.jpg"))[:many]):
        photos.attach(desk.store, desk.blobs, visit, file.read_bytes(), f"曲げ工程{n + 1}.jpg")
    return visit
