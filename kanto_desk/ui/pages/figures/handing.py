"""The figures on paper and as tables: asks where to, and lets the worker count and write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from kanto_desk.errors import Trouble
from kanto_desk.i18n import language, tr
from kanto_desk.services import figures_files, handing
from kanto_desk.services.figures import Wanted
from kanto_desk.ui.page import Window

Asked = Callable[[], tuple[Wanted, str] | None]


class Handing:
    """Save and print. `asked` gives what is wanted and what its days are called; None while there is nothing."""

    def __init__(self, page: QWidget, window: Window, store: Any, asked: Asked) -> None:
        self._page, self._window, self._store, self._asked = page, window, store, asked

    def save_table(self) -> None:
        """Write the tables as Excel or CSV where the user says."""
        self._save(tr("表の書き出し先"), "xlsx", "Excel (*.xlsx);;CSV (*.csv)")

    def save_paper(self) -> None:
        """Write 実績集計 as a PDF where the user says."""
        self._save(tr("PDF の保存先"), "pdf", "PDF (*.pdf)")

    def print_paper(self) -> None:
        """Print 実績集計."""
        asked = self._asked()
        if asked is None:
            self._window.say(tr("まだ数えた相談がないので、印刷するものがありません"))
            return
        store, (wanted, period) = self._store, asked

        def send(pdf: bytes) -> None:
            try:
                gone = self._window.printer.print(self._page, pdf, _name(period, "pdf"))
            except Trouble as trouble:
                self._window.say(f"{trouble.happened}{trouble.to_do}")
                return
            if gone:
                self._window.say(tr("印刷に出しました"))
        self._window.work(lambda: figures_files.content(store, wanted, "pdf", language()), send, lane="long")

    def _save(self, title: str, ending: str, kinds: str) -> None:
        asked = self._asked()
        if asked is None:
            self._window.say(tr("まだ数えた相談がないので、書き出すものがありません"))
            return
        store, (wanted, period) = self._store, asked
        chosen = self._window.files.save(self._page, title, _name(period, ending), kinds)
        if chosen is None:
            return
        target = chosen if chosen.suffix else chosen.with_suffix(f".{ending}")
        self._window.work(lambda: figures_files.save(store, wanted, target, language()).name,
                          lambda name: self._window.say(tr("「{name}」を保存しました", name=name)), lane="long")


def _name(period: str, ending: str) -> str:
    return handing.file_name(tr("実績集計"), period, ending=ending)
