"""The program itself with files instead of a network: two desks that joined once, a hub that then serves no more."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.program import PASSPHRASE, ROOT, a_home, answer, environment, run


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def serving(home: Path, hub: Path, port: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "kanto_desk", "--json", "hub", "serve", "--folder", str(hub),
                                "--port", str(port)], env=environment(home), stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert process.stdout is not None and process.stdout.readline()
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        process.stdout.close()


def test_two_desks_and_a_hub_exchange_files_alone(tmp_path: Path) -> None:
    hub, port = tmp_path / "hub", a_free_port()
    one, two = a_home(tmp_path / "one"), a_home(tmp_path / "two")
    place = ["--folder", hub]
    answer(one, "hub", "init", "--name", "関東の事務局", "--address", f"127.0.0.1:{port}", *place)
    answer(one, "hub", "people", "add", "高橋 直子", *place)
    with serving(one, hub, port):
        for home in (one, two):
            answer(home, "enrol", answer(home, "hub", "code", "高橋 直子", *place)["line"])
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"name": "宮坂精密", "id": "own-1"}, ensure_ascii=False) + "\n", "utf-8")
    answer(one, "organizations", "import", rows)
    made = answer(one, "bundle", "export", tmp_path)
    stick = Path(made["file"])
    assert made["changes"] >= 1 and made["bytes"] == stick.stat().st_size
    assert "宮坂精密".encode() not in stick.read_bytes()
    taken = answer(one, "hub", "bundle", "take", stick, "--answer", tmp_path / "back.kdx", *place)
    assert (taken["new"], taken["verdicts"]) == (made["changes"], {})
    assert answer(one, "hub", "bundle", "take", stick, *place)["new"] == 0
    back = answer(one, "bundle", "import", tmp_path / "back.kdx")
    assert (back["acknowledged"], back["left"], back["known"]) == (made["changes"], 0, False)
    assert answer(one, "bundle", "take", tmp_path / "back.kdx")["known"]
    devices = {d["device"] for d in answer(one, "hub", "devices", *place)}
    other = (devices - {taken["device"]}).pop()
    answer(two, "hub", "bundle", "make", other, tmp_path / "two.kdx", *place)
    assert answer(two, "bundle", "import", tmp_path / "two.kdx")["received"] >= 1
    assert answer(two, "organizations", "show", "own-1")["name"] == "宮坂精密"

    told = answer(one, "bundle", "take", tmp_path / "two.kdx", code=4)
    assert "ほかの相手" in told["message"] and told["safe"] and told["to_do"]
    (tmp_path / "cut.kdx").write_bytes(stick.read_bytes()[:-40])
    assert "途中で切れて" in answer(one, "hub", "bundle", "take", tmp_path / "cut.kdx", *place, code=4)["message"]
    answer(one, "hub", "revoke", taken["device"], *place)
    stopped = answer(one, "hub", "bundle", "take", stick, *place, code=4)
    assert "止められています" in stopped["message"]
    english = run(one, "--lang", "en", "hub", "bundle", "take", tmp_path / "none.kdx", "--folder", hub)
    assert english.returncode == 4 and "There is no file there" in english.stderr, english.stderr
    assert PASSPHRASE not in english.stderr
