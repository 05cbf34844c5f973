"""Disclosure levels on the wire: the hub gives each laptop the fields its clearance reaches, and takes them back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_fields_are_given_and_purged_as_the_steps_and_agreements_go(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-m", "tests.sync.disclosed_child", str(tmp_path)],
                          capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "proved"), done.stderr
