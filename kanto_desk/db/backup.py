"""Verified, encrypted backups of a data folder: make, list, preview, restore, check. Never writes plaintext.

records.db and keys.json rotate together; attachments go to one store that only grows by what is new.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import apsw

from kanto_desk.clock import Clock
from kanto_desk.db import driver
from kanto_desk.db.disk import PRIVATE_FOLDER, sync_file, sync_folder, write_atomically
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import DataKey
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr

RECORDS = "records.db"
ATTACHMENTS = "attachments.db"
DAYS_KEPT = 7
WEEKS_KEPT = 4
BEFORE_RESTORE = "restore"
BY_HAND = "hand"
"""The reason of the backup made of the state that a restore replaces; kept WEEKS_KEPT weeks whatever else is made."""

_NAME = re.compile(r"\d{8}-\d{6}-\d{6}")
_UNFINISHED = ".unfinished-"
_PAGES_A_STEP = 2000


@dataclass(frozen=True)
class Backup:
    """One finished backup: its folder, when it was made and verified, why it was made, rows of each table."""

    path: Path
    made: datetime
    verified: datetime
    reason: str
    counts: dict[str, int]


@dataclass(frozen=True)
class Finding:
    """Something wrong with a file: its name and what was found."""

    file: str
    problem: str


def make(folder: DataFolder, key: DataKey, clock: Clock, reason: str, target: Path | None = None) -> Backup:
    """Back up records, keys and new attachments, open and verify the copy, then drop what rotation no longer keeps.

    `target`: the folder of backups (default: inside the data folder). Raises Trouble; older backups stay as they were.
    """
    store = target or folder.backups
    unfinished: Path | None = None
    try:
        store.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        for left in store.glob(f"{_UNFINISHED}*"):   # a killed run's
            shutil.rmtree(left)
        made = clock()
        unfinished = store / f"{_UNFINISHED}{os.getpid()}"
        unfinished.mkdir(mode=PRIVATE_FOLDER)
        copy = unfinished / RECORDS
        copy_database(folder.records, copy, key.subkey(RECORDS))
        counts = verify(copy, key.subkey(RECORDS))
        if folder.keys.exists():
            write_atomically(unfinished / folder.keys.name, folder.keys.read_bytes())
        if folder.attachments.exists():
            add_attachments(folder.attachments, store / ATTACHMENTS, key.subkey(ATTACHMENTS))
        note = {"made": made.isoformat(), "verified": clock().isoformat(), "reason": reason, "counts": counts}
        write_atomically(unfinished / "backup.json", json.dumps(note, ensure_ascii=False).encode())
        final = store / made.strftime("%Y%m%d-%H%M%S-%f")
        unfinished.rename(final)
        sync_folder(store)
    except (driver.Error, OSError) as error:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
        raise explain(error) from error
    except BaseException:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
        raise
    rotate(store, made)
    return _read_note(final)


def copy_database(source: Path, target: Path, key: bytes) -> None:
    """Copy an encrypted file by SQLite's backup API into a new file with the same key, flushed to the disk."""
    with closing(driver.connect(source, key=key, create=False)) as old:
        page_size = int(old.execute("PRAGMA page_size").fetchall()[0][0])
        # The target has its key before the first page arrives: the API fails into a file without one.
        with closing(driver.connect(target, key=key, page_size=page_size, wal=False)) as new:
            try:
                with new.raw.backup("main", old.raw, "main") as running:
                    while not running.done:
                        running.step(_PAGES_A_STEP)
            except apsw.Error as error:
                raise driver.translated(error) from error
            new.execute("PRAGMA journal_mode=DELETE").fetchall()   # the copied header says WAL; a backup is one file
    sync_file(target)


def _settle(path: Path, key: bytes) -> None:
    """Let SQLite finish or roll back what an interruption left: a reader without the right to write cannot."""
    with suppress(driver.Error), closing(driver.connect(path, key=key, create=False)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()   # damage is told by `verify`


def verify(path: Path, key: bytes) -> dict[str, int]:
    """Open the file, check its structure and read every row of every table; returns the rows of each table.

    Raises DatabaseError for damage.
    """
    with closing(driver.connect(path, key=key, readonly=True, create=False)) as connection:
        findings = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
        if findings != ["ok"]:
            raise driver.damaged("; ".join(findings))
        # dbstat visits every page of every tree, each authenticated as it is read
        connection.execute("SELECT sum(pgsize) FROM dbstat").fetchall()
        return _counts(connection)


def _counts(connection: driver.Connection) -> dict[str, int]:
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name").fetchall()
    return {name: int(connection.execute(f'SELECT count(*) FROM "{_quoted(name)}"').fetchall()[0][0])
            for (name,) in names}


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def add_attachments(source: Path, target: Path, key: bytes) -> int:
    """Copy to the store what it has not yet, each hash in a transaction of its own; returns how many hashes.

    Works for every table with a `hash` column; a killed run is simply continued by the next.
    """
    added = 0
    with (closing(driver.connect(source, key=key, create=False)) as old,
          closing(driver.connect(target, key=key, page_size=16384)) as new):
        tables = [(name, sql) for name, sql in old.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall()
            if any(column[1] == "hash" for column in old.execute(f'PRAGMA table_info("{_quoted(name)}")').fetchall())]
        known = {name for (name,) in new.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()}
        for name, sql in tables:
            if name not in known:
                new.execute(sql)
        if not known:   # a restored file must not be taken for an empty one when it is opened
            version = int(old.execute("PRAGMA user_version").fetchall()[0][0])
            new.execute(f"PRAGMA user_version = {version}").fetchall()
        wanted: dict[str, list[str]] = {}
        for name, _ in tables:
            table = _quoted(name)
            there = {row[0] for row in new.execute(f'SELECT DISTINCT hash FROM "{table}"').fetchall()}
            for (digest,) in old.execute(f'SELECT DISTINCT hash FROM "{table}"').fetchall():
                if digest not in there:
                    wanted.setdefault(digest, []).append(table)
        for digest, names in wanted.items():
            new.begin("IMMEDIATE")
            for table in names:
                for row in old.execute(f'SELECT * FROM "{table}" WHERE hash = ?', (digest,)):
                    new.execute(f'INSERT INTO "{table}" VALUES ({",".join("?" * len(row))})', row)
            new.commit()
            added += 1
        findings = new.execute("PRAGMA quick_check(1)").fetchall()
        if findings != [("ok",)]:
            raise driver.damaged(str(findings[0][0]))
    return added


def list_backups(store: Path) -> list[Backup]:
    """All finished backups, newest first; a folder without a readable note is not one."""
    if not store.is_dir():
        return []
    found = []
    for path in store.iterdir():
        if _NAME.fullmatch(path.name) and (path / "backup.json").exists():
            try:
                found.append(_read_note(path))
            except (ValueError, KeyError, TypeError):   # a damaged note: the files stay, but nothing vouches for them
                continue
    return sorted(found, key=lambda backup: backup.path.name, reverse=True)


def _read_note(path: Path) -> Backup:
    note = json.loads((path / "backup.json").read_text("utf-8"))
    return Backup(path, datetime.fromisoformat(note["made"]), datetime.fromisoformat(note["verified"]),
                  str(note["reason"]), {str(name): int(count) for name, count in note["counts"].items()})


def rotate(store: Path, now: datetime) -> list[Path]:
    """Drop backups beyond the newest of each of 7 days and 4 weeks; returns the dropped. The newest always stays.

    What somebody made by hand, and what stood before a restore, stays four weeks whatever else was made that day.
    """
    backups = list_backups(store)
    days: dict[str, Path] = {}
    weeks: dict[tuple[int, int], Path] = {}
    for backup in backups:
        days.setdefault(backup.path.name[:8], backup.path)
        weeks.setdefault(backup.made.isocalendar()[:2], backup.path)
    kept = {*list(days.values())[:DAYS_KEPT], *list(weeks.values())[:WEEKS_KEPT]}
    kept |= {backup.path for backup in backups
             if backup.reason in (BEFORE_RESTORE, BY_HAND) and now - backup.made < timedelta(weeks=WEEKS_KEPT)}
    dropped = [backup.path for backup in backups if backup.path not in kept]
    for path in dropped:
        (path / "backup.json").unlink()   # first: a half-dropped folder is no backup
        shutil.rmtree(path)
    return dropped


def preview(backup: Backup, key: DataKey, newest: str | None = None) -> tuple[dict[str, int], object]:
    """Rows of each table, and the one value that the SQL `newest` gives (the date of the newest change), unchanged.

    Reads the copy itself. Raises Trouble when it cannot be read.
    """
    try:
        with closing(driver.connect(backup.path / RECORDS, key=key.subkey(RECORDS), readonly=True)) as connection:
            row = connection.execute(newest).fetchone() if newest else None
            return _counts(connection), row[0] if row else None
    except driver.Error as error:
        raise explain(error) from error


def restore(folder: DataFolder, key: DataKey, backup: Backup, clock: Clock) -> Backup | None:
    """Put a backup in the place of the records, which must be closed; returns the backup made of the present state.

    None when there was nothing sound to back up; damaged files are then kept beside as `damaged-…`. Interrupted at
    any moment it leaves the old records or the restored ones, whole. Raises Trouble.
    """
    staged = folder.path / f"{RECORDS}.restoring"
    records_key = key.subkey(RECORDS)
    try:
        copy_database_fresh(backup.path / RECORDS, staged, records_key)
        verify(staged, records_key)
        before = _set_aside(folder, key, clock)
        os.replace(staged, folder.records)
        sync_folder(folder.path)
        if folder.backups / ATTACHMENTS != backup.path.parent / ATTACHMENTS or not folder.attachments.exists():
            _bring_attachments(backup.path.parent / ATTACHMENTS, folder.attachments, key)
        if not folder.keys.exists() and (backup.path / folder.keys.name).exists():
            write_atomically(folder.keys, (backup.path / folder.keys.name).read_bytes())
    except (driver.Error, OSError) as error:
        for left in folder.path.glob(f"{RECORDS}.restoring*"):
            left.unlink(missing_ok=True)
        raise explain(error) from error
    return before


def copy_database_fresh(source: Path, target: Path, key: bytes) -> None:
    """`copy_database` over what an interrupted run may have left."""
    for left in target.parent.glob(f"{target.name}*"):
        left.unlink()
    copy_database(source, target, key)


def _bring_attachments(store: Path, target: Path, key: DataKey) -> None:
    if store.exists():
        add_attachments(store, target, key.subkey(ATTACHMENTS))


def _set_aside(folder: DataFolder, key: DataKey, clock: Clock) -> Backup | None:
    """Back up the present records and leave no WAL beside them: an old WAL must never meet the restored file."""
    if not folder.records.exists():
        return None
    try:
        before = make(folder, key, clock, BEFORE_RESTORE)
        with closing(driver.connect(folder.records, key=key.subkey(RECORDS), create=False)) as present:
            mode = present.execute("PRAGMA journal_mode=DELETE").fetchall()[0][0]
        if mode != "delete":
            raise Trouble(tr("記録のファイルがまだ使われているため、復元できません。"), tr("記録は無事です。"),
                          tr("開いている関東デスクを閉じてから、もう一度試してください。"))
        return before
    except Trouble as trouble:
        if not _is_damage(trouble):
            raise
    except driver.Error as error:
        raise explain(error) from error
    aside = folder.backups / f"damaged-{clock().strftime('%Y%m%d-%H%M%S-%f')}"
    aside.mkdir(mode=PRIVATE_FOLDER, parents=True)
    for suffix in ("", "-wal", "-shm"):
        file = folder.records.with_name(RECORDS + suffix)
        if file.exists():
            shutil.copy2(file, aside / file.name)
    for suffix in ("-wal", "-shm"):   # copied above; a WAL of another file must not be replayed into the restored one
        folder.records.with_name(RECORDS + suffix).unlink(missing_ok=True)
    return None


def _is_damage(trouble: Trouble) -> bool:
    return trouble.detail.startswith(("SQLite 11:", "SQLite 26:"))


def rewrap(store: Path, keys: Path) -> int:
    """Put the present keys.json beside every backup, so that the present passphrase opens all; returns how many."""
    content = keys.read_bytes()
    backups = list_backups(store)
    try:
        for backup in backups:
            write_atomically(backup.path / keys.name, content)
    except OSError as error:
        raise explain(error) from error
    return len(backups)


def check(folder: DataFolder, key: DataKey) -> list[Finding]:
    """Read and authenticate every used page of the folder's files; returns what is wrong with them."""
    found = []
    for path in (folder.records, folder.attachments):
        if path.exists():
            try:
                _settle(path, key.subkey(path.name))
                verify(path, key.subkey(path.name))
            except driver.Error as error:
                found.append(Finding(path.name, explain(error).happened))
        elif path == folder.records:
            found.append(Finding(path.name, tr("記録のファイルがありません。")))
    return found
