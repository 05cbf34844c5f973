"""The directory as the list of a screen: asked for on one worker, its rows read on another, so that none waits.

Two readers of the same file: one makes lists, which may take seconds; the other brings rows and facts, in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from kanto_desk.db.driver import Error
from kanto_desk.directory.columns import CLOSED, MERGED, OPEN
from kanto_desk.directory.listing import AT_ONCE, MOST, ListedDirectory, Listing, Wanted
from kanto_desk.directory.pointer import InUse
from kanto_desk.directory.searching import Corporation
from kanto_desk.directory.words import Place
from kanto_desk.services import company_directory
from kanto_desk.services.desk import Desk

__all__ = ["CLOSED", "MERGED", "OPEN", "AllCorporations", "Corporation", "Known", "Listing", "Place", "Wanted"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """One corporation with what is to be told of it: what took it over, and the latest update in the directory."""

    corporation: Corporation
    successor: Corporation | None
    newest: str


class AllCorporations:
    """The directory of a desk for one screen. Every call but `close` belongs on a worker thread.

    Each raises Stopped when nobody waits any more, Trouble when the file cannot be read.
    """

    def __init__(self, desk: Desk, at_once: int = AT_ONCE) -> None:
        """`at_once`: as of `ListedDirectory.begin`."""
        self._at_once = at_once
        self._lists, self._rows = _Reader(desk), _Reader(desk)

    def begin(self, wanted: Wanted) -> Listing | None:
        """The first rows of a list; None when there is no directory."""
        return self._lists.read(lambda directory: directory.begin(wanted, self._at_once))

    def whole(self, wanted: Wanted, most: int = MOST) -> Listing | None:
        """The place of every row, of typed words up to `most`."""
        return self._lists.read(lambda directory: directory.whole(wanted, most))

    def places(self) -> Sequence[tuple[Place, int]]:
        """Municipalities and how many corporations each has, most first."""
        return self._lists.read(lambda directory: directory.counts()) or ()

    def rows(self, listing: Listing, offset: int, limit: int) -> list[Corporation | None]:
        """Rows of a list; none when another file has taken the place of the one that it is a list of."""
        def read(directory: ListedDirectory) -> list[Corporation | None]:
            same = directory.path == listing.path
            return directory.page(listing, offset, limit) if same else []
        return self._rows.read(read) or []

    def places_of(self, listing: Listing, numbers: Sequence[str]) -> list[int | None]:
        """The rows of corporations of 13 digits in a list; None for those that are not in it."""
        def read(directory: ListedDirectory) -> list[int | None]:
            found = [directory.by_number(number) for number in numbers]
            return [None if one is None else listing.place(one.running) for one in found]
        return self._rows.read(read) or []

    def one(self, number: str) -> Known | None:
        """A corporation by its 13 digits."""
        def read(directory: ListedDirectory) -> Known | None:
            found = directory.by_number(number)
            if found is None:
                return None
            after = found.facts.get("successor", "")
            return Known(found, directory.by_number(after) if after else None, directory.facts().get("newest", ""))
        return self._rows.read(read)

    def close(self) -> None:
        """Let the files go; a later call opens them again."""
        self._lists.close()
        self._rows.close()


class _Reader:
    """The directory in use, opened when it is first asked for, and anew when another has taken its place."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._lock = desk, Lock()
        self._open: ListedDirectory | None = None

    def read(self, work: Callable[[ListedDirectory], T]) -> T | None:
        with self._lock:
            directory = self._current(company_directory.pointer(self._desk).current())
            if directory is None:
                return None
            try:
                return work(directory)
            except Error as error:
                raise company_directory.damaged(error) from error

    def close(self) -> None:
        with self._lock:
            self._current(None)

    def _current(self, found: InUse | None) -> ListedDirectory | None:
        if self._open is not None and (found is None or self._open.path != found.path):
            self._open.close()
            self._open = None
        if self._open is None and found is not None:
            try:
                self._open = ListedDirectory(found.path, found.key, immutable=self._desk.store.read_only is not None)
            except Error as error:
                raise company_directory.damaged(error) from error
        return self._open
