"""Opening the data folder for one command: which folder, which passphrase, and giving the folder back."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kanto_desk.cli.parser import UsageError
from kanto_desk.db.folder import DataFolder
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.paths import default_home

if TYPE_CHECKING:
    from kanto_desk.services.desk import Desk


def home_of(args: Namespace) -> Path:
    """The data folder of a command."""
    return Path(args.home) if args.home else default_home()


@contextmanager
def opened(args: Namespace, *, reading: bool = False) -> Iterator[Desk]:
    """The desk of a command, unlocked; closed at the end whatever happens. Raises Trouble, UsageError.

    `reading`: the command writes nothing, so that a full or read-only disk need not stop it.
    """
    from kanto_desk.services import desk

    home = home_of(args)
    need_desk(home)
    with wrong_passphrase_is_trouble():
        found = desk.unlock(home, passphrase(args), reading=reading, told=_tell_indexing)
    try:
        if found.store.read_only is not None:
            print(tr("{reason}読むことだけができます。", reason=found.store.read_only.happened), file=sys.stderr)
        _tell_of_clock(found)
        yield found
    finally:
        found.close()


def _tell_indexing(done: int, total: int) -> None:
    if not done:
        print(tr("検索の索引をつくり直しています（{n}件の記録）。", n=f"{total:,}"), file=sys.stderr)


def _tell_of_clock(found: Desk) -> None:
    from kanto_desk.services import clock_watch

    told = clock_watch.trouble(found.store)
    if told is not None:
        print("\n".join((told.happened, told.safe, told.to_do)), file=sys.stderr)


def need_desk(home: Path) -> None:
    """Raises Trouble when the folder holds no desk; where its hub had it forgotten, what happened and what was kept."""
    from kanto_desk.services import desk

    if not desk.exists(home):
        if DataFolder(home).wiped.exists():
            from kanto_desk.services import forgetting

            if (forgotten := forgetting.told(home)) is not None:
                raise forgotten
        raise Trouble(tr("このフォルダーには関東デスクのデータがありません：{home}", home=home),
                      tr("何も変えていません。"), tr("フォルダーを確かめるか、はじめの設定をします。"))


@contextmanager
def wrong_passphrase_is_trouble() -> Iterator[None]:
    """A wrong passphrase is the world's failure, not a rule's (exit code 4): says what is safe and what to do."""
    try:
        yield
    except Refused as refused:
        if refused.field not in ("passphrase", "recovery_key"):
            raise
        advice = tr("合言葉を確かめてもう一度始めます。忘れたときは回復用の鍵で開けます（recovery unlock）。")
        raise Trouble(refused.message, tr("記録は無事で、何も変えていません。"), advice) from refused


def passphrase(args: Namespace) -> str:
    """The passphrase: of --passphrase-file, KANTO_DESK_PASSPHRASE or typed; none for a desk that lies open.

    Raises UsageError when there is none.
    """
    from kanto_desk.services import desk

    if desk.asks_nothing(home_of(args)):
        return ""
    return secret(args.passphrase_file, "KANTO_DESK_PASSPHRASE", tr("合言葉：")) or _missing(
        tr("合言葉がありません。--passphrase-file か KANTO_DESK_PASSPHRASE で渡します。"))


def chosen_passphrase(given: str | None, variable: str) -> str:
    """A passphrase being chosen: of a file or variable, else typed twice.

    Raises UsageError when there is none, Refused when what was typed differs.
    """
    found = secret(given, variable, "")
    if found:
        return found
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        return _missing(tr("新しい合言葉がありません。ファイルか {variable} で渡します。", variable=variable))
    first = getpass.getpass(tr("新しい合言葉："), sys.stderr)
    if first != getpass.getpass(tr("もう一度："), sys.stderr):
        raise Refused(tr("2回の合言葉が違います。"), "passphrase")
    return first


def secret(file: str | None, variable: str, prompt: str) -> str:
    """A secret from a file, the environment or (with a prompt) the terminal; empty when there is none."""
    if file:
        try:
            return Path(file).read_text("utf-8-sig").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(tr("合言葉のファイルを読めません：{name}", name=file)) from error
    if os.environ.get(variable):
        return os.environ[variable]
    if prompt and sys.stdin.isatty() and sys.stderr.isatty():
        return getpass.getpass(prompt, sys.stderr)
    return ""


def _missing(message: str) -> str:
    raise UsageError(message)
