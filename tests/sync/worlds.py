"""A real hub process over TLS, a way to it that can go bad, and desks with real stores; and what a failure says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk import i18n
from kanto_desk.clock import Clock, system_clock
from kanto_desk.db.apply import load
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.store import Store
from kanto_desk.errors import Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import Hub
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.serving import line_of_enrolment
from kanto_desk.services import receipts, syncing
from kanto_desk.services.receipts import Noted
from kanto_desk.sync.enrolling import enrol, invitation
from kanto_desk.sync.link import HttpsLink, authority_of
from tests.db.parts import a_store
from tests.sync.test_exchange import a_visit


@dataclass
class Desk:
    """One laptop: its store and what it wrote last."""

    store: Store

    @property
    def dev(self) -> str:
        """Its id as the hub knows it."""
        return f"{self.store.device()[0]:016x}"

    def write(self, text: str) -> str:
        """A company, a visit and a line, as a user writes them; gives the line."""
        return a_visit(self, text)[2]

    def sync(self, **more: object) -> Noted:
        """As the window does it."""
        return receipts.sync(self.store, **more)   # type: ignore[arg-type]

    def says(self, line: str) -> str | None:
        """What a line says here."""
        found = self.store.get(Entry, line)
        return found.text if found is not None else None

    @property
    def waiting(self) -> int:
        """Changes that no hub has."""
        return syncing.waiting(self.store).changes

    def aim(self, url: str) -> None:
        """The way to the hub leads over another address from now on."""
        self.store.set_setting("hub", {**self.store.setting("hub"), "url": url})


def line_to(hub: Hub, url: str, person: str) -> str:
    """A line of enrolment, as `hub code` prints it."""
    with hub.write() as conn:
        code = accounts.new_code(conn, person, system_clock())
    return line_of_enrolment(url, code, fingerprint((hub.folder / CA_FILE).read_bytes()))


def joined(folder: Path, line: str, clock: Clock = system_clock) -> Desk:
    """A new laptop that has joined by a line."""
    store = a_store(folder, clock)   # type: ignore[arg-type]
    asked = invitation(line)
    assert asked is not None
    authority = authority_of(asked.url, asked.fingerprint)
    assert authority is not None
    enrol(store, asked, authority, folder.name, HttpsLink)
    return Desk(store)


def received(hub: Hub, dev: str) -> int:
    """How many changes of a laptop the hub holds."""
    with hub.read() as conn:
        return int(conn.execute(select(func.count()).select_from(t.received).where(t.received.c.dev == dev)).scalar_one())


def in_both_languages(fail: Callable[[], object]) -> dict[str, Trouble]:
    """What a failure says in Japanese and in English; each time three sentences, none of them left in the other."""
    told: dict[str, Trouble] = {}
    try:
        for language in ("ja", "en"):
            i18n.use(language)
            with pytest.raises(Trouble) as caught:
                fail()
            told[language] = caught.value
            for sentence in (caught.value.happened, caught.value.safe, caught.value.to_do):
                assert sentence and sentence.isascii() == (language == "en"), sentence
    finally:
        i18n.use("ja")
    return told


def same(one: Store, two: Store, keys: list[tuple[str, str]]) -> bool:
    """Whether both hold these rows with the same values and stamps."""
    rows = []
    for store in (one, two):
        with store.read() as conn:
            found = load(conn, keys)
        rows.append({key: (row.values, row.stamps) for key, row in found.items()})
    return rows[0] == rows[1]
