"""Pictures on paper: photos as the JPEG files they are, QR codes and signatures as vectors.

Scales nothing: photos are scaled when they are attached. A photo's metadata (place, camera) never goes to the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.report.pdf_objects import ObjectWriter

Placement = tuple[int, int, int, int, int, int]
_UPRIGHT: Placement = (1, 0, 0, 1, 0, 0)
_PLACEMENTS: dict[int, Placement] = {   # Exif orientation → matrix of the unit square
    2: (-1, 0, 0, 1, 1, 0), 3: (-1, 0, 0, -1, 1, 1), 4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1), 6: (0, -1, 1, 0, 0, 1), 7: (0, 1, 1, 0, 0, 0), 8: (0, 1, -1, 0, 1, 0),
}
_SPACES = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK/Decode[1 0 1 0 1 0 1 0]"}


class Picture:
    """A JPEG ready to be embedded: its size as seen (upright), its data without metadata."""

    def __init__(self, image: bytes) -> None:
        self._data, self._size, components, turned = _read_jpeg(image)
        self._space = _SPACES[components]
        self.placement = _PLACEMENTS.get(turned, _UPRIGHT)
        width, height = self._size
        self.width, self.height = (height, width) if turned >= 5 else (width, height)

    def write(self, writer: ObjectWriter) -> int:
        """Add the image object; returns its number."""
        width, height = self._size
        return writer.add_stream(f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8"
                                 f"/ColorSpace{self._space}/Filter/DCTDecode", self._data, packed=True)


def _refuse() -> Refused:
    return Refused(tr("写真を読めません。JPEG の写真を付け直してください。"), "photos")


def _read_jpeg(image: bytes) -> tuple[bytes, tuple[int, int], int, int]:
    """Walk the segments: (data without application segments and comments, stored size, components, orientation)."""
    if image[:2] != b"\xff\xd8":
        raise _refuse()
    kept = [b"\xff\xd8"]
    size, components, turned = (0, 0), 0, 1
    at = 2
    while at + 4 <= len(image) and image[at] == 0xFF:
        marker = image[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = int.from_bytes(image[at + 2:at + 4], "big")
        segment = image[at:at + 2 + length]
        body = segment[4:]
        if marker == 0xE1 and body[:6] == b"Exif\0\0":
            turned = _orientation(body[6:])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and len(body) >= 6:
            size = (int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big"))
            components = body[5]
        if not (0xE1 <= marker <= 0xED or marker in (0xEF, 0xFE)):
            kept.append(segment)
        at += 2 + length
        if marker == 0xDA:
            if components not in _SPACES or not all(size):
                raise _refuse()
            kept.append(image[at:])
            return b"".join(kept), size, components, turned
    raise _refuse()


def _orientation(exif: bytes) -> int:
    """The orientation entry of an Exif block; 1 if it says none."""
    order = "little" if exif[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at:at + size], "little" if order == "little" else "big")

    start = number(4, 4)
    for entry in range(start + 2, start + 2 + 12 * min(number(start, 2), 64), 12):
        if number(entry, 2) == 0x0112:
            value = number(entry + 8, 2)
            return value if 1 <= value <= 8 else 1
    return 1


@lru_cache(maxsize=64)
def qr_path(content: str, side: float) -> str:
    """The dark modules of a QR code as one path from (0, 0), `side` points wide, error correction M."""
    import segno  # needed only here, and slow to load

    matrix = segno.make(content, error="m", boost_error=False, micro=False, mask=3).matrix
    unit = side / len(matrix)
    rectangles = []
    for row, modules in enumerate(matrix):
        y = side - (row + 1) * unit
        column, count = 0, len(modules)
        while column < count:
            if not modules[column]:
                column += 1
                continue
            end = column
            while end < count and modules[end]:
                end += 1
            rectangles.append(f"{column * unit:.3f} {y:.3f} {(end - column) * unit:.3f} {unit:.3f} re")
            column = end
    return " ".join(rectangles) + " f"


def stroke_path(strokes: Sequence[Sequence[tuple[float, float]]], width: float, height: float) -> str:
    """Pen strokes in a unit box (y down) as smooth curves in a box of `width` × `height` points (y up)."""
    parts: list[str] = []
    for stroke in strokes:
        points = [(x * width, (1.0 - y) * height) for x, y in stroke]
        if not points:
            continue
        parts.append(f"{points[0][0]:.2f} {points[0][1]:.2f} m")
        if len(points) == 1:
            parts.append(f"{points[0][0]:.2f} {points[0][1]:.2f} l")
        ring = [points[0], *points, points[-1]]
        for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
            parts.append(f"{bx + (cx - ax) / 6:.2f} {by + (cy - ay) / 6:.2f} {cx - (dx - bx) / 6:.2f} "
                         f"{cy - (dy - by) / 6:.2f} {cx:.2f} {cy:.2f} c")
    return " ".join(parts)
