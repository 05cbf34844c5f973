"""Photos and files between real desks and a real hub: chunks, cuts, wrong content, full disks, lost files, strangers."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
from sqlalchemy import select, update

from kanto_desk.db import content_parts as parts
from kanto_desk.db.attachments import CHUNK, Blobs, blob, thumb
from kanto_desk.db.dialect import make_engine, writing
from kanto_desk.db.migrations import ATTACHMENTS, migrate
from kanto_desk.db.schema import wire_table
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import content_place, contents, files_left
from kanto_desk.hub.app import build
from kanto_desk.hub.overview import overview_of
from kanto_desk.rules.access import Role
from kanto_desk.services import carrying
from kanto_desk.services.unsent_files import REFUSED, unsent_files, why_refused
from kanto_desk.sync import content_wire as cw
from kanto_desk.sync import wire
from kanto_desk.sync.client import Exchange, NotAnswered
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit

THUMB = b"\xff\xd8\xff small"


class Cut:
    """A link that breaks before or after a request of a kind, so many times."""

    def __init__(self, inner, after: int, lost: bool = True) -> None:
        self.inner, self.after, self.lost, self.seen = inner, after, lost, 0

    def __call__(self, path, headers, body):
        self.seen += path == cw.PATH
        if path == cw.PATH and self.seen > self.after:
            if self.lost:
                self.inner(path, headers, body)   # taken, and the answer lost
            raise OSError("cut")
        return self.inner(path, headers, body)


def blobs_of(desk: Desk) -> Blobs:
    if not hasattr(desk, "blobs"):
        folder = Path(str(desk.store.engine.url.database)).parent
        engine = make_engine(folder / "attachments.db", os.urandom(32), page_size=16384)
        migrate(engine, ATTACHMENTS)
        desk.blobs = Blobs(engine)
    return desk.blobs


def carry(desk: Desk, link=None):
    return carrying.carry(desk.store, blobs_of(desk), link=lambda _url, _ca: link or desk.link)


def fetch(desk: Desk, digest: str, link=None) -> bytes:
    return carrying.fetch_one(desk.store, blobs_of(desk), digest, link=lambda _url, _ca: link or desk.link)


def a_photo(desk: Desk, visit: str, size: int = 100_000, **values) -> tuple[str, str]:
    content = b"\xff\xd8\xff" + os.urandom(size - 3)
    digest = blobs_of(desk).put(content, "image/jpeg", desk.store.clock().isoformat())
    desk.blobs.put_thumb(digest, carrying.THUMB, THUMB)
    with desk.store.operation("写真") as op:
        uid = op.add("attachment", {"owner_type": "consultation", "owner": visit, "kind": "photo", "hash": digest,
                                    "size": size, "mime": "image/jpeg", **values})
    return uid, digest


def person(desk: Desk) -> str:
    """Under whose name the hub keeps the chunks of a desk."""
    return desk.known.person


def spoil(hub, digest: str) -> None:
    """Let the hub hold something else under a name."""
    place = contents.place_of(hub)
    content = b"".join(place.pieces(digest))
    other = hub.folder / "other"
    other.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    place._place(other, digest)


def sizes_sent(desk: Desk, since: int = 0) -> list[int]:
    return [sent for path, sent, _, _ in desk.link.trips[since:] if path == cw.PATH]


@pytest.fixture
def world(tmp_path: Path):
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    return hub, *(a_desk(hub, tmp_path / name, person) for name in ("one", "two"))


def test_a_photo_goes_thumbnail_first_and_comes_when_it_is_wanted(world) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 3 * CHUNK + 17)
    one.sync()
    told = carry(one)
    assert (told.sent, told.thumbs_sent, told.left, told.complete) == (1, 1, 0, True)
    kinds = sizes_sent(one)
    assert len(kinds) == 6   # the offer, the thumbnail, four chunks
    assert kinds[1] < 1000 < kinds[2]
    assert hashlib.sha256(b"".join(contents.place_of(hub).pieces(digest))).hexdigest() == digest
    assert not list((hub.folder / "contents" / "partial").iterdir())
    two.sync()
    seen = carry(two)
    assert (seen.thumbs_got, seen.got) == (1, 0)
    assert blobs_of(two).get_thumb(digest, carrying.THUMB) == THUMB
    assert blobs_of(two).get(digest) is None
    assert carrying.missing(two.store, two.blobs) == [digest]
    assert fetch(two, digest) == one.blobs.get(digest)
    assert carrying.missing(two.store, two.blobs) == []
    before = len(one.link.trips), len(two.link.trips)
    carry(one)
    carry(two)
    assert (len(one.link.trips), len(two.link.trips)) == before   # nothing to say


@pytest.mark.parametrize("lost", [True, False])
def test_after_a_cut_no_more_than_one_chunk_goes_again(world, lost: bool) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 5 * CHUNK)
    one.sync()
    with pytest.raises(Trouble, match="つながらなく"):
        carry(one, Cut(one.link, 5, lost))   # offer, thumbnail, three chunks, and the fourth is cut
    assert contents.place_of(hub).size(digest) is None
    begun = len(one.link.trips)
    assert carry(one).sent == 1
    chunks = sum(1 for s in sizes_sent(one, begun) if s > CHUNK // 2)
    assert chunks == (1 if lost else 2)
    two.sync()
    carry(two)
    with pytest.raises(Trouble):
        fetch(two, digest, Cut(two.link, 3, lost))
    assert two.blobs.get(digest) is None and two.blobs.hashes() == []   # half a file is nobody's
    assert parts.parts_here(two.blobs, digest) == {0, 1, 2}
    begun = len(two.link.trips)
    assert fetch(two, digest) == one.blobs.get(digest)
    assert len(two.link.trips) - begun == 3   # the first once more, for the size, and the two that were missing
    assert parts.bytes_coming(two.blobs) == 0


def test_a_file_that_is_not_what_its_name_says_is_dropped_and_asked_for_elsewhere(world) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit)
    one.sync()
    carry(one)
    two.sync()
    spoil(hub, digest)
    with pytest.raises(Refused, match="壊れていた"):
        fetch(two, digest)
    assert two.blobs.get(digest) is None and contents.place_of(hub).size(digest) is None
    if type(contents.place_of(hub)) is content_place.FolderPlace:
        assert list((hub.folder / "contents" / "damaged").iterdir())
    one.sync()   # is told that the hub misses it
    assert carry(one).sent == 1
    assert fetch(two, digest) == one.blobs.get(digest)


def test_a_file_that_the_hub_lost_comes_again_from_a_laptop_that_has_it(world) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit)
    one.sync()
    carry(one)
    two.sync()
    contents.place_of(hub).drop(digest)
    with pytest.raises(Refused, match="まだ同期先に届いていません"):
        fetch(two, digest)
    assert carry(one).sent == 0   # nobody has told it yet
    one.sync()
    assert carry(one).sent == 1
    assert not contents.place_of(hub).wanted()
    assert fetch(two, digest) == one.blobs.get(digest)


def test_a_body_of_wrong_chunks_makes_no_file(world) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 2 * CHUNK)
    one.sync()
    exchange = Exchange(one.store, one.link, one.known)

    def put(n: int, content: bytes, size: int = 2 * CHUNK, name: str = digest) -> tuple[int, str]:
        try:
            exchange.ask(cw.PATH, cw.Ask(wire.VERSION, part=cw.Part(name, size, n, content)), cw.Told)
        except NotAnswered as no:
            return no.status, no.problem.reason
        return 200, ""

    assert put(0, b"a" * CHUNK) == (200, "")
    assert put(1, b"b" * CHUNK) == (422, "hash")
    assert contents.place_of(hub).lacks(digest, 2 * CHUNK, person(one)) == [0, 1]   # all of it goes again
    assert put(2, b"a" * CHUNK) == (400, "chunk")
    assert put(-1, b"a" * CHUNK) == (400, "chunk")
    assert put(0, b"a" * 10) == (400, "chunk")
    assert put(0, b"a" * CHUNK, cw.MOST_CONTENT + 1) == (413, "size")
    assert put(0, b"a", 1, "../../etc/passwd") == (400, "names")
    assert put(0, b"a", 1, "f" * 64) == (404, "unnamed")
    assert carry(one).sent == 1   # the good one passes after all of this
    with pytest.raises(NotAnswered) as no:
        exchange.ask(cw.PATH, cw.Ask(wire.VERSION, want=cw.Wanted(digest, 7)), cw.Told)
    assert (no.value.status, no.value.problem.reason) == (400, "chunk")


def test_only_who_sees_the_row_has_the_file_and_only_who_may_write_it_sends(world, tmp_path: Path) -> None:
    hub, one, _ = world
    other = a_desk(hub, tmp_path / "other", a_person(hub, a_body(hub, "群馬県産業支援機構"), name="佐々木 亮"))
    reader = a_desk(hub, tmp_path / "reader", a_person(hub, a_body(hub, "閲覧"), Role.READER, name="閲覧者"))
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit)
    one.sync()
    for stranger in (other, reader):
        stranger.sync()
        exchange = Exchange(stranger.store, stranger.link, stranger.known)
        told = exchange.ask(cw.PATH, cw.Ask(wire.VERSION, [cw.Offer(digest, 100_000, True)]), cw.Told)
        assert told.refused == {digest: "unnamed"} and not told.lacks
        exchange.ask(cw.PATH, cw.Ask(wire.VERSION, thumbs={digest: THUMB}), cw.Told)
        assert contents.place_of(hub).thumb(digest) is None
    carry(one)
    for stranger in (other, reader):
        exchange = Exchange(stranger.store, stranger.link, stranger.known)
        assert exchange.ask(cw.PATH, cw.Ask(wire.VERSION, want_thumbs=[digest]), cw.Told).thumbs == {}
        with pytest.raises(NotAnswered) as no:
            exchange.ask(cw.PATH, cw.Ask(wire.VERSION, want=cw.Wanted(digest, 0)), cw.Told)
        assert no.value.problem.reason == "unnamed"
    assert not contents.place_of(hub).wanted()   # a stranger makes nobody send


def test_a_photo_deleted_meanwhile_is_neither_sent_nor_asked_for(world) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    uid, digest = a_photo(one, visit, 4 * CHUNK)
    _, stays = a_photo(one, visit, 5 * CHUNK)
    one.sync()
    two.sync()
    with two.store.operation("消す") as op:
        op.delete("attachment", uid)
    two.sync()
    told = carry(one)   # it does not know of the deletion yet
    assert told.not_taken == {"unnamed": 1} and told.sent == 1
    one.sync()
    assert carry(one).left == 0
    assert contents.place_of(hub).size(digest) is None and contents.place_of(hub).size(stays) is not None


class FullPlace(content_place.FolderPlace):
    def keep(self, digest, size, n, content, side=""):
        if n == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().keep(digest, size, n, content, side)


def test_a_full_disk_at_the_hub_is_told_and_goes_on_later(world) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 3 * CHUNK)
    one.sync()
    hub.place = FullPlace(hub.folder)
    with pytest.raises(Trouble, match="空きが足りない"):
        carry(one)
    hub.place = None
    assert contents.place_of(hub).lacks(digest, 3 * CHUNK, person(one)) == [1, 2]
    begun = len(one.link.trips)
    assert carry(one).sent == 1
    assert sum(1 for s in sizes_sent(one, begun) if s > CHUNK // 2) == 2


def test_a_full_disk_at_the_laptop_leaves_nothing_half_and_goes_on_later(world) -> None:
    _, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 6 * CHUNK)
    one.sync()
    carry(one)
    two.sync()
    carry(two)
    with writing(blobs_of(two).engine) as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 3 * CHUNK // 16384}").fetchall()
    with pytest.raises(Trouble, match="空き"):
        fetch(two, digest)
    assert two.blobs.get(digest) is None
    with two.blobs.engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count=1000000").fetchall()
    assert fetch(two, digest) == one.blobs.get(digest)


def test_a_hub_that_died_before_it_joined_the_chunks_joins_them_later(world) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 3 * CHUNK + 1)
    one.sync()
    with pytest.raises(Trouble):
        carry(one, Cut(one.link, 5, lost=False))
    # The last chunk is on disk, and the hub is killed before it made the file of them.
    last = hub.folder / "contents" / "partial" / f"{digest}.{3 * CHUNK + 1}.{person(one)}" / "3"
    last.write_bytes(parts.part(one.blobs, digest, 3))
    assert contents.place_of(hub).size(digest) is None
    begun = len(one.link.trips)
    told = carry(one)
    assert (told.sent, told.left) == (1, 0)
    assert len(sizes_sent(one, begun)) == 3   # the offer, the thumbnail, and the last chunk once more
    two.sync()
    assert fetch(two, digest) == one.blobs.get(digest)


def test_a_hub_that_was_restored_is_offered_everything_again(world) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    a_photo(one, visit)
    one.sync()
    carry(one)
    from kanto_desk.hub.opening import new_epoch, put_value
    with hub.write() as conn:
        put_value(conn, "epoch", new_epoch())
    one.sync()
    assert carrying.waiting(one.store, one.blobs) == 1
    told = carry(one)
    assert (told.sent, told.left) == (0, 0)   # it has it; only the offer went


def test_a_thumbnail_that_is_too_large_or_no_picture_is_not_kept(world) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit)
    with writing(one.blobs.engine) as conn:
        conn.execute(update(thumb).values(bytes=b"GIF89a"))
    one.sync()
    assert carry(one).sent == 1
    assert contents.place_of(hub).thumb(digest) is None


def test_chunks_that_were_never_finished_go_after_a_month(world) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 3 * CHUNK)
    one.sync()
    with pytest.raises(Trouble):
        carry(one, Cut(one.link, 3))
    partial = hub.folder / "contents" / "partial"
    build(hub)
    assert len(list(partial.iterdir())) == 1   # of today
    os.utime(next(partial.iterdir()), (0, 0))
    build(hub)
    assert list(partial.iterdir()) == []
    assert carry(one).sent == 1
    assert contents.place_of(hub).size(digest) == 3 * CHUNK


def test_chunks_that_nobody_joined_make_a_file_with_the_last_one_sent_again(world) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 2 * CHUNK)
    one.sync()
    partial = hub.folder / "contents" / "partial" / f"{digest}.{2 * CHUNK}.{person(one)}"
    partial.mkdir(parents=True)
    for n in range(2):   # as left by a hub that was killed before it joined them
        (partial / str(n)).write_bytes(parts.part(one.blobs, digest, n))
    told = carry(one)
    assert (told.sent, told.bytes_up, told.left) == (1, CHUNK, 0)
    assert contents.place_of(hub).size(digest) == 2 * CHUNK and not partial.exists()


def test_an_original_of_200_mb_is_asked_for_and_one_above_the_bound_is_told(world) -> None:
    _, one, _ = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit)
    one.sync()
    exchange = Exchange(one.store, one.link, one.known)
    lack, = exchange.ask(cw.PATH, cw.Ask(wire.VERSION, [cw.Offer(digest, 200_000_000)]), cw.Told).lacks
    assert len(lack.chunks) == parts.count(200_000_000) == 191
    with writing(one.blobs.engine) as conn:   # as if it were so large
        conn.execute(update(blob).where(blob.c.hash == digest).values(size=cw.MOST_CONTENT + 1))
    told = carry(one)
    assert (told.refused, told.left) == ({digest: "size"}, 1)
    found = unsent_files(one.store, one.blobs)
    assert (found.count, found.going, found.refused) == (1, 0, (("size", 1),))
    assert found.size == found.refused_size and "512 MB" in why_refused("size")
    assert carry(one).refused == {digest: "size"}
    with writing(one.blobs.engine) as conn:
        conn.execute(update(blob).where(blob.c.hash == digest).values(size=100_000))
    assert carry(one).sent == 1 and unsent_files(one.store, one.blobs).refused == ()


def test_a_file_of_a_row_that_the_hub_did_not_take_is_told_until_nothing_names_it(world, tmp_path: Path) -> None:
    hub, one, _ = world
    reader = a_desk(hub, tmp_path / "reader", a_person(hub, one.known.body, Role.READER, name="閲覧者"))
    _, visit, _ = a_visit(one)
    one.sync()
    uid, digest = a_photo(reader, visit)
    assert reader.sync().not_taken == 1
    assert carry(reader).refused == {digest: "unnamed"}
    assert unsent_files(reader.store, reader.blobs).refused == (("unnamed", 1),)
    with reader.store.operation("消す") as op:
        op.delete("attachment", uid)
    assert carry(reader).refused == {} == reader.store.setting(REFUSED)


def left_at(hub, desk: Desk) -> tuple[int, int]:
    with hub.read() as conn:
        seen, dev = overview_of(hub, conn), f"{desk.store.device()[0]:016x}"
        assert (seen.files_left, seen.files_left_bytes) == files_left.of(conn, [dev]).get(dev, (0, 0))
        return seen.files_left, seen.files_left_bytes


def test_the_hub_knows_of_files_that_lie_on_one_laptop_alone(world) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    a_photo(one, visit, 2 * CHUNK)
    one.sync()
    a_photo(one, visit, 3 * CHUNK)   # its row was not sent: the hub does not take it yet
    with pytest.raises(Trouble):
        carry(one, Cut(one.link, 2))   # the offer, a thumbnail, a chunk of which nobody heard
    assert left_at(hub, one) == (2, 5 * CHUNK)
    assert carry(one).sent == 1
    assert left_at(hub, one) == (1, 3 * CHUNK)
    one.sync()
    assert left_at(hub, one) == (1, 3 * CHUNK), "a sync that carried nothing yet says nothing else"
    begun = len(one.link.trips)
    assert carry(one).sent == 1 and left_at(hub, one) == (0, 0)
    assert len(one.link.trips) - begun == 5, "offer, thumbnail and chunks say it as they go"
    _, third = a_photo(one, visit, 1000)
    assert carry(one).refused == {third: "unnamed"} and left_at(hub, one) == (1, 1000)
    with one.store.operation("消す") as op:
        op.delete("attachment", _attachment(one, third))
    carry(one)
    assert left_at(hub, one) == (0, 0), "nothing names it any more"
    begun = len(one.link.trips)
    carry(one)
    assert len(one.link.trips) == begun


def _attachment(desk: Desk, digest: str) -> str:
    with desk.store.read() as conn:
        c = wire_table("attachment").c
        return str(conn.execute(select(c.uid).where(c.hash == digest)).scalar_one())
