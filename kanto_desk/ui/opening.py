"""Opening records and places in the window, and remembering which record was being written.

Builds no page itself; holds no rule of the work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import consultations
from kanto_desk.ui.keeping import Keeping
from kanto_desk.ui.page import Key, Place
from kanto_desk.ui.pages.registry import PLACE_OF
from kanto_desk.ui.places import Places, Tab
from kanto_desk.ui.rail import PLACES
from kanto_desk.ui.session import Before

_TABS = "open_tabs"
_CONTINUED: dict[Before, Callable[[], str]] = {
    "ended": lambda: tr("前回の続きを開きました"),
    "whole": lambda: tr("前回の続きを開きました（失われた入力はありません）"),
    "unknown": lambda: tr("前回の続きを開きました（最後の1秒ほどの入力は残っていないことがあります）"),
}


class Opening:
    """What leads from one record or place to another. `capture` puts the cursor into the box of a visit."""

    def __init__(self, store: Any, places: Places, keeping: Keeping, capture: Callable[[], object]) -> None:
        self._store, self._places, self._keeping, self._capture = store, places, keeping, capture
        self._remembered: str | None = None

    def record(self, record_type: str, uid: str) -> None:
        """Show a record, or say why it cannot be shown."""
        try:
            self._places.show_record(record_type, uid)
        except KeyError:
            self._keeping.footer.say(tr("この記録はまだ単独では開けません。"))
        except Refused as refused:
            self._keeping.footer.say(refused.message, tone="danger")
            return
        if record_type == "consultation":
            self._remember(uid)

    def visit(self, uid: str) -> None:
        """Show a consultation with the cursor in its capture box."""
        self.record("consultation", uid)
        self._capture()

    def start(self, organization: str) -> None:
        """Make a visit with an organization, begin it and show it."""
        def begin() -> str:
            uid = consultations.create(self._store, organization)
            consultations.start(self._store, uid)
            return uid
        self._keeping.write(begin, self.visit)

    def begin_visit(self, uid: str) -> None:
        """Begin a planned visit and show it."""
        self._keeping.write(lambda: consultations.start(self._store, uid), lambda _none: self.visit(uid))

    def place(self, place: Place) -> None:
        """Show a place of the rail; 相談 first shows the record open last."""
        if place == "visits" and self._places.place != "visits":
            last = self._places.last_consultation()
            if last is not None:
                self.record(*last)
                return
        self._places.show_place(place)

    def again(self, where: Key | None, tabs: Sequence[Key] = ()) -> None:
        """Open records as tabs and show a place or record again after the screens were built anew."""
        for record in tabs:
            self.record(*record)
        kind, name = where or ("place", "today")
        if kind == "place":
            self._places.show_place(next((place for place in PLACES if place == name), "today"))
        else:
            self.record(kind, name)

    def first(self) -> None:
        """Show きょう, or the record that was open when the program ended if it is still being written.

        After a crash the words say what is known of the last keys; after closing there is nothing to tell.
        """
        last = self._store.setting("open_record")
        self._places.show_place("today")
        tabs = _tabs_in(self._store.setting(_TABS))
        self._places.keep_tabs(tabs)
        if isinstance(last, str) and self._still_written(last):
            if any(tab.where == ("consultation", last) for tab in tabs):
                self.record("consultation", last)   # with the cursor where it was
            else:
                self.visit(last)
            self._keeping.footer.say(_CONTINUED[self._keeping.session.before]())

    def nothing_open(self) -> None:
        """Every record was closed: none is to be opened at the next start."""
        self._remember(None)

    def standing(self) -> str:
        """The open records and where the cursor stands, to be kept by `keep`."""
        return json.dumps([[*tab.where, tab.title, tab.part, tab.box] for tab in self._places.tabs()])

    def keep(self, standing: str) -> None:
        """Keep what `standing` told for the next start; on any thread."""
        self._store.set_setting(_TABS, json.loads(standing))

    def _remember(self, uid: str | None) -> None:
        if uid != self._remembered and self._store.read_only is None:
            self._remembered = uid
            self._keeping.write(lambda: self._store.set_setting("open_record", uid))

    def _still_written(self, uid: str) -> bool:
        try:
            found = consultations.get(self._store, uid)
            return found.draft and found.record.deleted_at is None
        except Refused:
            return False


def _tabs_in(kept: object) -> list[Tab]:
    """The tabs in a kept setting; what is not understood is left out."""
    rows = kept if isinstance(kept, list) else []
    return [Tab((row[0], row[1]), row[2], row[3], row[4]) for row in rows
            if isinstance(row, list) and len(row) == 5 and row[0] in PLACE_OF
            and all(isinstance(one, str) for one in row[:4])]
