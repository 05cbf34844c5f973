"""Photos and files on a stick: the smallest first, the rest next time, as often as it comes, and never a wrong one."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import msgspec
import pytest

from kanto_desk.db.attachments import CHUNK
from kanto_desk.errors import Trouble
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub import contents
from kanto_desk.services import bundles
from kanto_desk.sync.bundle_contents import CHUNK as CHUNK_FRAME
from kanto_desk.sync.bundle_contents import Unpacking, chosen
from kanto_desk.sync.bundle_file import Frame
from kanto_desk.sync.content_wire import Part
from tests.sync.bundles import a_stick_desk
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.test_contents import a_photo, blobs_of
from tests.sync.test_exchange import a_visit


@pytest.fixture
def world(tmp_path: Path):
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    yield hub, *(a_stick_desk(hub, tmp_path / name, person) for name in ("one", "two"))
    hub.close()


def trip(hub, desk, folder: Path, most: int = 1 << 30):
    made = bundles.make_bundle(desk.store, folder / "to.kdx", blobs_of(desk), most)
    hub_side.take(hub, made.file)
    hub_side.make(hub, desk.dev, folder / "back.kdx")
    return made, bundles.take_bundle(desk.store, folder / "back.kdx", blobs_of(desk))


def test_files_go_by_stick_the_smallest_first_and_come_to_who_misses_them(world, tmp_path: Path) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, large = a_photo(one, visit, 2 * CHUNK + 5)
    _, small = a_photo(one, visit, 1000)
    made, _ = trip(hub, one, tmp_path, most=CHUNK)
    assert (made.files, made.files_left) == (1, 1)
    assert contents.place_of(hub).size(small) == 1000 and contents.place_of(hub).size(large) is None
    made, _ = trip(hub, one, tmp_path)
    assert (made.files, made.files_left) == (1, 0), "what the hub said it has goes no more"
    assert trip(hub, one, tmp_path)[0].files == 0
    assert trip(hub, two, tmp_path)[1].files == 0   # it learns of the rows, and asks next time
    _, taken = trip(hub, two, tmp_path)
    assert (taken.files, taken.damaged) == (2, 0)
    assert [blobs_of(two).get(d) for d in (small, large)] == [blobs_of(one).get(d) for d in (small, large)]
    again = bundles.take_bundle(two.store, tmp_path / "back.kdx", blobs_of(two))
    assert again.known and again.files == 0


def test_a_half_copied_or_changed_stick_is_refused_and_a_whole_one_goes_on(world, tmp_path: Path) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, CHUNK + 5)
    trip(hub, one, tmp_path)
    trip(hub, two, tmp_path)
    bundles.make_bundle(two.store, tmp_path / "to.kdx", blobs_of(two))
    hub_side.take(hub, tmp_path / "to.kdx")
    hub_side.make(hub, two.dev, tmp_path / "back.kdx")
    whole = (tmp_path / "back.kdx").read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 4
    for bad in (whole[:len(whole) // 2], bytes(flipped)):
        (tmp_path / "bad.kdx").write_bytes(bad)
        with pytest.raises(Trouble):
            bundles.take_bundle(two.store, tmp_path / "bad.kdx", blobs_of(two))
        assert blobs_of(two).get(digest) is None
    assert bundles.take_bundle(two.store, tmp_path / "back.kdx", blobs_of(two)).files == 1


def test_a_file_that_is_another_one_than_its_name_says_is_never_shown(world, tmp_path: Path) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 1000)
    trip(hub, one, tmp_path)
    trip(hub, two, tmp_path)
    taking = Unpacking(two.store, blobs_of(two), two.known.epoch)
    taking.take(Frame(CHUNK_FRAME, msgspec.json.encode(Part(digest, 1000, 0, b"x" * 1000))))
    assert (taking.files, taking.damaged) == (0, 1) and blobs_of(two).get(digest) is None
    assert trip(hub, two, tmp_path)[1].files == 1


def test_writing_and_taking_hold_a_few_chunks_at_most(world, tmp_path: Path) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    a_photo(one, visit, 24 * CHUNK)
    tracemalloc.start()
    try:
        bundles.make_bundle(one.store, tmp_path / "to.kdx", blobs_of(one))
        hub_side.take(hub, tmp_path / "to.kdx")
        assert tracemalloc.get_traced_memory()[1] < 16 * CHUNK
    finally:
        tracemalloc.stop()


def test_what_does_not_fit_is_left_and_smaller_ones_go() -> None:
    assert chosen([("b", 5), ("a", 1), ("c", 9)], 7) == ([("a", 1), ("b", 5)], 1)
