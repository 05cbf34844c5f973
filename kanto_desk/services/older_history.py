"""Steps of a record that this laptop does not have: it came whole, after they were made.

What stands in the record still carries when and where it was written; the values before it lie in 変更履歴 of the
laptops that wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kanto_desk.clock import JST
from kanto_desk.db import journal, local
from kanto_desk.db.apply import Key, load
from kanto_desk.db.schema import fields_of, records
from kanto_desk.db.stamps import MASTERS_DEVICE, clock_of, device_of, millis_of
from kanto_desk.db.store import Store
from kanto_desk.i18n import language
from kanto_desk.services.contested_sides import part_of_device


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another laptop wrote in one minute: when, which laptop (four characters), the fields that stand since."""

    at: datetime
    laptop: str
    fields: tuple[str, ...]


def elsewhere(store: Store, root: Key, limit: int = 50) -> list[Elsewhere]:
    """Steps of other laptops whose result stands in a record or its parts but which are not here, newest first.

    What was taken in on this laptop without a journal (shipped and sample data, files) lies nowhere else.
    """
    without = {MASTERS_DEVICE, store.device()[0]}
    with store.read() as conn:
        keys = journal.parts_of(conn, root)
        rows = load(conn, keys)
        c, known = local.change.c, set()
        for i in range(0, len(keys), 400):
            uids = [uid for _, uid in keys[i:i + 400]]
            known |= {r.hlc + r.dev for r in conn.execute(select(c.hlc, c.dev).where(c.uid.in_(uids)))}
    steps: dict[tuple[datetime, str], dict[str, None]] = {}
    for key in keys:
        labels = {f.name: f.label(language()) for f in fields_of(records()[key[0]]) if not f.bookkeeping}
        for name, stamp in (rows[key].stamps if key in rows else {}).items():
            if name in labels and stamp not in known and device_of(stamp) not in without:
                at = datetime.fromtimestamp(millis_of(clock_of(stamp)) // 60_000 * 60, JST)
                steps.setdefault((at, stamp[16:]), {})[labels[name]] = None
    newest = sorted(steps.items(), reverse=True, key=lambda one: one[0])[:limit]
    return [Elsewhere(at, part_of_device(dev), tuple(names)) for (at, dev), names in newest]
