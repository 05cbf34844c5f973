"""Ctrl+P: what a page shows goes to the printer, or as a PDF where the user says. A long list can be stopped.

Knows no page: each says what its paper holds. The paper is made on the worker; the dialogs open here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from kanto_desk.clock import today
from kanto_desk.errors import Trouble
from kanto_desk.i18n import language, tr
from kanto_desk.services import plain_papers
from kanto_desk.services.plain_papers import ListColumn, Part, PlainPaper
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.page import Verb, Window
from kanto_desk.ui.table import TableColumn, TableRow

TELL_AFTER_MS, TELL_AGAIN_MS = 700, 5_000
_TEXT_SHARE, _NUMBER_SHARE, _MOST_OF_A_NUMBER = 260, 72, 84


@dataclass(frozen=True, slots=True)
class Asked:
    """A paper to be made: its title and name, and what makes it on the worker."""

    title: str
    name: str
    make: Callable[[], PlainPaper]


Ask = Callable[[], Asked | str]
"""What is to be printed now, or why there is nothing."""


def nothing_here() -> str:
    """What Ctrl+P says where nothing can be printed."""
    return tr("ここには印刷するものがありません。きょう・相談・企業・集計と、ひらいた企業や記録を印刷できます。")


class Printing(QObject):
    """Prints and saves the paper of one page, one at a time. Pressed again while it is being made, it stops."""

    def __init__(self, page: QWidget, window: Window, store: Any, ask: Ask) -> None:
        super().__init__(page)
        self._page, self._window, self._store, self._ask = page, window, store, ask
        self._job: Job | None = None
        self._telling = QTimer(self)
        self._telling.timeout.connect(self._tell)

    @property
    def verbs(self) -> dict[str, Verb]:
        """What the page serves."""
        return {"print": self.print_paper, "save_pdf": self.save_paper}

    @property
    def making(self) -> bool:
        """Whether a paper is being made."""
        return self._job is not None

    def print_paper(self) -> None:
        """Print what is shown."""
        if self.stop():
            return
        asked = self._asked()
        if asked is None:
            return

        def send(printed: Any) -> None:
            self._end()
            if not isValid(self._page) or not self._page.isVisible():   # no dialog comes up over another page
                self._window.say(tr("画面が変わったので、「{title}」は印刷していません", title=asked.title))
                return
            try:
                gone = self._window.printer.print(self._page, printed.pdf, self._file_name(asked))
            except Trouble as trouble:
                self._window.say(trouble.happened + tr("PDF なら、Ctrl+K の「PDF に保存」で残せます。"))
                return
            self._window.say(tr("「{title}」を印刷に出しました（{n}ページ）", title=asked.title, n=printed.pages)
                             if gone else tr("印刷していません"))
        self._begin(lambda: plain_papers.content(asked.make, language()), send)

    def save_paper(self) -> None:
        """Write what is shown as a PDF where the user says."""
        if self.stop():
            return
        asked = self._asked()
        if asked is None:
            return
        chosen = self._window.files.save(self._page, tr("PDF の保存先"), self._file_name(asked), "PDF (*.pdf)")
        if chosen is None:
            return
        target = chosen if chosen.suffix else chosen.with_suffix(".pdf")

        def told(_written: Any) -> None:
            self._end()
            self._window.say(tr("「{name}」を {folder} に保存しました", name=target.name, folder=target.parent))
        self._begin(lambda: plain_papers.save(asked.make, target, language()), told)

    def stop(self) -> bool:
        """Stop the paper that is being made; False when there is none."""
        if self._job is None:
            return False
        self._job.cancel()
        self._end()
        self._window.say(tr("印刷の用意を中止しました"))
        return True

    def _asked(self) -> Asked | None:
        asked = self._ask()
        if isinstance(asked, str):
            self._window.say(asked)
            return None
        return asked

    def _begin(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        def failed(_error: Exception) -> bool:
            self._end()
            return False
        self._telling.start(TELL_AFTER_MS)
        self._job = self._window.read(work, done, failed, lane="long")

    def _end(self) -> None:
        self._job = None
        if isValid(self._telling):   # the page may have been closed meanwhile
            self._telling.stop()

    def _tell(self) -> None:
        self._telling.setInterval(TELL_AGAIN_MS)
        self._window.say(tr("印刷の用意をしています。もう一度 Ctrl+P を押すと中止します"))

    def _file_name(self, asked: Asked) -> str:
        return plain_papers.file_name(asked.title, asked.name, today(self._store.clock))


def of_table(store: Any, title: str, name: str, about: Sequence[tuple[str, str]], columns: Sequence[TableColumn],
             rows: Callable[[], Sequence[TableRow]], *, hidden: frozenset[int] = frozenset(),
             count: Callable[[int], str]) -> Asked:
    """The paper of a list: its conditions, the columns that are not hidden, and the rows in their order, numbered.

    `rows` runs on the worker; `count` words how many there are.
    """
    kept = [at for at in range(len(columns)) if at not in hidden]
    shown = language()

    def make() -> PlainPaper:
        found = rows()
        heads = [ListColumn(tr("番号"), _NUMBER_SHARE, number=True),
                 *(ListColumn(columns[at].heading, _share(columns[at]), columns[at].number) for at in kept)]
        lines = [(f"{number:,}", *(_words(row, at) for at in kept)) for number, row in enumerate(found, 1)]
        return plain_papers.paper(store, title, name, (*about, (tr("件数"), count(len(found)))),
                                  [Part("", heads, lines)], shown)
    return Asked(title, name, make)


def _share(column: TableColumn) -> int:
    """As on the screen, where a column of numbers has room for a star and a wide heading."""
    return min(column.width, _MOST_OF_A_NUMBER) if column.number else column.width or _TEXT_SHARE


def _words(row: TableRow, at: int) -> str:
    if at >= len(row.cells):   # one that is gone says so in its first cell
        return ""
    cell = row.cells[at]
    return "\n".join(filter(None, (cell.words, cell.below)))
