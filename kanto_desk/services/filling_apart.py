"""A first fill in a process of its own, so that its work never holds the window (DECISIONS 27); the window's side.

The window goes on writing meanwhile: each write of the child takes its turn among the saves of the window, first come,
first served, so that a save waits for one slice and never for SQLite's own, growing pauses. The child
(`filling_child`) gets the key of the records through its standard input and tells each slice through its standard
output; it stops between two slices, or while it waits for the hub, when it is told to or when the window is gone.
Killed, it leaves what was taken in, and the next sync goes on there.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import IO, Any, Final

from sqlalchemy import select

from kanto_desk import i18n, own_process
from kanto_desk.db import local
from kanto_desk.db.operation import Touched
from kanto_desk.db.store import Store
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services.desk import Desk
from kanto_desk.sync.client import NotAnswered, Progress, Receipt, Wait
from kanto_desk.sync.filling import marks
from kanto_desk.sync.halting import Halt
from kanto_desk.sync.wire import Garbled, Problem

STOP: Final = "stop\n"
GO: Final = "go\n"
"""The hub was waited for."""
TURN: Final = "turn\n"
"""It is the child's turn to write."""


def is_due(store: Store) -> bool:
    """Whether the next sync has whole scopes to bring: none was filled yet, or a fill was cut off."""
    with store.read() as conn:
        return conn.execute(select(local.scope_cursor.c.scope).limit(1)).first() is None or bool(marks(conn))


def run(desk: Desk, progress: Progress, wait: Wait = time.sleep, halt: Halt | None = None) -> Receipt:
    """One whole sync by a child; gives its receipt and announces what came. `wait`: as of `syncing.sync`.

    Where `halt` is cut the child waits for no answer any more.
    Raises NotAnswered, Garbled or OSError as an `Exchange` would, Trouble of the disk or when the child was killed.
    """
    receipt, end = Receipt(), None
    with suppress(BrokenPipeError), ExitStack() as turn, _child() as (into, out):
        _tell(into, json.dumps({
            "records": str(desk.folder.records), "key": desk.key.subkey(desk.folder.records.name).hex(),
            "person": desk.store.person, "language": i18n.language()}) + "\n")
        if halt is not None:
            halt.ends(partial(_stop, into))
        for line in out:
            said = json.loads(line)
            if said["what"] == "turn":
                turn.enter_context(desk.store.turn)
                _tell(into, TURN)
            elif said["what"] == "over":
                turn.close()
            elif said["what"] == "slice":
                came = {(str(t), str(u)) for t, u in said["touched"]}
                receipt.came |= came
                desk.store.announce(Touched(frozenset(came), "merge", "", ""))
            elif said["what"] == "waits":
                _tell(into, STOP if wait(said["seconds"]) is False else GO)
            elif said["what"] == "batch":
                _take(receipt, said)
                if not progress(receipt):
                    _stop(into)
            else:
                end = said
    return _ended(receipt, end)


@contextmanager
def _child() -> Iterator[tuple[IO[str], IO[str]]]:
    """A child, with its standard input and output; it has ended at the end of the block."""
    child = subprocess.Popen(own_process.command(own_process.FILL), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             encoding="utf-8", env=own_process.environment(),
                             creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
    try:
        with child:
            if child.stdin is None or child.stdout is None:
                raise RuntimeError("the child has no pipes")
            yield child.stdin, child.stdout
    finally:
        child.kill()   # only where somebody raised inside: it has ended by itself otherwise
        child.wait()


def _tell(into: IO[str], words: str) -> None:
    into.write(words)
    into.flush()


def _stop(into: IO[str]) -> None:
    """Tell the child, from any thread; one that has ended by itself needs no telling."""
    with suppress(OSError, ValueError):
        _tell(into, STOP)


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
