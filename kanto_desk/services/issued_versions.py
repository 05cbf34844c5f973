"""The issued versions of a consultation in one order on every laptop, and those that were signed apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from kanto_desk.db.records.dossier import Version
from kanto_desk.db.store import read_all
from kanto_desk.services import visit_steps


@dataclass(frozen=True, slots=True)
class Signed:
    """A version: its number, who issued it and when."""

    n: int
    by: str
    at: datetime | None


def issued_of(conn: Connection, consultation: str) -> list[Version]:
    """The issued versions, the first one first; of one number the one that was signed first.

    What was signed for somebody who has not accepted it is none yet (`kanto_desk.rules.asked_steps`).
    """
    found = read_all(conn, Version, Version.record == consultation,
                     order_by=(Version.n, Version.issued_at, Version.uid))
    if not found:
        return []
    without = visit_steps.resolved(conn, [consultation], versions=True)[consultation].not_issued
    return [v for v in found if v.uid not in without]


def signed_apart(issued: Sequence[Version]) -> list[Signed]:
    """All versions that have the newest one's number, where laptops signed the same record apart; else none."""
    alike = [Signed(v.n or 1, v.issued_by or "", v.issued_at) for v in issued if v.n == issued[-1].n]
    return alike if len(alike) > 1 else []
