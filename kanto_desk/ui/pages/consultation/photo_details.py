"""Beside the grid: caption, consent, kind, 機密区分, time and line of the photo under the cursor, or of all chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import tr
from kanto_desk.services.timeline import Line
from kanto_desk.ui.autosave import Autosave
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.choices import ChoiceInput, Option, among
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Flow, Row, holder, set_property
from kanto_desk.ui.text import Elided, Label, Mark, Wrapped

CONSENTS = ("yes", "no", "unasked")
WIDTH = 318


def consent_words(code: str | None) -> str:
    """あり, なし or 未確認."""
    return {"yes": tr("あり"), "no": tr("なし")}.get(code or "", tr("未確認"))


class _Caption(LineInput):
    """A caption: Enter and Esc lead back to the grid; what is typed is saved by itself."""

    over = Signal()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in ENTER_KEYS or event.key() == Qt.Key.Key_Escape:
            self.over.emit()
        else:
            super().keyPressEvent(event)


class PhotoDetails(QFrame):
    """Emits `save(uids, values)`; `time_asked`, `line_asked` and `removed` are for the photos meant."""

    save = Signal(object, object)
    time_asked = Signal()
    line_asked = Signal()
    removed = Signal()
    over = Signal()

    def __init__(self, kinds: Sequence[Option], levels: Sequence[Option]) -> None:
        super().__init__()
        set_property(self, "box", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self._photos: tuple[Any, ...] = ()
        self._read_only = False
        self.title = Elided("", "h3")
        self.caption = _Caption(max_length=120)
        self.caption.setAccessibleName(tr("写真の説明"))
        self.caption.over.connect(self.over)
        self._captioned = ""   # uid whose caption stands in the box
        self._autosave = Autosave(self)
        self._autosave.due.connect(self._save_caption)
        self.caption.edited.connect(self._autosave.touch)
        self.caption.left.connect(self._autosave.flush)
        self.chips: dict[str, Chip] = {}
        group = QButtonGroup(self)
        group.setExclusive(False)
        for n, code in enumerate(CONSENTS, 1):
            chip = Chip(consent_words(code), name=tr("掲載の同意 {word}", word=consent_words(code)), key=str(n))
            chip.clicked.connect(lambda _on=False, code=code: self.give_consent(code))
            group.addButton(chip)
            self.chips[code] = chip
        self.kind = self._choice("kind", tr("種類"), kinds)
        self.level = self._choice("confidentiality", tr("機密区分"), levels)
        self.time, self.line = Wrapped("", "second"), Wrapped("", "second")
        self.set_time = Button(tr("時刻を直す"), "clock", key="T")
        self.to_line = Button(tr("別の行へ移す"), "arrow-left-right", key="M")
        self.remove = Button(tr("外す"), "trash-2", name=tr("この写真を外す"), key="Delete")
        self.set_time.clicked.connect(self.time_asked)
        self.to_line.clicked.connect(self.line_asked)
        self.remove.clicked.connect(self.removed)
        self._asked = _heading(tr("掲載の同意"))
        self._answers = holder(Flow(*self.chips.values(), space=6))
        self._caption_label = _heading(tr("説明"))
        self._facts = (Label(tr("撮影した時刻"), "bold"), Label(tr("記録の行"), "bold"))
        acts = holder(Flow(self.set_time, self.to_line, self.remove, space=8))
        self.setLayout(Column(
            self.title, self._caption_label, self.caption, self._asked, self._answers,
            _heading(tr("種類")), self.kind, _heading(tr("機密区分")), self.level,
            Row(self._facts[0], None), self.time, Row(self._facts[1], None), self.line, acts, None,
            space=6, margins=(16, 12, 16, 12)))

    def _choice(self, name: str, words: str, options: Sequence[Option]) -> ChoiceInput:
        known = dict(options)
        box = ChoiceInput(among(options), lambda code: known.get(code, code))
        box.setAccessibleName(words)
        box.edited.connect(lambda: self._emit({name: box.value()}))
        return box

    def show_photos(self, photos: Sequence[Any], line: Line | None, *, camera_time: bool) -> None:
        """Show one photo with its line, or what several have in common; a caption being written stays."""
        uids = [p.uid for p in photos]
        if self._captioned and uids != [self._captioned]:
            self.flush()
        self._photos = tuple(photos)
        if not photos:
            return
        first, one = photos[0], len(photos) == 1
        self.title.set_text((first.caption or first.name or "") if one else tr("選んだ{n}枚", n=len(photos)))
        for box, value in ((self.kind, _common(photos, "kind")), (self.level, _common(photos, "confidentiality"))):
            if not box.hasFocus() and box.value() != value:
                box.set_value(value)
        printed = any(p.kind == "photo" for p in photos)   # nothing else is ever printed: then there is nothing to ask
        self._asked.setVisible(printed)
        self._answers.setVisible(printed)
        self._caption_label.setVisible(one)
        self.caption.setVisible(one)
        if one and (self._captioned != first.uid or not (self._autosave.waiting or self.caption.hasFocus())):
            self._captioned = first.uid
            self.caption.set_value(first.caption)
        elif not one:
            self._captioned = ""
        shown = {p.consent if p.consent in CONSENTS else "unasked" for p in photos}
        for code, chip in self.chips.items():
            chip.setChecked(shown == {code})
        self._show_facts(first if one else None, line, camera_time)

    def set_read_only(self, on: bool) -> None:
        """A signed record's photos are looked at only."""
        self._read_only = on
        self.caption.setReadOnly(on)
        for part in (self.remove, self.set_time, self.to_line):
            part.setVisible(not on)
        for box in (self.kind, self.level, *self.chips.values()):
            box.setEnabled(not on)

    def give_consent(self, code: str) -> None:
        """Say あり, なし or 未確認 for the photos shown."""
        self._emit({"consent": code})
        for other, chip in self.chips.items():
            chip.setChecked(other == code)

    def edit_caption(self) -> None:
        """Put the cursor into the caption."""
        if self.caption.isVisible():
            self.caption.setFocus(Qt.FocusReason.OtherFocusReason)
            self.caption.selectAll()

    def flush(self) -> None:
        """Save a caption being written."""
        self.caption.rescue()
        self._autosave.flush()

    def _show_facts(self, photo: Any | None, line: Line | None, camera_time: bool) -> None:
        for label in self._facts:
            label.setVisible(photo is not None)
        self.time.setVisible(photo is not None)
        self.line.setVisible(photo is not None)
        self.set_time.setVisible(photo is not None and not self._read_only)
        if photo is None:
            return
        at = photo.taken_at.astimezone(JST) if photo.taken_at else None
        words = tr("{y}/{m}/{d} {time}", y=at.year, m=at.month, d=at.day, time=f"{at:%H:%M}") if at else tr("時刻なし")
        self.time.set_text(words if camera_time or at is None else tr("{words}（カメラの時刻なし。ファイルの時刻です）",
                                                                       words=words))
        self.line.set_text(f"{line.time}　{line.text}" if line else tr("どの行にもありません"))

    def _save_caption(self) -> None:
        if self._captioned and not self._read_only:
            self.save.emit([self._captioned], {"caption": self.caption.value()})

    def _emit(self, values: dict[str, Any]) -> None:
        if self._photos and not self._read_only:
            self.save.emit([p.uid for p in self._photos], values)


def _heading(words: str) -> QWidget:
    """The name of a field; nothing of a photo has to be filled in."""
    return holder(Flow(Label(words, "bold"), Mark(required=False), space=8))   # the pane may be narrow: the mark wraps


def _common(photos: Sequence[Any], name: str) -> Any:
    values = {getattr(p, name) for p in photos}
    return values.pop() if len(values) == 1 else None
