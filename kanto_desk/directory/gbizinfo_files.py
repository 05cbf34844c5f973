"""Reads files of gBizINFO: CSV (基本情報, 届出認定情報; Unicode or Shift-JIS, bare or in a zip) and JSON.

A file is known by its content. Columns are found by their names, so that their order does not matter. A text in quotes
may hold line ends; a quote that nobody closed costs its own entry alone.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from kanto_desk.directory.columns import COLUMNS, LENGTH, QUOTES, Unfit
from kanto_desk.directory.gbizinfo import CERTIFIED, OTHER, Known, columns_of, of_entry, of_line, table_of
from kanto_desk.directory.reading import BOM, Refusal, content, encoding_of
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr

PEEKED = 1 << 16
MOST_JSON = 256 << 20
"""A JSON text is held whole; one object a line is not."""
MOST_LINES = 200
"""An entry has no more lines than these: after them an open quote is one that nobody closed."""
LONGEST_LINE = 1 << 20
_BEGINS = re.compile(r'"?\d{13}"?,')

Found = Known | Refusal
"""What an entry knows, or why it is refused: with its line in a CSV, its place in a JSON."""


def recognised(path: Path) -> bool:
    """Whether a file is of gBizINFO, or a JSON that should be. Raises Refused for a damaged zip, OSError."""
    with content(path) as source:
        start = _start(source)
    if start[:1] in (b"{", b"["):
        return True
    header = start.split(b"\n", 1)[0].decode(_encoding(start), "replace").rstrip("\r")
    try:
        return columns_of(next(csv.reader([header]), [])) is not None
    except csv.Error:
        return False


def entries(path: Path) -> Iterator[Found]:
    """Every entry of a file. Raises Refused when it is none of those that the directory takes; OSError."""
    with content(path) as source:
        start = _start(source)
    with content(path) as source:
        if start[:1] in (b"{", b"["):
            yield from _objects(source, path.name)
        else:
            yield from _lines(source, path.name, _encoding(start))


def _start(source: IO[bytes]) -> bytes:
    return source.read(PEEKED).removeprefix(BOM).lstrip()


def _encoding(start: bytes) -> str:
    """The encoding of a beginning, whose last line may be cut."""
    return encoding_of(start[:start.rfind(b"\n") + 1 or None])


# CSV

def _lines(source: IO[bytes], name: str, encoding: str) -> Iterator[Found]:
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    with io.TextIOWrapper(source, encoding, "surrogateescape", newline="\n") as text:
        yield from _table(text, name)


def _table(text: io.TextIOWrapper, name: str) -> Iterator[Found]:
    records = _records(text)
    try:
        names = columns_of(_fields(next(records, (0, ""))[1]))
    except Unfit:
        raise foreign(name) from None
    table = OTHER if names is None else table_of(names)
    if names is None or table == OTHER:
        raise Refused(tr("{name}：gBizINFO の基本情報でも届出認定情報でもありません。"
                         "企業ディレクトリに入るのは、この2つです。", name=name))
    if table == CERTIFIED:
        names = tuple("" if one == "update_date" else one for one in names)
    for line, record in records:
        if not record.strip():
            continue
        try:
            yield of_line(names, _fields(record))
        except Unfit as unfit:
            found = f"{unfit.found}/{len(names)}" if unfit.why == COLUMNS else unfit.found
            yield Refusal(line, unfit.why, found[:40])


def _fields(record: str) -> list[str]:
    try:
        return next(csv.reader([record], strict=True), [])
    except csv.Error:
        raise Unfit(QUOTES) from None


def _records(text: io.TextIOWrapper) -> Iterator[tuple[int, str]]:
    """Entries with the number of their first line: lines are held together while a quote is open.

    A line that begins as an entry does ends the one before, closed or not.
    """
    held, begun = list[str](), 1
    for number, line in enumerate(iter(lambda: text.readline(LONGEST_LINE), ""), 1):
        if held and (_BEGINS.match(line) or len(held) >= MOST_LINES):
            yield begun, "".join(held)
            held.clear()
        if not held and line.count('"') % 2 == 0:
            yield number, line.rstrip("\r\n")
            continue
        if not held:
            begun = number
        held.append(line)
        if len(held) > 1 and line.count('"') % 2:
            yield begun, "".join(held).rstrip("\r\n")
            held.clear()
    if held:
        yield begun, "".join(held)


# JSON

def _objects(source: IO[bytes], name: str) -> Iterator[Found]:
    raw = source.read(MOST_JSON + 1)
    if len(raw) > MOST_JSON:
        raise Refused(tr("{name}：gBizINFO の JSON としては大きすぎます。CSV のファイルを取り込んでください。",
                         name=name))
    place = 0
    for document in _documents(raw.removeprefix(BOM), name):
        if isinstance(document, Refusal):
            place += 1
            yield document._replace(line=place)
            continue
        for one in _inside(document):
            place += 1
            yield _entry(one, place)
    if not place:
        raise _foreign(name)


def _documents(raw: bytes, name: str) -> Iterator[Any]:
    """The whole, or where it is not one text each of its lines."""
    try:
        yield json.loads(raw)
        return
    except (ValueError, RecursionError):
        pass
    lines = [line for line in raw.split(b"\n") if line.strip()]
    try:
        json.loads(lines[0])
    except (ValueError, RecursionError, IndexError):
        raise Refused(tr("{name}：JSON が壊れています。ダウンロードし直してください。", name=name)) from None
    for line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            yield Refusal(0, QUOTES, "")


def _inside(document: Any) -> list[Any]:
    """The objects of one answer of the interface, of a list of objects, or one object alone."""
    if isinstance(document, dict):
        infos = document.get("hojin-infos")
        if isinstance(infos, list):
            return infos
        return [document] if "corporate_number" in document else []
    return [each for one in document for each in _inside(one)] if isinstance(document, list) else []


def _entry(one: Any, place: int) -> Found:
    if not isinstance(one, dict):
        return Refusal(place, QUOTES, "")
    try:
        return of_entry(one)
    except Unfit as unfit:
        return Refusal(place, unfit.why, unfit.found[:40])
    except RecursionError:
        return Refusal(place, LENGTH, "")


def _foreign(name: str) -> Refused:
    return Refused(tr("{name}：gBizINFO の JSON（hojin-infos）ではありません。", name=name))


def foreign(name: str) -> Refused:
    """The refusal of a table none of whose lines is an entry."""
    return Refused(tr("{name}：gBizINFO の行が1つも読めません。ダウンロードし直してください。", name=name))
