"""Run SQLAlchemy's dialect tests against the encrypted driver in a temporary folder and print the counts."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.db.dialect_suite.suite_run import run

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        counts, output = run(Path(folder))
    print(output[-4000:])
    print(counts)
    sys.exit(1 if counts["failures"] or counts["errors"] else 0)
