"""USBメモリで受け渡す: a file for the hub where there is no network, and the file that comes back.

Says before what would go along and what stays behind, and afterwards what went, came and which photos. Holds no rule.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import language, tr
from kanto_desk.services import bundles, failures, receipts
from kanto_desk.services.bundles import BundleMade, BundlePlan, BundleTaken
from kanto_desk.sync.bundle_contents import MOST_BYTES
from kanto_desk.sync.bundle_file import ENDING
from kanto_desk.sync.content_wire import MOST_NAMED
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.sync_words import spoken
from kanto_desk.ui.text import Label, Wrapped

SHOWN_NAMES = 3


class StickPanel(QWidget):
    """Emits `taken` after a file was taken in: numbers and receipts are others than before."""

    taken = Signal()

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__()
        self._desk, self._window = desk, window
        self._plan: BundlePlan | None = None
        self._busy, self._files, self._ordered = False, True, False
        self.told = Wrapped(tr("ネットワークのない所では、ファイルを事務局に渡します。"
                               "事務局から戻るファイルを取り込むと、送ったことになります。"), "second")
        self.what = Wrapped("")
        self.left = Wrapped("", "second")
        self.left.hide()
        self.with_files = Chip(tr("写真とファイルも"))
        self.records_only = Chip(tr("記録だけ"))
        self.with_files.clicked.connect(lambda: self._choose(files=True))
        self.records_only.clicked.connect(lambda: self._choose(files=False))
        self.chips = holder(Flow(self.with_files, self.records_only))
        self.make = Button(tr("ファイルを書き出す…"), "usb")
        self.make.clicked.connect(self._ask_where)
        self.take = Button(tr("ファイルを取り込む…"), "download")
        self.take.clicked.connect(self._ask_which)
        self.done, self.trouble = Notice("ok", ""), Notice("warn", "")
        for notice in (self.done, self.trouble):
            notice.hide()
        self.setLayout(Column(Label(tr("USBメモリで受け渡す"), "h3"), self.told, self.what,
                              self.chips, self.left,
                              Row(self.make, self.take, None, space=10), self.done, self.trouble, space=8,
                              margins=(16, 12, 16, 12)))

    def read(self) -> None:
        """Count what would go; asked whenever the page is read."""
        store, blobs = self._desk.store, self._desk.blobs
        self._window.work(lambda: bundles.plan(store, blobs), self._show, self._cannot)

    def show_running(self, *, running: bool) -> None:
        """While a sync runs no file is made or taken."""
        self.make.setEnabled(self._plan is not None and not running and not self._busy)
        self.take.setEnabled(self._plan is not None and not running and not self._busy)

    def _show(self, plan: BundlePlan) -> None:
        self._plan = plan
        has_files = bool(plan.files or plan.files_left)
        self.chips.setVisible(has_files)
        self.with_files.setChecked(self._files)   # once it is in sight: its words are measured in bold then
        self.records_only.setChecked(not self._files)
        files = has_files and self._files
        records = tr("変更 {n}件（{records}件の記録）", n=f"{plan.changes:,}", records=f"{plan.records:,}") if (
            plan.changes) else tr("送っていない変更はありません。新しい記録を頼むファイルになります。")
        self.what.set_text(records + (tr("・写真とファイル {n}件（{size}）", n=f"{plan.files:,}",
                                         size=size_words(plan.files_bytes)) if files else ""))
        self.left.set_text(self._left_words(plan, files=files, has_files=has_files))
        self.left.setVisible(bool(self.left.plain()))
        self.show_running(running=self._window.syncing.running)

    @staticmethod
    def _left_words(plan: BundlePlan, *, files: bool, has_files: bool) -> str:
        if has_files and not files:
            return tr("写真とファイル {n}件（{size}）は、このパソコンに残ります。",
                      n=f"{plan.files + plan.files_left:,}", size=size_words(plan.files_bytes + plan.left_bytes))
        if plan.files_left:
            return tr("1つのファイルには{size}、{most}件まで入ります。残り {n}件（{left}）は、次のファイルに入れます。",
                      size=size_words(MOST_BYTES), most=MOST_NAMED, n=f"{plan.files_left:,}",
                      left=size_words(plan.left_bytes))
        return ""

    def _cannot(self, error: Exception) -> bool:
        if not isinstance(error, Refused):
            return False
        self._plan = None
        self.what.set_text(error.message)
        self.chips.hide()
        self.left.hide()
        self.show_running(running=self._window.syncing.running)
        return True

    def _choose(self, *, files: bool) -> None:
        self._files = files
        if self._plan is not None:
            self._show(self._plan)

    def _ask_where(self) -> None:
        store, blobs = self._desk.store, self._desk.blobs
        chosen = self._window.files.save(self, tr("事務局に渡すファイルを書き出す"), bundles.file_name(store), _kinds())
        if chosen is None:
            return
        target = chosen if chosen.suffix else chosen.with_suffix(ENDING)
        files = blobs if self._files else None
        self._begin()
        self._window.work(lambda: bundles.make_bundle(store, target, files), self._made, self._failed, lane="long")

    def _ask_which(self) -> None:
        chosen = self._window.files.open(self, tr("事務局から戻ったファイルを取り込む"), _kinds())
        if not chosen:
            return
        store, blobs, file = self._desk.store, self._desk.blobs, Path(chosen[0])
        self._begin()

        def work() -> BundleTaken:
            from kanto_desk.services import forgetting  # nothing of a start pays for it

            try:
                return receipts.take_file(store, file, blobs)
            except Trouble:
                self._ordered = forgetting.is_due(self._desk)
                raise
        self._window.work(work, self._taken, self._failed, lane="long")

    def _begin(self) -> None:
        self._busy = True
        self.done.hide()
        self.trouble.hide()
        self.show_running(running=self._window.syncing.running)

    def _made(self, made: BundleMade) -> None:
        self._end(self.done, made_words(made), tr("ファイルを書き出しました"))
        self.read()

    def _taken(self, taken: BundleTaken) -> None:
        self._end(self.done, taken_words(taken), tr("ファイルを取り込みました"))
        self.read()
        self.taken.emit()

    def _failed(self, error: Exception) -> bool:
        trouble = Trouble(error.message, "", "") if isinstance(error, Refused) else failures.told(error)
        if trouble is None:
            return False
        self._end(self.trouble, spoken(trouble), trouble.happened)
        if self._ordered:   # as by network: the hub wants this desk forgotten
            self._window.syncing.wipe_ordered.emit()
        return True

    def _end(self, notice: Notice, words: str, said: str) -> None:
        self._busy = False
        notice.set_text(words)
        notice.show()
        self.show_running(running=self._window.syncing.running)
        self._window.say(said)


def size_words(size: int) -> str:
    """12.3 MB, or 45 KB where that is less than a tenth of one."""
    if size < 100 << 10:
        return f"{max(1, round(size / 1024)) if size else 0} KB"
    return f"{size / (1 << 20):,.0f} MB" if size >= 100 << 20 else f"{size / (1 << 20):.1f} MB"


def made_words(made: BundleMade) -> str:
    """What was written, how much of it, and what is to be done with it."""
    parts = [tr("書き出しました：{name}（{size}）。", name=made.file.name, size=size_words(made.size)),
             tr("変更 {n}件・写真とファイル {files}件が入っています。", n=f"{made.changes:,}", files=f"{made.files:,}")]
    if made.files_left:
        parts.append(tr("保存先の空きが足りないため、写真とファイル {n}件は入れていません。次のファイルに入れます。",
                        n=f"{made.files_left:,}") if made.left_for_room else
                     tr("写真とファイル {n}件は、次のファイルに入れます。", n=f"{made.files_left:,}"))
    parts.append(tr("事務局に渡します。戻ったファイルを取り込むまで、未送信のままです。"))
    return _joined(parts)


def taken_words(taken: BundleTaken) -> str:
    """What a file of the hub brought, with the names of the photos that came."""
    if taken.known and not taken.files:
        return tr("このファイルに、新しいものはありません。何も変わっていません。")
    parts = [tr("取り込みました。届いたと確かめられた変更 {n}件・受け取った記録 {came}件。",
                n=f"{taken.acknowledged:,}", came=f"{taken.received:,}")]
    if taken.files:
        names = tr("、").join(taken.names[:SHOWN_NAMES])
        more = taken.files - len(taken.names[:SHOWN_NAMES])
        parts.append(tr("写真とファイル {n}件：{names}。", n=taken.files, names=names) if not more else
                     tr("写真とファイル {n}件：{names} ほか{more}件。", n=taken.files, names=names, more=more))
    if taken.damaged:
        parts.append(tr("壊れていた写真とファイル {n}件は捨てました。持っているパソコンから、もう一度届きます。",
                        n=taken.damaged))
    if taken.taken_away:
        parts.append(tr("見られなくなった記録 {n}件を消しました。", n=f"{taken.taken_away:,}"))
    if taken.not_taken:
        parts.append(tr("受け取られなかった変更 {n}件は、「確認が必要な変更」にあります。", n=taken.not_taken))
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    return (" " if language() == "en" else "").join(parts)


def _kinds() -> str:
    return tr("関東デスクの受け渡しファイル") + f" (*{ENDING})"
