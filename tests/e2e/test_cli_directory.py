"""`directory import`, `status`, `search` as processes: codes, JSON, both languages, cut off and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from bench import corporations, gbizinfo
from tests.e2e.program import a_home, answer, environment, run

DAY = date(2026, 11, 2)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with a directory of 400 corporations."""
    folder = tmp_path_factory.mktemp("directory")
    made = a_home(folder / "home")
    corporations.write(folder / "00_zenkoku_all_20261031.zip", corporations.full(400, 12))
    taken = answer(made, "directory", "import", folder / "00_zenkoku_all_20261031.zip")
    assert (taken["added"], taken["files"][0]["rows"], taken["files"][0]["outcome"]) == (400, 400, "taken")
    assert "国税庁" in taken["source"]
    return made


def test_without_a_directory_it_says_what_to_do(tmp_path: Path) -> None:
    made = a_home(tmp_path / "home")
    refused = run(made, "directory", "search", "高橋")
    assert refused.returncode == 3 and "directory import" in refused.stderr
    assert answer(made, "directory", "status")["corporations"] == 0
    missing = run(made, "directory", "import", tmp_path / "none.zip")
    assert missing.returncode == 3 and "none.zip" in missing.stderr


def test_status_tells_what_is_there_and_where_from(home: Path) -> None:
    told = answer(home, "directory", "status")
    assert sum(told["prefectures"].values()) == told["corporations"] > 390
    assert told["sources"][0]["name"] == "00_zenkoku_all_20261031.zip" and told["sources"][0]["rows"] == 400
    assert told["newest"].startswith("20") and not told["unfinished"]
    text = run(home, "--lang", "en", "directory", "status").stdout
    assert "Corporations" in text and "National Tax Agency" in text


def test_search_finds_ranks_and_marks(home: Path) -> None:
    row = next(row for row in corporations.full(400, 12) if row[2] == "01" and len(row[6]) > 8 and row[29] == "0")
    found = answer(home, "directory", "search", row[1])["hits"]
    assert [hit["name"] for hit in found] == [row[6]] and found[0]["address"] == "".join(row[9:12])
    hits = answer(home, "directory", "search", "株式会社", "--limit", "7")["hits"]
    assert len(hits) == 7 and all(hit["marks"]["name"] for hit in hits)
    tokyo = answer(home, "directory", "search", "会社", "--prefecture", "東京", "--open")["hits"]
    assert tokyo and {(hit["prefecture"], hit["state"]) for hit in tokyo} == {("東京都", "open")}
    assert run(home, "directory", "search", "会社", "--prefecture", "蝦夷").returncode == 3
    assert run(home, "directory", "search", "会社", "--city", "諏訪").returncode == 2


def test_queries_from_stdin_get_one_line_each(home: Path) -> None:
    done = run(home, "directory", "search", "-", "--limit", "2", stdin="会社\n\n山 港区\n\"\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["query"] for line in lines] == ["会社", "", "山 港区", "\""]
    assert len(lines[0]["hits"]) == 2 and lines[1]["hits"] == []


def test_a_diff_the_same_again_and_files_that_are_none(home: Path, tmp_path: Path) -> None:
    changes = corporations.diff(list(corporations.full(400, 12)), 60, 1, DAY)
    corporations.write(tmp_path / "diff_20261102.csv", changes)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    refused = answer(home, "directory", "import", tmp_path / "photo.jpg", code=3)
    assert refused["files"][0]["outcome"] == "refused" and "photo.jpg" in refused["files"][0]["reason"]
    taken = answer(home, "directory", "import", tmp_path / "photo.jpg", tmp_path / "diff_20261102.csv", code=5)
    assert [one["outcome"] for one in taken["files"]] == ["refused", "taken"]
    assert taken["added"] + taken["changed"] > 50
    again = answer(home, "directory", "import", tmp_path / "diff_20261102.csv")
    assert [one["outcome"] for one in again["files"]] == ["known"]
    assert answer(home, "directory", "status")["newest"] == "2026-11-02"


def test_gbizinfo_is_taken_in_checked_and_credited(tmp_path: Path) -> None:
    made = a_home(tmp_path / "home")
    rows = list(corporations.full(150, 12))
    entries = list(gbizinfo.entries(rows, 1, known=1.0))
    gbizinfo.write_csv(tmp_path / "Kihonjoho_UTF-8.zip", gbizinfo.basic(entries))
    corporations.write(tmp_path / "full.csv", rows)
    taken = answer(made, "directory", "import", tmp_path / "Kihonjoho_UTF-8.zip", tmp_path / "full.csv")
    assert [one["facts"] for one in taken["files"]] == [True, False] and taken["enriched"] > 100
    assert len(taken["credits"]) == 2 and taken["credits"][1].startswith("出典：gBizINFO（経済産業省）")
    told = answer(made, "directory", "status")
    assert told["gbizinfo"] == taken["enriched"] and told["newest"] in told["credits"][0]
    hits = answer(made, "directory", "search", "", "--industry", "E")["hits"]
    assert hits and all("E" in hit["industries"] and hit["gbizinfo"]["industry"] for hit in hits)
    sound = answer(made, "directory", "check")
    assert (sound["sound"], sound["corporations"]) == (True, 150)
    content = bytearray((made / "directory-1.db").read_bytes())
    content[-3000] ^= 1
    (made / "directory-1.db").write_bytes(content)
    for words in (("directory", "check"), ("check",)):
        damaged = answer(made, *words, code=4)
        assert not damaged["sound"] and "--anew" in damaged["to_do"] and "無事" in damaged["safe"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_import_cut_off_leaves_the_former_directory_and_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    made = a_home(tmp_path / "home")
    corporations.write(tmp_path / "a.csv", corporations.full(300, 3))
    answer(made, "directory", "import", tmp_path / "a.csv")
    before = answer(made, "directory", "status")
    corporations.write(tmp_path / "b.csv", corporations.full(12_000, 4))
    process = subprocess.Popen([sys.executable, "-m", "kanto_desk", "--json", "directory", "import", str(tmp_path / "b.csv")],
                               env=environment(made), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while not list(made.glob("directory-2.db")) and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(process.pid, how)
    process.communicate()
    assert process.returncode == (143 if how == signal.SIGTERM else -how)
    told = answer(made, "directory", "status")
    assert (told["corporations"], told["newest"]) == (before["corporations"], before["newest"])
    assert told["unfinished"]
    assert answer(made, "directory", "search", "会社")["hits"]
    # The child of a killed one ends by itself; the next import waits for that.
    assert answer(made, "directory", "import", tmp_path / "b.csv")["total"] > 11_000
    assert not answer(made, "directory", "status")["unfinished"]
    assert len(list(made.glob("directory-*.db"))) == 1


def test_search_shows_the_directory_behind_the_own_records(home: Path) -> None:
    row = next(row for row in corporations.full(400, 12) if row[2] == "01" and len(row[6]) > 8 and row[29] == "0")
    found = answer(home, "search", row[6])
    assert found["hits"] == [] and [one["number"] for one in found["corporations"]] == [row[1]]
    told = run(home, "search", row[6]).stdout
    assert "すべての法人" in told and "".join(row[9:12]) in told and "国税庁" in told
    assert answer(home, "search", row[6], "--type", "entry")["corporations"] == []
    lines = run(home, "search", "-", "--limit", "3", stdin="会社\n").stdout.splitlines()
    assert len(json.loads(lines[0])["corporations"]) == 3


def test_a_corporation_is_taken_over_and_what_is_new_of_it_answered(home: Path, tmp_path: Path) -> None:
    row = next(row for row in corporations.full(400, 12) if row[2] == "01" and row[8] == "301" and row[11])
    made = answer(home, "directory", "take-over", row[1])
    assert answer(home, "directory", "take-over", f"T{row[1]}") == made and made["name"] == row[6]
    assert answer(home, "directory", "offers", "list")["offers"] == []
    later = list(row)
    later[2], later[4], later[5], later[6], later[11] = "11", "2026-11-20", "2026-11-18", "株式会社あおぞら技研", "１－１"
    corporations.write(tmp_path / "diff_20261120.csv", [later])
    answer(home, "directory", "import", tmp_path / "diff_20261120.csv")
    found = answer(home, "directory", "offers", "list", made["uid"])["offers"]
    assert [(one["fact"], one["kind"], one["updated"], one["since"]) for one in found] == [
        ("name", "改称", "2026-11-20", "2026-11-18"), ("address", "移転", "2026-11-20", None)]
    told = run(home, "directory", "offers", "list").stdout
    assert f"{row[6]} → 株式会社あおぞら技研" in told
    taken = answer(home, "directory", "offers", "take", made["uid"], "--fact", "name")["answered"]
    assert [one["fact"] for one in taken] == ["name"]
    assert answer(home, "organizations", "show", made["uid"])["name"] == "株式会社あおぞら技研"
    answer(home, "directory", "offers", "leave", made["uid"])
    assert answer(home, "directory", "offers", "list")["offers"] == []
    assert run(home, "directory", "offers", "take", made["uid"], "--fact", "state").returncode == 3
    assert run(home, "directory", "take-over", "1234567890123").returncode == 3
