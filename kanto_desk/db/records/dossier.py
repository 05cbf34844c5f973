"""What turns a draft into a document: transitions, the company's confirmation, and issued versions. All append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped

from kanto_desk.db.schema import Record, field
from kanto_desk.fields import Kind


class Transition(Record):
    """One step of a record's workflow; the state is the replay of these (ARCHITECTURE.md decision 7)."""

    __tablename__ = "transition"
    ja, en = "状態の移り変わり", "Transition"
    parent = "record"

    record_type: Mapped[str | None] = field(Kind.LINE, "記録の種類", "Record type", bookkeeping=True)
    record: Mapped[str | None] = field(Kind.REFERENCE, "記録", "Record", index=True)
    from_state: Mapped[str | None] = field(Kind.CODE, "前の状態", "From", codes="CL40a")
    to_state: Mapped[str | None] = field(Kind.CODE, "後の状態", "To", codes="CL40a")
    by: Mapped[str | None] = field(Kind.LINE, "行った人", "By")
    role: Mapped[str | None] = field(Kind.CODE, "役割", "Role", codes="CL39")
    device: Mapped[str | None] = field(Kind.LINE, "端末", "Device", bookkeeping=True)
    at: Mapped[datetime | None] = field(Kind.MOMENT, "時刻", "At")
    reason: Mapped[str | None] = field(Kind.TEXT, "理由", "Reason", searched=True)
    facts: Mapped[dict[str, Any] | None] = field(Kind.DATA, "確かめたこと", "Facts checked", bookkeeping=True)


class Confirmation(Record):
    """企業確認: name, title and signature of the company, over the content whose hash it names."""

    __tablename__ = "confirmation"
    ja, en = "企業確認", "Confirmation"
    parent = "consultation"

    consultation: Mapped[str | None] = field(Kind.REFERENCE, "相談", "Consultation", target="consultation", index=True)
    name: Mapped[str | None] = field(Kind.LINE, "お名前", "Name", required=True, max_length=40)
    role: Mapped[str | None] = field(Kind.LINE, "役職", "Title", max_length=40)
    method: Mapped[str | None] = field(Kind.CODE, "確認の方法", "Method", codes="confirmation_method")
    strokes: Mapped[list[Any] | None] = field(Kind.DATA, "署名", "Signature", bookkeeping=True)
    paper: Mapped[str | None] = field(Kind.HASH, "紙の署名の写真", "Photo of the paper signature", bookkeeping=True)
    confirmed_at: Mapped[datetime | None] = field(Kind.MOMENT, "確認した時刻", "Confirmed at")
    content_hash: Mapped[str | None] = field(Kind.HASH, "確認した内容", "Content confirmed", bookkeeping=True)


class Version(Record):
    """An issued version: canonical JSON of the whole aggregate, its SHA-256 and the PDF. Never changed."""

    __tablename__ = "version"
    ja, en = "発行した版", "Issued version"
    parent = "record"

    record_type: Mapped[str | None] = field(Kind.LINE, "記録の種類", "Record type", bookkeeping=True)
    record: Mapped[str | None] = field(Kind.REFERENCE, "記録", "Record", index=True)
    n: Mapped[int | None] = field(Kind.INTEGER, "版", "Version")
    body: Mapped[dict[str, Any] | None] = field(Kind.DATA, "内容", "Content", bookkeeping=True)
    sha256: Mapped[str | None] = field(Kind.HASH, "内容のハッシュ", "Content hash", bookkeeping=True)
    confirmation: Mapped[str | None] = field(Kind.REFERENCE, "企業確認", "Confirmation", target="confirmation")
    pdf: Mapped[str | None] = field(Kind.HASH, "PDF", "PDF", bookkeeping=True)
    issued_at: Mapped[datetime | None] = field(Kind.MOMENT, "発行した時刻", "Issued at")
    issued_by: Mapped[str | None] = field(Kind.LINE, "発行した人", "Issued by")
    reason: Mapped[str | None] = field(Kind.TEXT, "訂正の理由", "Reason for the correction")
    corrected: Mapped[tuple[str, ...] | None] = field(Kind.CODES, "訂正した項目", "Corrected fields")
