"""Starts the suite in a process of its own: its plugin and options must not reach the project's tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent


def run(folder: Path) -> tuple[dict[str, int], str]:
    """Counts (tests, failures, errors, skipped) and the output of one run; files are made in `folder`."""
    shutil.copy(HERE / "setup.cfg", folder)
    command = [
        sys.executable, "-m", "pytest", "-q", "-c", "setup.cfg", "--tb=short", "-p", "no:cacheprovider",
        "-p", "no:pytestqt", "-p", "no:hypothesispytest", "-p", "tests.db.dialect_suite.suite_plugin",
        "--rootdir", str(folder), "--junitxml", "result.xml", str(HERE / "suite_cases.py"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True,
                           timeout=600)
    result = folder / "result.xml"
    if not result.exists():
        raise AssertionError(ended.stdout + ended.stderr)
    suite = ElementTree.parse(result).getroot().find("testsuite")
    assert suite is not None
    counts = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
    return counts, ended.stdout + ended.stderr
