"""A bad network on loopback: carries TCP to a hub untouched, and by script cuts, loses, holds, delays or slows connections.

Knows nothing of what is inside: TLS passes through it as it is. `tests.sync.front` stands in the way inside of TLS.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_CHUNK = 16_384
_LOOK = 0.02   # seconds between two looks at whether an end has come


@dataclass
class Fault:
    """What happens to one connection. Bytes are counted from its first one, handshake and all.

    `cut_up`, `cut_down`: reset once so many bytes went to, came from the hub. `lost_when`: of the answer to the first
    request nothing passes, and the connection is reset once this is so (the hub has committed, say). `held`: nothing
    reaches the hub until it is set. `delay`: seconds before each part, both ways. `rate`: bytes a second, both ways.
    """

    cut_up: int | None = None
    cut_down: int | None = None
    lost_when: Callable[[], bool] | None = None
    held: threading.Event | None = None
    delay: float = 0.0
    rate: int = 0


@dataclass
class Passed:
    """What went over one connection."""

    up: int = 0
    down: int = 0
    asked: threading.Event = field(default_factory=threading.Event)   # the first request has begun
    ended: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Listens on loopback; each connection takes the next fault of `script`, and passes untouched where none is left."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.script: deque[Fault] = deque()
        self.passed: list[Passed] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(_LOOK)
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}"
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._listen, name="proxy", daemon=True)]
        self._threads[0].start()

    def next(self, *faults: Fault) -> None:
        """What happens to the connections to come."""
        self.script.extend(faults)

    def close(self) -> None:
        """Reset whatever is open and end."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._listening.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                here, _ = self._listening.accept()
            except TimeoutError:
                continue
            fault = self.script.popleft() if self.script else Fault()
            passed = Passed()
            self.passed.append(passed)
            thread = threading.Thread(target=self._carry, args=(here, fault, passed), name="proxy", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _carry(self, here: socket.socket, fault: Fault, passed: Passed) -> None:
        there: socket.socket | None = None
        outs: list[socket.socket] = []   # to write with: a pump that waits to read looks up often, one that writes does not
        try:
            while fault.held is not None and not fault.held.wait(_LOOK):
                if self._over.is_set():
                    return
            there = socket.create_connection(self.target)
            outs = [here.dup(), there.dup()]
            for one, seconds in zip((here, there, *outs), (_LOOK, _LOOK, 30, 30), strict=True):
                one.settimeout(seconds)
            back = threading.Thread(target=self._pump, args=(there, outs[0], fault, passed, "down"), daemon=True)
            back.start()
            self._pump(here, outs[1], fault, passed, "up")
            back.join()
        except OSError:
            pass   # the hub is not there: the desk sees its connection reset
        finally:
            _reset(here, there, *outs)
            passed.ended.set()

    def _pump(self, source: socket.socket, sink: socket.socket, fault: Fault, passed: Passed, way: str) -> None:
        """One direction, until an end, a cut or the end of the other direction."""
        records = _Records()
        limit = fault.cut_up if way == "up" else fault.cut_down
        try:
            while not (self._over.is_set() or passed.ended.is_set()):
                if way == "down" and fault.lost_when is not None and passed.asked.is_set() and fault.lost_when():
                    return
                try:
                    part = source.recv(_CHUNK)
                except TimeoutError:
                    continue
                if not part:
                    return
                done = getattr(passed, way)
                keep = part if limit is None else part[:max(0, limit - done)]
                if fault.delay or fault.rate:
                    time.sleep(fault.delay + (len(keep) / fault.rate if fault.rate else 0.0))
                setattr(passed, way, done + len(keep))
                if way == "up" and records.applications(keep) > 1:   # the first one ends the handshake
                    passed.asked.set()
                if not (way == "down" and fault.lost_when is not None and passed.asked.is_set()):
                    sink.sendall(keep)
                if limit is not None and done + len(keep) >= limit:
                    return
        except OSError:
            pass
        finally:
            if way == "up" and limit is None:
                with suppress(OSError):   # let the answer to what was said come back
                    sink.shutdown(socket.SHUT_WR)
            else:
                passed.ended.set()   # the other pump looks up and ends, then both are reset


class _Records:
    """Counts TLS records of application data in a stream, by their headers alone."""

    def __init__(self) -> None:
        self._rest = b""
        self._count = 0

    def applications(self, part: bytes) -> int:
        """How many have begun, this part included."""
        self._rest += part
        while len(self._rest) >= 5:
            kind, length = self._rest[0], struct.unpack(">H", self._rest[3:5])[0]
            if len(self._rest) < 5 + length:
                break
            self._count += kind == 23
            self._rest = self._rest[5 + length:]
        return self._count


def _reset(*sockets: socket.socket | None) -> None:
    """Close without a word, as a broken network does."""
    for one in sockets:
        if one is not None:
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()


@contextmanager
def proxied(target: tuple[str, int]) -> Iterator[Proxy]:
    """A bad network in front of a hub, until the end of the block."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
