"""How the sync page words receipts. Pure text."""

from __future__ import annotations

from kanto_desk.i18n import language, tr
from kanto_desk.services.receipts import Noted
from kanto_desk.ui.text import Tone


def receipt_words(noted: Noted) -> str:
    """What a sync did, in one line."""
    if noted.trouble:
        done = tr("{n}件の変更を送りました。残りは次の同期で送ります。", n=noted.sent) if noted.sent else ""
        return f"{noted.trouble} {done}".rstrip() if language() == "en" else noted.trouble + done
    parts = []
    taken = noted.sent - noted.held - noted.refused   # what was not taken is told by its own name
    if taken > 0:
        parts.append(tr("届いたと確かめられた変更 {n}件", n=f"{taken:,}") if noted.by_file else
                     tr("送った変更 {n}件", n=f"{taken:,}"))
    if noted.came:
        parts.append(tr("受け取った記録 {n}件", n=f"{noted.came:,}"))
    if noted.files:
        parts.append(tr("受け取った写真とファイル {n}件", n=f"{noted.files:,}"))
    if noted.gone:
        parts.append(tr("見られなくなった記録 {n}件", n=f"{noted.gone:,}"))
    if noted.held:
        parts.append(tr("保留 {n}件", n=noted.held))
    if noted.refused:
        parts.append(tr("受け取られなかった変更 {n}件", n=noted.refused))
    if noted.files_refused:
        parts.append(tr("受け取られなかった写真とファイル {n}件", n=f"{noted.files_refused:,}"))
    if noted.conflicts:
        parts.append(tr("確認が必要な変更 {n}件", n=noted.conflicts))
    if noted.deletions:
        parts.append(tr("答えるまで消さない記録 {n}件", n=f"{noted.deletions:,}"))
    if not parts:
        parts.append(tr("途中で止めました") if noted.stopped else tr("新しいものはありませんでした"))
    if noted.stopped:
        rest = tr("残り{n}件の記録は、次の同期で送ります。", n=noted.left) if noted.left else (
            tr("続きは、次の同期で受け取ります。"))
        return tr("{done}　{rest}", done=tr("・").join(parts), rest=rest)
    return tr("・").join(parts)


def receipt_tone(noted: Noted) -> tuple[Tone, str, str]:
    """The colour, icon and word of a receipt."""
    if noted.trouble:
        return "warn", "circle-alert", tr("途中まで") if noted.sent or noted.came else tr("できませんでした")
    if noted.stopped:
        return "warn", "circle-alert", tr("途中まで")
    if noted.refused or noted.files_refused or noted.conflicts or noted.deletions:
        return "danger", "triangle-alert", tr("確認あり")
    return "ok", "check", tr("済み")
