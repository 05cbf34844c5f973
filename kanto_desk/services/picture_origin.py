"""What a picture tells of its making: the camera's time, the camera, the place. Reads and writes Exif alone."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from kanto_desk.clock import JST

_IFD, _GPS = 0x8769, 0x8825
_MAKE, _MODEL, _CHANGED, _ORIGINAL, _DIGITIZED = 0x010F, 0x0110, 0x0132, 0x9003, 0x9004
_OFFSETS = {_ORIGINAL: 0x9011, _DIGITIZED: 0x9012, _CHANGED: 0x9010}
_SERIAL = 0xA431
_OFFSET = re.compile(r"^([+-])(\d\d):(\d\d)$")
_KEPT_IFD: Final = (_ORIGINAL, _DIGITIZED, 0x9010, 0x9011, 0x9012, _SERIAL)


@dataclass(frozen=True, slots=True)
class Origin:
    """When the camera says a picture was taken (None: it does not), and which camera it was (empty: unknown).

    `camera` is make, model and serial number in one line: pictures of one camera share one clock.
    """

    taken_at: datetime | None = None
    camera: str = ""

    @property
    def camera_name(self) -> str:
        """The camera as people call it."""
        return self.camera.split("#")[0].strip()


def read(exif: Any) -> Origin:
    """Time and camera of a picture's Exif; without an offset the time is read as Japanese time."""
    inner = _part(exif, _IFD)
    make, model, serial = (_text(v) for v in (exif.get(_MAKE), exif.get(_MODEL), inner.get(_SERIAL)))
    name = model if make and model.lower().startswith(make.split()[0].lower()) else f"{make} {model}".strip()
    camera = f"{name}#{serial}" if serial else name
    for tag in (_ORIGINAL, _DIGITIZED, _CHANGED):
        value = inner.get(tag) or exif.get(tag)
        moment = _moment(_text(value), _text(inner.get(_OFFSETS[tag])))
        if moment is not None:
            return Origin(moment, camera)
    return Origin(None, camera)


def tags(exif: Any, *, keep_place: bool = False) -> bytes:
    """The Exif that a kept copy carries: time and camera, and the place if wished; nothing else."""
    from PIL import Image

    kept = Image.Exif()
    for tag in (_MAKE, _MODEL, _CHANGED):
        if _text(exif.get(tag)):
            kept[tag] = _text(exif[tag])
    inner = {tag: _text(value) for tag, value in _part(exif, _IFD).items() if tag in _KEPT_IFD and _text(value)}
    if inner:
        kept.get_ifd(_IFD).update(inner)
    place = _part(exif, _GPS) if keep_place else {}
    if place:
        kept.get_ifd(_GPS).update(place)
    try:
        return kept.tobytes() if len(kept) or inner or place else b""
    except (struct.error, TypeError, ValueError, OverflowError):   # a place that is no place
        return tags(exif) if keep_place else b""


def stamped(jpeg: bytes, at: datetime, camera: str = "") -> bytes:
    """The same JPEG, untouched but for telling when and by which camera it was taken; it must carry no Exif yet.

    `at` is written as the clock of its time zone shows it, with the offset; without a zone it is told without one.
    """
    from PIL import Image

    told = Image.Exif()
    if camera:
        told[_MODEL] = camera
    inner = told.get_ifd(_IFD)
    inner[_ORIGINAL] = f"{at:%Y:%m:%d %H:%M:%S}"
    if ahead := at.strftime("%z"):
        inner[_OFFSETS[_ORIGINAL]] = f"{ahead[:3]}:{ahead[3:5]}"
    block = told.tobytes()
    return jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:]


def blanked(content: bytes) -> bytes:
    """The same file with the place blanked out where it stands and nothing else touched.

    Works on every format that carries Exif or XMP as plain bytes (JPEG, HEIC, WebP, TIFF, PNG); whoever calls it reads
    the result back.
    """
    found = bytearray(content)
    for start in (m.start() for m in re.finditer(rb"(?:II\*\x00|MM\x00\*)", content)):
        _blank_gps(found, start)
    for xmp in re.finditer(rb"exif:GPS\w+\s*(?:=\s*(?:\"[^\"]*\"|'[^']*')|>[^<]*<)", content):
        text = bytes(found[xmp.start():xmp.end()])
        head = re.match(rb"exif:GPS\w+\s*(?:=\s*[\"']|>)", text)
        assert head is not None
        found[xmp.start() + head.end():xmp.end() - 1] = b" " * (xmp.end() - 1 - xmp.start() - head.end())
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        _seal_png(found)
    return bytes(found)


def _blank_gps(data: bytearray, start: int) -> None:
    """Overwrite the GPS directory of the Exif block that begins at `start`, values included."""
    order = "<" if data[start:start + 2] == b"II" else ">"

    def number(at: int, code: str) -> int:
        return int(struct.unpack_from(order + code, data, at)[0])

    try:
        first = start + number(start + 4, "I")
        for entry in range(first + 2, first + 2 + 12 * min(number(first, "H"), 200), 12):
            if number(entry, "H") != _GPS:
                continue
            gps = start + number(entry + 8, "I")
            count = min(number(gps, "H"), 64)
            for row in range(gps + 2, gps + 2 + 12 * count, 12):
                size = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}.get(number(row + 2, "H"), 1)
                length = size * number(row + 4, "I")
                if length > 4 and length < 65_536:
                    at = start + number(row + 8, "I")
                    data[at:at + length] = bytes(len(data[at:at + length]))
            end = min(len(data), gps + 2 + 12 * count)
            data[gps:end] = bytes(end - gps)   # a directory of no entries
    except struct.error:
        return   # bytes that only look like an Exif block


def _seal_png(data: bytearray) -> None:
    """Checksums of a PNG's text and Exif chunks after they were changed."""
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at:at + 4], "big")
        if bytes(data[at + 4:at + 8]) in (b"eXIf", b"iTXt"):
            body = bytes(data[at + 4:at + 8 + length])
            data[at + 8 + length:at + 12 + length] = zlib.crc32(body).to_bytes(4, "big")
        at += 12 + length


def has_place(exif: Any) -> bool:
    """Whether an Exif tells a place."""
    return any(tag != 0 for tag in _part(exif, _GPS))


def _part(exif: Any, tag: int) -> dict[int, Any]:
    """A sub-directory of an Exif; empty where it is missing or broken."""
    try:
        return dict(exif.get_ifd(tag))
    except (KeyError, TypeError, ValueError, struct.error, SyntaxError, OSError):
        return {}


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return " ".join(value.replace("\x00", " ").split()) if isinstance(value, str) else ""


def _moment(value: str, offset: str) -> datetime | None:
    try:
        plain = datetime.strptime(value[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    found = _OFFSET.match(offset)
    if found is None:
        return plain.replace(tzinfo=JST)
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if ahead >= timedelta(hours=24):
        return plain.replace(tzinfo=JST)
    return plain.replace(tzinfo=timezone(ahead if found[1] == "+" else -ahead))
