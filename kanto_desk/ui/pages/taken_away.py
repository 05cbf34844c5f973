"""What stands in the place of an open record that a sync took away: why, and what had been typed and not saved.

Nothing of the record itself is shown. What was typed is the user's own and stays in sight until he closes the page.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from kanto_desk.i18n import tr
from kanto_desk.services.presence import Absence
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Flow, Part, holder, scrolling
from kanto_desk.ui.page import Page, Verb, Window
from kanto_desk.ui.text import Label, Wrapped

_LINES = 6   # of what was typed, before it scrolls


class TakenAway(Page):
    """The page of a record that is gone from this laptop; `why` is how."""

    def __init__(self, window: Window, why: Absence, typed: str) -> None:
        super().__init__(window)
        self.why, self.typed = why, typed
        if why == "deleted":
            head = tr("この記録は、ほかのパソコンで消されました")
            told = tr("ごみ箱に入っています。30日のあいだ戻せます。")
        else:
            head = tr("この記録は、このパソコンでは見られなくなりました")
            told = tr("担当の範囲や公開範囲が変わったためです。送った変更は同期先にあります。"
                      "心当たりがなければ、事務局に確かめます。")
        parts: list[Part] = [Label(head, "h1"), Wrapped(told)]
        self.box = QPlainTextEdit(typed)
        self.box.setReadOnly(True)
        self.box.setAccessibleName(tr("書きかけの文"))
        self.box.setFixedHeight(self.box.fontMetrics().lineSpacing() * (_LINES + 1))
        self.copy = Button(tr("文をコピーする"), "copy")
        self.copy.clicked.connect(self._copy)
        self.close_ = Button(tr("閉じる"), "x", "primary", key="Ctrl+Enter")
        self.close_.clicked.connect(lambda: window.close_page(self))
        verbs = [self.close_]
        if typed:
            parts += [Label(tr("書きかけの文"), "h3"),
                      Wrapped(tr("まだ記録になっていなかった文です。閉じると消えます。要るときは、先にコピーします。"),
                              "caption"),
                      self.box]
            verbs.insert(0, self.copy)
        else:
            for unused in (self.box, self.copy):
                unused.setParent(self)
                unused.hide()
        self.setLayout(Column(scrolling(holder(Column(
            *parts, holder(Flow(*verbs, space=10)), None, space=12, margins=(24, 24, 24, 16)))), space=0))
        self.setAccessibleName(head)

    def title(self) -> str:
        return tr("なくなった記録")

    @property
    def primary_action(self) -> str | None:
        return "next_step"

    def verbs(self) -> Mapping[str, Verb]:
        return {"next_step": lambda: self.desk_window.close_page(self)}

    def activate(self) -> None:
        (self.copy if self.typed else self.close_).setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.typed)
        self.desk_window.say(tr("コピーしました"))
