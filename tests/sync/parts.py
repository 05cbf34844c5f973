"""A hub and desks for tests: real stores, real hub code, a link that may be told to misbehave."""

from __future__ import annotations

from pathlib import Path

from kanto_desk.db.store import Store
from kanto_desk.hub import accounts
from kanto_desk.hub.app import handle
from kanto_desk.hub.opening import Hub, create
from kanto_desk.rules.access import Grant, Role
from kanto_desk.sync import signing, wire
from kanto_desk.sync.client import Exchange, Known, Receipt, keep_known
from tests.db.parts import SetClock, a_store


class Wire:
    """Carries requests to a hub in this process; notes their size."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.trips: list[tuple[str, int, int, int]] = []

    def __call__(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        status, answer = handle(self.hub, path, headers, body)
        self.trips.append((path, len(body), status, len(answer)))
        return status, answer


class Desk:
    """One laptop with its own store and clock."""

    def __init__(self, store: Store, link: Wire) -> None:
        self.store = store
        self.link = link

    def sync(self) -> Receipt:
        known = self.known
        return Exchange(self.store, self.link, known).run()

    @property
    def known(self) -> Known:
        return Known(**self.store.setting("hub"))


def a_hub(folder: Path, clock: SetClock | None = None, database: str | None = None) -> Hub:
    return create(folder, clock or SetClock(), "関東の事務局", database)


def a_body(hub: Hub, name: str = "長野県テクノ財団") -> str:
    with hub.write() as conn:
        return accounts.add_body(conn, name, "NGN", hub.clock())


def a_person(hub: Hub, body: str, role: Role = Role.EXPERT, programmes: tuple[str, ...] = (),
             name: str = "高橋 直子") -> str:
    with hub.write() as conn:
        person = accounts.add_person(conn, name, "タカハシ ナオコ", hub.clock())
        accounts.add_grant(conn, person, Grant(role, body, frozenset(programmes)), hub.clock())
    return person


def a_desk(hub: Hub, folder: Path, person: str, clock: SetClock | None = None, key: bytes | None = None) -> Desk:
    """A laptop enrolled by a one-time code."""
    store = a_store(folder, clock, key=key)
    link = Wire(hub)
    with hub.write() as conn:
        code = accounts.new_code(conn, person, hub.clock())
    key = signing.new_key()
    dev = f"{store.device()[0]:016x}"
    import base64

    ask = wire.Enrol(wire.VERSION, code, dev, folder.name, base64.b64encode(key.public_key().public_bytes_raw()).decode(), "age1")
    status, answer = link("/enrol", {}, wire.packed(ask))
    assert status == 200, wire.unpacked(answer, wire.Problem)
    got = wire.unpacked(answer, wire.Enrolled)
    with store.write() as conn:
        keep_known(conn, Known("", got.epoch, signing.key_text(key), got.person, got.body))
    return Desk(store, link)
