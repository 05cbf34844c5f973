"""Which volumes are plugged in: file systems mounted right below a folder, and nothing else."""

from __future__ import annotations

from pathlib import Path

from kanto_desk.ui import volumes


def test_only_mounted_folders_count(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert volumes.mounted([tmp_path, tmp_path / "absent"]) == []
    found = {one.root: one.name for one in volumes.mounted([Path("/")])}
    assert found[Path("/proc")] == "proc" and Path("/usr/bin") not in found


def test_asking_the_system_harms_nothing() -> None:
    assert all(one.root.is_dir() and one.name for one in volumes.removable())
