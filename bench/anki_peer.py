"""Anki with its own sync server, doing the same notes: run by `bench.syncing` with the Python of another venv.

Anki is AGPL: it is a peer of a benchmark, in an environment of its own, and never part of the program. Prints its
figures as one line of JSON.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    """`anki_peer.py FOLDER NOTES BYTES PROXY_MODULE_FOLDER`."""
    from anki.collection import Collection  # type: ignore[import-not-found]

    folder, notes, size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    sys.path.insert(0, sys.argv[4])
    from slow_link import SlowLink  # type: ignore[import-not-found]

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "anki.syncserver"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "SYNC_USER1": "user:pass", "SYNC_BASE": str(folder / "server"), "SYNC_HOST": "127.0.0.1",
             "SYNC_PORT": str(port), "RUST_LOG": "error"})
    try:
        _wait(port)
        desk = Collection(str(folder / "desk.anki2"))
        auth = desk.sync_login("user", "pass", f"http://127.0.0.1:{port}/")
        desk.close_for_full_sync()
        desk.full_upload_or_download(auth=auth, server_usn=None, upload=True)
        desk.reopen(after_full_sync=True)
        kind, deck = desk.models.by_name("Basic"), desk.decks.id("Default")
        words = ("来年から受注が2割減る見込み。医療機器に出たいが、何から始めるか分からない。" * 12)[:size // 3]
        last = None
        for n in range(notes):
            last = desk.new_note(kind)
            last["Front"], last["Back"] = f"{n}", words
            desk.add_note(last, deck)
        start = time.perf_counter()
        said = desk.sync_collection(auth, False)
        push = time.perf_counter() - start
        if said.required not in (said.NO_CHANGES, said.NORMAL_SYNC):
            raise RuntimeError("Anki wanted a full sync instead")
        slow = SlowLink(("127.0.0.1", port), 50)
        auth.endpoint = f"http://127.0.0.1:{slow.port}/"
        times, before = [], 0
        for n in range(6):
            assert last is not None
            last["Back"] = f"{n}{words[:20]}"
            desk.update_note(last)
            before = slow.up + slow.down
            start = time.perf_counter()
            desk.sync_collection(auth, False)
            times.append(time.perf_counter() - start)
        print(json.dumps({"push_s": push, "edit_ms": sorted(times[1:])[2] * 1000,
                          "edit_bytes": slow.up + slow.down - before}))
        desk.close()
    finally:
        server.terminate()
        server.wait()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("Anki's server does not answer")


if __name__ == "__main__":
    main()
