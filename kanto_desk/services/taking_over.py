"""Take a corporation of the directory over as an organization, with its facts, their source and their date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, select

from kanto_desk.db import at_once
from kanto_desk.db.records.organizations import DirectoryFact, Organization
from kanto_desk.db.store import read_all, read_one
from kanto_desk.directory.columns import HIDDEN
from kanto_desk.directory.searching import Corporation
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.masters import shipped_uid
from kanto_desk.services import company_directory, directory_facts, merging
from kanto_desk.services.desk import Desk

TYPE = "organization"


def uid_of(number: str) -> str:
    """The uid that a corporation gets on every desk (DECISIONS 3): two laptops that take it over have one company."""
    return shipped_uid(TYPE, f"corporate_number/{number}")


def take_over(desk: Desk, corporate_number: str) -> str:
    """Make an organization of a corporation of the directory; gives its uid, after merging that of who stands for it.

    An own organization with that number (13 digits) is given as it is, and one that lies in the bin comes back as it
    was. One undoable step. Raises Refused where there is no directory or it does not know the number, Trouble when it
    cannot be read.
    """
    with desk.store.read() as conn:
        own = owners(conn, [corporate_number]).get(corporate_number)
    if own is not None:
        return own
    with company_directory.need(desk) as directory:
        corporation = directory.by_number(corporate_number)
    if corporation is None or corporation.state == HIDDEN:
        raise Refused(tr("企業ディレクトリに、この法人番号はありません：{number}", number=corporate_number))
    return make(desk, corporation)


def make(desk: Desk, corporation: Corporation) -> str:
    """The same for a corporation that was looked up."""
    uid, facts = uid_of(corporation.number), directory_facts.facts_of(corporation)
    with desk.store.operation(tr("企業ディレクトリから追加"), (TYPE, uid)) as op:
        own = owners(op.conn, [corporation.number]).get(corporation.number)   # taken over a moment ago, or in a window
        if own is not None:
            return own
        if read_one(op.conn, Organization, uid) is not None:
            op.put(TYPE, uid, {"deleted_at": None})
            for one in read_all(op.conn, DirectoryFact, DirectoryFact.organization == uid, deleted=True):
                op.put(directory_facts.TYPE, one.uid, {"deleted_at": None})
            return uid
        op.add(TYPE, {"corporate_number": corporation.number, **directory_facts.values_of(facts.values())}, uid)
        for fact, said in facts.items():
            directory_facts.note(op, uid, fact, said, date.fromisoformat(corporation.updated), directory_facts.TAKEN)
    return uid


def owners(conn: Connection, numbers: Iterable[str]) -> dict[str, str]:
    """Corporate number → uid of the own organization that has it, of those that are merged who stands for them."""
    o = Organization
    found: dict[str, str] = {}
    rows = conn.execute(select(o.uid, o.corporate_number).where(
        at_once.among(o.corporate_number, set(numbers)), o.deleted_at.is_(None)).order_by(o.uid)).all()
    if not rows:
        return {}
    ends = merging.roots(conn)
    for row in rows:
        found.setdefault(row.corporate_number or "", ends.get(row.uid, row.uid))
    return found
