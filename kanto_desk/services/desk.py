"""Desk: one open data folder with its key, records and attachments. Making, unlocking and closing it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from kanto_desk.clock import Clock, system_clock
from kanto_desk.db import migrations
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import Cost, DataKey, Keychain, KeyFile
from kanto_desk.db.store import Store, new_device, put_setting
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import masters

ATTACHMENTS_PAGE = 16384


@dataclass(slots=True)
class Desk:
    """An open data folder; `close` gives it back to other processes."""

    home: Path
    folder: DataFolder
    keys: KeyFile
    key: DataKey
    store: Store
    blobs: Blobs
    clock: Clock
    _held: ExitStack = field(default_factory=ExitStack)

    def new_recovery_key(self) -> str:
        """Make a recovery key to be written down; an earlier one is void."""
        return self.keys.new_recovery_key(self.key)

    def note_recovery_key(self) -> None:
        """The user says that the recovery key is written down: the reminder on きょう goes."""
        self.store.set_setting("recovery_key_noted", True)

    def warnings(self) -> list[str]:
        """What is unwise about the folder's place, in the user's words."""
        return self.folder.warnings()

    def close(self) -> None:
        """Close the files and give the folder back."""
        self.store.close()
        self.blobs.close()
        self._held.close()


def exists(home: Path) -> bool:
    """Whether a folder holds a desk."""
    return KeyFile(DataFolder(home).keys, system_clock).exists()


def create(home: Path, passphrase: str, *, person: str, kana: str = "", organization: str = "",
           clock: Clock = system_clock, cost: Cost | None = None) -> Desk:
    """Make a desk in an empty or absent folder and open it, with the shipped rows.

    Raises Refused for an empty passphrase or name or a folder that has one, Trouble when it cannot be written.
    """
    if not person.strip():
        raise Refused(tr("お名前を書きます。"), "person")
    if not passphrase:
        raise Refused(tr("合言葉を決めます。"), "passphrase")
    folder = DataFolder(home)
    folder.create()
    keys = KeyFile(folder.keys, clock, cost)
    return _opened(folder, keys, lambda: keys.create(passphrase), clock, (person.strip(), kana, organization.strip()))


def unlock(home: Path, passphrase: str, *, clock: Clock = system_clock, cost: Cost | None = None) -> Desk:
    """Open a desk by its passphrase. Raises Refused for a wrong one (with the seconds to wait), Trouble otherwise."""
    return _existing(home, clock, cost, lambda keys: keys.unlock(passphrase))


def unlock_by_recovery_key(home: Path, text: str, new_passphrase: str, *, clock: Clock = system_clock,
                           cost: Cost | None = None) -> Desk:
    """Open a desk by its recovery key and set a new passphrase. Raises Refused when the key does not fit."""
    if not new_passphrase:
        raise Refused(tr("合言葉を決めます。"), "passphrase")

    def open_and_set(keys: KeyFile) -> DataKey:
        key = keys.unlock_by_recovery_key(text)
        keys.set_passphrase(key, new_passphrase)
        return key

    return _existing(home, clock, cost, open_and_set)


def unlock_by_keychain(home: Path, keychain: Keychain, *, clock: Clock = system_clock) -> Desk | None:
    """Open a desk by the system's keychain; None when it holds nothing that fits."""
    keys = KeyFile(DataFolder(home).keys, clock)
    key = keys.unlock_by_keychain(keychain)
    return None if key is None else _existing(home, clock, None, lambda _: key)


def _existing(home: Path, clock: Clock, cost: Cost | None, key_of: Callable[[KeyFile], DataKey]) -> Desk:
    folder = DataFolder(home)
    keys = KeyFile(folder.keys, clock, cost)
    if not keys.exists():
        raise Trouble(tr("このフォルダーには関東デスクのデータがありません：{home}", home=home),
                      tr("何も変えていません。"), tr("フォルダーを確かめるか、はじめの設定をします。"))
    return _opened(folder, keys, lambda: key_of(keys), clock, None)


def _opened(folder: DataFolder, keys: KeyFile, key_of: Callable[[], DataKey], clock: Clock,
            owner: tuple[str, str, str] | None) -> Desk:
    with ExitStack() as held:
        held.enter_context(folder.locked(clock))
        key = key_of()
        if owner is None and not folder.records.exists():
            raise Trouble(tr("記録のファイルがありません：{name}", name=folder.records.name),
                          tr("ほかのファイルには触れていません。"),
                          tr("「復元」で最後のバックアップに戻します。"))
        records = make_engine(folder.records, key.subkey("records.db"))
        held.callback(records.dispose)
        blobs = make_engine(folder.attachments, key.subkey("attachments.db"), page_size=ATTACHMENTS_PAGE)
        held.callback(blobs.dispose)
        try:
            migrations.migrate(records, migrations.RECORDS)
            migrations.migrate(blobs, migrations.ATTACHMENTS)
            store = Store(records, clock)
            if owner is not None:
                _set_up(store, owner)
            store.person = store.setting("person", "")
            masters.load(store)
        except DBAPIError as error:
            raise explain(error) from error
        folder.make_private()
        return Desk(folder.path, folder, keys, key, store, Blobs(blobs), clock, held.pop_all())


def _set_up(store: Store, owner: tuple[str, str, str]) -> None:
    with store.write() as conn:
        new_device(conn, store.clock)
        for name, value in zip(("person", "kana", "organization"), owner, strict=True):
            put_setting(conn, name, value)
