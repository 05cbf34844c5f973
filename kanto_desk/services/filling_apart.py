"""A first fill in a process of its own, so that its work never holds the window (DECISIONS 27).

The window goes on writing meanwhile: both take short turns at the same encrypted file. The child gets the key of the
records through its standard input, tells each slice through its standard output, and stops between two batches, or
while it waits for the hub, when it is told to or when the window is gone. Killed, it leaves what was taken in, and the
next sync goes on there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import select

from kanto_desk.clock import system_clock
from kanto_desk.db import local
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.operation import Touched
from kanto_desk.db.store import Store
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services.desk import Desk
from kanto_desk.services.failures import told
from kanto_desk.sync.client import Exchange, NotAnswered, Progress, Receipt, Stopped, Wait, known_hub
from kanto_desk.sync.filling import marks
from kanto_desk.sync.halting import Halt
from kanto_desk.sync.link import HttpsLink
from kanto_desk.sync.wire import Garbled, Problem

BREATH_SECONDS: Final = 0.004
"""Between two slices: a save of the window that waits for the file gets its turn there."""
_STOP: Final = "stop\n"
_GO: Final = "go\n"


def is_due(store: Store) -> bool:
    """Whether the next sync has whole scopes to bring: none was filled yet, or a fill was cut off.

    Never in an installed package, whose executable starts the window and no module: there the thread does it.
    """
    if getattr(sys, "frozen", False):
        return False
    with store.read() as conn:
        return conn.execute(select(local.scope_cursor.c.scope).limit(1)).first() is None or bool(marks(store))


def run(desk: Desk, progress: Progress, wait: Wait = time.sleep, halt: Halt | None = None) -> Receipt:
    """One whole sync by a child; gives its receipt and announces what came. `wait`: as of `syncing.sync`.

    Where `halt` is cut the child waits for no answer any more.

    Raises NotAnswered, Garbled or OSError as an `Exchange` would, Trouble of the disk or when the child was killed.
    """
    records = desk.folder.records
    child = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             encoding="utf-8", env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                                                    "PYTHONUTF8": "1"},
                             creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
    receipt, end = Receipt(), None
    try:
        with child:
            into, out = child.stdin, child.stdout
            if into is None or out is None:
                raise RuntimeError("the child has no pipes")
            into.write(json.dumps({"records": str(records), "key": desk.key.subkey(records.name).hex(),
                                   "person": desk.store.person}) + "\n")
            into.flush()
            if halt is not None:
                halt.ends(partial(_stop, into))
            for line in out:
                said = json.loads(line)
                if said["what"] == "slice":
                    came = {(str(t), str(u)) for t, u in said["touched"]}
                    receipt.came |= came
                    desk.store.announce(Touched(frozenset(came), "merge", "", ""))
                elif said["what"] == "waits":
                    into.write(_STOP if wait(said["seconds"]) is False else _GO)
                    into.flush()
                elif said["what"] == "batch":
                    _take(receipt, said)
                    if not progress(receipt):
                        _stop(into)
                else:
                    end = said
    except BrokenPipeError:
        end = None
    finally:
        child.kill()   # only where somebody raised above: it has ended by itself otherwise
        child.wait()
    return _ended(receipt, end)


def _stop(into: IO[str]) -> None:
    """Tell the child, from any thread; one that has ended by itself needs no telling."""
    with suppress(OSError, ValueError):
        into.write(_STOP)
        into.flush()


def _take(receipt: Receipt, said: dict[str, Any]) -> None:
    receipt.sent, receipt.not_taken = said["sent"], said["not_taken"]
    receipt.left, receipt.trips = said["left"], said["trips"]
    receipt.gone = {(str(t), str(u)) for t, u in said["gone"]}
    receipt.came -= receipt.gone


def _ended(receipt: Receipt, end: dict[str, Any] | None) -> Receipt:
    if end is None:
        raise Trouble(tr("はじめての取り込みが、途中で止まりました。"), tr("入力はすべてこのパソコンにあります。"),
                      tr("もう一度同期すると、続きから取り込みます。"))
    if end["what"] == "no":
        raise NotAnswered(end["status"], Problem(**end["problem"]))
    if end["what"] == "garbled":
        raise Garbled(end["why"])
    if end["what"] == "unreachable":
        raise OSError(end["why"])
    if end["what"] == "trouble":
        raise Trouble(*end["said"])
    receipt.complete = bool(end["complete"])
    return receipt


def main(into: IO[str], out: IO[str]) -> None:
    """The child: one sync, told line by line."""
    asked = json.loads(into.readline())
    stop, go_on = Halt(), threading.Event()

    def listen() -> None:
        while into.readline() == _GO:
            go_on.set()
        stop.cut()   # told to, or the window is gone
    threading.Thread(target=listen, name="stop", daemon=True).start()

    def say(what: str, **more: Any) -> None:
        try:
            out.write(json.dumps({"what": what, **more}, ensure_ascii=False) + "\n")
            out.flush()
        except OSError:
            stop.set()   # nobody listens any more

    def slice_came(touched: Touched) -> None:
        say("slice", touched=sorted(touched.keys))
        if stop.is_set():   # a page may take seconds more; what is here of it stays, and the rest is asked for again
            raise Stopped
        time.sleep(BREATH_SECONDS)

    def batch_over(receipt: Receipt) -> bool:
        say("batch", sent=receipt.sent, not_taken=receipt.not_taken, left=receipt.left, trips=receipt.trips,
            gone=sorted(receipt.gone))
        return not stop.is_set()

    def wait(seconds: float) -> bool:
        """While the hub is busy: it is the window that waits, and shows it, and may end it."""
        go_on.clear()
        say("waits", seconds=seconds)
        while not go_on.wait(0.1):
            if stop.is_set():
                return False
        return True
    engine = make_engine(Path(asked["records"]), bytes.fromhex(asked["key"]))
    store = Store(engine, system_clock, asked["person"])
    store.listeners.append(slice_came)
    try:
        known = known_hub(store)
        if known is None:
            raise RuntimeError("this desk has no hub")
        link = HttpsLink(known.url, known.ca)
        stop.ends(link.cut)
        receipt = Exchange(store, link, known, wait).run(batch_over)
        link.close()
        say("done", complete=receipt.complete)
    except NotAnswered as no:
        say("no", status=no.status, problem={name: getattr(no.problem, name) for name in no.problem.__struct_fields__})
    except Garbled as error:
        say("garbled", why=str(error))
    except Trouble as error:
        say("trouble", said=[error.happened, error.safe, error.to_do, error.detail])
    except OSError as error:
        say("unreachable", why=str(error))
    except Exception as error:
        trouble = told(error)
        if trouble is None:
            raise
        say("trouble", said=[trouble.happened, trouble.safe, trouble.to_do, trouble.detail])
    finally:
        engine.dispose()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
