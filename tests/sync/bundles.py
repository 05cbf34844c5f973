"""Laptops that were enrolled by the real way, so that hub and laptop know one another's keys for bundles."""

from __future__ import annotations

from pathlib import Path

from kanto_desk.db.store import Store
from kanto_desk.hub import accounts
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub.opening import Hub
from kanto_desk.sync import bundle
from kanto_desk.sync.client import Known, known_hub
from kanto_desk.sync.enrolling import SEALING_KEY, Invitation, enrol
from tests.db.parts import SetClock, a_store
from tests.sync.parts import Desk, Wire


class StickDesk(Desk):
    """A laptop that syncs by network or by stick."""

    @property
    def dev(self) -> str:
        return f"{self.store.device()[0]:016x}"

    @property
    def known(self) -> Known:
        found = known_hub(self.store)
        assert found is not None
        return found

    def make(self, path: Path) -> bundle.Made:
        return bundle.make(self.store, self.known, path)

    def take(self, path: Path) -> bundle.Arrived:
        return bundle.take(self.store, self.known, self.store.setting(SEALING_KEY), path)


def a_stick_desk(hub: Hub, folder: Path, person: str, clock: SetClock | None = None) -> StickDesk:
    store: Store = a_store(folder, clock)
    wire = Wire(hub)
    with hub.write() as conn:
        code = accounts.new_code(conn, person, hub.clock())
    enrol(store, Invitation("https://127.0.0.1:1", code, "f" * 32), "", folder.name, lambda _url, _ca: wire)
    return StickDesk(store, wire)


def there_and_back(hub: Hub, desk: StickDesk, folder: Path, name: str = "s") -> bundle.Arrived:
    """One trip of a stick: to the hub and back."""
    desk.make(folder / f"{name}-to.kdx")
    hub_side.take(hub, folder / f"{name}-to.kdx")
    hub_side.make(hub, desk.dev, folder / f"{name}-back.kdx")
    return desk.take(folder / f"{name}-back.kdx")
