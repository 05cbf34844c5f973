"""Windows that are broken on purpose: the judge must find each of them out, or it proves nothing about the real one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer

from kanto_desk.ui.autosave import Autosave
from kanto_desk.ui.frame import Frame


def _none(_frame: Frame) -> None:
    """The product as it is."""


def _speaks_first(frame: Frame) -> None:
    """The footer says that all is saved when a save is asked for; the save itself comes 1.5 s later."""
    write = frame.saving.save

    def later(*what: Any) -> None:
        frame.footer.saved(frame.clock())
        QTimer.singleShot(1500, lambda: write(*what))
    frame.saving.save = later  # type: ignore[method-assign]


def _speaks_a_little_early(frame: Frame) -> None:
    """As above, but the save is only a slow one: 250 ms on the writer's thread."""
    write = frame.saving.save

    def slow(job: Callable[[], Any], *what: Any) -> None:
        def work() -> Any:
            time.sleep(0.25)
            return job()
        frame.footer.saved(frame.clock())
        write(work, *what)
    frame.saving.save = slow  # type: ignore[method-assign]


def _saves_late(frame: Frame) -> None:
    """Saves are told honestly, but come four seconds after the first key."""
    for autosave in frame.findChildren(Autosave):
        alarm: Any = autosave._alarm
        ring_in = alarm.ring_in
        alarm.ring_in = lambda _ms, ring, own=ring_in: own(4000, ring)


def _overlooks_new_keys(frame: Frame) -> None:
    """The footer goes on saying that all is saved while the newest keys wait in their boxes."""
    frame.keeping.unsaved.touched = lambda _box: None  # type: ignore[method-assign]


def _calls_it_whole(frame: Frame) -> None:
    """The next start says that nothing was lost, whatever was."""
    frame.keeping.session.note = lambda *, whole: None  # type: ignore[method-assign]  # noqa: ARG005


FAULTS: dict[str, Callable[[Frame], None]] = {
    "": _none, "speaks_first": _speaks_first, "speaks_a_little_early": _speaks_a_little_early, "saves_late": _saves_late,
    "overlooks_new_keys": _overlooks_new_keys, "calls_it_whole": _calls_it_whole,
}
"""Name → what breaks the window."""
