"""Desk: one open data folder with its key, records and attachments. Making, unlocking, protecting and closing it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from kanto_desk.clock import Clock, system_clock
from kanto_desk.db import backup, copying, disk, learning, migrations, putting_back, search
from kanto_desk.db.apply import Key, Row
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.folder import ALONE, LITTLE_FREE_BYTES, DataFolder
from kanto_desk.db.keys import Cost, DataKey, Keychain, KeyFile, lost, new_key
from kanto_desk.db.migrations import Migration
from kanto_desk.db.operation import Seen as Seen
from kanto_desk.db.schema import SCHEMA_VERSION
from kanto_desk.db.search import Told, untold
from kanto_desk.db.store import Store, new_device, put_setting
from kanto_desk.db.trouble import explain, refuses_writing
from kanto_desk.directory import pointer as directories
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import contested_deletions, escrow, masters

ATTACHMENTS_PAGE = 16384
ATTACHMENTS_LOST = "attachments_lost"
"""Setting: when attachments.db was found missing or empty, until everything is there again (contents.py)."""
PASSPHRASE_FIRST = "passphrase_first"
"""The field of a Refused that a desk lying open gives to whatever needs a passphrase: screens ask for one then."""


class RecordsLost(Trouble):
    """The key opens, and records.db is not there or holds nothing; a backup can take its place."""


@dataclass(slots=True)
class Desk:
    """An open data folder; `close` gives it back to other processes.

    One that is not `protected` holds sample data alone and opens without a passphrase: it takes no record of the user's
    own, no recovery key and no backup before `protect`.
    """

    home: Path
    folder: DataFolder
    keys: KeyFile
    key: DataKey
    store: Store
    blobs: Blobs
    clock: Clock
    protected: bool = True
    _held: ExitStack = field(default_factory=ExitStack)

    def need_passphrase(self) -> None:
        """Raises Refused while the desk lies open."""
        if not self.protected:
            raise _passphrase_first()

    def protect(self, passphrase: str) -> None:
        """Give a desk that lies open a passphrase; every file is encrypted anew by a key that nobody could read.

        No other thread may use the desk meanwhile. Raises Refused for an empty passphrase, Trouble; then nothing has
        changed. Killed at any moment the desk opens as before, or by the passphrase.
        """
        if self.protected:
            raise Refused(tr("このデスクには、もう合言葉があります。"), "passphrase")
        key = new_key()
        self.store.close()
        self.blobs.close()
        try:
            copying.renew(_files(self.folder, self.key, key), lambda: self.keys.protect(key, passphrase))
        except BaseException:
            self.store.engine, self.blobs.engine = _engines(self.folder, self.key)
            raise
        directories.follow_key(self.home, self.key, key)
        self.key, self.protected = key, True
        self.store.engine, self.blobs.engine = _engines(self.folder, key)
        self.store.projections = tuple(one for one in self.store.projections if one is not sample_rows_only)
        with suppress(Trouble):   # a full disk: the former key opens nothing any more, and goes at the next opening
            self.keys.forget_alone()
        self.folder.make_private()

    def new_recovery_key(self) -> str:
        """Make a recovery key to be written down; an earlier one is void. Raises Refused while the desk lies open."""
        self.need_passphrase()
        key = self.keys.new_recovery_key(self.key)
        escrow.renew(self.store)   # whoever wants former keys void means that one, too
        return key

    def remember_in_keychain(self, keychain: Keychain) -> None:
        """Let the system's keychain open this desk. Raises Refused while the desk lies open."""
        self.need_passphrase()
        self.keys.remember_in_keychain(self.key, keychain)

    def note_recovery_key(self) -> None:
        """The user says that the recovery key is written down: the reminder on きょう goes."""
        self.store.set_setting("recovery_key_noted", True)

    def warnings(self) -> list[str]:
        """What is unwise about the folder's place, in the user's words."""
        return self.folder.warnings()

    def nearly_full(self) -> Trouble | None:
        """What to tell while the disk has hardly any room left; None while it has."""
        try:
            free = self.folder.free_bytes()
        except OSError:
            return None   # a disk that does not answer is told by the next save
        if free >= LITTLE_FREE_BYTES:
            return None
        return Trouble(tr("ディスクの空きが{megabytes}MBしかありません。", megabytes=free // 2**20),
                       tr("これまでの記録は保存されています。"),
                       tr("いらないファイルを消すか、写真を入れる前に空きをつくります。"))

    def close(self) -> None:
        """Close the files and give the folder back."""
        self.store.close()
        self.blobs.close()
        self._held.close()

    def let_go(self) -> Held:
        """Close the files, and go on holding the folder and its key: to put other files in their place."""
        self.store.close()
        self.blobs.close()
        return Held(self.folder, self.keys, self.key, self.clock, self._held.pop_all())


@dataclass(slots=True)
class Held:
    """A folder held for this process, its key known and its files not opened yet: `open` it or `close` it."""

    folder: DataFolder
    keys: KeyFile
    key: DataKey
    clock: Clock
    _held: ExitStack = field(default_factory=ExitStack)
    steps: tuple[tuple[Migration, ...], tuple[Migration, ...]] = (migrations.RECORDS, migrations.ATTACHMENTS)

    def open(self, owner: tuple[str, str, str] | None = None, *, reading: bool = False, told: Told = untold) -> Desk:
        """Open the files, brought to this program's schema; `owner` sets a new desk up. Raises Trouble; closed then.

        With `reading`, a disk that takes no writing is read as it stands where that is safe: `Store.read_only`. `told`
        hears how far an index that is made anew has come: with many records that takes minutes.
        """
        keep = self._held.pop_all()
        with keep as held:
            try:
                return self._open(held, owner, told)
            except Trouble as trouble:
                if not reading or not refuses_writing(trouble) or not self._whole():
                    raise
                return self._read_only(held, trouble)

    def _whole(self) -> bool:
        """Whether both files say everything alone, so that nothing acknowledged is left out by reading only them."""
        return all(file.exists() and copying.whole_in_itself(file)
                   for file in (self.folder.records, self.folder.attachments))

    def _read_only(self, held: ExitStack, cause: Trouble) -> Desk:
        """The desk as it stands, every write refused with `cause`, which is raised for a file to be migrated."""
        if not self.folder.is_writable():   # SQLite says only that it cannot open its files beside the records
            cause = explain(OSError(errno.EROFS, os.strerror(errno.EROFS)))
        records, blobs = _engines(self.folder, self.key, immutable=True)
        held.callback(records.dispose)
        held.callback(blobs.dispose)
        try:
            if any(migrations.pending(engine, steps) for engine, steps in zip((records, blobs), self.steps,
                                                                              strict=True)):
                raise cause
            store = Store(records, self.clock)
            store.person = store.setting("person", "")
        except DBAPIError as error:
            raise explain(error) from error
        store.read_only = cause
        return Desk(self.folder.path, self.folder, self.keys, self.key, store, Blobs(blobs), self.clock,
                    not self.keys.lies_open(), held.pop_all())

    def _open(self, outer: ExitStack, owner: tuple[str, str, str] | None, told: Told) -> Desk:
        with ExitStack() as held:
            if owner is None:
                _need_records(self.folder)
            open_to_all = self.keys.lies_open()
            putting_back.drop_unfinished(self.folder)
            if not open_to_all:
                self._finish_protecting()
            lost = owner is None and putting_back.replace_lost_attachments(self.folder, self.key, self.clock)
            records, blobs = _engines(self.folder, self.key)
            held.callback(records.dispose)
            held.callback(blobs.dispose)
            try:
                self._migrate(records, blobs, new=owner is not None)
                store = Store(records, self.clock)
                _learn(store)
                _index(store, told)
                if owner is not None:
                    _set_up(store, owner)
                if lost:
                    store.set_setting(ATTACHMENTS_LOST, self.clock().isoformat())
                store.person = store.setting("person", "")
                masters.load(store)
                store.listeners.append(partial(contested_deletions.written_into, store))
            except DBAPIError as error:
                raise explain(error) from error
            if open_to_all:
                store.projections += (sample_rows_only,)
            with suppress(OSError):
                self.folder.make_private()
            return Desk(self.folder.path, self.folder, self.keys, self.key, store, Blobs(blobs), self.clock,
                        not open_to_all, _both(outer, held))

    def close(self) -> None:
        """Give the folder back."""
        self._held.close()

    def _migrate(self, records: Engine, blobs: Engine, *, new: bool) -> None:
        """Bring both files to this program's schema; first they are backed up as they are."""
        if not new and migrations.is_empty(records):   # `_need_records` cannot see into a file
            raise _lost(tr("記録のファイルが空です：{name}", name=self.folder.records.name))
        files = tuple(zip((records, blobs), self.steps, strict=True))
        pending = [step for engine, steps in files for step in migrations.pending(engine, steps)]   # each may refuse
        if pending and not new and not self.keys.lies_open():   # sample data alone needs no backup
            backup.make(self.folder, self.key, self.clock, backup.BEFORE_MIGRATION)
        for engine, steps in files:
            migrations.migrate(engine, steps)

    def _finish_protecting(self) -> None:
        """Go on where `Desk.protect` was killed."""
        former = self.keys.unlock_alone() if self.keys.has(ALONE) else None
        if former is not None:
            copying.renew(_files(self.folder, former, self.key))
            directories.follow_key(self.folder.path, former, self.key)
            self.keys.forget_alone()


def _learn(store: Store) -> None:
    """After an upgrade, take in what the program before it kept without understanding it."""
    with store.read() as conn:
        since = learning.since_of(conn)
    if since < SCHEMA_VERSION:
        with store.write() as conn:
            learning.learn(conn, since, store.projections)
            learning.note(conn, SCHEMA_VERSION)


def _index(store: Store, told: Told) -> None:
    """After an upgrade, make the search index anew if the program before it made it otherwise."""
    with store.read() as conn:
        current = search.is_current(conn)
    if not current:
        with store.write() as conn:
            search.rebuild(conn, told)


def sample_rows_only(_conn: Connection, rows: Mapping[Key, Row]) -> None:
    """What keeps the user's own records out of a desk that lies open. Raises Refused, which rolls the save back."""
    if not all(row.sample for row in rows.values()):
        raise _passphrase_first()


def exists(home: Path) -> bool:
    """Whether a folder holds a desk, be it one whose keys are lost."""
    folder = DataFolder(home)
    return KeyFile(folder.keys, system_clock).exists() or folder.records.exists()


def asks_nothing(home: Path) -> bool:
    """Whether the desk of a folder lies open: sample data alone, no passphrase yet."""
    try:
        return KeyFile(DataFolder(home).keys, system_clock).lies_open()
    except Trouble:
        return False


def create(home: Path, passphrase: str, *, person: str, kana: str = "", organization: str = "", sample: bool = False,
           clock: Clock = system_clock, cost: Cost | None = None) -> Desk:
    """Make a desk in an empty or absent folder and open it, with the shipped rows.

    With `sample` the passphrase may be empty: the desk then lies open until `Desk.protect`. Raises Refused for an empty
    passphrase or name or a folder that has one, Trouble when it cannot be written; nothing is left of it then.
    """
    if not person.strip():
        raise Refused(tr("お名前を書きます。"), "person")
    if not passphrase and not sample:
        raise Refused(tr("合言葉を決めます。"), "passphrase")
    folder = DataFolder(home)
    absent = [one for one in (home, *home.parents) if not os.path.exists(one)]
    had_lock = folder.lock_file.exists()
    folder.create()
    keys = KeyFile(folder.keys, clock, cost)
    if folder.records.exists() and not keys.exists() and not folder.setup.exists():
        raise lost()
    ours = False   # a lock file is another process's until the folder is held

    def key() -> DataKey:
        nonlocal ours
        ours = True
        _begin_setup(folder, keys)
        return keys.create(passphrase) if passphrase else keys.create_open()

    try:
        held = hold(folder, keys, key)
        try:
            made = held.open((person.strip(), kana, organization.strip()))
            _end_setup(folder)
            return made
        except BaseException:
            for file in (keys.path, folder.records, folder.attachments):
                copying.remove_all(file)
            raise
    except BaseException:
        with suppress(OSError):
            if ours and not keys.exists():
                folder.setup.unlink(missing_ok=True)
            if ours and not keys.exists() and not had_lock:
                folder.lock_file.unlink(missing_ok=True)
            for one in absent:   # refuses where something is in it
                one.rmdir()
        raise


def unlock(home: Path, passphrase: str, *, clock: Clock = system_clock, cost: Cost | None = None,
           reading: bool = False, code: str = "", told: Told = untold) -> Desk:
    """Open a desk by its passphrase; one that lies open needs none. `reading` and `told`: as of `Held.open`.

    Raises Refused for a wrong one (with the seconds to wait), LeaseOver where an unlock `code` is needed, Forgotten
    where the hub ordered it to forget, Trouble otherwise.
    """
    held = hold_existing(home, passphrase, clock=clock, cost=cost, reading=reading)
    return _let_in(held.open(reading=reading, told=told), code)


def unlock_by_recovery_key(home: Path, text: str, new_passphrase: str, *, clock: Clock = system_clock,
                           cost: Cost | None = None, code: str = "", told: Told = untold) -> Desk:
    """Open a desk by its recovery key and set a new passphrase. Raises Refused when the key does not fit."""
    if not new_passphrase:
        raise Refused(tr("合言葉を決めます。"), "passphrase")
    folder, keys = _existing(home, clock, cost)

    def open_and_set() -> DataKey:
        key = keys.unlock_by_recovery_key(text)
        keys.set_passphrase(key, new_passphrase)
        return key

    found = _let_in(hold(folder, keys, open_and_set).open(told=told), code)
    with suppress(Trouble):   # it was read aloud or lay on a desk: the one at the secretariat is replaced
        escrow.renew(found.store)
    return found


def unlock_by_keychain(home: Path, keychain: Keychain, *, clock: Clock = system_clock, reading: bool = False,
                       code: str = "", told: Told = untold) -> Desk | None:
    """Open a desk by the system's keychain; None when it holds nothing that fits. The rest: as of `Held.open`."""
    folder, keys = _existing(home, clock, None)
    key = keys.unlock_by_keychain(keychain)
    return None if key is None else _let_in(
        hold(folder, keys, lambda: key, reading=reading).open(reading=reading, told=told), code)


BROUGHT_BACK = "brought_back"
"""Setting: a backup was put in place here and has no line of its own yet (`kanto_desk.services.rejoining`)."""

_HUB, _LEASE = "hub", "hub_lease"   # of kanto_desk.sync, whose import a desk without a hub need not pay for


def _let_in(desk: Desk, code: str) -> Desk:
    """A desk that was opened, unless its hub says otherwise; closed then. Raises Forgotten, LeaseOver, Refused."""
    try:
        if desk.store.setting(BROUGHT_BACK) is not None:
            from kanto_desk.services import rejoining  # it stands on this module

            rejoining.finish(desk)
        if desk.store.setting(_HUB) is not None or desk.store.setting(_LEASE) is not None:
            from kanto_desk.services import forgetting, lease  # they stand on this module

            if forgetting.is_due(desk):
                raise forgetting.obey(desk)
            if desk.store.read_only is None:
                lease.need(desk.store, code)
    except BaseException:
        desk.close()
        raise
    return desk


def hold_existing(home: Path, passphrase: str, *, clock: Clock = system_clock, cost: Cost | None = None,
                  reading: bool = False) -> Held:
    """Hold a folder that has a desk, its key by the passphrase. Raises as `unlock` does."""
    folder, keys = _existing(home, clock, cost)

    def key() -> DataKey:
        open_to_all = keys.unlock_alone() if keys.lies_open() else None
        return open_to_all or keys.unlock(passphrase)

    return hold(folder, keys, key, reading=reading)


def hold(folder: DataFolder, keys: KeyFile, key_of: Callable[[], DataKey], *, reading: bool = False) -> Held:
    """Hold a folder for this process and get its key. Raises Trouble when another one holds it."""
    with ExitStack() as held:
        held.enter_context(folder.locked(keys.clock, reading=reading))
        return Held(folder, keys, key_of(), keys.clock, held.pop_all())


def _begin_setup(folder: DataFolder, keys: KeyFile) -> None:
    """Note that a desk is being made, before its first file; what a killed set-up left goes. Raises Trouble."""
    try:
        if folder.setup.exists():
            folder.put_aside(keys.clock)
        if not keys.exists():
            disk.make_private(folder.setup)
            disk.sync_folder(folder.path)
    except OSError as error:
        raise explain(error) from error


def _end_setup(folder: DataFolder) -> None:
    """The desk is made; on disk before anybody writes into it. Raises Trouble."""
    try:
        folder.setup.unlink()
        disk.sync_folder(folder.path)
    except OSError as error:
        raise explain(error) from error


def _existing(home: Path, clock: Clock, cost: Cost | None) -> tuple[DataFolder, KeyFile]:
    folder = DataFolder(home)
    keys = KeyFile(folder.keys, clock, cost)
    if folder.wiped.exists():
        from kanto_desk.services import forgetting  # it stands on this module

        forgetting.finish(folder)
        forgotten = forgetting.told(home)
        if forgotten is not None:
            raise forgotten
    if folder.setup.exists():
        raise Trouble(tr("はじめの設定が、途中で終わっています。"), tr("まだ何も記録されていません。"),
                      tr("はじめの設定を、もう一度します。"))
    if not exists(home):
        raise Trouble(tr("このフォルダーには関東デスクのデータがありません：{home}", home=home),
                      tr("何も変えていません。"), tr("フォルダーを確かめるか、はじめの設定をします。"))
    return folder, keys


def _engines(folder: DataFolder, key: DataKey, *, immutable: bool = False) -> tuple[Engine, Engine]:
    """The engines of records and attachments; nothing is opened yet."""
    return (make_engine(folder.records, key.subkey(folder.records.name), immutable=immutable),
            make_engine(folder.attachments, key.subkey(folder.attachments.name), page_size=ATTACHMENTS_PAGE,
                        immutable=immutable))


def _files(folder: DataFolder, key: DataKey, other: DataKey) -> list[tuple[Path, bytes, bytes]]:
    """Each file with its keys: as it is, and as it will be."""
    return [(file, key.subkey(file.name), other.subkey(file.name)) for file in (folder.records, folder.attachments)]


def _both(outer: ExitStack, inner: ExitStack) -> ExitStack:
    """One stack that closes what the inner one holds before what the outer one holds."""
    outer.push(inner.pop_all())
    return outer.pop_all()


def _need_records(folder: DataFolder) -> None:
    """Raises RecordsLost where the keys tell of a desk and its records are not there; nothing is opened for it."""
    if not folder.records.exists():
        raise _lost(tr("記録のファイルがありません：{name}", name=folder.records.name))
    if folder.records.stat().st_size == 0:   # SQLite would take it for a new file, and drop the WAL beside it
        raise _lost(tr("記録のファイルが空です：{name}", name=folder.records.name))


def _lost(happened: str) -> RecordsLost:
    return RecordsLost(happened, tr("ほかのファイルには触れていません。"),
                       tr("「復元」で最後のバックアップに戻します。"))


def _passphrase_first() -> Refused:
    return Refused(tr("見本データのあいだは合言葉がありません。自分の記録を書く前に、合言葉を決めます。"),
                   PASSPHRASE_FIRST)


def _set_up(store: Store, owner: tuple[str, str, str]) -> None:
    with store.write() as conn:
        new_device(conn, store.clock)
        for name, value in zip(("person", "kana", "organization"), owner, strict=True):
            put_setting(conn, name, value)
