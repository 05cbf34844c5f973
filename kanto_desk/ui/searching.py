"""What the palette finds: records and the directory through the worker thread, commands of the action table at once.

A newer query stops the one before it, and answers that came nevertheless are dropped by the palette, so typing never
waits for a search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from PySide6.QtCore import QObject, Signal

from kanto_desk.errors import Trouble
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.queries import parse
from kanto_desk.services import finding, home, snippets, taking_over, views
from kanto_desk.services.not_yet_own import Beside, Offered
from kanto_desk.ui.actions import BY_ID, Actions
from kanto_desk.ui.choices import folded
from kanto_desk.ui.jobs import Job, Jobs
from kanto_desk.ui.palette import Found, Group, Palette

MOST = 40
EACH = 8      # results below one heading
MORE = 24
"""Characters of the second text of a result: more would press the name together."""
Mode = Literal["all", "visit"]
Writes = Callable[[Callable[[], str], Callable[[str], None]], None]
"""Does a job that writes and hands on what it gives."""
CORPORATION = "corporation"   # kind of a result that is no record yet

_COMPANIES, _VISITS, _LINES = ("企業", "Companies"), ("相談", "Visits"), ("記録", "Lines")
_PROMISES, _PEOPLE, _OTHERS = ("約束", "Promises"), ("人", "People"), ("そのほか", "Other")
_HEADINGS: Final = {"organization": _COMPANIES, "organization_name": _COMPANIES, "site": _COMPANIES,
                    "consultation": _VISITS, "entry": _LINES, "promise": _PROMISES, "person": _PEOPLE,
                    "affiliation": _PEOPLE}
"""Record type → heading in Japanese and English: headings are plural, the same words elsewhere are not."""
_WORDS_FIRST: Final = frozenset({"entry", "promise", "summary_item", "referral", "participant"})
_ICONS: Final = {"organization": "building-2", "consultation": "notebook-pen", "entry": "message-square",
                 "promise": "flag", "person": "user"}


@dataclass(frozen=True, slots=True)
class _Answer:
    groups: list[Group]
    trouble: Trouble | None = None


class Searching(QObject):
    """Feeds a palette. In the mode "visit" it offers companies only, to begin a visit with."""

    opened = Signal(str, str)        # record type, uid
    visit_wanted = Signal(str)       # uid of an organization
    view_wanted = Signal(str)        # uid of a named view
    found = Signal(str, tuple, str)  # uid of a visit, the part of it in which the words stand, the words

    def __init__(self, palette: Palette, actions: Actions, jobs: Jobs, desk: Any, write: Writes,
                 failed: Callable[[Exception], None]) -> None:
        super().__init__(palette)
        self._palette, self._actions, self._jobs, self._desk, self._failed = palette, actions, jobs, desk, failed
        self._store, self._write, self._beside = desk.store, write, Beside(desk)
        self._told = False   # that the directory cannot be read
        self._mode: Mode = "all"
        self._reading: Job | None = None
        self._usual = palette.box.placeholderText()
        palette.query_changed.connect(self._ask)
        palette.chosen.connect(self._chosen)
        palette.closed.connect(self._closed)

    def open(self, mode: Mode = "all") -> None:
        """Open the palette for everything, or to choose the company of a new visit."""
        self._mode = mode
        words = self._usual if mode == "all" else tr("どの企業の相談ですか（名前の一部）")
        self._palette.box.setPlaceholderText(words)
        self._palette.hint = "" if mode == "all" else tr("企業の名前・読み・地名の一部で選びます。")
        self._palette.open()

    def _ask(self, text: str, seq: int) -> None:
        commands = self._commands(text) if self._mode == "all" else [_command("new_company")]
        types = None if self._mode == "all" else ("organization", "organization_name")
        store, mode, beside = self._store, self._mode, self._beside   # no worker thread ever holds this object
        kept = mode == "all"
        def read() -> _Answer:
            if not text.strip():
                return _Answer([*_recent(store, mode), *(_views(store, "") if kept else ())])
            found = _grouped(finding.find(store, text, types=types, limit=MOST, each=EACH), text)
            own = [*found, *(_views(store, text) if kept else ())]
            try:
                return _Answer([*own, _corporations(beside.find(text, EACH))])
            except Trouble as trouble:   # the own records are found all the same
                return _Answer(own, trouble)

        def show(answer: _Answer) -> None:
            found = bool(text) and self._mode == "all"
            self._palette.show_results(seq, [*answer.groups, Group(tr("操作"), commands, found)])
            if answer.trouble is not None and not self._told:
                self._told = True
                self._failed(answer.trouble)
        self._stop()
        self._reading = self._jobs.read(read, show, self._failed, lane="finding")

    def _stop(self) -> None:
        """Nobody waits for the last query any more."""
        if self._reading is not None:
            self._reading.cancel()

    def _closed(self) -> None:
        """Let the directory's file go: on Windows no import can remove it while it is open."""
        self._stop()
        self._jobs.submit(self._beside.close, lane="finding")

    def _open(self, uid: str) -> None:
        self.opened.emit("organization", uid)

    def _commands(self, text: str) -> list[Found]:
        wanted = folded(text)
        found = [row for row in self._actions.offered() if wanted in folded(row.words) or wanted in folded(row.ja)]
        found.sort(key=lambda row: wanted not in (folded(row.words), folded(row.ja)))   # what is called so comes first
        return [_command(row.id) for row in found]

    def _chosen(self, found: Found) -> None:
        kind, name, *rest = found.data
        if kind == "action":
            self._actions.do(name)
        elif kind == "view":
            self.view_wanted.emit(name)
        elif kind == CORPORATION:
            desk, go_on = self._desk, self.visit_wanted.emit if self._mode == "visit" else self._open
            self._write(lambda: taking_over.take_over(desk, name), go_on)
        elif self._mode == "visit":
            self.visit_wanted.emit(name)
        elif rest:
            self.found.emit(name, *rest)
        else:
            self.opened.emit(kind, name)


def _command(name: str) -> Found:
    row = BY_ID[name]
    return Found(row.words, "", row.icon, row.key_text, ("action", name))


def _grouped(found: Sequence[finding.Found], query: str) -> list[Group]:
    """Hits under headings, in the order in which each heading first comes."""
    groups: dict[str, list[Found]] = {}
    terms = parse(query).wanted
    for hit in found:
        heading = _HEADINGS.get(hit.type, _OTHERS)[language() == "en"]
        if hit.type in _WORDS_FIRST:   # what was said is looked for, not where
            words, more = hit.snippet or hit.title, hit.title if hit.snippet else hit.subtitle
        else:
            words = hit.title
            more = "・".join(filter(None, (hit.subtitle, hit.snippet if hit.snippet != hit.title else "")))
        more = more if len(more) <= MORE else more[:MORE] + "…"
        where = ((hit.type, hit.uid), query) if hit.root_type == "consultation" and snippets.marks(
            hit.snippet, terms) else ()   # not where the company alone is called so
        groups.setdefault(heading, []).append(
            Found(words, more, _ICONS.get(hit.type, "file-text"), "", (hit.root_type, hit.root, *where),
                  tuple(snippets.marks(words, terms)), tuple(snippets.marks(more, terms))))
    return [Group(heading, items[:EACH]) for heading, items in groups.items()]


def _corporations(found: Sequence[Offered]) -> Group:
    """What the directory offers that is no organization yet."""
    def more(one: Offered) -> str:
        words = "　".join(filter(None, (one.state, one.corporation.address)))
        return words if len(words) <= MORE else words[:MORE] + "…"
    return Group(tr("すべての法人（Enter で企業に追加）"), [
        Found(one.corporation.name, more(one), "plus", "", (CORPORATION, one.corporation.number), one.marks.name)
        for one in found])


def _views(store: Any, text: str) -> list[Group]:
    """Conditions kept under a name that fits."""
    pages, wanted = {"companies": tr("企業"), "visits": tr("相談")}, folded(text)
    found = [view for view in views.listing(store) if view.page in pages and wanted in folded(view.name)]
    return [Group(tr("残した条件"), [Found(view.name, pages[view.page], "filter", "", ("view", view.uid))
                                  for view in found[:EACH]])]


def _recent(store: Any, mode: Mode) -> list[Group]:
    """Without a query: what was opened last."""
    seen = [one for one in home.read(store).recent if mode == "all" or one.type == "organization"]
    return [Group(tr("最近ひらいたもの"),
                  [Found(one.title, "", _ICONS.get(one.type, "file-text"), "", (one.type, one.uid)) for one in seen])]
