"""How moments and deadlines of a sync are worded, on its page and on きょう. Pure text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from kanto_desk.clock import JST
from kanto_desk.errors import Trouble
from kanto_desk.i18n import language, tr
from kanto_desk.services.contested_sides import is_ahead
from kanto_desk.services.sending import Due
from kanto_desk.ui.text import Tone

if TYPE_CHECKING:
    from kanto_desk.ui.syncing import Marks

_DAYS = "月火水木金土日"


def spoken(trouble: Trouble) -> str:
    """What happened, what is safe and what to do, as one text."""
    return (" " if language() == "en" else "").join(filter(None, (trouble.happened, trouble.safe, trouble.to_do)))


def moment_words(at: datetime, now: datetime) -> str:
    """きょう 14:15, きのう 19:42 or 11/23（月）19:42; with the year where it is another one."""
    day, this = at.astimezone(JST), now.astimezone(JST)
    ago = (this.date() - day.date()).days
    if language() == "en":
        return f"{day:%H:%M}" if ago == 0 else f"{day:%Y-%m-%d %H:%M}"
    if ago in (0, 1):
        return f"{tr('きょう') if ago == 0 else tr('きのう')} {day:%H:%M}"
    year = f"{day.year}/" if day.year != this.year else ""
    return f"{year}{day.month}/{day.day}（{_DAYS[day.weekday()]}）{day:%H:%M}"


def written_words(at: datetime, now: datetime) -> str:
    """When a side was written, by the clock of its laptop; told where that cannot be so."""
    words = moment_words(at, now)
    return tr("{when}（時計のずれ）", when=words) if is_ahead(at, now) else words


def due_words(due: Due) -> tuple[str, Tone, str]:
    """By when what is unsent should go: words, colour, icon."""
    day = tr("{month}/{day}", month=due.last.month, day=due.last.day)
    if due.left < 0:
        return tr("送る期限を{n}日過ぎました（{day} まで）", n=-due.left, day=day), "danger", "triangle-alert"
    if due.left == 0:
        return tr("きょうまでに送ります"), "warn", "circle-alert"
    if due.left == 1:
        return tr("あすまでに送ります"), "warn", "circle-alert"
    return tr("{day} までに送ります（あと{n}日）", day=day, n=due.left), "accent", "clock"


def connection_words(marks: Marks) -> str:
    """Whether the hub was reached; of a laptop that has joined one, that nobody has tried yet."""
    if marks.online is None and marks.standing.enrolled:
        return tr("接続は未確認")
    return tr("オンライン") if marks.online else tr("オフライン")
