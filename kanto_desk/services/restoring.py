"""Going back to a backup: what each holds, putting one in place, lost keys put back. Deletes nothing it replaces.

Works without an open desk, also when the records or the keys are damaged or gone, and on a new computer.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from kanto_desk.clock import Clock, system_clock
from kanto_desk.db import backup as backups
from kanto_desk.db import last_visits, migrations, putting_back
from kanto_desk.db.backup import Backup
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import Cost, DataKey, KeyFile, KeysLost, lost
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import forgetting, lease, rejoining
from kanto_desk.services.care import listing
from kanto_desk.services.desk import Desk, Held, RecordsLost

_STATE = """SELECT json_object('newest', max(wall), 'tops', json((SELECT json_group_object(dev, top)
    FROM (SELECT dev, max(seq) AS top FROM change GROUP BY dev)))) FROM change"""
_SINCE = """SELECT count(*), count(DISTINCT CASE WHEN root_type = 'organization' THEN root END),
    count(DISTINCT CASE WHEN root_type = 'consultation' THEN root END)
    FROM change LEFT JOIN operation ON operation.tx = change.tx
    WHERE seq > coalesce((SELECT value FROM json_each(:tops) WHERE key = dev), 0)"""
_VERSION = "PRAGMA user_version"
_JOINED = "SELECT EXISTS (SELECT 1 FROM setting WHERE key IN ('hub', 'hub_lease') AND value <> 'null')"


@dataclass(frozen=True, slots=True)
class Restored:
    """Which backup is in place now, and the backup made of what it replaced (None: that was damaged or not there).

    `aside` is the folder that keeps damaged files as they were; None when nothing was damaged.
    """

    backup: Backup
    before: Backup | None
    aside: Path | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """What the present records hold and a backup does not: changes, and the companies and visits these touch."""

    changes: int
    organizations: int
    consultations: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a backup holds: rows of each table and when its newest change was made (ISO, empty if none).

    `since` tells what going back would take away; None where the present records are not open or not readable.
    """

    backup: Backup
    counts: dict[str, int]
    newest: str
    since: Since | None = None


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
    key = _key(DataFolder(home), chosen, passphrase, clock, cost)[0]
    with backups.reading_backup(chosen, key):
        return _seen(chosen, key)


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


def previews_of(desk: Desk) -> list[Preview]:
    """What every backup in the folder of an open desk holds, newest first, compared with its records as they are now.

    Those that cannot be read are left out; where the records cannot be read there is no comparison.
    """
    found = []
    for one in listing(desk.home):
        try:
            found.append(_seen(one, desk.key, desk))
        except Trouble:
            continue
    return found


def _seen(chosen: Backup, key: DataKey, desk: Desk | None = None) -> Preview:
    counts, state = backups.preview(chosen, key, _STATE)
    told = json.loads(str(state))
    return Preview(chosen, counts, told["newest"] or "", _since(desk, told["tops"]) if desk else None)


def _since(desk: Desk, tops: dict[str, int]) -> Since | None:
    """The changes of each device beyond the newest one of it that the backup has."""
    try:
        with desk.store.read() as conn:
            return Since(*conn.execute(text(_SINCE), {"tops": json.dumps(tops)}).one())
    except Trouble:
        return None


def restore(home: Path, chosen: Backup, passphrase: str, *, clock: Clock = system_clock,
            cost: Cost | None = None, code: str = "") -> Restored:
    """`restore_and_open`, closed again."""
    done, desk = restore_and_open(home, chosen, passphrase, clock=clock, cost=cost, code=code)
    desk.close()
    return done


def restore_and_open(home: Path, chosen: Backup, passphrase: str, *, clock: Clock = system_clock,
                     cost: Cost | None = None, code: str = "") -> tuple[Restored, Desk]:
    """Put a backup in the place of the records and open them.

    The present state is backed up first; damaged files are kept beside. The folder gets a new device id before its
    first write (decision 4). Raises Refused for a wrong passphrase, LeaseOver where the restored desk opens only with
    an unlock `code`, Forgotten where its hub has ordered it to forget, Trouble; interrupted or refused by the disk it
    leaves the old records or the restored ones, whole.
    """
    folder = DataFolder(home)
    folder.create()
    with ExitStack() as stack:
        stack.enter_context(folder.locked(clock))
        key, keys = _key(folder, chosen, passphrase, clock, cost)
        held = Held(folder, KeyFile(folder.keys, clock, cost), key, clock, stack.pop_all())
    return _put(held, chosen, keys, code)


def go_back(desk: Desk, chosen: Backup) -> tuple[Restored, Desk]:
    """`restore_and_open` for an open desk, which nobody uses any more: it is closed, also when this fails.

    Asks for no passphrase, because the desk holds its key. Raises Refused while the desk lies open, Trouble.
    """
    desk.need_passphrase()
    return _put(desk.let_go(), chosen, None)


def _put(held: Held, chosen: Backup, keys: bytes | None, code: str = "") -> tuple[Restored, Desk]:
    folder, clock = held.folder, held.clock
    try:
        _need_known_version(chosen, held.key)
        if folder.wiped.exists():
            forgetting.need_leave(folder, lambda: backups.preview(chosen, held.key, _JOINED)[1] == 1)
        line = rejoining.line_of(folder, held.key, clock)
        if line is not None and line.ordered:
            raise forgetting.obey(held.open())
        earlier = set(folder.backups.glob("damaged-*"))
        if keys is not None and held.keys.exists():
            _keep_keys(folder, held.keys, clock)
        before = putting_back.restore(folder, held.key, chosen, clock, keys, rejoining.to_do(line))
        folder.make_private()
        aside = max(set(folder.backups.glob("damaged-*")) - earlier, default=None)
        desk = held.open()
    except BaseException:
        held.close()
        raise
    try:
        rejoining.go_on(desk, line)
        with desk.store.write() as conn:
            last_visits.rebuild(conn)
        lease.need(desk.store, code)
    except BaseException:
        desk.close()
        raise
    return Restored(chosen, before, aside), desk


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
        putting_back.keep_aside(folder, clock, (own.path, own.spare))
    except OSError as error:
        raise explain(error) from error


def _need_known_version(chosen: Backup, key: DataKey) -> None:
    with backups.reading_backup(chosen, key):
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
