"""写真: every picture of the record in a grid, by keyboard alone; beside it what is known of the one under the cursor.

Only photos with 掲載の同意 あり are printed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import tr
from kanto_desk.services import codes, photo_intake, photos, timeline
from kanto_desk.services.consultations import Opened
from kanto_desk.services.picture_origin import Origin
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, compact, holder, scrolling
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.clock_row import ClockRow
from kanto_desk.ui.pages.consultation.key_hints import KeyHints
from kanto_desk.ui.pages.consultation.photo_details import CONSENTS, WIDTH, PhotoDetails, consent_words
from kanto_desk.ui.pages.consultation.photo_viewer import LineChooser, PhotoViewer
from kanto_desk.ui.pages.consultation.picture_grid import Cell, Mark, PictureGrid
from kanto_desk.ui.pages.consultation.thumbs import Thumbs
from kanto_desk.ui.pages.words import date_reader
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.theme import look
from kanto_desk.ui.typed import typed

KINDS = ("photo", "business_card", "drawing", "financial_statement", "brochure", "document", "other")
"""What a picture may show; codes of attachment_kind."""

_LOW = 380   # px at 100 %: below this height the grid and a question have no room together
_KEYS = {Qt.Key.Key_1.value: "yes", Qt.Key.Key_2.value: "no", Qt.Key.Key_3.value: "unasked"}
_OWN_KEYS = frozenset(_KEYS) | {Qt.Key.Key_T.value, Qt.Key.Key_M.value, Qt.Key.Key_F2.value, Qt.Key.Key_Delete.value}
_MARKS = {"yes": ("check", "ok"), "no": ("ban", "text2"), "unasked": ("circle-question-mark", "warn")}


class PhotosTab(QWidget):
    """All photos of the record."""

    choose_asked = Signal()
    camera_asked = Signal()

    def __init__(self, window: Window, uid: str, thumbs: Thumbs) -> None:
        super().__init__()
        self._window, self._uid, self._thumbs = window, uid, thumbs
        self._store = window.desk.store
        self.stale = True
        self._read_only = False
        self._photos: dict[str, Any] = {}
        self._lines: dict[str, timeline.Line] = {}
        self._day = window.clock().astimezone(JST).date()
        self._origins: dict[str, Origin] = {}
        self._absent: frozenset[str] = frozenset()   # contents that have not come to this laptop
        kinds = [(c.code, c.label) for c in codes.choices(self._store, "attachment_kind") if c.code in KINDS]
        levels = [(c.code, c.label) for c in codes.choices(self._store, "CL40b")]
        self.choose = Button(tr("写真を選ぶ"), "image", key="Ctrl+Shift+P")
        self.choose.clicked.connect(self.choose_asked)
        self.camera = Button(tr("カメラで撮る"), "camera", key="Ctrl+Shift+C")
        self.camera.clicked.connect(self.camera_asked)
        looking = (("Enter", tr("大きく見る")), ("Space", tr("選ぶ")))
        self.hint = KeyHints(*looking, ("1", tr("同意あり")), ("2", tr("同意なし")), ("3", tr("未確認")),
                              ("F2", tr("説明")), ("T", tr("時刻")), ("M", tr("別の行へ")), ("Delete", tr("外す")))
        self.looking_hint = KeyHints(*looking)
        self.grid = PictureGrid(tr("この記録の写真"), self._thumb, _OWN_KEYS)
        self.clock = ClockRow(date_reader(window.desk))
        self.clock.hide()
        self.details = PhotoDetails(kinds, levels)
        self.side = scrolling(self.details)
        self.viewer, self.chooser = PhotoViewer(window), LineChooser()
        ways_in = holder(Row(None, compact(self.camera), compact(self.choose), space=8))
        head = Row(self.hint, self.looking_hint, ways_in, space=12)
        head.setStretch(0, 1)
        self._head = holder(head)
        listing = Column(self._head, self.clock, self.grid, space=8)
        listing.setStretch(2, 1)
        self.stack = OneShown()
        self._listing = holder(listing)
        for part in (self._listing, self.viewer, self.chooser):
            self.stack.addWidget(part)
        self.empty = EmptyState(
            tr("まだ写真がありません。貼り付け（Ctrl+V）、ドロップ、SDカードやUSB、ファイル、"
               "カメラ（Ctrl+Shift+C）から入れられます。"),
            tr("写真を選ぶ"), picture="camera", key="Ctrl+Shift+P")
        self.empty.acted.connect(self.choose_asked)
        left = holder(Column(self.stack, self.empty, space=0, margins=(24, 12, 12, 12)))
        row = Row(left, self.side, space=0)
        row.setStretch(0, 1)
        self.setLayout(row)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._connect()
        self.restyle()

    def _connect(self) -> None:
        self._thumbs.arrived.connect(self.grid.viewport().update)
        self.grid.opened.connect(self.open_large)
        self.grid.pressed_key.connect(self._key)
        self.grid.chosen_changed.connect(self._show_details)
        self.grid.moved_to.connect(self._show_details)
        self.details.save.connect(self._save)
        self.details.time_asked.connect(self.ask_time)
        self.details.line_asked.connect(self.ask_line)
        self.details.removed.connect(self._remove)
        self.details.over.connect(self._to_grid)
        self.clock.answered.connect(self._set_time)
        self.clock.given_up.connect(self._close_clock)
        self.viewer.stepped.connect(self._step)
        self.viewer.closed.connect(self._to_grid)
        self.chooser.chosen.connect(self._move)
        self.chooser.closed.connect(self._to_grid)
        self.stack.currentChanged.connect(self._give_way)

    # What the page asks

    def read(self, opened: Opened) -> None:
        """Show the photos as they are kept."""
        self.stale = False
        self._read_only = not opened.editable
        self._day = opened.record.held_on or self._day
        self._photos = {p.uid: p for p in photos.pictures(self._store, self._uid)}
        self._lines = {line.uid: line for line in timeline.lines(self._store, self._uid)}
        self.grid.show_cells([self._cell(p) for p in self._in_order()])
        there = bool(self._photos)
        self.stack.setVisible(there)
        self.empty.setVisible(not there)
        if self.empty.button is not None:
            self.empty.button.setVisible(not self._read_only)
        self.choose.setVisible(not self._read_only)
        self._give_way()
        self.details.set_read_only(self._read_only)
        self._show_details()
        self._read_origins()
        # Tab would stop at one that is not shown.
        self.setFocusProxy(None if self._read_only else self._way_in())  # type: ignore[arg-type]  # Qt takes none

    def _way_in(self) -> QWidget:
        return self.grid if self._photos else self.empty.button or self.choose

    def take_focus(self) -> None:
        """Put the cursor where the work goes on."""
        self._way_in().setFocus(Qt.FocusReason.OtherFocusReason)

    def show_grid(self) -> None:
        """Show all pictures again, in the place of a large one; the cursor stays where it is."""
        if self.stack.currentWidget() is not self._listing:
            self.flush()
            self.stack.setCurrentWidget(self._listing)

    def go_to_photo(self, uid: str) -> None:
        """Put the cursor on a photo."""
        self.stack.setCurrentWidget(self._listing)
        self.grid.choose([])
        self.grid.go_to(uid)
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_to_unasked(self) -> None:
        """Choose the photos whose consent is open, ready for one key."""
        open_ = [p.uid for p in self._in_order() if p.kind == "photo" and p.consent not in ("yes", "no")]
        self.go_to_photo(open_[0] if open_ else self.grid.current())
        self.grid.choose(open_)

    def flush(self) -> None:
        """Save a caption being written."""
        self.details.flush()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use."""
        bar = self.side.verticalScrollBar().sizeHint().width()
        width = min(look().px(WIDTH), round(self.width() * 0.44) - bar)
        self.details.setFixedWidth(width)
        self.side.setFixedWidth(width + bar)
        self._give_way()

    def _give_way(self, *_: object) -> None:
        """In a small window what is worked at has the room: the pane, the keys and the grid go for a while."""
        used = look()
        large = self.stack.currentWidget() is not self._listing
        narrow = self.width() < used.px(800)
        asking = self.clock.isVisibleTo(self._listing)
        low = self.height() < used.px(_LOW)
        self.side.setVisible(bool(self._photos) and not (narrow and (large or asking)))
        self.grid.setVisible(not (low and asking))
        self._head.setVisible(not (low and asking))
        room = self.width() - (0 if self.side.isHidden() else self.side.width()) - used.px(36)
        room -= self.choose.sizeHint().width() + self.camera.sizeHint().width() + used.px(8)
        self.camera.setVisible(not self._read_only and room >= 0)   # without room its key does it
        room -= used.px(24)
        for hint, wanted in ((self.hint, not self._read_only), (self.looking_hint, self._read_only)):
            hint.setVisible(wanted and not low and hint.fits(room))

    def open_large(self, uid: str) -> None:
        """Show a photo large in the page."""
        self.flush()
        self._show_large(uid)
        self.stack.setCurrentWidget(self.viewer)
        self.viewer.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_time(self) -> None:
        """これは何時？ for the photo under the cursor."""
        photo = self._photos.get(self.grid.current())
        if photo is None or self._read_only:
            return
        if not {p.hash for p in self._photos.values() if p.hash} <= set(self._origins):
            self._read_origins(then=self.ask_time)   # which share its camera is read only now
            return
        told = self._origins.get(photo.hash or "", Origin())
        same = [p for p in self._photos.values() if p.kind == "photo" and told.camera and told.taken_at is not None
                and (other := self._origins.get(p.hash or "")) is not None and other.camera == told.camera]
        self.stack.setCurrentWidget(self._listing)
        self.clock.ask(photo.taken_at, self._day, photo.caption or photo.name or "", max(1, len(same)))
        self._give_way()

    def ask_line(self) -> None:
        """別の行へ移す for the photos meant."""
        meant = self.grid.meant()
        if not meant or self._read_only:
            return
        self.flush()
        self.stack.setCurrentWidget(self.chooser)
        self.chooser.ask(list(self._lines.values()), len(meant), self._photos[meant[0]].entry or "")

    # What is shown

    def _in_order(self) -> list[Any]:
        """By their lines, then as they were put in."""
        rows = {uid: n for n, uid in enumerate(self._lines)}
        return sorted(self._photos.values(), key=lambda p: (rows.get(p.entry or "", len(rows)), p.place or ""))

    def _cell(self, photo: Any) -> Cell:
        line = self._lines.get(photo.entry or "")
        at = photo.taken_at.astimezone(JST) if photo.taken_at else None
        time = (f"{at:%H:%M}" if at.date() == self._day else f"{at.month}/{at.day} {at:%H:%M}") if at else (
            line.time if line else "")
        marks = []
        if photo.kind == "photo":
            consent = photo.consent if photo.consent in CONSENTS else "unasked"
            icon, tone = _MARKS[consent]
            marks.append(Mark(icon, tone, tr("同意{word}", word=consent_words(consent))))   # type: ignore[arg-type]
        if photo.hash in self._absent:
            marks.append(Mark("download", "warn", tr("まだ届いていません")))
        elif at is not None and not self._has_camera_time(photo):
            marks.append(Mark("clock", "warn", tr("ファイルの時刻")))
        return Cell(photo.uid, time, photo.caption or photo.name or "", tuple(marks))

    def _has_camera_time(self, photo: Any) -> bool:
        told = self._origins.get(photo.hash or "")
        return told is None or told.taken_at is not None   # not read yet: nothing is said

    def _thumb(self, key: str, size: QSize, ratio: float) -> QPixmap:
        photo = self._photos.get(key)
        return self._thumbs.of_hash((photo.hash if photo else "") or "", size, ratio)

    def _show_details(self, *_: object) -> None:
        shown = [self._photos[uid] for uid in self.grid.meant() if uid in self._photos]
        line = self._lines.get(shown[0].entry or "") if shown else None
        self.details.show_photos(shown, line, camera_time=not shown or self._has_camera_time(shown[0]))

    def _read_origins(self, then: Callable[[], None] | None = None) -> None:
        missing = {p.hash for p in self._photos.values() if p.hash} - set(self._origins)
        blobs = self._window.desk.blobs

        def read(told: tuple[dict[str, Origin], frozenset[str]]) -> None:
            found, absent = told
            self._absent = (self._absent - missing) | absent
            self._origins |= {digest: found.get(digest, Origin()) for digest in missing - absent}
            for photo in self._photos.values():
                self.grid.update_cell(self._cell(photo))
            self._show_details()
            if then is not None:
                then()
        if missing:
            self._window.work(lambda: photo_intake.origins_and_absent(blobs, missing), read, lambda _error: True,
                              beside=True)

    def _show_large(self, uid: str) -> None:
        photo = self._photos[uid]
        keys = [cell.key for cell in self.grid.cells()]
        words = "　".join(filter(None, (f"{keys.index(uid) + 1}／{len(keys)}", self._cell(photo).time,
                                       photo.caption or photo.name)))
        self.viewer.show_photo(photo.hash or "", words)

    def _step(self, by: int) -> None:
        keys = [cell.key for cell in self.grid.cells()]
        if self.grid.current() in keys:
            to = keys.index(self.grid.current()) + by
            if 0 <= to < len(keys):
                self.grid.go_to(keys[to])
                self._show_large(keys[to])

    def _to_grid(self) -> None:
        self.flush()
        self.stack.setCurrentWidget(self._listing)
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_clock(self) -> None:
        self.clock.hide()
        self._give_way()
        self._to_grid()

    # What the user does

    def _key(self, key: int) -> None:
        if self._read_only:
            return
        if key in _KEYS:
            self._consent(_KEYS[key])
        elif key == Qt.Key.Key_T:
            self.ask_time()
        elif key == Qt.Key.Key_M:
            self.ask_line()
        elif key == Qt.Key.Key_F2:
            self.grid.choose([])
            self.details.edit_caption()
        else:
            self._remove()

    def _consent(self, code: str) -> None:
        meant = [uid for uid in self.grid.meant() if self._photos[uid].kind == "photo"]
        if meant:
            self.details.give_consent(code)

    def _save(self, uids: Sequence[str], values: object) -> None:
        assert isinstance(values, dict)
        if self._read_only:
            return
        words = typed(("consultation", self._uid), (tr("写真の説明"), list(values.values())),
                      slot=f"{','.join(uids)}:{','.join(sorted(values))}")
        if len(uids) == 1:
            self._window.write(lambda: photos.edit(self._store, self._uid, uids[0], values), typed=words)
            return
        if "consent" in values:   # where a photo is never printed there is nothing to ask
            uids = [uid for uid in uids if self._photos[uid].kind == "photo"]

        def told(_: Any) -> None:
            if "consent" in values:
                words = tr("{n}枚の同意を「{word}」にしました", n=len(uids), word=consent_words(values["consent"]))
            else:
                words = tr("写真{n}枚をまとめて直しました", n=len(uids))
            self._window.say(words, lambda: self._window.do("undo"))
        self._window.write(lambda: photos.edit_all(self._store, self._uid, uids, values), told, typed=words)

    def _remove(self) -> None:
        meant = self.grid.meant()
        if not meant:
            return

        def removed(_: Any) -> None:
            words = tr("写真を外しました") if len(meant) == 1 else tr("写真を{n}枚外しました", n=len(meant))
            self._window.say(words, lambda: self._window.do("undo"))
        self.flush()
        self._window.write(lambda: photos.remove(self._store, self._uid, *meant), removed)

    def _set_time(self, at: datetime, of_camera: bool) -> None:
        photo, store, blobs = self.grid.current(), self._store, self._window.desk.blobs
        self._close_clock()

        def told(count: int) -> None:
            self._window.say(tr("{n}枚の時刻を直しました", n=count), lambda: self._window.do("undo"))
        self._window.write(lambda: photo_intake.set_time(store, blobs, self._uid, photo, at, all_of_camera=of_camera),
                           told)

    def _move(self, entry: str) -> None:
        meant = self.grid.meant()
        self._to_grid()
        self.move_to_line(meant, entry)

    def move_to_line(self, uids: Sequence[str], entry: str) -> None:
        """Put photos under another line."""
        def told(_: Any) -> None:
            self._window.say(tr("写真を{n}枚移しました", n=len(uids)), lambda: self._window.do("undo"))
        self._window.write(lambda: photos.move_to_line(self._store, self._uid, uids, entry), told)
