"""A real hub process that holds many records, and desks that joined it by its line of enrolment."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.first_fill import BATCH, _changes
from kanto_desk.clock import system_clock
from kanto_desk.hub import accounts
from kanto_desk.hub.accepting import accept
from kanto_desk.hub.app import handle
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.serving import line_of_enrolment
from kanto_desk.rules.access import Grant, Reader, Role
from kanto_desk.services import desk as desks
from kanto_desk.services import syncing
from kanto_desk.services.desk import Desk
from kanto_desk.sync import signing, wire
from tests.hub.served import Served, served
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.sync.parts import a_body, a_hub, a_person

WRITER = "00000000000000aa"


@dataclass
class Full:
    """The hub and where it lies."""

    served: Served
    folder: Path
    person: str

    def desk(self, home: Path) -> Desk:
        """A new desk that joined and was not filled yet."""
        made = desks.create(home, PASSPHRASE, person="高橋 直子", clock=system_clock, cost=CHEAP)
        hub = open_hub(self.folder, system_clock)
        try:
            with hub.write() as conn:
                code = accounts.new_code(conn, self.person, hub.clock())
            line = line_of_enrolment(self.served.url, code, fingerprint((self.folder / CA_FILE).read_bytes()))
        finally:
            hub.close()
        syncing.enrol(made, line)
        return made


@contextmanager
def full_hub(folder: Path, companies: int, visits: int) -> Iterator[Full]:
    """Serve a hub with so many companies and visits until the end of the block."""
    hub = a_hub(folder, system_clock)
    body = a_body(hub)
    person = a_person(hub, body)
    reader = Reader(person, (Grant(Role.EXPERT, body),))
    public = base64.b64encode(signing.new_key().public_key().public_bytes_raw()).decode()
    with hub.write() as conn:
        code = accounts.new_code(conn, person, hub.clock())
    handle(hub, "/enrol", {}, wire.packed(wire.Enrol(wire.VERSION, code, WRITER, "writer", public, "age1")))
    batch = []
    for change in _changes(WRITER, companies, visits):
        batch.append(change)
        if len(batch) == BATCH or change.seq == companies + visits:
            with hub.write() as conn:
                accept(conn, WRITER, reader, body, batch[0].seq - 1, batch, hub.clock().isoformat())
            batch = []
    hub.close()
    with served(folder) as at:
        yield Full(at, folder, person)
