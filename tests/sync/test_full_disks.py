"""A full disk at the hub or on a laptop: told on the side where somebody reads it, nothing half-done, and on it goes.

Without a disk of its own the limit of the size of files stands for it: `python -m pytest -m slow tests/sync`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kanto_desk.clock import system_clock
from kanto_desk.errors import Trouble
from kanto_desk.services import desk as desks
from tests.e2e.program import PASSPHRASE, a_home, answer, environment
from tests.e2e.test_cli_disks import fill
from tests.hub.served import ROOT, served
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.proxy import proxied
from tests.sync.worlds import Desk, in_both_languages, joined, line_to, received

SAFE = {"ja": "入力はすべてこのパソコンにあります。", "en": "Everything you entered is on this computer."}
LONG = "聞いたことを、そのまま長く書いた。" * 1_200   # some 60 kB


def much(desk: Desk, many: int = 25) -> list[str]:
    """More than the room that a journal has left."""
    return [desk.write(f"{n}：{LONG}") for n in range(many)]


def test_a_hub_without_room_says_so_and_goes_on_when_there_is_some(disk: Path, tmp_path: Path) -> None:
    hub = a_hub(disk / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with served(disk / "hub") as it:
        one, two = (joined(tmp_path / name, line_to(hub, it.url, person)) for name in ("one", "two"))
        early = one.write("空きがあるうちに")
        one.sync()
        two.sync()
        fill(disk)
        lines = much(one)
        held = received(hub, one.dev)
        said = in_both_languages(one.sync)
        assert said["ja"].happened == "同期先の空きが足りず、受け取れませんでした。"
        assert (said["ja"].safe, said["en"].safe) == (SAFE["ja"], SAFE["en"])
        assert "空きができたあと" in said["ja"].to_do and "goes on" in said["en"].to_do
        assert it.ask("/health")[0] == 200 and it.process.poll() is None
        assert received(hub, one.dev) == held, "all of a batch or nothing"
        assert one.waiting == 75 and [one.says(x) for x in (early, lines[0])] == ["空きがあるうちに", f"0：{LONG}"]
        (disk / "fill").unlink()
        assert one.sync().left == 0
        two.sync()
        assert [two.says(line) for line in lines] == [one.says(line) for line in lines]
    assert [x for x in it.log if x["event"] == "fault"] == [] and [x for x in it.log if x["event"] == "trouble"]
    for desk in (one, two):
        desk.store.close()
    hub.close()


@pytest.mark.slow
def test_a_hub_whose_files_may_not_grow_is_told_the_same(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    limit = (tmp_path / "hub" / "hub.db").stat().st_size + 1_000_000
    process = subprocess.Popen([sys.executable, "-m", "tests.sync.hub_child", str(tmp_path / "hub"), "--file-bytes", str(limit)],
                               stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    with proxied(("127.0.0.1", int(address.rsplit(":", 1)[1]))) as proxy:
        one = joined(tmp_path / "one", line_to(hub, proxy.url, person))
        one.sync()
        line = much(one, 40)[-1]
        with pytest.raises(Trouble, match="同期先の空きが足りず"):
            one.sync()
        assert (one.waiting, received(hub, one.dev)) == (120, 0)
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
        with served(tmp_path / "hub") as it:
            proxy.target = it.address
            assert one.sync().left == 0
            two = joined(tmp_path / "two", line_to(hub, proxy.url, person))
            two.sync()
            assert two.says(line) == one.says(line)
    for desk in (one, two):
        desk.store.close()
    hub.close()


def test_a_laptop_without_room_takes_in_what_fits_and_goes_on_there(disk: Path, tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with served(tmp_path / "hub") as it:
        one, full = (joined(place, line_to(hub, it.url, person)) for place in (tmp_path / "one", disk / "full"))
        mine = full.write("空きがあるうちに書いた")
        full.sync()
        lines = much(one, 20)
        one.sync()
        fill(disk, 300_000)
        said = in_both_languages(full.sync)
        assert said["ja"].happened == "このパソコンのディスクに空きがなく、同期を途中で止めました。"
        assert "保存した記録は無事" in said["ja"].safe and "同期先に残っています" in said["ja"].safe
        assert "Every record saved so far is safe." in said["en"].safe and "goes on" in said["en"].to_do
        assert full.says(mine) == "空きがあるうちに書いた"
        (disk / "fill").unlink()
        done = full.sync()
        assert (done.left, done.trouble) == (0, "")
        assert [full.says(line) for line in lines] == [one.says(line) for line in lines]
        full.write("そのあと書いた")
        assert full.sync().left == 0
    for desk in (one, full):
        desk.store.close()
    hub.close()


def test_the_command_says_in_both_languages_that_the_disk_is_full(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    home = a_home(tmp_path / "home")
    with served(tmp_path / "hub") as it:
        assert answer(home, "enrol", line_to(hub, it.url, person))["hub"] == "関東の事務局"
        answer(home, "sync")
        one = joined(tmp_path / "one", line_to(hub, it.url, person))
        lines = much(one, 40)
        one.sync()
        limit = (home / "records.db").stat().st_size + 300_000
        told = []
        for language in ("ja", "en"):
            program = (f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
                       f"from kanto_desk.cli import main; sys.exit(main(['--json', '--lang', '{language}', 'sync']))")
            done = subprocess.run([sys.executable, "-c", program], check=False, env=environment(home), capture_output=True,
                                  encoding="utf-8", cwd="/")
            assert done.returncode == 4, done.stderr + done.stdout
            told.append(json.loads(done.stdout)["message"])
        assert told == ["このパソコンのディスクに空きがなく、同期を途中で止めました。",
                        "The disk of this computer is full; the sync ended half-way."]
        assert answer(home, "sync")["received"] > 0
        assert answer(home, "check")["sound"] is True
    opened = desks.unlock(home, PASSPHRASE)
    assert [Desk(opened.store).says(line) for line in lines] == [one.says(line) for line in lines]
    opened.close()
    one.store.close()
    hub.close()
