"""Files of a desk that are empty or gone are told, never taken for new ones; what is left of them is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kanto_desk.db.dialect import make_engine
from kanto_desk.errors import Trouble
from kanto_desk.services import care, organizations, restoring
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk, RecordsLost
from tests.services.conftest import CHEAP, PASSPHRASE


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
    assert care.listing(desk.home) == [] and not list(desk.folder.backups.iterdir())


def test_a_desk_that_is_truly_new_is_made(tmp_path: Path, options) -> None:
    (tmp_path / "new").mkdir()
    desks.create(tmp_path / "new", PASSPHRASE, person="高橋 直子", **options).close()
    again = desks.unlock(tmp_path / "new", PASSPHRASE, **options)
    assert again.store.device()
    again.close()
