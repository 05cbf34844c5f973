"""Tells failures of the world from bugs, for screens that must not know the database."""

from __future__ import annotations

import sqlite3

from kanto_desk.db import backup as backups
from kanto_desk.db.trouble import explain, is_full, is_read_only, primary_code
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services.desk import PASSPHRASE_FIRST

_AGAIN = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR,
                    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
                    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""Result codes after which a save is kept: no room, no right, no disk, another at work, a damaged file.

What a damaged file refuses is kept so that it can be written elsewhere before a backup takes the file's place.
"""


def told(error: BaseException) -> Trouble | None:
    """What to tell the user when the world failed (disk, folder, damaged file); None when `error` is a bug."""
    if isinstance(error, Trouble):
        return error
    if primary_code(error) is not None or isinstance(error, OSError):
        return explain(error)
    return None


def reading_only(cause: Trouble) -> Trouble:
    """What to tell all the time while a desk is open for reading only (`Store.read_only` says why)."""
    if is_full(cause):
        happened = tr("ディスクに空きがないので、読むだけでひらきました。")
        to_do = tr("空きをつくって、関東デスクをひらき直します。")
    elif is_read_only(cause):
        happened = tr("データフォルダーに書き込めないので、読むだけでひらきました。")
        to_do = tr("書き込みを許して、関東デスクをひらき直します。")
    else:
        happened, to_do = tr("{reason}読むことだけができます。", reason=cause.happened), cause.to_do
    return Trouble(happened, tr("これまでに保存した記録は無事です。"), to_do, cause.detail)


def is_damage(trouble: Trouble) -> bool:
    """Whether a file's content is what is wrong, so that a backup can help."""
    return backups.is_damage(trouble)


def wants_passphrase(error: BaseException) -> bool:
    """Whether a save was refused because the desk lies open and holds sample data only (`Desk.protect`)."""
    return isinstance(error, Refused) and error.field == PASSPHRASE_FIRST


def may_work_later(error: BaseException) -> bool:
    """Whether a save that failed so is worth keeping and trying again, instead of being reported and dropped."""
    code = primary_code(error)
    return code in _AGAIN if code is not None else isinstance(error, OSError)
