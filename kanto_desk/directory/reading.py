"""Reads the tax agency's files: zip or csv, Unicode or Shift-JIS, cut into blocks of whole lines and parsed.

Cutting is fast and done in one process; parsing a block needs nothing but the block, so that several processes can.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from kanto_desk.directory.columns import (
    AMOUNT,
    CODE,
    COLUMNS,
    DAY,
    DIGIT,
    LENGTH,
    LETTERS,
    NAME,
    NUMBER,
    PLACE,
    QUOTES,
    Row,
    Unfit,
    row_of,
)
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr

BLOCK_BYTES = 8 << 20
MOST_BYTES = 16 << 30
"""The whole country is about 1.5 GB; what claims to be far larger is not what it says it is."""
BOM = b"\xef\xbb\xbf"
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Block(NamedTuple):
    """Whole lines of a file: their bytes, encoding and the number of the first one, counted from 1."""

    content: bytes
    encoding: str
    line: int


class Refusal(NamedTuple):
    """A refused line: its number in the file, a reason of `columns`, and what stands there."""

    line: int
    why: str
    found: str


def blocks(path: Path, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a file in blocks of about `size` bytes.

    Raises Refused when it is no file of the agency (damaged, foreign, XML); OSError when it cannot be read.
    """
    with content(path) as source:
        yield from _cut(source, path.name, size)


@contextmanager
def content(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, those of the one CSV or JSON in a zip. Raises Refused for a damaged or foreign zip, OSError.

    Damage that is only found while reading raises so, too.
    """
    try:
        with _open(path) as source:
            yield source
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Refused(tr("{name}：zip ファイルが壊れています。ダウンロードし直してください。",
                         name=path.name)) from error


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start[:2] != b"PK":
            yield file
            return
        with zipfile.ZipFile(file) as archive:
            inside = [one for one in archive.infolist() if not one.is_dir()]
            found = [one for one in inside if one.filename.lower().endswith((".csv", ".json"))]
            if not found and any(one.filename.lower().endswith(".xml") for one in inside):
                raise _is_xml(path.name)
            if len(found) != 1:
                raise Refused(tr("{name}：zip の中に CSV が{n}個あります。1個のものだけを取り込めます。",
                                 name=path.name, n=len(found)))
            if found[0].flag_bits & 1:
                raise Refused(tr("{name}：zip に合言葉がかかっています。", name=path.name))
            if found[0].file_size > MOST_BYTES:
                raise Refused(tr("{name}：法人番号のファイルにしては大きすぎます。", name=path.name))
            with archive.open(found[0]) as inner:
                yield inner


def _cut(source: IO[bytes], name: str, size: int) -> Iterator[Block]:
    left, line, encoding, first = b"", 1, "", True
    while True:
        read = source.read(size)
        content = left + read
        if first:
            content, first = content.removeprefix(BOM), False
            _need_text(content, name)
        if not read:
            if content:
                yield Block(content, encoding or encoding_of(content), line)
            return
        end = content.rfind(b"\n") + 1
        if not end:
            if len(content) > 2 * BLOCK_BYTES + size:
                raise _foreign(name)
            left = content
            continue
        content, left = content[:end], content[end:]
        if not encoding and not content.isascii():
            encoding = encoding_of(content)
        yield Block(content, encoding or "ascii", line)
        line += content.count(b"\n")


def _need_text(content: bytes, name: str) -> None:
    if not content.strip():
        raise Refused(tr("{name}：空のファイルです。", name=name))
    if content.lstrip()[:1] == b"<":
        raise _is_xml(name)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:64]:
        raise _foreign(name)


def _is_xml(name: str) -> Refused:
    return Refused(tr("{name}：XML の形です。「CSV形式・Unicode」のファイルをダウンロードしてください。", name=name))


def _foreign(name: str) -> Refused:
    return Refused(tr("{name}：国税庁の法人番号のファイル（30列の CSV）でも gBizINFO のファイルでもありません。",
                      name=name))


def foreign(name: str) -> Refused:
    """The refusal of a file none of whose lines is a row."""
    return _foreign(name)


def encoding_of(content: bytes) -> str:
    """The encoding under which the fewer lines are unreadable; Unicode where both fit."""
    try:
        content.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    lines = content.split(b"\n", 2000)[:2000]
    return min(("utf-8", "cp932"), key=lambda encoding: sum(not _decodes(line, encoding) for line in lines))


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def parse(block: Block) -> tuple[list[Row], list[Refusal]]:
    """The rows of a block in its order, and the lines that are none."""
    try:
        text = block.content.decode(block.encoding)
        lines = text.split("\n")
        unreadable = set[int]()
    except UnicodeDecodeError:
        raw = block.content.split(b"\n")
        unreadable = {place for place, line in enumerate(raw) if not _decodes(line, block.encoding)}
        lines = ["" if place in unreadable else line.decode(block.encoding) for place, line in enumerate(raw)]
        text = "\n".join(lines)
    if _CONTROLS.search(text):
        unreadable |= {place for place, line in enumerate(lines) if _CONTROLS.search(line)}
    rows: list[Row] = []
    refused = [Refusal(block.line + place, LETTERS, "") for place in unreadable]
    at = 0
    while at < len(lines):
        at = _parse_from(lines, at, unreadable, block.line, rows, refused)
    return rows, sorted(refused)


def _parse_from(lines: list[str], start: int, unreadable: set[int], first: int, rows: list[Row],
                refused: list[Refusal]) -> int:
    """Parse from a line on; ends at the end or where the quotes of a line do not match. Gives where to go on."""
    reader = csv.reader((lines[place] for place in range(start, len(lines))), strict=True)
    before = 0
    try:
        for fields in reader:
            here, before = start + before, reader.line_num
            if start + reader.line_num != here + 1:   # a quote ran on into the next line
                refused.append(Refusal(first + here, QUOTES, ""))
                return here + 1
            if fields and here not in unreadable:
                try:
                    rows.append(row_of(fields))
                except Unfit as unfit:
                    refused.append(Refusal(first + here, unfit.why, unfit.found[:40]))
    except csv.Error:
        here = start + before
        refused.append(Refusal(first + here, QUOTES, ""))
        return here + 1
    return len(lines)


def reason(refusal: Refusal) -> str:
    """Why a line was refused, in the language in use."""
    texts = {
        COLUMNS: _columns(refusal.found),
        NUMBER: tr("法人番号が13桁の数字ではありません（{found}）。", found=refusal.found),
        DIGIT: tr("法人番号の検査用数字が合いません（{found}）。", found=refusal.found),
        DAY: tr("日付を読めません（{found}）。", found=refusal.found),
        NAME: tr("商号・名称がありません。"),
        CODE: tr("知らないコードです（{found}）。", found=refusal.found),
        PLACE: tr("都道府県・市区町村のコードを読めません（{found}）。", found=refusal.found),
        LETTERS: tr("文字として読めないところがあります。"),
        QUOTES: tr("引用符（\"）の組が合いません。"),
        AMOUNT: tr("数字ではありません（{found}）。", found=refusal.found),
        LENGTH: tr("1社の内容が長すぎます。"),
    }
    return texts[refusal.why]


def _columns(found: str) -> str:
    """`found` is how many there are; of a table with a heading how many there should be stands behind a stroke."""
    there, _, wanted = found.partition("/")
    if wanted:
        return tr("列の数が見出しと合いません（見出し{wanted}列、この行{found}列）。", wanted=wanted, found=there)
    return tr("列の数が30ではありません（{found}列）。", found=there)
