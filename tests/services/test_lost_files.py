"""Files of a desk that are empty or gone are told, never taken for new ones; what is left of them is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kanto_desk.db.dialect import make_engine
from kanto_desk.errors import Trouble
from kanto_desk.services import (
    care,
    consultations,
    contents,
    exporting,
    finalizing,
    organizations,
    photos,
    restoring,
    sheets,
    timeline,
)
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk, RecordsLost
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.services.test_desk import picture


@pytest.fixture
def options(clock) -> dict[str, object]:
    return {"clock": clock, "cost": CHEAP}


def left(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("records.db*") if not file.name.endswith("-shm")}


def killed_with_a_log(desk: Desk, tmp_path: Path) -> Path:
    """The folder as a kill leaves it: the last company stands in the WAL alone."""
    organizations.create(desk.store, {"name": "ログにある会社"})
    copied = tmp_path / "killed"
    shutil.copytree(desk.home, copied)
    assert (copied / "records.db-wal").stat().st_size
    return copied


def test_empty_records_are_no_new_desk_and_a_backup_brings_them_back(desk: Desk, options, tmp_path) -> None:
    organizations.create(desk.store, {"name": "残る会社"})
    care.backup(desk)
    home = killed_with_a_log(desk, tmp_path)
    (home / "records.db").write_bytes(b"")
    before = left(home)
    with pytest.raises(RecordsLost) as told:
        desks.unlock(home, PASSPHRASE, **options)
    assert restoring.remedy(home, told.value) == restoring.Remedy(keys_only=False)
    assert "空です" in told.value.happened and left(home) == before   # the WAL too: SQLite drops it beside an empty file
    checked = care.check_closed(home, PASSPHRASE, **options)
    assert [found.file for found in checked.findings] == ["records.db"] and left(home) == before
    done = restoring.restore(home, care.find(home, "latest"), PASSPHRASE, **options)
    assert done.before is None and done.aside is not None
    assert (done.aside / "records.db-wal").read_bytes() == before["records.db-wal"]
    again = desks.unlock(home, PASSPHRASE, **options)
    assert [row.name for row in organizations.listing(again.store, query="残る会社")] == ["残る会社"]
    assert len(care.listing(home)) == 1
    again.close()


def test_records_without_a_table_are_no_new_desk_either(desk: Desk, options) -> None:
    """A file with the right key and nothing in it, as a setup killed in the middle leaves one."""
    desk.close()
    for path in desk.home.glob("records.db*"):
        path.unlink()
    made = make_engine(desk.folder.records, desk.key.subkey("records.db"))
    made.connect().close()
    made.dispose()
    with pytest.raises(RecordsLost):
        desks.unlock(desk.home, PASSPHRASE, **options)
    assert care.check_closed(desk.home, PASSPHRASE, **options).findings


def test_a_backup_of_nothing_is_never_called_verified(desk: Desk) -> None:
    desk.let_go()
    desk.folder.records.write_bytes(b"")
    with pytest.raises(Trouble):
        care.backups.make(desk.folder, desk.key, desk.clock, "hand")
    assert care.listing(desk.home) == [] and not desk.folder.backups.exists()   # made for this backup alone


def test_a_desk_that_is_truly_new_is_made(tmp_path: Path, options) -> None:
    (tmp_path / "new").mkdir()
    desks.create(tmp_path / "new", PASSPHRASE, person="高橋 直子", **options).close()
    again = desks.unlock(tmp_path / "new", PASSPHRASE, **options)
    assert again.store.device()
    again.close()


def with_photo_and_pdf(desk: Desk) -> tuple[str, bytes]:
    """A signed visit with a photo: uid, and its issued PDF."""
    visit = consultations.create(desk.store, organizations.create(desk.store, {"name": "湖南精工"}))
    photos.attach(desk.store, desk.blobs, visit, picture((90, 60)), "x.jpg")
    for kind in ("said", "advice"):
        timeline.add(desk.store, visit, kind, f"{kind} の行")
    issued = finalizing.finalize(desk.store, desk.blobs, visit, finalizing.Signature("湖南 花子", "社長", "typed"))
    return visit, issued.pdf


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_lost_attachments_come_back_from_the_backups_and_the_rest_is_told(desk: Desk, options, tmp_path, how) -> None:
    visit, pdf = with_photo_and_pdf(desk)
    care.backup(desk)
    later, _ = with_photo_and_pdf(desk)
    lost = set(desk.blobs.hashes())
    home = tmp_path / "killed"
    shutil.copytree(desk.home, home)
    log = (home / "attachments.db-wal").read_bytes()
    assert log
    if how == "gone":
        (home / "attachments.db").unlink()
    else:
        (home / "attachments.db").write_bytes(b"")
    checked = care.check_closed(home, PASSPHRASE, **options)
    assert checked.missing_attachments == 1   # the PDF of the later visit; photo and first PDF came back
    again = desks.unlock(home, PASSPHRASE, **options)
    assert len(lost - set(again.blobs.hashes())) == 1
    assert sheets.preview(again.store, again.blobs, visit).pdf == pdf
    told = contents.trouble(again)
    assert told is not None and "1件" in told.happened
    assert contents.trouble(again) is not None   # told at every start while something is missing
    (aside,) = (home / "backups").glob("damaged-*")
    assert (aside / "attachments.db-wal").read_bytes() == log
    exported = exporting.export(desk, tmp_path / "export")
    assert exporting.import_export(again, exported.folder).missing == 0
    assert set(again.blobs.hashes()) == lost and care.check(again).missing_attachments == 0
    assert "つくり直しました" in contents.trouble(again).happened and contents.trouble(again) is None
    assert consultations.get(again.store, later).record.uid == later
    again.close()


def test_an_incomplete_export_says_so_when_it_is_brought_in(desk: Desk, options, tmp_path) -> None:
    with_photo_and_pdf(desk)
    home = desk.home
    desk.close()
    (home / "attachments.db").unlink()
    harmed = desks.unlock(home, PASSPHRASE, **options)
    exported = exporting.export(harmed, tmp_path / "export")
    harmed.close()
    other = desks.create(tmp_path / "other", PASSPHRASE, person="高橋 直子", **options)
    taken = exporting.import_export(other, exported.folder)
    assert taken.missing == len(exported.missing) == 2
    assert care.check(other).missing_attachments == 2
    other.close()


@pytest.mark.parametrize("how", ["empty", "cut", "gone"])
def test_a_damaged_backup_is_named_and_a_sound_one_is_offered(desk: Desk, clock, how) -> None:
    sound = care.backup(desk)
    organizations.create(desk.store, {"name": "残る会社"})
    clock.forward(minutes=1)
    newest = care.backup(desk)
    desk.close()
    file = newest.path / "records.db"
    content = file.read_bytes()
    file.write_bytes(b"" if how == "empty" else content[:len(content) // 2])
    if how == "gone":
        file.unlink()
    before = left(desk.home)
    options = {"clock": clock, "cost": CHEAP}
    for ask in (restoring.preview, restoring.restore):
        if how == "cut" and ask is restoring.preview:
            continue   # what the preview reads of it may be whole
        with pytest.raises(Trouble) as told:
            ask(desk.home, care.find(desk.home, "latest"), PASSPHRASE, **options)
        assert newest.path.name in told.value.happened and sound.path.name in told.value.to_do
        assert restoring.remedy(desk.home, told.value) is None and left(desk.home) == before
    assert restoring.restore(desk.home, care.find(desk.home, sound.path.name), PASSPHRASE, **options).before


def test_going_back_twice_to_the_latest_does_not_undo_the_first(desk: Desk, options) -> None:
    made = care.backup(desk)
    organizations.create(desk.store, {"name": "戻すと消える会社"})
    desk.close()
    for _ in range(2):
        done = restoring.restore(desk.home, care.find(desk.home, "latest"), PASSPHRASE, **options)
        assert done.backup.path == made.path and done.before is not None
    kept = [one for one in care.listing(desk.home) if one.reason == "restore"]
    assert len(kept) == 2 and care.find(desk.home, kept[1].path.name) == kept[1]   # what was there is kept by its name
