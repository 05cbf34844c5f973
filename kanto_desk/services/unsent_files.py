"""Photos and files that no hub has: how many and how large, cheaply enough for every look at what waits."""

from __future__ import annotations

from dataclasses import dataclass

from kanto_desk.db import content_parts, local
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.store import Store


@dataclass(frozen=True, slots=True)
class Files:
    """How many, and their bytes."""

    count: int = 0
    size: int = 0


NO_FILES = Files()


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
    return Files(len(found), sum(found.values()))
