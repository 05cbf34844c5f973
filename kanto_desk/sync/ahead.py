"""The next batch, read and compressed while the hub still works on the one before.

It is sent only when the one before is acknowledged, as ever: what is made ahead is bytes, and where the hub's answer
asks for something else they are dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from kanto_desk.db.store import Store
from kanto_desk.sync.outbox import frozen_batch
from kanto_desk.sync.wire import Begun, StoredChange


class Ahead:
    """At most one batch made in advance, in a thread of its own."""

    def __init__(self, store: Store, dev: str) -> None:
        self._store = store
        self._dev = dev
        self._thread: threading.Thread | None = None
        self._after = -1
        self._batch: list[StoredChange] = []
        self._begun: Begun | None = None

    def begin(self, after: int) -> None:
        """Make the batch that follows this number; only of changes that are frozen already."""
        self.end()
        self._after, self._batch, self._begun = after, [], None
        self._thread = threading.Thread(target=self._make, name="next batch", daemon=True)
        self._thread.start()

    def batch(self, after: int) -> list[StoredChange]:
        """The batch that follows this number, if it is what was made; else nothing."""
        self.end()
        return self._batch if after == self._after else []

    def begun(self, batch: Sequence[StoredChange]) -> Begun | None:
        """What was compressed of exactly this batch; to be finished once, so it is given once."""
        found, self._begun = self._begun, None
        return found if batch and len(batch) == len(self._batch) and batch[0] is self._batch[0] else None

    def end(self) -> None:
        """Wait until nothing is being made."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _make(self) -> None:
        try:
            with self._store.read() as conn:
                batch = frozen_batch(conn, self._dev, self._after)
            self._begun = Begun(batch) if batch else None
            self._batch = batch
        except Exception:   # noqa: BLE001 - read again in its turn, where whatever it is can be told
            self._begun = None
