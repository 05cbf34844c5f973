"""A value of a change as people read it: codes by their names, other records by their titles, days by the calendar."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from kanto_desk.fields import Field, Json, Kind, from_wire
from kanto_desk.i18n import language, tr, years
from kanto_desk.japanese import calendar
from kanto_desk.services import codes
from kanto_desk.services.belonging import belonging


def value_words(conn: Connection, of: Field, wire: Json) -> str:
    """A value as people read it."""
    if wire is None:
        return ""
    if of.kind is Kind.CODE:
        return codes.label_in(conn, of.codes or "", str(wire), language())
    if of.kind is Kind.CODES and isinstance(wire, list):
        return "、".join(codes.label_in(conn, of.codes or "", str(one), language()) for one in wire)
    if of.kind is Kind.FLAG:
        return tr("はい") if wire else tr("いいえ")
    if of.kind is Kind.REFERENCE and of.target:
        found = belonging(conn, (of.target, str(wire)))
        return found.title
    if of.kind is Kind.DATE:
        return _day(from_wire(of, wire))
    return f"{wire}{of.unit}" if of.unit else str(wire)


def _day(day: Any) -> str:
    if language() == "en":
        return str(day.isoformat())
    return calendar.wareki(day) if years() == "era" else calendar.western(day)
