"""取り込み: a file is first read without changing anything, then taken in row by row; every row is told, all undoable.

Runs on a thread of its own, so that searching and saving go on. Must not read files itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import importing
from kanto_desk.services.importing import CREATED, DUPLICATE, REJECTED, SAME, UPDATED, Outcome, Report
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.jobs import Cancelled, Job, Jobs
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.notices import Notice, announce
from kanto_desk.ui.page import Window
from kanto_desk.ui.table import Cell, TableColumn, TableRow, TableView
from kanto_desk.ui.text import Label, Tone, Wrapped

KINDS: Final = "*.csv *.tsv *.txt *.xlsx *.xlsm *.jsonl *.json"
_WORDS: Final[dict[str, tuple[str, Tone]]] = {
    REJECTED: ("取り込めない", "danger"), DUPLICATE: ("すでにある", "warn"), CREATED: ("追加", "ok"),
    UPDATED: ("更新", "accent"), SAME: ("変わりなし", "text2")}
# tr("取り込めない") tr("すでにある") tr("追加") tr("更新") tr("変わりなし")


class ImportPanel(QWidget):
    """One file from choosing to taking it in or back. Emits `left` to go back to the list, `changed` after a change."""

    left = Signal()
    changed = Signal()

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__()
        self._desk, self._window = desk, window
        self._jobs: Jobs | None = None
        self._job: Job | None = None
        self._path: Path | None = None
        self._report: Report | None = None
        self._shown: list[Outcome] = []
        self._done_id = ""
        self._trial = True
        back = Button(tr("一覧へもどる"), "arrow-left", "ghost", key="Esc")
        back.clicked.connect(self.left)
        self.heading, self.file = Label(tr("企業の取り込み"), "h1"), Label("", "second")
        self.notice = Notice("danger", "")
        self.notice.hide()
        told, undo_before = Notice("warn", ""), Button(tr("途中までの分を戻す"), "undo-2")
        undo_before.clicked.connect(self._undo_unfinished)
        self.before_words = told
        self.before = holder(Column(told, Row(undo_before, None), space=6))
        self.before.hide()
        self.state = Wrapped("", "h3")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("取り込みの進み"))
        self.stop = Button(tr("中止"), "x")
        self.stop.clicked.connect(self.cancel)
        self.take = Button(tr("この内容で取り込む"), "download", "primary", key="Ctrl+Enter")
        self.take.clicked.connect(self.take_in)
        self.undo = Button(tr("取り込みを戻す"), "undo-2")
        self.undo.clicked.connect(self.take_back)
        self.other = Button(tr("別のファイル"), "folder-open")
        self.other.clicked.connect(self.choose)
        self._chips: dict[str, Chip] = {}
        flow = Flow()
        for what, (words, _tone) in _WORDS.items():
            chip = Chip(tr(words))
            chip.clicked.connect(self._filter)
            self._chips[what] = chip
            flow.addWidget(chip)
        self._chip_row = holder(flow)
        self.table = TableView((TableColumn(tr("行"), 68, number=True), TableColumn(tr("結果"), 132),
                                TableColumn(tr("企業名"), 280), TableColumn(tr("理由・気づいたこと"))),
                               tr("取り込みの結果"))
        self.reasons = Wrapped("", selectable=True)   # of the row chosen, whole: a cell has no room for a long one
        self.reasons.hide()
        self.table.selectionModel().currentRowChanged.connect(self._tell_reasons)
        self._working = holder(Row(self.bar, self.stop, space=10))
        buttons = Row(self.take, self.undo, self.other, None)
        column = Column(Row(back, None), Row(self.heading, self.file, None, space=12), self.before, self.notice,
                        self.state, self._working, self._chip_row, self.table, self.reasons, buttons, space=8,
                        margins=(24, 14, 24, 16))
        column.setStretch(column.indexOf(self.table), 1)
        self._rest = QWidget()
        self._rest.setLayout(QHBoxLayout())
        column.insertWidget(column.indexOf(self.table) + 1, self._rest, 1)
        self.setLayout(column)
        self.setAccessibleName(tr("企業の取り込み"))
        self._show_parts()

    @property
    def busy(self) -> bool:
        """Whether a file is being read or taken in."""
        return self._job is not None

    @property
    def report(self) -> Report | None:
        """What became of the rows; of the trial until the file is taken in."""
        return self._report

    def outcomes(self) -> tuple[Outcome, ...]:
        """The rows on screen."""
        return tuple(self._shown)

    def choose(self) -> bool:
        """Let a file be chosen and read it for trial; False when the user went back."""
        if self.busy:
            return False
        chosen = self._window.files.open(self, tr("取り込むファイル"), tr("企業の一覧（{kinds}）", kinds=KINDS))
        if not chosen:
            return False
        self.begin(chosen[0])
        return True

    def begin(self, path: Path) -> None:
        """Read a file for trial: nothing is changed."""
        self._path, self._report, self._done_id = path, None, ""
        self.file.setText(path.name)
        self.notice.hide()
        left = importing.unfinished(self._desk.store)
        self.before.setVisible(left is not None)
        if left is not None:
            self.before_words.set_text(tr("前の取り込みは途中で終わっています：{file}（{n}行まで）", file=left.file,
                                          n=left.rows))
        self._start(dry_run=True)

    def take_in(self) -> None:
        """Take in what the trial showed."""
        if self._path is not None and self._report is not None and not self._done_id and not self.busy \
                and self._useful():
            self._start(dry_run=False)

    def take_back(self) -> None:
        """Move everything this import made to the bin."""
        self._undo(self._done_id, self._taken_back)

    def cancel(self) -> None:
        """Stop at the next step; rows taken in before stay, and can be taken back."""
        if self._job is not None:
            self._job.cancel()

    def close_jobs(self) -> None:
        """End the thread: the page goes."""
        self.cancel()
        if self._jobs is not None:
            self._jobs.close()
            self._jobs = None

    def _start(self, *, dry_run: bool) -> None:
        path, store = self._path, self._desk.store
        if path is None:
            return
        self._trial = dry_run

        def work(job: Job) -> Report:
            return importing.import_organizations(store, path, dry_run=dry_run, progress=lambda n: job.step(n, 0))

        def done(report: Report) -> None:
            self._job = None
            self._told(report, dry_run=dry_run)
        self.state.set_text(tr("ためしに読んでいます（まだ何も変えていません）") if dry_run else tr("取り込んでいます"))
        self._run(work, done)

    def _run(self, work: Callable[[Job], Any], done: Callable[[Any], None]) -> None:
        if self._jobs is None:
            self._jobs = Jobs(self, name="import")
        self.bar.setRange(0, 0)
        self._job = self._jobs.start(work, done, self._failed, self._progressed)
        self._show_parts()

    def _progressed(self, rows: int, _total: int) -> None:
        if self.busy:
            self.state.set_text(tr("{n}行まで読みました", n=f"{rows:,}"))

    def _told(self, report: Report, *, dry_run: bool) -> None:
        self._report = report
        if not dry_run:
            self._done_id = report.import_id
            self.changed.emit()
        self.state.set_text(self._sentence(report, dry_run=dry_run))
        announce(self, self.state.plain())
        for what, chip in self._chips.items():
            chip.set_words(f"{tr(_WORDS[what][0])} {report.count(what):,}")
            chip.setAccessibleName(chip.words)
            chip.setVisible(report.count(what) > 0)
            chip.setChecked(False)
            chip.updateGeometry()
        self._filter()
        self._show_parts()
        (self.take if dry_run and self.take.isEnabled() else self.undo if not dry_run else self.other).setFocus()

    def _sentence(self, report: Report, *, dry_run: bool) -> str:
        taken = report.count(CREATED) + report.count(UPDATED)
        n, shown = f"{len(report.outcomes):,}", f"{taken:,}"
        told = [tr("{n}行のうち {taken}行を取り込めます。まだ何も変えていません。", n=n, taken=shown) if dry_run else
                tr("{n}行のうち {taken}行を取り込みました。", n=n, taken=shown)]
        if report.warned:
            told.append(tr("確かめることのある行：{n}", n=f"{report.warned:,}"))
        return "　".join([*told, *report.notes])

    def _failed(self, error: Exception) -> None:
        self._job = None
        self.state.set_text("")
        if isinstance(error, Cancelled):
            left = None if self._trial else importing.unfinished(self._desk.store)
            self.state.set_text(tr("中止しました"))
            if left is not None:
                self._done_id = left.import_id
                self.state.set_text(tr("中止しました。{n}行までは取り込んであります", n=left.rows))
            self._report = None
            self.changed.emit()
        elif isinstance(error, Refused):
            self.notice.set_text(error.message)
            self.notice.show()
        elif isinstance(error, Trouble):
            self.notice.set_text(" ".join((error.happened, error.safe, error.to_do)))
            self.notice.show()
        else:
            self._show_parts()
            raise error
        self._show_parts()

    def _undo(self, import_id: str, done: Callable[[int], None]) -> None:
        if not import_id or self.busy:
            return
        store = self._desk.store

        def work(_job: Job) -> int:
            return importing.undo_import(store, import_id)

        def finish(count: int) -> None:
            self._job = None
            done(count)
            self.changed.emit()
            self._show_parts()
        self.state.set_text(tr("取り込みを戻しています"))
        self._run(work, finish)

    def _taken_back(self, count: int) -> None:
        self._done_id, self._report = "", None
        self.state.set_text(tr("取り込みを戻しました（{n}件をごみ箱へ）", n=count))
        self._window.say(self.state.plain())

    def _undo_unfinished(self) -> None:
        left = importing.unfinished(self._desk.store)

        def done(count: int) -> None:
            store = self._desk.store
            self._window.write(lambda: store.set_setting(importing.UNFINISHED, None))
            self.before.hide()
            self._window.say(tr("取り込みを戻しました（{n}件をごみ箱へ）", n=count))
            if self._path is not None:
                self._start(dry_run=True)   # what the file would do is different now
        if left is not None:
            self._undo(left.import_id, done)

    def _useful(self) -> bool:
        return self._report is not None and bool(self._report.count(CREATED) + self._report.count(UPDATED))

    def _filter(self) -> None:
        chosen = {what for what, chip in self._chips.items() if chip.isChecked() and not chip.isHidden()}
        found = self._report.outcomes if self._report else ()
        order = list(_WORDS)
        self._shown = sorted((o for o in found if not chosen or o.what in chosen),
                             key=lambda o: (order.index(o.what) if o.what in (REJECTED, DUPLICATE) else len(order),
                                            o.line))
        self.table.set_source(len(self._shown), self._fetch)
        self._tell_reasons(self.table.currentIndex())

    def _tell_reasons(self, chosen: QModelIndex) -> None:
        row = chosen.row()
        self.reasons.set_text("\n".join(self._shown[row].remarks) if 0 <= row < len(self._shown) else "")
        self.reasons.setVisible(bool(self.reasons.plain()) and self.table.isVisibleTo(self))

    def _fetch(self, offset: int, limit: int) -> list[TableRow]:
        return [TableRow(o.uid, (Cell(f"{o.line}", number=True), Cell(tr(_WORDS[o.what][0]), tone=_WORDS[o.what][1]),
                                 Cell(o.name or "—"),
                                 Cell(o.remarks[0] if o.remarks else "", "　".join(o.remarks[1:]))))
                for o in self._shown[offset:offset + limit]]

    def _show_parts(self) -> None:
        rows = self._report is not None and bool(self._report.outcomes) and not self.busy
        self._working.setVisible(self.busy)
        self._chip_row.setVisible(rows)
        self.table.setVisible(rows)
        self._rest.setVisible(not rows)
        self.reasons.setVisible(rows and bool(self.reasons.plain()))
        self.take.setVisible(not self._done_id)
        self.take.setEnabled(not self.busy and self._useful())
        self.undo.setVisible(bool(self._done_id))
        self.undo.setEnabled(not self.busy)
        self.other.setEnabled(not self.busy)
