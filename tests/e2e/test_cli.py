"""The main path on the command line: every command once, as a process, read back."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.cli.parser import build
from tests.e2e.program import PASSPHRASE, ROOT, a_home, answer, run

COMPANY = {"id": "c-1", "name": "株式会社髙﨑精工𠮷", "kana": "ﾀｶｻｷｾｲｺｳ", "prefecture": "長野県", "products": "精密部品"}
VISIT = {"id": "v-1", "organization": "c-1", "held_on": "2026-11-20", "started_at": "13:30", "ended_at": "15:00",
         "theme": "検査工程の見直し", "issues": ["0505"], "problem": "検査に時間がかかる", "advice": "抜き取りの基準を決める",
         "lines": [{"at": "13:32", "kind": "発言", "text": "全数検査で残業が続く🙂"}],
         "promises": [{"text": "基準の案を送る", "who": "高橋", "due_on": "2026-12-04"}], "text": "社外秘のメモ"}


def rows_file(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    made = a_home(folder / "home")
    assert answer(made, "organizations", "import", rows_file(folder / "o.jsonl", COMPANY))["created"] == 1
    assert answer(made, "consultations", "import", rows_file(folder / "c.jsonl", VISIT))["created"] == 1
    return made


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["records", "import", "--help"]])
def test_starting_loads_neither_window_nor_database(arguments: list[str]) -> None:
    program = ("import sys\nfrom kanto_desk.cli import main\n"
               f"code = main({arguments!r})\n"
               "heavy = {m.split('.')[0] for m in sys.modules} & {'PySide6', 'sqlalchemy', 'reportlab', 'apsw', 'argon2'}\n"
               "print(code, sorted(heavy), file=sys.stderr)\n")
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, encoding="utf-8", cwd=ROOT)
    assert done.stderr.strip() == "0 []"
    assert done.stdout.strip()


def test_setup_makes_an_encrypted_folder_with_sample(tmp_path: Path) -> None:
    made = answer(tmp_path / "h", "setup", "--name", "高橋 直子", "--organization", "支援センター", "--sample")
    assert made["sample_rows"] > 50
    assert not (tmp_path / "h" / "records.db").read_bytes().startswith(b"SQLite format 3")
    assert answer(tmp_path / "h", "organizations", "list")["total"] > 68
    again = run(tmp_path / "h", "setup", "--name", "別の人")
    assert again.returncode == 3


def test_organizations_and_consultations_are_found_by_every_id(home: Path) -> None:
    for text in ("c-1", "株式会社髙﨑精工𠮷", "高崎精工吉"):
        shown = answer(home, "organizations", "show", text)
        assert (shown["id"], shown["fields"]["kana"]) == ("c-1", "タカサキセイコウ")
    listed = answer(home, "consultations", "list", "--organization", "c-1")["consultations"]
    assert [c["theme"] for c in listed] == ["検査工程の見直し"]
    for text in ("v-1", listed[0]["reference"], listed[0]["uid"]):
        shown = answer(home, "consultations", "show", text)
        assert [x["text"] for x in shown["lines"]] == ["全数検査で残業が続く🙂", "社外秘のメモ"]
        assert [p["due_on"] for p in shown["promises"]] == ["2026-12-04"]
    history = answer(home, "consultations", "history", "v-1")["groups"]
    assert [g["by"] for g in history] == ["高橋 直子"]
    assert "検査工程の見直し" in run(home, "consultations", "show", "v-1").stdout
    assert run(home, "organizations", "show", "ない会社").returncode == 3


def test_search_and_many_searches_from_standard_input(home: Path) -> None:
    found = answer(home, "search", "残業")
    assert [h["type"] for h in found["hits"]] == ["entry"]
    assert found["query"] == "残業" and found["took_ms"] >= 0
    lines = run(home, "search", "-", stdin="ﾀｶｻｷ\nどこにもない言葉\n").stdout.splitlines()
    assert [json.loads(line)["total"] for line in lines] == [2, 0]
    assert [hit["type"] for hit in json.loads(lines[0])["hits"]] == ["organization", "consultation"]


def test_search_by_conditions_finds_visits(home: Path) -> None:
    found = answer(home, "search", "残業", "--from", "2026-11-20", "--to", "2026-11-20", "--issue", "0505",
                   "--prefecture", "長野県")
    assert [(h["type"], h["snippet"]) for h in found["hits"]] == [("consultation", "全数検査で残業が続く🙂")]
    assert answer(home, "search", "--prefecture", "長野")["total"] == 1
    assert answer(home, "search", "残業", "--to", "2026-11-19")["total"] == 0
    lines = run(home, "search", "-", "--issue", "05", stdin="残業\nどこにもない言葉\n").stdout.splitlines()
    assert [json.loads(line)["total"] for line in lines] == [1, 0]
    assert run(home, "search").returncode == 2
    assert run(home, "search", "残業", "--type", "entry", "--issue", "05").returncode == 2
    refused = run(home, "search", "--view", "無い条件")
    assert refused.returncode == 3 and "無い条件" in refused.stderr


def test_records_of_every_type_by_their_fields(home: Path, tmp_path: Path) -> None:
    types = {t["type"]: t for t in answer(home, "records", "types")["types"]}
    assert types["organization"]["count"] > 68 and types["consultation"]["count"] == 1
    assert {"name", "kana"} <= {f["name"] for f in answer(home, "records", "fields", "person")["fields"]}
    people = tmp_path / "p.csv"
    people.write_bytes("id,氏名,フリガナ,備考欄\np-1,髙橋 一郎,ﾀｶﾊｼ,甲\np-2,,ナナシ,\n".encode("cp932"))
    report = answer(home, "records", "import", "person", people, code=5)
    assert [(o["line"], o["outcome"]) for o in report["outcomes"]] == [(2, "created"), (3, "rejected")]
    assert answer(home, "records", "import", "person", people, code=5)["same"] == 1
    shown = answer(home, "records", "show", "person", "p-1")["fields"]
    assert (shown["name"], shown["kana"], shown["note"]) == ("髙橋 一郎", "タカハシ", "備考欄: 甲")
    assert run(home, "records", "import", "version", people).returncode == 3
    assert run(home, "records", "list", "nothing").returncode == 3


def test_report_writes_a_pdf_in_both_languages(home: Path, tmp_path: Path) -> None:
    assert [k["kind"] for k in answer(home, "report", "list")["kinds"]] == ["consultation"]
    for locale in ("ja", "en"):
        done = answer(home, "report", "consultation", "v-1", "-o", tmp_path / f"{locale}.pdf", "--locale", locale)
        assert done["pages"] >= 1
        assert (tmp_path / f"{locale}.pdf").read_bytes().startswith(b"%PDF")
    assert run(home, "report", "consultation", "v-1").returncode == 2
    assert run(home, "report", "consultation", "v-1", "-o", tmp_path / "none" / "x.pdf").returncode == 4


def test_check_backup_restore_and_a_new_device(home: Path, tmp_path: Path) -> None:
    made = answer(home, "backup")
    assert answer(home, "check")["sound"] is True
    assert answer(home, "backup", "--list")["backups"][0]["path"] == made["path"]
    assert answer(home, "restore", "latest", "--preview")["counts"]["consultation"] == 1
    elsewhere = tmp_path / "new"
    assert answer(elsewhere, "restore", made["path"])["before"] is None
    assert answer(elsewhere, "consultations", "list")["total"] == 1
    before = answer(home, "consultations", "show", "v-1")["reference"].split("-")[2]
    other = rows_file(tmp_path / "c.jsonl", {**VISIT, "id": "v-2"})
    answer(elsewhere, "consultations", "import", other)
    assert answer(elsewhere, "consultations", "show", "v-2")["reference"].split("-")[2] != before


def test_passphrase_change_and_recovery_key(tmp_path: Path) -> None:
    home = a_home(tmp_path / "h")
    answer(home, "backup")
    key = answer(home, "recovery", "new")["recovery_key"]
    changed = answer(home, "passphrase", "change", KANTO_DESK_NEW_PASSPHRASE="新しい朝")
    assert changed == {"changed": True, "backups": 1, "unreached": []}
    assert run(home, "check").returncode == 4
    assert answer(home, "migrate", passphrase="新しい朝")["versions"]["records.db"] >= 1000
    answer(home, "recovery", "unlock", passphrase=None, KANTO_DESK_RECOVERY_KEY=key.lower(),
           KANTO_DESK_NEW_PASSPHRASE=PASSPHRASE)
    assert answer(home, "restore", "latest", "--preview", passphrase=PASSPHRASE)["counts"]["organization"] > 60


def test_export_and_import_of_it(home: Path, tmp_path: Path) -> None:
    answer(home, "export", tmp_path / "out")
    other = a_home(tmp_path / "other")
    assert answer(other, "import", tmp_path / "out")["changed"] > 0
    assert answer(other, "import", tmp_path / "out")["changed"] == 0
    for one in (home, other):
        assert answer(one, "consultations", "show", "v-1")["lines"][0]["text"] == "全数検査で残業が続く🙂"


def test_demo_leaves_no_plain_text_but_its_named_results(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = answer(tmp_path / "unused", "demo", tmp_path / "out", TMPDIR=str(temporary))
    assert done["passphrase"] is None and PASSPHRASE not in json.dumps(done, ensure_ascii=False)   # given: never shown
    assert [s["step"] for s in done["steps"]][:7] == ["import", "record", "finalize", "report", "search", "backup", "export"]
    assert done["steps"][4]["found"] is True and done["steps"][5]["sound"] is True
    pdf = [Path(f) for f in done["files"] if "/out/pdf/" in f]
    assert len(pdf) == 12 and all(p.read_bytes().startswith(b"%PDF") for p in pdf)
    planted = [text.encode(code) for text in ("社外秘メモ", "様式の案を送る") for code in ("utf-8", "utf-16-le", "cp932")]
    leaks, seen = [], 0
    for path in (p for p in tmp_path.rglob("*") if p.is_file()):
        plain = any(path.is_relative_to(tmp_path / "out" / name) for name in ("pdf", "export", "hub"))
        content = path.read_bytes()
        if any(word in content for word in planted) or b"%PDF" in content or b"SQLite format 3" in content[:100]:
            seen += 1
            if not plain:
                leaks.append(str(path))
    assert leaks == [] and seen > 12, "the search itself must find what lies in the export"
    assert run(tmp_path / "unused", "demo", tmp_path / "out").returncode == 3


def test_demo_shows_a_passphrase_it_made_and_never_one_that_was_given(tmp_path: Path) -> None:
    given = run(tmp_path, "demo", tmp_path / "given", passphrase="渡した合言葉")
    assert given.returncode == 0 and "渡した合言葉" not in given.stdout + given.stderr
    made = answer(tmp_path, "demo", tmp_path / "made", passphrase=None)["passphrase"]
    assert answer(tmp_path / "made" / "home", "records", "types", passphrase=made)["types"]


def written(parser: argparse.ArgumentParser, path: str = "") -> Iterator[str]:
    """Every command as the document writes it: arguments, then its own options, those that may be left out in []."""
    branches = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    for branch in branches:
        first = {id(inner): name for name, inner in reversed(branch.choices.items())}   # a former name is told beside it
        for name, inner in branch.choices.items():
            if first[id(inner)] != name:
                continue
            yield from written(inner, f"{path} {name}".strip())
    if branches:
        return
    words = [path]
    for action in sorted(parser._actions, key=lambda a: bool(a.option_strings)):
        if {"--help", "--home", "--lang", "--json", "--passphrase-file"} & set(action.option_strings):
            continue
        value = "|".join(action.choices) if action.choices else action.metavar
        value = f"{value}…" if action.nargs in ("+", "*") else value
        word = " ".join(filter(None, [action.option_strings[0] if action.option_strings else "",
                                      str(value) if action.nargs != 0 else ""]))
        needed = action.required if action.option_strings else action.nargs not in ("?", "*")
        words.append(word if needed else f"[{word}]")
    yield " ".join(words)


def test_the_document_lists_exactly_what_the_parser_takes() -> None:
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    listed = re.findall(r"^\| `([a-z].*?)` \| ", text.split("| Command | Does |")[1].split("\n\n")[0], re.MULTILINE)
    assert [row.replace("\\|", "|") for row in listed] == list(written(build()))
    common = {o for a in build()._actions for o in a.option_strings}
    assert [o for o in sorted(common) if o not in text.split("| Exit code |")[0]] == []
    assert "--output" in text


def test_every_command_says_the_same_in_both_languages(home: Path, tmp_path: Path) -> None:
    japanese = re.compile("[\u3041-\u30fa\u4e00-\u9fff]")
    file = rows_file(tmp_path / "o.jsonl", {"name": {}}, {"name": "Kanto", "corporate_number": "1"})
    commands: list[list[object]] = [
        ["organizations", "import", file, "--dry-run"], ["organizations", "show", "?"], ["consultations", "show", "?"],
        ["consultations", "list", "--limit", "-1"], ["records", "import", "version", file], ["records", "fields", "promise"],
        ["records", "types"], ["report", "list"], ["report", "nothing", "v-1", "-o", tmp_path / "a.pdf"],
        ["backup", "--list"], ["backup", "/proc/none"], ["restore", "nothing"], ["check"], ["import", tmp_path], ["search"],
        ["--help"], ["consultations", "import", "--help"]]
    for command in commands:
        said = {lang: run(home, "--lang", lang, *command) for lang in ("ja", "en")}
        assert said["ja"].returncode == said["en"].returncode, command
        english = said["en"].stdout + said["en"].stderr
        assert english.strip() and not japanese.search(english), (command, english)
        assert japanese.search(said["ja"].stdout + said["ja"].stderr), command


def test_history_and_times_are_in_words(home: Path) -> None:
    shown = run(home, "consultations", "show", "v-1").stdout
    assert "2026-11-20 13:30" in shown and "T13:30" not in shown
    told = run(home, "consultations", "history", "v-1").stdout
    assert "→ 株式会社髙﨑精工𠮷" in told and "→ 発言" in told and not re.search(r"[0-9a-f]{32}", told)


def test_the_list_of_backups_names_whole_folders_and_a_negative_limit_is_no_limit(home: Path) -> None:
    made = answer(home, "backup")["path"]
    assert made in run(home, "backup", "--list").stdout
    refused = run(home, "--lang", "en", "organizations", "list", "--limit", "-1")
    assert refused.returncode == 2 and "--limit: write a number that is 0 or more (-1)" in refused.stderr
    blocked = answer(home, "backup", "/proc/none", code=4)
    assert blocked["message"].startswith("このフォルダーにはバックアップを置けません：/proc/none")
