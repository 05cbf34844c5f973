"""Directories for tests: made by a real import of generated files, in a folder of their own."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import corporations
from kanto_desk.directory import importing
from kanto_desk.directory.conditions import MEASURED, Costs
from kanto_desk.directory.pointer import POINTER, SUBKEY, Pointer
from kanto_desk.directory.searching import Directory
from kanto_desk.directory.spooling import Plain
from kanto_desk.services.desk import Desk

SEALING = bytes(range(32))


def clock() -> datetime:
    """A standing clock."""
    return datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def pointer(home: Path) -> Pointer:
    """The pointer of a folder, made when missing."""
    home.mkdir(exist_ok=True)
    return Pointer(home, SEALING)


SPARING = Costs(step=1e6)
"""As if the index were so dear that it is asked for one word of several only: all the rest is left to the judge."""

SMALL = importing.Sizes(1, 25)
"""One worker, and transactions of 250 rows."""


def take(home: Path, *files: Path, in_place: int = SMALL.in_place) -> importing.Report:
    """Import files."""
    return importing.run(pointer(home), files, clock, lambda _: True, replace(SMALL, in_place=in_place))


def a_file(path: Path, rows: Sequence[corporations.Fields], **how: str) -> Path:
    """Write rows as the agency does."""
    corporations.write(path, [list(row) for row in rows], **how)
    return path


def opened(home: Path, costs: Costs = MEASURED) -> Directory:
    """The directory in use."""
    found = pointer(home).current()
    assert found is not None
    return Directory(found.path, found.key, costs=costs)


def put_into(desk: Desk, home: Path) -> None:
    """Make the directory of a folder that of a desk, too: quicker than importing it there."""
    for file in (*home.glob("directory-*.db"), home / POINTER):
        shutil.copy(file, desk.home)
    Pointer(desk.home, SEALING).reseal(desk.key.subkey(SUBKEY))


def held(home: Path) -> list[Plain]:
    """Every row of the directory in use, by number."""
    from kanto_desk.directory import schema

    found = pointer(home).current()
    assert found is not None
    conn = schema.open_to_read(found.path, found.key)
    try:
        return list(schema.by_number(conn))
    finally:
        conn.close()
