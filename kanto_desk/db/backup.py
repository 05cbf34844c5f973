"""Verified, encrypted backups of a data folder: make, list, preview, drop. Never writes plaintext.

records.db and keys.json rotate together; attachments go to one store beside them (backup_store.py). A folder of backups
belongs to one desk.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from kanto_desk.clock import Clock
from kanto_desk.db import backup_store, driver
from kanto_desk.db.copying import copy_database, counts, remove_all, verify
from kanto_desk.db.disk import PRIVATE_FOLDER, sync_folder, write_atomically, write_together
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import DataKey
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr

RECORDS = "records.db"
ATTACHMENTS = "attachments.db"
KEYS = "keys.json"
DAYS_KEPT = 7
WEEKS_KEPT = 4
BEFORE_RESTORE = "restore"
BEFORE_MIGRATION = "migration"
BY_HAND = "hand"
_KEPT_LONGER = (BEFORE_RESTORE, BEFORE_MIGRATION, BY_HAND)
"""Reasons: what a restore replaces, what a migration changes, what somebody asked for; all kept WEEKS_KEPT weeks."""

_NAME = re.compile(r"\d{8}-\d{6}-\d{6}")
_NAMED = "%Y%m%d-%H%M%S-%f"
_UNFINISHED = ".unfinished-"
Names = Iterable[tuple[str, str]]
"""Tables of the records, and queries of the texts in which they name attachments by SHA-256."""


@dataclass(frozen=True)
class Backup:
    """One finished backup: its folder, when it was made and verified, why it was made, rows of each table.

    `mark` is what its maker noted of the state of the records.
    """

    path: Path
    made: datetime
    verified: datetime
    reason: str
    counts: dict[str, int]
    mark: str = ""


def make(folder: DataFolder, key: DataKey, clock: Clock, reason: str, target: Path | None = None,
         names: Names = (), wanted: Backup | None = None, mark: str = "") -> Backup:
    """Back up records, keys and new attachments, open and verify the copy, then drop what rotation no longer keeps.

    `target`: the folder of backups (default: inside the data folder). With `names`, attachments that no kept backup
    names go as well; `wanted` stays whatever its age. Raises Trouble; older backups stay as they were.
    """
    store = target or folder.backups
    unfinished: Path | None = None
    absent = [one for one in (store, *store.parents) if not os.path.exists(one)]
    try:
        store.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        _need_own(store, folder)
        for left in store.glob(f"{_UNFINISHED}*"):   # a killed run's
            shutil.rmtree(left)
        made = clock()
        unfinished = store / f"{_UNFINISHED}{os.getpid()}"
        unfinished.mkdir(mode=PRIVATE_FOLDER)
        copy = unfinished / RECORDS
        copy_database(folder.records, copy, key.subkey(RECORDS))
        rows = verify(copy, key.subkey(RECORDS))
        if folder.keys.exists():
            write_atomically(unfinished / KEYS, folder.keys.read_bytes())
        if folder.attachments.exists() and folder.attachments.stat().st_size:
            backup_store.add(folder.attachments, store / ATTACHMENTS, key.subkey(ATTACHMENTS))
        note = {"made": made.isoformat(), "verified": clock().isoformat(), "reason": reason, "counts": rows,
                "mark": mark}
        write_atomically(unfinished / "backup.json", json.dumps(note, ensure_ascii=False).encode())
        final = _free_name(store, made)
        unfinished.rename(final)
        sync_folder(store)
    except BaseException as error:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
        if absent:
            _leave_nothing(store, absent)
        if isinstance(error, (driver.Error, OSError)):
            raise explain(error) from error
        raise
    if rotate(store, made, wanted):
        drop_attachments(folder, key, names, store)
    return _read_note(final)


def _leave_nothing(store: Path, absent: Iterable[Path]) -> None:
    """Remove folders made for a backup that failed, unless something else is in them meanwhile."""
    with suppress(OSError):
        if not list_backups(store):
            remove_all(store / ATTACHMENTS)   # begun for this backup: it holds copies only
        for one in absent:
            one.rmdir()


def _free_name(store: Path, made: datetime) -> Path:
    """A folder named after the moment; after the newest one's name where the clock stood still or was set back."""
    newest = max((one.path.name for one in list_backups(store)), default="")
    name = made.strftime(_NAMED)
    if name > newest:
        return store / name
    return store / (datetime.strptime(newest, _NAMED) + timedelta(microseconds=1)).strftime(_NAMED)


def _need_own(store: Path, folder: DataFolder) -> None:
    """Two desks in one folder would rotate each other's backups away."""
    own = _desk_of(folder.keys)
    if any(_desk_of(one.path / KEYS) != own for one in list_backups(store)):
        raise Trouble(tr("このフォルダーには、別のデスクのバックアップがあります。"),
                      tr("どちらのバックアップにも触れていません。"), tr("別のフォルダーを選んでください。"))


def _desk_of(keys: Path) -> str | None:
    """The id in a keys.json; None without a readable one."""
    try:
        return str(json.loads(keys.read_bytes())["id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def same_desk(keys: Path, others: Path) -> bool:
    """Whether two keys.json are of one desk. Damaged ones are taken for it: then the passphrase tells."""
    ids = _desk_of(keys), _desk_of(others)
    return None in ids or ids[0] == ids[1]


def drop_attachments(folder: DataFolder, key: DataKey, names: Names, target: Path | None = None) -> int:
    """Drop from the store of backups what neither a kept backup names nor the data folder holds; gives how many.

    Drops nothing when a kept backup cannot be read, or without `names`. Raises Trouble.
    """
    store, queries = target or folder.backups, tuple(names)
    if not queries:
        return 0
    try:
        keep = backup_store.hashes(folder.attachments, key.subkey(ATTACHMENTS))
        for one in list_backups(store):
            try:
                keep |= backup_store.named(one.path / RECORDS, key.subkey(RECORDS), queries)
            except driver.Error:
                return 0   # nobody knows what it needs
        return backup_store.drop(store / ATTACHMENTS, key.subkey(ATTACHMENTS), keep)
    except (driver.Error, OSError) as error:
        raise explain(error) from error


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
                  str(note["reason"]), {str(name): int(count) for name, count in note["counts"].items()},
                  str(note.get("mark", "")))


def rotate(store: Path, now: datetime, wanted: Backup | None = None) -> list[Path]:
    """Drop backups beyond the newest of each of 7 days and 4 weeks; returns the dropped. The newest always stays.

    What somebody made by hand, and what stood before a restore, stays four weeks whatever else was made that day.
    """
    backups = list_backups(store)
    days: dict[date, Path] = {}
    weeks: dict[tuple[int, int], Path] = {}
    for backup in backups:
        days.setdefault(backup.made.date(), backup.path)
        weeks.setdefault(backup.made.isocalendar()[:2], backup.path)
    kept = {*list(days.values())[:DAYS_KEPT], *list(weeks.values())[:WEEKS_KEPT]}
    kept |= {backup.path for backup in backups
             if backup.reason in _KEPT_LONGER and now - backup.made < timedelta(weeks=WEEKS_KEPT)}
    if wanted is not None:   # the one being restored: until it is in place nothing else holds its records
        kept.add(wanted.path)
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
            rows = counts(connection)
            if not rows:
                raise driver.damaged("no table")
            row = connection.execute(newest).fetchone() if newest else None
            return rows, row[0] if row else None
    except driver.Error as error:
        raise explain(error) from error


@contextmanager
def reading_backup(chosen: Backup, key: DataKey) -> Iterator[None]:
    """Damage met inside is the backup's own: told with its name, and the newest sound one beside it. Raises Trouble."""
    try:
        yield
    except (Trouble, driver.Error, FileNotFoundError) as error:
        trouble = explain(error)
        if not is_damage(trouble) and (chosen.path / RECORDS).exists():
            raise
        sound = next((one for one in list_backups(chosen.path.parent) if one.path.name != chosen.path.name
                      and one.reason != BEFORE_RESTORE and _is_sound(one, key)), None)
        raise Trouble(
            tr("このバックアップは壊れています：{name}", name=chosen.path.name),
            tr("今の記録にも、ほかのバックアップにも触れていません。"),
            tr("{name} は確かめて壊れていません。こちらに戻せます。", name=sound.path.name) if sound
            else tr("ほかの場所のバックアップがあれば、そのフォルダーを指定して戻します。"),
            f"{chosen.path.name}: {trouble.detail}") from error


def _is_sound(backup: Backup, key: DataKey) -> bool:
    try:
        verify(backup.path / RECORDS, key.subkey(RECORDS))
    except driver.Error:
        return False
    return True


def is_damage(trouble: Trouble) -> bool:
    """Whether a file's content is what is wrong: damaged, cut short, or not opened by the key."""
    return trouble.detail.startswith(("SQLite 11:", "SQLite 26:"))


def copies_of_keys(store: Path, keys: Path) -> list[Path]:
    """The keys.json beside every backup of this desk: they change their passphrase together with it."""
    own = _desk_of(keys)
    copies = [backup.path / KEYS for backup in list_backups(store)]
    return [copy for copy in copies if copy.exists() and _desk_of(copy) == own]


def rewrap(store: Path, keys: Path) -> int:
    """Put the present keys.json beside every backup of this desk where it differs; returns how many. Raises Trouble."""
    try:
        content = keys.read_bytes()
        differing = [copy for copy in copies_of_keys(store, keys) if copy.read_bytes() != content]
        write_together(differing, content)
    except OSError as error:
        raise explain(error) from error
    return len(differing)
