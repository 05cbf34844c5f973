"""署名・印刷: the real page on the left, on the right who confirms and how, what is still missing, and the ways to hand
the page over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget
from shiboken6 import isValid

from kanto_desk.i18n import tr
from kanto_desk.services import asked_steps, closing, finalizing, other_names, sending_later
from kanto_desk.services.cameras import Shot
from kanto_desk.services.closing import Gap
from kanto_desk.services.consultations import Opened
from kanto_desk.services.other_names import Named
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.layout import Column, Flow, Row, boxed, card, holder, scrolling, set_property
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.asking_notice import AskingNotice
from kanto_desk.ui.pages.consultation.fitting import Fitting, Giving
from kanto_desk.ui.pages.consultation.sign_form import Given, SignForm
from kanto_desk.ui.pages.consultation.signing import Signing, WindowRunner
from kanto_desk.ui.pages.consultation.tab_order import follow_reading_order
from kanto_desk.ui.pages.words import long_day
from kanto_desk.ui.pdf_view import PdfView
from kanto_desk.ui.text import Label, Picture, Wrapped
from kanto_desk.ui.theme import look

_SIDE, _LESS = 400, 20   # px at 100 %: the confirmation beside the page, and what it can spare
_FORM_FIELDS = ("name", "signature")


class SignTab(QWidget):
    """The page to sign and the form beside it."""

    go_to_field = Signal(str)
    go_to_part = Signal(str, str)   # field of a gap, uid or key of the line or item that has it
    client_view_asked = Signal()
    signed = Signal()
    sign_asked = Signal()
    camera_asked = Signal()   # to photograph the signed paper

    def __init__(self, window: Window, uid: str) -> None:
        super().__init__()
        self._window, self._uid = window, uid
        self._store = window.desk.store
        self.stale = True
        self._read_only = False
        self._round: int | None = None   # how many versions there were when the form was last begun
        self.signing = Signing(window, uid, self)
        self.view = PdfView(WindowRunner(window))
        self.pages = Label("", "caption")
        self.form = SignForm()
        self.refusal = AskingNotice("danger", tr("その欄へ"))
        self.missing = Notice("warn", "")
        self.sealed = Notice("ok", "")
        self.sign_button = Button(tr("署名して PDF を渡す"), "check", "primary", key="Ctrl+Enter")
        self.print_button = Button(tr("印刷"), "printer", key="Ctrl+P")
        self.save_button = Button(tr("USBへ保存"), "save")
        self.later_button = Button(tr("あとで送る"), "send")
        self.show_button = Button(tr("相手に見せる"), "maximize", key="Ctrl+Shift+V")
        self._refused_field, self._pages = "", 0
        self._checks = (0, 0)   # gaps, names of other companies
        self._put_off_already = False
        self._names_box = QWidget()
        self._names_box.setLayout(Column(space=2))
        self._gap_box = QWidget()
        self._gap_box.setLayout(Column(space=2))
        # a low window shows the list only after scrolling
        self.to_check = Button(tr("たしかめること"), "circle-alert", "chip")
        self.to_check.hide()
        self._lay_out()
        self._connect()

    # Building

    def _lay_out(self) -> None:
        self.before, self.next = Chip(tr("前へ"), name=tr("前のページ")), Chip(tr("次へ"), name=tr("次のページ"))
        self.whole = Chip("100%", name=tr("実際の大きさ"))
        for chip in (self.before, self.next):
            chip.setCheckable(False)
        self._heading = Label(tr("印刷プレビュー"), "h3")
        self._turns = (self.before, self.next, self.whole)
        self._head = Giving(Row(self._heading, self.pages, None, self.show_button, *self._turns, space=8,
                                margins=(24, 10, 16, 6)))
        left = Column(self._head, self.view, space=0)
        left.setStretch(1, 1)
        self._gaps_card = card(Label(tr("たしかめること"), "bold"), self._names_box, self._gap_box, box="soft", space=4,
                               margins=(12, 9, 12, 10))
        self._asks = Wrapped(tr("内容を画面でお見せし、ご確認のうえ署名をいただきます。"), "second")
        self._after = Wrapped(tr("署名のあとに内容を直すと、署名は「旧版」になります"), "caption")
        head = holder(Flow(Label(tr("相談先のご確認"), "h3"), self.to_check, space=8, spread=True))
        inside = Fitting(Column(head, self._asks, self.sealed,
                                self.later_button, self.form, self._after,
                                self.refusal, self.missing, self._gaps_card, None, space=10,
                                margins=(20, 14, 14, 8)))
        below = Column(self.sign_button, Row(self.print_button, self.save_button, space=8), space=9,
                       margins=(20, 10, 20, 14))
        for button in (self.print_button, self.save_button, self.sign_button, self.later_button):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._side_area = scrolling(inside, box="quiet")
        side = Column(self._side_area, holder(below), space=0)
        side.setStretch(0, 1)
        self.side = boxed("side", side)
        set_property(self.side, "box", "side")
        row = Row(holder(left), self.side, space=0)
        row.setStretch(0, 1)
        self.setLayout(row)
        for notice in (self.refusal, self.missing, self.sealed):
            notice.hide()
        self.restyle()

    def _connect(self) -> None:
        self.view.page_changed.connect(self._show_page_number)
        self.before.clicked.connect(self.view.previous_page)
        self.next.clicked.connect(self.view.next_page)
        self.whole.clicked.connect(lambda on: self.view.set_zoom(100 if on else None))
        self.show_button.clicked.connect(self.client_view_asked)
        self.sign_button.clicked.connect(self.sign_asked)
        self.print_button.clicked.connect(self.print_sheet)
        self.save_button.clicked.connect(lambda: self.signing.save_page(self))
        self.later_button.clicked.connect(self._put_off)
        self.to_check.clicked.connect(self._go_to_check)
        self.form.paper_asked.connect(self.choose_paper)
        self.form.camera_asked.connect(self.camera_asked)
        self.form.changed.connect(self.refusal.hide)
        self.refusal.asked.connect(lambda: self.go_to_field.emit(self._refused_field))
        self.signing.drawn.connect(self._show_page)
        self.signing.refused.connect(self._show_refusal)
        self.signing.signed.connect(lambda _issued: self.signed.emit())
        self.signing.busy_changed.connect(self._show_busy)

    # What the page asks

    def read(self, opened: Opened) -> None:
        """Show the record as it stands: its page, its gaps, and whether it is signed."""
        self.stale = False
        self._read_only = not opened.editable
        issued = len(finalizing.versions(self._store, self._uid))
        if issued != self._round:   # a signature is for one version: the next one begins with an empty pad
            self._round = issued
            self.form.take(self.signing.proposed())
        for part in (self.form, self.sign_button, self._asks, self._after):
            part.setVisible(opened.editable)
        self.later_button.setVisible(self._read_only and not opened.reading and issued > 0)   # else there is no page
        self._put_off_already = self._read_only and sending_later.is_waiting(self._store, self._uid)
        self.later_button.set_words(tr("送りました") if self._put_off_already else tr("あとで送る"))
        self._side_area.read_by_keys(tr("相談先のご確認") if self._read_only else "")
        self._show_sealed()
        self._show_gaps([] if self._read_only else closing.gaps(self._store, self._uid))
        follow_reading_order(self)
        self._look_for_names()
        self.signing.draw()

    def take_focus(self) -> None:
        """Put the cursor where the work goes on."""
        first: QWidget = self.form.name if not self.form.name.value() else self.form.chips["pen"]
        if self._read_only:
            first = self.view   # no button: the key that signed, pressed once more, must not print
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def sign(self) -> None:
        """署名して PDF を渡す."""
        if self._read_only:
            return
        self.refusal.hide()
        self.signing.sign(self.form.given())

    def print_sheet(self) -> None:
        """Print the page as it stands."""
        self.signing.print_page(self)

    def choose_paper(self) -> None:
        """Ask for the photo of the signed paper."""
        self.signing.take_paper(self, self.form.set_photo)

    def take_paper(self, shot: Shot, at: datetime) -> None:
        """Take the photo of the signed paper that the camera took."""
        self.signing.keep_paper(lambda: shot.photo(at), self.form.set_photo)

    def given(self) -> Given:
        """What was entered about the confirmation so far."""
        return self.form.given()

    def take(self, given: Given) -> None:
        """Take what was entered in client view."""
        self.form.take(given)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._give_way()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._give_way()

    def _give_way(self) -> None:
        """Where the room is short, what is said or done elsewhere too goes: 100 %, turning (the keys do it), words."""
        px = look().px
        beside = self.width() - px(_SIDE + 40)
        self.show_button.set_bare(False)
        self.show_button.set_bare(self.show_button.sizeHint().width() > beside)
        side = _SIDE if self.show_button.sizeHint().width() <= beside else _SIDE - _LESS
        self.side.setFixedWidth(px(side))
        beside = self.width() - px(side + 40)
        whole = beside - self.show_button.sizeHint().width()
        turns = sum(chip.sizeHint().width() + px(8) for chip in (self.before, self.next)) if self._pages > 1 else 0
        for chip in (self.before, self.next):
            chip.setVisible(self._pages > 1 and turns <= whole)
        self.whole.setVisible(turns + self.whole.sizeHint().width() + px(8) <= whole)
        buttons = [self.show_button, *(chip for chip in self._turns if not chip.isHidden())]
        room = beside - sum(button.sizeHint().width() + px(8) for button in buttons)
        for words, least in ((self.pages, 0), (self._heading, self.pages.sizeHint().width() + px(8))):
            words.setVisible(words.sizeHint().width() + least <= room)

    # Showing

    def _show_page(self, printed: Any) -> None:
        self.view.load(printed.pdf)
        self.form.show_content(self.signing.content)
        self.missing.setVisible(bool(printed.missing))
        self.missing.set_text(tr("印刷できない字があり、紙では〓になります：{signs}", signs="　".join(printed.missing)))

    def _show_page_number(self, page: int, pages: int) -> None:
        self.pages.setText(tr("A4・{page}／{pages}ページ", page=page, pages=pages))
        self._pages = pages
        self._give_way()

    def _show_sealed(self) -> None:
        issued = finalizing.versions(self._store, self._uid)
        asked = asked_steps.waiting_words(self._store, self._uid)
        self.sealed.setVisible(bool(issued or asked))
        if not issued:
            self.sealed.set_text(asked)
            self.view.tell(asked)
            return
        last = issued[-1]
        day = long_day(last.issued_at.date()) if last.issued_at else ""
        words = (
            tr("{day}、第{n}版に署名をいただきました。", n=last.n, day=day) if self._read_only
            else tr("第{n}版は{day}に署名済みです。いまは訂正中で、署名すると第{m}版になります。", n=last.n, day=day,
                    m=(last.n or 1) + 1))
        self.sealed.set_text("\n".join(filter(None, (words, asked))))
        self.view.tell(words if self._read_only else "")

    def _show_gaps(self, gaps: list[Gap]) -> None:
        column = self._gap_box.layout()
        assert isinstance(column, Column)
        while (item := column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._gaps_card.setVisible(not self._read_only)
        if not gaps:
            column.fill(holder(Row(Picture("circle-check", "ok", 18), Label(tr("すべてそろっています")), None)))
        for gap in gaps:
            column.fill(self._gap(gap))
        self._count_checks(gaps=len(gaps))

    def _count_checks(self, *, gaps: int | None = None, names: int | None = None) -> None:
        """Say at the top how many things there are to check; a press leads to them."""
        self._checks = (self._checks[0] if gaps is None else gaps, self._checks[1] if names is None else names)
        count = sum(self._checks)
        words = tr("たしかめること {n}", n=count)
        self.to_check.set_words(words)
        self.to_check.setVisible(count > 0 and not self._read_only)

    def _go_to_check(self) -> None:
        first = next(iter((*self.name_covers(), *self.gap_links())), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)
        self._side_area.ensureWidgetVisible(self._gaps_card, 0, 0)

    def _put_off(self) -> None:
        """あとで送る: it stands in やり残し until it is sent."""
        store, uid = self._store, self._uid
        was = self._put_off_already

        def told(_none: None) -> None:
            self._put_off_already = not was
            if isValid(self):   # the way back is offered for some seconds, and the page may be closed by then
                self.later_button.set_words(tr("あとで送る") if was else tr("送りました"))
            words = (tr("送ったことにしました。やり残しから外れます") if was
                     else tr("きょうの「やり残し」に入れました。送ったら「送りました」を押します"))
            self._window.say(words, self._put_off)
        self._window.write(lambda: (sending_later.sent if was else sending_later.put_off)(store, uid), told)

    def _look_for_names(self) -> None:
        store, uid = self._store, self._uid
        self._window.work(lambda: other_names.found(store, uid), self._show_names, lambda _error: False)

    def _show_names(self, named: list[Named]) -> None:
        """Other organizations that the company would read of: each may be covered."""
        column = self._names_box.layout()
        assert isinstance(column, Column)
        while (item := column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for hit in named if not self._read_only else ():
            words = tr("ほかの企業の名前「{name}」が入っています", name=hit.written)
            cover = Button(tr("伏せる"), None, "ghost", name=tr("「{name}」を伏せる", name=hit.written))
            cover.clicked.connect(lambda _on=False, written=hit.written: self._cover(written))
            column.fill(_line("eye-off", "warn", words, cover))
        self._names_box.setVisible(bool(named) and not self._read_only)
        self._count_checks(names=0 if self._read_only else len(named))
        follow_reading_order(self)

    def _cover(self, written: str) -> None:
        self._window.write(
            lambda: other_names.cover(self._store, self._uid, written),
            lambda _: self._window.say(tr("「{name}」を伏せました。記録の行はそのままです", name=written),
                                       lambda: self._window.do("undo")))

    def _gap(self, gap: Gap) -> QFrame:
        link = Button(tr("直す"), None, "ghost", name=tr("{gap} を直す", gap=gap.text))
        link.clicked.connect(lambda: self.go_to_part.emit(gap.field, gap.part) if gap.part
                             else self.go_to_field.emit(gap.field))
        icon, token = ("circle-alert", "danger") if gap.blocking else ("info", "warn")
        return _line(icon, token, gap.text, link)

    def gap_links(self) -> list[Button]:
        """The links of the gaps shown, in order."""
        return [button for button in self._gap_box.findChildren(Button) if button.isVisibleTo(self)]

    def name_covers(self) -> list[Button]:
        """The buttons that cover another organization's name, in order."""
        return [button for button in self._names_box.findChildren(Button) if button.isVisibleTo(self)]

    def _show_refusal(self, field: str, words: str) -> None:
        if field in _FORM_FIELDS:
            if field == "signature":
                self.form.take_back()
            self.form.set_errors({field: words})
            return
        self._refused_field = field
        self.refusal.set_text(words)
        self.refusal.button.setVisible(bool(field))
        self.refusal.show()

    def _show_busy(self, on: bool) -> None:
        self.sign_button.setEnabled(not on)
        self.sign_button.set_words(tr("署名を記録しています…") if on else tr("署名して PDF を渡す"))
        self.setCursor(Qt.CursorShape.BusyCursor if on else Qt.CursorShape.ArrowCursor)


def _line(icon: str, token: str, text: str, button: Button) -> QFrame:
    line = QFrame()
    row = Row(Picture(icon, token, 18), Wrapped(text, "second"), button, space=8)
    row.setStretch(1, 1)
    line.setLayout(row)
    return line
