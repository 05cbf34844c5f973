"""Turns an error of the store (SQLite, the disk, the driver) into the three sentences shown to the user.

The one place where that happens. Never put a key, a passphrase or the text of a record into `detail`.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator

from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what SQLAlchemy wrapped (`orig`) and what it was raised from, outermost first, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [getattr(one, "orig", None), one.__cause__]


def primary_code(error: BaseException) -> int | None:
    """SQLite's primary result code (5 busy, 11 corrupt, 13 full, 26 not a database …), None when there is none."""
    for one in _chain(error):
        code = getattr(one, "sqlite_errorcode", None) or getattr(one, "extendedresult", None)
        if isinstance(code, int) and code > 0:
            return code & 0xFF
    return None


def was_interrupted(error: BaseException) -> bool:
    """Whether a statement was stopped on request, and nothing failed."""
    return primary_code(error) == sqlite3.SQLITE_INTERRUPT


def _extended_code(error: BaseException) -> int:
    return next((code for one in _chain(error) if isinstance(code := getattr(one, "sqlite_errorcode", None), int)), 0)


def system_errno(error: BaseException) -> int | None:
    """What the operating system said to SQLite, None when the driver did not note it."""
    return next((code for one in _chain(error) if isinstance(code := getattr(one, "system_errno", None), int)), None)


def _not_readable(detail: str) -> Trouble:
    return Trouble(
        tr("記録のファイルを、この鍵では開けません。"),
        tr("ファイルには何も書き込んでいません。"),
        tr("データフォルダーが正しいか確かめてください。直らないときは「復元」で最後のバックアップに戻せます。"),
        detail,
    )


def _damaged(detail: str) -> Trouble:
    return Trouble(
        tr("記録のファイルが壊れています。"),
        tr("壊れた所は読まずに止めました。確認済みのバックアップはそのまま残っています。"),
        tr("「点検」で調べ、「復元」で最後に確認したバックアップに戻してください。"),
        detail,
    )


def _full(detail: str) -> Trouble:
    return Trouble(
        tr("ディスクの空きがなく、保存できませんでした。"),
        tr("これまでに保存した記録は無事です。今の変更はまだ保存されていません。"),
        tr("不要なファイルを消すなどして空きを作り、もう一度保存してください。"),
        detail,
    )


def _read_only(detail: str) -> Trouble:
    return Trouble(
        tr("データフォルダーに書き込めません。"),
        tr("これまでに保存した記録は無事です。"),
        tr("フォルダーの書き込み許可を確かめてください。"),
        detail,
    )


def _locked(detail: str) -> Trouble:
    return Trouble(
        tr("ほかの処理が記録のファイルを使っていて、待っても空きませんでした。"),
        tr("記録は無事です。"),
        tr("少し待ってから、もう一度試してください。"),
        detail,
    )


def _unreachable(detail: str) -> Trouble:
    return Trouble(
        tr("記録のファイルを開けません。"),
        tr("ファイルには何も書き込んでいません。"),
        tr("データフォルダーがあるか、読む許可があるかを確かめてください。"),
        detail,
    )


def _input_output(detail: str) -> Trouble:
    return Trouble(
        tr("ディスクの読み書きに失敗しました。"),
        tr("保存済みと表示された記録は、ディスクが無事なら残っています。"),
        tr("外付けディスクやネットワークの接続を確かめ、バックアップを別の場所に写してください。"),
        detail,
    )


def _other(detail: str) -> Trouble:
    return Trouble(
        tr("記録の保存場所で問題が起きました。"),
        tr("途中の変更は取り消され、これまでに保存した記録は無事です。"),
        tr("もう一度試し、続くときは詳細を添えて担当者に知らせてください。"),
        detail,
    )


_BY_CODE: dict[int, Callable[[str], Trouble]] = {
    sqlite3.SQLITE_NOTADB: _not_readable,
    sqlite3.SQLITE_CORRUPT: _damaged,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_READONLY: _read_only,
    sqlite3.SQLITE_PERM: _read_only,
    sqlite3.SQLITE_BUSY: _locked,
    sqlite3.SQLITE_LOCKED: _locked,
    sqlite3.SQLITE_CANTOPEN: _unreachable,
    sqlite3.SQLITE_IOERR: _input_output,
}

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No space, no quota, no larger file: for the user the same, and the same help."""

_NO_SHM = 4874   # SQLITE_IOERR_SHMSIZE: no room for the index beside the WAL, which every opening makes

_BY_ERRNO: dict[int, Callable[[str], Trouble]] = {
    errno.ENOSPC: _full,
    errno.EDQUOT: _full,
    errno.EFBIG: _full,
    errno.EROFS: _read_only,
    errno.EACCES: _read_only,
    errno.EPERM: _read_only,
    errno.ENOENT: _unreachable,
    errno.ENOTDIR: _unreachable,
    errno.EIO: _input_output,
}


def is_full(trouble: Trouble) -> bool:
    """Whether there is no room left."""
    return trouble.happened == _full("").happened


def is_read_only(trouble: Trouble) -> bool:
    """Whether the folder takes no writing."""
    return trouble.happened == _read_only("").happened


def refuses_writing(trouble: Trouble) -> bool:
    """Whether the disk or the folder takes nothing more, so that reading alone may still work."""
    return (is_full(trouble) or is_read_only(trouble)
            or trouble.detail.startswith((f"SQLite {sqlite3.SQLITE_CANTOPEN}:", f"SQLite {sqlite3.SQLITE_IOERR}:")))


def explain(error: BaseException) -> Trouble:
    """What to tell the user about an error of the store: a driver, SQLAlchemy or operating system error.

    A Trouble is returned as it is. An error of another sort gives the general text; bugs should not be passed here.
    """
    for one in _chain(error):
        if isinstance(one, Trouble):
            return one
    code = primary_code(error)
    if code in _BY_CODE:
        make = _BY_CODE[code]
        if code == sqlite3.SQLITE_IOERR and (system_errno(error) in _NO_ROOM or _extended_code(error) == _NO_SHM):
            make = _full   # SQLite itself tells only ENOSPC as a full disk
        return make(f"SQLite {code}: {_driver_words(error)}")
    for one in _chain(error):
        if isinstance(one, OSError):
            make = _BY_ERRNO.get(one.errno or 0, _input_output)
            return make(f"{type(one).__name__} {one.errno}: {one.strerror}")
    return _other(f"{type(error).__name__}: {_driver_words(error)}" if code else type(error).__name__)


def _driver_words(error: BaseException) -> str:
    """The driver's own short message: SQLAlchemy's would add the statement."""
    return str(next((one for one in _chain(error) if getattr(one, "orig", None) is None), error))
