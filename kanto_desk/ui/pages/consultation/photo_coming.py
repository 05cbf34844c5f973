"""All the ways photos come into one record, put together: the line below the head, the panels of a card and of this
computer's camera, drops."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.cameras import Shot
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.camera_panel import CameraPanel
from kanto_desk.ui.pages.consultation.card_panel import CardPanel
from kanto_desk.ui.pages.consultation.card_watch import CardContents, CardWatch
from kanto_desk.ui.pages.consultation.photo_drop import PhotoDrop
from kanto_desk.ui.pages.consultation.photo_import import Outcome, PhotoImport
from kanto_desk.ui.pages.consultation.photo_strip import PhotoStrip


class PhotoComing(QObject):
    """`panel_shown(panel)` asks the page for the room of a tab, with None gives it back; `clock_doubted(photo)` to ask
    when it was taken."""

    panel_shown = Signal(object)
    clock_doubted = Signal(str)
    paper_files_asked = Signal()

    def __init__(self, window: Window, uid: str, photo_import: PhotoImport, parent: QWidget) -> None:
        super().__init__(parent)
        self._window, self._import, self._page = window, photo_import, parent
        self.strip, self.panel = PhotoStrip(), CardPanel(window, uid)
        self._camera: CameraPanel | None = None
        self.watch = CardWatch(window, uid, self)
        self.shown: CardPanel | CameraPanel | None = None   # the panel that has the room of the tab
        self._for_paper: Callable[[Shot, datetime], None] | None = None
        self._cards: dict[Path, CardContents] = {}
        self._put_away: set[Path] = set()
        self._offered: Path | None = None
        self._doubted = ""
        self.watch.came.connect(self._came)
        self.watch.went.connect(self._went)
        self.strip.acted.connect(self._act)
        self.strip.closed.connect(self._closed)
        self.panel.take.connect(self._take)
        self.panel.camera_asked.connect(self.open_camera)
        self._listen(self.panel)
        photo_import.progressed.connect(self._progress)
        photo_import.stopped.connect(lambda: self.strip.over("stop"))
        photo_import.ended.connect(self._ended)

    @property
    def camera(self) -> CameraPanel:
        """The panel of this computer's camera, built when it is first asked for."""
        if self._camera is None:
            self._camera = CameraPanel(self._window)
            self._camera.taken.connect(self._shot)
            self._listen(self._camera)
        return self._camera

    @property
    def camera_open(self) -> bool:
        """Whether that panel has the room of the tab."""
        return self.shown is not None and self.shown is self._camera

    @property
    def panel_open(self) -> bool:
        """Whether a panel has the room of the tab."""
        return self.shown is not None

    def set_on(self, on: bool) -> None:
        """Look for cards while the record may be written."""
        self.watch.set_on(on)
        if not on:
            self.leave_panel()
            self.strip.over("card")

    def hide_for(self, covered: bool) -> None:
        """Say nothing while the client looks at the screen."""
        self.strip.setVisible(not covered and bool(self.strip.shown))

    def watch_drops(self, widgets: Iterable[QWidget], may: Callable[[], bool]) -> None:
        """Take picture files dropped on these."""
        drops = PhotoDrop(self, widgets, may)
        drops.dropped.connect(self._import.add_files)

    def open_card(self) -> bool:
        """Show the pictures of a card that is plugged in; False if there is none."""
        contents = self._cards.get(self._offered) if self._offered is not None else None
        contents = contents or next(iter(self._cards.values()), None)
        if contents is None:
            return False
        self.leave_panel()
        self.shown = self.panel
        self.strip.over("card")
        self.panel.open(contents)
        self.panel_shown.emit(self.panel)
        self.watch.read(contents.volume)   # what was taken or put into the bin meanwhile
        return True

    def open_camera(self, for_paper: Callable[[Shot, datetime], None] | None = None) -> None:
        """Show the live picture of this computer's camera; `for_paper` takes one photo, the record any number."""
        if self.camera_open:
            return
        self.leave_panel()
        self.shown, self._for_paper = self.camera, for_paper
        if for_paper is None:
            self.camera.open(tr("カメラで撮る"),
                             tr("写真は、貼り付け（Ctrl+V）、ドロップ、SDカードやUSB、ファイルからも入れられます。"))
        else:
            self.camera.open(tr("署名した紙を撮る"), tr("紙の写真は、ファイルからも選べます。"))
        self.panel_shown.emit(self.camera)

    def close_panel(self) -> None:
        """Go back to the tab."""
        if self.panel_open:
            self.leave_panel()
            self.panel_shown.emit(None)
            if self._offered in self._cards and self._offered not in self._put_away:
                self.strip.offer(self._cards[self._offered])

    def leave_panel(self) -> None:
        """The page shows something else."""
        self.shown = None
        self.panel.leave()
        if self._camera is not None:
            self._camera.leave()

    def _listen(self, panel: CardPanel | CameraPanel) -> None:
        panel.files_asked.connect(self._choose_files)
        panel.closed.connect(self.close_panel)

    def _came(self, contents: CardContents) -> None:
        root = contents.volume.root
        self._cards[root] = contents
        if self.shown is self.panel:
            self.panel.refresh(contents)
        elif root not in self._put_away:
            self._offered = root
            self.strip.offer(contents)

    def _went(self, root: Path) -> None:
        self._cards.pop(root, None)
        self._put_away.discard(root)
        if self._offered == root:
            self._offered = None
            self.strip.over("card")
        if self.shown is self.panel and self.panel.gone(root):
            self.close_panel()
            self._window.say(tr("カードが抜かれました。入れた写真はそのままです"))

    def _act(self, what: str) -> None:
        if what == "card":
            self.open_card()
        elif what == "stop":
            self._import.stop()
        elif what == "clock":
            self.strip.over("clock")
            self.clock_doubted.emit(self._doubted)

    def _closed(self, what: str) -> None:
        if what == "card" and self._offered is not None:
            self._put_away.add(self._offered)
            self._offered = None

    def _take(self, files: list[Path], clocks: dict[str, timedelta]) -> None:
        if self._offered is not None:
            self._put_away.add(self._offered)
        self.close_panel()
        self._import.add_files(files, clocks)

    def _shot(self, shot: Shot, at: datetime) -> None:
        for_paper = self._for_paper
        if for_paper is None:
            self._import.add_shot(shot, at)
        else:
            self.close_panel()
            for_paper(shot, at)

    def _choose_files(self) -> None:
        for_paper = self.camera_open and self._for_paper is not None
        self.close_panel()
        if for_paper:
            self.paper_files_asked.emit()
        else:
            self._import.choose(self._page)

    def _progress(self, done: int, total: int) -> None:
        if not self.camera_open:   # there the photo just taken is in sight, and the picture must not jump
            self.strip.progress(done, total)

    def _ended(self, outcome: Outcome) -> None:
        self.strip.over("stop")
        if outcome.refused:
            self.strip.refused(outcome.refused)
        else:
            self.strip.over("refused")
        if outcome.taken.outside:
            self._doubted = outcome.taken.outside[0]
            self.strip.doubt(len(outcome.taken.outside))
        for contents in list(self._cards.values()):   # what is in now is offered no more
            self.watch.read(contents.volume)
