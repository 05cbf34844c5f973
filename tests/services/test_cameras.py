"""Which cameras there are, what they send, and what is said where there is none."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.services import cameras, pictures
from kanto_desk.services.cameras import Camera
from tests.films import camera, film

AT = datetime(2026, 11, 24, 14, 30, 5, tzinfo=JST)


def device(root: Path, number: int, name: str, index: int = 0) -> None:
    folder = root / f"video{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n", "utf-8")
    (folder / "index").write_text(f"{index}\n", "ascii")


def test_linux_names_its_cameras_without_their_second_devices(tmp_path: Path) -> None:
    device(tmp_path, 10, "USB Document Camera: USB Docume")
    device(tmp_path, 0, "Integrated Camera: Integrated C")
    device(tmp_path, 1, "Integrated Camera: Integrated C", index=1)
    device(tmp_path, 2, "")
    assert cameras.named_by_linux(tmp_path) == [
        Camera(0, "Integrated Camera"), Camera(2, "カメラ 3"), Camera(10, "USB Document Camera")]
    assert cameras.named_by_linux(tmp_path / "none") == []


def test_a_camera_sends_pictures_until_it_is_gone(tmp_path: Path) -> None:
    with cameras.opened([camera(film(tmp_path / "film.avi", 5))]) as stream:
        sizes = []
        while (shot := stream.read()) is not None:
            sizes.append((shot.width, shot.height))
    assert sizes == [(320, 240)] * 5


def test_numbered_pictures_are_a_camera_as_well(tmp_path: Path) -> None:
    for n in range(3):
        Image.new("RGB", (64, 48), "teal").save(tmp_path / f"picture_{n}.png")
    with cameras.opened([camera(tmp_path / "picture_%d.png")]) as stream:
        shots = [stream.read() for _ in range(4)]
    assert [shot is not None for shot in shots] == [True, True, True, False]


def test_a_shot_becomes_a_photo_with_its_time_and_its_colours(tmp_path: Path) -> None:
    with cameras.opened([camera(film(tmp_path / "film.avi", 1, (640, 480)))]) as stream:
        shot = stream.read()
        assert shot is not None
    photo = shot.photo(AT)
    with Image.open(io.BytesIO(photo)) as image:
        red, green, blue = image.convert("RGB").getpixel((600, 240))
    assert image.size == (640, 480) and abs(red - 200) < 8 and abs(green - 90) < 8 and abs(blue - 40) < 8
    told = pictures.origin(photo)
    assert told.taken_at == AT and told.camera == ""


def test_a_shot_is_made_smaller_for_the_screen_and_never_larger(tmp_path: Path) -> None:
    with cameras.opened([camera(film(tmp_path / "film.avi", 1, (640, 480)))]) as stream:
        shot = stream.read()
        assert shot is not None
    small, same = shot.fitted(200, 300), shot.fitted(2000, 2000)
    assert (small.width, small.height, len(small.content)) == (200, 150, 200 * 150 * 3)
    assert (same.width, same.height) == (640, 480)


def test_the_first_camera_that_opens_is_taken(tmp_path: Path) -> None:
    there = camera(film(tmp_path / "film.avi", 1), sure=False)
    with cameras.opened([camera(tmp_path / "no.avi", sure=False), there]) as stream:
        assert stream.camera is there


@pytest.mark.parametrize(("asked", "words"), [
    ([], "使えるカメラが見つかりません。"),
    ([Camera(97, "内蔵カメラ")], "「内蔵カメラ」を使えません。ほかのプログラムが使っていれば、それを閉じると使えます。"),
    ([Camera(97, "カメラ 1", sure=False)], "使えるカメラが見つかりません。ほかのプログラムが使っていれば、それを閉じると使えます。"),
])
def test_without_a_camera_it_says_so(asked: list[Camera], words: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Refused) as refused, cameras.opened(asked):
        pass
    assert refused.value.message == words
    assert capfd.readouterr().err == "", "the library's own words are for nobody"


def test_without_the_library_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = film(tmp_path / "film.avi", 1)
    monkeypatch.setitem(sys.modules, "cv2", None)   # what Python finds where it is not installed
    with pytest.raises(Refused) as refused, cameras.opened([camera(path)]):
        pass
    assert "カメラを使う部品が入っていません" in refused.value.message


def test_the_library_is_loaded_for_a_camera_only() -> None:
    program = ("import sys\n"
               "import kanto_desk.app, kanto_desk.ui.frame, kanto_desk.ui.pages.consultation.page\n"
               "from kanto_desk.services import cameras\n"
               "cameras.found()\n"
               "print([name for name in ('cv2', 'numpy') if name in sys.modules])\n"
               "try:\n"
               "    with cameras.opened([cameras.Camera(97, 'x')]):\n"
               "        pass\n"
               "except Exception as error:\n"
               "    print(type(error).__name__)\n"
               "print([name for name in ('cv2', 'numpy') if name in sys.modules])\n")
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, encoding="utf-8")
    assert done.stdout.split("\n")[:3] == ["[]", "Refused", "['cv2', 'numpy']"], done.stderr
