"""The key file: every way to open it, the growing delay, changed passphrases, damage mended."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kanto_desk.clock import JST
from kanto_desk.db.keys import Cost, DataKey, KeyFile
from kanto_desk.errors import Refused, Trouble

CHEAP = Cost(passes=1, memory_kib=64, lanes=1)


class SetClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 9, 0, tzinfo=JST)

    def __call__(self) -> datetime:
        return self.now


class Drawer:
    """A keychain held in memory, with the three methods of a keyring backend."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.texts.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.texts[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.texts[service, username]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def file(tmp_path: Path, clock: SetClock) -> KeyFile:
    return KeyFile(tmp_path / "keys.json", clock, CHEAP)


def same(one: DataKey, other: DataKey) -> bool:
    return one.subkey("x") == other.subkey("x")


def test_every_way_opens_the_same_key(file: KeyFile) -> None:
    key = file.create("さくら ガ １２３")
    drawer = Drawer()
    printed = file.new_recovery_key(key)
    file.remember_in_keychain(key, drawer)
    assert same(file.unlock("さくら カ\u3099 123"), key)   # NFKC: width and composition do not matter
    wide = printed.lower().replace("-", " ").translate({ord("0"): "ｏ", ord("1"): "ｌ", ord("A"): "Ａ"})
    assert same(file.unlock_by_recovery_key(wide), key)
    found = file.unlock_by_keychain(drawer)
    assert found is not None and same(found, key)
    file.forget_keychain(drawer)
    assert not drawer.texts and file.unlock_by_keychain(drawer) is None
    assert len({key.subkey(name) for name in ("records.db", "attachments.db", "directory.db")}) == 3
    assert "subkey" not in repr(key) and repr(key) == "<DataKey>"


def test_a_mistyped_recovery_key_is_refused_before_it_is_tried(file: KeyFile) -> None:
    printed = file.new_recovery_key(file.create("a"))
    chosen = random.Random(1)
    for place in (place for place, letter in enumerate(printed) if letter != "-"):
        other = chosen.choice([letter for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if letter != printed[place]])
        with pytest.raises(Refused):
            file.unlock_by_recovery_key(printed[:place] + other + printed[place + 1:])
    with pytest.raises(Refused):
        file.unlock_by_recovery_key(printed[:-1])


def test_the_delay_grows_survives_a_restart_and_ends(file: KeyFile, clock: SetClock) -> None:
    key = file.create("right")
    waits = []
    for _ in range(12):
        with pytest.raises(Refused, match="合言葉が違います"):
            file.unlock("wrong")
        waits.append(file.wait_seconds())
        clock.now += timedelta(seconds=waits[-1])
    assert waits == [0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    with pytest.raises(Refused):
        file.unlock("wrong")
    again = KeyFile(file.path, clock, CHEAP)
    with pytest.raises(Refused, match="あと300秒"):
        again.unlock("right")
    clock.now -= timedelta(days=3650)
    assert again.wait_seconds() == 300
    clock.now += timedelta(days=3650, seconds=300)
    assert same(again.unlock("right"), key) and again.wait_seconds() == 0


def test_changing_the_passphrase_rewraps(file: KeyFile) -> None:
    key = file.create("old")
    printed = file.new_recovery_key(key)
    file.change_passphrase("old", "new")
    assert same(file.unlock("new"), key) and same(file.unlock_by_recovery_key(printed), key)
    with pytest.raises(Refused):
        file.unlock("old")
    assert file.path.read_bytes() == file.spare.read_bytes()


@pytest.mark.parametrize("harm", ["gone", "empty", "half", "flip"])
def test_a_damaged_file_is_mended_from_its_copy(file: KeyFile, harm: str) -> None:
    key = file.create("p")
    whole = file.path.read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(b"sealed") + 12] ^= 1
    if harm == "gone":
        file.path.unlink()
    else:
        file.path.write_bytes({"empty": b"", "half": whole[: len(whole) // 2], "flip": bytes(flipped)}[harm])
    assert same(file.unlock("p"), key)
    assert file.path.read_bytes() == whole


def test_both_copies_damaged_or_a_newer_format_is_told(file: KeyFile) -> None:
    file.create("p")
    document = json.loads(file.path.read_bytes())
    file.path.write_text(json.dumps({**document, "format": 2}), "utf-8")
    with pytest.raises(Trouble, match="新しい版"):
        file.unlock("p")
    file.path.write_bytes(b"{")
    file.spare.write_bytes(b"")
    with pytest.raises(Trouble, match="鍵のファイル"):
        file.unlock("p")


def test_parameters_are_bound_to_the_sealed_key(file: KeyFile) -> None:
    key = file.create("p")
    sealed = key.wrapped(b"k" * 32, b"header")
    assert file._open({"format": 1, "id": "", "wraps": {"passphrase": sealed}}, "passphrase", b"k" * 32) is None


KILLED = """
import sys
from pathlib import Path
from kanto_desk.clock import system_clock
from kanto_desk.db.keys import Cost, KeyFile
file = KeyFile(Path(sys.argv[1]), system_clock, Cost(1, 64, 1))
key = file.unlock_by_recovery_key(sys.argv[2])
print("ready", flush=True)
n = 0
while True:
    n += 1
    file.set_passphrase(key, f"p{n % 2}")
"""


def test_killed_while_changing_the_passphrase_leaves_the_old_or_the_new(file: KeyFile) -> None:
    key = file.create("p0")
    printed = file.new_recovery_key(key)
    chosen = random.Random(2)
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(file.path), printed], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None and child.stdout.readline() == b"ready\n"
            time.sleep(chosen.random() * 0.05)   # the moment of the kill, not a wait for anything
            child.send_signal(signal.SIGKILL)
        assert same(file.unlock_by_recovery_key(printed), key)
        opened = 0
        for passphrase in ("p0", "p1"):
            try:
                opened += same(file.unlock(passphrase), key)
            except Refused:
                file.tries.unlink()
        assert opened == 1
