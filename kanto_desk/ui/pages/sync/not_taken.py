"""What the hub did not take, in 確認が必要な変更: each change with its reason and the ways out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import handing, refusals
from kanto_desk.services.refusals import NotTaken
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Flow, Part, Row, card, holder
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.page import Window
from kanto_desk.ui.text import Elided, Label, Pill, Wrapped


class NotTakenHead(QWidget):
    """What the cards below are, and すべてもう一度送る where there are several to send."""

    def __init__(self, told: str, several: int, after: Callable[[], None], window: Window, desk: Any) -> None:
        super().__init__()
        self._after, self._window, self._store = after, window, desk.store
        self.all = Button(tr("すべてもう一度送る（{n}件）", n=several), "send")
        self.all.clicked.connect(self._send)
        if several < 2:   # never shown without a parent: it would be a window of its own for a moment
            self.all.hide()
        self.setLayout(Column(Notice("warn", told), Row(self.all, None), space=8))

    def _send(self) -> None:
        after, window = self._after, self._window
        self.all.setEnabled(False)

        def done(n: int) -> None:
            window.say(tr("次の同期で、{n}件をもう一度送ります", n=n))
            after()

        def failed(_error: Exception) -> bool:
            self.all.setEnabled(True)
            return False
        window.write(lambda: refusals.send_all(self._store), done, failed)


class NotTakenCard(QWidget):
    """One change that the hub did not take, with the ways out; `after` is called when one was gone."""

    def __init__(self, one: NotTaken, after: Callable[[], None], window: Window, desk: Any, when: str) -> None:
        super().__init__()
        self._one, self._after, self._window, self._store = one, after, window, desk.store
        self.again = Button(tr("もう一度送る"), "send", name=tr("{title} をもう一度送る", title=one.title))
        self.again.clicked.connect(self._again)
        self.again.setEnabled(one.still_here)
        self.save = Button(tr("ファイルに書き出す"), "file-output")
        self.save.clicked.connect(self._save)
        self.away = Button(tr("片付ける"), "check")
        self.away.clicked.connect(self._away)
        values = "\n".join(tr("{label}：{value}", label=label, value=value) for label, value in one.values if value)
        state = Pill(tr("保留"), "warn", "clock") if one.held else Pill(tr("受け取られなかった"), "danger", "ban")
        title = one.title + (f"　{one.part}" if one.part else "")
        parts: list[Part] = [Row(Elided(title, "h3"), None, state, Label(when, "caption")), Wrapped(one.why)]
        if values:
            parts.append(card(Wrapped(values), box="soft"))
        self.setLayout(Column(card(*parts, holder(Flow(self.again, self.save, self.away, space=8)), space=8), space=0))

    def _again(self) -> None:
        self._do(lambda: refusals.send_again(self._store, self._one), tr("次の同期で、もう一度送ります"))

    def _away(self) -> None:
        self._do(lambda: refusals.put_away(self._store, self._one), tr("片付けました。値はこのパソコンに残っています"),
                 lambda: self._do(lambda: refusals.bring_back(self._store, self._one), tr("もとに戻しました")))

    def _do(self, job: Any, words: str, back: Any = None) -> None:
        after, window = self._after, self._window   # this card is gone when the answer comes

        def done(_none: Any) -> None:
            window.say(words, back)
            after()
        window.write(job, done)

    def _save(self) -> None:
        name = tr("受け取られなかった変更") + f"_{self._one.seq}.txt"
        path = self._window.files.save(self, tr("ファイルに書き出す"), name, "*.txt")
        if path is not None:
            handing.save_text(path, refusals.as_text(self._one))
            self._window.say(tr("{name} に書き出しました（暗号化されていません）", name=path.name))
