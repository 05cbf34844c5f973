"""What a page shows, on paper: the heading that all such papers share, the PDF, and the file. Reads no records."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kanto_desk.clock import JST
from kanto_desk.db.store import Store
from kanto_desk.i18n import Language, tr
from kanto_desk.report import wording
from kanto_desk.report.plain_values import ListColumn as ListColumn
from kanto_desk.report.plain_values import Part as Part
from kanto_desk.report.plain_values import PlainPaper as PlainPaper
from kanto_desk.services import handing

if TYPE_CHECKING:
    from kanto_desk.report.consultation_values import Printed

MANY_COLUMNS = 7
"""From so many columns on a table lies across the sheet."""


def paper(store: Store, title: str, name: str, about: Sequence[tuple[str, str]], parts: Sequence[Part],
          shown: Language, *, warning: str = "", notes: Sequence[str] = ()) -> PlainPaper:
    """A paper of this desk and this moment: agency, who printed it and when are put to what the page says."""
    now = store.clock().astimezone(JST)
    day = wording.day(now.date(), shown, weekday=True)
    printed = wording.listed((f"{day} {now:%H:%M}", store.person), shown)
    return PlainPaper(
        title, name, str(store.setting("organization", "") or ""), (*about, (tr("印刷した日", shown), printed)),
        parts, now.date(), warning, notes, across=any(len(part.columns) >= MANY_COLUMNS for part in parts))


def content(make: Callable[[], PlainPaper], shown: Language) -> Printed:
    """The paper that `make` reads, as a PDF with its number of pages. Raises Stopped when nobody waits any more."""
    from kanto_desk.report import plain_sheet  # the PDF writer loads at the first print only

    with _no_collection():
        return plain_sheet.render(make(), language=shown)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage is collected meanwhile: a list of thousands is a million objects without cycles, and each full
    collection over them would hold the window up (0.2 s at 3,000 rows, 1 s at 10,000)."""
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.enable()


def save(make: Callable[[], PlainPaper], target: Path, shown: Language) -> Path:
    """Write the paper that `make` reads, whole or not at all. Raises Trouble when the place cannot be written."""
    return handing.save_file(target, content(make, shown).pdf)


def file_name(title: str, name: str, day: date) -> str:
    """What the PDF is called until the user says otherwise: its kind, its name, its day."""
    return handing.file_name(title, name, day.isoformat())
