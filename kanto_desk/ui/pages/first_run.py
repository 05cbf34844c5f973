"""はじめに: one screen from nothing to a desk of one's own. Imports no service, so that it is painted at once.

Emits what was chosen; making the desk is the main window's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QWidget

from kanto_desk.i18n import Language, language, tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS, flush_composition
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Row, boxed, holder, scrolling
from kanto_desk.ui.names import KanaInput, NameInput
from kanto_desk.ui.notices import FieldRow, Notice
from kanto_desk.ui.passphrase import PassphraseInput, passphrase_row
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import KeyCap, Label, Picture, Wrapped
from kanto_desk.ui.theme import look

Begin = Literal["sample", "import", "empty"]
SIDE_WIDTH, SIDE_FROM = 430, 1180


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What the user chose. Never printed or logged: it holds the passphrase, which is empty with sample data."""

    name: str
    kana: str
    organization: str
    passphrase: str
    begin: Begin

    def __repr__(self) -> str:
        return "<FirstRun>"


class ChoiceCard(Pressable):
    """One of several ways, as a card that is chosen or not."""

    def __init__(self, picture: str, words: str, more: str) -> None:
        self._chosen = Picture("circle", "text3", 20)
        row = Row(Picture(picture, "accent", 24), Column(Label(words, "h3"), Wrapped(more, "second"), space=0),
                  self._chosen, space=14, margins=(16, 8, 16, 8))
        row.setStretch(1, 1)
        super().__init__(row, words, more, edge="field")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.toggled.connect(self._mark)

    def _mark(self, on: bool) -> None:
        self._chosen.set_icon("circle-check" if on else "circle", "accent" if on else "text3")
        self.update()


_CHOICES: Final[tuple[Begin, ...]] = ("sample", "import", "empty")


class FirstRunPage(QWidget):
    """Emits `chosen(FirstRun)` and `language_chosen`."""

    chosen = Signal(object)
    language_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("はじめに"))
        self.name, self.kana, self.organization = NameInput(max_length=40), KanaInput(max_length=40), LineInput()
        self.kana.follow(self.name)
        self.passphrase = PassphraseInput()
        self.no_need = Wrapped(tr("見本でためすあいだ、合言葉はいりません。"), "second")
        self.trouble = Notice("danger", "")
        self.trouble.hide()
        self.cards: dict[Begin, ChoiceCard] = {
            "sample": ChoiceCard("lightbulb", tr("見本データでためす（おすすめ）"),
                                 tr("架空の企業24社と相談6件が入ります。いつでもまとめて消せます。")),
            "import": ChoiceCard("upload", tr("手もとの一覧を取り込む"),
                                 tr("企業の一覧（CSV・Excel）を、次の画面で選びます。")),
            "empty": ChoiceCard("building-2", tr("からっぽで始める"), tr("企業を1社ずつ追加します。")),
        }
        group = QButtonGroup(self)
        for one in self.cards.values():
            group.addButton(one)
        self.cards["sample"].setChecked(True)
        self.cards["sample"].toggled.connect(self._tell_need)
        self.begin_button = Button(tr("はじめる"), "arrow-right", "primary", key="Ctrl+Enter")
        self.begin_button.clicked.connect(self.begin)
        self.other_language = Button("English" if language() == "ja" else "日本語", "languages", "ghost")
        self.other_language.clicked.connect(self._switch)
        self._level = QWidget()   # as high as the mark beside ふりがな: both labels stand on one line
        self._rows = self._fields()
        self.side = self._side()
        body = scrolling(holder(self._left()))
        self._tell_need()
        foot = boxed("foot", Row(Label(tr("表示のことば：日本語"), "caption"), self.other_language, None,
                                 KeyCap("Ctrl+Enter"), self.begin_button, margins=(48, 8, 40, 8)))
        left = Column(body, foot, space=0)
        left.setStretch(0, 1)
        row = Row(left, self.side, space=0)
        row.setStretch(0, 1)
        self.setLayout(row)

    def activate(self) -> None:
        """Put the cursor into the first field."""
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin(self) -> None:
        """Take what is filled in; what is missing is said below its field."""
        flush_composition(self)
        missing = []
        with_sample = self.cards["sample"].isChecked()
        for row, filled, words in (
                (self._rows["person"], bool(self.name.text().strip()), tr("お名前を書きます")),
                (self._rows["passphrase"], bool(self.passphrase.phrase()) or with_sample, tr("合言葉を決めます"))):
            row.set_error(None if filled else words)
            if not filled:
                missing.append(row)
        if missing:
            missing[0].editor.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.set_busy(True)
        choice = next(name for name in _CHOICES if self.cards[name].isChecked())
        self.chosen.emit(FirstRun(self.name.text().strip(), self.kana.text().strip(),
                                  self.organization.text().strip(),
                                  "" if with_sample else self.passphrase.phrase(), choice))

    def set_busy(self, busy: bool) -> None:
        """While the desk is being made nothing can be pressed twice."""
        self.begin_button.setEnabled(not busy)
        self.begin_button.set_words(tr("用意しています…") if busy else tr("はじめる"))
        self.other_language.setEnabled(not busy)

    def refuse(self, message: str, field: str | None, _wait: int = 0) -> None:
        """Show why the desk was not made, below the field to blame if there is one."""
        self.set_busy(False)
        row = self._rows.get(field or "")
        if row is not None:
            row.set_error(message)
            row.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.show_trouble(message)

    def show_trouble(self, text: str, details: str = "") -> None:
        """Show why the folder cannot be written."""
        self.set_busy(False)
        self.trouble.set_text(text if not details else f"{text}\n{details}")
        self.trouble.show()

    def tell_unfinished(self) -> None:
        """Say that the set-up before this one was broken off; made only then, because the first paint waits for it."""
        told = Notice("warn", tr("前のはじめの設定は、途中で終わっていました。まだ何も記録されていません。"
                                 "もう一度はじめます。"))
        parent = self.trouble.parentWidget()
        column = parent.layout() if parent is not None else None
        if isinstance(column, Column):
            column.insertWidget(column.indexOf(self.trouble), told)

    def typed(self) -> tuple[str, str, str, str]:
        """Name, reading, organization and passphrase as they stand, to carry over to the other language."""
        flush_composition(self)
        return self.name.text(), self.kana.text(), self.organization.text(), self.passphrase.phrase()

    def take_over(self, typed: tuple[str, str, str, str]) -> None:
        """Fill in what was typed before the language was changed."""
        for editor, text in zip((self.name, self.kana, self.organization, self.passphrase), typed, strict=True):
            if text:
                editor.set_value(text)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.focusWidget()
        if event.key() not in ENTER_KEYS:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.begin()
        elif isinstance(focus, QAbstractButton) and focus is not self.begin_button:
            focus.click()
        elif focus in (self.passphrase, self.begin_button) or isinstance(focus, ChoiceCard) or (
                focus is self.organization and self.cards["sample"].isChecked()):   # the last field then
            self.begin()
        else:
            self.focusNextChild()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use; the panel on the right gives way first."""
        self.side.setVisible(self.width() * 100 / look().zoom >= SIDE_FROM)
        self.side.setFixedWidth(look().px(SIDE_WIDTH))
        self._level.setFixedSize(1, self._doubt.sizeHint().height())

    def _fields(self) -> dict[str, FieldRow]:
        self._doubt = mark = self.kana.doubt_mark()
        policy = mark.sizePolicy()
        policy.setRetainSizeWhenHidden(True)   # the row must not jump when the mark comes
        mark.setSizePolicy(policy)
        return {
            "person": FieldRow(tr("お名前"), self.name, required=True, extra=self._level),
            "kana": FieldRow(tr("ふりがな"), self.kana, extra=mark),
            "organization": FieldRow(tr("所属"), self.organization, help_text=tr("相談記録票に印刷されます。")),
            "passphrase": passphrase_row(tr("合言葉"), self.passphrase, judged=True,
                                         help_text=tr("記録を開くときに打ちます。どこにも送られません。")),
        }

    def _tell_need(self) -> None:
        """With sample data the passphrase waits until something of the user's own is written; else it is required."""
        with_sample = self.cards["sample"].isChecked()
        row = self._rows["passphrase"]
        row.setVisible(not with_sample)
        self._no_need.setVisible(with_sample)
        if with_sample:
            row.set_error(None)
        self._safe.set_text(tr("データはこのパソコンの中だけに置きます。") if with_sample
                            else tr("データは暗号化して、このパソコンの中だけに置きます。"))

    def _left(self) -> Column:
        names = Row(self._rows["person"], self._rows["kana"], space=14)
        names.setStretch(0, 1)
        names.setStretch(1, 1)
        names.setAlignment(self._rows["person"], Qt.AlignmentFlag.AlignBottom)
        self._no_need = holder(Column(Label(tr("合言葉"), "bold"), self.no_need, None, space=4))
        need = QGridLayout()   # both in one place
        need.setContentsMargins(0, 0, 0, 0)
        policy = self._rows["passphrase"].sizePolicy()
        policy.setRetainSizeWhenHidden(True)   # the cards below must not move under the pointer
        self._rows["passphrase"].setSizePolicy(policy)
        need.addWidget(self._rows["passphrase"], 0, 0)
        need.addWidget(self._no_need, 0, 0)
        second = Row(self._rows["organization"], holder(need), space=14)
        second.setStretch(0, 1)
        second.setStretch(1, 1)
        second.setAlignment(self._rows["organization"], Qt.AlignmentFlag.AlignTop)
        return Column(
            Label(tr("現場の相談を、その場で記録する"), "h1"),
            Wrapped(tr("ネットがない工場でも、すべてこのパソコンの中で動きます。"), "second"),
            self.trouble, names, second, Label(tr("どこから始めますか"), "h3"), *self.cards.values(), None,
            space=10, margins=(48, 24, 40, 16))

    def _side(self) -> QWidget:
        things = [self._thing(key, words) for key, words in (
            ("Enter", tr("聞いたことを1行ずつ残す")), (tr("課題："), tr("「課題：」で始めた行は、まとめに入る")),
            ("Ctrl+K", tr("企業・記録・操作をさがす")))]
        self._safe = Wrapped("")
        promise = Row(Picture("lock", "ok", 18), self._safe, space=10, margins=(12, 8, 12, 8))
        promise.setStretch(1, 1)
        column = Column(Label(tr("3つだけ覚えてください"), "h2"), *things, None,
                        boxed("ok", promise), space=18, margins=(28, 28, 28, 16))
        return boxed("side", column)

    @staticmethod
    def _thing(key: str, words: str) -> QWidget:
        cap = holder(Column(KeyCap(key), None))
        cap.setFixedWidth(look().px(66))
        line = Row(cap, Wrapped(words, "bold"), space=14)
        line.setStretch(1, 1)
        return holder(line)

    def _switch(self) -> None:
        other: Language = "en" if language() == "ja" else "ja"
        self.language_chosen.emit(other)
