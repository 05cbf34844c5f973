"""Reference numbers: 拠点-年度-端末-連番, unique offline by their part of the device."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from kanto_desk.db import local
from kanto_desk.db.store import next_number

DEFAULT_BASE = "KD"


def new_reference(conn: Connection, fiscal_year: int) -> str:
    """A reference number for a consultation: base, fiscal year, device, running number (decision 15)."""
    code = conn.execute(select(local.setting.c.value).where(local.setting.c.key == "base_code")).scalar()
    base = json.loads(code) if code else DEFAULT_BASE
    part = conn.execute(select(local.device.c.part)).scalar_one()
    era = f"R{fiscal_year - 2018:02d}" if fiscal_year >= 2019 else f"H{fiscal_year - 1988:02d}"
    return f"{base}-{era}-{part}-{next_number(conn, f'reference:{base}:{fiscal_year}'):05d}"
