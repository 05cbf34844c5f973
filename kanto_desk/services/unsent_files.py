"""Photos and files that no hub has: how many, how large, and what it does not take; cheap enough for every look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kanto_desk.db import content_parts, local
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.store import Store
from kanto_desk.i18n import tr


@dataclass(frozen=True, slots=True)
class Files:
    """How many, and their bytes; `refused`: reason → how many of them the hub said no to, at the last sync."""

    count: int = 0
    size: int = 0
    refused: tuple[tuple[str, int], ...] = ()
    refused_size: int = 0

    @property
    def going(self) -> int:
        """How many the next sync may send."""
        return self.count - sum(n for _, n in self.refused)


NO_FILES = Files()
REFUSED = "files_refused"
"""Setting: file → why the hub did not take it at the last sync that carried files."""


def unsent_files(store: Store, blobs: Blobs) -> Files:
    """Files of this desk's records that no hub has; none before enrolment."""
    known = store.setting(local.HUB)
    if known is None:
        return NO_FILES
    epoch = str(known["epoch"])
    if not content_parts.sizes(blobs).keys() - content_parts.at_hub(blobs, epoch):
        return NO_FILES   # nothing of a start pays for the messages of a sync
    from kanto_desk.sync.contents import to_send

    found = to_send(store, blobs, epoch)
    no = {d: str(reason) for d, reason in store.setting(REFUSED, {}).items() if d in found}
    return Files(len(found), sum(found.values()), tuple(sorted(Counter(no.values()).items())),
                 sum(found[d] for d in no))


def why_refused(reason: str) -> str:
    """Why the hub does not take files, and what to do, in the user's words; they stay on this computer."""
    from kanto_desk.sync.content_wire import MOST_CONTENT

    if reason == "size":
        return tr("大きすぎるため、同期先が受け取りません（1つ {mb} MB まで）。小さくしたものを付け直すと送られます。",
                  mb=MOST_CONTENT >> 20)
    if reason == "unnamed":
        return tr("それを付けた記録を、同期先が受け取っていません。受け取られない変更がないか確かめ、"
                  "続くときは事務局に連絡します。")
    return tr("同期先が受け取りませんでした（{reason}）。", reason=reason)
