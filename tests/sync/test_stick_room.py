"""What a stick takes: what would go is told before, as much goes as there is room for, and the receipt names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kanto_desk.errors import Trouble
from kanto_desk.hub import bundles as hub_side
from kanto_desk.services import bundles
from kanto_desk.sync.bundle_contents import MOST_BYTES
from tests.e2e.test_cli_disks import fill
from tests.sync.bundles import StickDesk
from tests.sync.test_bundle_contents import world
from tests.sync.test_contents import a_photo, blobs_of
from tests.sync.test_exchange import a_visit

__all__ = ["world"]


def test_the_plan_says_what_goes_and_what_stays(world: tuple) -> None:
    _, one, _ = world
    _, visit, _ = a_visit(one)
    for size in (1000, 2000, 5000):
        a_photo(one, visit, size)
    plan = bundles.plan(one.store, blobs_of(one), 4000)
    assert (plan.changes, plan.records, plan.files, plan.files_bytes) == (6, 6, 2, 3000)
    assert (plan.files_left, plan.left_bytes) == (1, 5000)
    assert bundles.plan(one.store, blobs_of(one)).files == 3


def test_as_many_photos_go_as_there_is_room_for_and_the_rest_next_time(world: tuple, disk: Path, tmp_path: Path) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    for size in (900_000, 1_000_000, 2_000_000):
        a_photo(one, visit, size)
    fill(disk, 2_600_000)
    made = bundles.make_bundle(one.store, disk, blobs_of(one))
    assert (made.files, made.files_left, made.left_for_room) == (2, 1, True)
    assert made.size < 2_600_000 and {p.name for p in disk.iterdir()} == {"fill", made.file.name}
    assert hub_side.take(hub, made.file).files == 2
    made.file.unlink()
    (disk / "fill").unlink()
    hub_side.make(hub, one.dev, tmp_path / "back.kdx")
    bundles.take_bundle(one.store, tmp_path / "back.kdx", blobs_of(one))
    made = bundles.make_bundle(one.store, disk, blobs_of(one))
    assert (made.files, made.files_left, made.left_for_room) == (1, 0, False)
    assert made.size <= 2_000_000 * bundles.GROWS + bundles.SPARE


def test_records_alone_go_where_there_is_no_room_for_photos(world: tuple, disk: Path) -> None:
    _, one, _ = world
    _, visit, _ = a_visit(one)
    a_photo(one, visit, 500_000)
    fill(disk, 100_000)
    made = bundles.make_bundle(one.store, disk, blobs_of(one))
    assert (made.records, made.files, made.files_left, made.left_for_room) == (4, 0, 1, True)
    made.file.unlink()
    made = bundles.make_bundle(one.store, disk)
    assert (made.records, made.files, made.files_left) == (4, 0, 0)
    made.file.unlink()
    (disk / "fill").unlink()
    fill(disk)   # not even for those
    with pytest.raises(Trouble, match="空きがなく、ファイルを書けませんでした"):
        bundles.make_bundle(one.store, disk, blobs_of(one))
    assert {p.name for p in disk.iterdir()} == {"fill"}


def test_the_receipt_names_the_files_that_came(world: tuple, tmp_path: Path) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    a_photo(one, visit, 1000, name="曲げ.jpg", caption="曲げ工程の内面")
    a_photo(one, visit, 2000, name="治具.jpg")
    a_photo(one, visit, 3000)

    def trip(desk: StickDesk) -> bundles.BundleTaken:
        made = bundles.make_bundle(desk.store, tmp_path / "to.kdx", blobs_of(desk), MOST_BYTES)
        hub_side.take(hub, made.file)
        hub_side.make(hub, desk.dev, tmp_path / "back.kdx")
        return bundles.take_bundle(desk.store, tmp_path / "back.kdx", blobs_of(desk))
    trip(one)
    assert trip(two).names == ()
    taken = trip(two)
    assert (taken.files, taken.names) == (3, ("曲げ工程の内面", "治具.jpg", "名前のない写真"))
