"""Tells once when the computer's clock stands far from what was already written here. Saving is never refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select

from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.stamps import millis_of
from kanto_desk.db.store import Store
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr

FAR = timedelta(hours=24)
"""A jump back by more than this is told (decision 6)."""
FAR_AHEAD = timedelta(days=60)
"""A jump forward by more than this: a shorter one cannot be told from days without work."""

_TOLD = "clock_told"
_TOLD_AHEAD = "clock_told_ahead"


def trouble(store: Store) -> Trouble | None:
    """What to tell about the clock, or None; the same newest record is told of only once in each direction."""
    with store.read() as conn:
        newest = millis_of(int(conn.execute(select(local.device.c.hlc)).scalar_one(), 16))
    if not newest:   # nothing was written here yet
        return None
    now = store.clock()
    written = datetime.fromtimestamp(newest / 1000, JST)
    then, here = f"{written:%Y/%m/%d %H:%M}", f"{now.astimezone(JST):%Y/%m/%d %H:%M}"
    if written - now > FAR and newest > store.setting(_TOLD, 0):
        _note(store, _TOLD, newest + int(FAR.total_seconds() * 1000))
        return _told(tr("このパソコンの時計が、前に書いた記録（{written}）より前を指しています（今：{now}）。",
                        written=then, now=here))
    if now - written > FAR_AHEAD and newest > store.setting(_TOLD_AHEAD, 0):
        _note(store, _TOLD_AHEAD, newest)
        return _told(tr("このパソコンの時計が、前に書いた記録（{written}）よりずっと後を指しています（今：{now}）。",
                        written=then, now=here))
    return None


def _note(store: Store, key: str, newest: int) -> None:
    with suppress(Trouble):   # a disk that takes nothing: told again, which is better than not at all
        store.set_setting(key, newest)


def _told(happened: str) -> Trouble:
    return Trouble(happened, tr("記録はそのまま保存されます。"), tr("パソコンの日付と時刻を確かめます。"))
