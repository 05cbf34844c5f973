"""The signature pad: pen, finger and mouse make the same strokes, which may be taken back."""

from __future__ import annotations

import ctypes
import math
from dataclasses import replace

import pypdfium2
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QPointingDeviceUniqueId, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kanto_desk.report.confirmation import PEN
from kanto_desk.report.consultation_sheet import Confirmation, render
from kanto_desk.ui.signature_pad import SignaturePad
from tests.report.samples import EMPTY

PATH = ((40, 30), (80, 60), (160, 90))
SIZE = (354, 130)   # at 100 %


@pytest.fixture
def pad(qtbot: QtBot) -> SignaturePad:
    made = SignaturePad()
    qtbot.addWidget(made)
    made.resize(*SIZE)
    with qtbot.waitExposed(made):
        made.show()
    return made


def mouse(pad: SignaturePad) -> None:
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(*PATH[0]))
    QTest.mouseMove(pad, QPoint(*PATH[1]))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(*PATH[2]))


def pen(pad: SignaturePad) -> None:
    device = QPointingDevice("pen", 1, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
                             QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 1, "",
                             QPointingDeviceUniqueId())
    kinds = (QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease)
    for kind, place in zip(kinds, PATH, strict=True):
        at = QPointF(*place)
        event = QTabletEvent(kind, device, at, at, 0.5, 0, 0, 0, 0, 0, Qt.KeyboardModifier.NoModifier,
                             Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton)
        QApplication.sendEvent(pad, event)


def touch(pad: SignaturePad) -> None:
    device = QTest.createTouchDevice()
    finger = QTest.touchEvent(pad, device, False)
    finger.press(0, QPoint(*PATH[0]), pad)
    finger.commit(True)
    finger.move(0, QPoint(*PATH[1]), pad)
    finger.commit(True)
    finger.release(0, QPoint(*PATH[2]), pad)
    finger.commit(True)


@pytest.mark.parametrize("by", [mouse, pen, touch])
def test_pen_finger_and_mouse_make_the_same_stroke(pad: SignaturePad, by: object, qtbot: QtBot) -> None:
    blank = pad.grab().toImage()
    with qtbot.waitSignal(pad.changed):
        by(pad)   # type: ignore[operator]
    assert pad.strokes() == (tuple((round(x / SIZE[0], 4), round(y / SIZE[1], 4)) for x, y in PATH),)
    assert pad.grab().toImage() != blank


def test_strokes_stay_within_the_unit_box(pad: SignaturePad) -> None:
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(900, -50))
    assert pad.strokes()[0][-1] == (1.0, 0.0)


def test_strokes_are_taken_back_one_by_one_or_all(pad: SignaturePad, qtbot: QtBot) -> None:
    for _ in range(3):
        mouse(pad)
    QTest.keyClick(pad, Qt.Key.Key_Backspace)
    assert len(pad.strokes()) == 2 and "2画" in pad.accessibleDescription()
    pad.clear()
    assert pad.is_empty() and pad.accessibleName() == "署名欄"
    with qtbot.assertNotEmitted(pad.changed):
        pad.undo_stroke()
        pad.clear()


def test_kept_strokes_are_shown_again(pad: SignaturePad, qtbot: QtBot) -> None:
    mouse(pad)
    other = SignaturePad()
    qtbot.addWidget(other)
    other.set_strokes([[list(point) for point in stroke] for stroke in pad.strokes()])
    assert other.strokes() == pad.strokes()
    with pytest.raises(ValueError, match="unit box"):
        other.set_strokes([[(1.2, 0.5)]])


def test_a_second_device_does_not_break_into_a_stroke(pad: SignaturePad) -> None:
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(*PATH[0]))
    touch(pad)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(*PATH[1]))
    assert len(pad.strokes()) == 1


def pen_boxes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of every path drawn in the colour of the pen, in points."""
    found, parts = [], [ctypes.c_uint() for _ in range(4)]
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        for path in page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_PATH]):
            pypdfium2.raw.FPDFPageObj_GetStrokeColor(path, *(ctypes.byref(part) for part in parts))
            if [part.value for part in parts[:3]] == [round(one * 255) for one in PEN]:
                left, low, right, top = path.get_bounds()
                found.append((right - left, top - low))
    document.close()
    return found


@pytest.mark.parametrize("size", [(354, 130), (420, 100), (220, 120)])
def test_a_circle_signed_on_a_pad_of_any_shape_is_a_circle_on_paper_and_on_another_pad(
        pad: SignaturePad, size: tuple[int, int], qtbot: QtBot) -> None:
    pad.resize(*size)
    circle = [QPoint(round(90 + 40 * math.cos(n / 16 * math.pi)), round(50 + 40 * math.sin(n / 16 * math.pi)))
              for n in range(33)]
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=circle[0])
    for point in circle[1:]:
        QTest.mouseMove(pad, point)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=circle[-1])
    sheet = replace(EMPTY, state="final", confirmation=Confirmation("宮坂", "", None, "pen", pad.strokes()))
    assert [width / height for width, height in pen_boxes(render(sheet).pdf)] == [pytest.approx(1, abs=0.03)]
    other = SignaturePad()
    qtbot.addWidget(other)
    other.resize(*SIZE)
    other.set_strokes(pad.strokes())
    drawn = other.path(other.strokes()[0]).boundingRect()
    assert drawn.width() / drawn.height() == pytest.approx(1, abs=0.03)
