"""The pictures of a card inside the page: those of the visit are chosen already, Enter takes them.

Small pictures are made one after the other on the thread for pictures; choosing and taking need not wait for them.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import tr
from kanto_desk.services import photo_cards, photo_intake
from kanto_desk.services.photo_cards import Found, Looked
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.layout import Column, Flow, Row, compact, holder
from kanto_desk.ui.notices import announce
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.card_watch import CardContents
from kanto_desk.ui.pages.consultation.clock_row import ClockRow
from kanto_desk.ui.pages.consultation.key_hints import KeyHints
from kanto_desk.ui.pages.consultation.picture_grid import Cell, Mark, PictureGrid
from kanto_desk.ui.pages.consultation.thumbs import fitted, plain
from kanto_desk.ui.pages.words import date_reader
from kanto_desk.ui.text import Elided, Label, Wrapped
from kanto_desk.ui.theme import look

_LOW = 380   # px at 100 %: below this height the grid and a question have no room together
_OWN_KEYS = frozenset({Qt.Key.Key_T.value, Qt.Key.Key_Escape.value})


class CardPanel(QWidget):
    """Emits `take(paths, clocks)` for what the user chose, `files_asked` for the system's dialog, `camera_asked` for
    this computer's camera, `closed`."""

    take = Signal(object, object)
    files_asked = Signal()
    camera_asked = Signal()
    closed = Signal()

    def __init__(self, window: Window, uid: str) -> None:
        super().__init__()
        self._window, self._uid = window, uid
        self._contents: CardContents | None = None
        self._found: dict[str, Found] = {}
        self._clocks: dict[str, timedelta] = {}
        self._said: dict[str, timedelta] = {}
        self._looked: dict[str, Looked] = {}
        self._images: dict[str, QImage] = {}
        self._elsewhere: dict[str, str] = {}
        self._to_look: deque[str] = deque()
        self._looking = self._paused = False
        self._drawn: dict[tuple[str, int, int, float], QPixmap] = {}
        self.title = Elided("", "h3")
        self.count = Label("", "caption")
        self.of_day, self.all = Chip(tr("相談の日")), Chip(tr("すべて"))
        group = QButtonGroup(self)
        for chip in (self.of_day, self.all):
            group.addButton(chip)
            chip.clicked.connect(self._show)
        self.files = Button(tr("ほかのファイルから"), "folder-open")
        self.files.clicked.connect(self.files_asked)
        self.camera = Button(tr("カメラで撮る"), "camera", key="Ctrl+Shift+C")
        self.camera.clicked.connect(self.camera_asked)
        self.ask_time = Button(tr("これは何時？"), "clock", key="T")
        self.ask_time.clicked.connect(self._ask_time)
        self.away = Button(tr("とじる"), kind="ghost", key="Esc")
        self.away.clicked.connect(self.closed)
        self.ok = Button(tr("入れる"), "check", "primary", key="Enter")
        self.ok.clicked.connect(self._take)
        self.clock = ClockRow(date_reader(window.desk))
        self.clock.hide()
        self.clock.answered.connect(self._set_clock)
        self.clock.given_up.connect(self._close_clock)
        self.note = Wrapped("", "caption")
        self.note.hide()
        self.grid = PictureGrid(tr("カードの写真"), self._thumb, _OWN_KEYS)
        self.grid.opened.connect(self._take)
        self.grid.pressed_key.connect(self._key)
        self.grid.chosen_changed.connect(self._show_count)
        self.progress = Label("", "caption")
        self.pause = Button(tr("中止"), kind="ghost", name=tr("小さな写真をつくるのを中止"))
        self.pause.clicked.connect(self._pause)
        self.hint = KeyHints(("↑ ↓ ← →", tr("動く")), ("Space", tr("選ぶ")), ("Ctrl+A", tr("すべて選ぶ")),
                              ("T", tr("時刻を合わせる")), ("Enter", tr("入れる")))
        head = Row(self.title, self.count, None, self.away, space=10)
        head.setStretch(0, 1)
        self._tools = holder(Flow(self.of_day, self.all, self.ask_time, self.files, self.camera, space=8))
        foot = Row(self.hint, None, self.progress, self.pause, compact(self.ok), space=12)
        foot.setStretch(0, 1)
        self._head, self._foot = holder(head), holder(foot)
        whole = Column(self._head, self._tools, self.clock, self.note, self.grid, self._foot, space=8,
                       margins=(24, 10, 20, 12))
        whole.setStretch(4, 1)
        self.setLayout(whole)
        self.setFocusProxy(self.grid)

    def open(self, contents: CardContents) -> None:
        """Show a card; what belongs to the visit is chosen."""
        self._contents, self._clocks, self._said = contents, dict(contents.clocks), {}
        self._found = {str(one.path): one for one in contents.found}
        self._paused = False
        kind = tr("SDカード") if contents.is_card else tr("USBメモリー")
        self.title.set_text(tr("{kind}「{name}」の写真", kind=kind, name=contents.volume.name))
        day = photo_cards.of_day(contents.found, contents.span, self._clocks)
        (self.of_day if day else self.all).setChecked(True)
        self._close_clock()
        self._show_note()
        self.grid.choose([])
        self._show()
        self._choose_wanted()
        self._ask_known()
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_focus(self) -> None:
        """Put the cursor where the work goes on."""
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, contents: CardContents) -> None:
        """The card shown was read again: more may be on it, more of it in the record."""
        if self._contents is not None and self._contents.volume == contents.volume:
            self._contents = contents
            self._found = {str(one.path): one for one in contents.found}
            self._show()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._give_way()

    def _give_way(self) -> None:
        """In a low window the question has the room for itself."""
        low = self.height() < look().px(_LOW)
        for part in (self._head, self._tools, self._foot, self.grid):
            part.setVisible(not (low and self.clock.isVisibleTo(self)))
        self.hint.setVisible(self.hint.fits(self.width() - self.ok.sizeHint().width() - look().px(160)) and not low)

    def gone(self, root: Path) -> bool:
        """Whether the card shown is the one that was pulled out; nothing more is read from it then."""
        mine = self._contents is not None and self._contents.volume.root == root
        if mine:
            self._to_look.clear()
        return mine

    def leave(self) -> None:
        """Make no more small pictures."""
        self._to_look.clear()

    @property
    def waiting(self) -> int:
        """How many small pictures are still to be made."""
        return len(self._to_look) + self._looking

    def _show(self) -> None:
        """The cells of the day or of the whole card, those of the visit read first."""
        contents = self._contents
        if contents is None:
            return
        day = photo_cards.of_day(contents.found, contents.span, self._clocks)
        self.of_day.set_words(tr("相談の日 {n}", n=len(day)))
        self.all.set_words(tr("すべて {n}", n=len(contents.found)))
        shown = list(contents.found) if self.all.isChecked() else day
        shown.sort(key=lambda one: (one.corrected(self._clocks), one.path))
        if self.all.isChecked():
            shown.reverse()   # of a whole card the newest first
        self.grid.show_cells([self._cell(str(one.path)) for one in shown])
        self._show_count()
        wanted = {str(one.path) for one in photo_cards.of_visit(shown, contents.span, self._clocks)}
        order = sorted((str(one.path) for one in shown), key=lambda key: key not in wanted)
        self._to_look = deque(key for key in order if key not in self._looked)
        self._look_next()

    def _choose_wanted(self) -> None:
        contents = self._contents
        assert contents is not None
        wanted = [str(one.path) for one in photo_cards.of_visit(contents.found, contents.span, self._clocks)
                  if not self._taken(str(one.path))]
        self.grid.choose(wanted)
        here = next(iter(wanted), self.grid.current())
        self.grid.go_to(here)

    def _taken(self, key: str) -> bool:
        """Whether the record has this picture: by its content once that is read, by name and time before."""
        looked, contents = self._looked.get(key), self._contents
        if looked is not None and self._elsewhere.get(looked.digest) == self._uid:
            return True
        return contents is not None and Path(key) in contents.taken

    def _ask_known(self) -> None:
        """Ask which of the pictures looked at before are in a record by now."""
        store, digests = self._window.desk.store, [one.digest for one in self._looked.values()]

        def told(known: dict[str, str]) -> None:
            self._elsewhere = known
            self._show()
            self.grid.choose([key for key in self.grid.chosen() if not self._taken(key)])
        if digests:
            self._window.work(lambda: photo_intake.known(store, None, digests), told, beside=True)

    def _cell(self, key: str) -> Cell:
        found = self._found[key]
        at = found.corrected(self._clocks).astimezone(JST)
        contents = self._contents
        same_day = contents is not None and contents.span.same_day(at)
        time = f"{at:%H:%M}" if same_day else f"{at.month}/{at.day} {at:%H:%M}"
        marks = []
        looked = self._looked.get(key)
        if self._taken(key):
            marks.append(Mark("check", "ok", tr("取り込み済み")))
        elif looked is not None and looked.refused:
            marks.append(Mark("triangle-alert", "danger", looked.refused))
        elif looked is not None and looked.digest in self._elsewhere:
            marks.append(Mark("info", "text2", tr("ほかの相談にあり")))
        elif not found.camera_time:
            marks.append(Mark("clock", "warn", tr("ファイルの時刻")))
        return Cell(key, time, found.path.name, tuple(marks), off=self._taken(key))

    def _look_next(self) -> None:
        if self._looking:
            return
        self._show_progress()
        if not self._to_look or self._paused:
            return
        key, store = self._to_look.popleft(), self._window.desk.store
        self._looking = True

        def job() -> tuple[Looked, dict[str, str]]:
            looked = photo_cards.look(Path(key))
            return looked, photo_intake.known(store, None, [looked.digest])

        def done(result: tuple[Looked, dict[str, str]]) -> None:
            self._looking = False
            looked, known = result
            self._looked[key] = looked
            self._elsewhere |= known
            if looked.thumb:
                self._images[key] = QImage.fromData(looked.thumb)
            if key in self._found:
                self.grid.update_cell(self._cell(key))
                if self._taken(key) and key in self.grid.chosen():
                    self.grid.choose([one for one in self.grid.chosen() if one != key])
            self._look_next()

        def failed(error: Exception) -> bool:
            self._looking = False
            self._look_next()
            return isinstance(error, OSError)   # pulled out: the strip says so
        self._window.work(job, done, failed, beside=True)

    def _show_progress(self) -> None:
        total = len(self.grid.cells())
        left = len(self._to_look)
        self.pause.setVisible(bool(left) and not self._paused)
        self.progress.setVisible(bool(left))
        if left:
            self.progress.setText(tr("小さな写真　{done}／{total}", done=total - left, total=total))

    def _pause(self) -> None:
        self._paused = True
        self._show_progress()
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _thumb(self, key: str, size: QSize, ratio: float) -> QPixmap:
        image = self._images.get(key)
        if image is None:
            return plain(size)
        wanted = (key, size.width(), size.height(), ratio)
        if wanted not in self._drawn:
            self._drawn[wanted] = fitted(image, size, ratio)
        return self._drawn[wanted]

    def _show_count(self) -> None:
        chosen = len(self.grid.chosen())
        self.count.setText(tr("{n}枚を選んでいます", n=chosen))
        self.ok.set_words(tr("{n}枚を入れる", n=chosen) if chosen else tr("入れる"))
        self.ok.setAccessibleName(self.ok.words)
        self.ok.setEnabled(bool(chosen))

    def _take(self, *_: object) -> None:
        chosen = self.grid.chosen()
        if not chosen:
            self._window.say(tr("写真を選んでから Enter を押します（スペースで選べます）"))
            return
        self.leave()
        self.take.emit([Path(key) for key in chosen], dict(self._clocks))

    def _key(self, key: int) -> None:
        if key == Qt.Key.Key_T:
            self._ask_time()
        else:
            self.closed.emit()

    # The camera's clock

    def _ask_time(self) -> None:
        found, contents = self._found.get(self.grid.current()), self._contents
        if found is None or contents is None:
            return
        same = sum(1 for one in contents.found if one.camera_time and one.camera == found.camera)
        if not found.camera_time or not found.camera:
            self._window.say(tr("この写真には、カメラの時刻がありません。入れたあと「写真」の面で直せます"))
            return
        self.clock.ask(found.corrected(self._clocks), contents.span.day, found.path.name, same)
        self._give_way()
        self.clock.one.hide()   # before it is taken, a clock is put right, not a single picture
        self.clock.all.setChecked(True)

    def _set_clock(self, at: datetime, _all: bool) -> None:
        found = self._found.get(self.grid.current())
        if found is None:
            return
        self._clocks[found.camera] = at - found.at
        self._close_clock()
        self._show_note()
        self.of_day.setChecked(True)
        self._show()
        self._choose_wanted()
        announce(self, self.note.plain())
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_clock(self) -> None:
        had = self.clock.isVisible()
        self.clock.hide()
        self._give_way()
        if had:
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_note(self) -> None:
        cameras = {one.camera: one for one in self._found.values() if one.camera_time}
        words = [tr("{camera} の時計を {by} 直した時刻です。", camera=one.camera.split("#")[0] or tr("カメラ"),
                    by=offset_words(self._clocks[camera]))
                 for camera, one in cameras.items() if self._clocks.get(camera)]
        self.note.set_text("".join(words))
        self.note.setVisible(bool(words))


def offset_words(by: timedelta) -> str:
    """By how much a clock was put right: ＋9時間2分."""
    minutes = round(abs(by).total_seconds() / 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [tr("{n}日", n=days) if days else "", tr("{n}時間", n=hours) if hours else "",
             tr("{n}分", n=minutes) if minutes or not (days or hours) else ""]
    return ("−" if by < timedelta(0) else "＋") + "".join(parts)
