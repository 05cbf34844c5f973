"""A hub for the demonstration: made in a folder, served by a thread of this process on loopback alone.

A thread, not a process: whatever ends the demonstration, be it a kill, ends the hub with it and frees the port.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import uvicorn
from sqlalchemy import Connection, select

from kanto_desk.clock import Clock
from kanto_desk.errors import Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.app import build
from kanto_desk.hub.opening import Hub, create, put_value
from kanto_desk.hub.own_ca import CA_FILE, fingerprint, ready_server
from kanto_desk.hub.serving import line_of_enrolment, listening
from kanto_desk.i18n import tr
from kanto_desk.rules.access import Grant, Role

LOOPBACK = "127.0.0.1"
GRACE_SECONDS = 5


class Shown:
    """The hub of a demonstration while it is served."""

    def __init__(self, hub: Hub, url: str, body: str) -> None:
        self.url = url
        self._hub = hub
        self._body = body

    def line_for(self, person: str) -> str:
        """A line by which one laptop of this person joins; somebody new is registered as an adviser."""
        now = self._hub.clock()
        with self._hub.write() as conn:
            uid = conn.execute(select(t.person.c.uid).where(t.person.c.name == person)).scalar()
            if uid is None:
                uid = accounts.add_person(conn, person, "", now)
                accounts.add_grant(conn, uid, Grant(Role.ADVISER, self._body), now)
            code = accounts.new_code(conn, uid, now)
        return line_of_enrolment(self.url, code, fingerprint((self._hub.folder / CA_FILE).read_bytes()))

    def read(self) -> AbstractContextManager[Connection]:
        """One consistent snapshot of what the hub holds."""
        return self._hub.read()


@contextmanager
def serving(folder: Path, name: str, clock: Clock, port: int = 0) -> Iterator[Shown]:
    """Make a hub and serve it on loopback (`port` 0: any that is free); it has ended when the context has.

    Raises Trouble when the port is taken; nothing is made then.
    """
    place = _listening(port)
    with place:
        at = int(place.getsockname()[1])
        hub = create(folder, clock, name)
        try:
            with hub.write() as conn:
                put_value(conn, "address", f"{LOOPBACK}:{at}")
                body = accounts.add_body(conn, name, "KD", clock())
            chain, key = ready_server(folder, [LOOPBACK, "localhost"], clock())
            server = uvicorn.Server(uvicorn.Config(
                build(hub), log_config=None, access_log=False, ssl_certfile=str(chain), ssl_keyfile=str(key),
                ssl_version=ssl.PROTOCOL_TLS_SERVER, timeout_graceful_shutdown=GRACE_SECONDS, server_header=False,
                date_header=False))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, name="hub", daemon=True)
            thread.start()
            try:
                yield Shown(hub, f"https://{LOOPBACK}:{at}", body)
            finally:
                server.should_exit = True
                thread.join()
        finally:
            hub.close()


def _listening(port: int) -> socket.socket:
    try:
        return listening(LOOPBACK, port)
    except (OSError, OverflowError) as error:   # taken, kept for root, or no number of a port
        raise Trouble(tr("同期先の番号 {port} は使えません。"
                         "ほかのプログラムが使っているか、使えない番号です。", port=port),
                      tr("何も書いていません。"), tr("--port で別の番号を選ぶか、--port を付けずに始めます。"),
                      str(error)) from error
