"""One open consultation: head, 記録, まとめ, 写真, 署名・印刷. Connects what the user does to the verbs of the record.

Each tab is built when it is first shown. Client view hides everything but the page to be signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import today
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.places import places
from kanto_desk.japanese.queries import parse
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import closing, consultations, finalizing, summary, visit_numbers
from kanto_desk.services import photos as photos_service
from kanto_desk.services import promises as promises_service
from kanto_desk.services.consultations import Opened
from kanto_desk.services.issued_versions import signed_apart
from kanto_desk.services.timeline import Line
from kanto_desk.ui.discarding import discard_visit
from kanto_desk.ui.find_bar import FindBar, Finder
from kanto_desk.ui.finding_pdf import PdfFinder
from kanto_desk.ui.finding_texts import TextsFinder
from kanto_desk.ui.layout import Column
from kanto_desk.ui.page import Crumb, Key, Page, Verb, Window
from kanto_desk.ui.pages.consultation.at_hand import AtHand, Beside
from kanto_desk.ui.pages.consultation.banner import SignedBanner
from kanto_desk.ui.pages.consultation.camera_panel import CameraPanel
from kanto_desk.ui.pages.consultation.card_panel import CardPanel
from kanto_desk.ui.pages.consultation.client_view import ClientView
from kanto_desk.ui.pages.consultation.finding_cells import CellsFinder
from kanto_desk.ui.pages.consultation.header import TABS, Contents, Head, Header
from kanto_desk.ui.pages.consultation.number_twice import NumberTwice
from kanto_desk.ui.pages.consultation.own_keys import OwnKeys, clipboard_has_picture
from kanto_desk.ui.pages.consultation.photo_coming import PhotoComing
from kanto_desk.ui.pages.consultation.photo_import import PhotoImport
from kanto_desk.ui.pages.consultation.photos_tab import PhotosTab
from kanto_desk.ui.pages.consultation.phrase_boxes import PhraseBoxes
from kanto_desk.ui.pages.consultation.record_tab import RecordTab
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from kanto_desk.ui.pages.consultation.thumbs import Thumbs
from kanto_desk.ui.pages.consultation.words import issue_options, signed_apart_words, title_of
from kanto_desk.ui.pages.words import nth_words
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.timeline.editor import LineEditor
from kanto_desk.ui.timeline.finding import LinesFinder
from kanto_desk.ui.typed import typed
from kanto_desk.ui.watching import TextBox

PARTS = frozenset({"consultation", "entry", "issue", "summary_item", "promise", "participant", "referral", "consent",
                   "outcome", "attachment", "transition", "version", "confirmation", "organization"})
"""Record types that this page shows something of."""


_SHOWN_IN = {"entry": "record", "attachment": "photos"}
"""Record type → the tab in which its words stand; まとめ for all others."""


class ConsultationPage(Page):
    """An open consultation. Raises Refused when this laptop has no such record."""

    def __init__(self, desk: Any, window: Window, uid: str) -> None:
        super().__init__(window)
        self._desk, self.uid = desk, uid
        self._store = desk.store
        self._opened: Opened = consultations.get(self._store, uid)
        if self._opened.record.deleted_at is not None:
            raise Refused(tr("この相談はごみ箱にあります。「ごみ箱」から戻せます。"))
        self._issue_words = dict(issue_options(desk))
        self._restored = False
        self.thumbs = Thumbs(window, self)
        self.photo_import = PhotoImport(window, uid, self)
        self.banner = SignedBanner()
        self.number = NumberTwice()
        self.header = Header(window.clock)
        self.record = RecordTab(window, uid, self.thumbs)
        self.at_hand = AtHand(window)
        self.beside = Beside(self.record, self.at_hand, self.record.capture)
        self.stack = OneShown()
        self._tabs: dict[str, QWidget] = {"record": self.beside}
        self.stack.addWidget(self.beside)
        self._client: ClientView | None = None
        self._seen: tuple[int, date] | None = None   # newest change and day when the record was last read
        self.coming = PhotoComing(window, uid, self.photo_import, self)
        self.stack.addWidget(self.coming.panel)
        self.find_bar = FindBar()
        self._finders: dict[str, Finder] = {"record": LinesFinder(self.record.timeline)}
        self.find_bar.set_finder(self._finders["record"])
        self._column = Column(self.banner, self.number, self.header, self.coming.strip, self.find_bar, self.stack,
                              space=0)
        self._column.setStretch(5, 1)
        self.setLayout(self._column)
        self.setAccessibleName(self.title())
        self._keys = OwnKeys(self, self._paste_picture)
        self.phrases = PhraseBoxes(self, window, self.record.capture, self._kind_of, self._usual_box)
        self._connect()
        window.write(lambda: consultations.open_record(self._store, uid))

    def _connect(self) -> None:
        self.header.tab_chosen.connect(self._show_tab)
        self.header.photo_asked.connect(self.add_photos)
        self.header.phrase_asked.connect(self.phrases.ask)
        self.header.step_asked.connect(self.next_step)
        self.header.piece_asked.connect(self._go_to_piece)
        self.banner.correct.connect(self._correct)
        self.number.renumber.connect(lambda nth: self.desk_window.write(
            lambda: visit_numbers.renumber(self._store, self.uid, nth)))
        self.find_bar.opened.connect(lambda: self.record.set_close(True))
        self.find_bar.closed.connect(lambda: self.record.set_close(False))
        self.record.photo_clicked.connect(self._go_to_photo)
        self.record.timeline.photo_dropped.connect(self._move_photo)
        self.photo_import.added.connect(self._read)
        self.coming.panel_shown.connect(self._show_panel)
        self.coming.clock_doubted.connect(self._ask_time)
        self.coming.paper_files_asked.connect(self._choose_paper)
        self.coming.watch_drops([self, self.record.timeline.viewport(), self.record.capture.text,
                                 self.record.capture.text.viewport()], lambda: self._opened.editable)

    # What the window asks

    @property
    def root(self) -> Key | None:
        return ("consultation", self.uid)

    @property
    def primary_action(self) -> str | None:
        return "next_step"

    def title(self) -> str:
        return title_of(self._opened)

    def crumbs(self) -> Sequence[Crumb]:
        return (Crumb(tr("相談"), lambda: self.desk_window.go("visits")), Crumb(self.title()))

    def verbs(self) -> Mapping[str, Verb]:
        own: dict[str, Verb] = {"next_step": self.next_step, "print": self.print_sheet,
                                "client_view": lambda: self.set_client_view(not self.client_shown),
                                "capture": self.go_to_capture, "discard": self.discard}
        if self._opened.record.previous:
            own["last_visit"] = self.open_last_visit
        if self.client_shown:
            return {"client_view": own["client_view"]}
        if self._opened.editable:
            own |= {"photo": self.add_photos, "camera": self.coming.open_camera}
            if self.tab in ("record", "summary"):
                own["phrase"] = self.phrases.ask
        if self.tab in self._finders:
            own["find"] = self.find_bar.open
        if self.tab == "record":
            if self._opened.draft:   # asked before the record is first read, too
                own |= self.record.verbs()
            own |= {"capture": self.go_to_capture, "side": self.beside.toggle}
        return own

    def standing(self) -> str:
        return self.tab

    def stand_again(self, standing: str) -> None:
        if standing in TABS and standing != self.tab:
            self.go_to(standing)

    def activate(self) -> None:
        if self.client_shown:
            self.set_client_view(False)
        if self._seen != self._now():   # what changed while another page was shown was not told to this one
            self._read()
        if not self._restored:
            self._restored = True
            if self._opened.draft and self.record.restore():
                self.desk_window.say(tr("前回の続きを開きました"))
        if self.tab == "record" and self._opened.draft:
            self.record.go_to_capture()
        self.coming.set_on(self._opened.editable)

    def flush(self) -> None:
        self.record.flush()
        for tab in self._tabs.values():
            if isinstance(tab, SummaryTab | PhotosTab):
                tab.flush()

    def unwritten(self) -> str:
        draft = self.record.capture.draft()
        return draft.text + draft.composing

    def refresh(self, touched: frozenset[Key]) -> None:
        mine = any(kind in PARTS and (kind not in ("consultation", "organization") or uid in self._own_uids())
                   for kind, uid in touched)
        if not mine:
            if any(kind == "consultation" for kind, _ in touched):   # another visit of the company came or went
                self._show_number()
            return
        self._read()

    # What the user does

    @property
    def client(self) -> ClientView:
        """相手に見せる, built when it is first asked for."""
        if self._client is None:
            self._client = ClientView(self.desk_window, self.uid)
            self._client.hide()
            self._column.addWidget(self._client, 1)
            self._client.closed.connect(lambda: self.set_client_view(False))
            self._client.signed.connect(self._signed)
        return self._client

    @property
    def client_shown(self) -> bool:
        """Whether the page is alone on the screen for the client."""
        return self._client is not None and not self._client.isHidden()

    @property
    def tab(self) -> str:
        """The tab shown: record, summary, photos or sign."""
        return self.header.current()

    def go_to(self, tab: str) -> QWidget:
        """Show a tab; gives its widget."""
        self.coming.close_panel()
        self.header.go_to(tab)
        return self._tabs[tab]

    def go_to_capture(self) -> None:
        """記録, with the cursor in the capture box, or in the lines where nothing may be written (Ctrl+L)."""
        self.go_to("record")
        if self._opened.draft:
            self.record.go_to_capture()
            return
        self.record.timeline.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.desk_window.say(self._why_not())

    def _why_not(self) -> str:
        if self._opened.state == states.FINAL:
            return tr("署名済みなので書けません。直すには上の「新しい版をつくる」を押します")
        return tr("取りやめた相談なので書けません")

    def show_found(self, part: Key, query: str) -> None:
        """Mark the words of a query in the tab that shows a part, beginning there."""
        terms, record = parse(query).wanted, self._opened.record
        named = f"{record.theme or ''}\n{record.reference or ''}\n{record.expert or ''}"
        if self.client_shown or (part[0] == "consultation" and any(places(named, term) for term in terms)):
            return   # what the whole visit is called stands in no tab of its own
        tab = _SHOWN_IN.get(part[0], "summary")
        self.go_to(tab)
        lines = self._finders["record"]
        if tab == "record" and isinstance(lines, LinesFinder):
            lines.aim(part[1])
        if not any(self.find_bar.look_for(term) for term in terms):
            self.find_bar.close_bar()
        if isinstance(lines, LinesFinder):
            lines.aim("")

    def next_step(self) -> None:
        """The next step of the visit: to the signature, then sign and hand over."""
        self.coming.close_panel()
        tab = self._tabs.get("sign")
        if self.tab == "sign" and isinstance(tab, SignTab):
            self.flush()
            tab.sign()
        else:
            self.go_to("sign")

    def open_last_visit(self) -> None:
        """Show the record of the visit before this one."""
        if self._opened.record.previous:
            self.desk_window.open_consultation(self._opened.record.previous)

    def print_sheet(self) -> None:
        """Show the page and print it."""
        tab = self.go_to("sign")
        assert isinstance(tab, SignTab)
        tab.print_sheet()

    def discard(self) -> None:
        """ごみ箱へ入れる: the visit goes with its lines, promises and photos; 元に戻す opens it again."""
        self.flush()
        window = self.desk_window
        discard_visit(window, self._store, self.uid, self.title(), lambda: window.close_page(self))

    def add_photos(self) -> None:
        """Show the pictures of the card that is plugged in, else choose picture files."""
        if self.coming.camera_open:
            self.coming.close_panel()
        if self.coming.panel_open or not self.coming.open_card():
            self.photo_import.choose(self)

    def set_client_view(self, on: bool) -> None:
        """相手に見せる: the page and the pad alone."""
        self.coming.close_panel()
        if on:
            self.flush()
            sign = self._tabs.get("sign")
            if isinstance(sign, SignTab) and sign.stale:
                sign.read(self._opened)   # it may still hold what belongs to an earlier version
            self.client.open(sign.given() if isinstance(sign, SignTab) else None, editable=self._opened.editable)
        self.find_bar.close_bar()
        for part in (self.header, self.stack):
            part.setVisible(not on)
        self.coming.hide_for(on)
        self.banner.setVisible(not on and not self._opened.draft)
        self.client.setVisible(on)
        self._show_number()
        self.desk_window.client_view(on)
        self.desk_window.page_changed(self)
        if not on:
            self.client.close_page()
            sign = self._tabs.get("sign")
            given = self.client.given()
            if isinstance(sign, SignTab) and given is not None:
                sign.take(given)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.matches(QKeySequence.StandardKey.Paste) and clipboard_has_picture() and self._paste_picture():
            return
        super().keyPressEvent(event)

    # Reading

    def _own_uids(self) -> set[str]:
        company = self._opened.organization
        return {self.uid} | ({company.uid} if company else set())

    def _now(self) -> tuple[int, date]:
        return consultations.last_change(self._store), today(self._store.clock)

    def _read(self) -> None:
        """Show the record again; what the user is writing stays as it is."""
        self._seen = self._now()   # before reading: what changes meanwhile is read once more, not missed
        before, self._opened = self._opened, consultations.get(self._store, self.uid)
        if self._opened.record.deleted_at is not None:   # it went into the bin, by us or elsewhere
            self.desk_window.close_page(self)
            return
        if not self._opened.editable:
            self.coming.close_panel()
        self._show_state()
        self._show_head(self.record.read())
        self.at_hand.show_record(self._opened)
        for name, tab in self._tabs.items():
            if isinstance(tab, SummaryTab | PhotosTab | SignTab):
                if name == self.tab:
                    tab.read(self._opened)
                else:
                    tab.stale = True
        self.find_bar.again()
        if before.editable != self._opened.editable or title_of(before) != self.title():
            self.desk_window.page_changed(self)

    def _show_head(self, lines: Sequence[Line]) -> None:
        record, company = self._opened.record, self._opened.organization
        texts = summary.read(self._store, self.uid, lines)
        codes = consultations.issues(self._store, self.uid)
        words = self._issue_words.get(codes[0].code or "", "") if codes else ""
        contents = Contents(len(texts.issues), len(texts.advice_items),
                            promises_service.count(self._store, self.uid), self.photo_import.count(),
                            record.next_on is not None, self._opened.state == states.FINAL)
        self.header.show_head(Head(
            company=(company.name if company else None) or tr("このパソコンに無い企業"),
            field=words.split(" › ")[-1], where="・".join(filter(None, (nth_words(record.nth), record.place))),
            started=record.started_at, ended=record.ended_at, minutes=record.planned_minutes, contents=contents,
            editable=self._opened.editable))
        self._show_step()

    def _show_step(self) -> None:
        """署名へ進む, where neither the tab nor a panel has a primary button of its own: there is one a screen."""
        self.header.step.setVisible(not self.coming.panel_open and self.tab != "sign" and self._opened.editable)

    def _show_state(self) -> None:
        editable = self._opened.editable
        self.record.set_read_only(not editable, notes=self._opened.draft)
        if not editable:
            issued = finalizing.versions(self._store, self.uid)
            words = tr("取りやめた相談です。")
            if issued:
                words = tr("署名済みの版です（第{n}版）。このままでは直せません。", n=issued[-1].n)
                if apart := signed_apart(issued):
                    words = signed_apart_words(apart)
            self.banner.say(words, correctable=not self._opened.reading)
        self.banner.setVisible(not self._opened.draft and not self.client_shown)
        self._show_number()

    def _show_number(self) -> None:
        shown = self._opened.editable and not self.client_shown
        self.number.show_twice(visit_numbers.twice(self._store, self.uid) if shown else None)

    def _show_panel(self, panel: CardPanel | CameraPanel | None) -> None:
        """The pictures of a card or of the camera take the place of the tab, until they are put away."""
        self.flush()
        self._show_step()
        if panel is not None:
            if self.stack.indexOf(panel) < 0:
                self.stack.addWidget(panel)
            self.stack.setCurrentWidget(panel)
            panel.take_focus()
        else:
            tab = self._tabs[self.tab]
            self.stack.setCurrentWidget(tab)
            self._take_focus(tab)

    def _show_tab(self, name: str) -> None:
        self.flush()
        self.coming.leave_panel()
        if name not in self._tabs:
            self._tabs[name] = self._build(name)
            self.stack.addWidget(self._tabs[name])
        tab = self._tabs[name]
        self.stack.setCurrentWidget(tab)
        if isinstance(tab, SummaryTab | PhotosTab | SignTab) and tab.stale:
            tab.read(self._opened)
        self.find_bar.set_finder(self._finders.get(name))
        if not self.header.tabs.hasFocus():
            self._take_focus(tab)
        self._show_step()
        self.desk_window.page_changed(self)

    def _take_focus(self, tab: QWidget) -> None:
        if isinstance(tab, SummaryTab | PhotosTab | SignTab):
            tab.take_focus()
        elif self._opened.draft:
            self.record.go_to_capture()
        else:
            self.record.timeline.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self, name: str) -> QWidget:
        if name == "summary":
            made = SummaryTab(self.desk_window, self.uid)
            self._finders[name] = TextsFinder(made.area)
            return made
        if name == "photos":
            photos = PhotosTab(self.desk_window, self.uid, self.thumbs)
            photos.choose_asked.connect(self.add_photos)
            self._finders[name] = CellsFinder(photos.grid, photos.show_grid)
            photos.camera_asked.connect(self.coming.open_camera)
            return photos
        sign = SignTab(self.desk_window, self.uid)
        sign.go_to_field.connect(self._go_to_field)
        sign.go_to_part.connect(self._go_to_part)
        sign.client_view_asked.connect(lambda: self.set_client_view(True))
        sign.sign_asked.connect(self.next_step)
        sign.signed.connect(self._signed)
        self._finders[name] = PdfFinder(sign.view)
        sign.view.loaded.connect(self.find_bar.arrived)
        sign.view.texts_ready.connect(self.find_bar.arrived)
        sign.camera_asked.connect(lambda: self.coming.open_camera(sign.take_paper))
        return sign

    # Going to a place in the record

    def _go_to_piece(self, piece: str) -> None:
        if piece == "sign":
            self.go_to("sign")
        else:
            self._go_to_field({"issue": "issue_items", "advice": "advice_items"}.get(piece, piece))

    def _go_to_field(self, field: str) -> None:
        if field == "photo":
            photos = self.go_to("photos")
            assert isinstance(photos, PhotosTab)
            photos.go_to_unasked()
            return
        if field == "contested":
            self.desk_window.show_contested((consultations.TYPE, self.uid))
            return
        if field == "correction":
            self.go_to_capture()
            return
        tab = self.go_to("summary")
        assert isinstance(tab, SummaryTab)
        tab.go_to_field(field)

    def _go_to_part(self, field: str, part: str) -> None:
        """To the line, item or promise in which something is still to be filled in."""
        if field == closing.LINE:
            self.go_to("record")
            self.record.edit_blank(part)
            return
        tab = self.go_to("summary")
        assert isinstance(tab, SummaryTab)
        tab.go_to_part(field, part)

    def _kind_of(self, box: QWidget) -> str:
        """The kind of line that a text box is for."""
        if isinstance(box, LineEditor) and box.where.isValid():
            return self.record.timeline.lines.line(box.where.row()).kind
        tab = self._tabs.get("summary")
        return tab.kind_of(box) if isinstance(tab, SummaryTab) else ""

    def _usual_box(self) -> TextBox | None:
        """The box that takes a phrase where the focus was in none."""
        tab = self._tabs.get(self.tab)
        return tab.usual_box() if isinstance(tab, SummaryTab) else self.record.capture.text

    def _go_to_photo(self, photo: str) -> None:
        tab = self.go_to("photos")
        assert isinstance(tab, PhotosTab)
        tab.go_to_photo(photo)

    def _ask_time(self, photo: str) -> None:
        self._go_to_photo(photo)
        tab = self._tabs["photos"]
        assert isinstance(tab, PhotosTab)
        tab.ask_time()

    def _choose_paper(self) -> None:
        tab = self._tabs["sign"]
        assert isinstance(tab, SignTab)
        tab.choose_paper()

    def _move_photo(self, photo: str, line: str) -> None:
        self.desk_window.write(
            lambda: photos_service.move_to_line(self._store, self.uid, [photo], line),
            lambda _: self.desk_window.say(tr("写真を{n}枚移しました", n=1), lambda: self.desk_window.do("undo")))

    # Signing, correcting, pasting

    def _signed(self) -> None:
        if self.client_shown:
            self.set_client_view(False)
        self._read()
        self._take_focus(self._tabs[self.tab])

    def _correct(self, reason: str) -> None:
        def begun(asked: str) -> None:
            self._read()
            if asked:
                self.desk_window.say(tr("訂正は{name}さんの確認を待ちます。認められると直せます", name=asked))
                return
            self.desk_window.say(tr("訂正をはじめました。署名済みの版はそのまま残ります"))
            if self.tab in ("record", "sign"):   # on the signing page there is nothing to correct
                self.go_to_capture()
            else:
                self._take_focus(self._tabs[self.tab])
        self.desk_window.write(lambda: finalizing.correct(self._store, self.uid, reason), begun,
                               typed=typed(("consultation", self.uid), (tr("訂正の理由"), reason)))

    def _paste_picture(self) -> bool:
        if not self._opened.editable:
            return False
        return self.photo_import.paste()
