"""Draws every screen and page into docs/screens/: contact sheets for Japanese and English, light and dark.

`python3 start.py screens [--only NAME] [--size 1366x768]`. Real windows on a real encrypted desk with the sample data
and a clock that stands still; run it after every change to a screen, open the sheets and look.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import pypdfium2  # noqa: E402
from PIL import Image  # noqa: E402
from PySide6.QtCore import QEventLoop, QPoint, QRect, QSize, Qt, QTimer  # noqa: E402
from PySide6.QtGui import QColor, QImage, QPainter  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from kanto_desk import app as desk_app  # noqa: E402
from kanto_desk import i18n  # noqa: E402
from kanto_desk.clock import JST  # noqa: E402
from kanto_desk.db import local  # noqa: E402
from kanto_desk.db.keys import Cost  # noqa: E402
from kanto_desk.i18n import Language  # noqa: E402
from kanto_desk.services import (  # noqa: E402
    care,
    consultations,
    organizations,
    samples,
    sheets,
    timeline,
    views,
)
from kanto_desk.services import desk as desks  # noqa: E402
from kanto_desk.services.cameras import Camera  # noqa: E402
from kanto_desk.ui.dialogs.box import Box  # noqa: E402
from kanto_desk.ui.dialogs.first_passphrase import FirstPassphraseBox  # noqa: E402
from kanto_desk.ui.page import Volume  # noqa: E402
from kanto_desk.ui.pages.organizations.fact import FactLine  # noqa: E402
from kanto_desk.ui.theme import controller, look  # noqa: E402

OUT = ROOT / "docs" / "screens"
CHEAP = Cost(passes=1, memory_kib=1024, lanes=1)
PASSPHRASE = "諏訪湖の朝"
CARDS: list[Volume] = []   # what is plugged in
CAMERAS: list[Camera] = []
LINES = (
    ("said", "いまは自動車用の細径パイプが売上の7割。来年から受注が2割減る見込み。"
             "医療機器に出たいが、何から始めるか分からない。"),
    ("issue", "ISO 13485 の取得計画が社内で決まらない（品質担当が1名）。"),
    ("issue", "内面の面粗さ Ra0.2 の測定手段がない。"),
    ("advice", "まず委託加工として参入し、認証は2年計画に分ける。"
               "面粗さの測定は県の工業技術センターの機器利用で足りる。"),
    ("promise", "工業技術センターへの機器利用の申し込み（湖南精工 宮坂さん・12/4 まで）"),
    ("promise", "本郷の医療機器メーカー2社へ紹介"),
    ("memo", "社長は慎重。品質担当の宮坂さんが進め役になりそう。"),
)


class Clock:
    """Stands still between steps."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, 42, tzinfo=JST)

    def __call__(self) -> datetime:
        return self.now


def wait(ms: int = 250) -> None:
    """Let the window, its writer and its workers do what they have to."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def until(ready: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so; ends with an error instead of a wrong picture."""
    for _ in range(int(seconds * 20)):
        if ready():
            return
        wait(50)
    raise SystemExit("a screen did not come up")


def prepared(home: Path, clock: Clock) -> str:
    """A desk with sample data, one visit being written; gives the visit's uid."""
    desk = desks.create(home, PASSPHRASE, person="高橋 直子", organization="関東産業支援センター", clock=clock,
                        cost=CHEAP)
    try:
        with desk.store.write() as conn:   # by chance otherwise, and it stands in every number of a record
            conn.execute(local.device.update().values(dev="7e3a51c09b24d86f", part="P7QK"))
        samples.load(desk)
        visit = next(v for v in consultations.listing(desk.store) if v.state == "draft" and v.ended_at is None)
        clock.now = clock.now.replace(hour=13, minute=30)
        consultations.start(desk.store, visit.uid)
        for n, (kind, text) in enumerate(LINES):
            clock.now = clock.now.replace(minute=34 + n * 3)
            timeline.add(desk.store, visit.uid, kind, text)
    finally:
        desk.close()
    return visit.uid


def screens(window: Any, visit: str) -> Iterator[tuple[str, QWidget]]:
    """Every screen in turn, shown."""
    frame = window.frame
    for place in ("today", "visits", "companies", "match", "figures", "sync"):
        frame.places.show_place(place)
        wait(500)
        yield place, window
        if place == "today":
            today = frame.places.current
            today.open_undone("unsigned", i18n.tr("署名がまだの記録"))
            wait(400)
            yield "today-undone", window
            today.back_to_cards()
            frame.top.remove.click()
            until(frame.sample_removal.isVisible)
            yield "today-samples-go", window
            frame.sample_removal.keep.click()
            wait(200)
        if place == "figures":
            yield from figures(window, frame.places.current)
    frame.open_consultation(visit)
    wait(600)
    page = frame.places.current
    for tab in ("record", "summary", "photos", "sign"):
        page.go_to(tab)
        wait(1500 if tab == "sign" else 500)
        yield f"visit-{tab}", window
    form = page.go_to("summary").forms["visit"].editor("form")
    form.setFocus()
    form.selectAll()
    form.insert("屋台")
    form.textEdited.emit("屋台")
    wait(200)
    yield "visit-new-code", window
    form.set_value("20")
    page.go_to("record")
    yield from photo_screens(window, page)
    yield from camera_screens(window, page)
    size = window.size()
    page.set_client_view(True)
    window.showNormal()   # a full screen without a display has a size of its own
    window.resize(size)
    until(page.client.view.ready)
    wait(300)
    yield "client-view", window
    page.set_client_view(False)
    window.showNormal()
    window.resize(size)
    company = next(v for v in consultations.listing(window.desk.store) if v.uid == visit).organization_uid
    frame.open_consultation(consultations.create(window.desk.store, company))
    wait(600)
    yield "visit-empty", window
    frame.places.close_record()
    signed = next(v for v in consultations.listing(window.desk.store) if v.state == "final")
    frame.open_consultation(signed.uid)
    wait(900)
    yield "visit-signed", window
    frame.places.current.go_to("photos")
    wait(900)
    yield "visit-signed-photos", window
    frame.open_organization(signed.organization_uid)
    wait(700)
    yield "company", window
    until(lambda: any(line.isVisible() for line in frame.places.current.findChildren(FactLine)))
    first = next(line for line in frame.places.current.findChildren(FactLine) if line.isVisible())
    first.setFocus()
    first.unfold()
    frame.do("rename_company")
    wait(300)
    yield "company-renamed", window
    frame.places.current.renaming.hide()
    frame.do("edit_line")
    wait(500)
    yield "company-edited", window
    frame.do("edit_line")
    wait(300)
    frame.do("new_company")
    wait(500)
    yield "new-company", window
    frame.places.current.back_to_list()
    for name, kept in (("諏訪の加工", {"query": "すわ"}), ("ごぶさたの長野", {"not_visited": True})):
        views.keep(window.desk.store, "companies", name, kept)
    frame.syncing.look_at_unsent()   # the top bar would count them with the next save, at any moment of what follows
    for panel in ("views", "columns"):
        frame.do(panel)
        wait(400)
        yield f"companies-{panel}", window
        frame.do(panel)
    frame.places.current.filters.box.setText("ぬぬぬ")
    wait(800)
    yield "no-hits", window
    frame.places.current.filters.clear()
    wait(300)
    frame.do("search")
    wait(200)
    frame.palette_.box.setText("すわ")
    wait(500)
    yield "palette", window
    frame.palette_.close_palette()
    frame.open_consultation(visit)
    wait(500)
    frame.do("phrase")
    wait(300)
    yield "set-phrases", window
    frame.phrasing.panel.close_palette()
    frame.do("find")
    frame.places.current.find_bar.box.setText("認証")
    wait(300)
    yield "find-in-record", window
    frame.places.current.find_bar.close_bar()
    page = frame.places.current
    page.go_to("sign")
    wait(900)
    frame.do("find")
    page.find_bar.box.setText("測定")
    until(lambda: bool(page._tabs["sign"].view.marked()))
    wait(400)
    yield "find-on-paper", window
    page.find_bar.close_bar()
    page.go_to("record")
    wait(200)
    for action in ("phrases", "settings", "keys", "history", "recovery_key"):
        frame.do(action)
        until(lambda: bool(boxes()))
        wait(300)
        yield action, boxes()[0]
        for box in boxes():
            box.close()
        wait(100)
    gone = organizations.create(window.desk.store, {"name": "信濃架空工業", "phone": "0266-00-0000"})
    organizations.delete(window.desk.store, gone)
    frame.do("bin")
    until(lambda: bool(boxes()))
    wait(600)
    yield "bin", boxes()[0]
    boxes()[0].close()
    wait(100)
    care.backup(window.desk)
    frame.do("restore")
    until(lambda: bool(boxes()))
    restore: Any = boxes()[0]
    wait(300)
    yield "restore", restore
    restore.lines[0].click()
    wait(300)
    yield "restore-preview", restore
    restore.done(0)
    first = FirstPassphraseBox(frame)
    first.open()
    wait(300)
    yield "first-passphrase", first
    first.close()


def figures(window: Any, page: Any) -> Iterator[tuple[str, QWidget]]:
    """The figures by issue, as a table, and the list behind a number."""
    page.chart.choose("issue")
    wait(300)
    yield "figures-by-issue", window
    page.chart.as_table.click()
    wait(200)
    yield "figures-table", window
    page.chart.as_table.click()
    page.chart.choose("month")
    page.cards.cards[2].click()
    wait(300)
    yield "figures-behind", window
    page.back_to_figures()


def photo_screens(window: Any, page: Any) -> Iterator[tuple[str, QWidget]]:
    """A card is plugged in, its photos are shown and taken; one is asked for its time, seen large, moved."""
    with tempfile.TemporaryDirectory() as folder:
        root = a_card(Path(folder) / "EOS_DIGITAL")
        CARDS.append(Volume(root, root.name))
        page.coming.watch.look_now()
        until(page.coming.strip.isVisible)
        yield "photo-card-offered", window
        page.add_photos()
        until(lambda: page.coming.panel.grid.cells() and not page.coming.panel.waiting)
        wait(300)
        yield "photo-card", window
        page.coming.panel.grid.pressed_key.emit(Qt.Key.Key_T.value)
        wait(200)
        yield "photo-card-clock", window
        page.coming.panel.clock.given_up.emit()
        page.coming.panel.ok.click()
        until(lambda: not page.photo_import.running and page.photo_import.count() > 3)
        wait(500)
        yield "photo-taken", window
        page.photo_import.add_files([root / "DCIM" / name for name in ("note.jpg", "gone.jpg")])
        until(lambda: page.coming.strip.shown == "refused")
        tab = page.go_to("photos")
        wait(600)
        tab.grid.choose([cell.key for cell in tab.grid.cells()][:3])
        tab.details.give_consent("yes")
        wait(400)
        yield "visit-photos-chosen", window
        page.coming.strip.away.click()
        tab.grid.choose([])
        tab.ask_time()
        wait(300)
        yield "visit-photos-time", window
        tab.clock.given_up.emit()
        tab.open_large(tab.grid.current())
        wait(400)
        yield "visit-photo-large", window
        tab.viewer.closed.emit()
        tab.ask_line()
        wait(200)
        yield "visit-photo-line", window
        tab.chooser.closed.emit()
        CARDS.clear()
        page.coming.watch.look_now()
        wait(200)
    page.go_to("record")


def camera_screens(window: Any, page: Any) -> Iterator[tuple[str, QWidget]]:
    """The camera of this computer: its live picture, no camera at all, and the paper that it may photograph."""
    panel = page.coming.camera
    with tempfile.TemporaryDirectory() as folder:
        CAMERAS[:] = [Camera(a_film(Path(folder)), "Integrated Camera"), Camera(0, "USB Camera")]
        page.coming.open_camera()
        until(lambda: not panel.live.image.isNull())
        yield "camera", window
        CAMERAS.clear()
        page.coming.close_panel()
        page.coming.open_camera()
        until(panel.trouble.isVisible)
        yield "camera-none", window
        page.coming.close_panel()
        sign = page.go_to("sign")
        sign.form.set_method("paper")
        wait(600)
        yield "sign-paper", window
        sign.form.set_method("pen")
        panel.feed.released(5.0)
    page.go_to("record")


def a_film(folder: Path) -> Path:
    """A film that stands still: one sample photo, as often as it takes."""
    shot = next(iter(sorted((ROOT / "resources" / "sample" / "photos").glob("*.jpg"))))
    for n in range(3000):
        (folder / f"film_{n:04d}.jpg").symlink_to(shot)
    return folder / "film_%04d.jpg"


def a_card(root: Path) -> Path:
    """A camera's card with photos of the visit (13:34 on) and of another day, and a file that is no picture."""
    inside = root / "DCIM"
    inside.mkdir(parents=True)
    shots = sorted((ROOT / "resources" / "sample" / "photos").glob("*.jpg"))
    for n, minute in enumerate((36, 36, 41, 44, 49, 52)):
        with Image.open(shots[n % len(shots)]) as picture:
            exif = Image.Exif()
            exif[0x010F], exif[0x0110] = "Canon", "Canon EOS R50"
            exif.get_ifd(0x8769)[0x9003] = f"2026:11:{23 if n == 5 else 24} 13:{minute}:{n * 7:02d}"
            turned = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if n >= len(shots) else picture
            turned.save(inside / f"IMG_{n + 1:04d}.JPG", exif=exif.tobytes(), quality=85)
    (inside / "note.jpg").write_bytes(b"no picture")
    return root


def boxes() -> list[QWidget]:
    """Boxes that stand above the window's page."""
    return [w for w in QApplication.allWidgets() if isinstance(w, Box) and w.isVisible()]


def sheet_of(pictures: list[tuple[str, QImage]], columns: int, width: int) -> QImage:
    """One picture with all of them and their names, every row as high as its highest."""
    rows = [pictures[i:i + columns] for i in range(0, len(pictures), columns)]
    heights = [max(min(p.height(), round(p.height() * width / p.width())) for _, p in row) + 26 for row in rows]
    out = QImage(QSize(columns * (width + 12) + 12, sum(heights) + 12 * (len(rows) + 1)), QImage.Format.Format_RGB32)
    out.fill(QColor(Qt.GlobalColor.darkGray))
    painter = QPainter(out)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for n, (name, picture) in enumerate(pictures):
        row = n // columns
        at = QPoint(12 + n % columns * (width + 12), 12 * (row + 1) + sum(heights[:row]))
        painter.setPen(QColor(Qt.GlobalColor.white))
        painter.drawText(QRect(at, QSize(width, 22)), Qt.AlignmentFlag.AlignVCenter, name)
        shown = picture.scaled(QSize(width, heights[row] - 26), Qt.AspectRatioMode.KeepAspectRatio,
                               Qt.TransformationMode.SmoothTransformation)
        painter.drawImage(at + QPoint(0, 24), shown)
    painter.end()
    return out


def pages(home: Path, clock: Clock, visit: str, language: Language) -> list[tuple[str, QImage]]:
    """The printed sheet, draft and signed, page by page."""
    desk = desks.unlock(home, PASSPHRASE, clock=clock, cost=CHEAP)
    try:
        signed = next(v for v in consultations.listing(desk.store) if v.state == "final")
        found = []
        for name, uid in (("draft", visit), ("signed", signed.uid)):
            printed = sheets.pdf(sheets.sheet(desk.store, desk.blobs, uid, language=language), language)
            document = pypdfium2.PdfDocument(printed.pdf)
            for n, page in enumerate(document, 1):
                bitmap = page.render(scale=1.6, rev_byteorder=True).to_pil().convert("RGBA")
                image = QImage(bitmap.tobytes(), bitmap.width, bitmap.height, QImage.Format.Format_RGBA8888).copy()
                found.append((f"{name} {n}", image))
            document.close()
        return found
    finally:
        desk.close()


def gates(home: Path, clock: Clock, language: Language, scheme: str, size: QSize) -> Iterator[tuple[str, QImage]]:
    """The screens before a desk is open: first run and unlock."""
    for name, where in (("first-run", home.parent / "nothing-yet"), ("unlock", home)):
        window = desk_app.build(where, language, clock, options={"cost": CHEAP}, volumes=lambda: CARDS,
                               cameras=lambda: CAMERAS)
        window.set_scheme(scheme)
        window.resize(size)
        window.show()
        wait(300)
        yield name, window.grab().toImage()
        window.close()
        window.deleteLater()
        wait(50)


def synced(size: QSize) -> Iterator[tuple[str, QImage]]:
    """Sync between two desks over a real hub: what goes, under way, receipt, contested and refused, by USB stick.

    The pages of a desk that was forgotten stand behind them. Their states are those that tests walk through.
    """
    from tests.ui.screens import gates as tested_gates
    from tests.ui.synced import sync_screens

    with tempfile.TemporaryDirectory() as folder:
        for name, shown in sync_screens(Path(folder), size.width(), size.height()):
            wait(200)
            yield name.replace(" ", "-"), shown.grab().toImage()
    for name, shown in tested_gates((size.width(), size.height())):
        if name.startswith("forgotten"):
            wait(200)
            yield name.replace(" ", "-"), shown.grab().toImage()


def drawn(language: Language, scheme: str, size: QSize, *,
          stand_still: bool = False) -> Iterator[tuple[list[tuple[str, QImage]], Path, Clock, str]]:
    """Every screen in a language and theme, with the folder, clock and visit that they were drawn from.

    `stand_still` waits at each until nothing moves and leaves out the footer, which tells of what was just done.
    """
    with tempfile.TemporaryDirectory() as folder:
        clock, home = Clock(), Path(folder) / "home"
        i18n.use(language)
        visit = prepared(home, clock)
        pictures = list(gates(home, clock, language, scheme, size))
        window = desk_app.build(home, language, clock, options={"cost": CHEAP}, volumes=lambda: CARDS,
                               cameras=lambda: CAMERAS)
        window.set_scheme(scheme)
        window.resize(size)
        window.show()
        window._unlock(PASSPHRASE)
        until(lambda: window.frame is not None)
        for name, shown in screens(window, visit):
            pictures.append((name, still(window, shown) if stand_still else shown.grab().toImage()))
        window.close()
        wait(300)
        window.deleteLater()
        wait(50)
        if not stand_still:   # what tests compare is drawn without a hub
            pictures += synced(size)
        yield pictures, home, clock, visit


def still(window: Any, shown: QWidget) -> QImage:
    """The picture of a screen once its threads are idle and it has stopped changing, without its footer."""
    frame = window.frame

    def taken() -> QImage:
        frame.jobs.wait_idle()
        frame.saving.drain()
        picture = shown.grab().toImage()
        if shown is window and frame.footer.isVisible():
            painter = QPainter(picture)
            painter.fillRect(QRect(frame.footer.mapTo(window, QPoint()), frame.footer.size()), look().color("surface"))
            painter.end()
        return picture
    before = taken()
    for _ in range(40):
        wait(120)
        now = taken()
        if now == before:
            return now
        before = now
    raise SystemExit("a screen goes on changing")


def main() -> None:
    """Make every sheet, or those named."""
    options = argparse.ArgumentParser()
    options.add_argument("--only", default="", help="part of a sheet's name, such as ja-light")
    options.add_argument("--size", default="1366x768")
    options.add_argument("--single", type=Path, help="also write every screen as a file of its own into this folder")
    options.add_argument("--still", type=Path, help="write only what tests compare: each screen standing still, here")
    chosen = options.parse_args()
    size = QSize(*(int(n) for n in chosen.size.split("x")))
    application = QApplication(sys.argv[:1])
    application.setCursorFlashTime(0)   # a cursor that blinks is there or not by chance
    OUT.mkdir(parents=True, exist_ok=True)
    for language in ("ja", "en"):
        for scheme in ("light", "dark"):
            name = f"{language}-{scheme}"
            if chosen.only not in name:
                continue
            for pictures, home, clock, visit in drawn(language, scheme, size, stand_still=chosen.still is not None):
                if chosen.still:
                    chosen.still.mkdir(parents=True, exist_ok=True)
                    for screen, picture in pictures:
                        picture.save(str(chosen.still / f"{screen}.png"))
                    continue
                sheet_of(pictures, 3, 680).save(str(OUT / f"{name}.png"))
                if chosen.single:
                    chosen.single.mkdir(parents=True, exist_ok=True)
                    for screen, picture in pictures:
                        picture.save(str(chosen.single / f"{name}-{screen}.png"))
                if scheme == "light":
                    printed = pages(home, clock, visit, language)
                    sheet_of(printed, 3, 680).save(str(OUT / f"{language}-paper.png"))
                print(OUT.relative_to(ROOT) / f"{name}.png", len(pictures), "screens")
    controller().set_scheme("light")
    application.quit()


if __name__ == "__main__":
    main()
