"""One commit for several requests that write at the same time on SQLite: the disk's answer is most of a small one.

Each request's work is a savepoint of one transaction: kept whole or undone whole. Nobody is let go before the commit is
on disk, and where it fails, it fails for all of them. One alone has its own transaction, without savepoints.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import Connection, Engine, NestedTransaction
from sqlalchemy.exc import DBAPIError

from kanto_desk.db.dialect import BEGIN

MOST: Final = 24
"""So many requests share a commit at most."""

LONGEST: Final = 0.05
"""Seconds after which nobody else is let into a transaction."""


class _Shared:
    """One transaction, begun; `error` says why nothing of it is kept."""

    def __init__(self, engine: Engine) -> None:
        self.began = time.monotonic()
        self.conn = engine.connect().execution_options(**{BEGIN: "IMMEDIATE"})
        try:
            self._transaction = self.conn.begin()
        except BaseException:
            self.conn.close()
            raise
        self.members = 0
        self.error: BaseException | None = None
        self.over = threading.Event()

    @property
    def is_open(self) -> bool:
        """Whether the database still has it: SQLite undoes all of it by itself on some errors."""
        return self.error is None and bool(self.conn.connection.dbapi_connection.in_transaction)   # type: ignore[union-attr]

    def finish(self) -> None:
        """Commit, or undo what cannot be kept; whoever waits goes on. Never raises: `error` tells."""
        try:
            if self.error is None:
                self._transaction.commit()
        except BaseException as error:   # noqa: BLE001 - told to everybody whose work was in it
            self.error = error
        try:
            if self.error is not None and self._transaction.is_active:
                with suppress(DBAPIError):
                    self._transaction.rollback()
            self.conn.close()
        finally:
            self.over.set()


class Together:
    """Write transactions of one SQLite file, for all threads of a process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._counted = threading.Lock()
        self._waiting = 0
        self._shared: _Shared | None = None

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        with self._counted:
            return self._waiting

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """As `kanto_desk.db.dialect.writing`: committed when it ends, this one's work undone on an error in it."""
        self._take_turn()
        shared = self._shared
        savepoint: NestedTransaction | None = None
        try:
            if shared is None:
                shared = self._shared = _Shared(self._engine)
            else:
                savepoint = shared.conn.begin_nested()
            yield shared.conn
            if savepoint is not None:
                savepoint.commit()
            shared.members += 1
        except BaseException as error:
            if shared is not None:
                self._undo(shared, savepoint, error)
                self._pass_on(shared)
            else:
                self._turn.release()
            raise
        self._pass_on(shared)
        shared.over.wait()
        if shared.error is not None:
            raise shared.error

    def _take_turn(self) -> None:
        with self._counted:
            self._waiting += 1
        self._turn.acquire()
        with self._counted:
            self._waiting -= 1

    def _undo(self, shared: _Shared, savepoint: NestedTransaction | None, error: BaseException) -> None:
        """Take back one request's work; where that cannot be done alone, nothing of the others is kept either."""
        try:
            if shared.members and shared.is_open and savepoint is not None:
                savepoint.rollback()
                return
        except DBAPIError:
            pass
        shared.error = error

    def _pass_on(self, shared: _Shared) -> None:
        """Let the next one into the transaction, or end it."""
        young = shared.members < MOST and time.monotonic() - shared.began < LONGEST
        if not (shared.is_open and young and self.waiting):
            self._shared = None
            shared.finish()
        self._turn.release()
