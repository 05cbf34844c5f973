"""A sync with its receipt: what went and came, what was held, refused or contested; the last receipts are kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from kanto_desk.db import local
from kanto_desk.db.apply import Key
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.store import Store
from kanto_desk.errors import Refused, Trouble
from kanto_desk.services import bundles, contested, mass_deletions, syncing
from kanto_desk.services.merged_alone import merged_alone, unsent_rows
from kanto_desk.services.sending import RECEIPTS, standing
from kanto_desk.sync.client import Link, Progress, Receipt, Wait
from kanto_desk.sync.link import HttpsLink

KEPT = 30
OFF_MS = 5 * 60 * 1000
"""A clock further off than this is told (DECISIONS 6)."""
_AUTOMATIC = "sync_automatic"
_turns: WeakKeyDictionary[Store, threading.Lock] = WeakKeyDictionary()
_first = threading.Lock()


@dataclass(frozen=True, slots=True)
class Noted:
    """What one sync did, as it is kept. `left` are records that still wait; `trouble` says why it ended early.

    `clock_ms` is hub time less this laptop's where that is worth telling, else 0. `by_file`: it came on a stick, with
    so many photos and `files`; then `sent` were acknowledged by it. `merged`: visits and companies that were changed
    here and elsewhere and became one without a question. `deletions`: records that it would have deleted, which waits
    for an answer (`kanto_desk.services.mass_deletions`). `files_refused`: files that the hub does not take.
    """

    at: str
    hub: str
    sent: int = 0
    came: int = 0
    gone: int = 0
    held: int = 0
    refused: int = 0
    conflicts: int = 0
    left: int = 0
    stopped: bool = False
    trouble: str = ""
    clock_ms: int = 0
    automatic: bool = False
    by_file: bool = False
    files: int = 0
    merged: tuple[Key, ...] = ()
    deletions: int = 0
    files_refused: int = 0

    @property
    def moment(self) -> datetime:
        """When it ended."""
        return datetime.fromisoformat(self.at)

    @property
    def quiet(self) -> bool:
        """Whether nothing happened that anybody needs to read."""
        return not (self.sent or self.came or self.gone or self.held or self.refused or self.trouble
                    or self.files or self.deletions)


@dataclass(frozen=True, slots=True)
class Automatic:
    """Whether this laptop syncs by itself, and how many minutes lie between two tries."""

    on: bool = True
    minutes: int = 30


def sync(store: Store, progress: Progress = lambda _receipt: True,
         link: Callable[[str, str], Link] = HttpsLink, *, automatic: bool = False, wait: Wait = time.sleep,
         apart: syncing.Apart | None = None) -> Noted:
    """One sync, one at a time for a store, and its receipt kept. Raises Refused before enrolment, else Trouble.

    A trouble is kept as a receipt, too, with what had gone before it. `wait`, `apart`: as of `syncing.sync`.
    """
    with _turn(store):
        before, own = _counts(store), unsent_rows(store)
        seen = Receipt()

        def watch(receipt: Receipt) -> bool:
            nonlocal seen
            seen = receipt
            return progress(receipt)
        trouble: Trouble | None = None
        try:
            seen = syncing.sync(store, watch, link, wait, apart)
        except Trouble as error:
            trouble = error
        noted = replace(_noted(store, seen, before, trouble, automatic=automatic),
                        merged=merged_alone(store, own, seen.came))
        try:
            _keep(store, noted)
        except (DBAPIError, Trouble):
            if trouble is None:
                raise
        if trouble is not None:   # a disk that took no receipt either: what is told is why
            raise trouble
        return noted


def note_files(store: Store, noted: Noted, refused: int) -> Noted:
    """Photos and files come after the records: their part of a receipt just kept."""
    if refused == noted.files_refused:
        return noted
    whole = replace(noted, files_refused=refused)
    with _turn(store):
        store.set_setting(RECEIPTS, [asdict(whole if one == noted else one) for one in kept(store)])
    return whole


def take_file(store: Store, file: Path, blobs: Blobs) -> bundles.BundleTaken:
    """Take in a file of the hub as `bundles.take_bundle`, never beside a sync, and keep a receipt of it."""
    with _turn(store):
        before = _counts(store)
        taken = bundles.take_bundle(store, file, blobs)
        seen = Receipt(taken.acknowledged, complete=True, left=taken.left)
        noted = _noted(store, seen, before, None, automatic=False)
        _keep(store, replace(noted, came=taken.received, gone=taken.taken_away, by_file=True, files=taken.files))
        return taken


def kept(store: Store) -> tuple[Noted, ...]:
    """The receipts kept, newest first."""
    return tuple(Noted(**(one | {"merged": tuple((name, uid) for name, uid in one.get("merged", ()))}))
                 for one in store.setting(RECEIPTS, []))


def automatic(store: Store) -> Automatic:
    """How this laptop syncs by itself."""
    return Automatic(**store.setting(_AUTOMATIC, {}))


def set_automatic(store: Store, wanted: Automatic) -> None:
    """Keep it. Raises Refused for fewer than one minute."""
    if wanted.minutes < 1:
        raise Refused("minutes")
    store.set_setting(_AUTOMATIC, asdict(wanted))


def _turn(store: Store) -> threading.Lock:
    with _first:
        return _turns.setdefault(store, threading.Lock())


def _counts(store: Store) -> tuple[int, int, int]:
    """Contested fields, refused and held changes."""
    v = local.verdict.c
    with store.read() as conn:
        states = {row.state: int(row.n) for row in conn.execute(
            select(v.state, func.count().label("n")).group_by(v.state))}
    return contested.count(store), states.get("refused", 0), states.get("held", 0)


def _noted(store: Store, seen: Receipt, before: tuple[int, int, int], trouble: Trouble | None, *,
           automatic: bool) -> Noted:
    now = _counts(store)
    known = syncing.hub_of(store)
    off = known.ahead if known is not None and abs(known.ahead) > OFF_MS else 0
    return Noted(store.clock().isoformat(), known.hub if known is not None else "", seen.sent, len(seen.came),
                 len(seen.gone), max(0, now[2] - before[2]), max(0, now[1] - before[1]), max(0, now[0] - before[0]),
                 seen.left if seen.complete else standing(store).unsent, trouble is None and not seen.complete,
                 trouble.happened if trouble is not None else "", off, automatic,
                 deletions=mass_deletions.count(store))


def _keep(store: Store, noted: Noted) -> None:
    """A try that changed nothing takes the place of one before it that changed nothing, so that the others stay."""
    old = list(kept(store))
    same = bool(old) and old[0].quiet and noted.quiet
    if noted.trouble and old and replace(old[0], at="") == replace(noted, at=""):
        same = True
    store.set_setting(RECEIPTS, [asdict(one) for one in [noted, *old[1 if same else 0:]][:KEPT]])
