"""A hub whose disk is full while it takes in a file: told as a full disk, nothing half-done, and the same file goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kanto_desk.cli import main
from kanto_desk.clock import system_clock
from kanto_desk.hub import contents
from kanto_desk.hub.opening import open_hub
from kanto_desk.services import bundles
from tests.e2e.test_cli_disks import fill
from tests.sync.bundles import a_stick_desk
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.test_contents import a_photo, blobs_of
from tests.sync.test_exchange import a_visit
from tests.sync.worlds import received

LONG = "聞いたことを、そのまま長く書いた。" * 1_200


@pytest.mark.parametrize("what", ["records", "a photo"])
def test_a_full_hub_says_so_and_the_same_file_is_taken_in_later(
        what: str, disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hub = a_hub(disk / "hub", system_clock)
    desk = a_stick_desk(hub, tmp_path / "one", a_person(hub, a_body(hub)), system_clock)
    desk.sync()
    digest = ""
    if what == "records":
        for n in range(30):
            a_visit(desk, f"{n}：{LONG}")
    else:
        _, visit, _ = a_visit(desk)
        _, digest = a_photo(desk, visit, 3_000_000)
        desk.sync()
    file = bundles.make_bundle(desk.store, tmp_path / "to.kdx", blobs_of(desk)).file
    before = received(hub, desk.dev)
    hub.close()
    fill(disk, 40_000)
    take = ["hub", "bundle", "take", str(file), "--folder", str(disk / "hub")]
    said = {}
    for language in ("ja", "en"):
        assert main(["--lang", language, *take]) == 4
        said[language] = capsys.readouterr().err
    assert "同期先のディスクに空きがなく" in said["ja"] and "同じファイルをもう一度取り込みます" in said["ja"]
    assert "The disk of the hub is full" in said["en"] and "can be used as it is" in said["en"]
    (disk / "fill").unlink()
    hub = open_hub(disk / "hub", system_clock)
    assert received(hub, desk.dev) == before, "all of a batch or nothing"
    if digest:
        assert contents.place_of(hub).size(digest) is None
    hub.close()
    assert main(["--lang", "ja", *take]) == 0
    assert ("写真とファイル：1件" in capsys.readouterr().out) == bool(digest)
    hub = open_hub(disk / "hub", system_clock)
    assert received(hub, desk.dev) == (before + 90 if not digest else before)
    assert not digest or contents.place_of(hub).size(digest) == 3_000_000
    hub.close()
    desk.store.close()
    shutil.rmtree(disk / "hub")
