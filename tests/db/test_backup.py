"""Backups: verified, previewed, restored, rotated, and nothing damaged passes for sound."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kanto_desk.clock import JST, system_clock
from kanto_desk.db import backup, backup_store, copying, driver, putting_back
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import Cost, DataKey, KeyFile
from kanto_desk.errors import Trouble

SECRET = b"0123456789abcdef0123456789abcdef"
WORD = "秘密の髙橋製作所"


class SetClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 9, 0, tzinfo=JST)

    def __call__(self) -> datetime:
        return self.now


def records(folder: DataFolder, key: DataKey) -> driver.Connection:
    return driver.connect(folder.records, key=key.subkey("records.db"))


def notes(folder: DataFolder, key: DataKey) -> list[str]:
    with closing(records(folder, key)) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY id")]


def texts(file: Path, key: DataKey) -> list[str]:
    with closing(driver.connect(file, key=key.subkey("records.db"), create=False)) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY id")]


def write(folder: DataFolder, key: DataKey, text: str, rows: int = 1) -> None:
    with closing(records(folder, key)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, text TEXT)")
        connection.begin("IMMEDIATE")
        connection.executemany("INSERT INTO note(text) VALUES (?)", [(text,)] * rows)
        connection.commit()


def attach(folder: DataFolder, key: DataKey, digest: str) -> None:
    with closing(driver.connect(folder.attachments, key=key.subkey("attachments.db"), page_size=16384)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS blob(hash TEXT PRIMARY KEY, size INTEGER, mime TEXT)")
        connection.execute("CREATE TABLE IF NOT EXISTS chunk(hash TEXT, n INTEGER, bytes BLOB, PRIMARY KEY(hash, n))")
        connection.execute("CREATE TABLE IF NOT EXISTS thumb(hash TEXT, px INTEGER, bytes BLOB, PRIMARY KEY(hash, px))")
        connection.begin("IMMEDIATE")
        connection.execute("INSERT INTO blob VALUES (?, 4, 'image/jpeg')", (digest,))
        connection.executemany("INSERT INTO chunk VALUES (?, ?, ?)", [(digest, n, WORD.encode() * 9) for n in range(3)])
        connection.execute("INSERT INTO thumb VALUES (?, 128, x'00')", (digest,))
        connection.commit()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.create()
    return made


@pytest.fixture
def key() -> DataKey:
    return DataKey(SECRET)


def test_a_backup_is_verified_listed_previewed_and_restored(folder: DataFolder, key: DataKey, clock: SetClock) -> None:
    write(folder, key, "一")
    made = backup.make(folder, key, clock, "exit")
    write(folder, key, "二")
    assert [one.counts for one in backup.list_backups(folder.backups)] == [{"note": 1}] and made.verified == clock.now
    assert backup.preview(made, key, "SELECT max(id) FROM note") == ({"note": 1}, 1)
    clock.now += timedelta(seconds=1)
    before = putting_back.restore(folder, key, made, clock)
    assert notes(folder, key) == ["一"]
    assert before is not None and before.counts == {"note": 2}
    clock.now += timedelta(seconds=1)
    putting_back.restore(folder, key, before, clock)
    assert notes(folder, key) == ["一", "二"]


def test_attachments_grow_by_what_is_new(folder: DataFolder, key: DataKey, clock: SetClock) -> None:
    write(folder, key, "一")
    attach(folder, key, "a")
    backup.make(folder, key, clock, "start")
    attach(folder, key, "b")
    store = folder.backups / backup.ATTACHMENTS
    assert backup_store.add(folder.attachments, store, key.subkey("attachments.db")) == 1
    assert backup_store.add(folder.attachments, store, key.subkey("attachments.db")) == 0
    assert copying.verify(store, key.subkey("attachments.db")) == {"blob": 2, "chunk": 6, "thumb": 2}


def test_a_new_thumbnail_of_a_photo_already_copied_comes_along(folder: DataFolder, key: DataKey) -> None:
    write(folder, key, "一")
    attach(folder, key, "a")
    store, secret = folder.path / "store.db", key.subkey("attachments.db")
    backup_store.add(folder.attachments, store, secret)
    with closing(driver.connect(folder.attachments, key=secret)) as connection:
        connection.execute("INSERT INTO thumb VALUES ('a', 640, x'01')")
    assert backup_store.add(folder.attachments, store, secret) == 1
    with closing(driver.connect(store, key=secret)) as connection:
        assert connection.execute("SELECT px FROM thumb ORDER BY px").fetchall() == [(128,), (640,)]
    assert backup_store.add(folder.attachments, store, secret) == 0


def test_rotation_drops_what_no_kept_backup_names(folder: DataFolder, key: DataKey, clock: SetClock) -> None:
    old, lasting, loose = (f"{n:064x}" for n in (1, 2, 3))
    for digest in (old, lasting, loose):
        attach(folder, key, digest)
    names = [("note", "SELECT text FROM note"), ("head", "SELECT value FROM head")]
    write(folder, key, f"{old} {lasting}")
    for day in range(9):
        if day == 1:
            with closing(records(folder, key)) as connection:
                connection.execute("UPDATE note SET text = ?", (lasting,))
            with closing(driver.connect(folder.attachments, key=key.subkey("attachments.db"))) as connection:
                connection.execute("DELETE FROM blob")
                connection.execute("DELETE FROM chunk")
                connection.execute("DELETE FROM thumb")
        backup.make(folder, key, clock, "exit", names=names)
        clock.now += timedelta(days=7)
        kept = backup_store.hashes(folder.backups / backup.ATTACHMENTS, key.subkey("attachments.db"))
        assert kept == ({old, lasting, loose} if day < 7 else {lasting}), day


def test_a_backup_is_not_written_to_by_restoring_it(folder: DataFolder, key: DataKey, clock: SetClock) -> None:
    write(folder, key, "一")
    made = backup.make(folder, key, clock, "exit")
    before = made.path.joinpath("records.db").read_bytes()
    clock.now += timedelta(seconds=1)
    putting_back.restore(folder, key, made, clock)
    assert made.path.joinpath("records.db").read_bytes() == before


def test_rotation_keeps_seven_days_and_four_weeks(folder: DataFolder, key: DataKey, clock: SetClock) -> None:
    write(folder, key, "一")
    for _ in range(40):
        backup.make(folder, key, clock, "exit")
        clock.now += timedelta(hours=3)
        backup.make(folder, key, clock, "exit")
        clock.now += timedelta(hours=21)
    kept = backup.list_backups(folder.backups)
    assert [one.made.strftime("%m-%d %H") for one in kept] == [
        "05-10 12", "05-09 12", "05-08 12", "05-07 12", "05-06 12", "05-05 12", "05-04 12", "05-03 12", "04-26 12",
        "04-19 12"]


def test_a_passphrase_change_opens_every_backup(folder: DataFolder, clock: SetClock) -> None:
    keys = KeyFile(folder.keys, clock, Cost(1, 64, 1))
    key = keys.create("old")
    write(folder, key, "一")
    made = backup.make(folder, key, clock, "exit")
    keys.change_passphrase("old", "new")
    assert backup.rewrap(folder.backups, folder.keys) == 1
    there = KeyFile(made.path / "keys.json", clock, Cost(1, 64, 1)).unlock("new")
    assert backup.preview(made, there)[0] == {"note": 1}


def test_every_flipped_bit_is_found(folder: DataFolder, key: DataKey) -> None:
    write(folder, key, WORD * 40, rows=300)
    with closing(records(folder, key)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    whole = folder.records.read_bytes()
    chosen = random.Random(3)
    assert putting_back.check(folder, key) == []
    for _ in range(200):
        place = chosen.randrange(len(whole))
        harmed = bytearray(whole)
        harmed[place] ^= 1 << chosen.randrange(8)
        folder.records.write_bytes(harmed)
        assert [finding.file for finding in putting_back.check(folder, key)] == ["records.db"], place
    folder.records.write_bytes(whole[: len(whole) // 2])
    assert putting_back.check(folder, key)


def test_damaged_records_are_replaced_and_kept_beside(folder: DataFolder, key: DataKey, clock: SetClock) -> None:
    write(folder, key, WORD, rows=400)
    made = backup.make(folder, key, clock, "exit")
    harmed = bytearray(folder.records.read_bytes())
    harmed[4096 * 2 + 50] ^= 1
    folder.records.write_bytes(harmed)
    clock.now += timedelta(seconds=1)
    with pytest.raises(Trouble, match="壊れています"):
        backup.make(folder, key, clock, "exit")
    assert [one.path for one in backup.list_backups(folder.backups)] == [made.path]
    assert putting_back.restore(folder, key, made, clock) is None
    assert notes(folder, key) == [WORD] * 400
    assert [aside.joinpath("records.db").read_bytes() for aside in folder.backups.glob("damaged-*")] == [bytes(harmed)]


FULL = """
import resource, sys
from pathlib import Path
from kanto_desk.clock import system_clock
from kanto_desk.db import backup
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import DataKey
from kanto_desk.errors import Trouble
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
try:
    backup.make(DataFolder(Path(sys.argv[1])), DataKey(b"0123456789abcdef0123456789abcdef"), system_clock, "exit")
except Trouble as trouble:
    print(trouble.detail)
    sys.exit(3)
"""


def test_a_full_disk_leaves_older_backups_and_no_half_file(folder: DataFolder, key: DataKey, clock: SetClock) -> None:
    write(folder, key, "一")
    made = backup.make(folder, key, clock, "exit")
    write(folder, key, WORD * 50, rows=500)
    ended = subprocess.run([sys.executable, "-c", FULL, str(folder.path)], check=False, capture_output=True, text=True)
    assert ended.returncode == 3, ended.stderr
    assert [path for path in folder.backups.iterdir() if path.is_dir()] == [made.path]
    assert copying.verify(made.path / "records.db", key.subkey("records.db")) == {"note": 1}


LOOP = """
import sys
from pathlib import Path
from kanto_desk.clock import system_clock
from kanto_desk.db import backup
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import DataKey
folder, key = DataFolder(Path(sys.argv[1])), DataKey(b"0123456789abcdef0123456789abcdef")
first = backup.list_backups(folder.backups)[-1]
print("ready", flush=True)
while True:
    if sys.argv[2] == "make":
        backup.make(folder, key, system_clock, "restore")
    else:
        putting_back.restore(folder, key, first, system_clock)
"""


@pytest.mark.parametrize("what", ["make", "restore"])
def test_killed_at_any_moment_everything_listed_is_whole(folder: DataFolder, key: DataKey, what: str) -> None:
    write(folder, key, WORD, rows=2000)
    backup.make(folder, key, system_clock, "restore")
    chosen = random.Random(4)
    for _ in range(6):
        write(folder, key, "後")
        present = notes(folder, key)
        oldest = texts(backup.list_backups(folder.backups)[-1].path / "records.db", key)   # what the child goes back to
        with subprocess.Popen([sys.executable, "-c", LOOP, str(folder.path), what], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None and child.stdout.readline() == b"ready\n"
            time.sleep(chosen.random() * 0.15)   # the moment of the kill, not a wait for anything
            child.send_signal(signal.SIGKILL)
        assert putting_back.check(folder, key) == []
        assert notes(folder, key) in (present, oldest)
        for one in backup.list_backups(folder.backups):
            assert copying.verify(one.path / "records.db", key.subkey("records.db")) == one.counts
    backup.make(folder, key, system_clock, "exit")
    assert not list(folder.backups.glob(".unfinished*"))


def test_no_plaintext_anywhere(folder: DataFolder, key: DataKey, clock: SetClock) -> None:
    words = [WORD.encode(), WORD.encode("utf-16-le"), WORD.encode("cp932"), b"SQLite format 3", b"CREATE TABLE"]

    def leaks() -> list[str]:
        return [file.name for file in folder.path.rglob("*") if file.is_file()
                for word in words if word in file.read_bytes()]

    with closing(records(folder, key)) as open_one:
        write(folder, key, WORD, rows=200)
        attach(folder, key, "a")
        backup.make(folder, key, clock, "exit")
        open_one.execute("INSERT INTO note(text) VALUES (?)", (WORD,))
        open_one.execute("SELECT text FROM note ORDER BY text DESC").fetchall()
        assert (folder.path / "records.db-wal").stat().st_size and leaks() == []
    for word in words:
        (folder.path / "leak").write_bytes(b"x" + word)
        assert leaks() == ["leak"]


def test_a_backup_in_another_place_restores_into_an_empty_folder(
    folder: DataFolder, key: DataKey, clock: SetClock, tmp_path: Path
) -> None:
    write(folder, key, "一")
    attach(folder, key, "a")
    made = backup.make(folder, key, clock, "exit", tmp_path / "usb")
    shutil.rmtree(folder.path)
    folder.create()
    assert putting_back.restore(folder, key, made, clock) is None
    assert notes(folder, key) == ["一"]
    assert putting_back.check(folder, key) == []
    with closing(driver.connect(folder.attachments, key=key.subkey("attachments.db"))) as connection:
        assert connection.execute("SELECT count(*) FROM chunk").fetchone() == (3,)


def test_a_backup_made_by_hand_outlives_the_automatic_ones_of_its_day(folder: DataFolder, key: DataKey,
                                                                      clock: SetClock) -> None:
    write(folder, key, WORD)
    by_hand = backup.make(folder, key, clock, backup.BY_HAND)
    for _ in range(3):
        clock.now += timedelta(minutes=5)
        backup.make(folder, key, clock, "exit")
    kept = [one.path for one in backup.list_backups(folder.backups)]
    assert by_hand.path in kept and len(kept) == 2
