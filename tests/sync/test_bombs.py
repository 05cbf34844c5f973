"""A body that unpacks to 10 GB, at the hub and on a laptop: refused while it is unpacked, in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zstandard

from kanto_desk.clock import system_clock
from kanto_desk.sync import signing, wire
from kanto_desk.sync.client import known_hub
from tests.e2e.program import a_home, answer, environment
from tests.hub.served import ROOT, served
from tests.sync.desk_child import forget_peak, peak_kb
from tests.sync.front import Answer, fronted
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.worlds import joined, line_to

GB = 1 << 30
UNPACKED = 10 * GB
MOST_GROWTH_KB = 64 * 1024
"""A message may hold 32 MiB when unpacked (wire.MOST_UNPACKED), and is copied once or twice on its way."""
AT_ONCE = 6


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """One frame of 10 GB of zeros, made piece by piece."""
    packer, piece, parts = zstandard.ZstdCompressor(level=1).compressobj(), bytes(1 << 24), []
    for _ in range(UNPACKED // len(piece)):
        parts.append(packer.compress(piece))
    return b"".join([*parts, packer.flush()])


def test_ten_gigabytes_cost_the_hub_little_and_it_goes_on(bomb: bytes, tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with served(tmp_path / "hub") as it:
        one = joined(tmp_path / "one", line_to(hub, it.url, person))
        one.write("先に送った")
        one.sync()
        known = known_hub(one.store)
        assert known is not None

        def throw(path: str) -> tuple[int, str]:
            """As a real laptop would sign it."""
            headers = signing.headers_for(signing.key_of(known.key), one.dev, path, int(system_clock().timestamp() * 1000),
                                          known.epoch, bomb)
            status, _, body = it.ask(path, "POST", bomb, headers)
            return status, wire.unpacked(body, wire.Problem).reason

        before = forget_peak(str(it.process.pid))
        assert {throw(path) for path in ("/sync", "/fill", "/contents", "/enrol")} == {(400, "size")}
        assert peak_kb(str(it.process.pid)) - before < MOST_GROWTH_KB
        with ThreadPoolExecutor(AT_ONCE) as many:
            assert set(many.map(throw, ["/sync"] * AT_ONCE)) == {(400, "size")}
        assert peak_kb(str(it.process.pid)) - before < AT_ONCE * MOST_GROWTH_KB
        line = one.write("そのあと")
        assert one.sync().left == 0 and one.says(line) == "そのあと"
    assert [x for x in it.log if x["event"] == "fault"] == []
    one.store.close()
    hub.close()


def test_ten_gigabytes_for_an_answer_cost_the_laptop_little_and_nothing_is_lost(bomb: bytes, tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    home = a_home(tmp_path / "home")
    with served(tmp_path / "hub") as it, fronted(tmp_path / "hub", it.address) as front:
        answer(home, "enrol", line_to(hub, front.url, person))
        with subprocess.Popen([sys.executable, "-m", "tests.sync.desk_child", str(home)], cwd=ROOT, text=True,
                              env=environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdin is not None and child.stdout is not None
            assert json.loads(child.stdout.readline())["ready"]
            for body in (bomb, bytes(1 << 27)):   # packed, and as long as it is
                front.next(lambda _message, _to_hub, body=body: Answer(200, body))
                child.stdin.write("\n")
                child.stdin.flush()
                said = json.loads(child.stdout.readline())
                assert said["told"] == "同期先の答えを読めませんでした。"
                assert said["grew_kb"] < MOST_GROWTH_KB
        assert answer(home, "sync")["refused"] == 0
    hub.close()
