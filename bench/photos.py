"""Taking in the photos of a card, 60 of 12 megapixels, and what typing costs meanwhile."""

from __future__ import annotations

import io
import os
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, sleep

from PySide6.QtTest import QTest

from bench.measuring import Figures, Line, spread
from bench.window import application, shown_frame
from kanto_desk.clock import JST
from kanto_desk.db.keys import Cost
from kanto_desk.services import consultations, organizations, photos
from kanto_desk.services import desk as desks
from kanto_desk.ui.pages.consultation.page import ConsultationPage

COUNT, SIZE = 60, (4032, 3024)
LINES = (
    Line("60 photos of 12 megapixels into the record", "photos_s", "s"),
    Line("— key press to glyph meanwhile, median", "key median ms", "ms", limit=16),
    Line("— 95th percentile", "key p95 ms", "ms", limit=50),
    Line("— worst", "key worst ms", "ms", limit=50),
)


def run(home: Path, count: int = COUNT) -> Figures:
    """Import the photos in the real window, a key every 10 ms into the capture box; seconds and milliseconds."""
    app = application()
    home.mkdir(parents=True, exist_ok=True)
    files = _shots(home, count)
    desk = desks.create(home / "desk", "諏訪湖の朝", person="高橋 直子", cost=Cost(1, 1024, 1))
    times: list[float] = []
    try:
        company = organizations.create(desk.store, {"name": "株式会社 湖南精工"})
        visit = consultations.create(desk.store, company)
        with shown_frame(desk) as window:
            window.open_consultation(visit)
            page = window.frame.places.current
            assert isinstance(page, ConsultationPage)
            text, over = page.record.capture.text, list[object]()
            text.setFocus()
            page.photo_import.ended.connect(over.append)
            begun = perf_counter()
            page.photo_import.add_files(files)
            while not over:
                app.processEvents()
                start = perf_counter()
                QTest.keyClicks(text, "a")
                text.viewport().repaint()
                times.append((perf_counter() - start) * 1000)
                sleep(0.01)
            seconds = perf_counter() - begun
            if len(photos.pictures(desk.store, visit)) != count:
                raise RuntimeError("not every photo came in")
    finally:
        desk.close()
    return {"photos_s": seconds, **spread(times, "key")}


def _shots(folder: Path, count: int) -> list[Path]:
    """Photos with fine detail, 4–5 MB each, one a minute; every one differs from the others."""
    from PIL import Image

    coarse = Image.frombytes("RGB", (1008, 756), os.urandom(1008 * 756 * 3))
    picture = coarse.resize(SIZE, Image.Resampling.BICUBIC)
    begin = datetime.now(JST).replace(hour=9, minute=0, second=0)
    exif, files = Image.Exif(), []
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS R50"
    exif.get_ifd(0x8769)[0x9003] = f"{begin:%Y:%m:%d %H:%M:%S}"
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88, exif=exif.tobytes())
    content = out.getvalue()
    for n in range(count):
        taken = begin + timedelta(minutes=n)
        files.append(folder / f"IMG_{n:04d}.JPG")
        before, after = (f"{at:%Y:%m:%d %H:%M:%S}".encode() for at in (begin, taken))
        files[-1].write_bytes(content.replace(before, after))
    return files


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, value in run(Path(folder)).items():
            print(f"{name}: {value:.2f}")
