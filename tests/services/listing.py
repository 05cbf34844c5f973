"""Directories of a desk for tests: generated files, really imported, by one worker in this process."""

from __future__ import annotations

from collections.abc import Sequence

from bench import corporations
from kanto_desk.directory import importing
from kanto_desk.directory.searching import Corporation
from kanto_desk.services import company_directory
from kanto_desk.services.desk import Desk
from tests.directory.build import SMALL, clock


def rows(count: int = 400, seed: int = 6) -> list[corporations.Fields]:
    """Rows of a full file, one of them hidden."""
    found = list(corporations.full(count, seed))
    found[-1][29] = "1"
    return found


def take(desk: Desk, given: Sequence[corporations.Fields], name: str = "full.csv") -> importing.Report:
    """Import rows into the desk's directory."""
    file = desk.home.parent / name
    corporations.write(file, [list(row) for row in given])
    return importing.run(company_directory.pointer(desk), [file], clock, lambda _: True, SMALL)


def held(desk: Desk, given: Sequence[corporations.Fields]) -> list[Corporation]:
    """The corporations of these rows as the directory knows them."""
    with company_directory.need(desk) as directory:
        return [one for row in given if (one := directory.by_number(row[1])) is not None]
