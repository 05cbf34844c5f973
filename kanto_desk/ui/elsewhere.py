"""What exists only in memory, as a text that people can read: for 別の場所へ保存 while the disk refuses.

Reads the boxes of every open page and the saves that wait. Must not save anything, and never shows a passphrase.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import tr
from kanto_desk.ui.composing import Composing
from kanto_desk.ui.inputs import with_composed
from kanto_desk.ui.page import Page
from kanto_desk.ui.saving import Unwritten


def written_out(waiting: Sequence[Unwritten], pages: Sequence[Page], now: datetime) -> str:
    """The saves that are not on disk, oldest first, then the boxes of every open page, hidden tabs included."""
    out = [tr("関東デスク：まだ保存されていない入力"),
           tr("書き出した時刻　{time}", time=f"{now.astimezone(JST):%Y-%m-%d %H:%M:%S}"),
           tr("この文は暗号化されていません。もどしたあとは消します。"), "",
           tr("■ もどし方"),
           tr("1. 関東デスクを閉じていないとき：ディスクに空きができると、下の入力はすべて自動で保存されます。"
              "このファイルは要りません。"),
           tr("2. 閉じたあと：関東デスクを始めて【 】の記録を開き、〔 〕の名前の欄に、"
              "その下の文を写して入れます。"), ""]
    out += _waiting(waiting)
    out += ["", tr("■ 画面の入力欄（保存済みの文も入っています）")]
    for page in pages:
        boxes = _boxes(page)
        if boxes:
            out += ["", f"【{page.title()}】", *boxes]
    return "\n".join(out) + "\n"


def _waiting(waiting: Sequence[Unwritten]) -> list[str]:
    told = [save for save in waiting if save.typed is not None and save.typed.parts]
    out = [tr("■ 保存を待っている入力（古い順、{count}件）", count=len(told))]
    title = None
    for save in told:
        if save.title != title:
            title = save.title
            out += ["", f"【{title or tr('新しい企業・設定')}】"]
        for name, text in save.typed.parts if save.typed else ():
            out += [f"〔{name}〕", text]
    if others := sum(save.typed is None for save in waiting):
        out += ["", tr("ほかに、文のない変更（並べ替え・削除など）が{count}件あります。", count=others)]
    return out


def _boxes(page: Page) -> list[str]:
    out = []
    for box in page.findChildren(QWidget):
        text = box_text(box)
        if text.strip():
            name = box.accessibleName() or above(box)
            out += [f"〔{name}〕", text]
    return out


def box_text(box: QWidget) -> str:
    """What stands in a text box, text being composed included; "" for anything else and for passphrases."""
    if isinstance(box, QLineEdit):
        if box.echoMode() != QLineEdit.EchoMode.Normal:
            return ""
        text, at = box.text(), box.cursorPosition()
    elif isinstance(box, QTextEdit | QPlainTextEdit):
        text, at = box.toPlainText(), box.textCursor().position()
    else:
        return ""
    return with_composed(text, at, box.preedit) if isinstance(box, Composing) else text


def above(box: QWidget) -> str:
    """The name of what a box without one belongs to."""
    above = box.parentWidget()
    while above is not None and not above.accessibleName():
        above = above.parentWidget()
    return above.accessibleName() if above is not None else ""
