"""Picture files: read, made upright, scaled, freed of what they need not tell. Knows no record and no store.

Everything heavy here runs inside Pillow and libheif, which let go of the interpreter meanwhile: for a worker thread.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import picture_origin
from kanto_desk.services.picture_origin import Origin

LONG_SIDE: Final = 2048
MOST_BYTES: Final = 2_500_000
MOST_PIXELS: Final = 120_000_000
"""A picture that would unpack to more is refused, not opened."""
MOST_FILE_BYTES: Final = 200_000_000
THUMB: Final = 300

ENDINGS: Final = (".jpg", ".jpeg", ".heic", ".heif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif")
"""How the names of picture files end, in lower case."""

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")   # a phone's MPO is opened as JPEG
_HALF = 1900   # a JPEG whose half is no smaller than this is read at half size: four times less work, as sharp on paper


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready to be kept: JPEG bytes, size in pixels, its thumbnail, and what the camera said.

    `digest` is the SHA-256 of the file it was made of.
    """

    jpeg: bytes
    width: int
    height: int
    thumb: bytes
    origin: Origin
    digest: str

    @property
    def taken_at(self) -> datetime | None:
        """When it was taken by the camera's own clock; None if the file does not say."""
        return self.origin.taken_at


def prepare(content: bytes, *, keep_place: bool = False) -> Prepared:
    """Make the copy that a record keeps: upright, at most 2048 px and 2.5 MB, with time and camera as its only tags.

    `keep_place` leaves the place where it was taken. Raises Refused when the content is no picture that can be read.
    """
    from PIL import Image

    with _opened(content) as picture:
        exif = picture.getexif()
        origin = picture_origin.read(exif)
        tags = picture_origin.tags(exif, keep_place=keep_place)
        with _refusing():
            upright = _upright(picture, LONG_SIDE, exif)
    jpeg = _small_enough(upright, tags)
    small = upright.copy()
    small.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS, reducing_gap=3.0)
    with Image.open(io.BytesIO(jpeg)) as made:   # scaled once more where 2.5 MB asked for it
        width, height = made.size
    return Prepared(jpeg, width, height, _jpeg(small, 82, picture_origin.tags(exif)), origin,
                    hashlib.sha256(content).hexdigest())


def thumb(content: bytes, px: int = THUMB) -> bytes:
    """A JPEG of any picture file whose long side is at most `px` pixels. Raises Refused."""
    with _opened(content) as picture, _refusing():
        exif = picture.getexif()
        return _jpeg(_upright(picture, px, exif), 82, picture_origin.tags(exif))


def origin(content: bytes) -> Origin:
    """When and by which camera a picture was taken, from its first bytes or the whole file. Raises Refused."""
    with _opened(content) as picture:
        return picture_origin.read(picture.getexif())


def original(content: bytes, *, keep_place: bool = False) -> bytes | None:
    """A picture file as it is, its place blanked out unless wished; None where that cannot be done safely."""
    if keep_place:
        return content
    made = picture_origin.blanked(content)
    try:
        with _opened(made) as picture:
            told = picture_origin.has_place(picture.getexif())
    except Refused:
        return None
    return None if told else made


def _opened(content: bytes) -> Any:
    """A picture opened, not decoded yet. Raises Refused with the reason."""
    from PIL import Image

    if not content:
        raise Refused(tr("空のファイルです（0バイト）"))
    if len(content) > MOST_FILE_BYTES:
        raise Refused(tr("ファイルが大きすぎます（{mb} MB）", mb=len(content) // 1_000_000))
    formats: tuple[str, ...] = _FORMATS
    if _is_heif(content):
        from pi_heif import register_heif_opener  # loaded at the first picture of a phone only

        register_heif_opener()
        formats = ("HEIF",)
    Image.MAX_IMAGE_PIXELS = None   # our own limit stands below, before anything is decoded
    with _refusing():
        found = Image.open(io.BytesIO(content), formats=formats)
    if found.width * found.height > MOST_PIXELS:
        found.close()
        raise Refused(tr("写真が大きすぎます（{w}×{h}）", w=found.width, h=found.height))
    return found


class _refusing:
    """What Pillow says of a bad file, in the user's words."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        import struct

        from PIL import UnidentifiedImageError

        if isinstance(error, UnidentifiedImageError):
            raise Refused(tr("写真として読めないファイルです")) from error
        if isinstance(error, OSError | SyntaxError | ValueError | EOFError | struct.error | KeyError | TypeError):
            raise Refused(tr("写真が途中で切れているか、こわれています")) from error
        if isinstance(error, MemoryError):
            raise Refused(tr("写真が大きすぎて開けません")) from error


def _is_heif(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in (
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif")


def _upright(picture: Any, px: int, exif: Any) -> Any:
    """The first frame as RGB on white, turned as the camera says, its long side at most `px`."""
    from PIL import Image, ImageOps

    if picture.format in ("JPEG", "MPO"):
        long = max(picture.size)
        wanted = px if long // 2 < _HALF or px < LONG_SIDE else _HALF
        picture.draft("RGB", tuple(max(1, side * wanted // long) for side in picture.size))
    picture.load()
    flat = _on_white(_eight_bits(picture))
    flat.thumbnail((px, px), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if exif.get(0x0112, 1) not in (None, 1):
        flat.getexif()[0x0112] = exif[0x0112]
        flat = ImageOps.exif_transpose(flat)
    return flat


def _eight_bits(picture: Any) -> Any:
    """Grey values of 16 or 32 bits brought down to 8: Pillow alone would cut off all that is bright."""
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in ("I", "F"):
        low, high = picture.getextrema()
        by = 255 / (high - low) if high > low else 1.0
        return picture.convert("F").point(lambda value: value * by + -low * by).convert("L")
    return picture


def _on_white(picture: Any) -> Any:
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        full = picture.convert("RGBA")
        ground = Image.new("RGB", full.size, "white")
        ground.paste(full, mask=full.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _small_enough(picture: Any, tags: bytes) -> bytes:
    """A JPEG of at most 2.5 MB: first by quality, then by size."""
    from PIL import Image

    while True:
        for quality in (88, 80, 70, 60):
            made = _jpeg(picture, quality, tags)
            if len(made) <= MOST_BYTES:
                return made
        picture = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS)


def _jpeg(picture: Any, quality: int, tags: bytes) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=tags)
    return out.getvalue()
