"""Saves keep their order, also past a disk that refuses; bugs are raised and do not stop what comes after."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from kanto_desk.errors import Refused, Trouble
from kanto_desk.services import failures
from kanto_desk.ui.jobs import Writer
from kanto_desk.ui.saving import Saving


@pytest.fixture
def saving(qtbot: QtBot) -> Iterator[Saving]:
    writer = Writer()
    yield Saving(writer, failures.told, failures.may_work_later)
    writer.close()


class Disk:
    """Writes words down until it is full."""

    def __init__(self) -> None:
        self.full = False
        self.words: list[str] = []

    def put(self, word: str) -> str:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.words.append(word)
        return word


def test_a_full_disk_holds_everything_and_nothing_newer_overtakes(saving: Saving, qtbot: QtBot) -> None:
    disk, told, saved = Disk(), [], []
    saving.held.connect(told.append)
    saving.saved.connect(lambda: saved.append(list(disk.words)))
    disk.full = True
    saving.save(lambda: disk.put("older"))
    saving.save(lambda: disk.put("newer"))
    qtbot.waitUntil(lambda: bool(told))
    assert isinstance(told[0], Trouble) and "ディスクの空き" in told[0].happened
    assert (saving.waiting, disk.words, saved) == (2, [], [])
    assert not saving.drain(10_000)                # still full: the window must not close
    saving.save(lambda: disk.put("newest"))
    disk.full = False
    with qtbot.waitSignals([saving.freed, saving.saved]):
        saving.again()
    assert disk.words == ["older", "newer", "newest"]
    assert saved == [["older", "newer", "newest"]] and saving.trouble is None


def test_asked_again_while_it_is_tried_it_is_tried_once_more(saving: Saving, qtbot: QtBot) -> None:
    """Somebody who makes room and presses at once must not wait for the next turn."""
    disk, begun, go = Disk(), threading.Event(), threading.Event()
    go.set()

    def put() -> str:
        full = disk.full
        begun.set()
        assert go.wait(10)
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return disk.put("word")
    disk.full = True
    saving.save(put)
    qtbot.waitUntil(lambda: saving.trouble is not None)
    begun.clear()
    go.clear()
    saving.again()
    assert begun.wait(10)          # it has found the disk full, and has not said so yet
    disk.full = False
    saving.again()
    go.set()
    qtbot.waitUntil(lambda: saving.trouble is None and not saving.waiting)
    assert disk.words == ["word"]


def test_a_refusal_is_told_once_and_the_next_save_goes_through(saving: Saving, qtbot: QtBot) -> None:
    disk, refused = Disk(), []

    def no() -> None:
        raise Refused("だめです", "name")
    saving.refused.connect(refused.append)
    saving.save(no)
    saving.save(no, failed=lambda error: isinstance(error, Refused))   # taken care of by the page
    saving.save(lambda: disk.put("after"))
    assert saving.drain()
    assert [error.message for error in refused] == ["だめです"] and disk.words == ["after"]


def test_a_bug_is_raised_on_the_screen_thread_and_the_next_save_goes_through(saving: Saving, qtbot: QtBot) -> None:
    disk = Disk()

    def bug() -> None:
        raise KeyError("x")
    with qtbot.captureExceptions() as caught:
        saving.save(bug)
        saving.save(lambda: disk.put("after"))
        qtbot.waitUntil(lambda: not saving.waiting)
    assert [kind for kind, _, _ in caught] == [KeyError] and disk.words == ["after"]


def test_done_gets_the_result_after_the_disk_has_it(saving: Saving) -> None:
    disk, seen = Disk(), []
    saving.save(lambda: disk.put("word"), lambda word: seen.append((word, list(disk.words))))
    assert saving.drain() and seen == [("word", ["word"])]
