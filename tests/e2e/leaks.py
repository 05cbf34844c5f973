"""Looks for plaintext in a folder: planted words in three encodings, and files that are not encrypted by their headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

ENCODINGS = ("utf-8", "utf-16-le", "cp932")
KINDS = {
    "PDF": re.compile(rb"%PDF-\d"), "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "JPEG": re.compile(rb"\xff\xd8\xff[\xe0-\xef]..(?:JFIF|Exif)", re.DOTALL), "SQLite": re.compile(rb"SQLite format 3\0"),
    "ZIP": re.compile(rb"PK\x03\x04[\x0a\x14\x2d]\0"),
}
"""Long enough that encrypted bytes do not hold them by chance: looked for at every place of every file."""

STARTS = {"PDF": b"%PDF", "PNG": b"\x89PNG", "JPEG": b"\xff\xd8\xff", "ZIP": b"PK\x03\x04"}


def leaks(folders: Iterable[Path], words: Sequence[str]) -> list[str]:
    """Everything readable in the folders as "file: what". A file that is gone meanwhile leaked nothing that stays."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                try:
                    content = path.read_bytes()
                except FileNotFoundError:
                    continue
                found += [f"{path.name}: {what}" for what in in_bytes(path.name.encode() + b"\0" + content, words)]
                found += [f"{path.name}: starts as {kind}" for kind, start in STARTS.items() if content.startswith(start)]
    return found


def in_bytes(content: bytes, words: Sequence[str]) -> list[str]:
    """What is readable in some bytes."""
    out = []
    for word in words:
        for encoding in ENCODINGS:
            try:
                planted = word.encode(encoding)
            except UnicodeEncodeError:   # 𠮷 does not exist in CP932, so it cannot leak in it
                continue
            if planted in content:
                out.append(f"{word} in {encoding}")
    return [*out, *(f"holds {kind}" for kind, header in KINDS.items() if header.search(content))]
