"""The codes that users added, as imports look them up beside the shipped ones. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from kanto_desk.db.records.masters import CodeEntry
from kanto_desk.db.store import read_all
from kanto_desk.japanese.folding import fold
from kanto_desk.masters import code_lists


@dataclass(frozen=True, slots=True)
class Added:
    """Every added code of a store, those of lists that nobody shipped included."""

    entries: Sequence[CodeEntry] = ()

    def code(self, list_id: str, text: str) -> str | None:
        """The code of what is written as code or name in any spelling; one valid longest wins. None for none."""
        wanted = fold(text)
        found = [e for e in self.entries if e.list_id == list_id and e.code and wanted in (
            fold(e.code), fold(e.name or ""), fold(e.name_en or ""))]
        return max(found, key=lambda e: e.valid_to or date.max).code if found else None

    def valid_on(self, list_id: str, code: str, day: date) -> bool:
        """Whether a code, shipped or added, may be chosen on a day; true for one that nobody knows."""
        item = code_lists()[list_id].item(code)
        if item is not None:
            return item.valid_on(day)
        own = [e for e in self.entries if e.list_id == list_id and e.code == code]
        return not own or any(entry_valid_on(e, day) for e in own)


def entry_valid_on(entry: CodeEntry, day: date) -> bool:
    """Whether an added code may be chosen on a day; its dates are inclusive."""
    return (entry.valid_from is None or entry.valid_from <= day) and (entry.valid_to is None or day <= entry.valid_to)


def of(conn: Connection) -> Added:
    """The added codes of a store."""
    return Added(read_all(conn, CodeEntry, order_by=(CodeEntry.list_id, CodeEntry.code)))


NONE = Added()
