"""The messages between desk and hub, and their bytes: JSON in a zstd frame, names and never positions (SYNC.md).

Decoding is bounded: a body may not unpack to more than its limit, whatever it claims about itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec
import zstandard
from msgspec import structs

from kanto_desk.db.apply import Change
from kanto_desk.db.evolution import STEPS, Step, raised
from kanto_desk.fields import Json
from kanto_desk.japanese.text import clean_text
from kanto_desk.sync import short_form

VERSION: Final = 1
"""Version of the protocol, carried by every request; a hub names the versions it speaks."""

MOST_CHANGES: Final = 5_000
MOST_BYTES: Final = 4 * 1024 * 1024
"""A batch holds at most so many changes and so many bytes before compression."""

MOST_UNPACKED: Final = 8 * MOST_BYTES
"""A message that unpacks to more than this is refused while it is unpacked."""

MOST_LETTERS: Final = 200
"""Names, uids and moments of a change are no longer than this; texts stand in its fields."""

T = TypeVar("T")


class Garbled(ValueError):
    """Bytes that are no message of ours. `reason` is a word for the log, without content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WireChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change as it travels; the fields are those of `kanto_desk.db.apply.Change`."""

    dev: str
    seq: int
    hlc: str
    sv: int
    tx: str
    type: str
    uid: str
    by: str
    wall: str
    set: dict[str, Json] = {}
    base: dict[str, list[str]] = {}


class StoredChange(msgspec.Struct, frozen=True):
    """A change of the journal on its way out: its JSON goes on the wire as it is stored, read by nobody in between."""

    dev: str
    seq: int
    hlc: str
    sv: int
    tx: str
    type: str
    uid: str
    by: str
    wall: str
    set: msgspec.Raw
    base: msgspec.Raw


class WireRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row as it stands at the hub: per field every value alive, by stamp; for scopes that begin to see it."""

    type: str
    uid: str
    at: int
    """The hub's running number up to which the row holds everything."""
    fields: dict[str, dict[str, Json]] = {}
    sv: int = 0
    """The schema version whose names the fields have."""
    gone: dict[str, list[str]] = {}
    """Per field the stamps that were superseded before their values came: they must not come to life when they do."""


class WireLeave(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row, or some of its fields, that the reader may no longer see."""

    type: str
    uid: str
    fields: list[str] | None = None


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing a desk did not know; exactly one of the three is set. `id` is the hub's running number."""

    id: int
    change: WireChange | None = None
    row: WireRow | None = None
    leave: WireLeave | None = None


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the hub says of a pushed change that it did not simply accept: `held` or `refused`, with a reason code."""

    seq: int
    state: str
    reason: str


class Vouched(msgspec.Struct, frozen=True, omit_defaults=True):
    """The code that a hub gave for the changes after `first` up to `last`, shown when they are sent again."""

    first: int
    last: int
    code: str
    without: list[int] = []
    """Those between them for which it does not stand: not accepted, or not in that push."""
    seqs: list[int] = []
    hashes: str = ""
    """Where some of them are no longer at hand: all for which it stands, and base64 of the `content_hash` of each."""


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sync: what the desk has to send, and how far it has read in each scope."""

    v: int
    epoch: str
    cursors: dict[str, int] = {}
    push: list[WireChange] = []
    """On the desk's side `StoredChange`s, which look the same on the wire."""
    first: int = 0
    """The seq before the first pushed change: the hub refuses a gap."""
    sv: int = 0
    """The schema version of the asking program: it is answered in the names of that version."""
    keys: bool = False
    """The laptop does not know to which keys bundles for this hub are sealed."""
    authority: str = ""
    """The beginning of the fingerprint of the next authority, where the laptop has learned one."""
    unsent: int = 0
    """Changes that wait behind these, for the secretariat's page."""
    vouched: list[Vouched] = []
    """Codes for pushed changes that a hub accepted before, in order; a hub that does not know them asks as usual."""
    tried: int = 0
    """Up to this number changes left once, unanswered: a hub that went back since may have had them, and given them."""
    again: int = 0
    """The same of what left before this epoch began."""


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the hub did and what the desk lacks. `acked` is the highest seq of this device that is committed."""

    v: int
    epoch: str
    time: int
    acked: int
    backed_up: int = 0
    scopes: list[str] = []
    lost: list[str] = []
    """Scopes of which the laptop may hold rows that it may no longer see."""
    cursors: dict[str, int] = {}
    events: list[Event] = []
    verdicts: list[Verdict] = []
    more: bool = False
    sealing: str = ""
    signing: str = ""
    """Where they were asked for: the hub's age recipients (with blanks between) and its public Ed25519 key (base64)."""
    wanted: list[str] = []
    """Files that the hub misses and this laptop may have: it offers them again."""
    authority: str = ""
    """The certificate (PEM) of the authority that the hub will use next, until this laptop has said that it has it."""
    code: str = ""
    """Vouches for what was accepted of this push (`hub.vouching`); the laptop keeps it (`sync.vouched`)."""


def packed(message: msgspec.Struct, level: int = 3, *, short: bool = False) -> bytes:
    """The bytes of a message; `short`: for whoever understands the short form, which small ones then have."""
    plain = msgspec.json.encode(message)
    if short and len(plain) <= short_form.MOST_BYTES:
        return short_form.shortened(plain)
    return zstandard.ZstdCompressor(level=level).compress(plain)


class Begun:
    """A request of which the pushed changes are compressed already; what else it says follows when it is sent."""

    def __init__(self, batch: Sequence[StoredChange], level: int = 3) -> None:
        self._compressor = zstandard.ZstdCompressor(level=level).compressobj()
        self._head = self._compressor.compress(b'{"push":' + msgspec.json.encode(batch))

    def finished(self, request: Request) -> bytes:
        """The bytes of this request, which pushes exactly that batch. To be called once."""
        rest = msgspec.json.encode(structs.replace(request, push=[]))   # leaves `push` out
        return self._head + self._compressor.compress(b"," + rest[1:]) + self._compressor.flush()


def unpacked(body: bytes, kind: type[T], most: int = MOST_UNPACKED) -> T:
    """The message in these bytes. Raises Garbled for anything that is not one, or would unpack to over `most` bytes."""
    try:
        if short_form.is_short(body):
            plain = short_form.lengthened(body, most)
        else:
            plain = short_form.read_all(zstandard.ZstdDecompressor(max_window_size=1 << 27), body, most + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise Garbled("frame") from error
    if len(plain) > most:
        raise Garbled("size")
    try:
        return msgspec.json.decode(plain, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Garbled("shape") from error


def content_hash(change: WireChange) -> bytes:
    """SHA-256 over a change as its author pushed it; compared with nothing but another push of the same author."""
    return hashlib.sha256(_DETERMINISTIC.encode(change)).digest()


_DETERMINISTIC: Final = msgspec.json.Encoder(order="deterministic")


def outgoing(change: Change) -> WireChange:
    """A change as it travels."""
    return WireChange(f"{change.dev:016x}", change.seq, f"{change.hlc:016x}", change.sv, change.tx, change.type,
                      change.uid, change.by, change.wall, change.set, change.base)


def incoming(change: WireChange, steps: Sequence[Step] = STEPS) -> Change:
    """The change in a message, its texts cleaned once more (DECISIONS 14), in the names of this program's schema.

    Raises Garbled for impossible parts. What needs no cleaning is not copied.
    """
    try:
        dev, hlc = int(change.dev, 16), int(change.hlc, 16)
    except ValueError as error:
        raise Garbled("stamp") from error
    if len(change.dev) != 16 or len(change.hlc) != 16 or change.seq < 1 or not change.uid or not change.type:
        raise Garbled("stamp")
    if (not (change.seq < 1 << 63 and 0 <= change.sv < 1 << 31) or len(change.uid) > MOST_LETTERS
            or len(change.type) > MOST_LETTERS or len(change.tx) > MOST_LETTERS or len(change.by) > MOST_LETTERS
            or len(change.wall) > MOST_LETTERS):
        raise Garbled("size")
    if change.base and any(len(s) != 32 for stamps in change.base.values() for s in stamps):
        raise Garbled("base")
    sets = change.set
    for value in sets.values():
        if clean_text(value) is not value if isinstance(value, str) else value is not None:
            sets = {name: _clean(value) for name, value in sets.items()}
            break
    base = {name: list(stamps) for name, stamps in change.base.items()} if change.base else {}
    came = Change(dev, change.seq, hlc, change.sv, change.tx, change.type, change.uid, sets, base,
                  clean_text(change.by), change.wall)
    return raised(came, steps)


def _clean(value: Json) -> Json:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(v) for v in value]
    if isinstance(value, dict):
        return {clean_text(k): _clean(v) for k, v in value.items()}
    return value


def in_batches(changes: Iterable[Change]) -> Iterable[list[WireChange]]:
    """Changes in batches of at most MOST_CHANGES and MOST_BYTES; an operation (`tx`) is not cut while it fits."""
    batch: list[WireChange] = []
    size = 0
    whole: list[WireChange] = []
    for change in changes:
        wire = outgoing(change)
        if whole and whole[-1].tx != wire.tx:
            batch, size, ready = _joined(batch, size, whole)
            yield from ready
            whole = []
        whole.append(wire)
    if whole:
        batch, size, ready = _joined(batch, size, whole)
        yield from ready
    if batch:
        yield batch


def _joined(batch: list[WireChange], size: int,
            whole: list[WireChange]) -> tuple[list[WireChange], int, list[list[WireChange]]]:
    weight = len(msgspec.json.encode(whole))
    if batch and (size + weight > MOST_BYTES or len(batch) + len(whole) > MOST_CHANGES):
        return whole, weight, [batch]
    return batch + whole, size + weight, []


class Fill(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request for the rows of one scope, in order of type and uid after `after`; or, with `lost`, for what to forget.

    With `done` the laptop says that it has forgotten all of it.
    """

    v: int
    scope: str
    after: list[str] | None = None
    lost: bool = False
    done: bool = False
    sv: int = 0
    most: int = 0
    """A reply ends with the page that passes so many bytes; 0 leaves it to the hub."""


class Filled(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows of one scope; `upto` is the hub's number that these rows hold everything to."""

    v: int
    epoch: str
    upto: int
    events: list[Event] = []
    more: bool = False
    last: list[str] | None = None
    """Where the next page begins."""


class Enrol(msgspec.Struct, frozen=True, omit_defaults=True):
    """A laptop asks to take part: the one-time code, its id and the public halves of its keys (base64, age)."""

    v: int
    code: str
    dev: str
    name: str
    signing: str
    sealing: str
    sent: int = 0
    """Up to this number a hub may have had its changes: one that does not know it went back, or is another one."""


class Enrolled(msgspec.Struct, frozen=True, omit_defaults=True):
    """The hub's answer: whose laptop it is now, and what it needs to know of the hub."""

    v: int
    epoch: str
    hub: str
    person: str
    person_name: str
    body: str
    body_name: str
    base_code: str
    part: str
    time: int
    sealing: str = ""
    signing: str = ""
    lease_days: int = 0
    unlock: str = ""
    """So many days after its last contact the laptop opens only with an unlock code, known by this secret (hex)."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was not answered: a reason code, and what the desk needs to go on."""

    reason: str
    time: int = 0
    epoch: str = ""
    acked: int = -1
    retry_after: int = 0
    order: str = ""
    """With `revoked`: the signed order to wipe."""
