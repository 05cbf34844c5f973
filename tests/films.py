"""Films for a camera to show: real video files and rows of pictures, which OpenCV opens exactly as it does a device."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from kanto_desk.services.cameras import Camera

PER_SECOND = 15


def film(path: Path, pictures: int = 40 * PER_SECOND, size: tuple[int, int] = (320, 240),
         colour: tuple[int, int, int] = (40, 90, 200)) -> Path:
    """A film of one colour (blue, green, red) with a bar that moves; 40 s of it outlast every test."""
    width, height = size
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), PER_SECOND, size)
    assert writer.isOpened()
    for n in range(pictures):
        picture = np.full((height, width, 3), colour, np.uint8)
        left = n * 7 % (width - 20)
        picture[:, left:left + 20] = 255
        writer.write(picture)
    writer.release()
    return path


def camera(path: Path, name: str = "内蔵カメラ", *, sure: bool = True) -> Camera:
    """A camera that sends the pictures of a film."""
    return Camera(path, name, sure)
