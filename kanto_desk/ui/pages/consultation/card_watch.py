"""Notices a USB stick or SD card with pictures while a record is open. Asks and reads on the thread for pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from kanto_desk.clock import JST
from kanto_desk.services import photo_cards, photo_intake, photos
from kanto_desk.services.photo_cards import Found, Span
from kanto_desk.ui.page import Volume, Window

EVERY_MS = 2_000


@dataclass(frozen=True, slots=True)
class CardContents:
    """What a card holds for one visit: everything, what is of the visit's day and not taken yet, and how to read it.

    `wanted` are those of the time of the visit; `taken` those that seem to be in the record already.
    """

    volume: Volume
    is_card: bool
    found: tuple[Found, ...]
    span: Span
    clocks: dict[str, timedelta]
    taken: frozenset[Path]

    def fresh_of_day(self) -> list[Found]:
        """The pictures of the visit's day that are not in the record yet."""
        return [one for one in photo_cards.of_day(self.found, self.span, self.clocks) if one.path not in self.taken]


class CardWatch(QObject):
    """`came(contents)` for each volume with pictures that is plugged in, `went(root)` when one is pulled out."""

    came = Signal(object)
    went = Signal(object)

    def __init__(self, window: Window, uid: str, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._uid = window, uid
        self._known: dict[Path, Volume] = {}
        self._asking = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look_now)

    def set_on(self, on: bool) -> None:
        """Look while the record is shown and may be written."""
        if on and not self._timer.isActive():
            self._timer.start()
            self.look_now()
        elif not on:
            self._timer.stop()

    def look_now(self) -> None:
        """Ask what is plugged in, unless the last question is still open."""
        if not self._asking:
            self._asking = True
            self._window.work(self._window.volumes, self._compare, self._failed, beside=True)

    def read(self, volume: Volume) -> None:
        """Read a volume; `came` follows if there are pictures on it."""
        store, uid = self._window.desk.store, self._uid

        def job() -> CardContents:
            found = photo_cards.scan(volume.root, lambda: volume.root not in self._known)
            clocks = photo_intake.corrections(store)
            there = {((a.name or ""), a.taken_at) for a in photos.pictures(store, uid)}
            taken = frozenset(one.path for one in found
                              if (one.path.name, one.corrected(clocks).astimezone(JST)) in there)
            return CardContents(volume, photo_cards.is_card(volume.root), tuple(found), photo_cards.span(store, uid),
                                clocks, taken)
        self._window.work(job, self._read, self._failed_reading, beside=True)

    def _compare(self, volumes: object) -> None:
        self._asking = False
        now = {one.root: one for one in volumes if isinstance(one, Volume)} if isinstance(volumes, list | tuple) else {}
        for root in [root for root in self._known if root not in now]:
            del self._known[root]
            self.went.emit(root)
        for root, volume in now.items():
            if root not in self._known:
                self._known[root] = volume
                self.read(volume)

    def _read(self, contents: CardContents) -> None:
        if contents.found and contents.volume.root in self._known:
            self.came.emit(contents)

    def _failed(self, error: Exception) -> bool:
        self._asking = False
        return isinstance(error, OSError)   # a card pulled out at this moment

    @staticmethod
    def _failed_reading(error: Exception) -> bool:
        return isinstance(error, OSError)
