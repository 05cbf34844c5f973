"""Who knows a file's SHA-256 and writes a row that names it gets no file, and is not told whether anybody has it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete

from kanto_desk.db.attachments import CHUNK
from kanto_desk.errors import Refused
from kanto_desk.hub import contents
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import Hub, open_hub, put_value
from kanto_desk.sync import content_wire as cw
from kanto_desk.sync import wire
from kanto_desk.sync.client import Exchange, NotAnswered
from tests.sync.bundles import a_stick_desk
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_bundle_contents import trip
from tests.sync.test_contents import THUMB, a_photo, blobs_of, carry, fetch
from tests.sync.test_exchange import a_visit

SIZE = CHUNK + 1000


def ask(desk: Desk, **what) -> cw.Told | str:
    """What the hub says to one message about files, or why it does not."""
    try:
        return Exchange(desk.store, desk.link, desk.known).ask(cw.PATH, cw.Ask(wire.VERSION, **what), cw.Told)
    except NotAnswered as no:
        return no.problem.reason


def naming(desk: Desk, visit: str, digest: str) -> None:
    """A row that names a file which this desk has not."""
    with desk.store.operation("写真") as op:
        op.add("attachment", {"owner_type": "consultation", "owner": visit, "kind": "photo", "hash": digest,
                              "size": SIZE, "mime": "image/jpeg"})


def scene(hub: Hub, folder: Path, make: Callable[..., Desk] = a_desk) -> tuple[Desk, Desk, Desk]:
    """One desk, and two of another organisation."""
    here, there = a_body(hub, "長野県テクノ財団"), a_body(hub, "群馬県産業支援機構")
    return (make(hub, folder / "one", a_person(hub, here, name="一郎")),
            *(make(hub, folder / name, a_person(hub, there, name=name)) for name in ("二郎", "三郎")))


def a_known_hash_opens_nothing_until_the_file_is_delivered(hub: Hub, folder: Path) -> None:
    """Run on SQLite here and on PostgreSQL by `tests/hub/test_contents_postgresql.py`."""
    one, other, colleague = scene(hub, folder)
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, SIZE, confidentiality="4")
    one.sync()
    assert carry(one).sent == 1
    _, own, _ = a_visit(other)
    naming(other, own, digest)
    naming(other, own, nowhere := "ab" * 32)
    for desk in (other, colleague):
        desk.sync()
        with pytest.raises(Refused, match="まだ同期先に届いていません"):
            fetch(desk, digest)
        assert ask(desk, want_thumbs=[digest]).thumbs == {}
    told = ask(other, offers=[cw.Offer(digest, SIZE, True), cw.Offer(nowhere, SIZE, True)])
    assert [(x.chunks, x.thumb) for x in told.lacks] == [([0, 1], True)] * 2 and not told.refused
    ask(other, thumbs={digest: THUMB + b" another"})
    assert contents.place_of(hub).thumb(digest) == THUMB and ask(other, want_thumbs=[digest]).thumbs == {}
    for name in (digest, nowhere):   # guessed content is answered alike, whether the hub has the file or not
        assert not ask(other, part=cw.Part(name, SIZE, 0, os.urandom(CHUNK))).whole
        assert ask(other, part=cw.Part(name, SIZE, 1, os.urandom(1000))) == "hash"
        assert ask(other, want=cw.Wanted(name, 0)) == "absent"
    one.sync()
    assert carry(one).bytes_up == 0, "whose file it is is not asked for it by others"
    blobs_of(other).put(one.blobs.get(digest), "image/jpeg", hub.clock().isoformat())   # he has it after all
    other.sync()   # is told that it is wanted
    assert carry(other).sent == 1
    assert fetch(colleague, digest) == one.blobs.get(digest)
    assert b"".join(contents.place_of(hub).pieces(digest)) == one.blobs.get(digest)


def test_a_known_hash_opens_nothing_until_the_file_is_delivered(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    a_known_hash_opens_nothing_until_the_file_is_delivered(hub, tmp_path)
    hub.close()


def test_who_may_have_a_file_need_not_send_it_for_a_row_of_his_own(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    one, other, colleague = scene(hub, tmp_path)
    company, visit, _ = a_visit(one, visibility="P3")
    with one.store.operation("同意") as op:
        op.add("consent", {"consultation": visit, "organization": company, "code": "20"})
    row, digest = a_photo(one, visit, SIZE, confidentiality="1")
    one.sync()
    carry(one)
    other.sync()
    assert fetch(other, digest) == one.blobs.get(digest)
    _, own, _ = a_visit(other)
    naming(other, own, digest)
    other.sync()
    with one.store.operation("消す") as op:
        op.put("attachment", row, {"confidentiality": "4"})
    colleague.sync()
    assert ask(other, offers=[cw.Offer(digest, SIZE, True)]).lacks == []   # while he may still have it from there
    one.sync()
    colleague.sync()
    assert fetch(colleague, digest) == one.blobs.get(digest)
    hub.close()


def test_a_known_hash_opens_nothing_by_stick(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    one, other, colleague = scene(hub, tmp_path, a_stick_desk)
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, SIZE)
    trip(hub, one, tmp_path)
    _, own, _ = a_visit(other)
    naming(other, own, digest)
    for _ in range(2):
        for desk in (other, colleague):
            assert trip(hub, desk, tmp_path)[1].files == 0 and blobs_of(desk).get(digest) is None
    blobs_of(other).put(one.blobs.get(digest), "image/jpeg", hub.clock().isoformat())
    assert trip(hub, other, tmp_path)[0].files == 1   # nobody told it that the hub has it: it goes
    assert trip(hub, other, tmp_path)[0].files == 0
    assert trip(hub, colleague, tmp_path)[1].files == 1
    hub.close()


def test_at_an_older_hub_a_file_is_that_of_who_made_it_known_first(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    one, other, _ = scene(hub, tmp_path)
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, SIZE)
    one.sync()
    carry(one)
    _, own, _ = a_visit(other)
    naming(other, own, digest)
    other.sync()
    with hub.write() as conn:   # as the program before this one left it
        t.delivered.drop(conn)
        put_value(conn, "shape", 4)
    hub.close()
    again = open_hub(tmp_path / "hub", hub.clock)
    one.link.hub = other.link.hub = again
    two = a_desk(again, tmp_path / "two", one.known.person)
    two.sync()
    assert fetch(two, digest) == one.blobs.get(digest)
    with pytest.raises(Refused, match="まだ同期先に届いていません"):
        fetch(other, digest)
    with again.write() as conn:
        conn.execute(delete(t.delivered).where(t.delivered.c.hash == digest))   # only begun once
    again.close()
    third = open_hub(tmp_path / "hub", hub.clock)
    two.link.hub = third
    assert ask(two, want=cw.Wanted(digest, 0)) == "absent"
    third.close()
