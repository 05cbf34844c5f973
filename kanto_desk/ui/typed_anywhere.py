"""Text that somebody typed where no record is: a company not made yet, a reason, a word looked for, a box above.

Only what keys brought counts: what a box was filled with is saved somewhere. Never reads a passphrase.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from kanto_desk.services.typed_last import InBox
from kanto_desk.ui.composing import Composing
from kanto_desk.ui.elsewhere import above, box_text
from kanto_desk.ui.passphrase import PassphraseInput


def typed_anywhere(parts: Sequence[QWidget], but: Sequence[QWidget] = ()) -> list[InBox]:
    """What stands typed in boxes within `parts`, those within `but` aside, by their names."""
    out = []
    for part in parts:
        for box in part.findChildren(QWidget):
            text = box_text(box).strip()
            if text and _is_typed(box) and not any(page.isAncestorOf(box) for page in but):
                out.append(InBox(None, box.accessibleName() or above(box), text))
    return out


def _is_typed(box: QWidget) -> bool:
    if isinstance(box, PassphraseInput):   # one that is shown, too
        return False
    if isinstance(box, Composing) and box.composing:
        return True
    if isinstance(box, QLineEdit):
        return box.isModified() and not box.isReadOnly()
    return isinstance(box, QTextEdit | QPlainTextEdit) and box.document().isModified() and not box.isReadOnly()
