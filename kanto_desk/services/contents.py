"""What records name in attachments.db (photos, issued PDFs, signed papers): what of it is not here, and telling so."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select

from kanto_desk.db.content_parts import NAMED
from kanto_desk.db.schema import wire_table
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services.desk import ATTACHMENTS_LOST, Desk


def missing(desk: Desk) -> set[str]:
    """The contents that present records name and this laptop has not."""
    named: set[str] = set()
    with desk.store.read() as conn:
        for type_name, field in NAMED:
            table = wire_table(type_name)
            named.update(conn.execute(select(table.c[field]).where(table.c.deleted_at.is_(None),
                                                                   table.c[field].is_not(None))).scalars())
    return named - set(desk.blobs.hashes()) if named else named


def trouble(desk: Desk) -> Trouble | None:
    """What to tell of an attachments.db that was found lost; None when there is nothing to tell.

    Told until everything is there again, and then once more.
    """
    if desk.store.setting(ATTACHMENTS_LOST) is None:
        return None
    gone = missing(desk)
    if gone:
        return not_here(len(gone))
    with suppress(Trouble):   # a disk that takes nothing: told again at the next start
        desk.store.set_setting(ATTACHMENTS_LOST, None)
    return Trouble(tr("添付のファイルがなくなっていたため、つくり直しました。"),
                   tr("記録も、写真や PDF も、すべてそろっています。"), "")


def not_here(count: int) -> Trouble:
    """What to tell of `count` contents that are not here."""
    return Trouble(tr("記録にある写真や確定した PDF のうち、{n}件がこのパソコンにありません。", n=count),
                   tr("記録そのものは無事です。"),
                   tr("書き出したフォルダーがあれば import で、別の場所のバックアップがあれば restore で戻せます。"))
