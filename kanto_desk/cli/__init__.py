"""The command line: parses, calls the service function that the screen calls, prints. Starts with nothing loaded.

`--version` and `--help` import neither Qt nor SQLAlchemy nor ReportLab; each command imports what it needs itself.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, or show the window when none is named; gives the exit code (docs/cli.md).

    Arguments are those of the process when none are given.
    """
    from kanto_desk.cli.running import run

    return run(list(sys.argv[1:] if argv is None else argv))


def window() -> int:
    """Show the window; gives the exit code. Imports Qt only now."""
    from kanto_desk.cli.running import guarded, streams_in_utf8

    streams_in_utf8(False)
    return guarded(lambda: int(import_module("kanto_desk.app").main()), json_wanted=False)
