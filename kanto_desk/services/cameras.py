"""The cameras of this computer: which there are, the pictures one of them sends, and one of those kept as a photo.

OpenCV is loaded when a camera is opened and not before: it is large, and most visits do without it. Everything here
waits for a device, so it belongs on a thread of its own.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import picture_origin

WIDTH, HEIGHT = 1920, 1080
"""What a camera is asked for, px; one that cannot gives what comes nearest."""

_NUMBERS = 4   # device numbers tried where the system cannot be asked which cameras there are
_TRIES, _BETWEEN_SECONDS = 5, 0.05   # a camera that has just woken up may miss a picture or two
_LINUX_CAMERAS, _LINUX_DEVICES = Path("/sys/class/video4linux"), Path("/dev")
_SETTINGS: Final = {
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",   # Windows: without it some cameras take 20 s to open
    "OPENCV_AVFOUNDATION_SKIP_AUTH": "1",   # macOS: OpenCV may ask for leave on the main thread only; the system does
}


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera. `source` is its device number; a path of a video file, or of numbered pictures, stands for one as well.

    `sure`: the system names it. Otherwise it is a number that may or may not be one.
    """

    source: int | Path
    name: str
    sure: bool = True


def found() -> list[Camera]:
    """The cameras of this computer in the order of their numbers; nothing is opened. May wait for the system."""
    if sys.platform == "win32" or sys.platform == "darwin":   # neither can be asked without more libraries
        return [Camera(n, tr("カメラ {n}", n=n + 1), sure=False) for n in range(_NUMBERS)]
    return named_by_linux(_LINUX_CAMERAS)


def named_by_linux(folder: Path) -> list[Camera]:
    """The cameras in a folder as Linux lists them, without the second device of a camera, which sends no pictures."""
    cameras = []
    with contextlib.suppress(OSError):
        for device in folder.glob("video[0-9]*"):
            with contextlib.suppress(OSError, ValueError):   # pulled out at this moment
                if int((device / "index").read_text("ascii")) == 0:
                    number = int(device.name.removeprefix("video"))
                    name = (device / "name").read_text("utf-8", "replace").split(":")[0].strip()
                    cameras.append(Camera(number, name or tr("カメラ {n}", n=number + 1)))
    return sorted(cameras, key=lambda one: one.source)


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture for the screen: rows of blue, green, red, a byte each, `3 × width` bytes a row."""

    width: int
    height: int
    content: bytes


class Shot:
    """One picture of a camera, as it came."""

    def __init__(self, pixels: Any) -> None:
        self._pixels = pixels

    @property
    def width(self) -> int:
        """Its width, px."""
        return int(self._pixels.shape[1])

    @property
    def height(self) -> int:
        """Its height, px."""
        return int(self._pixels.shape[0])

    def fitted(self, width: int, height: int) -> Pixels:
        """The picture no larger than so many px, for the screen."""
        cv2 = _library()
        share = min(1.0, width / self.width, height / self.height)
        size = max(1, round(self.width * share)), max(1, round(self.height * share))
        small = self._pixels if share == 1.0 else cv2.resize(self._pixels, size, interpolation=cv2.INTER_AREA)
        return Pixels(*size, small.tobytes())

    def photo(self, at: datetime) -> bytes:
        """The picture as a JPEG file that says when it was taken."""
        from PIL import Image

        image = Image.frombytes("RGB", (self.width, self.height), self._pixels.tobytes(), "raw", "BGR")
        out = io.BytesIO()
        image.save(out, "JPEG", quality=95)
        return picture_origin.stamped(out.getvalue(), at)


class Stream:
    """Pictures of an open camera, one after the other. `close` lets the device go."""

    def __init__(self, camera: Camera, capture: Any) -> None:
        self.camera, self._capture = camera, capture
        self._pause = 0.0
        if isinstance(camera.source, Path):   # a file comes as fast as it can be read; a camera does not
            rate = capture.get(_library().CAP_PROP_FPS)
            self._pause = 1 / rate if 1 <= rate <= 60 else 1 / 15
        self._due = time.monotonic()

    def read(self) -> Shot | None:
        """Wait for the next picture; None when the camera sends no more: it was pulled out or switched off."""
        cv2 = _library()
        for _ in range(1 if self._pause else _TRIES):
            try:
                there, pixels = self._capture.read()
            except cv2.error:
                return None
            if there and pixels is not None:
                time.sleep(max(0.0, self._due - time.monotonic()))
                self._due = max(self._due, time.monotonic()) + self._pause
                return Shot(pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR))
            time.sleep(_BETWEEN_SECONDS)
        return None

    def close(self) -> None:
        """Let the device go."""
        self._capture.release()


@contextlib.contextmanager
def opened(cameras: Sequence[Camera]) -> Iterator[Stream]:
    """The first of these cameras that opens, until the end of the block.

    Raises Refused, with what to do, when none does: busy, forbidden, not there, or no library to open one with.
    """
    if not cameras:
        raise Refused(tr("使えるカメラが見つかりません。"))
    for camera in cameras:
        capture = _capture(camera)
        if capture is not None:
            stream = Stream(camera, capture)
            try:
                yield stream
            finally:
                stream.close()
            return
    raise Refused(_why_not(cameras))


def gone_words(camera: Camera) -> str:
    """What is said when a camera sends no more."""
    return tr("「{name}」から映像が届かなくなりました。撮った写真はそのままです。", name=camera.name)


def _capture(camera: Camera) -> Any:
    """An open device of OpenCV's; None when it does not open."""
    cv2 = _library()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)   # what does not open is told in our words
    usual = cv2.CAP_ANY
    source: int | str = str(camera.source) if isinstance(camera.source, Path) else camera.source
    if isinstance(source, int):   # naming the system's own way saves trying, and complaining of, all others
        usual = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform, usual)
    try:
        capture = cv2.VideoCapture(source, usual)
    except cv2.error:
        return None
    if not capture.isOpened():
        capture.release()
        return None
    if isinstance(source, int):
        if usual == cv2.CAP_V4L2:   # raw pictures of this size come five times a second through many a USB cable
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
    return capture


def _why_not(cameras: Sequence[Camera]) -> str:
    camera = cameras[0]
    if not camera.sure:
        return tr("使えるカメラが見つかりません。ほかのプログラムが使っていれば、それを閉じると使えます。")
    device = _LINUX_DEVICES / f"video{camera.source}"
    if device.exists() and not os.access(device, os.R_OK | os.W_OK):
        return tr("「{name}」を使うことが許されていません。パソコンの設定でカメラを許すと使えます。", name=camera.name)
    return tr("「{name}」を使えません。ほかのプログラムが使っていれば、それを閉じると使えます。", name=camera.name)


def _library() -> Any:
    """OpenCV. Raises Refused where this installation has none."""
    loaded = sys.modules.get("cv2")
    if loaded is not None:
        return loaded
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import cv2
    except ImportError as error:
        raise Refused(tr("このパソコンの関東デスクには、カメラを使う部品が入っていません。")) from error
    return cv2
