"""The data folder: one process at a time, for its owner alone, in a sensible place."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kanto_desk.clock import system_clock
from kanto_desk.db.folder import DataFolder
from kanto_desk.errors import Trouble

HOLDER = """
import sys
from pathlib import Path
from kanto_desk.clock import system_clock
from kanto_desk.db.folder import DataFolder
with DataFolder(Path(sys.argv[1])).locked(system_clock):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.create()
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(folder.path)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(Trouble, match=f"プロセス{other.pid}、20"), folder.locked(system_clock):
            raise AssertionError("two holders")
        other.kill()
        other.wait()
    with folder.locked(system_clock):   # a dead process holds nothing
        assert str(os.getpid()) in folder.lock_file.read_text("utf-8")


def test_folder_and_files_are_the_owners_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.create()
    folder.records.write_bytes(b"")
    folder.make_private()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.records.stat().st_mode) == 0o600


def test_unwise_places_are_named(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nnas:/x {tmp_path}/share nfs4 rw 0 0\n", "utf-8")
    for name, words in (("OneDrive - 組合", "OneDrive"), ("Dropbox", "Dropbox"), ("share", "ネットワーク")):
        folder = DataFolder(tmp_path / name / "data")
        folder.create()
        assert [words in text for text in folder.warnings(mounts)] == [True], name
    plain = DataFolder(tmp_path / "plain")
    plain.create()
    assert plain.warnings(mounts) == []
    assert plain.free_bytes() > 0 and plain.is_writable()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    folder = DataFolder(tmp_path / "file" / "data")
    with pytest.raises(Trouble):
        folder.create()
    assert not DataFolder(tmp_path / "nowhere").is_writable()
