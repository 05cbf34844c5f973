"""Bad days on the command line: each ends with its exit code, says what is safe, and leaves the records as they were."""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import apsw
import pytest

from kanto_desk.clock import JST, system_clock
from kanto_desk.db.dialect import make_engine, writing
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import KeyFile
from kanto_desk.services import desk as desks
from kanto_desk.services import organizations as companies
from tests.db.parts import SetClock
from tests.e2e.program import CHEAP, PASSPHRASE, a_home, answer, environment, run


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = a_home(tmp_path_factory.mktemp("bad") / "home")
    answer(home, "backup")
    return home


@pytest.fixture
def home(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "home"))


def organizations(path: Path, n: int) -> Path:
    path.write_text("".join(json.dumps({"id": f"x{i}", "name": f"株式会社試作{i}", "products": "部品" * 60},
                                       ensure_ascii=False) + "\n" for i in range(n)), "utf-8")
    return path


def test_wrong_passphrase_is_trouble_with_a_growing_delay(home: Path) -> None:
    first = run(home, "organizations", "list", passphrase="違う")
    assert first.returncode == 4
    assert "合言葉が違います" in first.stderr and "無事" in first.stderr and "秒" not in first.stderr
    waiting = None
    for _ in range(60):   # the delay doubles with every wrong try, so that slow and fast machines meet it
        told = run(home, "organizations", "list", passphrase="違う")
        assert told.returncode == 4
        waiting = re.search(r"あと(\d+)秒待って", told.stderr)
        if waiting and int(waiting[1]) >= 6:
            break
    assert waiting and int(waiting[1]) >= 6
    assert run(home, "organizations", "list", passphrase=PASSPHRASE).returncode == 4   # the right one must wait, too


def test_no_passphrase_no_folder_no_command(home: Path, tmp_path: Path) -> None:
    assert run(home, "check", passphrase=None).returncode == 2
    assert run(tmp_path / "none", "check").returncode == 4
    assert not (tmp_path / "none").exists()
    assert run(home, "nonsense").returncode == 2
    english = run(home, "--lang", "en", "organizations", "import")
    assert english.returncode == 2 and "Missing arguments: FILE" in english.stderr.replace("file", "FILE")


def test_a_second_process_is_refused_while_the_first_works(home: Path) -> None:
    first = subprocess.Popen([sys.executable, "-m", "kanto_desk", "search", "-"], env=environment(home),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    assert first.stdin is not None and first.stdout is not None
    first.stdin.write("長野\n")
    first.stdin.flush()
    assert json.loads(first.stdout.readline())["query"] == "長野"
    second = run(home, "organizations", "list")
    assert second.returncode == 4 and str(first.pid) in second.stderr
    first.stdin.close()
    assert first.wait(30) == 0
    first.stdout.close()
    assert run(home, "organizations", "list").returncode == 0


def damage(path: Path, cut: bool) -> None:
    content = bytearray(path.read_bytes())
    if cut:
        path.write_bytes(content[:len(content) // 2])
    else:
        for at in range(len(content) // 3, len(content), 4096):
            content[at] ^= 0xFF
        path.write_bytes(content)


@pytest.mark.parametrize("cut", [False, True])
def test_damaged_records_are_named_and_a_backup_brings_them_back(home: Path, cut: bool) -> None:
    damage(home / "records.db", cut)
    for left in home.glob("records.db-*"):
        left.unlink()
    found = answer(home, "check", code=4)
    assert [f["file"] for f in found["findings"]] == ["records.db"]
    assert found["last_backup"] is not None and "restore latest" in found["to_do"]
    assert answer(home, "restore", "latest")["before"] is None
    assert list((home / "backups").glob("damaged-*/records.db"))
    assert answer(home, "check")["sound"] is True


def test_newer_data_is_left_alone(home: Path) -> None:
    folder = DataFolder(home)
    key = KeyFile(folder.keys, system_clock).unlock(PASSPHRASE)
    engine = make_engine(folder.records, key.subkey("records.db"))
    with writing(engine) as conn:
        conn.exec_driver_sql("PRAGMA user_version = 9000")
    engine.dispose()
    before = (home / "records.db").read_bytes()
    done = run(home, "organizations", "list")
    assert done.returncode == 4 and "新しい版" in done.stderr
    assert (home / "records.db").read_bytes() == before


def test_a_read_only_folder_is_told(home: Path) -> None:
    for path in [home, *home.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for parent in list(home.parents)[:-2]:
        parent.chmod(parent.stat().st_mode | 0o055)
    other = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.getuid() == 0 else ()
    done = run(home, "organizations", "list", before=other)
    assert done.returncode == 0 and "書き込めません" in done.stderr and "読むことだけ" in done.stderr, done.stderr
    done = run(home, "recovery", "new", before=other)
    assert done.returncode == 4 and "書き込めません" in done.stderr, done.stderr
    for path in [home, *home.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_full_disk_keeps_what_was_saved(home: Path, tmp_path: Path) -> None:
    file = organizations(tmp_path / "o.jsonl", 2000)
    limit = (home / "records.db").stat().st_size + 400_000
    program = (f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
               "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
               f"from kanto_desk.cli import main; sys.exit(main(['organizations', 'import', {str(file)!r}]))")
    done = subprocess.run([sys.executable, "-c", program], check=False, env=environment(home), capture_output=True,
                          encoding="utf-8")
    assert done.returncode == 4, done.stderr
    assert "無事" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != limit
    assert answer(home, "check")["sound"] is True
    report = answer(home, "organizations", "import", file)
    assert report["created"] + report["same"] == 2000 and report["rejected"] == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_import_leaves_whole_steps_and_is_named(home: Path, tmp_path: Path, number: int) -> None:
    file = organizations(tmp_path / "o.jsonl", 3000)
    terminal, end = pty.openpty()
    working = subprocess.Popen([sys.executable, "-m", "kanto_desk", "organizations", "import", str(file)],
                               env=environment(home), stdout=subprocess.DEVNULL, stderr=end)
    os.close(end)
    seen = b""
    deadline = time.monotonic() + 60
    while "80行".encode() not in seen and time.monotonic() < deadline:
        seen += os.read(terminal, 1000)
    working.send_signal(number)
    code = working.wait(60)
    os.close(terminal)
    assert code == (-9 if number == signal.SIGKILL else 143)
    checked = answer(home, "check")
    assert checked["sound"] is True and checked["unfinished_import"] == "o.jsonl"
    again = answer(home, "organizations", "import", file)
    assert again["unfinished"]["file"] == "o.jsonl"
    assert again["same"] == again["unfinished"]["rows"] and again["same"] % 40 == 0
    assert again["same"] >= 80 and again["same"] + again["created"] == 3000
    assert answer(home, "check")["unfinished_import"] is None


def test_the_encrypted_file_is_no_plain_database(home: Path) -> None:
    with pytest.raises(apsw.NotADBError):
        apsw.Connection(str(home / "records.db")).execute("SELECT count(*) FROM sqlite_schema").fetchall()


@pytest.mark.parametrize("year", [2019, 2041])
def test_a_desk_written_under_a_clock_years_off_takes_every_command(tmp_path: Path, year: int) -> None:
    home, clock = tmp_path / "home", SetClock(datetime(year, 1, 5, 9, 0, tzinfo=JST))
    made = desks.create(home, PASSPHRASE, person="高橋 直子", clock=clock, cost=CHEAP)
    companies.create(made.store, {"name": "別の時計の会社"})
    made.close()
    assert f"（{year}/01/05 09:00）" in run(home, "organizations", "list").stderr
    assert "時計" not in run(home, "organizations", "list").stderr   # told once
    file = organizations(tmp_path / "o.jsonl", 3)
    assert answer(home, "organizations", "import", file)["created"] == 3
    before = answer(home, "organizations", "show", "x1")["fields"]["products"]
    changed = tmp_path / "changed.jsonl"
    changed.write_text(json.dumps({"id": "x1", "name": "株式会社試作1", "products": "今の時計で直した"}), "utf-8")
    assert answer(home, "organizations", "import", changed)["updated"] == 1   # the newer edit wins under any clock
    assert answer(home, "organizations", "show", "x1")["fields"]["products"] == "今の時計で直した" != before
    shipped = answer(home, "organizations", "list", "--limit", 1)["organizations"][0]["uid"]
    file.write_text(json.dumps({"id": shipped, "notes": "時計がちがっても書ける"}), "utf-8")
    assert answer(home, "records", "import", "organization", file)["updated"] == 1   # over a row of the other clock
    assert answer(home, "organizations", "show", shipped)["fields"]["notes"] == "時計がちがっても書ける"
    backup = answer(home, "backup")
    assert answer(home, "restore", "latest", "--preview")["path"] == backup["path"]
    assert answer(home, "check")["sound"] is True


@pytest.mark.parametrize("command", [("organizations", "show"), ("records", "list"), ("search",),
                                     ("organizations", "list", "--query"), ("consultations", "show")])
def test_bytes_that_are_no_text_are_a_usage_error(home: Path, command: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-m", "kanto_desk", *command, b"\xff"], env=environment(home), check=False,
                          capture_output=True)
    assert done.returncode == 2, done.stderr
    assert "文字として読めません" in done.stderr.decode() and b"Traceback" not in done.stderr


def test_a_wrong_passphrase_is_told_in_english_without_a_stray_space(home: Path) -> None:
    told = answer(home, "--lang", "en", "organizations", "list", code=4, passphrase="wrong")
    assert told["message"] == "The passphrase is wrong."
