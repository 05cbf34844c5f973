"""Tells once when the computer's clock stands far before what was already written here. Saving is never refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.stamps import millis_of
from kanto_desk.db.store import Store
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr

FAR = timedelta(hours=24)
"""A jump back by more than this is told (decision 6); a jump forward cannot be told from days of rest."""

_TOLD = "clock_told"


def trouble(store: Store) -> Trouble | None:
    """What to tell about the clock, or None; the same newest record is told of only once."""
    with store.read() as conn:
        newest = millis_of(int(conn.execute(select(local.device.c.hlc)).scalar_one(), 16))
    now = store.clock()
    written = datetime.fromtimestamp(newest / 1000, JST)
    if written - now <= FAR or newest <= store.setting(_TOLD, 0):
        return None
    store.set_setting(_TOLD, newest + int(FAR.total_seconds() * 1000))
    return Trouble(
        tr("このパソコンの時計が、前に書いた記録（{written}）より前を指しています（今：{now}）。",
           written=f"{written:%Y/%m/%d %H:%M}", now=f"{now.astimezone(JST):%Y/%m/%d %H:%M}"),
        tr("記録はそのまま保存されます。"),
        tr("パソコンの日付と時刻を確かめます。"))
