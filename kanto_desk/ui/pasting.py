"""A text from the clipboard that is too long for any box: it is not taken, and why is said where the cursor stands."""

from __future__ import annotations

from PySide6.QtWidgets import QTextEdit, QToolTip

from kanto_desk.fields import is_too_long, most_characters
from kanto_desk.i18n import tr
from kanto_desk.ui.notices import announce


def refused(box: QTextEdit, text: str) -> bool:
    """Whether `text` is too long to be put into this box, and tell so: no hub takes it, and laying it out would hold
    the window up. The clipboard keeps it.
    """
    if not is_too_long(text) and not is_too_long(box.toPlainText() + text):
        return False
    words = tr("貼り付ける文が長すぎます（{n}万字くらいまで）。入れていません。いくつかに分けて貼り付けます。",
               n=most_characters())
    QToolTip.showText(box.mapToGlobal(box.cursorRect().bottomLeft()), words, box)
    announce(box, words)
    return True
