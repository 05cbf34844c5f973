"""Going back to a backup: what each holds, putting one in place, lost keys put back. Deletes nothing it replaces.

Works without an open desk, also when the records or the keys are damaged or gone, and on a new computer.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kanto_desk.clock import Clock, system_clock
from kanto_desk.db import backup as backups
from kanto_desk.db import migrations
from kanto_desk.db.backup import Backup
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import Cost, DataKey, KeyFile, KeysLost, lost
from kanto_desk.db.store import new_device
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services.care import listing
from kanto_desk.services.desk import Desk, Held, RecordsLost

_NEWEST = 'SELECT max("wall") FROM "change"'
_VERSION = "PRAGMA user_version"


@dataclass(frozen=True, slots=True)
class Restored:
    """Which backup is in place now, and the backup made of what it replaced (None: that was damaged)."""

    backup: Backup
    before: Backup | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a backup holds: rows of each table and when its newest change was made (ISO, empty if none)."""

    backup: Backup
    counts: dict[str, int]
    newest: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a backup can do about a folder that does not open."""

    keys_only: bool
    """The keys are lost; put back, they may open the records as they are."""


def remedy(home: Path, error: BaseException) -> Remedy | None:
    """Whether a backup can help after `error`; None for every other failure, above all for data of a newer program."""
    if not isinstance(error, Trouble) or not listing(home):
        return None
    if isinstance(error, KeysLost):
        return Remedy(keys_only=True)
    return Remedy(keys_only=False) if isinstance(error, RecordsLost) or backups.is_damage(error) else None


def preview(home: Path, chosen: Backup, passphrase: str, *, clock: Clock = system_clock,
            cost: Cost | None = None) -> Preview:
    """What a backup holds, read from the backup itself. Raises Refused for a wrong passphrase, Trouble."""
    return _seen(chosen, _key(DataFolder(home), chosen, passphrase, clock, cost)[0])


def previews(home: Path, passphrase: str, *, clock: Clock = system_clock, cost: Cost | None = None) -> list[Preview]:
    """What every backup in the data folder holds, newest first; those that cannot be read are left out.

    Raises Refused for a wrong passphrase.
    """
    found: list[Preview] = []
    key: DataKey | None = None
    for one in listing(home):
        try:
            key = key or _key(DataFolder(home), one, passphrase, clock, cost)[0]
            found.append(_seen(one, key))
        except Trouble:   # this one is damaged too; the next may be sound
            continue
    return found


def _seen(chosen: Backup, key: DataKey) -> Preview:
    counts, newest = backups.preview(chosen, key, _NEWEST)
    return Preview(chosen, counts, str(newest or ""))


def restore(home: Path, chosen: Backup, passphrase: str, *, clock: Clock = system_clock,
            cost: Cost | None = None) -> Restored:
    """`restore_and_open`, closed again."""
    done, desk = restore_and_open(home, chosen, passphrase, clock=clock, cost=cost)
    desk.close()
    return done


def restore_and_open(home: Path, chosen: Backup, passphrase: str, *, clock: Clock = system_clock,
                     cost: Cost | None = None) -> tuple[Restored, Desk]:
    """Put a backup in the place of the records and open them.

    The present state is backed up first; damaged files are kept beside. The folder gets a new device id before its
    first write (decision 4). Raises Refused for a wrong passphrase, Trouble; interrupted or refused by the disk it
    leaves the old records or the restored ones, whole.
    """
    folder = DataFolder(home)
    folder.create()
    with ExitStack() as held:
        held.enter_context(folder.locked(clock))
        key, keys = _key(folder, chosen, passphrase, clock, cost)
        _need_known_version(chosen, key)
        own = KeyFile(folder.keys, clock, cost)
        if keys is not None and own.exists():
            _keep_keys(folder, own, clock)
        before = backups.restore(folder, key, chosen, clock, keys)
        folder.make_private()
        desk = Held(folder, own, key, clock, held.pop_all()).open()
    try:
        with desk.store.write() as conn:
            new_device(conn, clock)
    except BaseException:
        desk.close()
        raise
    return Restored(chosen, before), desk


def put_keys_back(home: Path, passphrase: str, *, clock: Clock = system_clock, cost: Cost | None = None) -> datetime:
    """Put the keys of the newest backup that the passphrase opens in the place of lost ones; the records stay.

    The damaged files are kept beside. Gives when that backup was made. Raises Refused for a wrong passphrase, KeysLost
    when no backup has sound keys, Trouble.
    """
    folder = DataFolder(home)
    own = KeyFile(folder.keys, clock, cost)
    with folder.locked(clock):
        for one in listing(home):
            file = one.path / folder.keys.name
            try:
                KeyFile(file, clock, cost, tries=own.tries).unlock(passphrase)
            except KeysLost:
                continue
            if own.exists():
                _keep_keys(folder, own, clock)
            own.put_back(file.read_bytes())
            return one.made
    raise lost()


def _keep_keys(folder: DataFolder, own: KeyFile, clock: Clock) -> None:
    try:
        backups.keep_aside(folder, clock, (own.path, own.spare))
    except OSError as error:
        raise explain(error) from error


def _need_known_version(chosen: Backup, key: DataKey) -> None:
    have = backups.preview(chosen, key, _VERSION)[1]
    if isinstance(have, int) and have // 1000 > migrations.RECORDS[-1].version // 1000:
        raise Trouble(tr("このデータは、より新しい版の関東デスクで作られています。"), tr("データには触れていません。"),
                      tr("関東デスクを新しい版にしてから開きます。"), f"file version {have}")


def _key(folder: DataFolder, chosen: Backup, passphrase: str, clock: Clock,
         cost: Cost | None) -> tuple[DataKey, bytes | None]:
    """The data key by the folder's own keys, else by the copy in the backup, which is then given too."""
    own = KeyFile(folder.keys, clock, cost)
    copy = chosen.path / folder.keys.name
    if own.exists():
        try:
            if own.lies_open() or (copy.exists() and not backups.same_desk(own.path, copy)):
                raise Refused(tr("このバックアップは別のデスクのものです。空のデータフォルダーに戻してください。"),
                              "file")
            return own.unlock(passphrase), None
        except KeysLost:   # the backup has a copy
            if not copy.exists():
                raise
    return KeyFile(copy, clock, cost, tries=own.tries).unlock(passphrase), copy.read_bytes()
