"""Every screen in both themes looks as it did when somebody last looked at it; see golden.py for how to draw them anew."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from tests.ui import golden


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Image.Image]]:
    return golden.draw_all(tmp_path_factory.mktemp("screens"))


@pytest.mark.parametrize("sheet", golden.SHEETS)
def test_every_screen_looks_as_it_did(drawn: dict[str, dict[str, Image.Image]], sheet: str) -> None:
    told = golden.faults(sheet, drawn[sheet], golden.kept(sheet))
    assert not told, "\n".join([*told, "look at it; if it is meant: python -m tests.ui.golden --redraw"])


def test_the_pictures_stay_small() -> None:
    files = [*golden.KEPT.rglob("*.png")]
    assert len(files) > 40 and sum(file.stat().st_size for file in files) < golden.MOST_BYTES


# What must not pass unseen

@pytest.fixture
def screen(drawn: dict[str, dict[str, Image.Image]]) -> Image.Image:
    return drawn["ja-light"]["visit-record"]


def moved(picture: Image.Image, area: tuple[int, int, int, int], by: int) -> Image.Image:
    """The picture with a part of it some px further right, at half size."""
    out = picture.copy()
    part = picture.crop(area)
    ImageDraw.Draw(out).rectangle(area, fill=picture.getpixel((area[0] - 2, area[1])))
    out.paste(part, (area[0] + by, area[1]))
    return out


def seen(picture: Image.Image, before: Image.Image) -> bool:
    return bool(golden.faults("s", {"x": picture}, {"x": before}))


def test_a_moved_button_is_seen(drawn: dict[str, dict[str, Image.Image]]) -> None:
    home = drawn["ja-light"]["today"]
    left, right = home.width - 100, home.width - 20   # 新しい相談, right above
    area = (left, 44, right, 70)
    assert seen(moved(home, area, -4), home), "8 px in the window"


def test_another_colour_is_seen(screen: Image.Image) -> None:
    accent, other = Image.new("RGB", screen.size, "#23459F"), Image.new("RGB", screen.size, "#236A9F")
    near = ImageChops.difference(screen, accent).convert("L").point(lambda off: 255 * (off < 10))
    assert near.getbbox() is not None
    assert seen(Image.composite(other, screen, near), screen)


def test_a_shade_over_the_whole_page_is_seen(screen: Image.Image) -> None:
    assert seen(screen.point([max(0, level - 9) for level in range(256)] * 3), screen)


def test_smoothing_that_differs_a_little_is_not(screen: Image.Image) -> None:
    assert not seen(screen.point([min(255, level + 2) for level in range(256)] * 3), screen)
    with Image.open(io.BytesIO(golden.as_kept(screen))) as kept:
        assert not seen(kept.convert("RGB"), screen)


def test_a_screen_that_is_new_gone_or_of_another_size_is_told(screen: Image.Image) -> None:
    assert golden.faults("s", {"x": screen}, {}) == ["s/x is new"]
    assert golden.faults("s", {}, {"x": screen}) == ["s/x is no longer drawn"]
    assert seen(screen.crop((0, 0, 100, 100)), screen)


def test_drawing_anew_keeps_the_files_of_screens_that_look_the_same(screen: Image.Image, tmp_path: Path) -> None:
    assert golden.redraw({"s": {"x": screen, "y": screen}}, tmp_path) == 2
    assert golden.redraw({"s": {"x": screen, "y": moved(screen, (100, 100, 200, 160), 12)}}, tmp_path) == 1
    assert golden.redraw({"s": {"x": screen}}, tmp_path) == 0 and not (tmp_path / "s" / "y.png").exists()
