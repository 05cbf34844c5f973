"""No file beside the encrypted ones holds a word of the records: not while working, not afterwards (decision 36)."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from threading import Timer

import pytest
from PIL import Image

from tests.e2e.leaks import ENCODINGS, leaks
from tests.e2e.plaintext_session import LINE, WORDS

ROOT = Path(__file__).resolve().parents[2]


def test_a_working_session_leaves_no_plaintext(tmp_path: Path) -> None:
    user, temporary = tmp_path / "user", tmp_path / "tmp"
    home = user / "desk"
    for folder in (user, temporary):
        folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment |= {"HOME": str(user), "TMPDIR": str(temporary), "TEMP": str(temporary), "SQLITE_TMPDIR": str(temporary),
                    "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1",
                    "PYTHONDONTWRITEBYTECODE": "1"}
    with (tmp_path / "stderr").open("wb") as errors:
        child = subprocess.Popen([sys.executable, "-m", "tests.e2e.plaintext_session", str(home)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, env=environment)
    assert child.stdin is not None and child.stdout is not None
    too_long = Timer(60, child.kill)
    too_long.start()
    try:
        told = child.stdout.readline()
        while_open = leaks([user, temporary], WORDS)
        names = {path.name for path in home.iterdir()} if home.is_dir() else set()
        child.stdin.close()
        last = child.stdout.read()
    finally:
        child.stdout.close()
        child.wait()
        too_long.cancel()
    assert (told, last) == (b"open\n", b"closed\n"), _complaints(tmp_path / "stderr", home / "crash.log")
    assert {"records.db", "records.db-wal", "attachments.db", "crash.log", "backups"} <= names
    assert while_open == []
    assert leaks([user, temporary], WORDS) == []


def _complaints(*files: Path) -> str:
    return "".join(file.read_text("utf-8", "replace") for file in files if file.exists())


def _a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.txt", LINE)
    return out.getvalue()


def _a_picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, kind)
    return out.getvalue()


LEAKED = {
    **{f"{LINE} in {encoding}": os.urandom(99) + LINE.encode(encoding) + os.urandom(99) for encoding in ENCODINGS},
    "holds PDF": b"\0\0%PDF-1.7\n", "holds PNG": b"\0" + _a_picture("png"), "holds JPEG": b"\0" + _a_picture("jpeg"),
    "holds SQLite": b"SQLite format 3\0" + bytes(84), "holds ZIP": _a_zip(),
    "starts as JPEG": b"\xff\xd8\xff\xdb" + bytes(9), "starts as PDF": b"%PDF", "starts as PNG": b"\x89PNG", "starts as ZIP": b"PK\x03\x04",
}


@pytest.mark.parametrize("what", LEAKED)
def test_one_leaked_file_is_found(tmp_path: Path, what: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "etilqs_1").write_bytes(LEAKED[what])
    assert f"etilqs_1: {what}" in leaks([tmp_path], WORDS)
