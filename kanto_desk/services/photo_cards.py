"""Pictures on a USB stick or SD card: which there are, when they were taken, which belong to a visit. Only reads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from kanto_desk.clock import JST
from kanto_desk.db.records.consultations import Consultation, Entry
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.rules import photo_times
from kanto_desk.services import pictures
from kanto_desk.services.picture_origin import Origin

MOST_FILES: Final = 20_000
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A picture on a card. `at` is the camera's time, or the file's where `camera_time` is False."""

    path: Path
    at: datetime
    camera_time: bool
    camera: str

    def corrected(self, clocks: Mapping[str, timedelta]) -> datetime:
        """When it was taken by the corrected clock of its camera."""
        return self.at + clocks.get(self.camera, timedelta(0)) if self.camera_time else self.at


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture looked at: the SHA-256 of its file and a small JPEG; `refused` says why it cannot be shown."""

    digest: str
    thumb: bytes
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """The day of a visit and, as far as known, its times."""

    day: date
    begin: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Whether a photo of this time belongs to the visit."""
        return photo_times.within(at, self.begin, self.end)

    def same_day(self, at: datetime) -> bool:
        """Whether a photo was taken on the day of the visit."""
        return at.astimezone(JST).date() == self.day


def span(store: Store, consultation: str) -> Span:
    """When a visit was: from its start, or first line, to its end, or now while it goes on; else the whole day."""
    now = store.clock().astimezone(JST)
    with store.read() as conn:
        visit = read_one(conn, Consultation, consultation)
        lines = sorted(e.at for e in read_all(conn, Entry, Entry.consultation == consultation)
                       if e.at is not None and e.kind != "photo")
    day = (visit.held_on if visit else None) or now.date()
    on_day = [at for at in lines if at.astimezone(JST).date() == day]
    begin = (visit.started_at if visit else None) or (on_day[0] if on_day else None)
    end = visit.ended_at if visit else None
    if end is None and begin is not None:
        end = max(now, begin) if day == now.date() else on_day[-1] if on_day else None
    whole = datetime.combine(day, time(), JST)
    return Span(day, begin or whole, end or whole + timedelta(days=1))


def scan(root: Path, stop: Callable[[], bool] = lambda: False) -> list[Found]:
    """Every picture below a folder, by time; hidden folders left out. Ends early when `stop` says so.

    Reads the head of each file only. A card pulled out meanwhile gives what was read so far.
    """
    found: list[Found] = []
    for path in _files(root, 0):
        if stop() or len(found) >= MOST_FILES:
            break
        try:
            written = datetime.fromtimestamp(path.stat().st_mtime, JST)
        except (OSError, ValueError, OverflowError):
            continue
        found.append(_found(path, written))
    return sorted(found, key=lambda one: (one.at, one.path))


def look(path: Path) -> Looked:
    """Read a picture whole: what tells it from others, and a small one to show. Raises OSError when it is gone."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    try:
        return Looked(digest, pictures.thumb(content))
    except Refused as refused:
        return Looked(digest, b"", refused.message)


def is_card(root: Path) -> bool:
    """Whether a volume comes from a camera: it has a folder DCIM."""
    return any((root / name).is_dir() for name in ("DCIM", "dcim"))


def of_visit(found: Sequence[Found], visit: Span, clocks: Mapping[str, timedelta]) -> list[Found]:
    """The pictures that a visit probably wants."""
    return [one for one in found if visit.holds(one.corrected(clocks))]


def of_day(found: Sequence[Found], visit: Span, clocks: Mapping[str, timedelta]) -> list[Found]:
    """The pictures of the day of a visit."""
    return [one for one in found if visit.same_day(one.corrected(clocks))]


def _found(path: Path, written: datetime) -> Found:
    try:
        with path.open("rb") as file:
            head = file.read(262_144)
            told = _origin(head, file.read if path.suffix.lower() in (".heic", ".heif") else None)
    except (OSError, Refused):
        return Found(path, written, False, "")
    return Found(path, told.taken_at or written, told.taken_at is not None, told.camera)


def _origin(head: bytes, rest: Callable[[], bytes] | None) -> Origin:
    return pictures.origin(head + rest() if rest else head)   # libheif wants the whole file


def _files(folder: Path, depth: int) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            here = sorted(entries, key=lambda one: one.name, reverse=True)   # newest names first: cameras count up
    except OSError:
        return
    for entry in here:
        if entry.name.startswith((".", "$")) or entry.name == "System Volume Information":
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth < _DEEPEST:
                    yield from _files(Path(entry.path), depth + 1)
            elif entry.name.lower().endswith(pictures.ENDINGS):
                yield Path(entry.path)
        except OSError:
            continue
