"""Imports on the command line: their own exit code, words for one and many, and what a stopped one says."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.program import a_home, answer, environment, run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_home(tmp_path_factory.mktemp("imports") / "home")


def test_the_exit_code_says_all_some_or_none(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    for text, code in (("名称,従業員数\n一,x\n", 3), ("名称,従業員数\n一,1\n二,x\n", 5), ("名称,従業員数\n三,1\n", 0)):
        file.write_text(text, "utf-8")
        tried = answer(home, "organizations", "import", file, "--dry-run", code=code)
        assert tried["rejected"] == answer(home, "organizations", "import", file, code=code)["rejected"]
    file.write_text('名称,備考\n一,"開いたまま\n', "utf-8")
    assert answer(home, "organizations", "import", file, code=3)["message"].startswith("2行目で始まる引用符")
    missing = answer(home, "organizations", "import", tmp_path / "none.csv", code=4)
    assert missing["to_do"] == "この名前のファイルはありません。場所とファイル名を確かめます。"
    assert "5" in run(home, "--help").stdout.split("終了コード")[1]


def test_one_row_and_two_rows_in_english(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    for names, words in (("甲社\n", "1 row: "), ("乙社\n丙社\n", "2 rows: ")):
        file.write_text("名称\n" + names, "utf-8")
        shown = run(home, "--lang", "en", "organizations", "import", file).stdout
        assert words in shown and "(s)" not in shown
    file.write_text("名称,法人番号\n丁社,1234567890123\n", "utf-8")
    shown = run(home, "--lang", "en", "organizations", "import", file).stdout
    assert "Please check Corporate number: 1234567890123" in shown and "Rows with something to check: 1" in shown


def test_a_stopped_import_says_how_many_rows_are_in(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")
    file = tmp_path / "long.csv"
    file.write_text("名称\n" + "".join(f"会社{n}\n" for n in range(200_000)), "utf-8")
    wal = home / "records.db-wal"
    process = subprocess.Popen([sys.executable, "-m", "kanto_desk", "organizations", "import", str(file)], cwd="/",
                               env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    until = time.monotonic() + 60
    while not (wal.exists() and wal.stat().st_size > 2_000_000) and time.monotonic() < until:
        time.sleep(0.05)   # a poll: the file grows with every step that is kept
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    said = int(told.split("行までは取り込んであります")[0].splitlines()[-1])
    assert 0 < said < 200_000
    left = answer(home, "organizations", "list", "--limit", 1)["total"]
    assert left >= said and left - said <= 110   # the shipped rows, and at most the step that was just kept
    assert answer(home, "check")["unfinished_import"] == "long.csv"
