"""Picture files as cameras and phones write them, made by Pillow: real bytes with real Exif."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

PHONE = Path(__file__).parent / "data" / "phone.heic"
"""A HEIC of 320×240, turned by 90°, taken by an iPhone 15 on 24 November 2026 at 13:45:10 +09:00 near Suwa."""


def photo(taken: datetime | None = None, *, size: tuple[int, int] = (640, 480), colour: str = "teal",
          model: str = "EOS R50", serial: str = "0123", offset: str = "", place: bool = False, turned: int = 1,
          words: str = "", form: str = "JPEG", **saved: Any) -> bytes:
    """A photo of one colour with a word on it; its camera is a Canon unless told otherwise."""
    image = Image.new("RGB", size, colour)
    ImageDraw.Draw(image).text((12, 12), words or str(taken), fill="white")
    exif = Image.Exif()
    if model:
        exif[0x010F], exif[0x0110] = "Canon", model
    if turned != 1:
        exif[0x0112] = turned
    inner = {}
    if taken is not None:
        inner[0x9003] = f"{taken:%Y:%m:%d %H:%M:%S}"
    if offset:
        inner[0x9011] = offset
    if serial:
        inner[0xA431] = serial
    if inner:
        exif.get_ifd(0x8769).update(inner)
    if place:
        exif.get_ifd(0x8825).update({1: "N", 2: (36.0, 2.0, 20.0), 3: "E", 4: (138.0, 6.0, 50.0)})
    out = io.BytesIO()
    image.save(out, form, exif=exif.tobytes(), **saved)
    return out.getvalue()


def card(folder: Path, *photos: bytes, first: int = 1) -> Path:
    """An SD card as a camera leaves it, with these photos; gives its root."""
    inside = folder / "DCIM" / "100CANON"
    inside.mkdir(parents=True, exist_ok=True)
    for n, content in enumerate(photos, first):
        (inside / f"IMG_{n:04d}.JPG").write_bytes(content)
    return folder
