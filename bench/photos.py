"""Taking in the photos of a card: 60 of 12 megapixels, and how long the window's thread stands still meanwhile."""

from __future__ import annotations

import io
import os
import statistics
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

COUNT, SIZE = 60, (4032, 3024)


def shots(folder: Path, count: int, begin: datetime) -> list[Path]:
    """Photos with as much detail as a factory floor gives: about 4 MB each."""
    from PIL import Image, ImageFilter

    noise = Image.frombytes("RGB", (504, 378), os.urandom(504 * 378 * 3)).resize(SIZE, Image.Resampling.BICUBIC)
    noise = Image.blend(noise, noise.filter(ImageFilter.GaussianBlur(12)), 0.35)
    files = []
    for n in range(count):
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Canon", "Canon EOS R50"
        exif.get_ifd(0x8769)[0x9003] = f"{begin + timedelta(minutes=n):%Y:%m:%d %H:%M:%S}"
        out = io.BytesIO()
        noise.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if n % 2 else noise
        turned = noise.crop((0, 0, *SIZE)) if n % 2 else noise
        turned.putpixel((n, n), (255, 0, 0))
        turned.save(out, "JPEG", quality=92, exif=exif.tobytes())
        files.append(folder / f"IMG_{n:04d}.JPG")
        files[-1].write_bytes(out.getvalue())
    return files


def main(count: int = COUNT) -> None:
    """Print seconds for all, and the longest and median step of an event loop that gets a key every 10 ms."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from bench.window import BenchWindow
    from kanto_desk.clock import JST
    from kanto_desk.db.keys import Cost
    from kanto_desk.services import consultations, organizations, photos
    from kanto_desk.services import desk as desks
    from kanto_desk.ui.theme import controller

    QApplication.instance() or QApplication([])
    controller().start("light")
    with tempfile.TemporaryDirectory() as folder:
        desk = desks.create(Path(folder) / "home", "a passphrase", person="高橋 直子", cost=Cost(1, 1024, 1))
        company = organizations.create(desk.store, {"name": "株式会社 湖南精工"})
        visit = consultations.create(desk.store, company)
        files = shots(Path(folder), count, datetime.now(JST).replace(hour=9, minute=0))
        window = BenchWindow(desk)
        page = window.open(visit)
        box = page.record.capture.text
        steps = []
        begun = time.perf_counter()
        page.photo_import.add_files(files)
        while len(photos.pictures(desk.store, visit)) < count if not page.photo_import.running else True:
            before = time.perf_counter()
            QTest.keyClick(box, "a")
            QApplication.processEvents()
            steps.append(time.perf_counter() - before)
            time.sleep(0.01)
        seconds = time.perf_counter() - begun
        megabytes = sum(file.stat().st_size for file in files) / 1e6
        print(f"{count} photos of {SIZE[0]}×{SIZE[1]}, {megabytes:.0f} MB: {seconds:.1f} s; key to glyph meanwhile "
              f"median {statistics.median(steps) * 1000:.1f} ms, worst {max(steps) * 1000:.1f} ms ({len(steps)} keys)")
        window.end()
        desk.close()


if __name__ == "__main__":
    main()
