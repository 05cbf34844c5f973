"""`demo OUT` with its hub and two desks: the story it tells, what it leaves, and how it ends on good and bad days."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.program import PASSPHRASE, ROOT, answer, environment, run

STEPS = ["import", "record", "finalize", "report", "search", "backup", "export",
         "hub", "enrol", "first_sync", "apart", "conflict", "resolve", "same"]
FIRST = "試し集計の結果を見て、様式を決める。数字の読み手は6月までに決める。"
SECOND = "試し集計の結果を見て、様式を決める。7市町村の担当者を次の会議に呼ぶ。"
BOTH = ("試し集計の結果を見て、様式を決める。", "数字の読み手は6月までに決める。", "7市町村の担当者を次の会議に呼ぶ。")


def is_free(port: int) -> bool:
    """Whether somebody could listen there now."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
            one.listen()
        except OSError:
            return False
    return True


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("demo")
    return folder / "out", answer(folder / "unused", "demo", folder / "out")


def step(done: dict, name: str) -> dict:
    return next(s for s in done["steps"] if s["step"] == name)


def test_the_story_is_told_step_by_step(shown: tuple[Path, dict]) -> None:
    _out, done = shown
    assert [s["step"] for s in done["steps"]] == STEPS
    conflict, decided = step(done, "conflict"), step(done, "resolve")
    assert conflict["field"] == "direction" and conflict["label"] == "今後の方針"
    assert {(s["value"], s["by"]) for s in conflict["sides"]} == {(FIRST, "作例 相談員"), (SECOND, "作例 副担当")}
    assert {s["laptop"] for s in conflict["sides"]} == set(step(done, "enrol")["devices"])
    assert all(value in conflict["text"] for value in (FIRST, SECOND, *step(done, "enrol")["devices"]))
    assert all(sentence in decided["value"] for sentence in BOTH)
    same = step(done, "same")
    assert len(set(same["hashes"].values())) == 1 and same["records"] > 100 and same["waiting"] == 0


def test_both_desks_and_the_hub_hold_the_decision(shown: tuple[Path, dict]) -> None:
    out, done = shown
    uid = step(done, "first_sync")["uid"]
    for home in (done["home"], done["second_home"]):
        held = answer(Path(home), "records", "show", "consultation", uid)["fields"]
        assert all(sentence in held["direction"] for sentence in BOTH)
        assert held["place"] == "［作例］観光協会の会議室" and held["summary"].startswith("［作例］3軒の宿")
    hub = sqlite3.connect(f"file:{out / 'hub' / 'hub.db'}?mode=ro", uri=True)
    try:
        assert hub.execute("SELECT direction FROM consultation WHERE uid = ?", (uid,)).fetchone()[0] == (
            step(done, "resolve")["value"])
        assert hub.execute("SELECT count(*) FROM head").fetchone()[0] == 0
    finally:
        hub.close()


def test_the_protocol_says_how_to_go_on_and_that_works(shown: tuple[Path, dict]) -> None:
    out, done = shown
    told = (out / "protocol.txt").read_text("utf-8")
    assert FIRST in told and SECOND in told and PASSPHRASE not in told
    port = re.search(r"hub serve --folder (\S+) --port (\d+)", told)
    assert port is not None and Path(port[1]) == out / "hub" and is_free(int(port[2]))
    hub = subprocess.Popen([sys.executable, "-m", "kanto_desk", "hub", "serve", "--folder", port[1], "--port", port[2]],
                           env=environment(out / "unused"), stdout=subprocess.PIPE, encoding="utf-8", cwd="/")
    try:
        assert hub.stdout is not None and f":{port[2]}" in hub.stdout.readline()
        for home in (done["home"], done["second_home"]):
            again = answer(Path(home), "sync")
            assert (again["sent"], again["received"], again["conflicts"], again["refused"]) == (0, 0, 0, 0)
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait(timeout=30)
        assert hub.stdout is not None
        hub.stdout.close()


def test_it_tells_the_same_in_english(tmp_path: Path) -> None:
    done = run(tmp_path / "unused", "--lang", "en", "demo", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "only “Next steps” waits for a decision" in done.stdout and "are the same (SHA-256 " in done.stdout
    quoted = re.sub(r"“[^”]*”|/\S+|作例 \S+|［作例］\S+|of 一般社団法人雪国観光圏", "", done.stdout)
    assert not re.search("[\u3041-\u30fa\u4e00-\u9fff]", quoted), quoted


def test_a_port_in_use_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = answer(tmp_path / "unused", "demo", tmp_path / "out", "--port", port, code=4)
        assert str(port) in told["message"] and "--port" in told["to_do"]
        english = answer(tmp_path / "unused", "--lang", "en", "demo", tmp_path / "out", "--port", port, code=4)
        assert f"Port {port} cannot be used" in english["message"]
    assert answer(tmp_path / "unused", "demo", tmp_path / "out", "--port", 70000, code=4)["error"] == "trouble"
    assert sorted(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    for name, content in (("full", "x"), ("empty", None)):
        (tmp_path / name).mkdir()
        if content:
            (tmp_path / name / "own.txt").write_text(content)
        told = answer(tmp_path / "unused", "demo", tmp_path / name, code=3)
        assert told["field"] == "out" and name in told["message"]
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["empty", "full", "own.txt"]


@pytest.mark.parametrize("most", [40_000, 400_000, 1_500_000])
def test_no_room_is_told_and_nothing_half_made_stays(tmp_path: Path, most: int) -> None:
    done = subprocess.run([sys.executable, "-m", "kanto_desk", "--json", "demo", str(tmp_path / "out")], check=False,
                          env=environment(tmp_path / "unused"), capture_output=True, encoding="utf-8", cwd="/",
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    assert done.returncode == 4, done.stderr
    told = json.loads(done.stdout)
    assert "空きがなく" in told["message"] and told["safe"] and told["to_do"]
    assert sorted(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_demonstration_that_is_killed_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    port = a_free_port()
    process = subprocess.Popen([sys.executable, "-m", "kanto_desk", "demo", str(tmp_path / "out"), "--port", str(port)],
                               env=environment(tmp_path / "unused"), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, cwd=ROOT, start_new_session=True)
    end = time.monotonic() + 60
    while is_free(port) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_free(port) and process.poll() is None, "the hub was serving"
    process.send_signal(number)
    assert process.wait(timeout=30) == (-signal.SIGKILL if number == signal.SIGKILL else 143)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert is_free(port)
    left = sorted(p.name for p in tmp_path.iterdir())
    assert left == ([] if number == signal.SIGTERM else [f".out.unfinished-{process.pid}"])
    if left:   # what a kill left is hidden, and the next demonstration into the same place takes it away
        answer(tmp_path / "unused", "demo", tmp_path / "out")
        assert [p.name for p in tmp_path.iterdir()] == ["out"]
