"""SQLAlchemy's own dialect suite, run in a process of its own against the encrypted driver."""

from __future__ import annotations

from pathlib import Path

from tests.db.dialect_suite.suite_run import run


def test_sqlalchemys_own_dialect_suite_passes(tmp_path: Path) -> None:
    counts, output = run(tmp_path)
    passed = counts["tests"] - counts["failures"] - counts["errors"] - counts["skipped"]
    assert (counts["failures"], counts["errors"]) == (0, 0), output[-6000:]
    assert passed > 1500, counts
    files = [file for file in tmp_path.rglob("*.db") if file.stat().st_size]
    assert all(file.read_bytes()[:15] != b"SQLite format 3" for file in files)
