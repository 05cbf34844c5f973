"""Photos taken into a consultation: each copy is kept first, then all rows and lines come in one undoable step.

They stand at the time they were taken, by the camera's clock as people corrected it. How a camera's clock differs is
kept on this laptop with a witness, a photo that shows it: when that correction is undone it counts no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from kanto_desk.db.attachments import Blobs
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.attachments import Attachment
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Store, put_setting
from kanto_desk.i18n import tr
from kanto_desk.rules import photo_times
from kanto_desk.rules.ordering import between
from kanto_desk.services import photo_cards, picture_origin, pictures
from kanto_desk.services.consultations import TYPE, need_editable

KEEP_ORIGINAL, KEEP_PLACE = "photo_keep_original", "photo_keep_place"
"""Names of the two settings; both are off at first."""

AT_ONCE: Final = 160
"""Photos of one step: each asks for at most three rows of the 500 that an operation may touch."""

_CLOCKS = "camera_clocks"
_REMEMBERED = 5   # corrections kept for a camera: undoing the newest brings back the one before


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture whose copy is in attachments.db; no record names it yet.

    `source` is the SHA-256 of the file it came from, `original` that of the original kept beside (empty: none), and
    `taken_at` the camera's own time or, where `camera_time` is False, the file's.
    """

    name: str
    hash: str
    size: int
    width: int
    height: int
    source: str
    original: str = ""
    taken_at: datetime | None = None
    camera_time: bool = False
    camera: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came in: uids of the photos in the order given, names of those the record had already, operations made.

    `outside` are the photos whose camera says a time that is not the visit's: its clock may be wrong.
    """

    photos: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    steps: int = 0
    outside: tuple[str, ...] = ()


@dataclass(slots=True)
class _Lines:
    """The lines of a record in order, new ones put in at their place."""

    at: list[datetime | None] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    def room(self, n: int) -> tuple[int, str]:
        """A place before line `n`; further down where two lines stand at the same place (two laptops wrote them)."""
        while 0 < n < len(self.places) and self.places[n - 1] >= self.places[n]:
            n += 1
        return n, between(self.places[n - 1] if n else None, self.places[n] if n < len(self.places) else None)

    def put(self, n: int, at: datetime) -> str:
        """Note a new line before line `n`; gives its place."""
        n, place = self.room(n)
        self.at.insert(n, at)
        self.places.insert(n, place)
        return place


def keep(store: Store, blobs: Blobs, content: bytes, name: str, file_time: datetime | None = None, *,
         own_clock: bool = False) -> Kept:
    """Scale a picture and keep the copy, and the original if the user wishes so. Raises Refused for no picture.

    `own_clock`: this computer took it, so that its time is never another camera's that may have to be put right.
    """
    with_place = bool(store.setting(KEEP_PLACE, False))
    made = pictures.prepare(content, keep_place=with_place)
    now = store.clock().isoformat()
    whole = pictures.original(content, keep_place=with_place) if store.setting(KEEP_ORIGINAL, False) else None
    original = blobs.put(whole, "application/octet-stream", now) if whole is not None else ""
    digest = blobs.put(made.jpeg, "image/jpeg", now)
    blobs.put_thumb(digest, pictures.THUMB, made.thumb)
    return Kept(name, digest, len(made.jpeg), made.width, made.height, made.digest, original,
                made.taken_at or file_time, made.taken_at is not None and not own_clock, made.origin.camera)


def take(store: Store, consultation: str, kept: Sequence[Kept], clocks: Mapping[str, timedelta] | None = None) -> Taken:
    """Take kept pictures into a record, at the time they were taken; those it has already stay out.

    `clocks` says by how much a camera's own time has to be moved; without it the corrections made before count. Up to
    160 photos are one operation, more are several. Raises Refused for a signed record.
    """
    moved = corrections(store) if clocks is None else dict(clocks)
    there = known(store, consultation, [one.source for one in kept])
    fresh: dict[str, Kept] = {}
    double = []
    for one in kept:
        if one.source in there or one.source in fresh:
            double.append(one.name)
        else:
            fresh[one.source] = one
    uids: dict[str, str] = {}
    rest = sorted(fresh.values(), key=lambda one: one.taken_at or store.clock())
    steps = range(0, len(rest), AT_ONCE)
    for start in steps:
        part = rest[start:start + AT_ONCE]
        with store.operation(tr("写真の追加"), (TYPE, consultation)) as op:
            need_editable(op.conn, consultation)
            made = _take(op, consultation, part, moved)
            if clocks is not None:
                _note_clocks(op, store, {one.camera: (moved[one.camera], uid, _at(one, moved)) for one, uid in
                                         zip(part, made, strict=True) if moved.get(one.camera) and one.camera_time})
        uids |= {one.source: uid for one, uid in zip(part, made, strict=True)}
    span = photo_cards.span(store, consultation)
    outside = [uids[source] for source, one in fresh.items()
               if one.camera_time and (at := _at(one, moved)) is not None and not span.holds(at)]
    return Taken(tuple(uids[source] for source in fresh), tuple(double), len(steps), tuple(outside))


def known(store: Store, consultation: str | None, sources: Iterable[str]) -> dict[str, str]:
    """Which files were taken already, by the SHA-256 of the file → the record they are in (None asks every record)."""
    wanted = set(sources)
    a = wire_table("attachment").c
    asked = select(func.substr(a.own_id, 1, 64).label("source"), a.owner).where(
        a.deleted_at.is_(None), a.own_id.is_not(None))
    if consultation is not None:
        asked = asked.where(a.owner == consultation)
    with store.read() as conn:
        return {row.source: row.owner or "" for row in conn.execute(asked) if row.source in wanted}


def corrections(store: Store) -> dict[str, timedelta]:
    """By how much the time of each camera has to be moved, as people said last and did not take back."""
    found: dict[str, timedelta] = {}
    a = wire_table("attachment").c
    with store.read() as conn:
        for camera, notes in dict(store.setting(_CLOCKS, {})).items():
            for seconds, uid, at in reversed(notes):
                shown = conn.execute(select(a.taken_at).where(a.uid == uid)).scalar()
                if shown is not None and datetime.fromisoformat(shown) == datetime.fromisoformat(at):
                    found[camera] = timedelta(seconds=seconds)
                    break
    return found


def origins_and_absent(blobs: Blobs, hashes: Iterable[str]) -> tuple[dict[str, picture_origin.Origin], frozenset[str]]:
    """What `origins` tells, and which of these contents are not on this laptop."""
    wanted = frozenset(hashes)
    return origins(blobs, wanted), wanted - set(blobs.hashes())


def origins(blobs: Blobs, hashes: Iterable[str]) -> dict[str, picture_origin.Origin]:
    """What the kept copies tell of camera and time, by hash. Reads thumbnails: for a worker thread."""
    found = {}
    for digest in hashes:
        small = blobs.get_thumb(digest, pictures.THUMB) or blobs.get(digest)
        if small is not None:
            found[digest] = pictures.origin(small)
    return found


def same_camera(store: Store, blobs: Blobs, consultation: str, photo: str) -> tuple[str, ...]:
    """The photos of a record that share a clock with this one, itself included; it alone if its camera is unknown."""
    a = wire_table("attachment").c
    with store.read() as conn:
        rows = conn.execute(select(a.uid, a.hash, a.taken_at).where(
            a.owner == consultation, a.deleted_at.is_(None), a.kind == "photo")).all()
    told = origins(blobs, {row.hash for row in rows if row.hash})
    mine = next((told.get(row.hash) for row in rows if row.uid == photo), None)
    if mine is None or not mine.camera:
        return (photo,)
    return tuple(row.uid for row in rows if row.taken_at and (other := told.get(row.hash)) is not None
                 and other.camera == mine.camera and other.taken_at is not None)


def set_time(store: Store, blobs: Blobs, consultation: str, photo: str, at: datetime, *, all_of_camera: bool) -> int:
    """Say when a photo was taken; with `all_of_camera` the others of its camera move by as much, and so will the next.

    Photos with lines of their own move to their place; those under other lines stay. Gives how many photos moved.
    Raises Refused for a signed record.
    """
    chosen = same_camera(store, blobs, consultation, photo) if all_of_camera else (photo,)
    with store.operation(tr("撮影時刻の訂正"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        a = wire_table("attachment").c
        rows = {r.uid: r for r in op.conn.execute(select(a.uid, a.hash, a.taken_at, a.entry, a.kind).where(
            a.owner == consultation, a.deleted_at.is_(None)).order_by(a.place, a.uid))}
        before = rows[photo].taken_at
        by = at - datetime.fromisoformat(before) if before else timedelta(0)
        times = {uid: datetime.fromisoformat(rows[uid].taken_at) + by for uid in chosen if rows[uid].taken_at}
        times[photo] = at
        for uid, moment in times.items():
            op.put("attachment", uid, {"taken_at": moment})
        _move_lines(op, consultation, times, rows)
        if all_of_camera:
            told = origins(blobs, [rows[photo].hash]).get(rows[photo].hash)
            if told is not None and told.camera and told.taken_at is not None:
                _note_clocks(op, store, {told.camera: (at - told.taken_at, photo, at)})
    return len(times)


def _take(op: Operation, consultation: str, part: Sequence[Kept], moved: Mapping[str, timedelta]) -> list[str]:
    """Rows and lines of some photos; gives their uids in the order given."""
    times = [_at(one, moved) or op.now for one in part]
    lines = _lines(op, consultation)
    end = op.conn.execute(select(func.max(Attachment.place)).where(Attachment.owner == consultation)).scalar()
    uids = [""] * len(part)
    for n, group in reversed(photo_times.moments(lines.at, times)):   # from below: places above stay as counted
        first = times[group[0]]
        entry = op.add("entry", {"consultation": consultation, "kind": "photo", "at": first, "text": tr("写真"),
                                 "place": lines.put(n, first)})
        for at in group:
            uids[at] = entry
    for at, one in enumerate(part):
        end = between(end, None)
        uids[at] = op.add("attachment", {
            "owner_type": TYPE, "owner": consultation, "entry": uids[at], "kind": "photo", "name": one.name[:120],
            "hash": one.hash, "size": one.size, "mime": "image/jpeg", "width": one.width, "height": one.height,
            "taken_at": _at(one, moved), "consent": "unasked", "place": end,
            "own_id": " ".join(filter(None, (one.source, one.original)))})
    return uids


def _at(one: Kept, moved: Mapping[str, timedelta]) -> datetime | None:
    """When a picture was taken by the corrected clock of its camera; a file's own time is not moved."""
    if one.taken_at is None or not one.camera_time:
        return one.taken_at
    return one.taken_at + moved.get(one.camera, timedelta(0))


def _move_lines(op: Operation, consultation: str, times: Mapping[str, datetime], rows: Mapping[str, Any]) -> None:
    """Bring 写真 lines to the new times of their photos; a line that only some of its photos leave stays."""
    e = Entry
    own = {r.uid for r in op.conn.execute(select(e.uid).where(
        e.consultation == consultation, e.deleted_at.is_(None), e.kind == "photo"))}
    under: dict[str, list[str]] = {}
    for row in rows.values():
        under.setdefault(row.entry or "", []).append(row.uid)
    whole = {entry for entry in own if under.get(entry) and all(uid in times for uid in under[entry])}
    parted = [uid for uid in times if rows[uid].entry in own - whole]
    lines = _lines(op, consultation, without=whole)
    moving: list[tuple[datetime, str, tuple[str, ...]]] = [
        (min(times[uid] for uid in under[entry]), entry, ()) for entry in whole]
    moving += [(times[group[0]], "", tuple(group)) for group in _groups(lines, parted, times)]
    for at, entry, leaving in sorted(moving, key=lambda one: (one[0], one[1]), reverse=True):
        place = lines.put(photo_times.spot(lines.at, at), at)
        if entry:
            op.put("entry", entry, {"at": at, "place": place})
        else:
            made = op.add("entry", {"consultation": consultation, "kind": "photo", "at": at, "text": tr("写真"),
                                    "place": place})
            for uid in leaving:
                op.put("attachment", uid, {"entry": made})


def _groups(lines: _Lines, photos: Sequence[str], times: Mapping[str, datetime]) -> list[list[str]]:
    found = photo_times.moments(lines.at, [times[uid] for uid in photos])
    return [[photos[n] for n in group] for _place, group in found]


def _lines(op: Operation, consultation: str, without: Iterable[str] = ()) -> _Lines:
    e, left = wire_table("entry").c, set(without)
    found = _Lines()
    for uid, at, place in op.conn.execute(select(e.uid, e.at, e.place).where(
            e.consultation == consultation, e.deleted_at.is_(None)).order_by(e.place, e.uid)):
        if uid not in left:
            found.at.append(datetime.fromisoformat(at) if at else None)
            found.places.append(place or "")
    return found


def _note_clocks(op: Operation, store: Store, said: Mapping[str, tuple[timedelta, str, datetime | None]]) -> None:
    """Remember how cameras' clocks differ, each with a photo that shows it."""
    notes = dict(store.setting(_CLOCKS, {}))
    for camera, (by, uid, at) in said.items():
        if at is not None:
            notes[camera] = [*notes.get(camera, []), [by.total_seconds(), uid, at.isoformat()]][-_REMEMBERED:]
    if said:
        put_setting(op.conn, _CLOCKS, notes)


def undo_steps(undo: Callable[[], None], taken: Taken) -> Callable[[], None]:
    """What 元に戻す does for photos that came in several operations: each in turn."""
    def back() -> None:
        for _ in range(taken.steps):
            undo()
    return back
