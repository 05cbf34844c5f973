"""Photos and files at the hub: a laptop may send or have those that a row names which it may write or read."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Connection, select, text

from kanto_desk.db.content_parts import NAMED, count
from kanto_desk.db.schema import wire_table
from kanto_desk.errors import Trouble
from kanto_desk.hub import delivered, files_left
from kanto_desk.hub.accounts import Laptop
from kanto_desk.hub.content_address import place_of
from kanto_desk.hub.content_place import FolderPlace, Place, PlaceAway, WrongContent
from kanto_desk.hub.logs import LOG
from kanto_desk.hub.opening import Hub
from kanto_desk.hub.placing import level_of, made_of, placed_of
from kanto_desk.rules.access import device_scope, may_see, may_write, scopes_read, visible
from kanto_desk.sync import content_wire as cw
from kanto_desk.sync.bundle_contents import CHUNK, MOST_BYTES, WHOLE, Names, Packed, chosen
from kanto_desk.sync.bundle_file import Frame
from kanto_desk.sync.wire import VERSION, Garbled

UNFINISHED_DAYS: Final = 30
"""Chunks of a file that got none for so many days are dropped when the hub starts."""

_SLICE: Final = 400
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
_LOCK: Final = 20143
_JPEG: Final = b"\xff\xd8\xff"


class NotGiven(Exception):
    """A file is not taken or not given: an HTTP status and a reason code."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def answer(hub: Hub, laptop: Laptop, ask: cw.Ask) -> cw.Told:
    """What the hub says to one message about files. Raises NotGiven, Garbled."""
    names = [o.hash for o in ask.offers] + list(ask.thumbs) + ask.want_thumbs + [
        x.hash for x in (ask.part, ask.want) if x is not None] + ([ask.damaged] if ask.damaged else [])
    if len(names) > cw.MOST_NAMED or not all(cw.is_name(n) for n in names):
        raise Garbled("names")
    sending = [o.hash for o in ask.offers] + list(ask.thumbs) + ([ask.part.hash] if ask.part else [])
    with hub.read() as conn:
        may = _sent_by(conn, laptop, sending) if sending else _seen_by(conn, laptop, names, ask.want_thumbs)
    try:
        told = _answer(place_of(hub), ask, may)
        if any(may.proven.values()):
            with hub.write() as conn:
                delivered.note(conn, may.proven, delivered.THUMB if ask.thumbs else delivered.FILE)
        if ask.left and (ask.part is None or told.whole):
            files_left.note(hub, laptop.dev, ask.left)
        return told
    except WrongContent as error:
        raise NotGiven(422, "hash") from error
    except (PlaceAway, Trouble) as error:   # of its own: the records go on
        LOG.warning("contents away", extra={"told": {"detail": getattr(error, "detail", "")}})
        raise NotGiven(503, "place") from error
    except OSError as error:
        raise NotGiven(507, "full" if error.errno in _NO_ROOM else "disk") from error


def take_part(hub: Hub, laptop: Laptop, part: cw.Part) -> bool:
    """Keep a chunk that came in a bundle; one that the laptop may not send, or of a wrong file, is passed over.

    Gives whether its file is whole here now.

    Raises OSError of a full disk or a store that is away, Trouble without one, Garbled for what is no chunk.
    """
    try:
        return answer(hub, laptop, cw.Ask(VERSION, part=part)).whole
    except NotGiven as no:
        if isinstance(no.__cause__, OSError | Trouble):
            raise no.__cause__ from no
        return False


def wanted_of(hub: Hub, laptop: Laptop, most: int = 100) -> list[str]:
    """Files that the hub misses and that this laptop may have."""
    wanted = FolderPlace(hub.folder).wanted()[:cw.MOST_NAMED]   # it lies there, wherever the files are
    if not wanted:
        return []
    with hub.read() as conn:
        may = _sent_by(conn, laptop, wanted)
    place = place_of(hub)
    return [d for d in wanted if d in may.granted and (d not in may.has or place.size(d) is None)][:most]


def frames_for(hub: Hub, conn: Connection, laptop: Laptop, asked: Mapping[str, list[str]],
               packed: Packed) -> Iterator[Frame]:
    """What goes into a bundle for a laptop: which of the files it `sent` are whole here, and those it `missed`.

    The smallest first, up to a size; what is left is asked for again, `packed` is told how many those are. Only files
    that the laptop may have.
    """
    place = place_of(hub)
    sent, missed = ([d for d in asked.get(k, []) if cw.is_name(d)] for k in ("sent", "missed"))
    whole = [d for d in sorted(_sent_by(conn, laptop, sent).has) if place.size(d) is not None]
    yield Frame(WHOLE, msgspec.json.encode(Names(whole)))
    sizes = [(d, size) for d in sorted(_seen_by(conn, laptop, missed).granted) if (size := place.size(d)) is not None]
    going, packed.left = chosen(sizes, MOST_BYTES)
    for digest, size in going:
        for n in range(count(size)):
            found = place.chunk(digest, n)
            if found is None:
                break
            yield Frame(CHUNK, msgspec.json.encode(cw.Part(digest, found[0], n, found[1])))
        else:
            packed.files += 1


@dataclass(slots=True)
class _May:
    """What a laptop may do with files: `granted` it may send or have, of those it sends it surely `has` these.

    Of others it is told nothing but what its own person (`side`) has sent of them. `unproven` are files of rows in its
    sight whose makers have not delivered them. `bodies` are the organisations whose rows wait for what it sends,
    `proven` those whose do no more.
    """

    granted: set[str]
    has: set[str] = field(default_factory=set)
    unproven: set[str] = field(default_factory=set)
    bodies: dict[str, set[str]] = field(default_factory=dict)
    side: str = ""
    proven: dict[str, set[str]] = field(default_factory=dict)

    def side_of(self, digest: str) -> str:
        return "" if digest in self.has else self.side


def _answer(place: Place, ask: cw.Ask, may: _May) -> cw.Told:
    granted = may.granted
    if ask.offers:
        return _offered(place, ask.offers, may)
    if ask.thumbs:
        for digest, content in ask.thumbs.items():
            if (digest in granted and len(content) <= cw.MOST_THUMB and content.startswith(_JPEG)
                    and place.thumb(digest) is None):
                place.keep_thumb(digest, content)
                may.proven[digest] = may.bodies[digest]
        return cw.Told(VERSION)
    if ask.part is not None:
        part = ask.part
        if part.hash not in granted:
            raise NotGiven(404, "unnamed")
        if not 0 <= part.size <= cw.MOST_CONTENT:
            raise NotGiven(413, "size")
        if len(part.content) != cw.length_of(part.size, part.n):
            raise Garbled("chunk")
        whole = place.keep(part.hash, part.size, part.n, part.content, may.side_of(part.hash))
        if whole:
            may.proven[part.hash] = may.bodies[part.hash]
        return cw.Told(VERSION, whole=whole)
    if ask.want_thumbs:
        return _thumbs(place, [d for d in ask.want_thumbs if d in granted])
    if ask.want is not None:
        if ask.want.hash in may.unproven:   # whether somebody else has it is nobody's business
            place.want(ask.want.hash)
            raise NotGiven(404, "absent")
        if ask.want.hash not in granted:
            raise NotGiven(404, "unnamed")
        found = place.chunk(ask.want.hash, ask.want.n)
        if found is None:   # lost, or still to come: laptops that have it are asked at their next sync
            place.want(ask.want.hash)
            raise NotGiven(404, "absent")
        return cw.Told(VERSION, part=cw.Part(ask.want.hash, found[0], ask.want.n, found[1]))
    if ask.damaged and ask.damaged in granted and not place.check(ask.damaged):
        place.want(ask.damaged)
    return cw.Told(VERSION)


def _offered(place: Place, offers: Iterable[cw.Offer], may: _May) -> cw.Told:
    lacks, refused = [], {}
    for offer in offers:
        if offer.hash not in may.granted:
            refused[offer.hash] = "unnamed"
        elif not 0 <= offer.size <= cw.MOST_CONTENT:
            refused[offer.hash] = "size"
        else:
            chunks = place.lacks(offer.hash, offer.size, may.side_of(offer.hash))
            if not chunks:   # or it would have been asked for: who may have it need not send it for his own rows
                may.proven[offer.hash] = may.bodies[offer.hash]
            thumb = offer.thumb and (offer.hash not in may.has or place.thumb(offer.hash) is None)
            if chunks or thumb:
                lacks.append(cw.Lack(offer.hash, chunks, thumb))
    return cw.Told(VERSION, lacks, refused)


def _thumbs(place: Place, wanted: Iterable[str]) -> cw.Told:
    """As many as go into one message; those left out are asked for again."""
    out: dict[str, bytes] = {}
    size = 0
    for digest in wanted:
        content = place.thumb(digest)
        if content is not None:
            size += len(content)
            if out and size > cw.MOST_THUMBS:
                break
            out[digest] = content
    return cw.Told(VERSION, thumbs=out)


def _seen_by(conn: Connection, laptop: Laptop, digests: Iterable[str], thumbs: Iterable[str] = ()) -> _May:
    """Those files that a row names which this laptop may read, if those for whom it was made have delivered the file.

    Of `thumbs` the thumbnail is enough, where it came from them.
    """
    scopes = scopes_read(laptop.reader) | {device_scope(laptop.dev)}
    named = _named(conn, digests)
    keys = {(type_name, uid) for type_name, uid, _ in named}
    placed, makers, came = placed_of(conn, keys), made_of(conn, keys), delivered.delivered(conn, named.values())
    small = set(thumbs)
    granted: set[str] = set()
    unproven: set[str] = set()
    for (type_name, uid, field_name), digest in named.items():
        key = (type_name, uid)
        level = visible(placed.get(key, {}), scopes)
        if level is None or not may_see(level, level_of(type_name)[field_name]) or key not in makers:
            continue
        kinds = {kind for body, kind in came.get(digest, ()) if body == makers[key].body}
        proven = delivered.FILE in kinds or (digest in small and delivered.THUMB in kinds)
        (granted if proven else unproven).add(digest)
    return _May(granted, unproven=unproven - granted)


def _sent_by(conn: Connection, laptop: Laptop, digests: Iterable[str]) -> _May:
    """Those files that a row names which this laptop may write, or which its user made: his role may have ended."""
    scopes = scopes_read(laptop.reader)
    named = _named(conn, digests)
    keys = {(type_name, uid) for type_name, uid, _ in named}
    placed, makers = placed_of(conn, keys), made_of(conn, keys)
    may = _May(set(), side=laptop.reader.person)
    for (type_name, uid, field_name), digest in named.items():
        key = (type_name, uid)
        level = visible(placed.get(key, {}), scopes)
        own = key in makers and makers[key].person == laptop.reader.person
        if own or may_write(laptop.reader, type_name, level, {field_name: level_of(type_name)[field_name]}) is None:
            may.granted.add(digest)
            may.bodies.setdefault(digest, set()).update({makers[key].body} if key in makers else ())
    came = delivered.delivered(conn, may.granted)
    seen = _seen_by(conn, laptop, may.granted).granted
    for digest in may.granted:
        may.bodies[digest] -= {body for body, kind in came.get(digest, ()) if kind == delivered.FILE}
        if digest in seen or not may.bodies[digest]:
            may.has.add(digest)
    return may


def _named(conn: Connection, digests: Iterable[str]) -> dict[tuple[str, str, str], str]:
    """(type, uid, field) → file, for the rows that name one of these and are not deleted."""
    out: dict[tuple[str, str, str], str] = {}
    wanted = sorted(set(digests))
    for type_name, name in NAMED:
        c = wire_table(type_name).c
        for i in range(0, len(wanted), _SLICE):
            for r in conn.execute(select(c.uid, c[name]).where(c[name].in_(wanted[i:i + _SLICE]),
                                                               c.deleted_at.is_(None))):
                out[type_name, r.uid, name] = r[1]
    return out


def add_indexes(conn: Connection) -> None:
    """Let versions and confirmations be found by their file; a desk reads those of one visit only."""
    if conn.dialect.name == "postgresql":   # two processes that start together would both make them
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    for type_name, name in NAMED[1:]:
        conn.execute(text(f'CREATE INDEX IF NOT EXISTS "hub_{type_name}_{name}" ON "{type_name}" ("{name}")'))
