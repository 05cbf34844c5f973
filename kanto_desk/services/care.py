"""Care of a data folder: check, verified backups, passphrase, versions. Edits no record; going back is restoring.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import func, select

from kanto_desk.clock import Clock, system_clock
from kanto_desk.db import backup as backups
from kanto_desk.db import last_visits, local, migrations, putting_back
from kanto_desk.db.backup import Backup
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import Cost
from kanto_desk.db.putting_back import Finding
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.errors import Refused
from kanto_desk.fields import Kind
from kanto_desk.i18n import tr
from kanto_desk.services import contents, directory_check
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.services.importing import Unfinished, unfinished

_LAST = 50   # a save that goes on with an earlier operation goes on with one of the newest
_TARGETS = "backup_folders"   # setting: folders outside the data folder that hold backups of this desk


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference to a record that this laptop has not: allowed, and worth knowing (decision 2)."""

    type: str
    field: str
    count: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found. `findings` is damage of the records; the rest is worth knowing.

    `directory`: of the company directory, which can be made anew; None where the records are damaged.
    """

    findings: tuple[Finding, ...]
    counts: dict[str, int]
    dangling: tuple[Dangling, ...]
    missing_attachments: int
    """Photos, issued PDFs and signed papers that records name and this laptop has not."""
    last_backup: Backup | None
    unfinished: Unfinished | None
    warnings: tuple[str, ...]
    directory: directory_check.Checked | None = None


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """After a change of the passphrase: how many backups follow, and folders of backups that could not be reached."""

    backups: int
    unreached: tuple[str, ...]


def check(desk: Desk) -> Checked:
    """Read and authenticate every page, then list dangling references and attachments that are not here."""
    findings = tuple(putting_back.check(desk.folder, desk.key))
    if findings:
        return Checked(findings, {}, (), 0, newest_backup(desk.home), None, tuple(desk.warnings()))
    return _looked_through(desk)


def check_closed(home: Path, passphrase: str, *, clock: Clock = system_clock, cost: Cost | None = None) -> Checked:
    """`check` of a folder that nobody has open, damaged or not; its key is computed once.

    Raises as `desk.unlock` does for key and lock.
    """
    held = desks.hold_existing(home, passphrase, clock=clock, cost=cost, reading=True)
    try:
        findings = tuple(putting_back.check(held.folder, held.key))
        if findings:
            return Checked(findings, {}, (), 0, newest_backup(home), None, tuple(held.folder.warnings()))
        desk = held.open(reading=True)
        try:
            return _looked_through(desk)
        finally:
            desk.close()
    finally:
        held.close()


def _looked_through(desk: Desk) -> Checked:
    """What is worth knowing of sound files. What is computed from the records and differs is computed anew."""
    with desk.store.read() as conn:
        differs = last_visits.wrong(conn) > 0
    if differs and desk.store.read_only is None:
        with desk.store.write() as conn:
            last_visits.rebuild(conn)
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
    return Checked((), counts, tuple(dangling), len(contents.missing(desk)), newest_backup(desk.home),
                   unfinished(desk.store), tuple(desk.warnings()), directory_check.check(desk))


# Backups ------------------------------------------------------------------------------------------------------------


def backup(desk: Desk, target: Path | None = None, reason: str = backups.BY_HAND) -> Backup:
    """Make a backup, open it and verify it; `target` is another folder of backups.

    Raises Refused while the desk lies open, Trouble; older backups stay as they were.
    """
    desk.need_passphrase()
    made = backups.make(desk.folder, desk.key, desk.clock, reason, target, names=attachments_named(),
                        mark=state(desk))
    if target is not None and str(target.absolute()) not in (known := _targets(desk)):
        desk.store.set_setting(_TARGETS, [*known, str(target.absolute())])
    return made


def state(desk: Desk) -> str:
    """What the journal has come to: another value after every save, whatever the clock says."""
    op = local.operation.c
    last = select(op.extended_at).order_by(op.id.desc()).limit(_LAST).subquery()
    with desk.store.read() as conn:
        number = conn.execute(select(func.max(local.change.c.id))).scalar()
        moment = conn.execute(select(func.max(last.c.extended_at))).scalar()
    return f"{number or 0} {moment or ''}"


@cache
def attachments_named() -> tuple[tuple[str, str], ...]:
    """Where records name attachments: fields of kind HASH, deleted rows too, their other heads and the journal."""
    queries = []
    types = {name: [f.name for f in fields_of(cls) if f.kind is Kind.HASH] for name, cls in records().items()}
    types = {name: fields for name, fields in types.items() if fields}
    for name, fields in types.items():
        columns = ", ".join(f'"{field}"' for field in fields)
        queries.append((name, f'SELECT {columns} FROM "{name}"'))
    named = ", ".join(f"'{name}'" for name in types)
    queries.append(("head", f'SELECT value FROM head WHERE type IN ({named})'))
    queries.append(("change", f'SELECT "set", before FROM change WHERE type IN ({named})'))
    return tuple(queries)


def last_verified(desk: Desk) -> datetime | None:
    """When the newest backup in the data folder was verified; None without one."""
    found = newest_backup(desk.home)
    return found.verified if found else None


def newest_backup(home: Path) -> Backup | None:
    """The last verified backup in the data folder."""
    found = listing(home)
    return found[0] if found else None


def listing(home: Path, target: Path | None = None) -> list[Backup]:
    """The finished backups of a data folder, or of a folder of backups elsewhere; newest first."""
    return backups.list_backups(target or DataFolder(home).backups)


def find(home: Path, name: str) -> Backup:
    """A backup by its folder, by its name in the data folder, or "latest". Raises Refused when there is none.

    What the program keeps before a restore is not the latest: asking for it twice would undo the first.
    """
    own = listing(home)
    if name == "latest" and own:
        return next((one for one in own if one.reason != backups.BEFORE_RESTORE), own[0])
    path = Path(name)
    for found in [*own, *listing(home, path.absolute().parent)]:
        if found.path.name == name or found.path.resolve() == path.resolve():
            return found
    raise Refused(tr("確認済みのバックアップではありません：{name}", name=name), "file")


# Passphrase and versions --------------------------------------------------------------------------------------------


def change_passphrase(desk: Desk, new: str, *, old: str | None = None) -> Rewrapped:
    """Rewrap the key under a new passphrase, here and beside every backup within reach: all of them or none.

    `old` is asked for again where the desk has been open for a while. A desk that lies open is protected. Raises
    Refused (with the field `old` for a wrong one), Trouble.
    """
    if not new.strip():
        raise Refused(tr("合言葉を決めます。"), "passphrase")
    if not desk.protected:
        desk.protect(new)
        return Rewrapped(0, ())
    if old is not None:
        try:
            desk.keys.unlock(old)
        except Refused as refused:
            raise Refused(refused.message, "old") from refused
    copies = backups.copies_of_keys(desk.folder.backups, desk.folder.keys)
    absent = unreached(desk)
    for name in _targets(desk):
        if name not in absent:
            copies += backups.copies_of_keys(Path(name), desk.folder.keys)
    desk.keys.set_passphrase(desk.key, new, copies)
    return Rewrapped(len(copies), absent)


def unreached(desk: Desk) -> tuple[str, ...]:
    """The folders of backups outside the data folder that are not there now: a disk not plugged in, a lost network."""
    return tuple(name for name in _targets(desk) if not Path(name).is_dir())


def _targets(desk: Desk) -> list[str]:
    return [str(name) for name in desk.store.setting(_TARGETS, [])]


def versions(desk: Desk) -> dict[str, int]:
    """The schema version of each file: major × 1000 + minor."""
    with desk.store.engine.connect() as records_file, desk.blobs.engine.connect() as attachments_file:
        return {"records.db": migrations.version_of(records_file),
                "attachments.db": migrations.version_of(attachments_file)}


def changes_kept(desk: Desk) -> int:
    """How many changes the journal holds."""
    with desk.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(local.change)).scalar_one())
