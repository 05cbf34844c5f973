"""The command line: parses, calls the service function that the screen calls, prints. Starts with nothing loaded.

`--version` and `--help` import neither Qt nor SQLAlchemy nor ReportLab; each command imports what it needs itself.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, or show the window when none is named; gives the exit code (docs/cli.md).

    Arguments are those of the process when none are given.
    """
    from kanto_desk.cli.running import run

    return run(list(sys.argv[1:] if argv is None else argv))


def window() -> int:
    """Show the window on the default data folder; gives the exit code."""
    from kanto_desk.cli.running import show_window

    return show_window()
