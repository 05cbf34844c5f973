"""The rest of a withdrawal at a desk (DECISIONS 18): files, thumbnails and chunks of forgotten rows, old backups."""

from __future__ import annotations

import shutil
from typing import Final

from kanto_desk.db import backup as backups
from kanto_desk.db import content_parts as parts
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.disk import sync_folder
from kanto_desk.db.store import Store, put_setting
from kanto_desk.db.trouble import explain
from kanto_desk.services import bin as bin_
from kanto_desk.services import care
from kanto_desk.services.desk import Desk
from kanto_desk.sync import withdrawn

WITHDRAWN: Final = "withdrawn"
"""Why a backup was made: those before it hold what is not to be seen here any more."""


def let_go(store: Store, blobs: Blobs) -> int:
    """Remove what forgotten rows alone named: files, thumbnails, chunks on their way; gives how many files.

    A file that no hub has stays, and is looked at again the next time: here may be the only one. Raises Trouble.
    """
    with store.read() as conn:
        noted = set(withdrawn.files(conn))
        going = noted - bin_.still_named(conn, noted) if noted else noted
    if not noted:
        return 0
    gone = parts.let_go(blobs, going)
    with store.write() as conn:
        left = (set(withdrawn.files(conn)) - noted) | (going - gone)
        put_setting(conn, withdrawn.FILES, sorted(left))
    return len(gone)


def is_due(desk: Desk) -> bool:
    """Whether backups in the data folder may hold what was withdrawn."""
    return desk.protected and bool(desk.store.setting(withdrawn.BACKUPS))


def renew_backups(desk: Desk) -> backups.Backup:
    """A new verified backup in the data folder, then the older ones go, and files that none of it names.

    Raises Trouble; older backups are removed only after the new one was verified, and the next call goes on.
    """
    let_go(desk.store, desk.blobs)
    desk.store.set_setting(withdrawn.BACKUPS, False)   # what is withdrawn from now on needs another one
    try:
        made = care.backup(desk, reason=WITHDRAWN)
        store = desk.folder.backups
        for older in backups.list_backups(store):
            if older.path != made.path:
                (older.path / "backup.json").unlink()   # first: a half-dropped folder is no backup
                shutil.rmtree(older.path)
        sync_folder(store)
        backups.drop_attachments(desk.folder, desk.key, care.attachments_named())
    except BaseException as error:
        desk.store.set_setting(withdrawn.BACKUPS, True)
        if isinstance(error, OSError):
            raise explain(error) from error
        raise
    return made
