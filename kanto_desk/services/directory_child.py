"""The child of `company_directory.import_files`: one import, told line by line, ended by a word or a closed pipe."""

from __future__ import annotations

import json
import signal
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from kanto_desk import i18n
from kanto_desk.clock import system_clock
from kanto_desk.db.driver import Error
from kanto_desk.directory import importing
from kanto_desk.directory.crew import collect_nothing, give_way
from kanto_desk.directory.importing import Progress
from kanto_desk.directory.pointer import Pointer
from kanto_desk.errors import Refused, Trouble
from kanto_desk.services.company_directory import damaged
from kanto_desk.services.failures import is_damage, told
from kanto_desk.stopping import Stopped

SECONDS_BETWEEN = 0.1
"""Progress is told no oftener."""


class _Voice:
    """Tells the one who started this process, and hears when to stop."""

    def __init__(self, into: IO[str], out: IO[str]) -> None:
        self._into, self._out = into, out
        self._stop = threading.Event()
        self._told = 0.0
        threading.Thread(target=self._hear, name="hearing", daemon=True).start()

    def say(self, what: str, **more: Any) -> None:
        """One line; where nobody listens any more the work ends."""
        try:
            self._out.write(json.dumps({"what": what, **more}, ensure_ascii=False) + "\n")
            self._out.flush()
        except OSError:
            self._stop.set()

    def progress(self, progress: Progress) -> bool:
        """Tell how far it is, now and then; gives whether to go on."""
        now = time.monotonic()
        if now - self._told > SECONDS_BETWEEN:
            self._told = now
            self.say("progress", **asdict(progress))
        return not self._stop.is_set()

    def _hear(self) -> None:
        self._into.readline()   # a word or the end: stop in either case
        self._stop.set()


def main(into: IO[str], out: IO[str]) -> None:
    """One import for whoever holds the other ends of the pipes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)   # Ctrl-C is for the one who started this
    give_way()
    collect_nothing()
    asked = json.loads(into.readline())
    i18n.use(asked["language"])
    voice = _Voice(into, out)
    pointer = Pointer(Path(asked["home"]), bytes.fromhex(asked["sealing"]))
    try:
        files = [Path(file) for file in asked["files"]]
        report = importing.run(pointer, files, system_clock, voice.progress, anew=asked["anew"])
        voice.say("done", report=asdict(report))
    except Stopped:
        voice.say("stopped")
    except Refused as refused:
        voice.say("trouble", said=[refused.message, "", "", ""])
    except Trouble as trouble:
        voice.say("trouble", said=[trouble.happened, trouble.safe, trouble.to_do, trouble.detail])
    except Exception as error:
        explained = told(error)
        if explained is None:
            raise
        if isinstance(error, Error) and is_damage(explained):
            explained = damaged(error)
        voice.say("trouble", said=[explained.happened, explained.safe, explained.to_do, explained.detail])
