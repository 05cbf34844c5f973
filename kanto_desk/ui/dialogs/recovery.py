"""回復用の鍵: shown once, to be written down or printed. Never kept on the screen or the disk afterwards."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.layout import Column, Row, boxed
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.text import Wrapped
from kanto_desk.ui.theme import look


class RecoveryBox(Box):
    """Emits `noted` when the user says that the key is written down."""

    noted = Signal()

    def __init__(self, parent: QWidget, key: str, print_key: Callable[[], None],
                 leaving: QWidget | None = None) -> None:
        super().__init__(parent, tr("回復用の鍵を控える"), width=600, height=440 if leaving is None else 690)
        self.shown = Wrapped(in_rows(key), "h2", selectable=True)
        self.shown.setAccessibleName(tr("回復用の鍵") + " " + key)
        self.shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.copy = Button(tr("写しとる"), "copy")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(key))
        self.paper = Button(tr("印刷"), "printer", key="Ctrl+P")
        self.paper.clicked.connect(print_key)
        self.on_print(self.paper.click)
        self.done_noting = Button(tr("控えました"), "check", "primary")
        self.done_noting.clicked.connect(self._noted)
        self.fill(Column(
            Wrapped(tr("合言葉を忘れたときは、この鍵で開けます。紙に書いて、パソコンとは別の所にしまいます。")),
            boxed("soft", Column(self.shown, margins=(16, 12, 16, 12))),
            Row(self.copy, self.paper, None),
            Notice("warn", tr("この鍵を見た人は、記録を開けます。前に控えた鍵は、もう使えません。")),
            *([leaving] if leaving is not None else []),
            None, space=12, margins=(24, 16, 24, 16)), self.done_noting)
        self.done_noting.setFocus(Qt.FocusReason.OtherFocusReason)

    def _noted(self) -> None:
        self.noted.emit()
        self.accept()


def in_rows(key: str) -> str:
    """The groups of a key in rows of three, so that the eye keeps its place while copying."""
    groups = key.split("-")
    return "\n".join("-".join(groups[at:at + 3]) for at in range(0, len(groups), 3))


def sheet(key: str, person: str, day: str) -> bytes:
    """One A4 page with the key, to be kept on paper. Drawn by Qt's own PDF writer; nothing of it stays on the disk."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(300)
    writer.setPageLayout(QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait,
                                     QMarginsF(25, 25, 25, 25), QPageLayout.Unit.Millimeter))
    writer.setTitle(tr("回復用の鍵"))
    painter = QPainter(writer)
    at = 0.0
    lines = ((tr("関東デスク　回復用の鍵"), 20, True), (f"{person}　{day}", 11, False), ("", 8, False),
             (in_rows(key), 20, True),
             ("", 8, False),
             (tr("合言葉を忘れたときは、この鍵で開けます。紙に書いて、パソコンとは別の所にしまいます。"), 11, False),
             (tr("この鍵を見た人は、記録を開けます。前に控えた鍵は、もう使えません。"), 11, False))
    for text, points, bold in lines:
        font = look().font("body", bold=bold)
        font.setPixelSize(round(points * 300 / 72))
        painter.setFont(font)
        room = QRectF(0, at, writer.width(), writer.height())
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        used = painter.boundingRect(room, int(flags), text or " ")
        painter.drawText(room, int(flags), text)
        at += used.height() * 1.5
    painter.end()
    buffer.close()
    return bytes(buffer.data().data())
