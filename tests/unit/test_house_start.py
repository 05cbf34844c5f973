"""start.py as its user meets it: what the documents promise, what it says when it cannot go on, when it installs."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import start

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "start.py"


def run_start(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """start.py run as a program from another folder."""
    command = [sys.executable, str(SCRIPT), *arguments]
    settings = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, env=settings, check=False, capture_output=True, encoding="utf-8")


def test_documents_and_commands_agree() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    promised = set(re.findall(r"python3 start\.py ([a-z]+)", readme))
    assert promised == start.COMMANDS.keys()
    for name in ("CONTRIBUTING.md", ".ci/run"):
        said = set(re.findall(r"python3 start\.py ([a-z]+)", (ROOT / name).read_text("utf-8")))
        assert said and said <= start.COMMANDS.keys() | {"help"}


def test_ci_runs_the_documented_test_command_first() -> None:
    commands = [line for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines() if line.startswith("python3 ")]
    assert commands == [f"python3 start.py {name}" for name in ("test", "lint", "types", "imports")]


def test_help_lists_every_command_from_any_folder(tmp_path: Path) -> None:
    done = run_start("help", cwd=tmp_path)
    assert done.returncode == 0
    assert re.findall(r"^  ([a-z]+) ", done.stdout, re.MULTILINE) == list(start.COMMANDS)


def test_an_unknown_command_is_refused_with_the_list(tmp_path: Path) -> None:
    done = run_start("tset", cwd=tmp_path)
    assert done.returncode == 2
    assert "no command 'tset'" in done.stderr and "python3 start.py" in done.stderr
    assert done.stdout == ""


def test_older_pythons_can_read_the_script_and_are_told_so(tmp_path: Path) -> None:
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 7))
    program = (
        "import runpy, sys\n"
        "sys.version_info = (3, 9, 2, 'final', 0)\n"
        f"sys.argv = [{str(SCRIPT)!r}, 'test']\n"
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False, capture_output=True, encoding="utf-8")
    assert done.returncode == 4
    assert "needs Python 3.11 or newer" in done.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = run_start("lint", cwd=tmp_path, KANTO_DESK_VENV=str(tmp_path / "file" / "venv"))
    assert done.returncode == 4
    assert "cannot be written" in done.stderr and "KANTO_DESK_VENV" in done.stderr


def test_missing_system_parts_are_found_by_what_they_bring() -> None:
    absent = start.SystemPart("no-such-package", library="libno-such-library.so.9")
    unknown = start.SystemPart("no-such-tool", program="no-such-program")
    present = start.SystemPart("python3-venv", module="json")
    found = start.missing_packages([absent, present, unknown])
    assert found == (["no-such-package", "no-such-tool"] if sys.platform.startswith("linux") else [])


def test_packages_are_installed_again_only_when_the_lock_changed(tmp_path: Path) -> None:
    lock, venv = tmp_path / "lock.txt", tmp_path / "venv"
    lock.write_text("# nothing is needed\n")
    python = start.environment(venv, str(lock))
    asked = [str(python), "-c", "import kanto_desk; print(kanto_desk.__file__)"]
    found = subprocess.run(asked, cwd=tmp_path, check=True, capture_output=True, encoding="utf-8").stdout
    assert Path(found.strip()).parent == ROOT / "kanto_desk"

    stamp = venv / "installed-from"
    first = stamp.stat().st_mtime_ns
    assert start.environment(venv, str(lock)) == python
    assert stamp.stat().st_mtime_ns == first, "nothing changed, so nothing may be done"

    lock.write_text("# still nothing\n")
    start.environment(venv, str(lock))
    second = stamp.read_text()
    assert stamp.stat().st_mtime_ns > first

    # An environment whose packages are gone (its Python was upgraded) is made anew though the lock is the same.
    shutil.rmtree(start.site_packages(python) / "pip")
    start.environment(venv, str(lock))
    assert start.runs(python)
    assert stamp.read_text() == second
