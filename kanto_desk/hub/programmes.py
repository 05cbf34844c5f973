"""Programmes (事業) for which roles are given: those shipped with every desk, and those that came by a sync."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from kanto_desk import masters
from kanto_desk.db.schema import wire_table
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr


@dataclass(frozen=True, slots=True)
class Named:
    """A programme and what it may be called by."""

    uid: str
    code: str
    name: str
    name_en: str


def known(conn: Connection) -> list[Named]:
    """Every programme, shipped ones first; a record of the hub stands for the shipped one that it changed."""
    found = {p.uid: Named(p.uid, p.key, p.name, p.name_en) for p in masters.programmes()}
    c = wire_table("programme").c
    for row in conn.execute(select(c.uid, c.code, c.name, c.name_en).where(c.deleted_at.is_(None)).order_by(c.uid)):
        found[row.uid] = Named(row.uid, row.code or "", row.name or "", row.name_en or "")
    return list(found.values())


def uid_of(conn: Connection, given: str) -> str:
    """The programme with this uid, code or name in either language. Raises Refused unless there is exactly one."""
    fits = [p.uid for p in known(conn) if given and given in (p.uid, p.code, p.name, p.name_en)]
    if len(fits) != 1:
        raise Refused(tr("同じ名前の事業が{n}件あります。uid で指定します。", n=len(fits)) if fits else
                      tr("その事業が見つかりません：{given}（hub programmes で確かめます）", given=given), "programme")
    return fits[0]
