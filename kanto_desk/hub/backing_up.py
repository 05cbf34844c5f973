"""Backups of a hub: one file with records, accounts, keys and a manifest, made while the hub serves, then read back.

A file of this kind holds the private key of the hub's authority: it is made for its owner alone (mode 0600).
"""

from __future__ import annotations

import glob
import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import msgspec
from sqlalchemy import Connection, Table, func, insert, inspect, select

from kanto_desk import __version__
from kanto_desk.db.dialect import make_engine, writing
from kanto_desk.db.disk import PRIVATE_FILE, make_private, sync_file, sync_folder
from kanto_desk.db.driver import DatabaseError
from kanto_desk.db.leftovers import drop_leftovers
from kanto_desk.db.trouble import explain, is_full
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.content_address import FOLDER_WORD, contents_of, place_named
from kanto_desk.hub.escrow import ESCROW_KEY
from kanto_desk.hub.opening import SHAPE, Hub, all_tables, last_number, pairs, put_value, value_of
from kanto_desk.hub.own_ca import CA_FILE, SERVER_FILE, SERVER_KEY, fingerprint
from kanto_desk.i18n import tr

KIND: Final = "kanto-desk hub backup"
FORMAT: Final = 1
ENDING: Final = ".kdhub"
BACKUPS: Final = "backups"
RECORDS: Final = "hub.db"
MANIFEST: Final = "manifest.json"
MOST_MANIFEST: Final = 64 << 20
_PIECE: Final = 1 << 20
_ROWS: Final = 1000


class Part(msgspec.Struct, frozen=True):
    """One file inside a backup."""

    size: int
    sha256: str


class Elsewhere(msgspec.Struct, frozen=True):
    """Photos and files that no backup holds, because they lie in a store of objects; `files` is -1 if it was away."""

    address: str
    files: int
    bytes: int


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself; `authority` is the fingerprint of the hub's own certificate authority."""

    kind: str
    format: int
    program: str
    shape: int
    hub: str
    authority: str
    epoch: str
    number: int
    made_at: str
    devices: dict[str, int]
    """Laptop → the number of its last change that the backup holds."""
    counts: dict[str, int]
    files: dict[str, Part]
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and read back; `size` in bytes."""

    file: Path
    size: int
    manifest: Manifest


def back_up(hub: Hub, out: Path | None = None) -> Made:
    """Back up a hub, which may serve meanwhile, into a new file, or a new file in the folder `out`.

    Raises Refused when the file is there already, Trouble when it cannot be written; no half file stays.
    """
    target = _target(hub, out)
    with _none_left(target) as (copy, new):
        make_private(copy)
        _copy_records(hub, copy)
        made = _packed(hub, copy, new)
        with zipfile.ZipFile(new) as packed:
            check_parts(packed, made)
        sync_file(new)
        if target.exists():
            raise _there_already(target)
        os.replace(new, target)
        sync_folder(target.parent)
    _note(hub, target, made)
    return Made(target, target.stat().st_size, made)


def _target(hub: Hub, out: Path | None) -> Path:
    place = out or hub.folder / BACKUPS
    if out is None:
        place.mkdir(mode=0o700, exist_ok=True)
    if place.is_dir():
        place = place / f"hub-{hub.clock():%Y%m%d-%H%M%S}{ENDING}"
    if place.exists():
        raise _there_already(place)
    if not place.parent.is_dir():
        raise Refused(tr("フォルダーがありません：{folder}", folder=place.parent), "out")
    return place


def _there_already(place: Path) -> Refused:
    return Refused(tr("同じ名前のファイルがあります：{file}", file=place), "out")


@contextmanager
def _none_left(target: Path) -> Iterator[tuple[Path, Path]]:
    """Two files for work in progress beside the target; gone at the end, whatever happens."""
    for name in (f"*{ENDING}", glob.escape(target.name)):
        for part in ("db", "db-*", "new"):
            drop_leftovers(target.parent, f".{name}.*.{part}")
    copy, new = (target.with_name(f".{target.name}.{os.getpid()}.{part}") for part in ("db", "new"))
    try:
        yield copy, new
    except (OSError, DatabaseError) as error:
        raise _not_written(error) from error
    except Exception as error:
        if isinstance(getattr(error, "orig", None), DatabaseError):
            raise _not_written(error) from error
        raise
    finally:
        for file in (new, copy, copy.with_name(copy.name + "-wal"), copy.with_name(copy.name + "-shm"),
                     copy.with_name(copy.name + "-journal")):
            file.unlink(missing_ok=True)


def _not_written(error: Exception) -> Trouble:
    cause = explain(error)
    happened = tr("空きが足りず、バックアップをつくれませんでした。") if is_full(cause) else \
        tr("バックアップをつくれませんでした。")
    return Trouble(happened, tr("同期先はそのままです。書きかけのファイルは残していません。"),
                   tr("空きのある、書き込める場所を選んで、もう一度つくります。"), cause.detail)


def _copy_records(hub: Hub, copy: Path) -> None:
    """One consistent copy of every table as a SQLite file, then read page by page."""
    if hub.is_postgresql:
        _copy_rows(hub, copy)
    else:
        with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("VACUUM INTO ?", (str(copy),))
    engine = make_engine(copy, None)
    try:
        with engine.connect() as conn:
            findings = conn.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            conn.rollback()
            conn.connection.driver_connection.execute("PRAGMA journal_mode=DELETE")   # type: ignore[union-attr]
    finally:
        engine.dispose()
    if findings != ["ok"]:
        raise Trouble(tr("同期先の記録のファイルが壊れています。"), tr("バックアップはつくっていません。"),
                      tr("前のバックアップに hub restore で戻します。"), str(findings[0])[:200])


def _copy_rows(hub: Hub, copy: Path) -> None:
    """PostgreSQL row by row out of one snapshot: no program of its own is needed, and either database takes it back."""
    engine = make_engine(copy, None)
    try:
        with hub.read() as source, writing(engine) as target:
            for table in all_tables():
                table.create(target)
                copy_table(source, target, table)
    finally:
        engine.dispose()


def copy_table(source: Connection, target: Connection, table: Table) -> int:
    """Add the rows of a table to the same table elsewhere, in columns that both have; gives how many."""
    here, there = ({c["name"] for c in inspect(conn).get_columns(table.name)} for conn in (source, target))
    columns = [c for c in table.c if c.name in here & there]
    many = 0
    rows = source.execution_options(yield_per=_ROWS).execute(select(*columns))
    for part in rows.mappings().partitions():
        target.execute(insert(table), [dict(row) for row in part])
        many += len(part)
    return many


def _packed(hub: Hub, copy: Path, new: Path) -> Manifest:
    parts: dict[str, Part] = {}
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as out, \
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
        for name, file in [(RECORDS, copy), *_files_of(hub.folder)]:
            with open(file, "rb") as source, pack.open(name, "w", force_zip64=True) as target:
                parts[name] = _copied(source, target)
        made = _told(hub, copy, parts)
        pack.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(made)))
    return made


def _files_of(folder: Path) -> list[tuple[str, Path]]:
    """What a hub keeps beside its database: authority, keys, attachments.

    Its server certificate is made anew; what opens recovery keys stays where it is.
    """
    found = []
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder)
        if (file.is_file() and not file.is_symlink() and name.parts[0] != BACKUPS
                and not any(part.startswith(".") for part in name.parts)
                and not name.parts[0].startswith(RECORDS) and name.name not in (SERVER_FILE, SERVER_KEY, ESCROW_KEY)):
            found.append((name.as_posix(), file))
    return found


def _copied(source: IO[bytes], target: IO[bytes]) -> Part:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        target.write(piece)
    return Part(size, digest.hexdigest())


def _told(hub: Hub, copy: Path, parts: dict[str, Part]) -> Manifest:
    engine = make_engine(copy, None, readonly=True)
    try:
        with engine.connect() as conn:
            return Manifest(KIND, FORMAT, __version__, SHAPE, value_of(conn, "name", ""),
                            fingerprint((hub.folder / CA_FILE).read_bytes()), value_of(conn, "epoch"),
                            last_number(conn, "n"), hub.clock().isoformat(),
                            pairs(conn, select(t.device.c.dev, t.device.c.seq)), counts_of(conn), parts,
                            _elsewhere(hub, contents_of(conn)))
    finally:
        engine.dispose()


def _elsewhere(hub: Hub, address: str) -> Elsewhere | None:
    """What a store of objects holds, counted; a store that is away stops no backup."""
    if address == FOLDER_WORD:
        return None
    try:
        sizes = [size for _, size in place_named(hub, address).names()]
    except (OSError, Trouble):
        return Elsewhere(address, -1, 0)
    return Elsewhere(address, len(sizes), sum(sizes))


def counts_of(conn: Connection) -> dict[str, int]:
    """How many rows each table holds, of those that are there."""
    there = set(inspect(conn).get_table_names())
    return {table.name: int(conn.execute(select(func.count()).select_from(table)).scalar_one())
            for table in all_tables() if table.name in there}


def check_parts(pack: zipfile.ZipFile, manifest: Manifest, into: Path | None = None) -> None:
    """Read every file of a backup and compare it with the manifest; with `into`, keep them there.

    Raises Trouble where one is missing, too many or other than it was.
    """
    if sorted(pack.namelist()) != sorted([*manifest.files, MANIFEST]):
        raise damaged("names")
    for name, part in manifest.files.items():
        try:
            with pack.open(name) as source, _kept(into, name) as target:
                read = _copied(source, target)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            raise damaged(name) from error
        except OSError:
            raise
        except Exception as error:
            raise damaged(name) from error
        if read != part:
            raise damaged(name)


@contextmanager
def _kept(into: Path | None, name: str) -> Iterator[IO[bytes]]:
    place = Path(os.devnull) if into is None else into / name
    if into is not None:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_private(place)
    with open(place, "wb") as out:
        yield out


def damaged(detail: str) -> Trouble:
    """What is told of a backup that is not as it was written."""
    return Trouble(tr("このバックアップは壊れています。"), tr("同期先はそのままです。"),
                   tr("別のバックアップを選びます。"), detail)


def _note(hub: Hub, file: Path, made: Manifest) -> None:
    """The laptops may now rely on this backup (DECISIONS 22), and the audit log names it."""
    with hub.write() as conn:
        for dev, seq in made.devices.items():
            put_value(conn, f"backed_up {dev}", seq)
        accounts.note(conn, "hub", "backup", hub.clock(), file=file.name, bytes=file.stat().st_size,
                      number=made.number, sha256=made.files[RECORDS].sha256)
