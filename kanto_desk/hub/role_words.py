"""For which organisation, programmes and cases somebody has a role: what decides about who sees what, in words."""

from __future__ import annotations

from sqlalchemy import Connection, select

from kanto_desk.hub import programmes
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import pairs
from kanto_desk.i18n import language, tr
from kanto_desk.rules.access import ANY_PROGRAMME, Grant


class Places:
    """Names of organisations and programmes as they are now."""

    def __init__(self, conn: Connection) -> None:
        self._bodies = pairs(conn, select(t.body.c.uid, t.body.c.name))
        self._programmes = {p.uid: p.name_en if language() == "en" and p.name_en else p.name
                            for p in programmes.known(conn)}

    def body(self, grant: Grant) -> str:
        """The organisation of a role."""
        return str(self._bodies.get(grant.body, grant.body))

    def programmes(self, grant: Grant) -> list[str]:
        """The programmes of a role; one that is gone by its uid."""
        return [tr("事業なし") if p == ANY_PROGRAMME else self._programmes.get(p, p) for p in sorted(grant.programmes)]
