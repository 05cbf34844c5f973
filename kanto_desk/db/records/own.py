"""What users make for their own work: texts they use again, and conditions of lists they come back to."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped

from kanto_desk.db.schema import Record, field
from kanto_desk.fields import Kind


class Phrase(Record):
    """定型文: a text with blanks that is put into a line or a text box. Shipped ones carry a stable uid."""

    __tablename__ = "phrase"
    ja, en = "定型文", "Set phrase"

    # Not searched: they have a search of their own, and among what companies said their words would only be in the way.
    title: Mapped[str | None] = field(Kind.LINE, "名前", "Name", max_length=40, required=True, listed=True)
    text: Mapped[str | None] = field(Kind.TEXT, "文", "Text", max_length=1000, required=True,
                                     help_ja="あとで埋めるところは ［　］ と書きます。",
                                     help_en="Write [ ] where something is filled in later.")
    kind: Mapped[str | None] = field(Kind.CODE, "使うところ", "Used for", codes="entry_kind", listed=True)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)


class SavedView(Record):
    """名前をつけた条件: the conditions of a list, kept under a name."""

    __tablename__ = "saved_view"
    ja, en = "名前をつけた条件", "Saved view"

    name: Mapped[str | None] = field(Kind.LINE, "名前", "Name", max_length=40, required=True, listed=True)
    page: Mapped[str | None] = field(Kind.LINE, "一覧", "List", bookkeeping=True, index=True)
    conditions: Mapped[Any | None] = field(Kind.DATA, "条件", "Conditions", bookkeeping=True)
    place: Mapped[str | None] = field(Kind.LINE, "並び順", "Order", bookkeeping=True)
