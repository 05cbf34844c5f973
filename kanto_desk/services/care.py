"""Care of a data folder: check, verified backups, going back to one, passphrase, versions. Edits no record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from kanto_desk.clock import Clock, system_clock
from kanto_desk.db import backup as backups
from kanto_desk.db import local, migrations
from kanto_desk.db.backup import Backup, Finding
from kanto_desk.db.disk import write_atomically
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import DataKey, KeyFile
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.db.store import new_device
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.services.importing import Unfinished, unfinished

NEWEST = 'SELECT max("wall") FROM "change"'
"""When the newest change in a backup was made."""


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference to a record that this laptop has not: allowed, and worth knowing (decision 2)."""

    type: str
    field: str
    count: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found. `findings` is damage; the rest is worth knowing."""

    findings: tuple[Finding, ...]
    counts: dict[str, int]
    dangling: tuple[Dangling, ...]
    missing_attachments: int
    last_backup: Backup | None
    unfinished: Unfinished | None
    warnings: tuple[str, ...]


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


def check(desk: Desk) -> Checked:
    """Read and authenticate every page, then list dangling references and attachments that are not here."""
    findings = tuple(backups.check(desk.folder, desk.key))
    if findings:
        return Checked(findings, {}, (), 0, newest_backup(desk), None, tuple(desk.warnings()))
    counts: dict[str, int] = {}
    dangling = []
    with desk.store.read() as conn:
        for name, cls in sorted(records().items()):
            table = wire_table(name)
            counts[name] = int(conn.execute(select(func.count()).select_from(table).where(
                table.c.deleted_at.is_(None))).scalar_one())
            for field in fields_of(cls):
                if field.target is None or not counts[name]:
                    continue
                other = wire_table(field.target).alias("other")
                lost = int(conn.execute(select(func.count()).select_from(table).where(
                    table.c.deleted_at.is_(None), table.c[field.name].is_not(None),
                    ~select(other.c.uid).where(other.c.uid == table.c[field.name]).exists())).scalar_one())
                if lost:
                    dangling.append(Dangling(name, field.name, lost))
        attachment = wire_table("attachment")
        named = set(conn.execute(select(attachment.c.hash).where(attachment.c.deleted_at.is_(None),
                                                                 attachment.c.hash.is_not(None))).scalars())
    return Checked((), counts, tuple(dangling), len(named - set(desk.blobs.hashes())), newest_backup(desk),
                   unfinished(desk.store), tuple(desk.warnings()))


def check_damaged(home: Path, passphrase: str, *, clock: Clock = system_clock) -> list[Finding]:
    """Damage of a folder whose records cannot be opened any more. Raises as `desk.unlock` does for key and lock."""
    folder = DataFolder(home)
    with folder.locked(clock):
        return backups.check(folder, KeyFile(folder.keys, clock).unlock(passphrase))


def backup(desk: Desk, target: Path | None = None, reason: str = "hand") -> Backup:
    """Make a backup, open it and verify it. Raises Trouble; older backups stay as they were."""
    return backups.make(desk.folder, desk.key, desk.clock, reason, target)


def newest_backup(desk: Desk) -> Backup | None:
    """The last verified backup in the data folder."""
    found = listing(desk.home)
    return found[0] if found else None


def listing(home: Path, target: Path | None = None) -> list[Backup]:
    """The finished backups of a data folder, or of a folder of backups elsewhere; newest first."""
    return backups.list_backups(target or DataFolder(home).backups)


def find(home: Path, name: str) -> Backup:
    """A backup by its folder, by its name in the data folder, or "latest". Raises Refused when there is none."""
    own = listing(home)
    if name == "latest" and own:
        return own[0]
    path = Path(name)
    for found in [*own, *listing(home, path.absolute().parent)]:
        if found.path.name == name or found.path.resolve() == path.resolve():
            return found
    raise Refused(tr("確認済みのバックアップではありません：{name}", name=name), "file")


def preview(home: Path, chosen: Backup, passphrase: str, *, clock: Clock = system_clock) -> Preview:
    """What a backup holds, read from the backup itself. Raises Refused for a wrong passphrase, Trouble."""
    key = _key(DataFolder(home), chosen, passphrase, clock)[1]
    counts, newest = backups.preview(chosen, key, NEWEST)
    return Preview(chosen, counts, str(newest or ""))


def restore(home: Path, chosen: Backup, passphrase: str, *, clock: Clock = system_clock) -> Restored:
    """Put a backup in the place of the records; works also when these are damaged or gone, and on a new computer.

    The present state is backed up first. The folder gets a new device id before its first write (decision 4).
    Raises Refused for a wrong passphrase, Trouble; interrupted it leaves the old records or the restored ones, whole.
    """
    folder = DataFolder(home)
    folder.create()
    with folder.locked(clock):
        borrowed, key = _key(folder, chosen, passphrase, clock)
        before = backups.restore(folder, key, chosen, clock)
        if borrowed and not folder.keys.exists():
            try:
                write_atomically(folder.keys, (chosen.path / folder.keys.name).read_bytes())
            except OSError as error:
                raise explain(error) from error
        folder.make_private()
    desk = desks.unlock(home, passphrase, clock=clock)
    try:
        with desk.store.write() as conn:
            new_device(conn, clock)
    finally:
        desk.close()
    return Restored(chosen, before)


def _key(folder: DataFolder, chosen: Backup, passphrase: str, clock: Clock) -> tuple[bool, DataKey]:
    """The data key by the folder's own key file, else by the copy that lies in the backup; whether it was borrowed."""
    own = KeyFile(folder.keys, clock)
    if own.exists():
        try:
            return False, own.unlock(passphrase)
        except Trouble:   # damaged: the backup has a copy
            if not (chosen.path / folder.keys.name).exists():
                raise
    return True, KeyFile(chosen.path / folder.keys.name, clock).unlock(passphrase)


def change_passphrase(desk: Desk, new: str) -> int:
    """Rewrap the key under a new passphrase, here and beside every backup; gives how many backups. Raises Refused."""
    if not new:
        raise Refused(tr("合言葉を決めます。"), "passphrase")
    desk.keys.set_passphrase(desk.key, new)
    return backups.rewrap(desk.folder.backups, desk.folder.keys)


def versions(desk: Desk) -> dict[str, int]:
    """The schema version of each file: major × 1000 + minor."""
    with desk.store.engine.connect() as records_file, desk.blobs.engine.connect() as attachments_file:
        return {"records.db": migrations.version_of(records_file),
                "attachments.db": migrations.version_of(attachments_file)}


def changes_kept(desk: Desk) -> int:
    """How many changes the journal holds."""
    with desk.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(local.change)).scalar_one())
