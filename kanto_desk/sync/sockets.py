"""The connections of a link, held so that another thread may cut them off under whoever waits for an answer."""

from __future__ import annotations

import socket
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any, cast

import urllib3.connection
import urllib3.connectionpool


class Sockets:
    """The connections of one link. `cut` ends them under whoever waits at them, and lets no new one begin.

    Each is held by a second descriptor: that of the connection itself goes into TLS before the handshake.
    """

    def __init__(self) -> None:
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.is_cut = False
        self._begun: Future[socket.socket] | None = None
        weakref.finalize(self, _close, self._open)

    def cut(self) -> None:
        """From any thread."""
        with self._lock:
            self.is_cut = True
            if self._begun is not None:
                self._begun.cancel()
            for one in self._open:
                with suppress(OSError):   # the other side was quicker
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of them."""
        with self._lock:
            _close(self._open)

    def watch(self, manager: urllib3.PoolManager) -> urllib3.PoolManager:
        """Hold every connection that this manager makes to an HTTPS hub; gives the manager."""
        manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": cast(Any, partial(_Pool, self))}
        return manager

    def begin(self, connect: Callable[[], socket.socket]) -> socket.socket:
        """Make a connection in a thread of its own: neither the look-up of a name nor the greeting can be broken off.

        Raises ConnectionAbortedError where the link was cut; what is made after all is closed at once. Otherwise what
        `connect` raises.
        """
        begun: Future[socket.socket] = Future()
        with self._lock:
            if self.is_cut:
                raise ConnectionAbortedError
            self._begun = begun
        thread = threading.Thread(target=_connect, args=(connect, begun), daemon=True)
        thread.start()
        try:
            made = begun.result()
        except CancelledError:
            raise ConnectionAbortedError from None
        finally:
            self._begun = None
            if not begun.cancelled():
                thread.join()   # it holds the connection until it has ended
        return made

    def hold(self, made: socket.socket) -> None:
        """Hold a connection just made, or close it where the link was cut. Raises ConnectionAbortedError then."""
        with self._lock:
            if not self.is_cut:
                _close(self._open)   # a link has one connection at a time
                self._open.append(made.dup())
                return
        made.close()
        raise ConnectionAbortedError


class _Connection(urllib3.connection.HTTPSConnection):
    """A connection that is held from before its handshake."""

    held: Sockets

    def _new_conn(self) -> socket.socket:
        made = self.held.begin(super()._new_conn)
        self.held.hold(made)
        return made


class _Pool(urllib3.connectionpool.HTTPSConnectionPool):
    """Of such connections. Nothing here refers to itself: a link that is dropped is closed at once."""

    ConnectionCls = _Connection

    def __init__(self, held: Sockets, *where: Any, **how: Any) -> None:
        super().__init__(*where, **how)
        self._held = held

    def _new_conn(self) -> Any:
        made = super()._new_conn()
        if isinstance(made, _Connection):
            made.held = self._held
        return made


def _connect(connect: Callable[[], socket.socket], begun: Future[socket.socket]) -> None:
    try:
        made = connect()
    except Exception as error:   # noqa: BLE001 - whoever waits for the connection gets it
        with suppress(InvalidStateError):   # nobody waits for it any more
            begun.set_exception(error)
        return
    try:
        begun.set_result(made)
    except InvalidStateError:
        made.close()


def _close(sockets: list[socket.socket]) -> None:
    while sockets:
        sockets.pop().close()
