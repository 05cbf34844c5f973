"""How far a hub that went back to a backup holds of each laptop what it held then: what follows is looked at again.

Behind that number another laptop with a copy of the folder may have sent changes of its own since, under the numbers
that its original had used. Sent again, they differ, and the copy is noticed as ever.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from kanto_desk.hub import tables as t
from kanto_desk.hub.accepting import Gap
from kanto_desk.hub.opening import put_value, value_of
from kanto_desk.hub.resending import BACK


def note(conn: Connection, epoch: str) -> None:
    """Note at the beginning of an epoch how far this hub holds the changes of each laptop."""
    for dev, held in conn.execute(select(t.device.c.dev, t.device.c.seq)).all():
        put_value(conn, f"{BACK}{dev}", [*value_of(conn, f"{BACK}{dev}", []), [epoch, held]])


def back_to(conn: Connection, dev: str, epoch: str) -> int | None:
    """The least that this hub held of a laptop since an epoch in which the laptop heard of it; None where it never
    went back since. Of an epoch that is not known here every restore may have been since.
    """
    noted: list[tuple[str, int]] = value_of(conn, f"{BACK}{dev}", [])
    known = next((i for i, (begun, _) in enumerate(noted, 1) if begun == epoch), 0)
    return min((held for _, held in noted[known:]), default=None)


def need_from(conn: Connection, dev: str, epoch: str, first: int) -> None:
    """Raises Gap where a push of another epoch follows numbers that this hub may hold of a copy."""
    back = back_to(conn, dev, epoch)
    if back is not None and first > back:
        raise Gap(back)
