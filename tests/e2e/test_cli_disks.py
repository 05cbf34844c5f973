"""Full and read-only disks, as mounted by root: the cause is told truly, and reading works where it is safe."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.errors import Trouble
from kanto_desk.services import desk as desks
from kanto_desk.services import organizations
from tests.disks import fill, small_disk
from tests.e2e.program import PASSPHRASE, a_home, answer, run


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB of its own."""
    with small_disk(tmp_path / "disk", 8) as place:
        yield place


def a_desk(disk: Path) -> Path:
    home = a_home(disk / "home")
    answer(home, "backup")
    return home


def reads(home: Path, out: Path, reason: str) -> None:
    """Everything that only reads works, and says why writing does not."""
    done = run(home, "organizations", "list", "--limit", 1)
    assert done.returncode == 0 and f"{reason}読むことだけができます。" in done.stderr
    uid = answer(home, "organizations", "list", "--limit", 1)["organizations"][0]["uid"]
    assert answer(home, "organizations", "show", uid)["uid"] == uid
    assert answer(home, "search", "長野")["query"] == "長野"
    assert answer(home, "records", "list", "programme")["total"]
    assert answer(home, "export", out)["records"]["organization"] == 70
    checked = answer(home, "check")
    assert checked["sound"] is True and checked["records"]["organization"] == 70


def test_a_full_disk_is_told_as_full_and_the_records_can_be_read(disk: Path, tmp_path: Path) -> None:
    home = a_desk(disk)
    fill(disk)
    reads(home, tmp_path / "out", "ディスクの空きがなく、保存できませんでした。")
    file = tmp_path / "o.jsonl"
    file.write_text(json.dumps({"name": "湖南精工"}), "utf-8")
    refused = answer(home, "organizations", "import", file, code=4)
    assert "ディスクの空きがなく" in refused["message"] and "無事" in refused["safe"]
    assert "disk" in answer(home, "--lang", "en", "organizations", "import", file, code=4)["message"]
    (disk / "fill").unlink()
    assert answer(home, "organizations", "import", file)["created"] == 1


def test_an_import_that_fills_the_disk_says_how_many_rows_are_in(disk: Path, tmp_path: Path) -> None:
    home = a_desk(disk)
    fill(disk, 1_500_000)
    file = tmp_path / "o.jsonl"
    file.write_text("".join(json.dumps({"id": f"x{i}", "name": f"株式会社試作{i}", "products": f"部品{i}" * 50},
                                       ensure_ascii=False) + "\n" for i in range(2000)), "utf-8")
    told = answer(home, "organizations", "import", file, code=4)
    assert "ディスクの空きがなく" in told["message"]
    (disk / "fill").unlink()
    rows = answer(home, "organizations", "list", "--limit", 1)["total"] - 70
    assert rows and f"取り込みは{rows}行まで済んでいます" in told["safe"]


def test_what_stands_in_a_log_is_never_left_out_on_a_full_disk(disk: Path, tmp_path: Path) -> None:
    """Killed with a WAL: reading the file alone would hide an acknowledged record, so nothing is read."""
    made = desks.unlock(a_home(tmp_path / "home"), PASSPHRASE)
    organizations.create(made.store, {"name": "ログにある会社"})
    home = disk / "home"
    shutil.copytree(made.home, home)
    made.close()
    (home / "records.db-shm").unlink()
    fill(disk)
    told = answer(home, "organizations", "list", code=4)
    assert "ディスクの空きがなく" in told["message"]
    assert "ディスクの空きがなく" in answer(home, "check", code=4)["message"]
    (disk / "fill").unlink()
    assert answer(home, "organizations", "list", "--query", "ログにある会社")["total"] == 1


def test_a_read_only_disk_can_be_read_and_refuses_truly(disk: Path, tmp_path: Path) -> None:
    home = a_desk(disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    reads(home, tmp_path / "out", "データフォルダーに書き込めません。")
    file = tmp_path / "o.jsonl"
    file.write_text(json.dumps({"name": "湖南精工"}), "utf-8")
    refused = answer(home, "organizations", "import", file, code=4)
    assert refused["message"] == "データフォルダーに書き込めません。"
    assert "読む" not in refused["safe"]
    with pytest.raises(Trouble, match="データフォルダーに書き込めません"):   # as the window opens it
        desks.unlock(home, PASSPHRASE)
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


def test_a_setup_on_a_full_disk_leaves_nothing_of_it(disk: Path) -> None:
    fill(disk)
    refused = answer(disk / "new" / "home", "setup", "--name", "高橋 直子", code=4)
    assert "ディスクの空きがなく" in refused["message"]
    assert [path.name for path in disk.iterdir()] == ["fill"]
    (disk / "fill").unlink()
    assert run(disk / "new" / "home", "setup", "--name", "高橋 直子").returncode == 0


def test_a_backup_to_a_full_disk_leaves_no_folder(disk: Path, tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")
    fill(disk)
    assert "ディスクの空きがなく" in answer(home, "backup", disk / "a" / "b", code=4)["message"]
    assert [path.name for path in disk.iterdir()] == ["fill"]
    (disk / "fill").unlink()
    made = Path(answer(home, "backup", disk / "a" / "b")["path"])
    for folder in (made, made.parent):
        assert {path.stat().st_mode & 0o077 for path in [folder, *folder.iterdir()]} == {0}   # the owner's alone
