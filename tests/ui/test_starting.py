"""The start: PySide's support modules are compiled once, and a damaged or missing file of them costs time only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import builtins, sys
usual, calls = builtins.compile, []
def counted(source, filename, *rest, **more):
    calls.append(filename)
    return usual(source, filename, *rest, **more)
builtins.compile = counted
from kanto_desk.ui.starting import prepare
prepare(sys.argv[1])
prepare(sys.argv[1])
assert builtins.compile is counted
from PySide6.QtCore import QObject, Signal
class One(QObject):
    told = Signal(int)
one, got = One(), []
one.told.connect(got.append)
one.told.emit(7)
assert got == [7]
try:
    one.told.connect()
except TypeError as error:
    assert str(error)
print(sum("shibokensupport" in str(name) for name in calls))
"""


def compiled(file: Path, **more: str) -> int:
    """How many support modules a start compiles."""
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", COUNT, str(file)], env={**settings, **more}, check=True,
                          capture_output=True, text=True)
    return int(done.stdout)


def test_support_modules_are_compiled_once(tmp_path: Path) -> None:
    file = tmp_path / "made" / "support.bin"
    assert compiled(file) > 3
    assert compiled(file) == 0
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("damage", [b"", b"\x00\x01", None])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes | None) -> None:
    file = tmp_path / "support.bin"
    compiled(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] + b"\xff" * 9 if damage is None else damage)
    assert compiled(file) > 3
    assert compiled(file) == 0


def test_no_file_is_written_where_python_writes_none(tmp_path: Path) -> None:
    file = tmp_path / "support.bin"
    assert compiled(file, PYTHONDONTWRITEBYTECODE="1") > 3
    assert not file.exists()
    (tmp_path / "a file").write_bytes(b"")
    assert compiled(tmp_path / "a file" / "support.bin") > 3
