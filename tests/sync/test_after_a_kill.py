"""What kills at every statement found, each told in small: a backup in place without a line, and files left behind."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kanto_desk.db import putting_back
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.leftovers import OLD_SECONDS
from kanto_desk.errors import Trouble
from kanto_desk.hub import losing
from kanto_desk.hub.content_place import FolderPlace
from kanto_desk.services import care, forgetting, rejoining, syncing
from kanto_desk.services import desk as desks
from tests.sync.test_exchange import a_visit
from tests.sync.test_lost_laptops import PHRASE, QUICK, World, copied


@pytest.mark.parametrize("joined", [True, False])
def test_a_restore_killed_before_its_new_line_goes_on_when_the_desk_is_opened(joined: bool, tmp_path: Path) -> None:
    world = World(tmp_path)
    desk = world.desk("one") if joined else desks.create(tmp_path / "one", PHRASE, person="高橋 直子", clock=world.clock,
                                                          cost=QUICK)
    a_visit(desk, "控えにある、まだ送っていない話")
    made = care.backup(desk)
    if joined:
        world.sync(desk)
    before = desk.store.device()
    desk.close()
    held = desks.hold_existing(tmp_path / "one", PHRASE, clock=world.clock, cost=QUICK)
    line = rejoining.line_of(held.folder, held.key, world.clock)
    putting_back.restore(held.folder, held.key, made, world.clock, None, rejoining.to_do(line))
    held.close()   # here it was killed
    desk = world.open("one")
    assert desk.store.device()[0] != before[0] and desk.store.device()[1] != before[1]
    if joined:
        assert desk.store.setting(syncing.LEFT) == syncing.RESTORED
        assert syncing.waiting(desk.store).changes == 0, "the hub has them under the old line"
    dev = desk.store.device()
    desk.close()
    desk = world.open("one")
    assert desk.store.device() == dev, "once, not at each opening"
    desk.close()
    world.hub.close()


def test_a_copied_laptop_is_marked_only_once_its_changes_are_kept(tmp_path: Path) -> None:
    world = World(tmp_path)
    one, copy, _, _ = copied(world)
    world.sync(one)
    (world.hub.folder / losing.QUARANTINE).write_bytes(b"")   # a file where the folder should be
    with pytest.raises(Trouble, match="つながりません"):
        world.sync(copy)
    (world.hub.folder / losing.QUARANTINE).unlink()
    with pytest.raises(Trouble, match="2台"):
        world.sync(copy)
    assert len(list((world.hub.folder / losing.QUARANTINE).iterdir())) == 1
    one.close()
    copy.close()
    world.hub.close()


def test_what_a_killed_restore_left_goes_when_the_desk_is_opened(tmp_path: Path) -> None:
    desks.create(tmp_path / "one", PHRASE, person="高橋 直子", cost=QUICK).close()
    left = [tmp_path / "one" / n for n in ("records.db.restoring", "records.db.restoring-journal", "keys.json.4711.tmp")]
    for file in (*left, tmp_path / "one" / "mine.tmp"):
        file.write_bytes(b"x")
    desks.unlock(tmp_path / "one", PHRASE, cost=QUICK).close()
    assert not [file.name for file in left if file.exists()] and (tmp_path / "one" / "mine.tmp").exists()


def test_a_wipe_killed_over_its_last_note_leaves_nothing_beside_it(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "one")
    folder.path.mkdir()
    folder.wiped.write_text(json.dumps({"hub": "事務局", "at": "", "kept": None, "done": False}))
    left = folder.path / f"{folder.wiped.name}.4711.tmp"
    left.write_bytes(b"x")
    with pytest.raises(forgetting.Forgotten):
        desks.unlock(folder.path, PHRASE, cost=QUICK)
    assert sorted(file.name for file in folder.path.iterdir()) == [folder.wiped.name]


def test_a_thumbnail_half_written_goes_after_a_day(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    names = [tmp_path / "contents" / "ab" / f".{'ab' * 32}.thumb.{n}.new" for n in ("old", "young")]
    for file in names:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    past = names[0].stat().st_mtime - OLD_SECONDS - 5
    os.utime(names[0], (past, past))
    place.tidy(7)
    assert [file.exists() for file in names] == [False, True]
