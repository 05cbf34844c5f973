"""Corporations of the directory beside the desk's own records: what a search offers that is no organization yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from kanto_desk.db.driver import Error
from kanto_desk.directory.columns import CLOSED, MERGED
from kanto_desk.directory.searching import Corporation, Directory, Marks
from kanto_desk.i18n import tr
from kanto_desk.services import company_directory, taking_over
from kanto_desk.services.desk import Desk

_AT_ONCE = 4
"""So many times the wanted hits are asked for, because some are own ones; then so many times more."""
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Offered:
    """One corporation that can be taken over, and where in it the words stand."""

    corporation: Corporation
    marks: Marks

    @property
    def state(self) -> str:
        """What became of it, in words; empty for one that exists."""
        return {CLOSED: tr("閉鎖"), MERGED: tr("合併により解散")}.get(self.corporation.state, "")


class Beside:
    """The directory of a desk, kept open between the queries of a search box. `close` lets its file go."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._directory: Directory | None = None
        self._lock = Lock()

    def find(self, query: str, limit: int) -> list[Offered]:
        """The best hits that no organization of the desk has the number of; none where there is no directory.

        Raises stopping.Stopped when nobody waits any more, Trouble when the directory cannot be read.
        """
        with self._lock:
            self._directory = company_directory.renewed(self._desk, self._directory)
            if self._directory is None or not query.strip():
                return []
            try:
                return offered(self._desk, self._directory, query, limit)
            except Error as error:
                raise company_directory.damaged(error) from error

    def close(self) -> None:
        """Let the file go; the next query opens it again."""
        with self._lock:
            directory, self._directory = self._directory, None
            if directory is not None:
                directory.close()


def offered(desk: Desk, directory: Directory, query: str, limit: int) -> list[Offered]:
    """The same in a directory that is open."""
    wanted = limit * _AT_ONCE
    while True:
        hits = [hit.corporation for hit in directory.search(query, limit=wanted)]
        others = _without_own(desk, hits)
        if len(others) >= limit or len(hits) < wanted or wanted >= _MOST:
            return [Offered(one, company_directory.marks(query, one)) for one in others[:limit]]
        wanted *= _AT_ONCE


def _without_own(desk: Desk, hits: Sequence[Corporation]) -> list[Corporation]:
    with desk.store.read() as conn:
        own = taking_over.owners(conn, [one.number for one in hits])
    return [one for one in hits if one.number not in own]
