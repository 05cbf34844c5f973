"""Going back to a backup of a hub: all of it or nothing, under a new epoch, so that the laptops send what it lacks.

Records go back; who may do what does not: a laptop that was stopped since stays stopped.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, select, text, update

from kanto_desk.clock import Clock
from kanto_desk.db.dialect import make_engine, reading, writing
from kanto_desk.db.disk import PRIVATE_FILE, sync_file, sync_folder
from kanto_desk.db.driver import DatabaseError
from kanto_desk.db.leftovers import drop_leftovers
from kanto_desk.db.trouble import explain, is_full
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import accounts, delivered, going_back
from kanto_desk.hub import parts as parts_of_numbers
from kanto_desk.hub import tables as t
from kanto_desk.hub.backing_up import (
    FORMAT,
    KIND,
    MANIFEST,
    MOST_MANIFEST,
    RECORDS,
    Manifest,
    check_parts,
    copy_table,
    counts_of,
    damaged,
)
from kanto_desk.hub.content_address import FOLDER_WORD, LEFT, contents_of
from kanto_desk.hub.content_place import FOLDER
from kanto_desk.hub.keeping_accounts import add_missing
from kanto_desk.hub.opening import (
    DATABASE,
    SHAPE,
    all_tables,
    engine_of,
    has_hub,
    make_tables,
    need_plain_order,
    new_epoch,
    open_hub,
    put_value,
)
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.i18n import tr

STAYS: Final = frozenset(x.name for x in (t.hub, t.person, t.grant, t.body, t.device, t.device_scope, t.code, t.nonce,
                                          t.audit, t.used, t.session, t.unnamed))
"""Tables whose rows a hub in use keeps; of the others it gets those of the backup."""

_PASSING: Final = (t.code, t.nonce, t.used, t.session, t.unnamed)   # of this time alone: none of it outlives a restore


@dataclass(frozen=True, slots=True)
class Restored:
    """What a hub was restored to."""

    manifest: Manifest
    epoch: str
    anew: bool
    """Whether there was no hub before."""


def look_into(file: Path) -> Manifest:
    """What a backup says of itself, after its form was checked. Raises Refused for another file, Trouble if damaged."""
    try:
        with zipfile.ZipFile(file) as pack:
            return _manifest(pack)
    except FileNotFoundError as error:
        raise Refused(tr("ファイルがありません：{file}", file=file), "file") from error
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise _foreign() from error


def restore(folder: Path, clock: Clock, file: Path, database: str | None = None) -> Restored:
    """Put the records of a backup in the place of those of the hub here, or make the hub anew where none is.

    The hub may serve meanwhile. Raises Refused for a file that is no backup of this hub, Trouble for a damaged one or
    when it cannot be written; then nothing has changed.
    """
    manifest = look_into(file)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _unpacked(file, manifest, folder) as parts:
        _check_records(parts / RECORDS, manifest)
        engine = engine_of(folder, database)
        if database is None and not (folder / DATABASE).exists():
            there = False
        else:
            there = has_hub(engine)
        engine.dispose()
        _need_same_authority(folder, manifest, there)
        if there:
            return _put_back(folder, clock, file, database, parts, manifest)
        return _made_anew(folder, clock, file, database, parts, manifest)


def _manifest(pack: zipfile.ZipFile) -> Manifest:
    names = pack.namelist()
    if MANIFEST not in names:
        raise _foreign()
    try:
        if pack.getinfo(MANIFEST).file_size > MOST_MANIFEST:
            raise damaged(MANIFEST)
        made = msgspec.json.decode(pack.read(MANIFEST), type=Manifest)
    except Trouble:
        raise
    except Exception as error:
        raise damaged(MANIFEST) from error
    if made.kind != KIND:
        raise _foreign()
    if made.format > FORMAT or made.shape > SHAPE:
        raise Trouble(tr("このバックアップは、新しいプログラムでつくられています。"), tr("同期先はそのままです。"),
                      tr("プログラムを新しくしてから、もう一度戻します。"))
    if RECORDS not in made.files or not all(_is_plain(name) for name in made.files):
        raise damaged("names")
    return made


def _is_plain(name: str) -> bool:
    """Whether a name stays inside the folder."""
    path = PurePosixPath(name)
    return bool(name) and "\\" not in name and ":" not in name and not path.is_absolute() and ".." not in path.parts


def _foreign() -> Refused:
    return Refused(tr("これは同期先のバックアップではありません。"), "file")


@contextmanager
def _unpacked(file: Path, manifest: Manifest, folder: Path) -> Iterator[Path]:
    """The parts of a backup in a folder of their own, each compared with the manifest; gone at the end."""
    drop_leftovers(folder, ".restoring-*")
    place = Path(tempfile.mkdtemp(prefix=".restoring-", dir=folder))
    try:
        with zipfile.ZipFile(file) as pack:
            check_parts(pack, manifest, place)
        yield place
    except (OSError, DatabaseError) as error:
        raise _not_restored(error) from error
    except Exception as error:
        if isinstance(getattr(error, "orig", None), DatabaseError):
            raise _not_restored(error) from error
        raise
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _not_restored(error: Exception) -> Trouble:
    cause = explain(error)
    if is_full(cause):
        return Trouble(tr("空きが足りず、バックアップに戻せませんでした。"), tr("同期先はそのままです。"),
                       tr("空きをつくってから、もう一度戻します。"), cause.detail)
    return Trouble(tr("バックアップに戻せませんでした。"), tr("同期先はそのままです。"),
                   tr("hub.db が壊れているときは、hub.db と hub.db-wal を別の場所に移してから、もう一度戻します。"),
                   cause.detail)


def _check_records(records: Path, manifest: Manifest) -> None:
    engine = make_engine(records, None, readonly=True)
    try:
        with reading(engine) as conn:
            sound = conn.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
            if not sound or counts_of(conn) != manifest.counts:
                raise damaged(RECORDS)
    except DatabaseError as error:
        raise damaged(RECORDS) from error
    finally:
        engine.dispose()


def _need_same_authority(folder: Path, manifest: Manifest, there: bool) -> None:
    """Laptops trust one authority: a backup of another hub would be a hub that none of them believes."""
    own = folder / CA_FILE
    if own.exists() and fingerprint(own.read_bytes()) != manifest.authority:
        raise Refused(tr("これは別の同期先「{name}」のバックアップです。", name=manifest.hub), "file")
    if there and not own.exists():
        raise Trouble(tr("同期先の証明書（{file}）がありません。", file=CA_FILE), tr("何も変わっていません。"),
                      tr("--folder と --database が同じ同期先のものかを確かめます。"))


def _put_back(folder: Path, clock: Clock, file: Path, database: str | None, parts: Path,
              manifest: Manifest) -> Restored:
    """Into a hub in use: one transaction, so that it holds either the records of now or those of the backup."""
    placed = _add_files(parts, folder)
    hub = open_hub(folder, clock, database)
    backup = make_engine(parts / RECORDS, None, readonly=True)
    try:
        with reading(backup) as source, hub.write() as conn:
            if hub.is_postgresql:   # every push begins with this table: none is in progress, none begins
                conn.execute(text("LOCK TABLE hub_device IN ACCESS EXCLUSIVE MODE"))
            there = set(manifest.counts)
            for table in all_tables():
                if table.name == t.counter.name:
                    conn.execute(update(table).where(table.c.name == "n").values(value=manifest.number))
                elif table.name not in STAYS:
                    conn.execute(delete(table))
                    if table.name in there:
                        copy_table(source, conn, table)
            add_missing(source, conn)
            delivered.begin(conn)   # of a backup of an older hub
            epoch = _begin_again(conn, clock, file, manifest)
            if contents_of(conn) != FOLDER_WORD and any(p.is_relative_to(folder / FOLDER) for p in placed):
                put_value(conn, LEFT, FOLDER_WORD)   # files of the backup: `hub contents move` takes them there
    except BaseException:
        for each in placed:
            each.unlink(missing_ok=True)
        raise
    finally:
        backup.dispose()
        hub.close()
    return Restored(manifest, epoch, anew=False)


def _made_anew(folder: Path, clock: Clock, file: Path, database: str | None, parts: Path,
               manifest: Manifest) -> Restored:
    """Where no hub is: files first, the database last, so that a hub is there whole or not at all."""
    placed = _add_files(parts, folder)
    try:
        if database is None:
            engine = make_engine(parts / RECORDS, None)
            with writing(engine) as conn:
                make_tables(conn)
                delivered.begin(conn)
                epoch = _begin_again(conn, clock, file, manifest)
                parts_of_numbers.begin_anew(conn)
            engine.dispose()
            sync_file(parts / RECORDS)
            for leftover in (f"{DATABASE}-wal", f"{DATABASE}-shm"):   # of a database that was moved away
                (folder / leftover).unlink(missing_ok=True)
            os.replace(parts / RECORDS, folder / DATABASE)
            sync_folder(folder)
        else:
            engine, backup = engine_of(folder, database), make_engine(parts / RECORDS, None, readonly=True)
            need_plain_order(engine)
            with reading(backup) as source, engine.begin() as conn:
                make_tables(conn)
                for table in all_tables():
                    if table.name in manifest.counts:
                        copy_table(source, conn, table)
                delivered.begin(conn)
                epoch = _begin_again(conn, clock, file, manifest)
                parts_of_numbers.begin_anew(conn)
            engine.dispose()
            backup.dispose()
    except BaseException:
        for each in placed:
            each.unlink(missing_ok=True)
        raise
    return Restored(manifest, epoch, anew=True)


def _begin_again(conn: Connection, clock: Clock, file: Path, manifest: Manifest) -> str:
    """A new epoch: every laptop begins anew with what these records hold of its changes."""
    epoch, d = new_epoch(), t.device.c
    for dev in conn.execute(select(d.dev)).scalars().all():
        held = manifest.devices.get(dev, 0)
        conn.execute(update(t.device).where(d.dev == dev).values(seq=held))
        put_value(conn, f"backed_up {dev}", held)
    conn.execute(update(t.device_scope).values(since=0))   # numbers above the backup's mean something else from now on
    for table in _PASSING:
        conn.execute(delete(table))
    going_back.note(conn, epoch)
    put_value(conn, "epoch", epoch)
    put_value(conn, "shape", SHAPE)
    accounts.note(conn, "hub", "restore", clock(), file=file.name, made_at=manifest.made_at, number=manifest.number)
    return epoch


def _add_files(parts: Path, folder: Path) -> list[Path]:
    """Files beside the database that are not there: keys, authority, attachments; gives them."""
    placed: list[Path] = []
    try:
        for file in sorted(p for p in parts.rglob("*") if p.is_file() and p != parts / RECORDS):
            target = folder / file.relative_to(parts)
            if target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.chmod(PRIVATE_FILE)
            sync_file(file)
            os.replace(file, target)
            placed.append(target)
            sync_folder(target.parent)
    except BaseException:
        for each in placed:
            each.unlink(missing_ok=True)
        raise
    return placed
