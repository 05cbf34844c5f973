"""Names and their readings: the reading fills itself from what the input method was given, and says when it is unsure.

Never overwrites a reading that was typed or stored before.
"""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QInputMethodEvent

from kanto_desk.i18n import tr
from kanto_desk.japanese.text import full_width_katakana, to_katakana
from kanto_desk.ui.inputs import LineInput, Normalise
from kanto_desk.ui.text import Pill

_KANA = re.compile(r"[ぁ-ゖァ-ヶー゛゜・\s　]+")
_ROMAJI_TAIL = re.compile(r"[a-zA-Zａ-ｚＡ-Ｚ]+$")   # "やm" on the way to "やま"
_KANJI = re.compile(r"[々〆㐀-鿿豈-﫿\U00020000-\U0003FFFF]")


class NameInput(LineInput):
    """A name; katakana in it is made full width when it is left.

    Emits `reading(text, sure)` with the katakana collected while it was typed.
    """

    reading = Signal(str, bool)

    def __init__(self, *, width: float | None = None, max_length: int | None = None) -> None:
        super().__init__(normalise=full_width_katakana, width=width, max_length=max_length)
        self._parts: list[tuple[str, str]] = []
        self._last = ""
        self._sure = True
        self._loaded = False
        self.textChanged.connect(self._changed)

    def set_value(self, value: Any, /) -> None:
        self._parts, self._last, self._sure = [], "", True
        self._loaded = bool(value)
        super().set_value(value)
        self._parts = [(self.text(), "")] if self._loaded else []

    def tidy(self) -> None:
        """Make katakana full width; how the name is read stays as it was collected."""
        self._parts = [(full_width_katakana(part), said) for part, said in self._parts]
        super().tidy()

    def inputMethodEvent(self, event: QInputMethodEvent, /) -> None:
        preedit = _ROMAJI_TAIL.sub("", event.preeditString())
        committed = event.commitString()
        if preedit and _KANA.fullmatch(preedit):
            self._last = preedit
        elif not event.preeditString() and not committed:
            self._last = ""                  # given up: no reading of it may stay
        if committed:
            self._commit(committed)
        super().inputMethodEvent(event)
        if committed:
            self._tell()

    def _commit(self, text: str) -> None:
        said = text if _KANA.fullmatch(text) else self._last
        if not _KANA.fullmatch(text) and (not said or len(said) < len(_KANJI.findall(text))):
            self._sure = False               # a prediction longer than what was typed, or no typing at all
        if self.cursorPosition() != len(self.text()):
            self._sure = False               # put in the middle: the reading is only appended
        self._parts.append((text, to_katakana(said)))
        self._last = ""

    def _changed(self, text: str) -> None:
        known = "".join(part for part, _ in self._parts)
        if text == known:
            return
        if not text:
            self._parts, self._sure, self._loaded = [], True, False
        elif text.startswith(known) and _KANA.fullmatch(text[len(known):]):
            tail = text[len(known):]         # typed without an input method
            self._parts.append((tail, to_katakana(tail)))
        else:
            read = "".join(said for _, said in self._parts)
            self._parts, self._sure = [(text, read)], False
        self._tell()

    def _tell(self) -> None:
        self.reading.emit("".join(said for _, said in self._parts).strip(), self._sure and not self._loaded)


class KanaInput(LineInput):
    """A reading in katakana. `follow` lets it fill itself from a name until the user edits it."""

    doubtful = Signal(bool)

    def __init__(self, *, normalise: Normalise | None = None, width: float | None = None,
                 max_length: int | None = None) -> None:
        super().__init__(normalise=normalise or to_katakana, width=width, max_length=max_length)
        self._own = False       # typed or stored: never overwritten
        self._doubt = False
        self.textEdited.connect(self._take_over)

    @property
    def in_doubt(self) -> bool:
        """Whether the reading asks to be looked at (要確認)."""
        return self._doubt

    def follow(self, name: NameInput) -> None:
        """Fill from what is typed into `name`."""
        name.reading.connect(self._read)

    def set_value(self, value: Any, /) -> None:
        super().set_value(value)
        self._own = bool(value)
        self._set_doubt(False)

    def doubt_mark(self) -> Pill:
        """A chip 要確認 that is seen while the reading is in doubt."""
        mark = Pill(tr("要確認"), "warn", "circle-alert")
        mark.setVisible(self._doubt)
        self.doubtful.connect(mark.setVisible)
        return mark

    def _read(self, text: str, sure: bool) -> None:
        if self._own:
            if not sure:
                self._set_doubt(True)   # the name changed under a reading that is not ours to change
            return
        if text != self.text():
            self.setText(text)
            self.edited.emit()
        self._set_doubt(not sure)

    def _take_over(self, text: str) -> None:
        self._own = bool(text)
        self._set_doubt(False)

    def _set_doubt(self, doubt: bool) -> None:
        if doubt != self._doubt:
            self._doubt = doubt
            self.doubtful.emit(doubt)
