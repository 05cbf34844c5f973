"""Joining a hub: the line of enrolment, keys made here, the hub's authority pinned, the answer kept in the store."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

import pyrage
from sqlalchemy import Connection

from kanto_desk.db.operation import frozen_upto
from kanto_desk.db.store import Store, put_setting, setting_in
from kanto_desk.sync import signing
from kanto_desk.sync.answers import problem_of
from kanto_desk.sync.client import HUB, Known, Link, NotAnswered, keep_known, millis
from kanto_desk.sync.contact import LEASE, newest_stamp, noted
from kanto_desk.sync.wire import VERSION, Enrol, Enrolled, packed, unpacked

SEALING_KEY = "hub_sealing_key"
"""Setting: the age identity with which bundles for this laptop are opened."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A line of enrolment in its parts."""

    url: str
    code: str
    fingerprint: str


def invitation(line: str) -> Invitation | None:
    """The parts of a line as the secretariat gives it, blanks and case aside; None if it is no such line."""
    parts = "".join(line.split()).removeprefix("https://").split("/")
    if len(parts) != 3 or not all(parts) or len(parts[2]) != 32:
        return None
    return Invitation(f"https://{parts[0]}", parts[1].upper(), parts[2].lower())


def enrol(store: Store, asked: Invitation, authority: str, name: str, link: Callable[[str, str], Link],
          also: Callable[[Connection], None] = lambda _conn: None,
          told: Callable[[Connection, Enrolled], None] = lambda _conn, _got: None) -> Enrolled:
    """Join: send the public keys with the code, keep what the hub answers, `also` and `told` in the same transaction.

    `authority` is the hub's certificate after its fingerprint was compared; `link` makes the way to it. Raises
    NotAnswered with the hub's reason (code used, too late or unknown) and OSError when it cannot be reached.
    """
    key, sealing = signing.new_key(), pyrage.x25519.Identity.generate()
    dev = f"{store.device()[0]:016x}"
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    with store.read() as conn:   # what left without an answer, too: a hub that went back may have given it out
        sent = frozen_upto(conn, dev) if setting_in(conn, HUB) else 0
    message = Enrol(VERSION, asked.code, dev, name, public, str(sealing.to_public()), sent)
    way = link(asked.url, authority)
    try:
        status, answer = way("/enrol", {}, packed(message))
    finally:
        close = getattr(way, "close", None)
        if close is not None:
            close()
    if status != 200:
        raise NotAnswered(status, problem_of(status, answer))
    got = unpacked(answer, Enrolled)
    now = millis(store.clock)
    with store.write() as conn:
        keep_known(conn, Known(asked.url, got.epoch, signing.key_text(key), got.person, got.body, ca=authority,
                               hub=got.hub, ahead=got.time - now,
                               sealing=got.sealing, signing=got.signing, heard=got.time))
        put_setting(conn, SEALING_KEY, str(sealing))
        lease = {"days": got.lease_days, "secret": got.unlock}
        put_setting(conn, LEASE, noted(lease, got.time, now, newest_stamp(conn)) if got.lease_days and got.unlock
                    else None)   # one of an earlier line ends here
        also(conn)
        told(conn, got)
    return got
