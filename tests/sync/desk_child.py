"""A laptop in a process of its own: syncs once, then as often as it is asked; says what it was told and how its memory grew."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from kanto_desk.errors import Trouble
from kanto_desk.services import desk as desks
from kanto_desk.services import receipts
from tests.e2e.program import PASSPHRASE


def forget_peak(process: str = "self") -> int:
    """Let the peak of a process begin at what it holds now; gives that, in kB."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return peak_kb(process)


def peak_kb(process: str = "self") -> int:
    """The most memory that a process held at once since then, in kB (VmHWM)."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())[1])   # type: ignore[index]


if __name__ == "__main__":
    desk = desks.unlock(Path(sys.argv[1]), PASSPHRASE)
    receipts.sync(desk.store)   # once as always, so that everything is loaded
    print(json.dumps({"ready": True}), flush=True)
    for _line in sys.stdin:   # each asks for one more
        before = forget_peak()
        try:
            receipts.sync(desk.store)
            told = ""
        except Trouble as trouble:
            told = trouble.happened
        print(json.dumps({"told": told, "grew_kb": peak_kb() - before}), flush=True)
    desk.close()
