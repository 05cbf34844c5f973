"""The commands for laptops that are lost or silent, and files by `sync`, with a real hub process and real desks."""

from __future__ import annotations

from pathlib import Path

from kanto_desk.clock import system_clock
from kanto_desk.services import consultations, organizations, photos
from kanto_desk.services import desk as desks
from kanto_desk.sync.client import known_hub
from kanto_desk.sync.contact import LEASE
from tests.e2e.hub_commands import hub, two_joined
from tests.e2e.program import CHEAP, PASSPHRASE, answer, run
from tests.photographs import photo


def with_photo(home: Path, words: str = "") -> None:
    desk = desks.unlock(home, PASSPHRASE, cost=CHEAP)
    visit = consultations.create(desk.store, organizations.create(desk.store, {"name": "湖南精工"}))
    photos.attach(desk.store, desk.blobs, visit, photo(None, words=words), "IMG_1.JPG")
    desk.close()


def test_files_codes_and_a_wipe_by_commands(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    with two_joined(tmp_path) as (_, one, two):
        with_photo(one)
        told = answer(one, "sync")
        assert (told["files_sent"], told["files_missing"]) == (1, 0)
        assert (told["files_left"], told["bytes_left"]) == (0, 0)
        told = answer(two, "sync")
        assert (told["files_received"], told["files_missing"]) == (0, 1)
        told = answer(two, "sync", "--files")
        assert (told["files_received"], told["files_missing"]) == (1, 0)
        ca = hub(folder, "rotate-ca")
        assert len(ca["not_told"]) == 2
        assert run(tmp_path, "hub", "rotate-ca", "--use", "--folder", folder).returncode == 3
        with_photo(one, "another")   # never sent
        device = f"{_device(one):016x}"
        _silent(two)
        shut = run(two, "sync")
        assert shut.returncode == 4 and "解除コード" in shut.stderr
        digits = shut.stderr.split("番号 ")[1][:6]
        code = hub(folder, "unlock-code", _device_of(folder, device), digits)["code"]
        assert run(two, "unlock", "0000000000").returncode == 3
        assert answer(two, "unlock", code)["days"] == 30
        hub(folder, "revoke", device)
        gone = run(one, "sync")
        assert gone.returncode == 4 and "記録を消しました" in gone.stderr
        assert not (one / "records.db").exists() and not (one / "keys.json").exists()
        kept = next((one / "kept-for-hub").iterdir())
        for command in (["sync"], ["check"], ["unlock", "0000000000"]):   # who closed the first message hears it again
            told = run(one, *command)
            assert told.returncode == 4 and "記録を消しました" in told.stderr and str(kept) in told.stderr, command
        taken = hub(folder, "take-kept", kept)
        assert taken["new"] >= 3 and taken["chunks"] == 1
        assert answer(two, "sync", "--files")["files_received"] == 1
        broken = kept.with_name("broken.kdx")
        broken.write_bytes(kept.read_bytes()[:-40])
        assert run(tmp_path, "hub", "take-kept", broken, "--folder", folder).returncode == 4


def _device(home: Path) -> int:
    desk = desks.unlock(home, PASSPHRASE, cost=CHEAP)
    found = desk.store.device()[0]
    desk.close()
    return found


def _device_of(folder: Path, other: str) -> str:
    return next(d["device"] for d in hub(folder, "devices") if d["device"] != other)


def _silent(home: Path) -> None:
    """As if this desk had not heard of its hub for a month and more."""
    desk = desks.unlock(home, PASSPHRASE, cost=CHEAP)
    known = known_hub(desk.store)
    desk.store.set_setting("hub", {**{n: getattr(known, n) for n in type(known).__slots__},
                                   "heard": int(system_clock().timestamp() * 1000) - 31 * 86_400_000})
    assert desk.store.setting(LEASE)["days"] == 30
    desk.close()
