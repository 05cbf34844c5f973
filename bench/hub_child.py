"""The process behind the sync benchmarks: a hub, or the floor it is compared with. Prints its address and serves.

The floor decodes the same frames, writes each change as one line of one table, and answers after the commit: no
signature, no merge, no placement, no encryption.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from kanto_desk.clock import system_clock
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.own_ca import ready_server
from kanto_desk.hub.serving import serve

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Bare:
    """A bare web application over one table of SQLite."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one POST."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        count = await asyncio.to_thread(self._write, body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps({"acked": count}).encode()})

    def _write(self, body: bytes) -> int:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        changes = msgspec.json.decode(zstandard.ZstdDecompressor().decompress(body, 1 << 26)).get("push", [])
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?)", [
            (c["dev"], c["seq"], c["type"], c["uid"], msgspec.json.encode(c["set"]).decode()) for c in changes])
        connection.execute("COMMIT")
        connection.close()
        return len(changes)


def bare(folder: Path) -> None:
    """Serve the floor over the same TLS as the hub."""
    import uvicorn

    hub = open_hub(folder, system_clock)
    chain, key = ready_server(folder, ["127.0.0.1", "localhost"], hub.clock())
    hub.close()
    path = folder / "floor.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE IF NOT EXISTS line(dev, seq, type, uid, body, PRIMARY KEY (dev, seq))")
    connection.close()

    class Told(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            print(f"https://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}", flush=True)

    Told(uvicorn.Config(Bare(path), host="127.0.0.1", port=0, log_level="error", access_log=False,
                        ssl_certfile=str(chain), ssl_keyfile=str(key))).run()


def main() -> None:
    """`hub FOLDER [DATABASE]` or `bare FOLDER`."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "bare":
        bare(folder)
        return
    hub = open_hub(folder, system_clock, sys.argv[3] if len(sys.argv) > 3 else None)
    serve(hub, "127.0.0.1", 0, ["127.0.0.1", "localhost"], lambda url: print(url, flush=True))
    hub.close()


if __name__ == "__main__":
    main()
