"""What dimensions, keys and measures of figures are called in Japanese and English."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from kanto_desk.db import at_once
from kanto_desk.db.schema import wire_table
from kanto_desk.i18n import Language, tr
from kanto_desk.japanese.calendar import wareki_month
from kanto_desk.services import codes

_LISTS: Final = {"prefecture": "CL10", "issue": "CL03", "issue+": "CL03", "industry": "CL12", "size": "CL07",
                 "form": "CL01", "category": "CL02", "sector": "CL13", "response": "CL04", "result": "CL05"}
_DIMENSIONS: Final = {
    "month": ("月", "Month"), "prefecture": ("都道府県", "Prefecture"), "issue": ("課題", "Issue"),
    "industry": ("業種", "Industry"), "size": ("規模", "Size"), "form": ("相談形態", "Format"),
    "category": ("新規・継続", "New or continued"), "programme": ("事業", "Programme"), "expert": ("相談員", "Expert"),
    "sector": ("戦略産業", "Strategic industry"), "response": ("対応区分", "Response"), "result": ("結果", "Result")}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def dimension(name: str, shown: Language) -> str:
    """What a dimension is called. KeyError for an unknown one."""
    return _DIMENSIONS[name][shown == "en"]


def month(key: str, shown: Language, *, year: bool = False) -> str:
    """4月 or Apr for 2026-04; with the year 令和8年4月 or Apr 2026."""
    number = int(key[5:])
    if shown == "en":
        return _MONTHS[number - 1] + (f" {key[:4]}" if year else "")
    return wareki_month(date(int(key[:4]), number, 1)) if year else f"{number}月"


def names_of(conn: Connection, keys: Iterable[tuple[str, str | None]],
             shown: Language) -> dict[tuple[str, str | None], str]:
    """The name of every (dimension, key)."""
    wanted = set(keys)
    programmes = _programmes(conn, {key for by, key in wanted if by == "programme" and key}, shown)
    named: dict[tuple[str, str | None], str] = {}
    for by, key in wanted:
        if key is None:
            named[by, key] = tr("記入なし", shown)
        elif by == "month":
            named[by, key] = month(key, shown)
        elif by == "programme":
            named[by, key] = programmes.get(key) or tr("このパソコンに無い記録", shown)
        elif by in _LISTS:
            named[by, key] = codes.label_in(conn, _LISTS[by], key, shown)
        else:
            named[by, key] = key
    for by, key in wanted:
        if by == "issue+":
            named["issue", key] = named[by, key]
    return named


def _programmes(conn: Connection, uids: set[str], shown: Language) -> dict[str, str]:
    p = wire_table("programme")
    rows = conn.execute(select(p.c.uid, p.c.name, p.c.name_en).where(at_once.among(p.c.uid, uids)))
    return {uid: (en if shown == "en" else None) or ja or "" for uid, ja, en in rows}
