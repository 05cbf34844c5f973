"""The company directory of a desk: search it, say what it holds, import the tax agency's files.

The import never holds the window: it runs in a child (`directory_child`), which tells how far it is and stops when it
is told to, or when whoever started it is gone. It writes into the directory's own files only.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kanto_desk import i18n, own_process
from kanto_desk.db.driver import Error
from kanto_desk.db.trouble import explain
from kanto_desk.directory.asking import Filters
from kanto_desk.directory.columns import CLOSED, HIDDEN, MERGED
from kanto_desk.directory.importing import FileReport, Progress, Report
from kanto_desk.directory.pointer import Pointer, of_folder
from kanto_desk.directory.searching import Directory, Hit, marks
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.masters import prefectures
from kanto_desk.services.desk import Desk
from kanto_desk.stopping import Stopped

STOP = "stop\n"

__all__ = ["Filters", "Hit", "Progress", "Report", "Status", "edition", "import_files", "marks", "need", "none_yet",
           "opened", "pointer", "prefecture_code", "renewed", "source_line", "status"]


@dataclass(frozen=True, slots=True)
class Status:
    """What the directory holds. `newest`: the latest update in it (ISO); `prefectures`: code → corporations.

    `sources`: name, rows, refused lines, newest update, moment, the last first; `unfinished`: an import was cut off.
    """

    corporations: int
    closed: int
    newest: str
    size_bytes: int
    prefectures: dict[str, int]
    sources: list[tuple[str, int, int, str, str]]
    unfinished: bool


def pointer(desk: Desk) -> Pointer:
    """Where the desk's directory is."""
    return of_folder(desk.home, desk.key)


def opened(desk: Desk) -> Directory | None:
    """The desk's directory, open for reading, to be closed by the caller; None when there is none.

    Raises Trouble when its file cannot be read.
    """
    found = pointer(desk).current()
    if found is None:
        return None
    try:
        return Directory(found.path, found.key, immutable=desk.store.read_only is not None)
    except Error as error:
        raise damaged(error) from error


def renewed(desk: Desk, directory: Directory | None) -> Directory | None:
    """The directory in use: the one given, or where an import put another in its place that one, the former closed.

    Changes in place are seen by whoever has the file open. Raises Trouble.
    """
    found = pointer(desk).current()
    if directory is not None and found is not None and directory.path == found.path:
        return directory
    if directory is not None:
        directory.close()
    return opened(desk)


def edition(desk: Desk) -> tuple[str, ...]:
    """Names what the directory holds: another one after every import; empty when there is none. Raises Trouble."""
    directory = opened(desk)
    if directory is None:
        return ()
    try:
        with directory:
            return directory.path.name, *(f"{at} {name}" for name, _, _, _, at in directory.sources())
    except Error as error:
        raise damaged(error) from error


def need(desk: Desk) -> Directory:
    """`opened`, raising Refused with what to do when there is none."""
    found = opened(desk)
    if found is None:
        raise Refused(none_yet())
    return found


def none_yet() -> str:
    """What to say where there is no directory."""
    return tr("企業ディレクトリはまだありません。"
              "国税庁の法人番号のファイルを取り込みます（directory import）。")


def damaged(error: Error) -> Trouble:
    """What to tell of a directory that cannot be read: it can be made anew from its files."""
    told = explain(error)
    return Trouble(tr("企業ディレクトリを読めません。"), tr("記録は別のファイルにあり、無事です。"),
                   tr("国税庁の全件ファイルを、はじめから（--anew）取り込むと、つくり直されます。"), told.detail)


def source_line(shown: i18n.Language | None = None) -> str:
    """The line that the terms of use (公共データ利用規約) ask for wherever the directory's data is shown or printed."""
    return tr("出典：国税庁法人番号公表サイト（国税庁）のデータを加工して作成（公共データ利用規約 第1.0版）", shown)


def prefecture_code(text: str) -> str:
    """The code of a prefecture by its code or name, with or without 都 府 県. Raises Refused."""
    for one in prefectures():
        if text in (one.code, one.ja, one.ja[:-1], one.en) or text.casefold() == one.en.casefold():
            return one.code
    raise Refused(tr("この都道府県はありません：{name}", name=text), "prefecture")


def status(desk: Desk) -> Status:
    """What the directory holds; nothing at all when there is none. Raises Trouble."""
    at = pointer(desk)
    current, directory = at.current(), opened(desk)
    unfinished = at.work.exists()
    if directory is None or current is None:
        return Status(0, 0, "", 0, {}, [], unfinished)
    try:
        with directory:
            by_place, closed = Counter[str](), 0
            for place, _, state, count in directory.tally():
                if state != HIDDEN:
                    by_place[place.code[:2]] += count
                    closed += count if state in (CLOSED, MERGED) else 0
            return Status(sum(by_place.values()), closed, directory.facts().get("newest", ""),
                          current.path.stat().st_size, dict(sorted(by_place.items())), directory.sources(), unfinished)
    except Error as error:
        raise damaged(error) from error


def import_files(desk: Desk, files: Sequence[Path], told: Callable[[Progress], bool], *,
                 anew: bool = False) -> Report:
    """Import files into the desk's directory, in a process of its own; `anew`: from these files alone.

    `told`: called with how far it is; False stops it, and the directory is as before. Raises Stopped then, Refused when
    a file is not there, Trouble of the disk or when the child was killed.
    """
    for path in files:
        if not path.is_file():
            raise Refused(tr("ファイルがありません：{name}", name=path))
    asked = {"home": str(desk.home), "sealing": desk.key.subkey("directory.db").hex(), "language": i18n.language(),
             "anew": anew, "files": [str(path.absolute()) for path in files]}
    child = subprocess.Popen(own_process.command(own_process.IMPORT), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             encoding="utf-8", env=own_process.environment(),
                             creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
                             | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0))
    end: dict[str, Any] | None = None
    try:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the child has no pipes")
        with suppress(OSError):   # a child that died at once is told below
            child.stdin.write(json.dumps(asked) + "\n")
            child.stdin.flush()
        for line in child.stdout:
            said = json.loads(line)
            if said["what"] != "progress":
                end = said
            elif not told(Progress(said["stage"], said["done"], said["total"])):
                with suppress(OSError):
                    child.stdin.write(STOP)
                    child.stdin.flush()
    finally:
        with suppress(OSError, subprocess.TimeoutExpired):   # a closed pipe says stop, too
            child.communicate(timeout=30)
        child.kill()
        child.wait()
    return _ended(end)


def _ended(end: dict[str, Any] | None) -> Report:
    if end is None:
        raise Trouble(tr("取り込みが途中で止まりました。"), tr("いまの企業ディレクトリはそのままです。"),
                      tr("同じファイルをもう一度取り込むと、続きから始まります。"))
    if end["what"] == "stopped":
        raise Stopped
    if end["what"] == "trouble":
        raise Trouble(*end["said"])
    report = Report(**{name: end["report"][name] for name in ("added", "changed", "unchanged", "total",
                                                             "enriched")})
    report.files = [FileReport(**{**one, "refusals": [tuple(pair) for pair in one["refusals"]]})
                    for one in end["report"]["files"]]
    return report
