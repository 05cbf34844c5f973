"""The hub's SQLite file is brought up to its write-ahead log beside the requests, not within the commit of one.

What is committed stands in the log, on disk, before anybody is answered; bringing it into the file itself is a second
write of every page and two more waits for the disk. SQLite does that in the commit that makes the log long, so it was a
part of every large push.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import apsw
from sqlalchemy import Engine, event

from kanto_desk.db import driver

PAGES: Final = 1000
"""The log is brought in once a commit leaves so many pages in it: SQLite's own number."""

MOST_PAGES: Final = 16_384
"""A log longer than this (64 MB) is brought in by the commit itself, so that it never grows without end."""


class Apart:
    """Brings the log of one file in, in a thread that ends by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, engine: Engine) -> None:
        """Look after every connection that this engine opens from here on; ends what runs when it is disposed of."""
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "engine_disposed", lambda _engine: self.wait())

    def wait(self) -> None:
        """Until nothing is being brought in."""
        with self._lock:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _connected(self, connection: driver.Connection, _record: Any) -> None:
        connection.raw.set_wal_hook(self._committed)   # instead of SQLite's own

    def _committed(self, raw: apsw.Connection, _schema: str, pages: int) -> int:
        """Called after each commit with the length of the log. Never raises: what is committed is committed."""
        if pages > MOST_PAGES:
            self.wait()
            with suppress(apsw.Error):   # somebody reads what stands in the file: the next commit tries again
                raw.wal_checkpoint()
        elif pages >= PAGES:
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    with suppress(RuntimeError):   # no thread to be had: the next commit tries again
                        thread = threading.Thread(target=self._bring_in, name="checkpoint", daemon=True)
                        thread.start()
                        self._thread = thread
        return apsw.SQLITE_OK

    def _bring_in(self) -> None:
        with suppress(driver.Error, apsw.Error):
            connection = driver.connect(self._path, key=None, create=False)
            try:
                connection.raw.set_wal_hook(None)
                connection.raw.wal_checkpoint()
            finally:
                connection.close()
