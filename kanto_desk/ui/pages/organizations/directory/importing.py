"""Taking the tax agency's files in: chosen in the window, read by a process of its own, told while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import company_directory
from kanto_desk.services.company_directory import Progress, Report
from kanto_desk.stopping import Stopped
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.jobs import Cancelled, Job, Jobs
from kanto_desk.ui.layout import Column, Row, holder
from kanto_desk.ui.notices import Notice, announce
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.reading_only import reads_only
from kanto_desk.ui.text import Label

KINDS: Final = "*.zip *.csv"
_STAGES: Final = {"reading": "読んでいます　{done}件", "building": "書いています　{done}／{total}件",
                  "updating": "書いています　{done}／{total}件"}
# tr("読んでいます　{done}件") tr("書いています　{done}／{total}件")


class TakingIn(QWidget):
    """A strip that is there while files are taken in, and afterwards while it has something to tell.

    Emits `begun`, and `ended` when the directory may have changed, with whether the keys were in the strip.
    """

    begun = Signal()
    ended = Signal(bool)

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__()
        self._desk, self._window = desk, window
        self._jobs: Jobs | None = None
        self._job: Job | None = None
        self._stage = ""
        self.state = Label("", "second")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("取り込みの進み"))
        self.stop = Button(tr("中止"), "x")
        self.stop.clicked.connect(self.cancel)
        self._working = holder(Row(self.state, self.bar, self.stop, space=10))
        self.notice = Notice("danger", "")
        self.notice.hide()
        self.setLayout(Column(self._working, self.notice, space=6))
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether files are being taken in."""
        return self._job is not None

    def choose(self) -> None:
        """Let files be chosen, and take them in; does nothing while others are."""
        if self.busy or reads_only(self._desk.store, self._window):
            return
        chosen = self._window.files.open(self, tr("国税庁の法人番号のファイル"),
                                         tr("法人番号のファイル（{kinds}）", kinds=KINDS))
        if chosen:
            self.begin(chosen)

    def begin(self, files: Sequence[Path]) -> None:
        """Take files in."""
        desk = self._desk

        def work(job: Job) -> Report:
            def told(progress: Progress) -> bool:
                self._stage = progress.stage
                if not job.cancelled:
                    job.step(progress.done, progress.total)
                return not job.cancelled
            return company_directory.import_files(desk, files, told)
        if self._jobs is None:
            self._jobs = Jobs(self, name="directory")
        self.notice.hide()
        self.state.setText(tr("取り込みを始めています"))
        self.bar.setRange(0, 0)
        self._job = self._jobs.start(work, self._done, self._failed, self._progressed)
        self._show_parts()
        self.begun.emit()

    def cancel(self) -> None:
        """Stop; the directory stays as it was, and what was read is used when the same files come again."""
        if self._job is not None:
            self._job.cancel()
            self.state.setText(tr("中止しています"))

    def wait(self, limit_ms: int) -> bool:
        """Wait until nothing is taken in any more, handling no events."""
        return self._jobs is None or self._jobs.wait_idle(limit_ms)

    def _progressed(self, done: int, total: int) -> None:
        if self._job is None or self._job.cancelled:
            return
        self.bar.setRange(0, total)
        self.bar.setValue(min(done, total))
        self.state.setText(tr(_STAGES.get(self._stage, "読んでいます　{done}件"), done=f"{done:,}",
                              total=f"{total:,}"))

    def _done(self, report: Report) -> None:
        self._job = None
        told = tr("新しい法人 {added}件、変わった法人 {changed}件、変わらない法人 {unchanged}件。"
                  "いま {total}件をさがせます。", added=f"{report.added:,}",
                  changed=f"{report.changed:,}", unchanged=f"{report.unchanged:,}", total=f"{report.total:,}")
        self._window.say(told)
        announce(self, told)
        wrong = [one.reason for one in report.files if one.outcome == "refused"]
        wrong += [tr("{name}：もう取り込んであります。", name=one.name) for one in report.files
                  if one.outcome == "known"]
        wrong += [tr("{name}：{rows}行を読みました（受け付けない行 {refused}）。", name=one.name, rows=f"{one.rows:,}",
                     refused=f"{one.refused:,}") for one in report.files if one.refused]
        self._tell("\n".join(wrong))

    def _failed(self, error: Exception) -> None:
        self._job = None
        if isinstance(error, Stopped | Cancelled):
            self._window.say(tr("取り込みを中止しました。企業ディレクトリは前のままです。"))
            self._tell("")
        elif isinstance(error, Refused):
            self._tell(error.message)
        elif isinstance(error, Trouble):
            self._tell(" ".join(filter(None, (error.happened, error.safe, error.to_do))))
        else:
            self._tell("")
            raise error

    def _tell(self, words: str) -> None:
        self.notice.set_text(words)
        self.notice.setVisible(bool(words))
        focus = self.window().focusWidget()
        held = focus is not None and self.isAncestorOf(focus)
        self._show_parts()
        self.ended.emit(held)

    def _show_parts(self) -> None:
        self._working.setVisible(self.busy)
        self.setVisible(self.busy or not self.notice.isHidden())
