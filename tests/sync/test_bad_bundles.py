"""Files that are no good: each is told for what it is, nothing changes, memory stays small."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub import tables as t
from kanto_desk.hub.bundle_keys import keys_of
from kanto_desk.hub.opening import Hub
from kanto_desk.services import bundles
from kanto_desk.sync import bundle, bundle_file, signing, wire
from kanto_desk.sync.bundle import ABOUT, CHUNK, LAST, PUSH, About, Count, counted, frame
from kanto_desk.sync.bundle_file import TO_HUB, Frame, Head, Unusable
from kanto_desk.sync.content_wire import Part
from tests.db.parts import a_store
from tests.sync.bundles import StickDesk, a_stick_desk
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.test_bundle import held, received, unsent_of
from tests.sync.test_exchange import a_visit

World = tuple[Hub, StickDesk]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("bad")
    hub = a_hub(folder / "hub")
    desk = a_stick_desk(hub, folder / "one", a_person(hub, a_body(hub)))
    a_visit(desk)
    return hub, desk


def about() -> Frame:
    return frame(ABOUT, About(1, "e"))


def written(path: Path, hub: Hub, desk: StickDesk, frames: Iterable[Frame], v: int = 1, key: str = "") -> Path:
    """A bundle of this laptop with any frames."""
    known = desk.known
    bundle_file.write(path, Head(v, TO_HUB, desk.dev, keys_of(hub).name, 1), known.sealing.split(),
                      signing.key_of(key or known.key), frames)
    return path


def refused(hub: Hub, path: Path) -> str:
    before = received(hub)
    with pytest.raises(Unusable) as no:
        hub_side.take(hub, path)
    assert received(hub) == before
    return no.value.reason


def test_no_flipped_bit_gets_in(world: World, tmp_path: Path) -> None:
    hub, desk = world
    desk.make(tmp_path / "to.kdx")
    hub_side.make(hub, desk.dev, tmp_path / "back.kdx")
    rnd = random.Random(20261128)
    before = held(desk)
    reasons = set()
    for name in ("to.kdx", "back.kdx"):
        whole = (tmp_path / name).read_bytes()
        places = [*range(180), *range(len(whole) - 112, len(whole), 2),
                  *(rnd.randrange(len(whole)) for _ in range(100))]
        for place in places:
            bad = bytearray(whole)
            bad[place] ^= 1 << rnd.randrange(8)
            path = tmp_path / "bad.kdx"
            path.write_bytes(bad)
            with pytest.raises(Unusable) as no:
                hub_side.take(hub, path) if name == "to.kdx" else desk.take(path)
            reasons.add(no.value.reason)
    assert received(hub) == 0 and held(desk) == before and unsent_of(desk) == 3
    assert {"none", "short", "changed", "signature"} <= reasons <= {
        "none", "short", "changed", "signature", "other", "desk", "own", "unknown"}, reasons


def test_a_file_copied_in_part_is_told_as_that(world: World, tmp_path: Path) -> None:
    hub, desk = world
    desk.make(tmp_path / "to.kdx")
    whole = (tmp_path / "to.kdx").read_bytes()
    for length in (*range(16, 200, 7), len(whole) // 2, len(whole) - 200, len(whole) - 1):
        (tmp_path / "part.kdx").write_bytes(whole[:length])
        assert refused(hub, tmp_path / "part.kdx") == "short"
    (tmp_path / "part.kdx").write_bytes(whole + b"\0" * 4096)   # a stick taken out too early leaves blocks of nothing
    assert refused(hub, tmp_path / "part.kdx") == "short"
    for content in (b"", b"PK\x03\x04", b"x" * 500):
        (tmp_path / "none.kdx").write_bytes(content)
        assert refused(hub, tmp_path / "none.kdx") == "none"


def test_a_newer_program_is_told(world: World, tmp_path: Path) -> None:
    hub, desk = world
    assert refused(hub, written(tmp_path / "a.kdx", hub, desk, counted([about()]), v=2)) == "newer"


def test_a_forged_file_is_told(world: World, tmp_path: Path) -> None:
    hub, desk = world
    other = signing.key_text(signing.new_key())
    assert refused(hub, written(tmp_path / "a.kdx", hub, desk, counted([about()]), key=other)) == "signature"


def test_a_file_without_its_end_or_with_something_behind_it_is_refused(world: World, tmp_path: Path) -> None:
    hub, desk = world
    last = frame(LAST, Count(1))
    for frames in ([about()], [last], [], [about(), last, about()], [about(), last, frame(LAST, Count(2))],
                   [about(), frame(LAST, Count(7))], [about(), about(), frame(LAST, Count(2))],
                   [about(), Frame(PUSH, b"{}"), frame(LAST, Count(2))], [Frame(ABOUT, b"[" * 5000), last]):
        assert refused(hub, written(tmp_path / "a.kdx", hub, desk, frames)) == "shape"


def test_what_a_program_does_not_know_is_passed_over_and_chunks_have_their_place(world: World, tmp_path: Path) -> None:
    hub, desk = world
    frames = counted([about(), Frame(b"Z", b"of a later program"), frame(CHUNK, Part("0" * 64, 4, 0, b"part"))])
    taken = hub_side.take(hub, written(tmp_path / "a.kdx", hub, desk, frames))
    assert (taken.changes, taken.chunks) == (0, 1)


def test_a_change_of_another_laptop_is_not_taken_from_this_ones_file(world: World, tmp_path: Path) -> None:
    hub, desk = world
    change = wire.WireChange("0" * 15 + "1", 1, "0" * 16, 1, "t", "organization", "u", "", "", {"name": "偽"})
    request = wire.Request(1, "e", {}, [change], 0)
    with pytest.raises(hub_side.Missing):
        hub_side.take(hub, written(tmp_path / "a.kdx", hub, desk, counted([about(), frame(PUSH, request)])))
    assert received(hub) == 0


BOMB = """
import resource, sys
from pathlib import Path
from kanto_desk.sync import bundle_file, signing
from kanto_desk.sync.bundle_file import Frame, Head, Unusable
import pyrage
path = Path(sys.argv[1])
key, identity = signing.new_key(), pyrage.x25519.Identity.generate()
block = bytes(16 << 20)
frames = (Frame(b"Z", block) for _ in range(640))
bundle_file.write(path, Head(1, "to hub", "a" * 16, "h", 1), [str(identity.to_public())], key, frames)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
bundle_file.check(path, key.public_key().public_bytes_raw())
try:
    bundle_file.read(path, [str(identity)], lambda part: None)
except Unusable as no:
    print(no.reason, path.stat().st_size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_ten_gigabytes_are_refused_in_little_memory(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", BOMB, str(tmp_path / "bomb.kdx")], capture_output=True,
                          text=True, check=True, cwd=Path(__file__).parents[2])
    reason, size, grew = done.stdout.split()
    assert reason == "size" and int(size) < 2 << 20
    assert int(grew) < 100 << 10, f"{grew} KiB more"


def test_a_frame_that_says_it_is_huge_is_refused_before_it_comes(tmp_path: Path) -> None:
    frames = bundle_file._Frames(pytest.fail)
    with pytest.raises(Unusable, match="size"):
        frames.feed(b"Z\xff\xff\xff\xff")


def test_a_full_stick_leaves_no_file_and_no_change(world: World, disk: Path) -> None:
    hub, desk = world
    (disk / "old.kdx").write_bytes(b"former")
    with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(b"x" * 4096)
    for name in ("to.kdx", "old.kdx"):
        with pytest.raises(Trouble) as trouble:
            bundles.make_bundle(desk.store, disk / name)
        assert trouble.value.happened.startswith("空きがなく") and trouble.value.safe and trouble.value.to_do
        with pytest.raises(OSError, match="space"):
            hub_side.make(hub, desk.dev, disk / name)
    assert sorted(p.name for p in disk.iterdir()) == ["filler", "old.kdx"]
    assert (disk / "old.kdx").read_bytes() == b"former"
    assert unsent_of(desk) == 3


def test_a_place_that_cannot_be_is_told(world: World, tmp_path: Path) -> None:
    _, desk = world
    with pytest.raises(Trouble, match=r"ファイルを書けませんでした|書き込めません"):
        bundles.make_bundle(desk.store, tmp_path / "none" / "to.kdx")
    with pytest.raises(Trouble, match="そこにファイルがありません"):
        bundles.take_bundle(desk.store, tmp_path / "none.kdx")


def test_services_say_what_happened_what_is_safe_and_what_to_do(world: World, tmp_path: Path) -> None:
    hub, desk = world
    made = bundles.make_bundle(desk.store, tmp_path)
    assert made.file.parent == tmp_path and made.file.name.startswith("関東の事務局-") and made.file.suffix == ".kdx"
    assert (made.changes, made.records) == (3, 3)
    with pytest.raises(Trouble, match="事務局に渡します"):
        bundles.take_bundle(desk.store, made.file)
    for reason in ("none", "short", "changed", "newer", "signature", "other", "own", "desk", "size", "shape", "unknown",
                   "revoked", "cloned"):
        told = bundles.not_taken(reason, "無事です。")
        assert told.happened and told.to_do and told.safe
    assert len({bundles.not_taken(r, "").happened for r in ("none", "short", "changed", "newer", "signature")}) == 5
    alone = a_store(tmp_path / "alone")
    with pytest.raises(Refused):
        bundles.make_bundle(alone, tmp_path / "x.kdx")
    alone.close()
    with hub.read() as conn:
        assert conn.execute(select(func.count()).select_from(t.received)).scalar_one() == 0
    assert base64.b64decode(desk.known.signing) and bundle.hub_name(desk.known.signing) == keys_of(hub).name
