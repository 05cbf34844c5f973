"""The field of a passphrase: hidden or shown, with a hint of its strength. Keeps nothing and tells nobody."""

from __future__ import annotations

import math
import unicodedata
from typing import Literal

from PySide6.QtWidgets import QLineEdit

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Row, holder, set_property
from kanto_desk.ui.notices import FieldRow
from kanto_desk.ui.text import Wrapped


def strength(passphrase: str) -> tuple[str, Literal["warn", "ok", "text3"]]:
    """A hint on a passphrase and its tone, from its length and kinds of characters (about 3–9 bits each)."""
    if not passphrase:
        return tr("言葉を3つ4つ並べると、覚えやすく強くなります"), "text3"
    bits = 0.0
    for character in set(passphrase):
        name = unicodedata.name(character, "")
        each = 3.3 if character.isdigit() else 9.0 if "CJK" in name else 6.0 if "KANA" in name else 4.7
        bits += each * math.sqrt(passphrase.count(character))   # a repeated character adds little
    if bits < 35:
        return tr("短いので、当てられやすい合言葉です"), "warn"
    if bits < 55:
        return tr("まずまずの強さです。もう1語足すと安心です"), "ok"
    return tr("よい強さです"), "ok"


class PassphraseInput(LineInput):
    """A passphrase that can be shown. While it is shown it can be typed with the input method."""

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setAccessibleName(tr("合言葉"))
        self.show_button = Button(tr("見せる"), "eye", name=tr("合言葉を見せる"))
        self.show_button.setCheckable(True)
        self.show_button.toggled.connect(self._show)

    def phrase(self) -> str:
        """What was typed, as it is."""
        return self.text()

    def _show(self, on: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password)
        self.show_button.set_words(tr("隠す") if on else tr("見せる"))
        self.show_button.setAccessibleName(tr("合言葉を隠す") if on else tr("合言葉を見せる"))
        self.show_button.set_picture("eye-off" if on else "eye")


def passphrase_row(label: str, editor: PassphraseInput, help_text: str = "", *, judged: bool = False) -> FieldRow:
    """A field row with the button that shows the passphrase beside it; `judged` adds the hint of its strength."""
    row = FieldRow(label, editor, required=True, help_text=help_text)
    editor.setAccessibleName(label)
    layout = row.layout()
    if not isinstance(layout, Column):
        raise TypeError("a field row is a column")
    at = layout.indexOf(editor)
    line = Row(editor, editor.show_button)
    line.setStretch(0, 1)
    layout.insertWidget(at, holder(line))
    if judged:
        hint = Wrapped("", "caption")
        layout.insertWidget(at + 1, hint)

        def judge(text: str) -> None:
            words, tone = strength(text)
            hint.set_text(words)
            set_property(hint, "tone", tone)
        editor.textChanged.connect(judge)
        judge("")
    return row
