"""A record type of its own, registered as all are, whose fields carry every level: given, raised, withdrawn, purged.

Run as a process of its own, because a type that was registered is there for good: `python -m tests.sync.disclosed_child
FOLDER`.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from sqlalchemy import inspect, text
from sqlalchemy.orm import Mapped

from kanto_desk.db.schema import Record, field, wire_table
from kanto_desk.fields import Kind, Level
from kanto_desk.hub import accounts, cases
from kanto_desk.rules.access import Grant, Role
from tests.db.parts import SetClock
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person


class Secret(Record):
    """A need as a later version may have it."""

    __tablename__ = "secret"
    ja: ClassVar[str] = "ニーズ"
    en: ClassVar[str] = "Need"

    disclosure: Mapped[str | None] = field(Kind.CODE, "開示レベル", "Disclosure", level=Level.PUBLIC)
    title: Mapped[str | None] = field(Kind.LINE, "表題", "Title", level=Level.PUBLIC)
    gist: Mapped[str | None] = field(Kind.TEXT, "要旨", "Gist", level=Level.GIST)
    detail: Mapped[str | None] = field(Kind.TEXT, "詳細", "Detail", level=Level.DETAIL)
    full: Mapped[str | None] = field(Kind.TEXT, "全文", "Full text", level=Level.NDA)
    contact: Mapped[str | None] = field(Kind.LINE, "窓口", "Contact")
    named_at: Mapped[datetime | None] = field(Kind.MOMENT, "時刻", "At")


class SecretNote(Record):
    """A part without levels."""

    __tablename__ = "secret_note"
    ja: ClassVar[str] = "メモ"
    en: ClassVar[str] = "Note"
    parent: ClassVar[str | None] = "secret"

    secret: Mapped[str | None] = field(Kind.REFERENCE, "ニーズ", "Need", target="secret", level=Level.PUBLIC)
    words: Mapped[str | None] = field(Kind.TEXT, "本文", "Words", level=Level.PUBLIC)


class SecretItem(Record):
    """A part whose field has a level."""

    __tablename__ = "secret_item"
    ja: ClassVar[str] = "要件"
    en: ClassVar[str] = "Requirement"
    parent: ClassVar[str | None] = "secret"

    secret: Mapped[str | None] = field(Kind.REFERENCE, "ニーズ", "Need", target="secret", level=Level.PUBLIC)
    words: Mapped[str | None] = field(Kind.TEXT, "本文", "Words", level=Level.DETAIL)


WORDS = {"title": "表題のことば", "gist": "要旨のことば", "detail": "詳細のことば", "item": "要件のことば", "full": "全文のことば",
         "contact": "窓口のことば", "note": "部分のことば"}
PARTS = ("note", "item")
PUBLIC, GIST, DETAIL, NDA = (list(WORDS)[:n] for n in (1, 2, 4, 5))


def held(desk: Desk) -> list[str]:
    """Which of the words lie anywhere in this laptop's store: rows, heads, journal, index, settings."""
    with desk.store.read() as conn:
        tables = [t for t in inspect(conn).get_table_names() if "search" not in t]
        everything = "".join(str(row) for t in tables for row in conn.execute(text(f'SELECT * FROM "{t}"')).all())
    return [name for name, words in WORDS.items() if words in everything]


def main(folder: Path) -> None:
    clock = SetClock()
    hub = a_hub(folder / "hub", clock)
    here, there = a_body(hub, "長野"), a_body(hub, "群馬")

    def desk(name: str, role: Role, body: str) -> tuple[Desk, str]:
        person = a_person(hub, body, role, name=name)
        made = a_desk(hub, folder / name, person, clock)
        with made.store.write() as conn:
            for table in ("secret", "secret_note", "secret_item"):
                wire_table(table).create(conn)
        return made, person
    (maker, _), (colleague, _), (member, _), (reader, _), (signed, signer) = (
        desk("maker", Role.EXPERT, here), desk("colleague", Role.COORDINATOR, here), desk("member", Role.EXPERT, there),
        desk("reader", Role.READER, there), desk("signed", Role.EXPERT, there))
    desks = (maker, colleague, member, reader, signed)

    def everybody(*, rounds: int = 2) -> list[list[str]]:
        for _ in range(rounds):
            for one in desks:
                one.sync()
        return [held(one) for one in desks[2:]]

    def release(step: str) -> None:
        clock.forward(minutes=1)
        with maker.store.operation("開示") as op:
            op.put("secret", uid, {"disclosure": step})
    with maker.store.operation("ニーズ") as op:
        uid = op.add("secret", {n: v for n, v in WORDS.items() if n not in PARTS})
        op.add("secret_note", {"secret": uid, "words": WORDS["note"]})
        op.add("secret_item", {"secret": uid, "words": WORDS["item"]})
    assert everybody() == [[], [], []], "nothing is released"
    assert held(colleague) == list(WORDS), "its own desk has all of it"
    release("L1")
    assert everybody() == [GIST, GIST, GIST]
    release("L2")
    assert everybody() == [DETAIL, GIST, DETAIL]

    now = clock()
    with hub.write() as conn:
        assert cases.waiting(conn, [uid]) == [], "this is a case, and it is here"
        accounts.add_grant(conn, signer, Grant(Role.READER, there, cases=frozenset({uid})), now,
                           now.date(), now.date() + timedelta(days=10))
    assert everybody() == [DETAIL, GIST, NDA], "who signed has what stands under it, and nobody else"
    for desk_, wanted in ((member, DETAIL), (signed, NDA)):
        row = desk_.store.get(Secret, uid)
        assert row is not None
        assert [n for n in WORDS if n not in PARTS and getattr(row, n)] == [n for n in wanted if n not in PARTS]
    clock.forward(minutes=1)
    WORDS["full"] = "直した全文のことば"
    with colleague.store.operation("直す") as op:
        op.put("secret", uid, {"full": WORDS["full"]})
    assert everybody() == [DETAIL, GIST, NDA], "an edit goes as far as its field"

    clock.forward(days=11)
    assert everybody() == [DETAIL, GIST, DETAIL], "the day after its last day the NDA is over, and its text is forgotten"
    with signed.store.read() as conn:
        assert "全文" not in str(conn.execute(text('SELECT * FROM "change"')).all())
        assert conn.execute(text("SELECT count(*) FROM secret WHERE title IS NOT NULL")).scalar_one() == 1
    with hub.write() as conn:
        again = accounts.add_grant(conn, signer, Grant(Role.READER, there, cases=frozenset({uid})), clock())
    assert everybody() == [DETAIL, GIST, NDA], "signed once more it comes once more"
    for text_, one in (("二つ目の全文", maker), ("三つ目の全文", colleague)):   # two values side by side
        with one.store.operation("直す") as op:
            op.put("secret", uid, {"full": text_})
    everybody()
    for one, wanted in ((signed, True), (member, False), (reader, False)):
        with one.store.read() as conn:
            assert bool(conn.execute(text("SELECT count(*) FROM head WHERE field = 'full'")).scalar_one()) is wanted
    with hub.write() as conn:
        accounts.end_grant(conn, again)
    everybody()
    with signed.store.read() as conn:
        everything = "".join(str(conn.execute(text(f'SELECT * FROM "{t}"')).all()) for t in ("secret", "head", "change"))
    assert "全文" not in everything and WORDS["detail"] in everything, "withdrawn, with the value beside it"

    with member.store.operation("書く") as op:   # who is shown a part may write none of it, and add nothing to it
        op.put("secret", uid, {"detail": "書いてはいけない"})
    with member.store.operation("足す") as op:
        op.add("secret_note", {"secret": uid, "words": "足してはいけない"})
    assert member.sync().not_taken == 2
    everybody()
    assert "いけない" not in str(maker.store.get(Secret, uid).detail)   # type: ignore[union-attr]

    release("L1")
    everybody()
    assert held(reader) == GIST and "detail" not in held(signed), "taken back, exactly what stood above is gone"
    assert set(GIST) <= set(held(signed))
    release("L0")
    everybody()
    assert held(reader) == [] and held(signed) == [], "and all of it where nothing is released"
    release("L4")
    everybody()
    assert held(reader) == GIST and held(signed) == DETAIL
    print("proved")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
