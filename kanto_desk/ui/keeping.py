"""How the window keeps what is typed: saves, the footer's truth, the red banner, 別の場所へ保存, the wait at closing.

Knows pages only as what holds boxes; holds no rule of the work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import JST, Clock
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import failures, handing
from kanto_desk.ui.alarm import Alarm
from kanto_desk.ui.elsewhere import written_out
from kanto_desk.ui.footer import Footer
from kanto_desk.ui.jobs import Jobs, Writer
from kanto_desk.ui.page import Files, Key, Page
from kanto_desk.ui.saving import Saving
from kanto_desk.ui.session import Session
from kanto_desk.ui.settling import QUIET_MS, Settling, WaitingBand
from kanto_desk.ui.typed import Typed
from kanto_desk.ui.unsaved import Unsaved


class Holder(Protocol):
    """What holds the boxes: the frame."""

    def flush(self) -> None: ...

    def open_pages(self) -> Sequence[tuple[Key, Page]]: ...


class Keeping(QObject):
    """One for each open desk. Emits `saved` when everything asked for is on disk, `leave_asked` to close without.

    `passphrase_wanted`: the user asked for something that a desk lying open refuses.
    """

    saved = Signal()
    leave_asked = Signal()
    passphrase_wanted = Signal()

    def __init__(self, frame: QWidget, holder: Holder, clock: Clock, files: Files, jobs: Jobs, session: Session, *,
                 read_only: Trouble | None = None) -> None:
        super().__init__(frame)
        self._read_only = read_only   # what every save is refused with, where the desk was opened for reading
        self._reading = failures.reading_only(read_only) if read_only is not None else None
        self._frame, self._holder, self._clock, self._files, self._jobs = frame, holder, clock, files, jobs
        self.session = session
        self.writer = Writer(self)
        self.saving = Saving(self.writer, self._told, self._may_work_later, self)
        self.unsaved = Unsaved(self.saving, clock, self)
        self.footer, self.alarm, self.band = Footer(), Alarm(), WaitingBand()
        self.settling = Settling(frame, self.band, self.busy, self.settle_now)
        self._asked_saved = False
        self._leaving = False
        self.alarm.stand(self._reading)
        self._listen()

    def write(self, job: Callable[[], Any], done: Callable[[Any], None] | None = None,
              failed: Callable[[Exception], bool] | None = None, typed: Typed | None = None) -> None:
        """Queue a save; see `Window.write`."""
        title = ""
        if typed is not None and typed.record is not None:
            title = next((page.title() for key, page in self._holder.open_pages() if key == typed.record), "")
        self.saving.save(job, done, failed, typed, title)

    def busy(self) -> int:
        """How many saves and jobs are under way; readings are not waited for, because closing stops them."""
        return self.saving.waiting + self._jobs.unstoppable

    def settle_now(self, limit_ms: int = QUIET_MS) -> bool:
        """Bring everything to the disk and wait for it, so shortly that nobody notices; False when it takes longer."""
        until = time.monotonic() + limit_ms / 1000
        self._holder.flush()
        self.saving.drain(limit_ms)
        if not self.saving.waiting:
            self._jobs.wait_idle(max(0, int((until - time.monotonic()) * 1000)))
        return not self.busy()

    def when_settled(self, then: Callable[[], None], *, leaving: bool) -> None:
        """Call `then` when everything is on disk; meanwhile say why the window stays, and what can be done."""
        self._leaving = leaving
        if self.saving.trouble is not None:
            self._show_held(self.saving.trouble)
        else:
            self.settling.begin(then, leaving=leaving)

    def quiet(self, limit_ms: int = 10_000) -> bool:
        """Wait until no thread touches the files, while saves may be held; False when one goes on longer."""
        until = time.monotonic() + limit_ms / 1000
        self._jobs.stop_readings()
        return self.writer.wait_idle(limit_ms) and self._jobs.wait_idle(
            max(0, int((until - time.monotonic()) * 1000)))

    def without_passphrase(self) -> None:
        """The user gives none for now: what was asked for is dropped; typed text waits on."""
        if isinstance(self.saving.trouble, _PassphraseFirst) and self.saving.is_action:
            self.saving.give_up()

    def say_saved(self) -> None:
        """Ctrl+S: everything is saved anyway; say so as soon as it is true."""
        self._holder.flush()
        self._asked_saved = self.saving.waiting > 0   # then the answer comes when the disk has everything
        if self.saving.trouble is None and not self._asked_saved:
            at = self.footer.saved_at
            self.footer.say(tr("すでに保存されています {time}", time=f"{at:%H:%M}") if at
                            else tr("すでに保存されています"))

    def show_failure(self, error: Exception) -> None:
        """Show a failure of the world beside its cause; an error of the program is raised."""
        trouble = failures.told(error)
        if self._reading is not None and error is self._read_only:
            self._refused(self._reading)
        elif failures.wants_passphrase(error):
            self.passphrase_wanted.emit()
        elif trouble is not None:
            self.alarm.show_trouble(trouble)
        elif isinstance(error, Refused):
            self.footer.say(error.message, tone="danger")
        else:
            raise error

    def save_elsewhere(self) -> bool:
        """Write everything that exists only in memory to a file that people can read; gives whether it is written."""
        now = self._clock()
        name = f"{tr('関東デスク_未保存の入力')}_{now.astimezone(JST):%Y-%m-%d_%H%M}.txt"
        path = self._files.save(self._frame, tr("別の場所へ保存"), name, "*.txt")
        if path is None:
            return False
        text = written_out(self.saving.unwritten(), [page for _, page in self._holder.open_pages()], now)
        try:
            handing.save_text(path, text)
        except Trouble as trouble:
            self.footer.say(f"{trouble.happened}{trouble.safe}{trouble.to_do}", tone="danger")
            return False
        self.footer.say(tr("{name} に書き出しました（暗号化されていません）", name=path.name))
        return True

    def close(self, *, ended: bool, limit_seconds: float = 10.0) -> bool:
        """End the writer; False when it still hangs in the disk. `ended`: the user closed the window."""
        self.settling.stop()
        closed = self.writer.close(limit_seconds)
        self.session.close(ended=ended)
        return closed

    def _listen(self) -> None:
        self.unsaved.changed.connect(self._tell_truth)
        self.saving.saved.connect(self._saved)
        self.saving.held.connect(self._held)
        self.saving.freed.connect(self._freed)
        self.saving.refused.connect(self._refused)
        self.alarm.again.connect(self.saving.again)
        self.alarm.elsewhere.connect(self.save_elsewhere)
        self.alarm.leave.connect(self.leave_asked)
        self.alarm.passphrase_asked.connect(self.passphrase_wanted)
        self.band.elsewhere.connect(self.save_elsewhere)
        self.band.leave.connect(self.leave_asked)

    def _tell_truth(self) -> None:
        oldest = self.unsaved.oldest
        self.session.note(whole=oldest is None and self.saving.trouble is None)   # first: a kill may come any moment
        if self.saving.trouble is not None:
            self.footer.held()
        elif oldest is None:
            self.footer.saved()
        else:
            self.footer.missing_since(oldest, under_way=self.unsaved.under_way)

    def _saved(self) -> None:
        if self.unsaved.oldest is None:
            self.footer.saved(self._clock())
        else:
            self.footer.note_saved(self._clock())
        self.saved.emit()
        if self._asked_saved and not self.saving.waiting:
            self.say_saved()

    def _held(self, trouble: Trouble) -> None:
        self._tell_truth()
        if self.settling.waiting:
            self.settling.stop()
            self._show_held(trouble)
        elif isinstance(trouble, _PassphraseFirst) and not self.alarm.protect.isHidden():
            return   # tried again in vain: the banner stands already
        else:
            self._raise_alarm(trouble)
            if isinstance(trouble, _PassphraseFirst) and self.saving.is_action:
                self.passphrase_wanted.emit()   # a box would take the keys of somebody who types

    def _raise_alarm(self, trouble: Trouble) -> None:
        if isinstance(trouble, _PassphraseFirst):
            self.alarm.show_open(trouble)
        else:
            self.alarm.show_held(trouble)

    def _show_held(self, trouble: Trouble) -> None:
        self._raise_alarm(trouble)
        if self._leaving:
            self.alarm.offer_leaving(self.saving.waiting)

    def _freed(self) -> None:
        self.alarm.rest()
        self._tell_truth()

    def _told(self, error: BaseException) -> Trouble | None:
        told = _told(error)
        return self._reading if told is not None and self._reading is not None else told

    def _may_work_later(self, error: BaseException) -> bool:
        """Text that somebody typed is kept, too, while the desk is open for reading: it can be written elsewhere."""
        return _may_work_later(error) if self._reading is None else self.saving.is_typed

    def _refused(self, error: Exception) -> None:
        if self._reading is not None and error is self._reading:
            self.alarm.stand(self._reading)
            self.footer.say(tr("いまは読むことだけができます"), tone="danger")
        elif isinstance(error, Refused):
            self.footer.say(error.message, tone="danger")
        elif isinstance(error, Trouble):
            self.alarm.show_trouble(error)


class _PassphraseFirst(Trouble):
    """The desk lies open, so a record of the user's own waits until it has a passphrase."""


def _told(error: BaseException) -> Trouble | None:
    if failures.wants_passphrase(error):
        return _PassphraseFirst(tr("見本データのあいだは合言葉がありません。"),
                                tr("いまの内容は、画面に残っています。"),
                                tr("合言葉を決めると、自分の記録として保存します。"))
    return failures.told(error)


def _may_work_later(error: BaseException) -> bool:
    return failures.wants_passphrase(error) or failures.may_work_later(error)
