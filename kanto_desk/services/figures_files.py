"""The figures as files: CSV and Excel for tables, PDF for paper. What is text stays text in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.i18n import Language, tr
from kanto_desk.report.consultation_values import Printed
from kanto_desk.report.figures_values import Tabled
from kanto_desk.services import figures, figures_tables, handing
from kanto_desk.services.figures import Figures, Wanted

ENDINGS: Final = ("pdf", "xlsx", "csv")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""A spreadsheet takes a text beginning so for a formula; the wide ones are the same to a Japanese one."""
_NO_SHEET_NAME: Final = str.maketrans("", "", "[]:*?/\\")
_WIDEST: Final = 40


def save(store: Store, wanted: Wanted, target: Path, shown: Language) -> Path:
    """Count and write the file that the ending of the name asks for. Raises Refused for another ending, Trouble."""
    ending = need_ending(target)
    return handing.save_file(target, content(store, wanted, ending, shown))


def need_ending(target: Path) -> str:
    """The kind of file that a name asks for. Raises Refused for one that is not made."""
    ending = target.suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        raise Refused(tr("書き出せるのは .pdf・.xlsx・.csv です（{name}）。", name=target.name), "output")
    return ending


def content(store: Store, wanted: Wanted, ending: str, shown: Language) -> bytes:
    """The file of a kind (pdf, xlsx, csv) as bytes."""
    seen = figures.read(store, wanted, shown)
    if ending == "pdf":
        return paper(store, seen, shown).pdf
    tables = figures_tables.all_of(seen, shown)
    head = _head(store, seen, shown)
    return as_xlsx(head, tables) if ending == "xlsx" else as_csv(head, tables)


def paper(store: Store, seen: Figures, shown: Language) -> Printed:
    """実績集計 as a PDF; the names in `seen` must have been read in the same language."""
    from kanto_desk.report import figures_sheet  # the PDF writer loads at the first print only

    return figures_sheet.render(figures_tables.sheet(store, seen, shown), language=shown)


def as_csv(head: Sequence[Sequence[str]], tables: Sequence[Tabled]) -> bytes:
    """All tables one below the other, in UTF-8 with a mark, as Excel reads it."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerows([_harmless(cell) for cell in row] for row in head)
    for table in tables:
        write.writerow(())
        write.writerow((_harmless(table.title),))
        write.writerow([_harmless(cell) for cell in table.headings])
        write.writerows([_harmless(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(head: Sequence[Sequence[str]], tables: Sequence[Tabled]) -> bytes:
    """A workbook with a sheet a table; numbers are numbers, text is never a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    for number, table in enumerate(tables):
        page = book.create_sheet(table.title.translate(_NO_SHEET_NAME)[:31] or str(number + 1))
        rows: list[Sequence[str | int | None]] = [*head, ()] if number == 0 else []
        first = len(rows) + 1
        rows += [table.headings, *table.rows]
        for y, row in enumerate(rows, 1):
            for x, value in enumerate(row, 1):
                cell = page.cell(y, x)
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"   # openpyxl takes a text that begins with = for a formula
                    cell.quotePrefix = value.startswith(_FORMULA)
                if y == first:
                    cell.font = Font(bold=True)
        page.freeze_panes = page.cell(first + 1, 2)
        for x, letter in enumerate("ABCDEFGHIJKLMN"[:len(table.headings)]):
            longest = max(_columns(row[x]) for row in (table.headings, *table.rows))
            page.column_dimensions[letter].width = min(_WIDEST, longest + 3)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(store: Store, seen: Figures, shown: Language) -> list[list[str]]:
    rows = [[tr("実績集計", shown), figures_tables.period(seen, shown)],
            [tr("期間", shown), figures_tables.days(seen, shown)],
            [tr("数えた相談", shown), figures_tables.scope(seen, store.person, shown)]]
    warning = figures_tables.sample_words(seen, shown)
    return [*rows, [warning]] if warning else rows


def _harmless(value: str | int | None) -> str | int:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it: then it is text."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def _columns(value: str | int | None) -> int:
    """How wide a value is shown: a full-width character takes two."""
    return sum(1 if ord(c) < 0x2000 else 2 for c in str(value if value is not None else ""))
