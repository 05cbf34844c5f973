"""How the sync page words moments, receipts and deadlines. Pure text."""

from __future__ import annotations

from datetime import datetime

from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.services.receipts import Noted
from kanto_desk.services.sending import Due
from kanto_desk.ui.text import Tone

_DAYS = "月火水木金土日"


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


def receipt_words(noted: Noted) -> str:
    """What a sync did, in one line."""
    if noted.trouble:
        done = tr("{n}件の変更を送りました。残りは次の同期で送ります。", n=noted.sent) if noted.sent else ""
        return noted.trouble + done
    parts = []
    if noted.sent:
        parts.append(tr("送った変更 {n}件", n=f"{noted.sent:,}"))
    if noted.came:
        parts.append(tr("受け取った記録 {n}件", n=f"{noted.came:,}"))
    if noted.gone:
        parts.append(tr("見られなくなった記録 {n}件", n=f"{noted.gone:,}"))
    if noted.held:
        parts.append(tr("保留 {n}件", n=noted.held))
    if noted.refused:
        parts.append(tr("受け取られなかった変更 {n}件", n=noted.refused))
    if noted.conflicts:
        parts.append(tr("確認が必要な変更 {n}件", n=noted.conflicts))
    if not parts:
        parts.append(tr("新しいものはありませんでした"))
    if noted.stopped:
        total = tr("残り{n}件の記録は、次の同期で送ります。", n=noted.left) if noted.left else tr("続きは、次の同期で受け取ります。")
        return "・".join(parts) + "　" + total
    return "・".join(parts)


def receipt_tone(noted: Noted) -> tuple[Tone, str, str]:
    """The colour, icon and word of a receipt."""
    if noted.trouble:
        return "warn", "circle-alert", tr("途中まで") if noted.sent or noted.came else tr("できませんでした")
    if noted.stopped:
        return "warn", "circle-alert", tr("途中まで")
    if noted.refused or noted.conflicts:
        return "danger", "triangle-alert", tr("確認あり")
    return "ok", "check", tr("済み")


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
