"""Which part of a long suite has its turn in an everyday run: by the commit, so that each part comes within some of them."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def by_commit() -> int:
    """A large number that every commit has another of."""
    said = os.environ.get("GITHUB_SHA") or subprocess.run(
        ["git", "rev-parse", "HEAD"], check=False, capture_output=True, encoding="utf-8", cwd=Path(__file__).parent).stdout
    return int(hashlib.sha256(said.encode()).hexdigest()[:8], 16)


def turn(names: Sequence[str], many: int) -> list[str]:
    """So many of some names, by the commit."""
    first = by_commit()
    return [names[(first + n) % len(names)] for n in range(many)]
