"""The directory below a list of own companies: its first hits that are none of them, and how many there are in all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kanto_desk.directory.asking import Question
from kanto_desk.services import taking_over
from kanto_desk.services.all_corporations import AllCorporations, Corporation, Listing, Wanted
from kanto_desk.services.desk import Desk

COUNTED = 10_000
"""Each hit is looked at in Python, so no more than these are counted: it goes on while somebody types."""
_PAGE = 40


@dataclass(frozen=True, slots=True)
class Below:
    """What stands below own companies. `total`: all hits, own ones too, None while nobody knows; `more` than these."""

    hits: tuple[Corporation, ...]
    total: int | None
    more: bool


class BelowOwn:
    """The directory of a desk for one list of own companies. Every call belongs on a worker thread.

    Each but `close` raises Stopped when nobody waits any more, Trouble when the directory cannot be read.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk, self._all = desk, AllCorporations(desk)

    def first(self, wanted: Wanted, limit: int) -> Below | None:
        """At most `limit` hits as quickly as they can be had; None where there is no directory, or nothing is typed."""
        if not Question(wanted.typed).terms:
            return None
        return self._below(self._all.begin(wanted), limit)

    def counted(self, wanted: Wanted, limit: int) -> Below | None:
        """The same with the total, which may take a part of a second."""
        return self._below(self._all.whole(wanted, COUNTED), limit)

    def close(self) -> None:
        """Let the file go; the next question opens it again."""
        self._all.close()

    def _below(self, listing: Listing | None, limit: int) -> Below | None:
        if listing is None:
            return None
        hits: list[Corporation] = []
        for offset in range(0, listing.known, _PAGE):
            rows = [one for one in self._all.rows(listing, offset, _PAGE) if one is not None]
            own = owners(self._desk, (one.number for one in rows))
            hits += [one for one in rows if one.number not in own]
            if len(hits) >= limit:
                break
        return Below(tuple(hits[:limit]), listing.total, listing.more)


def owners(desk: Desk, numbers: Iterable[str]) -> dict[str, str]:
    """Corporate number → uid of the own company that has it or, if merged, of the one that stands for it."""
    with desk.store.read() as conn:
        return taking_over.owners(conn, numbers)


def own_uid(desk: Desk, number: str) -> str:
    """The same of one number; "" where no own company has it."""
    return owners(desk, [number]).get(number, "")
