"""Keys and backups of a real desk: sample data without a passphrase, a changed passphrase, going back, a full disk."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kanto_desk.db import backup as backups
from kanto_desk.db import backup_store
from kanto_desk.db.keys import KeyFile, KeysLost, new_key
from kanto_desk.errors import Refused, Trouble
from kanto_desk.services import care, consultations, home, organizations, photos, restoring, samples, timeline
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.services.test_desk import picture

WORD = "秘密の髙橋製作所"


@pytest.fixture
def options(clock: SetClock) -> dict[str, object]:
    return {"clock": clock, "cost": CHEAP}


@pytest.fixture
def sample(tmp_path: Path, clock: SetClock) -> Iterator[Desk]:
    made = desks.create(tmp_path / "sample", "", person="高橋 直子", sample=True, clock=clock, cost=CHEAP)
    samples.load(made)
    yield made
    made.close()


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes, as on a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*")
            if file.is_file() and file.name not in ("kanto-desk.lock", "keys-tries.json")}


# Sample data without a passphrase -----------------------------------------------------------------------------------


def test_sample_data_opens_without_a_passphrase_and_takes_nothing_of_ones_own(sample: Desk, options) -> None:
    where, visit = sample.home, home.read(sample.store).next_visit.visit
    sample.close()
    assert desks.asks_nothing(where)
    again = desks.unlock(where, "", **options)
    try:
        timeline.add(again.store, visit.uid, "said", "見本に書く")        # the sample can be worked with
        own = consultations.create(again.store, visit.organization_uid)    # a visit made on it is sample data, too
        shipped = organizations.listing(again.store, query="見附市")[0].uid
        for work in (lambda: organizations.create(again.store, {"name": "自社"}),
                     lambda: consultations.create(again.store, shipped),
                     lambda: organizations.edit(again.store, shipped, {"phone": "0258-00-0000"}),
                     again.new_recovery_key, lambda: care.backup(again)):
            with pytest.raises(Refused) as refused:
                work()
            assert refused.value.field == desks.PASSPHRASE_FIRST
        assert home.read(again.store).unsent == 0 and organizations.count(again.store) == 94
        assert consultations.get(again.store, own).record.organization == visit.organization_uid
        assert not care.listing(where)
    finally:
        again.close()
    for file in (where / "records.db", where / "attachments.db"):    # encrypted all the same
        assert not file.read_bytes().startswith(b"SQLite format 3")


def test_a_passphrase_makes_it_a_real_desk_with_a_new_key(sample: Desk, options) -> None:
    where, before = sample.home, organizations.count(sample.store)
    copied = (where / "keys.json").read_bytes()                      # what anybody could have read
    old_key = sample.key.subkey("records.db")
    sample.protect(WORD)
    assert sample.protected and sample.key.subkey("records.db") != old_key
    assert organizations.count(sample.store) == before               # the open desk goes on
    uid = organizations.create(sample.store, {"name": "自社"})
    sample.close()
    assert not desks.asks_nothing(where)
    with pytest.raises(Refused):
        desks.unlock(where, "", **options)
    again = desks.unlock(where, WORD, **options)
    assert organizations.get(again.store, uid).name == "自社" and samples.present(again.store)
    with pytest.raises(Refused):
        again.protect("もう一度")
    assert care.backup(again).counts["organization"] == before + 1
    again.close()
    for name in ("keys.json", "keys.json.bak"):
        (where / name).write_bytes(copied)
    with pytest.raises(Trouble, match="この鍵では開けません"):        # the former key opens nothing any more
        desks.unlock(where, "", **options)


@pytest.mark.parametrize("size", [200, 60_000])
def test_a_full_disk_while_protecting_changes_nothing(sample: Desk, options, size: int) -> None:
    where = sample.home
    sample.store.close()
    with room(size), pytest.raises(Trouble):
        sample.protect(WORD)
    assert not sample.protected and samples.present(sample.store)    # it goes on as it was
    assert not list(where.glob("*.renewed*")) and not list(where.glob("*.tmp"))
    sample.close()
    assert desks.asks_nothing(where)
    desks.unlock(where, "", **options).close()


PROTECT = """
import os, signal, sys
from pathlib import Path
from kanto_desk.db.keys import Cost
from kanto_desk.services import desk
opened = desk.unlock(Path(sys.argv[1]), "", cost=Cost(1, 1024, 1))
left = [int(sys.argv[3])]
def kill(event, _args):
    if event in ("os.rename", "os.remove"):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill)
opened.protect(sys.argv[2])
"""


def test_killed_while_protecting_it_opens_as_before_or_by_the_passphrase(sample: Desk, options, tmp_path: Path) -> None:
    """Killed before the first file is renamed or removed, before the second, and so on until there is none left."""
    visits = len(consultations.listing(sample.store))
    sample.close()
    outcomes = []
    for step in range(1, 40):
        where = tmp_path / f"copy{step}"
        shutil.copytree(sample.home, where)
        ended = subprocess.run([sys.executable, "-c", PROTECT, str(where), WORD, str(step)], check=False).returncode
        assert ended in (0, -signal.SIGKILL)
        as_before = desks.asks_nothing(where)
        again = desks.unlock(where, "" if as_before else WORD, **options)
        assert len(consultations.listing(again.store)) == visits and len(again.blobs.hashes()) >= 4
        again.close()
        assert as_before or not [f.name for f in where.iterdir() if ".renewed" in f.name]
        if ended == 0:
            assert not as_before
            break
        outcomes.append(as_before)
    assert set(outcomes) == {True, False}                            # killed on both sides of the point of no return
    assert outcomes == sorted(outcomes, reverse=True)                # and behind it there is no way back


def test_an_interrupted_protection_is_finished_at_the_next_opening(sample: Desk, options) -> None:
    where = sample.home
    sample.close()
    keys = KeyFile(where / "keys.json", options["clock"], CHEAP)
    keys.protect(new_key(), WORD)                                    # killed after this write, before the files follow
    again = desks.unlock(where, WORD, **options)
    assert samples.present(again.store) and again.protected
    assert set(keys._read()["wraps"]) == {"passphrase"}
    again.close()


# Changing the passphrase --------------------------------------------------------------------------------------------


def test_a_changed_passphrase_opens_the_desk_and_every_backup(desk: Desk, options, tmp_path: Path) -> None:
    where, usb = desk.home, tmp_path / "usb"
    care.backup(desk)
    options["clock"].forward(minutes=1)
    care.backup(desk, usb)
    with pytest.raises(Refused) as refused:
        care.change_passphrase(desk, "新しい", old="ちがう")
    assert refused.value.field == "old"
    assert care.change_passphrase(desk, "新しい", old=PASSPHRASE) == care.Rewrapped(2, ())
    shutil.move(usb, tmp_path / "drawer")
    assert care.change_passphrase(desk, "三つめ", old="新しい").unreached == (str(usb),)
    desk.close()
    with pytest.raises(Refused):
        desks.unlock(where, PASSPHRASE, **options)
    desks.unlock(where, "三つめ", **options).close()
    for name in ("keys.json", "keys.json.bak"):
        (where / name).unlink()
    assert restoring.preview(where, care.listing(where)[0], "三つめ", **options).counts["organization"] == 70
    assert restoring.preview(where, care.listing(where, tmp_path / "drawer")[0], "新しい", **options).counts


def test_a_full_disk_while_changing_the_passphrase_changes_no_copy(desk: Desk) -> None:
    made = care.backup(desk)
    before = files(desk.home)
    with room(100), pytest.raises(Trouble, match="空きがなく"):
        care.change_passphrase(desk, "新しい", old=PASSPHRASE)
    assert files(desk.home) == before
    assert (made.path / "keys.json").read_bytes() == desk.keys.path.read_bytes()


# Going back ---------------------------------------------------------------------------------------------------------


def harm(file: Path) -> bytes:
    content = bytearray(file.read_bytes())
    for at in range(0, len(content), 4096):
        content[at + 100] ^= 1
    file.write_bytes(content)
    return bytes(content)


@pytest.mark.parametrize("what", ["harmed", "cut", "gone"])
def test_damaged_records_are_restored_and_kept_beside(desk: Desk, options, what: str) -> None:
    where, device = desk.home, desk.store.device()
    care.backup(desk)
    desk.close()
    file = where / "records.db"
    kept = file.read_bytes()[:10_000]
    if what == "harmed":
        kept = harm(file)
    elif what == "cut":
        file.write_bytes(kept)
    else:
        file.unlink()
    with pytest.raises(Trouble) as trouble:
        desks.unlock(where, PASSPHRASE, **options)
    assert restoring.remedy(where, trouble.value) == restoring.Remedy(keys_only=False)
    with pytest.raises(Refused):
        restoring.previews(where, "ちがう", **options)
    seen = restoring.previews(where, PASSPHRASE, **options)
    assert [one.counts["organization"] for one in seen] == [70]
    done, again = restoring.restore_and_open(where, seen[0].backup, PASSPHRASE, **options)
    assert organizations.count(again.store) == 70 and again.store.device() != device and done.before is None
    again.close()
    asides = [aside.joinpath("records.db").read_bytes() for aside in (where / "backups").glob("damaged-*")]
    assert asides == ([] if what == "gone" else [kept])


def test_damaged_attachments_are_rebuilt_from_the_store_of_backups(desk: Desk, options) -> None:
    visit = consultations.create(desk.store, organizations.create(desk.store, {"name": "湖南精工"}))
    photos.attach(desk.store, desk.blobs, visit, picture((90, 60)), "x.jpg")
    digest, where = desk.blobs.hashes()[0], desk.home
    content = desk.blobs.get(digest)
    made = care.backup(desk)
    desk.close()
    harmed = harm(where / "attachments.db")
    with pytest.raises(Trouble) as trouble:
        desks.unlock(where, PASSPHRASE, **options)
    assert restoring.remedy(where, trouble.value) is not None
    _, again = restoring.restore_and_open(where, made, PASSPHRASE, **options)
    assert again.blobs.get(digest) == content
    again.close()
    assert harmed in [f.read_bytes() for f in (where / "backups").glob("damaged-*/attachments.db")]


@pytest.mark.parametrize("how", [lambda f: f.write_bytes(b"{"), lambda f: f.unlink()])
def test_lost_keys_are_put_back_from_a_backup_and_no_record_is_lost(
        desk: Desk, options, how: Callable[[Path], None]) -> None:
    where = desk.home
    care.backup(desk)
    later = organizations.create(desk.store, {"name": "控えのあと"})
    desk.close()
    for name in ("keys.json", "keys.json.bak"):
        how(where / name)
    with pytest.raises(KeysLost) as trouble:
        desks.unlock(where, PASSPHRASE, **options)
    with pytest.raises((KeysLost, Refused)):                         # nor is a new desk made over the records
        desks.create(where, "x", person="高橋", **options)
    assert restoring.remedy(where, trouble.value) == restoring.Remedy(keys_only=True)
    with pytest.raises(Refused):
        restoring.put_keys_back(where, "ちがう", **options)
    restoring.put_keys_back(where, PASSPHRASE, **options)
    again = desks.unlock(where, PASSPHRASE, **options)
    assert organizations.get(again.store, later).name == "控えのあと"
    again.close()
    backup_folder = care.listing(where)[0].path
    assert {f.name for f in backup_folder.iterdir()} == {"records.db", "keys.json", "backup.json"}


def test_lost_keys_and_damaged_records_are_both_restored(desk: Desk, options) -> None:
    where = desk.home
    made = care.backup(desk)
    desk.close()
    harm(where / "records.db")
    for name in ("keys.json", "keys.json.bak"):
        (where / name).write_bytes(b"{}")
    restoring.restore(where, made, PASSPHRASE, **options)
    desks.unlock(where, PASSPHRASE, **options).close()
    assert {f.name for f in (where / "backups").glob("damaged-*/*")} == {"records.db", "keys.json", "keys.json.bak"}


def test_no_backup_is_offered_for_data_of_a_newer_program_or_without_one(desk: Desk, options) -> None:
    where = desk.home
    with desk.store.engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA user_version = 9001")
        conn.commit()
    made = backups.make(desk.folder, desk.key, desk.clock, "exit")
    desk.close()
    with pytest.raises(Trouble, match="より新しい版") as trouble:
        desks.unlock(where, PASSPHRASE, **options)
    assert restoring.remedy(where, trouble.value) is None
    before = files(where)
    with pytest.raises(Trouble, match="より新しい版"):
        restoring.restore(where, made, PASSPHRASE, **options)
    assert files(where) == before
    shutil.rmtree(where / "backups")
    harm(where / "records.db")
    with pytest.raises(Trouble) as trouble:
        desks.unlock(where, PASSPHRASE, **options)
    assert restoring.remedy(where, trouble.value) is None            # there is none


def test_a_full_disk_while_restoring_leaves_everything_as_it_was(desk: Desk, options) -> None:
    where = desk.home
    made = care.backup(desk)
    organizations.create(desk.store, {"name": "控えのあと"})
    desk.close()
    desks.unlock(where, PASSPHRASE, **options).close()
    before = files(where)
    with room(100_000), pytest.raises(Trouble):
        restoring.restore(where, made, PASSPHRASE, **options)
    assert files(where) == before
    again = desks.unlock(where, PASSPHRASE, **options)
    assert organizations.count(again.store) == 71
    again.close()


def test_a_full_disk_while_making_a_desk_leaves_none(tmp_path: Path, options) -> None:
    with room(50_000), pytest.raises(Trouble):
        desks.create(tmp_path / "h", "x", person="高橋", **options)
    assert not desks.exists(tmp_path / "h")
    desks.create(tmp_path / "h", "x", person="高橋", **options).close()


def test_a_backup_of_another_desk_is_refused_and_its_folder_is_not_shared(desk: Desk, options, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    made = care.backup(desk, usb)
    other = desks.create(tmp_path / "other", "y", person="佐々木", **options)
    with pytest.raises(Trouble, match="別のデスク"):
        care.backup(other, usb)
    other.close()
    with pytest.raises(Refused, match="別のデスク"):
        restoring.restore(tmp_path / "other", made, "y", **options)
    assert [one.path for one in care.listing(desk.home, usb)] == [made.path]


def test_an_open_desk_goes_back_without_a_passphrase_and_says_what_is_lost(desk: Desk) -> None:
    care.backup(desk)
    desk.clock.forward(minutes=5)  # type: ignore[attr-defined]
    visit = consultations.create(desk.store, organizations.create(desk.store, {"name": "控えのあと"}))
    timeline.add(desk.store, visit, "said", "消える行")
    care.backup(desk)
    newer, older = restoring.previews_of(desk)
    assert newer.since == restoring.Since(0, 0, 0) and newer.counts["organization"] == 71
    assert older.since is not None and (older.since.organizations, older.since.consultations) == (1, 1)
    assert older.since.changes == care.changes_kept(desk) - older.counts["change"] > 2
    device = desk.store.device()
    clock = desk.clock
    clock.forward(minutes=5)  # type: ignore[attr-defined]
    done, again = restoring.go_back(desk, older.backup)
    try:
        assert done.before is not None and done.before.counts["consultation"] == 1 and done.aside is None
        assert organizations.count(again.store) == 70 and again.store.device() != device
        now = restoring.previews_of(again)
        assert [one.backup.reason for one in now] == ["restore", "hand", "hand"]
        assert now[2].since == restoring.Since(0, 0, 0)
        clock.forward(minutes=5)  # type: ignore[attr-defined]
        again = restoring.go_back(again, now[0].backup)[1]                # and forth: nothing is lost by going back
        assert organizations.count(again.store) == 71
    finally:
        again.close()


def test_an_open_desk_found_damaged_is_closed_put_aside_and_restored(desk: Desk) -> None:
    made = care.backup(desk)
    desk.store.close()
    harmed = harm(desk.home / "records.db")
    (seen,) = restoring.previews_of(desk)
    assert seen.since is None and seen.counts["organization"] == 70     # nothing to compare with
    done, again = restoring.go_back(desk, made)
    assert organizations.count(again.store) == 70
    again.close()
    assert done.aside is not None and (done.aside / "records.db").read_bytes() == harmed


def test_going_back_without_room_leaves_the_records_and_gives_the_folder_back(desk: Desk, options) -> None:
    where, made = desk.home, care.backup(desk)
    organizations.create(desk.store, {"name": "控えのあと"})
    with room(100_000), pytest.raises(Trouble):
        restoring.go_back(desk, made)
    again = desks.unlock(where, PASSPHRASE, **options)
    assert organizations.count(again.store) == 71
    again.close()


# The store of attachments -------------------------------------------------------------------------------------------


def test_the_store_drops_what_nothing_names_and_keeps_what_a_kept_backup_names(desk: Desk, clock: SetClock) -> None:
    store = desk.folder.backups / backups.ATTACHMENTS
    secret = desk.key.subkey(backups.ATTACHMENTS)

    def drop() -> int:
        return backups.drop_attachments(desk.folder, desk.key, care.attachments_named())
    visit = consultations.create(desk.store, organizations.create(desk.store, {"name": "湖南精工"}))
    named = photos.attach(desk.store, desk.blobs, visit, picture((90, 60)), "x.jpg")
    kept = set(desk.blobs.hashes())
    loose = desk.blobs.put(b"withdrawn", "image/jpeg", clock().isoformat())
    care.backup(desk)
    assert backup_store.hashes(store, secret) == {*kept, loose}
    desk.blobs.sweep((), "9999")                                     # gone from this laptop
    photos.remove(desk.store, visit, named)
    assert drop() == 1                            # the photo is named by the backup
    assert backup_store.hashes(store, secret) == kept
    assert loose.encode() not in store.read_bytes()
    assert drop() == 0
    care.listing(desk.home)[0].path.joinpath("records.db").write_bytes(b"x" * 8192)
    assert drop() == 0                            # nobody knows what that one needs
