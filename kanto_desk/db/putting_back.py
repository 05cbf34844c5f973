"""Putting a backup in the place of a data folder's files, and reading those files through. Deletes nothing damaged.

What is replaced is backed up first, or kept beside as `damaged-…` where it is not sound.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from kanto_desk.clock import Clock
from kanto_desk.db import backup_store, driver
from kanto_desk.db.backup import ATTACHMENTS, BEFORE_RESTORE, KEYS, RECORDS, Backup, is_damage, make, reading_backup
from kanto_desk.db.copying import alone, copy_database, copy_database_fresh, remove_all, settle, verify
from kanto_desk.db.disk import PRIVATE_FOLDER, sync_folder, write_together
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import DataKey
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr

_RESTORING = ".restoring"


@dataclass(frozen=True)
class Finding:
    """Something wrong with a file: its name and what was found."""

    file: str
    problem: str


def restore(folder: DataFolder, key: DataKey, backup: Backup, clock: Clock, keys: bytes | None = None,
            settings: Mapping[str, str] | None = None) -> Backup | None:
    """Put a backup in the place of the records, which must be closed; returns the backup made of the present state.

    None when there was nothing sound to back up; damaged files are then kept beside as `damaged-…`, never deleted.
    `keys` is put in the place of a lost keys.json. `settings` (JSON by key) stand in the records before these are in
    place, so that whoever opens them next knows what is left to do. Interrupted at any moment, or refused by the disk,
    it leaves the old records or the restored ones, whole. Raises Trouble.
    """
    records, attachments = (folder.path / f"{name}{_RESTORING}" for name in (RECORDS, ATTACHMENTS))
    try:
        with reading_backup(backup, key):
            verify(backup.path / RECORDS, key.subkey(RECORDS))
        copy_database_fresh(backup.path / RECORDS, records, key.subkey(RECORDS))
        if settings:
            _keep_settings(records, key.subkey(RECORDS), settings)
        verify(records, key.subkey(RECORDS))
        rebuilt = _stage_attachments(folder, key, backup.path.parent / ATTACHMENTS, attachments)
        if keys is not None and folder.records.exists():   # first: the present state is backed up with them
            _put_keys(folder, keys)
            keys = None
        before = _set_aside(folder, key, clock, backup, damaged_attachments=rebuilt and folder.attachments.exists())
        if rebuilt:
            os.replace(attachments, folder.attachments)
        if keys is not None:
            _put_keys(folder, keys)
        os.replace(records, folder.records)
        sync_folder(folder.path)
    except (driver.Error, OSError) as error:
        _unstage(records, attachments)
        raise explain(error) from error
    except BaseException:
        _unstage(records, attachments)
        raise
    return before


def _keep_settings(records: Path, key: bytes, settings: Mapping[str, str]) -> None:
    with closing(driver.connect(records, key=key, create=False)) as staged:
        for name, value in settings.items():
            staged.execute("INSERT INTO setting (key, value) VALUES (?, ?)"
                           " ON CONFLICT (key) DO UPDATE SET value = excluded.value", (name, value))
    alone(records, key)


def _put_keys(folder: DataFolder, content: bytes) -> None:
    write_together((folder.keys, folder.keys.with_name(f"{KEYS}.bak")), content)


def drop_unfinished(folder: DataFolder) -> None:
    """Remove what a killed process was about to put in place, by whoever holds the folder. What stays does no harm."""
    for pattern in (f"*{_RESTORING}*", "*.[0-9]*.tmp"):   # the second: of `kanto_desk.db.disk`
        with suppress(OSError):
            for left in folder.path.glob(pattern):
                left.unlink()


def _unstage(*staged: Path) -> None:
    for path in staged:
        remove_all(path)


def _stage_attachments(folder: DataFolder, key: DataKey, store: Path, staged: Path) -> bool:
    """Bring what the store has: into sound attachments at once, else into a file that takes their place (True)."""
    remove_all(staged)
    if not store.exists():
        return False
    subkey = key.subkey(ATTACHMENTS)
    if folder.attachments.exists() and _problem(folder.attachments, subkey) is None:
        backup_store.add(store, folder.attachments, subkey)
        return False
    copy_database(store, staged, subkey)
    verify(staged, subkey)
    return True


def replace_lost_attachments(folder: DataFolder, key: DataKey, clock: Clock) -> bool:
    """Where attachments.db is gone or empty, put back what the backups in the folder hold; gives whether it was so.

    What is left of it (SQLite would drop the WAL beside an empty file) is kept as `damaged-…`. A damaged store of
    backups is left alone. Raises Trouble.
    """
    file, staged = folder.attachments, folder.path / f"{ATTACHMENTS}{_RESTORING}"
    if file.exists() and file.stat().st_size:
        return False
    try:
        if any(file.parent.glob(f"{file.name}-wal")):
            keep_aside(folder, clock, (file,))
        try:
            rebuilt = _stage_attachments(folder, key, folder.backups / ATTACHMENTS, staged)
        except driver.Error as error:
            _unstage(staged)
            if not is_damage(explain(error)):
                raise
            rebuilt = False
        _remove_logs(file)
        if rebuilt:
            os.replace(staged, file)
            sync_folder(folder.path)
    except (driver.Error, OSError) as error:
        _unstage(staged)
        raise explain(error) from error
    return True


def _set_aside(folder: DataFolder, key: DataKey, clock: Clock, chosen: Backup, *,
               damaged_attachments: bool) -> Backup | None:
    """Back up the present records, or keep the damaged files as they are, and leave no WAL beside them."""
    if damaged_attachments:
        keep_aside(folder, clock, (folder.attachments,))
        _remove_logs(folder.attachments)
    if not folder.records.exists():
        return None
    try:
        before = None if damaged_attachments else make(folder, key, clock, BEFORE_RESTORE, wanted=chosen)
        if before is None and (problem := _problem(folder.records, key.subkey(RECORDS))) is not None:
            raise problem
        alone(folder.records, key.subkey(RECORDS))
        if before is None:   # a backup would copy the damaged attachments: the records alone are kept as they are
            keep_aside(folder, clock, (folder.records,))
        return before
    except Trouble as trouble:
        if not is_damage(trouble):
            raise
    except driver.Error as error:
        if not is_damage(explain(error)):
            raise
    keep_aside(folder, clock, (folder.records,))
    _remove_logs(folder.records)   # kept above; a WAL of another file must not be replayed into the restored one
    return None


def _remove_logs(file: Path) -> None:
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def keep_aside(folder: DataFolder, clock: Clock, files: Iterable[Path]) -> Path:
    """Copy files, with what SQLite keeps beside them, to a new folder `damaged-…` of backups; gives it.

    Raises OSError; then nothing is left of it.
    """
    aside = folder.backups / f"damaged-{clock().strftime('%Y%m%d-%H%M%S-%f')}"
    try:
        aside.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        for path in files:
            for suffix in ("", "-wal", "-shm"):
                file = path.with_name(path.name + suffix)
                if file.exists():
                    shutil.copy2(file, aside / file.name)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return aside


def check(folder: DataFolder, key: DataKey) -> list[Finding]:
    """Read and authenticate every used page of the folder's files; returns what is wrong with them.

    Attachments that are gone or empty are no finding: opening puts back what it can and notes it. Raises Trouble when
    a file cannot be read for another reason than damage.
    """
    found = []
    for path in (folder.records, folder.attachments):
        if path == folder.attachments and not (path.exists() and path.stat().st_size):
            continue
        if path.exists():
            problem = _problem(path, key.subkey(path.name))
            if problem is not None and not is_damage(problem):
                raise problem   # the disk refuses, and nobody knows whether the file is sound
            if problem is not None:
                found.append(Finding(path.name, problem.happened))
        elif path == folder.records:
            found.append(Finding(path.name, tr("記録のファイルがありません。")))
    return found


def _problem(path: Path, key: bytes) -> Trouble | None:
    """What a full read of a file finds; None when it is sound."""
    try:
        settle(path, key)
        verify(path, key)
    except driver.Error as error:
        return explain(error)
    return None
