"""What is attached to a record: the row that names a blob in attachments.db. The blob is written before the row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped

from kanto_desk.db.schema import Record, field
from kanto_desk.fields import Kind


class Attachment(Record):
    """添付: a photo or file. `consent` decides whether a photo is printed."""

    __tablename__ = "attachment"
    ja, en = "添付", "Attachment"
    parent = "owner"

    owner_type: Mapped[str | None] = field(Kind.LINE, "添付先の種類", "Owner type", bookkeeping=True)
    owner: Mapped[str | None] = field(Kind.REFERENCE, "添付先", "Owner", index=True)
    entry: Mapped[str | None] = field(Kind.REFERENCE, "記録の行", "Timeline line", target="entry", index=True)
    kind: Mapped[str | None] = field(Kind.CODE, "種類", "Kind", codes="attachment_kind")
    name: Mapped[str | None] = field(Kind.LINE, "名前", "Name", max_length=120, searched=True)
    caption: Mapped[str | None] = field(Kind.LINE, "説明", "Caption", max_length=120, searched=True)
    hash: Mapped[str | None] = field(Kind.HASH, "内容", "Content", bookkeeping=True, index=True)
    size: Mapped[int | None] = field(Kind.INTEGER, "大きさ", "Size", unit="バイト")
    mime: Mapped[str | None] = field(Kind.LINE, "形式", "Format", bookkeeping=True)
    width: Mapped[int | None] = field(Kind.INTEGER, "幅", "Width", bookkeeping=True)
    height: Mapped[int | None] = field(Kind.INTEGER, "高さ", "Height", bookkeeping=True)
    taken_at: Mapped[datetime | None] = field(Kind.MOMENT, "撮影した時刻", "Taken at")
    consent: Mapped[str | None] = field(Kind.CODE, "掲載の同意", "Consent to print", codes="photo_consent")
    confidentiality: Mapped[str | None] = field(Kind.CODE, "機密区分", "Confidentiality", codes="CL40b")
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)
    own_id: Mapped[str | None] = field(Kind.LINE, "取り込み元の番号", "Id in the imported list", bookkeeping=True)
