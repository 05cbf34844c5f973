"""Copies of one encrypted file: made by SQLite's backup API, verified, under the same key or a new one. Knows no table.

Nothing is ever written in plaintext, and what an interruption leaves is either the old file or the new one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path

import apsw

from kanto_desk.db import driver
from kanto_desk.db.disk import make_private, sync_file, sync_folder
from kanto_desk.db.trouble import explain, refuses_writing
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr

_PAGES_A_STEP = 2000
_RENEWED = ".renewed"


def copy_database(source: Path, target: Path, key: bytes, new_key: bytes | None = None) -> None:
    """Copy an encrypted file by SQLite's backup API into a new file with the same key or `new_key`; flushed.

    Raises driver.Error, OSError.
    """
    need_content(source)
    make_private(target)
    with closing(driver.connect(source, key=key, create=False, wal=False)) as old:   # as it is: a backup stays so
        page_size = int(old.execute("PRAGMA page_size").fetchall()[0][0])
        # The target has its key before the first page arrives: the API fails into a file without one.
        with closing(driver.connect(target, key=new_key or key, page_size=page_size, wal=False)) as new:
            try:
                with new.raw.backup("main", old.raw, "main") as running:
                    while not running.done:
                        running.step(_PAGES_A_STEP)
            except apsw.Error as error:
                raise driver.translated(error) from error
            new.execute("PRAGMA journal_mode=DELETE").fetchall()   # the copied header says WAL; a copy is one file
    sync_file(target)


def copy_database_fresh(source: Path, target: Path, key: bytes, new_key: bytes | None = None) -> None:
    """`copy_database` over what an interrupted run may have left."""
    remove_all(target)
    copy_database(source, target, key, new_key)


def remove_all(path: Path) -> None:
    """Remove a file with what SQLite may have left beside it."""
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink(missing_ok=True)


def need_content(path: Path) -> None:
    """Raises driver.Error for a file of 0 bytes: SQLite takes it for a new one, and drops the WAL beside it."""
    if path.exists() and path.stat().st_size == 0:
        raise driver.damaged("empty file")


def settle(path: Path, key: bytes) -> None:
    """Let SQLite finish or roll back what an interruption left: a reader without the right to write cannot."""
    with suppress(driver.Error):   # damage is told by `verify`
        need_content(path)
        with closing(driver.connect(path, key=key, create=False)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()


def verify(path: Path, key: bytes) -> dict[str, int]:
    """Open the file, check its structure and read every row of every table; returns the rows of each table.

    Raises DatabaseError for damage, and for a file without a table: no file of a desk is ever empty.
    """
    need_content(path)
    with closing(_reader(path, key)) as connection:
        findings = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
        if findings != ["ok"]:
            raise driver.damaged("; ".join(findings))
        # dbstat visits every page of every tree, each authenticated as it is read
        connection.execute("SELECT sum(pgsize) FROM dbstat").fetchall()
        rows = counts(connection)
    if not rows:
        raise driver.damaged("no table")
    return rows


def _reader(path: Path, key: bytes) -> driver.Connection:
    """A reader; where a full or read-only disk takes no index of the WAL and there is no WAL, one that needs none."""
    try:
        return driver.connect(path, key=key, readonly=True, create=False)
    except driver.OperationalError as error:
        if not refuses_writing(explain(error)) or not whole_in_itself(path):
            raise
    return driver.connect(path, key=key, immutable=True)


def whole_in_itself(path: Path) -> bool:
    """Whether a file says everything alone: nothing of it stands in a WAL or is to be rolled back by a journal."""
    beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-journal")]
    return not any(file.exists() and file.stat().st_size for file in beside)


def counts(connection: driver.Connection) -> dict[str, int]:
    """The rows of each table."""
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name").fetchall()
    return {name: int(connection.execute(f'SELECT count(*) FROM "{quoted(name)}"').fetchall()[0][0])
            for (name,) in names}


def quoted(name: str) -> str:
    """A name of the schema for use between double quotes."""
    return name.replace('"', '""')


def fits(path: Path, key: bytes) -> bool:
    """Whether the key opens the file. A damaged first page looks like a wrong key."""
    try:
        driver.connect(path, key=key, readonly=True, create=False).close()
    except driver.DatabaseError:
        return False
    return True


def alone(path: Path, key: bytes) -> None:
    """Leave no WAL beside a file that will be replaced: an old WAL must never meet the new file.

    Raises Trouble while another connection uses the file, driver.Error.
    """
    need_content(path)
    with closing(driver.connect(path, key=key, create=False)) as present:
        mode = present.execute("PRAGMA journal_mode=DELETE").fetchall()[0][0]
    if mode != "delete":
        raise Trouble(tr("記録のファイルがまだ使われているため、置き換えられません。"), tr("記録は無事です。"),
                      tr("開いている関東デスクを閉じてから、もう一度試してください。"))


def renew(files: Iterable[tuple[Path, bytes, bytes]], commit: Callable[[], None] = lambda: None) -> None:
    """Put copies under new keys in the place of files that nobody has open: (file, key, new key).

    All copies are made and verified before `commit` is called and the first file is replaced, so that a full disk
    changes nothing; a file that its new key fits already stays. After a crash in between it is called again.
    Raises Trouble.
    """
    staged: list[tuple[Path, Path]] = []
    try:
        for path, key, new_key in files:
            copy = path.with_name(path.name + _RENEWED)
            remove_all(copy)
            if not path.exists() or fits(path, new_key):
                continue
            staged.append((copy, path))
            copy_database(path, copy, key, new_key)
            verify(copy, new_key)
            alone(path, key)   # also ends the WAL that reading it for the copy began
        commit()
        for copy, path in staged:
            os.replace(copy, path)
            sync_folder(path.parent)
    except (driver.Error, OSError) as error:
        for copy, _ in staged:
            remove_all(copy)
        raise explain(error) from error
    except BaseException:
        for copy, _ in staged:
            remove_all(copy)
        raise
