"""What the copy of a picture is: size, turn, colours, tags; which files are refused and why."""

from __future__ import annotations

import io
import os
import struct
import zlib
from datetime import datetime, timedelta, timezone

import pytest
from PIL import Image

from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.services import picture_origin, pictures
from tests.photographs import PHONE, photo

AT = datetime(2026, 11, 24, 13, 45, tzinfo=JST)


def saved(image: Image.Image, form: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


def test_a_copy_is_small_upright_and_tells_time_and_camera_alone() -> None:
    made = pictures.prepare(photo(AT, size=(4000, 3000), place=True, turned=6))
    copy = opened(made.jpeg)
    assert copy.size == (made.width, made.height) and max(copy.size) <= 2048 and copy.height > copy.width
    exif = copy.getexif()
    assert dict(exif.get_ifd(0x8825)) == {} and exif.get(0x0112, 1) == 1
    assert made.taken_at == AT and made.origin.camera_name == "Canon EOS R50"
    assert pictures.origin(made.jpeg) == made.origin == pictures.origin(made.thumb), "copy and thumbnail tell the same"
    assert max(opened(made.thumb).size) == pictures.THUMB


def test_the_place_stays_only_where_it_is_wished() -> None:
    kept = opened(pictures.prepare(photo(AT, place=True), keep_place=True).jpeg).getexif()
    assert kept.get_ifd(0x8825)[1] == "N"


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG", "TIFF"])
def test_an_original_loses_its_place_and_nothing_else(form: str) -> None:
    content = photo(AT, place=True, form=form)
    assert pictures.original(content, keep_place=True) == content
    bare = pictures.original(content)
    assert bare is not None and len(bare) == len(content) and bare != content
    one, other = opened(content), opened(bare)
    assert one.convert("RGB").tobytes() == other.convert("RGB").tobytes()
    assert one.getexif().get_ifd(0x8825) and not other.getexif().get_ifd(0x8825)
    assert other.getexif().get_ifd(0x8769)[0x9003] == "2026:11:24 13:45:00"


def test_noise_that_will_not_shrink_is_brought_under_the_limit() -> None:
    noise = Image.frombytes("RGB", (3000, 3000), os.urandom(27_000_000))
    made = pictures.prepare(saved(noise, "PNG", compress_level=1))
    assert len(made.jpeg) <= pictures.MOST_BYTES and opened(made.jpeg).size == (made.width, made.height)


def test_a_phone_picture_is_read_turned_and_timed() -> None:
    content = PHONE.read_bytes()
    made = pictures.prepare(content)
    assert (made.width, made.height) == (240, 320), "turned once, not twice"
    assert made.taken_at == datetime(2026, 11, 24, 13, 45, 10, tzinfo=timezone(timedelta(hours=9)))
    assert made.origin.camera == "Apple iPhone 15"
    red, green, blue = opened(made.jpeg).getpixel((200, 20))   # the orange quarter came to the upper right
    assert red > 200 and green > 120 and blue < 80
    bare = pictures.original(content)
    assert bare is not None and len(bare) == len(content) and pictures.prepare(bare).jpeg == made.jpeg


@pytest.mark.parametrize(("image", "form", "expected"), [
    (Image.new("CMYK", (40, 30), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
    (Image.new("P", (40, 30), 3), "PNG", None),
    (Image.new("RGBA", (40, 30), (255, 0, 0, 0)), "PNG", (255, 255, 255)),
    (Image.new("I;16", (40, 30), 32768), "PNG", (128, 128, 128)),
    (Image.new("I;16", (40, 30), 32768), "TIFF", (128, 128, 128)),
    (Image.new("LA", (40, 30), (90, 255)), "PNG", (90, 90, 90)),
    (Image.new("1", (40, 30), 1), "TIFF", (255, 255, 255)),
    (Image.new("L", (40, 30), 200), "BMP", (200, 200, 200)),
])
def test_every_kind_of_colours_comes_through(image: Image.Image, form: str, expected: tuple[int, ...] | None) -> None:
    copy = opened(pictures.prepare(saved(image, form)).jpeg)
    assert copy.mode == "RGB" and copy.size == (40, 30)
    if expected is not None:
        assert all(abs(a - b) <= 6 for a, b in zip(copy.getpixel((20, 15)), expected, strict=True))


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_moving_pictures_the_first_is_kept(form: str) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    content = saved(frames[0], form, save_all=True, append_images=frames[1:], duration=100)
    red, _green, blue = opened(pictures.prepare(content).jpeg).getpixel((20, 15))
    assert red > 200 > 60 > blue


def bomb() -> bytes:
    """A PNG that says it is 60,000 by 60,000."""
    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("content", "reason"), [
    (b"", "空のファイル"),
    (b"no picture at all", "写真として読めない"),
    (b"%PDF-1.7 and so on", "写真として読めない"),
    (photo(AT)[:3000], "途中で切れている"),
    (photo(AT, form="PNG")[:400], "途中で切れている"),
    (PHONE.read_bytes()[:600], "写真"),
    (bomb(), "大きすぎます（60000×60000）"),
])
def test_what_is_no_picture_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        pictures.prepare(content)
    assert reason in refused.value.message


def test_nonsense_in_the_tags_harms_nothing() -> None:
    content = bytearray(photo(AT, place=True))
    at = content.index(b"2026:11:24")
    content[at:at + 10] = b"0000:99:99"
    made = pictures.prepare(bytes(content))
    assert made.taken_at is None and made.origin.camera_name == "Canon EOS R50"


@pytest.mark.parametrize("camera", ["", "Sample camera"])
@pytest.mark.parametrize("zone", [JST, timezone(timedelta(hours=-3, minutes=-30))])
def test_a_stamp_is_read_back_and_leaves_the_picture_as_it_was(camera: str, zone: timezone) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(out, "JPEG")
    plain, at = out.getvalue(), datetime(2026, 11, 24, 13, 34, 5, tzinfo=zone)
    made = picture_origin.stamped(plain, at, camera)
    with Image.open(io.BytesIO(made)) as picture:
        told = picture_origin.read(picture.getexif())
        assert not picture_origin.has_place(picture.getexif())
    assert told.taken_at == at and told.camera == camera
    assert made[:2] == plain[:2] and made.endswith(plain[2:])
