"""The child of `filling_apart`: one sync, told line by line, with every write in its turn among the window's saves."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import IO, Any

from kanto_desk import i18n
from kanto_desk.clock import system_clock
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.operation import Touched
from kanto_desk.db.store import Store
from kanto_desk.errors import Trouble
from kanto_desk.services.failures import told
from kanto_desk.services.filling_apart import GO, TURN
from kanto_desk.sync.client import Exchange, NotAnswered, Receipt, Stopped, known_hub
from kanto_desk.sync.halting import Halt
from kanto_desk.sync.link import HttpsLink
from kanto_desk.sync.wire import Garbled

SLICE = 20
"""Records a turn: a save that comes in the middle of one waits for all of it."""


class Voice:
    """Tells the window, and hears it: whose turn it is, whether to go on, and when to stop."""

    def __init__(self, into: IO[str], out: IO[str]) -> None:
        self._into, self._out = into, out
        self.halt = Halt()
        self._turn, self._go_on = threading.Event(), threading.Event()
        self._alone = False

    def listen(self) -> None:
        """From now on, on a thread of its own."""
        threading.Thread(target=self._hear, name="hearing", daemon=True).start()

    def say(self, what: str, **more: Any) -> None:
        """One line; where nobody listens any more the work ends."""
        try:
            self._out.write(json.dumps({"what": what, **more}, ensure_ascii=False) + "\n")
            self._out.flush()
        except OSError:
            self.halt.cut()

    def __enter__(self) -> None:
        """The child's turn to write, as a `Turn` of the window's store; without a window SQLite's own lock is left."""
        self._turn.clear()
        self.say("turn")
        while not self._turn.wait(0.1):
            if self._alone:
                break

    def __exit__(self, *_: object) -> None:
        self.say("over")

    def slice_came(self, touched: Touched) -> None:
        """Tell what a slice brought, and end here where that is wanted.

        A page may take seconds more: what is here of it stays, and the rest is asked for again.
        """
        self.say("slice", touched=sorted(touched.keys))
        if self.halt.is_set():
            raise Stopped

    def batch_over(self, receipt: Receipt) -> bool:
        """Tell how far it is; gives whether to go on."""
        self.say("batch", sent=receipt.sent, not_taken=receipt.not_taken, left=receipt.left, trips=receipt.trips,
                 gone=sorted(receipt.gone))
        return not self.halt.is_set()

    def wait(self, seconds: float) -> bool:
        """While the hub is busy: it is the window that waits, and shows it, and may end it."""
        self._go_on.clear()
        self.say("waits", seconds=seconds)
        while not self._go_on.wait(0.1):
            if self.halt.is_set():
                return False
        return True

    def _hear(self) -> None:
        for word in self._into:
            if word == TURN:
                self._turn.set()
            elif word == GO:
                self._go_on.set()
            else:
                self.halt.cut()
        self._alone = True   # the window is gone
        self.halt.cut()


def main(into: IO[str], out: IO[str]) -> None:
    """One sync for the window that holds the other ends of the pipes."""
    asked = json.loads(into.readline())
    i18n.use(asked["language"])
    voice = Voice(into, out)
    voice.listen()
    engine = make_engine(Path(asked["records"]), bytes.fromhex(asked["key"]))
    store = Store(engine, system_clock, asked["person"], turn=voice)
    store.listeners.append(voice.slice_came)
    try:
        known = known_hub(store)
        if known is None:
            raise RuntimeError("this desk has no hub")
        link = HttpsLink(known.url, known.ca)
        voice.halt.ends(link.cut)
        exchange = Exchange(store, link, known, voice.wait)
        exchange.slice = SLICE
        receipt = exchange.run(voice.batch_over)
        link.close()
        voice.say("done", complete=receipt.complete)
    except NotAnswered as no:
        voice.say("no", status=no.status,
                  problem={name: getattr(no.problem, name) for name in no.problem.__struct_fields__})
    except Garbled as error:
        voice.say("garbled", why=str(error))
    except Trouble as error:
        voice.say("trouble", said=[error.happened, error.safe, error.to_do, error.detail])
    except OSError as error:
        voice.say("unreachable", why=str(error))
    except Exception as error:
        trouble = told(error)
        if trouble is None:
            raise
        voice.say("trouble", said=[trouble.happened, trouble.safe, trouble.to_do, trouble.detail])
    finally:
        engine.dispose()
