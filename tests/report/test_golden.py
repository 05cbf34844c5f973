"""The sheets look as they did when somebody last looked at them."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageFilter

from tests.report.golden import FOLDER, pages

TOLERATED = 0.002    # share of the area that may differ visibly: hinting and smoothing of other PDFium builds


def differing(seen: Image.Image, kept: Image.Image) -> float:
    """The share of pixels that differ by more than a shade after slight blurring."""
    assert seen.size == kept.size
    softly = [image.filter(ImageFilter.BoxBlur(1)) for image in (seen, kept)]
    histogram = ImageChops.difference(*softly).histogram()
    return sum(histogram[48:]) / (seen.width * seen.height)


def test_pages_look_as_kept() -> None:
    for name, seen in pages():
        with Image.open(FOLDER / name) as kept:
            assert differing(seen, kept) <= TOLERATED, f"{name} differs; look at it, then: python -m tests.report.golden"


def test_a_moved_table_would_be_seen() -> None:
    """The comparison is not blind: a page shifted by three points is told apart."""
    name, seen = next(pages())
    with Image.open(FOLDER / name) as kept:
        assert differing(ImageChops.offset(seen, 0, 3), kept) > 10 * TOLERATED
