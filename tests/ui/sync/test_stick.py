"""The card USBメモリで受け渡す: what goes is said before, files are chosen or not, and receipts name what came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub.opening import Hub
from kanto_desk.services import carrying, receipts, syncing
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.sync.stick import StickPanel, size_words
from tests.db.parts import SetClock
from tests.e2e.test_cli_disks import disk, fill
from tests.sync.parts import Wire, a_body, a_hub, a_person
from tests.ui.host import Host
from tests.ui.sync.sticks import a_visit_with_photos, joined
from tests.ui.sync.test_page import page_of

__all__ = ["disk"]


@dataclass
class World:
    """A hub, two desks, and a window on the first."""

    hub: Hub
    one: Desk
    two: Desk
    host: Host
    folder: Path

    def panel(self) -> StickPanel:
        return page_of(self.host).overview.stick

    def press(self, button: QAbstractButton) -> None:
        """By the keyboard."""
        assert button.isVisible() and button.isEnabled()
        button.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(button, Qt.Key.Key_Space)
        self.host.settle()

    def write(self, to: Path) -> Path:
        """Write the file onto a stick; gives it."""
        to.mkdir(exist_ok=True)
        self.host.answers.target = to
        self.press(self.panel().make)
        return next(iter(to.glob("*.kdx")), to)

    def back_from_hub(self, file: Path, desk: Desk) -> Path:
        """The file that the secretariat gives back."""
        hub_side.take(self.hub, file)
        back = self.folder / "back.kdx"
        hub_side.make(self.hub, f"{desk.store.device()[0]:016x}", back)
        return back


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = SetClock()
    hub = a_hub(tmp_path / "hub", clock)
    body = a_body(hub)
    one, two = (joined(hub, tmp_path / name, a_person(hub, body, name=person), clock, person)
                for name, person in (("one", "高橋 直子"), ("two", "佐々木 亮")))

    def link(_url: str, _ca: str) -> Wire:
        return Wire(hub)
    for desk in (one, two):
        syncing.sync(desk.store, link=link)
    host = Host(one, link=link)
    host.frame.begin()
    host.settle()
    yield World(hub, one, two, host, tmp_path)
    host.end()
    for opened in (one, two):
        opened.close()
    hub.close()


def test_a_file_with_photos_goes_and_the_receipt_that_comes_back_empties_the_list(world: World) -> None:
    a_visit_with_photos(world.one)
    panel = world.panel()
    assert "写真とファイル 3件" in panel.what.plain() and "件の記録" in panel.what.plain()
    assert panel.left.isHidden()
    file = world.write(world.folder / "stick")
    assert "写真とファイル 3件が入っています" in panel.done.message.plain() and panel.trouble.isHidden()
    assert "未送信のまま" in panel.done.message.plain() and syncing.waiting(world.one.store).changes > 0
    world.host.answers.files = [world.back_from_hub(file, world.one)]
    world.press(panel.take)
    assert panel.done.message.plain().startswith("取り込みました。届いたと確かめられた変更")
    assert syncing.waiting(world.one.store).changes == 0
    noted = receipts.kept(world.one.store)[0]
    assert noted.by_file and noted.sent > 0 and noted.left == 0
    assert "送っていない変更はありません" in panel.what.plain() and panel.chips.isHidden()
    world.press(panel.take)
    assert panel.done.message.plain() == "このファイルに、新しいものはありません。何も変わっていません。"


def test_records_alone_and_what_stays_is_said(world: World) -> None:
    a_visit_with_photos(world.one)
    panel = world.panel()
    world.press(panel.records_only)
    assert "写真とファイル" not in panel.what.plain()
    assert "写真とファイル 3件" in panel.left.plain() and "このパソコンに残ります" in panel.left.plain()
    file = world.write(world.folder / "stick")
    assert "写真とファイル 0件" in panel.done.message.plain()
    assert hub_side.take(world.hub, file).chunks == 0


def test_photos_that_come_are_named(world: World) -> None:
    """The other laptop's photos, asked for by a first file and there in the second answer."""
    a_visit_with_photos(world.two, 4)
    syncing.sync(world.two.store, link=lambda _url, _ca: Wire(world.hub))
    carrying.carry(world.two.store, world.two.blobs, link=lambda _url, _ca: Wire(world.hub))
    panel = world.panel()
    for name in ("first", "second"):
        world.host.answers.files = [world.back_from_hub(world.write(world.folder / name), world.one)]
        world.press(panel.take)
    assert "写真とファイル 4件：曲げ工程" in panel.done.message.plain() and "ほか1件" in panel.done.message.plain()
    assert receipts.kept(world.one.store)[0].files == 4


def test_a_full_stick_is_told_and_holds_nothing_of_it(world: World, disk: Path) -> None:
    a_visit_with_photos(world.one)
    panel = world.panel()
    fill(disk)
    world.write(disk)
    assert "空きがなく、ファイルを書けませんでした" in panel.trouble.message.plain() and panel.done.isHidden()
    assert "すべてこのパソコンにあります" in panel.trouble.message.plain()
    assert [p.name for p in disk.iterdir()] == ["fill"] and panel.make.isEnabled()
    (disk / "fill").unlink()
    world.write(disk)
    assert panel.trouble.isHidden() and "書き出しました" in panel.done.message.plain()


def test_a_file_that_is_none_is_refused_in_three_sentences(world: World) -> None:
    panel = world.panel()
    (world.folder / "note.kdx").write_text("これは受け渡しファイルではない")
    world.host.answers.files = [world.folder / "note.kdx"]
    world.press(panel.take)
    words = panel.trouble.message.plain()
    assert "（.kdx）ではありません" in words and "何も変わっていません" in words and "選び直します" in words
    world.host.answers.files = []
    before = panel.trouble.message.plain()
    world.press(panel.take)   # the dialog was left
    assert panel.trouble.message.plain() == before


def test_sizes_are_said_as_one_reads_them() -> None:
    assert [size_words(n) for n in (0, 3, 45_000, 300_000, 12_900_000, 512 << 20)] == [
        "0 KB", "1 KB", "44 KB", "0.3 MB", "12.3 MB", "512 MB"]
