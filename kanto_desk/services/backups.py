"""Backups of an open desk: make a verified one, and say when the last verified one was made."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from kanto_desk.db import backup
from kanto_desk.db.backup import Backup
from kanto_desk.services.desk import Desk


def make(desk: Desk, target: Path | None = None) -> Backup:
    """Make a backup by the user's wish, open it and read every row. `target`: another folder of backups.

    Raises Trouble; older backups stay as they were.
    """
    return backup.make(desk.folder, desk.key, desk.clock, backup.BY_HAND, target)


def last_verified(desk: Desk) -> datetime | None:
    """When the newest backup in the data folder was verified; None without one."""
    found = backup.list_backups(desk.folder.backups)
    return found[0].verified if found else None
