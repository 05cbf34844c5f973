"""Forgetting on the hub's order: what no hub has is sealed to it and kept, then keys, records and files go.

Goes on where it was killed: the note that says so stands from before the first file goes until after the last.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kanto_desk.db import content_parts as parts
from kanto_desk.db import copying, putting_back
from kanto_desk.db.disk import sync_file, sync_folder, write_atomically
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.trouble import explain, is_full
from kanto_desk.directory import pointer as directories
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import typed_last
from kanto_desk.services.desk import Desk
from kanto_desk.services.syncing import ORDER
from kanto_desk.services.typed_last import InBox
from kanto_desk.sync import bundle, contents
from kanto_desk.sync.bundle_contents import CHUNK
from kanto_desk.sync.bundle_file import Frame
from kanto_desk.sync.client import known_hub
from kanto_desk.sync.content_wire import Part
from kanto_desk.sync.orders import is_ordered

KEPT: Final = "kept-for-hub"
"""Folder of what no hub had, sealed to it; it stays."""


class Forgotten(Trouble):
    """The records of this desk are gone by the hub's order. `kept` is the sealed file, if anything was unsent."""

    def __init__(self, hub: str, kept: Path | None) -> None:
        super().__init__(tr("事務局の求めで、このパソコンの記録を消しました（{hub}）。", hub=hub),
                         tr("まだ送っていなかった変更は、事務局だけが開けるファイルに残っています：{file}", file=kept)
                         if kept else tr("すべての変更は、もう事務局に届いていました。"),
                         tr("事務局（{hub}）に電話し、このファイルを渡します。", hub=hub) if kept
                         else tr("事務局（{hub}）に電話します。", hub=hub))
        self.hub, self.kept = hub, kept


def is_due(desk: Desk) -> bool:
    """Whether the hub of this desk has ordered it to forget; an order that is not its own counts for nothing."""
    known, order = known_hub(desk.store), desk.store.setting(ORDER)
    return bool(known and order and known.signing and is_ordered(known.signing, f"{desk.store.device()[0]:016x}",
                                                                 str(order)))


def obey(desk: Desk, boxes: Sequence[InBox] = ()) -> Forgotten:
    """Seal what no hub has, then forget everything; the desk is closed. Gives what to tell.

    What was being typed is sealed, too: drafts, and the text of `boxes` that no field took. Raises Trouble where the
    sealed file cannot be written: then nothing was forgotten.
    """
    known = known_hub(desk.store)
    if known is None or not is_due(desk):
        raise RuntimeError("nobody ordered this")
    if desk.store.read_only is None:
        typed_last.keep(desk.store, boxes)
    folder, kept = desk.folder, None
    safe = replace(known, acked=min(known.acked, known.backed_up))   # a hub that may be lost has nothing (decision 22)
    waiting = contents.undelivered(desk.store, desk.blobs, known.epoch)
    try:
        place = folder.path / KEPT
        place.mkdir(mode=0o700, exist_ok=True)
        file = place / f"{known.hub or 'hub'}-{desk.clock():%Y%m%d-%H%M%S}.kdx".replace("/", "_")
        made = bundle.make(desk.store, safe, file, _frames(desk, waiting))
        sync_file(file)
        sync_folder(place)
        if made.changes or made.back or waiting:
            kept = file
        else:
            file.unlink()
        write_atomically(folder.wiped, json.dumps(
            {"hub": known.hub, "at": desk.clock().isoformat(), "done": False,
             "kept": str(kept.relative_to(folder.path)) if kept else None}, ensure_ascii=False).encode())
    except OSError as error:
        raise _not_sealed(error) from error
    desk.close()
    finish(folder)
    return Forgotten(known.hub, kept)


def finish(folder: DataFolder) -> None:
    """Forget what an order that was begun has left; the keys first: without them nothing can be read any more.

    Does nothing where no order was begun. Raises Trouble of the disk.
    """
    note = _note(folder)
    if note is None or note["done"]:
        return
    try:
        for file in (folder.keys, folder.records, folder.attachments, folder.directory):
            copying.remove_all(file)
            sync_folder(folder.path)
        directories.remove(folder.path)
        if folder.backups.exists():
            shutil.rmtree(folder.backups)
        putting_back.drop_unfinished(folder)
        write_atomically(folder.wiped, json.dumps({**note, "done": True}, ensure_ascii=False).encode())
    except OSError as error:
        raise explain(error) from error


def need_leave(folder: DataFolder, joined: Callable[[], bool]) -> None:
    """Let a backup into a folder, or not. Raises Forgotten where the hub had its desk forgotten and `joined` says that
    the backup holds a desk of a hub: a copy kept elsewhere brings nothing back."""
    finish(folder)
    gone = told(folder.path)
    if gone is not None and joined():
        raise gone


def told(home: Path) -> Forgotten | None:
    """What to tell in a folder whose desk was forgotten; None in any other."""
    folder = DataFolder(home)
    note = _note(folder)
    if note is None or folder.keys.exists():
        return None
    return Forgotten(note["hub"], home / note["kept"] if note["kept"] else None)


def _frames(desk: Desk, waiting: dict[str, int]) -> Iterator[Frame]:
    """Files that no hub has, chunk by chunk."""
    for digest, size in waiting.items():
        for n in range(parts.count(size)):
            content = parts.part(desk.blobs, digest, n)
            if content is not None:
                yield bundle.frame(CHUNK, Part(digest, size, n, content))


def _not_sealed(error: OSError) -> Trouble:
    """What to tell where what no hub has could not be kept: nothing is forgotten before it is."""
    cause = explain(error)
    if not is_full(cause):
        return cause
    return Trouble(tr("ディスクの空きがなく、事務局に渡すファイルを書けませんでした。"),
                   tr("記録はまだ何も消していません。書きかけの入力も保存してあります。"),
                   tr("空きをつくってから、もう一度試します。"), cause.detail)


def _note(folder: DataFolder) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(folder.wiped.read_bytes())
    except (OSError, ValueError):
        return None
    return found
