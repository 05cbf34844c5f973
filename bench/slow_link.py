"""A proxy on loopback that delays every byte by half a round trip each way and counts what passes. Benchmarks only."""

from __future__ import annotations

import queue
import socket
import threading
import time
from contextlib import suppress


class SlowLink:
    """Listens on a port of its own and carries every connection to `target`; `close` ends it."""

    def __init__(self, target: tuple[str, int], round_trip_ms: float) -> None:
        self._target = target
        self._half = round_trip_ms / 2000
        self.up = 0
        self.down = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._carry(near, far, "up")
                self._carry(far, near, "down")

    def _carry(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        waiting: queue.Queue[tuple[float, bytes]] = queue.Queue()

        def read() -> None:
            with suppress(OSError):
                while data := source.recv(1 << 16):
                    setattr(self, way, getattr(self, way) + len(data))
                    waiting.put((time.perf_counter() + self._half, data))
            waiting.put((0, b""))

        def write() -> None:
            with suppress(OSError):
                while (item := waiting.get())[1]:
                    time.sleep(max(0.0, item[0] - time.perf_counter()))
                    sink.sendall(item[1])
                sink.shutdown(socket.SHUT_WR)

        for work in (read, write):
            threading.Thread(target=work, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()
