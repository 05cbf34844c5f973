"""Changing the hub's certificate authority without a visit to every laptop: announced under the old one, then used.

Two places: the authority in use and the next. Laptops learn the next over the connection that the old one vouches for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from kanto_desk.db.disk import sync_folder
from kanto_desk.errors import Refused
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import Hub, put_value, value_of
from kanto_desk.hub.own_ca import CA_FILE, CA_KEY, SERVER_FILE, SERVER_KEY, alone, fingerprint, make_ca
from kanto_desk.i18n import tr
from kanto_desk.sync.authorities import SHORT

NEXT: Final = "next-authority"
FORMER: Final = "former-authority"


def announce(hub: Hub) -> str:
    """Make the next authority, or find the one announced; gives its fingerprint. Laptops learn it as they sync."""
    folder = hub.folder / NEXT
    if not (folder / CA_FILE).exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        with hub.read() as conn:
            name = str(value_of(conn, "name", ""))
        make_ca(folder, name, hub.clock())   # the certificate is written last: what lacks it is made anew
    return fingerprint((folder / CA_FILE).read_bytes())


def next_of(hub: Hub) -> str:
    """The next authority's certificate (PEM); empty when none is announced."""
    try:
        return (hub.folder / NEXT / CA_FILE).read_text("ascii")
    except FileNotFoundError:
        return ""


def names(pem: str, told: str) -> bool:
    """Whether a laptop names this authority by the beginning of its fingerprint."""
    return len(told) == SHORT and fingerprint(pem.encode()).startswith(told)


def learned(conn: Connection, dev: str, pem: str) -> None:
    """Note that a laptop knows this authority."""
    if value_of(conn, f"authority {dev}") != fingerprint(pem.encode()):
        put_value(conn, f"authority {dev}", fingerprint(pem.encode()))


def not_told(hub: Hub) -> list[str]:
    """Names of the laptops in use that have not learned the next authority: after the change they could not come in."""
    pem = next_of(hub)
    wanted = fingerprint(pem.encode()) if pem else ""
    with hub.read() as conn:
        d = t.device.c
        rows = conn.execute(select(d.dev, d.name).where(d.state == "active").order_by(d.name, d.dev)).all()
        return [r.name or r.dev for r in rows if value_of(conn, f"authority {r.dev}", "") != wanted]


def use_next(hub: Hub, *, anyway: bool = False) -> str:
    """Put the announced authority into use; hubs that serve show it within a minute. Gives its fingerprint.

    Raises Refused where none is announced, or (but for `anyway`) laptops have not learned it.
    """
    pem = next_of(hub)
    if not pem:
        raise Refused(tr("次の認証局がまだありません。はじめに hub rotate-ca で知らせます。"))
    left = not_told(hub)
    if left and not anyway:
        raise Refused(tr("まだ知らないパソコンが{n}台あります（{names}）。同期を待つか、--anyway で替えます。",
                         n=len(left), names=tr("、").join(left[:5])))
    former = hub.folder / FORMER
    former.mkdir(mode=0o700, exist_ok=True)
    with alone(hub.folder):   # a hub that serves makes its certificate by the old authority or by the new one
        for name in (SERVER_FILE, SERVER_KEY):   # made anew by the next start, or by a hub that serves within a minute
            (hub.folder / name).unlink(missing_ok=True)
        for name in (CA_KEY, CA_FILE):   # the certificate last: until then the same command goes on with what was cut
            if (hub.folder / NEXT / name).exists():
                _move(hub.folder / name, former / name)
                os.replace(hub.folder / NEXT / name, hub.folder / name)
        sync_folder(hub.folder)
    return fingerprint(pem.encode())


def _move(old: Path, new: Path) -> None:
    if old.exists():
        os.replace(old, new)
