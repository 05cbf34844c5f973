"""A consent withdrawn: what other bodies' laptops hold of the photos goes with the rows, and out of their backups."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from sqlalchemy import select

from kanto_desk.db import backup as backups
from kanto_desk.db import backup_store, local
from kanto_desk.db import content_parts as parts
from kanto_desk.db.attachments import CHUNK, chunk, thumb
from kanto_desk.db.content_parts import carried, coming
from kanto_desk.errors import Trouble
from kanto_desk.hub import accounts, contents
from kanto_desk.services import backing_up, carrying, withdrawing
from kanto_desk.services import desk as desks
from kanto_desk.sync import content_wire as cw
from kanto_desk.sync import wire, withdrawn
from kanto_desk.sync.client import Exchange, NotAnswered, known_hub
from kanto_desk.sync.enrolling import Invitation
from kanto_desk.sync.enrolling import enrol as join
from tests.db.parts import SetClock
from tests.sync.parts import Wire, a_body, a_hub, a_person
from tests.sync.test_contents import THUMB, Cut
from tests.sync.test_lost_laptops import PHRASE, QUICK


class Office:
    """One body's laptop: a whole desk with keys and backups."""

    def __init__(self, world: World, name: str, body: str) -> None:
        self.desk = desks.create(world.folder / name, PHRASE, person=name, clock=world.clock, cost=QUICK)
        self.link = world.link
        person = a_person(world.hub, body, name=name)
        with world.hub.write() as conn:
            code = accounts.new_code(conn, person, world.clock())
        join(self.desk.store, Invitation("https://hub", code, ""), "", name, lambda _url, _ca: world.link)

    def sync(self):
        return Exchange(self.desk.store, self.link, known_hub(self.desk.store)).run()

    def carry(self, link=None):
        return carrying.carry(self.desk.store, self.desk.blobs, link=lambda _url, _ca: link or self.link)

    def fetch(self, digest: str, link=None) -> bytes:
        return carrying.fetch_one(self.desk.store, self.desk.blobs, digest, link=lambda _url, _ca: link or self.link)

    def holds(self, digest: str) -> set[str]:
        """In which tables of files something of it is."""
        with self.desk.blobs.engine.connect() as conn:
            return {table.name for table, column in ((thumb, thumb.c.hash), (chunk, chunk.c.hash),
                                                     (coming, coming.c.content), (carried, carried.c.content))
                    if conn.execute(select(column).where(column == digest)).first()}

    def in_backups(self) -> set[str]:
        """Every file in the store of its backups."""
        store = self.desk.folder.backups / backups.ATTACHMENTS
        return backup_store.hashes(store, self.desk.key.subkey(backups.ATTACHMENTS)) if store.exists() else set()


class World:
    """A hub with two bodies; the first shows a visit with photos to the second by the company's consent."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, SetClock()
        self.hub = a_hub(folder / "hub", self.clock)
        self.link = Wire(self.hub)
        self.own = Office(self, "長野", a_body(self.hub))
        self.other = Office(self, "群馬", a_body(self.hub, "群馬県産業支援機構"))
        with self.own.desk.store.operation("訪問") as op:
            self.company = op.add("organization", {"name": "諏訪精機"})
            self.visit = op.add("consultation", {"organization": self.company, "theme": "治具", "visibility": "P3"})
            self.consent = op.add("consent", {"organization": self.company, "code": "20",
                                              "given_on": self.clock().date()})

    def photo(self, size: int = 1000) -> str:
        desk = self.own.desk
        content = b"\xff\xd8\xff" + os.urandom(size - 3)
        digest = desk.blobs.put(content, "image/jpeg", self.clock().isoformat())
        desk.blobs.put_thumb(digest, carrying.THUMB, THUMB)
        with desk.store.operation("写真") as op:
            op.add("attachment", {"owner_type": "consultation", "owner": self.visit, "kind": "photo", "hash": digest,
                                  "size": size, "mime": "image/jpeg", "confidentiality": "1"})
        return digest

    def withdraw(self) -> None:
        self.clock.forward(hours=1)
        with self.own.desk.store.operation("撤回") as op:
            op.put("consent", self.consent, {"withdrawn_on": self.clock().date()})
        self.own.sync()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_originals_thumbnails_and_half_files_go_from_the_other_body_and_stay_at_home(world: World) -> None:
    whole, small, half = world.photo(2 * CHUNK), world.photo(), world.photo(5 * CHUNK)
    world.own.sync()
    assert world.own.carry().sent == 3
    world.other.sync()
    world.other.carry()
    world.other.fetch(whole)
    with pytest.raises(Trouble):
        world.other.fetch(half, Cut(world.link, 3))
    assert [world.other.holds(d) for d in (whole, small, half)] == [
        {"thumb", "chunk", "carried"}, {"thumb"}, {"thumb", "coming"}]
    world.withdraw()
    assert world.other.sync().gone
    world.other.carry()
    assert [world.other.holds(d) for d in (whole, small, half)] == [set(), set(), set()]
    with world.other.desk.store.read() as conn:
        assert withdrawn.files(conn) == []
    for digest in (whole, small, half):   # nor does the hub give any of it again, not a chunk, not a thumbnail
        exchange = Exchange(world.other.desk.store, world.link, known_hub(world.other.desk.store))
        assert exchange.ask(cw.PATH, cw.Ask(wire.VERSION, want_thumbs=[digest]), cw.Told).thumbs == {}
        with pytest.raises(NotAnswered) as no:
            exchange.ask(cw.PATH, cw.Ask(wire.VERSION, want=cw.Wanted(digest, 1 if digest == half else 0)), cw.Told)
        assert no.value.problem.reason == "unnamed"
        assert world.own.desk.blobs.get(digest) and contents.place_of(world.hub).check(digest)


def test_a_new_verified_backup_takes_the_place_of_those_that_hold_it(world: World) -> None:
    digest, desk = world.photo(2 * CHUNK), world.other.desk
    world.own.sync()
    world.own.carry()
    world.other.sync()
    world.other.carry()
    world.other.fetch(digest)
    old = [backing_up.automatic(desk, backing_up.AT_START)]
    world.clock.forward(days=1)
    old.append(withdrawing.care.backup(desk))   # by hand: kept four weeks otherwise
    assert digest in world.other.in_backups()
    world.withdraw()
    world.other.sync()
    world.other.carry()
    assert withdrawing.is_due(desk)
    made = backing_up.automatic(desk, backing_up.AT_END)
    assert made.reason == withdrawing.WITHDRAWN
    assert [b.path for b in backups.list_backups(desk.folder.backups)] == [made.path]
    assert not any(b.path.exists() for b in old) and digest not in world.other.in_backups()
    assert not withdrawing.is_due(desk)
    with desk.store.read() as conn:
        assert not conn.execute(select(local.change.c.id).where(local.change.c.type == "attachment")).first()


def test_a_backup_that_fails_leaves_the_older_ones_and_is_tried_again(world: World) -> None:
    digest, desk = world.photo(), world.other.desk
    world.own.sync()
    world.own.carry()
    world.other.sync()
    world.other.fetch(digest)
    old = backing_up.automatic(desk, backing_up.AT_START)
    world.withdraw()
    world.other.sync()
    mode = desk.folder.backups.stat().st_mode
    blocked = desk.folder.backups / f".unfinished-{os.getpid()}"
    blocked.write_text("in the way")
    with pytest.raises(Trouble):
        backing_up.automatic(desk, backing_up.AT_END)
    assert old.path.exists() and withdrawing.is_due(desk)
    blocked.unlink()
    assert desk.folder.backups.stat().st_mode == mode
    assert backing_up.automatic(desk, backing_up.AT_END) and not old.path.exists()


def test_a_file_that_another_record_still_names_stays(world: World) -> None:
    digest, desk = world.photo(), world.other.desk
    world.own.sync()
    world.own.carry()
    world.other.sync()
    content = world.other.fetch(digest)
    with desk.store.operation("自分の訪問") as op:
        company = op.add("organization", {"name": "岡谷製作"})
        visit = op.add("consultation", {"organization": company, "theme": "自分の"})
        op.add("attachment", {"owner_type": "consultation", "owner": visit, "kind": "photo", "hash": digest,
                              "size": len(content), "mime": "image/jpeg"})
    world.withdraw()
    world.other.sync()
    world.other.carry()
    assert desk.blobs.get(digest) == content


def test_a_file_that_no_hub_has_is_not_the_price_of_a_withdrawal(world: World) -> None:
    desk = world.other.desk
    world.own.sync()
    world.other.sync()
    content = b"\xff\xd8\xff" + os.urandom(5000)
    digest = desk.blobs.put(content, "image/jpeg", world.clock().isoformat())
    with desk.store.operation("写真") as op:   # a photo of this laptop to the visit of the other body
        op.add("attachment", {"owner_type": "consultation", "owner": world.visit, "kind": "photo", "hash": digest,
                              "size": len(content), "mime": "image/jpeg", "confidentiality": "1"})
    world.other.sync()
    world.withdraw()
    world.other.sync()
    assert withdrawing.let_go(desk.store, desk.blobs) == 0
    assert hashlib.sha256(desk.blobs.get(digest) or b"").hexdigest() == digest
    parts.note_at_hub(desk.blobs, [digest], known_hub(desk.store).epoch)
    with desk.store.read() as conn:
        assert withdrawn.files(conn) == [digest]
    assert withdrawing.let_go(desk.store, desk.blobs) == 1
    assert desk.blobs.get(digest) is None


def test_given_again_it_comes_again(world: World) -> None:
    digest = world.photo()
    world.own.sync()
    world.own.carry()
    world.other.sync()
    world.other.carry()
    content = world.other.fetch(digest)
    world.withdraw()
    world.other.sync()
    world.other.carry()
    assert world.other.holds(digest) == set()
    with world.own.desk.store.operation("同意") as op:
        op.put("consent", world.consent, {"withdrawn_on": None})
    world.own.sync()
    world.other.sync()
    world.other.carry()
    assert world.other.holds(digest) == {"thumb"}
    assert world.other.fetch(digest) == content
