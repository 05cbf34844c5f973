"""写真: every picture of the record with its caption, what it shows (写真, 名刺, 図面 …), 機密区分 and 掲載の同意.

Only photos with あり are printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import codes, photos
from kanto_desk.services.consultations import Opened
from kanto_desk.ui.autosave import Autosave
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.choices import ChoiceInput, Option, among
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Flow, Row, boxed, compact, holder, scrolling
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.tab_order import follow_reading_order
from kanto_desk.ui.pages.consultation.thumbs import Thumbs
from kanto_desk.ui.text import Label, Wrapped
from kanto_desk.ui.theme import look
from kanto_desk.ui.typed import typed

CONSENTS = ("yes", "no", "unasked")
KINDS = ("photo", "business_card", "drawing", "financial_statement", "brochure", "document", "other")
"""What a picture may show; codes of attachment_kind."""
_WIDTH, _PICTURE = 300, (272, 182)


class PhotoCard(QFrame):
    """One photo. Emits what the user changed as field values, by itself."""

    save = Signal(str, object)
    removed = Signal(str)

    def __init__(self, photo: Any, thumbs: Thumbs, kinds: Sequence[Option], levels: Sequence[Option]) -> None:
        super().__init__()
        self.uid, self.digest, self._thumbs = photo.uid, photo.hash or "", thumbs
        self.picture = QLabel()
        self.caption = LineInput(max_length=120)
        self.caption.setAccessibleName(tr("写真の説明"))
        self.chips: dict[str, Chip] = {}
        group = QButtonGroup(self)
        for code, word in zip(CONSENTS, (tr("あり"), tr("なし"), tr("未確認")), strict=True):
            chip = Chip(word, name=tr("掲載の同意 {word}", word=word))
            chip.clicked.connect(lambda _on=False, code=code: self.save.emit(self.uid, {"consent": code}))
            group.addButton(chip)
            self.chips[code] = chip
        self._autosave = Autosave(self)
        self._autosave.due.connect(lambda: self.save.emit(self.uid, {"caption": self.caption.value()}))
        self.caption.edited.connect(self._autosave.touch)
        self.caption.left.connect(self._autosave.flush)
        self.remove = Button("", "trash-2", "icon", name=tr("この写真を外す"))
        self.remove.clicked.connect(lambda: self.removed.emit(self.uid))
        self.kind = self._choice("kind", tr("種類"), kinds)
        self.level = self._choice("confidentiality", tr("機密区分"), levels)
        self._asked = Label(tr("掲載の同意"), "bold")
        self._answers = holder(Row(*self.chips.values(), space=6))
        sorts = Row(Column(Label(tr("種類"), "bold"), self.kind, space=6),
                    Column(Label(tr("機密区分"), "bold"), self.level, space=6), space=8)
        self.setLayout(Column(boxed("card", Column(
            self.picture, Label(tr("説明"), "bold"), self.caption, sorts, self._asked,
            Row(self._answers, None, self.remove, space=6), space=6, margins=(13, 12, 13, 10)))))
        self.restyle()
        self.show_photo(photo)

    def _choice(self, name: str, words: str, options: Sequence[Option]) -> ChoiceInput:
        known = dict(options)
        box = ChoiceInput(among(options), lambda code: known.get(code, code))
        box.setAccessibleName(words)
        box.edited.connect(lambda: self.save.emit(self.uid, {name: box.value()}))
        return box

    def show_photo(self, photo: Any) -> None:
        """Show what is kept of the photo; a caption being written stays."""
        for box, value in ((self.kind, photo.kind), (self.level, photo.confidentiality)):
            if not box.hasFocus() and box.value() != value:
                box.set_value(value)
        printed = photo.kind == "photo"   # nothing else is ever printed: then there is nothing to ask
        self._asked.setVisible(printed)
        self._answers.setVisible(printed)
        if not self._autosave.waiting and not self.caption.hasFocus() and self.caption.value() != photo.caption:
            self.caption.set_value(photo.caption)
        self.chips[photo.consent if photo.consent in CONSENTS else "unasked"].setChecked(True)
        self.picture.setAccessibleName(tr("写真 {name}", name=photo.caption or photo.name or ""))
        self.draw()

    def set_read_only(self, on: bool) -> None:
        """A signed record's photos are looked at only."""
        self.caption.setReadOnly(on)
        self.remove.setVisible(not on)
        for box in (self.kind, self.level):
            box.setEnabled(not on)
        for chip in self.chips.values():
            chip.setEnabled(not on)

    def draw(self) -> None:
        """Draw the picture as far as it is read."""
        size = QSize(look().px(_PICTURE[0]), look().px(_PICTURE[1]))
        self.picture.setFixedSize(size)
        self.picture.setPixmap(self._thumbs.of_hash(self.digest, size, self.devicePixelRatioF()))

    def flush(self) -> None:
        """Save a caption being written."""
        self.caption.rescue()
        self._autosave.flush()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.setFixedWidth(look().px(_WIDTH))
        self.draw()


class PhotosTab(QWidget):
    """All photos of the record; pictures may be dropped here."""

    choose_asked = Signal()
    dropped = Signal(object)   # paths

    def __init__(self, window: Window, uid: str, thumbs: Thumbs) -> None:
        super().__init__()
        self._window, self._uid, self._thumbs = window, uid, thumbs
        self._store = window.desk.store
        self.stale = True
        self._read_only = False
        self.cards: dict[str, PhotoCard] = {}
        self._kinds = [(c.code, c.label) for c in codes.choices(self._store, "attachment_kind") if c.code in KINDS]
        self._levels = [(c.code, c.label) for c in codes.choices(self._store, "CL40b")]
        self.setAcceptDrops(True)
        self.choose = Button(tr("写真を選ぶ"), "image", key="Ctrl+Shift+P")
        self.choose.clicked.connect(self.choose_asked)
        self.hint = Wrapped(tr("貼り付け（Ctrl+V）や、ここへのドロップでも入ります。撮影場所の情報は取り除きます。"
                               "種類が「写真」で、同意が「あり」のものだけが印刷されます。"), "caption")
        head = Row(self.hint, compact(self.choose), space=12)
        head.setStretch(0, 1)
        self._flow = Flow(space=14)
        self.empty = EmptyState(tr("まだ写真がありません。貼り付け（Ctrl+V）、ドロップ、ファイルから入れられます。"),
                                tr("写真を選ぶ"), picture="camera", key="Ctrl+Shift+P")
        self.empty.acted.connect(self.choose_asked)
        self._head = holder(head)
        grid = holder(self._flow)
        inside = QWidget()
        inside.setLayout(Column(self._head, grid, self.empty, None, space=14, margins=(24, 14, 20, 14)))
        whole = Column(scrolling(inside), space=0)
        self.setLayout(whole)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusProxy(self.choose)
        thumbs.arrived.connect(self._draw)

    def read(self, opened: Opened) -> None:
        """Show the photos as they are kept."""
        self.stale = False
        self._read_only = not opened.editable
        found = photos.pictures(self._store, self._uid)
        for uid in [uid for uid in self.cards if uid not in {a.uid for a in found}]:
            card = self.cards.pop(uid)
            self._flow.removeWidget(card)
            card.hide()
            card.deleteLater()
        for photo in found:
            card = self.cards.get(photo.uid) or self._new_card(photo)
            card.show_photo(photo)
            card.set_read_only(self._read_only)
        self._head.setVisible(bool(found) and not self._read_only)
        self.empty.setVisible(not found)
        if self.empty.button is not None:
            self.empty.button.setVisible(not self._read_only)
        follow_reading_order(self)

    def take_focus(self) -> None:
        """Put the cursor where the work goes on."""
        button = self.empty.button if self.empty.button is not None and not self.cards else self.choose
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_to_photo(self, uid: str) -> None:
        """Put the cursor into the caption of a photo."""
        card = self.cards.get(uid)
        if card is not None:
            card.caption.setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        """Save captions being written."""
        for card in self.cards.values():
            card.flush()

    def dragEnterEvent(self, event: QDragEnterEvent, /) -> None:
        if event.mimeData().hasUrls() and not self._read_only:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent, /) -> None:
        files: Sequence[Path] = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files)

    def _new_card(self, photo: Any) -> PhotoCard:
        card = PhotoCard(photo, self._thumbs, self._kinds, self._levels)
        card.save.connect(self._save)
        card.removed.connect(self._remove)
        self.cards[photo.uid] = card
        self._flow.addWidget(card)
        return card

    def _draw(self) -> None:
        for card in self.cards.values():
            card.draw()

    def _save(self, uid: str, values: object) -> None:
        assert isinstance(values, dict)
        if not self._read_only:
            self._window.write(lambda: photos.edit(self._store, self._uid, uid, values), typed=typed(
                ("consultation", self._uid), (tr("写真の説明"), list(values.values())),
                slot=f"{uid}:{','.join(sorted(values))}"))

    def _remove(self, uid: str) -> None:
        self._window.write(
            lambda: photos.remove(self._store, self._uid, uid),
            lambda _: self._window.say(tr("写真を外しました"), lambda: self._window.do("undo")))
