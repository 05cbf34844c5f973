"""How the company confirms: name, title, and one of three ways: pen, the typed name alone, or paper that was signed and
photographed. Used beside the page and in client view; keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from kanto_desk.i18n import tr
from kanto_desk.japanese.text import full_width_katakana
from kanto_desk.services.finalizing import Signature
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.notices import FieldRow
from kanto_desk.ui.signature_pad import SignaturePad, Stroke
from kanto_desk.ui.text import Label, Mark, Picture, Wrapped

Method = Literal["pen", "typed", "paper"]
_UNSEEN: Final = "unseen"   # signed before any page was in sight: equals no content
METHODS: Final[tuple[Method, ...]] = ("pen", "typed", "paper")


@dataclass(frozen=True, slots=True)
class Given:
    """What was entered so far; `photo` is the hash of the photographed paper, `of` the digest of what was signed."""

    name: str = ""
    role: str = ""
    method: Method = "pen"
    strokes: Sequence[Stroke] = field(default=())
    photo: str | None = None
    of: str = ""

    def signature(self) -> Signature:
        """The confirmation as the record keeps it."""
        return Signature(self.name, self.role, self.method, tuple(self.strokes) if self.method == "pen" else (),
                         self.photo if self.method == "paper" else None, self.of if self.method != "typed" else "")


class SignForm(QWidget):
    """Name, title, way of confirming, pad."""

    changed = Signal()
    paper_asked = Signal()
    camera_asked = Signal()

    def __init__(self, *, big: bool = False, paper: bool = True) -> None:
        super().__init__()
        self._photo: str | None = None
        self._content, self._of = "", ""   # digests of what is in sight, and of what was signed
        self._big = big
        self.name = LineInput(normalise=full_width_katakana, max_length=40)
        self.role = LineInput(max_length=40)
        self.name_row = FieldRow(tr("お名前"), self.name, required=True)
        self.role_row = FieldRow(tr("役職"), self.role)
        self.pad = SignaturePad()
        self.again = Button(tr("書き直す"), "undo-2", "ghost", big=big)
        self.again.clicked.connect(self.pad.clear)
        self.chips: dict[Method, Chip] = {}
        group = QButtonGroup(self)
        words = {"pen": tr("署名する"), "typed": tr("氏名の入力だけ"), "paper": tr("紙に署名")}
        for method in METHODS if paper else METHODS[:2]:
            chip = Chip(words[method], name=tr("確認の方法 {word}", word=words[method]))
            chip.clicked.connect(lambda _on=False, method=method: self.set_method(method))
            group.addButton(chip)
            self.chips[method] = chip
        self.paper = Button(tr("署名した紙の写真を選ぶ"), "image")
        self.paper.clicked.connect(self.paper_asked)
        self.camera = Button(tr("カメラで撮る"), "camera")
        self.camera.clicked.connect(self.camera_asked)
        self.error = Wrapped("", "error")
        self._error_line = holder(self._error_row())
        self._lay_out()
        for box in (self.name, self.role):
            box.edited.connect(self.changed)
        self.pad.changed.connect(self._signed)
        self._method: Method = "pen"
        self.set_method("pen")

    def _error_row(self) -> Row:
        icon = Picture("circle-alert", "danger", 16)
        row = Row(icon, self.error, space=6)
        row.setStretch(1, 1)
        row.setAlignment(icon, Qt.AlignmentFlag.AlignTop)
        return row

    def _lay_out(self) -> None:
        self._ways = holder(Flow(*self.chips.values()))
        head = Row(Label(tr("署名"), "bold"), Mark(required=True), None, self.again, space=8)
        self._pad_box = holder(Column(head, self.pad, space=4))
        self._typed = Wrapped(tr("お名前の入力をもって、内容のご確認とします。ペンのないときの方法です。"), "caption")
        self._paper_words = Wrapped(tr("印刷した紙に署名をいただき、その写真を添えます。"), "caption")
        self._paper_box = holder(Column(self._paper_words, holder(Flow(self.paper, self.camera, space=8)), space=6))
        self._error_line.hide()
        across = Row(self.name_row, self.role_row, space=10)   # the pad must stand in sight on a low screen
        across.setStretch(0, 3)
        across.setStretch(1, 2)
        for row in (self.name_row, self.role_row):
            across.setAlignment(row, Qt.AlignmentFlag.AlignTop)
        ways = Column(self._ways) if self._big else Column(Label(tr("確認の方法"), "bold"), self._ways, space=4)
        self.setLayout(Column(holder(across), holder(ways), self._pad_box, self._typed, self._paper_box,
                              self._error_line, space=10))

    def given(self) -> Given:
        """What was entered so far, composed text included."""
        self.name.rescue()
        self.role.rescue()
        return Given(self.name.value() or "", self.role.value() or "", self._method, self.pad.strokes(), self._photo,
                     self._of)

    def take(self, given: Given) -> None:
        """Show what was entered elsewhere."""
        self.name.set_value(given.name or None)
        self.role.set_value(given.role or None)
        self.pad.set_strokes(given.strokes)
        self.set_photo(given.photo)
        self.set_method(given.method)
        self._of = given.of

    def show_content(self, digest: str) -> None:
        """The page in sight has this content now: a signature given for another one is void (decision 8)."""
        self._content = digest
        if self._of not in ("", digest):
            self.take_back()
            self._show_error(tr("内容が変わったので、署名を消しました。いまの内容をお見せして、もう一度いただきます。"))

    def take_back(self) -> None:
        """Take the signature away, by pen or on paper; name and title stay."""
        self.pad.clear()
        self.set_photo(None)
        self._of = ""

    def set_method(self, method: Method) -> None:
        """Choose how the company confirms."""
        if method not in self.chips:
            method = "pen"
        self._method = method
        self.chips[method].setChecked(True)
        for one, chip in self.chips.items():   # the one Tab stop is the way chosen, also when no key chose it
            chip.updateGeometry()   # the one no longer chosen is a little wider than it was
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus if one == method else Qt.FocusPolicy.ClickFocus)
        self._pad_box.setVisible(method == "pen")
        self._typed.setVisible(method == "typed")
        self._paper_box.setVisible(method == "paper")
        self._show_error("")
        self.changed.emit()

    def set_photo(self, digest: str | None) -> None:
        """The photographed paper."""
        self._photo = digest
        self._of = (self._content or _UNSEEN) if digest else ""
        self._paper_words.set_text(tr("署名した紙の写真を添えました。") if digest
                                   else tr("印刷した紙に署名をいただき、その写真を添えます。"))
        self._show_error("")

    def set_errors(self, errors: Mapping[str, str]) -> None:
        """Show what is missing ("name", "signature") beside its place, with the cursor in the first."""
        self.name.set_error(errors.get("name"))
        self._show_error(errors.get("signature", ""))
        if "name" in errors:
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        elif "signature" in errors:
            self.pad.setFocus(Qt.FocusReason.OtherFocusReason)

    def _signed(self) -> None:
        if not self.pad.strokes():
            self._of = ""
        elif not self._of:
            self._of = self._content or _UNSEEN
        self._show_error("")
        self.changed.emit()

    def _show_error(self, text: str) -> None:
        self.error.set_text(text)
        self._error_line.setVisible(bool(text))
