"""Reference numbers: 拠点-年度-端末-連番, unique offline by their part of the device."""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from sqlalchemy import Connection, delete, select, update

from kanto_desk.db import local
from kanto_desk.db.store import next_number, put_setting
from kanto_desk.services.owner import written_code

DEFAULT_BASE = "KD"
_COUNTER = "reference:"
_PART = re.compile(r"P(?:[0-9]{2,4}|[0-9]{2,3}[A-Z]{3})")   # 24 letters hold a number


def new_reference(conn: Connection, fiscal_year: int) -> str:
    """A reference number for a consultation: base, fiscal year, device, running number (decision 15)."""
    code = conn.execute(select(local.setting.c.value).where(local.setting.c.key == "base_code")).scalar()
    base = json.loads(code) if code else DEFAULT_BASE
    part = conn.execute(select(local.device.c.part)).scalar_one()
    return _written(base, fiscal_year, part, next_number(conn, f"{_COUNTER}{base}:{fiscal_year}"))


def take_from_hub(conn: Connection, base_code: str, part: str) -> None:
    """Number by the hub's base and part from now on, in the caller's transaction; numbers already given stay.

    What is no code or no part of a number is left out: the laptop's own is as good.
    """
    if flat := written_code(base_code):
        put_setting(conn, "base_code", flat)
    if _PART.fullmatch(part):
        conn.execute(update(local.device).values(part=part))


def give_back(conn: Connection, gone: Collection[str]) -> None:
    """Let the newest numbers of records that leave no trace be allotted again, down to the first that is another's."""
    part = conn.execute(select(local.device.c.part)).scalar_one()
    table = local.counter
    for name, last in conn.execute(select(table.c.name, table.c.value).where(table.c.name.startswith(_COUNTER))).all():
        base, year = name.removeprefix(_COUNTER).rsplit(":", 1)
        left = last
        while left and _written(base, int(year), part, left) in gone:
            left -= 1
        if not left:
            conn.execute(delete(table).where(table.c.name == name))
        elif left != last:
            conn.execute(update(table).where(table.c.name == name).values(value=left))


def _written(base: str, fiscal_year: int, part: str, number: int) -> str:
    era = f"R{fiscal_year - 2018:02d}" if fiscal_year >= 2019 else f"H{fiscal_year - 1988:02d}"
    return f"{base}-{era}-{part}-{number:05d}"
