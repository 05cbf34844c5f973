"""People and where they belong. One person may belong to several organizations over time; profiles of experts,
creative talent and physicians hang on the same person (issue 5)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped

from kanto_desk.db.schema import Record, field
from kanto_desk.fields import Kind


class Person(Record):
    """人材: one person."""

    __tablename__ = "person"
    ja, en = "人材", "Person"

    name: Mapped[str | None] = field(Kind.LINE, "氏名", "Name", required=True, max_length=40, listed=True,
                                     searched=True, index=True)
    kana: Mapped[str | None] = field(Kind.KANA, "フリガナ", "Reading", max_length=40, listed=True, searched=True)
    name_en: Mapped[str | None] = field(Kind.LINE, "ローマ字", "Romanized name", max_length=80, searched=True)
    kinds: Mapped[tuple[str, ...] | None] = field(Kind.CODES, "人材区分", "Kind of person", codes="person_kind")
    phone: Mapped[str | None] = field(Kind.PHONE, "電話", "Telephone", max_length=16)
    email: Mapped[str | None] = field(Kind.EMAIL, "メール", "E-mail", max_length=120)
    note: Mapped[str | None] = field(Kind.TEXT, "メモ", "Notes", max_length=2000, searched=True, printed=False)
    own_id: Mapped[str | None] = field(Kind.LINE, "取り込み元の番号", "Id in the imported list", bookkeeping=True,
                                       index=True)


class Affiliation(Record):
    """所属: a person at an organization, with title and dates."""

    __tablename__ = "affiliation"
    ja, en = "所属", "Affiliation"
    parent = "organization"

    person: Mapped[str | None] = field(Kind.REFERENCE, "人", "Person", target="person", index=True)
    organization: Mapped[str | None] = field(Kind.REFERENCE, "企業", "Organization", target="organization", index=True)
    role: Mapped[str | None] = field(Kind.LINE, "役職", "Title", max_length=40, searched=True)
    is_contact: Mapped[bool | None] = field(Kind.FLAG, "窓口", "Contact")
    valid_from: Mapped[date | None] = field(Kind.DATE, "いつから", "From")
    valid_to: Mapped[date | None] = field(Kind.DATE, "いつまで", "Until")
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)
