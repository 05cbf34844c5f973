"""Cases for which roles are given: single records disclosed step by step (CL20c), which a case opens up to NDA後."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from kanto_desk.errors import Refused
from kanto_desk.hub import tables as t
from kanto_desk.hub.placing import is_disclosed
from kanto_desk.i18n import tr


def waiting(conn: Connection, cases: Iterable[str]) -> list[str]:
    """Those of these records that the hub does not hold yet: the role opens them once they have come.

    Raises Refused for a record of another kind, which no case ever opens.
    """
    m = t.member.c
    out = []
    for uid in sorted(set(cases)):
        types = conn.execute(select(m.type).where(m.uid == uid)).scalars().all()
        if types and not any(is_disclosed(x) for x in types):
            raise Refused(tr("その記録は案件ではありません：{given}。何も変わっていません。"
                             "--case で開けるのは、段階を決めて開示する記録だけです。"
                             "ほかの記録は、機関の役割で見えるようになります。", given=uid), "case")
        if not types:
            out.append(uid)
    return out
