"""A working session in a process of its own, with planted words everywhere. Stops at "open" until its input closes."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kanto_desk import app
from kanto_desk.clock import system_clock
from kanto_desk.db import backup
from kanto_desk.services import consultations, finalizing, finding, history, organizations, photos, samples, timeline
from kanto_desk.services import desk as desks
from kanto_desk.services.finalizing import Signature
from kanto_desk.ui.crash import CrashHandler
from tests.e2e.kill.child import when
from tests.e2e.kill.template import CHEAP, PASSPHRASE

COMPANY, LINE, MEMO, DRAFT, FIELD, CAPTION, SIGNER = WORDS = (
    "秘蔵葡萄電子工業", "内密の銀杏計画", "社長の本音は椿油", "書きかけの柘榴", "方針は𠮷野の櫻", "写真の説明は山椒", "署名は朧月太郎")


def picture() -> bytes:
    """A JPEG with a planted word in its tags."""
    out = io.BytesIO()
    image = Image.effect_noise((400, 300), 40).convert("RGB")
    exif = Image.Exif()
    exif[270] = CAPTION
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def prepare(home: Path) -> str:
    """The desk with sample data, a company and its visit."""
    desk = desks.create(home, PASSPHRASE, person="高橋 直子", cost=CHEAP)
    try:
        samples.load(desk)
        company = organizations.create(desk.store, {"name": COMPANY, "kana": "ヒゾウブドウ"})
        uid = consultations.create(desk.store, company)
        consultations.start(desk.store, uid)
        desk.store.set_setting("open_record", uid)
    finally:
        desk.close()
    return uid


def write(text: str, *, enter: bool) -> None:
    """What an input method sends to the box with the focus, then Enter."""
    box = QApplication.focusWidget()
    assert box is not None
    QApplication.sendEvent(box, QInputMethodEvent(text, []))
    if enter:
        event = QInputMethodEvent("", [])
        event.setCommitString(text)
        QApplication.sendEvent(box, event)
        QTest.keyClick(box, Qt.Key.Key_Return)


def main() -> int:
    """The session."""
    home = Path(sys.argv[1])
    uid = prepare(home)
    qt = QApplication(sys.argv[:1])
    window = app.build(home, "ja", options={"cost": CHEAP})
    crash = CrashHandler(home, system_clock)
    crash.folder_exists()
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    QTest.keyClicks(window.gate.passphrase, PASSPHRASE)  # type: ignore[union-attr]

    def work() -> None:
        frame, desk = window.frame, window.desk
        assert frame is not None and desk is not None
        page = frame.places.current
        assert page is not None
        frame.do("capture")
        write(LINE, enter=True)
        QTest.keyClick(QApplication.focusWidget(), "6", Qt.KeyboardModifier.ControlModifier)
        write(MEMO, enter=True)
        frame.settle()
        consultations.edit(desk.store, uid, {"direction": FIELD, "theme": LINE})
        photo = photos.attach(desk.store, desk.blobs, uid, picture(), CAPTION + ".jpg", caption=CAPTION, consent="yes")
        assert photo and photos.thumbnail(desk.blobs, photos.of_consultation(desk.store, uid)[0].hash or "", 96)
        timeline.add(desk.store, uid, "advice", LINE)
        history.undo(desk.store, ("consultation", uid))
        assert finding.find(desk.store, LINE[3:6])
        for tab in ("summary", "photos", "sign"):
            page.go_to(tab)  # type: ignore[attr-defined]
            QTest.qWait(300)
        window.grab()
        assert finalizing.finalize(desk.store, desk.blobs, uid, Signature(SIGNER, "", "typed")).pdf.startswith(b"%PDF")
        finalizing.correct(desk.store, uid, LINE)
        backup.make(desk.folder, desk.key, desk.clock, "hand")
        sys.excepthook(*_an_error())
        when(lambda: crash.box is not None, draft)

    def draft() -> None:
        assert crash.box is not None and window.frame is not None
        crash.box.accept()
        window.activateWindow()
        when(lambda: crash.box is None and window.isActiveWindow(), draft_again)

    def draft_again() -> None:
        assert window.frame is not None
        page = window.frame.places.current
        page.refresh(frozenset({("consultation", uid)}))  # type: ignore[union-attr]
        window.frame.do("capture")
        when(lambda: QApplication.focusWidget() is not None, lambda: write(DRAFT, enter=False))
        when(lambda: consultations.draft(window.desk.store, uid) is not None, pause)  # type: ignore[union-attr]

    def pause() -> None:
        print("open", flush=True)
        sys.stdin.readline()
        window.close()
        crash.close()
        print("closed", flush=True)
        qt.quit()

    window.desk_opened.connect(lambda: when(
        lambda: window.frame is not None and window.frame.places.here == ("consultation", uid)
        and not window.frame.saving.waiting, work))
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
    return qt.exec()


def _an_error() -> tuple[type[BaseException], BaseException, object]:
    try:
        raise ValueError(LINE)
    except ValueError as error:
        return type(error), error, error.__traceback__


if __name__ == "__main__":
    sys.exit(main())
