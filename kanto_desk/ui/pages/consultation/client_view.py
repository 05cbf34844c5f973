"""相手に見せる: the page and the pad alone, at 125 % type. No rail, no list, no private line, no other company's name.

The window hides its own parts; this is all that is left on the screen.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSizePolicy, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, boxed, holder, scrolling
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.sign_form import Given, SignForm
from kanto_desk.ui.pages.consultation.signing import Signing, WindowRunner
from kanto_desk.ui.pdf_view import PdfView
from kanto_desk.ui.stylesheet import stylesheet
from kanto_desk.ui.text import Label, Wrapped
from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import TARGET

TYPE_PERCENT = 125
_SIDE = 470


class ClientView(QWidget):
    """The page on the left, the signature on the right."""

    closed = Signal()
    signed = Signal()

    def __init__(self, window: Window, uid: str) -> None:
        super().__init__()
        self.setAccessibleName(tr("相手に見せる画面"))
        self.signing = Signing(window, uid, self)
        self.view = PdfView(WindowRunner(window))
        self.form = SignForm(big=True, paper=False)
        self.refusal = Notice("danger", "")
        self.refusal.hide()
        self.sign_button = Button(tr("内容を確認し、署名する"), "check", "primary", big=True)
        self.close_button = Button(tr("もどる"), "arrow-left", big=True, key="Esc")
        self.sign_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._opened = False
        self._asks = Wrapped(tr("左の内容をご確認のうえ、お名前と署名をお願いします。"), "second")
        inside = QWidget()
        inside.setLayout(Column(Label(tr("ご確認のお願い"), "h2"), self._asks, self.form, self.refusal, None, space=10,
                                margins=(24, 16, 20, 8)))
        below = Row(self.close_button, self.sign_button, space=10, margins=(24, 8, 24, 16))   # the pad needs the height
        below.setStretch(1, 1)
        side = Column(scrolling(inside, box="quiet"), holder(below), space=0)
        side.setStretch(0, 1)
        self.side = boxed("side", side)
        row = Row(self.view, self.side, space=0)
        row.setStretch(0, 1)
        self.setLayout(row)
        self.close_button.clicked.connect(self.closed)
        self.sign_button.clicked.connect(self.sign)
        self.signing.drawn.connect(self._show_page)
        self.signing.refused.connect(self._show_refusal)
        self.signing.signed.connect(lambda _issued: self.signed.emit())
        self.signing.busy_changed.connect(lambda on: self.sign_button.setEnabled(not on))
        self.form.changed.connect(self.refusal.hide)
        back = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)   # wherever the focus is, or nowhere
        back.activated.connect(self._leave)

    def close_page(self) -> None:
        """Let go of the page shown."""
        self.view.close_document()

    def open(self, given: Given | None, *, editable: bool) -> None:
        """Show the page as it stands, with what was entered so far; a signed page is shown only."""
        self._opened = editable
        self.restyle()
        self.form.take(given or self.signing.proposed())
        for part in (self.form, self.sign_button, self._asks):
            part.setVisible(editable)
        self.refusal.hide()
        self.signing.draw()
        (self.form.name if editable and not self.form.name.value() else self.view).setFocus()

    def given(self) -> Given | None:
        """What was entered here; None if nothing could be."""
        return self.form.given() if self._opened else None

    def sign(self) -> None:
        """署名する."""
        self.signing.sign(self.form.given())

    def restyle(self) -> None:
        """Take the sizes in use: everything a quarter larger than the rest of the window."""
        used = look()
        sheet = stylesheet(used.tokens, round(used.zoom * TYPE_PERCENT / 100))
        height = used.px(TARGET["client"]) - 2
        sheet += f'QPushButton[look="chip"] {{ min-height: {height}px; border-radius: {height // 2}px; }}'
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)
        self.side.setFixedWidth(used.px(_SIDE))

    def _leave(self) -> None:
        if not (self.form.name.composing or self.form.role.composing):
            self.closed.emit()

    def _show_page(self, printed: Any) -> None:
        self.view.load(printed.pdf)
        self.form.show_content(self.signing.content)

    def _show_refusal(self, field: str, words: str) -> None:
        if field in ("name", "signature"):
            if field == "signature":
                self.form.take_back()
            self.form.set_errors({field: words})
        else:
            self.refusal.set_text(words)
            self.refusal.show()
