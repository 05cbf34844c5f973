"""The real program as a process of its own, and desks for it whose only difference is a cheap Argon2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from kanto_desk.db.keys import Cost
from kanto_desk.services import desk as desks

ROOT = Path(__file__).resolve().parent.parent.parent
PASSPHRASE = "諏訪湖の朝"
CHEAP = Cost(passes=1, memory_kib=1024, lanes=1)


def environment(home: Path, passphrase: str | None = PASSPHRASE) -> dict[str, str]:
    """The environment of the program on a data folder."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("KANTO_DESK")}
    named = {} if passphrase is None else {"KANTO_DESK_PASSPHRASE": passphrase}
    return {**kept, "KANTO_DESK_HOME": str(home), "PYTHONPATH": str(ROOT), **named}


def run(home: Path, *arguments: object, passphrase: str | None = PASSPHRASE, stdin: str = "",
        before: tuple[str, ...] = (), **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run([*before, sys.executable, "-m", "kanto_desk", *map(str, arguments)], input=stdin, check=False,
                          env={**environment(home, passphrase), **more}, capture_output=True, encoding="utf-8", cwd="/")


def answer(home: Path, *arguments: object, code: int = 0, **more: Any) -> dict[str, Any]:
    """The JSON document of a command that must end with this code."""
    done = run(home, "--json", *arguments, **more)
    assert done.returncode == code, done.stderr + done.stdout
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def a_home(folder: Path) -> Path:
    """A desk of its own, closed."""
    desks.create(folder, PASSPHRASE, person="高橋 直子", organization="関東産業支援センター", cost=CHEAP).close()
    return folder
