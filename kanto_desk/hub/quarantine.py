"""What a copied laptop tried to send (`losing.quarantine`): looked at, written out, or taken in after all.

Two laptops had one name, so a number of it may mean two changes. What is taken in gets another name, made from the
file: the same file again is the same name, and nothing of it comes twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from kanto_desk.db.disk import write_atomically
from kanto_desk.db.stamps import stamp
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts, resending
from kanto_desk.hub import tables as t
from kanto_desk.hub.accepting import accept
from kanto_desk.hub.losing import QUARANTINE
from kanto_desk.hub.opening import Hub
from kanto_desk.i18n import tr
from kanto_desk.sync.wire import Garbled, Request, Verdict, WireChange, content_hash, incoming, unpacked

_NAME = re.compile(r"([0-9a-f]{16})-(\d{8}T\d{6})-[0-9a-f]{4}\.json\.zst")


@dataclass(frozen=True, slots=True)
class Kept:
    """One file in quarantine. `lacking` are the changes that the hub holds in no way; `changes` all that came."""

    name: str
    dev: str
    at: datetime
    person: str
    changes: list[WireChange]
    lacking: list[WireChange]
    damaged: bool = False


def listing(hub: Hub, conn: Connection) -> list[Kept]:
    """Everything in quarantine, oldest first."""
    names = [(m.group(2), m.group()) for path in (hub.folder / QUARANTINE).glob("*")
             if (m := _NAME.fullmatch(path.name))]
    return [_read(hub, conn, name) for _, name in sorted(names)]


def one(hub: Hub, conn: Connection, name: str) -> Kept:
    """One file by its name. Raises Refused for another name, or a file that cannot be read."""
    if not _NAME.fullmatch(name) or not (hub.folder / QUARANTINE / name).is_file():
        raise Refused(tr("隔離の中に、その名前のものはありません：{name}（hub quarantine list で確かめます）",
                         name=name), "name")
    found = _read(hub, conn, name)
    if found.damaged:
        raise Refused(tr("隔離のファイルが壊れていて、読めません：{name}", name=name), "name")
    return found


def take(hub: Hub, name: str) -> tuple[int, list[Verdict]]:
    """Take in what is lacking, with the roles of the person whose laptop it was; gives how many and what was not taken.

    Raises Refused as `one`.
    """
    now = hub.clock()
    with hub.write() as conn:
        kept = one(hub, conn, name)
        laptop = accounts.laptop_of(conn, kept.dev, now.date())
        if laptop is None:
            raise Refused(tr("このパソコンは登録されていません：{device}", device=kept.dev), "device")
        changes = _renamed(kept.lacking, _other_name(kept.changes))
        told = accept(conn, changes[0].dev, laptop.reader, laptop.body, 0, changes, now.isoformat(), hub.steps,
                      late=True).verdicts if changes else []
        accounts.note(conn, "hub", "quarantine taken", now, device=kept.dev, changes=len(changes), file=name)
    return len(changes), told


def exported(kept: Kept) -> bytes:
    """Everything that came, one change of JSON a line, as it was sent."""
    return b"".join(msgspec.json.encode(c) + b"\n" for c in kept.changes)


def _read(hub: Hub, conn: Connection, name: str) -> Kept:
    dev, at = _NAME.fullmatch(name).groups()   # type: ignore[union-attr]
    moment = datetime.strptime(at, "%Y%m%dT%H%M%S")   # the hub's own time
    person = conn.execute(select(t.person.c.name).join(t.device, t.device.c.person == t.person.c.uid).where(
        t.device.c.dev == dev)).scalar() or ""
    try:
        pushed = unpacked((hub.folder / QUARANTINE / name).read_bytes(), Request).push
        for change in pushed:
            incoming(change, hub.steps)
    except (Garbled, OSError):
        return Kept(name, dev, moment, person, [], [], damaged=True)
    return Kept(name, dev, moment, person, pushed, _lacking(conn, dev, pushed))


def _lacking(conn: Connection, dev: str, pushed: Sequence[WireChange]) -> list[WireChange]:
    """Changes that neither came under the laptop's own name with the same content, nor were taken from this file."""
    r, out = t.received.c, []
    seqs = sorted(c.seq for c in pushed)
    if not seqs:
        return []
    held = {row.seq: row.hash for row in conn.execute(select(r.seq, r.hash).where(
        r.dev == dev, r.seq.between(seqs[0], seqs[-1])))}
    taken = resending.held_of(conn, _other_name(pushed), seqs)
    for change in pushed:
        if held.get(change.seq) != content_hash(change) and change.seq not in taken:
            out.append(change)
    return out


def _other_name(pushed: Sequence[WireChange]) -> str:
    """Sixteen digits from the content of the file."""
    return hashlib.sha256(b"quarantine" + b"".join(content_hash(c) for c in pushed)).hexdigest()[:16]


def _renamed(changes: Sequence[WireChange], name: str) -> list[WireChange]:
    """The changes under another name, and what they say they have seen of one another with it."""
    new = {stamp(int(c.hlc, 16), int(c.dev, 16)): stamp(int(c.hlc, 16), int(name, 16)) for c in changes}
    return [msgspec.structs.replace(c, dev=name, base={
        field: [new.get(s, s) for s in stamps] for field, stamps in c.base.items()}) for c in changes]


def export(kept: Kept, path: Path) -> None:
    """Write it into a new file that its owner alone may read. Raises Refused where there is one, OSError."""
    if path.exists():
        raise Refused(tr("そのファイルは、もうあります：{file}", file=path), "file")
    write_atomically(path, exported(kept))
