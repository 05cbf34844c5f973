"""A sync that would empty this desk: what it would delete, who deleted it and when, and the answer 消す／消さずに残す.

Nothing decides it but a person; the question stays until then, from one start to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from kanto_desk.clock import JST
from kanto_desk.db.apply import Key
from kanto_desk.db.operation import Touched
from kanto_desk.db.stamps import clock_of, millis_of
from kanto_desk.db.store import Store
from kanto_desk.i18n import tr
from kanto_desk.services import contested_deletions
from kanto_desk.services.belonging import belonging, type_words
from kanto_desk.services.contested_sides import writer_of
from kanto_desk.sync import held_deletions, mass_deletion
from kanto_desk.sync.client import known_hub, millis
from kanto_desk.sync.held_deletions import DELETED, key_of
from kanto_desk.sync.wire import Event

NAMED = 5


@dataclass(frozen=True, slots=True)
class Deleter:
    """Somebody who deleted some of them, on one laptop: how many, and between which moments."""

    by: str
    laptop: str
    records: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What waits: how many records of which kinds, whose deletions they are, and the names of the first."""

    records: int
    kinds: tuple[tuple[str, int], ...]
    deleters: tuple[Deleter, ...]
    titles: tuple[str, ...]


def question(store: Store) -> Question | None:
    """What a sync would have deleted and did not; None where nothing waits for an answer."""
    with store.read() as conn:
        if not held_deletions.is_any(conn):
            return None
        events = held_deletions.waiting(conn)
        by_key = _deletions(conn, events)
        kinds: dict[str, int] = {}
        who: dict[tuple[str, str], list[datetime]] = {}
        for key, event in by_key.items():
            kinds[key[0]] = kinds.get(key[0], 0) + 1
            by, at, dev = _who(conn, event)
            who.setdefault((by, dev), []).append(at)
        titles = tuple(belonging(conn, key).title for key in list(by_key)[:NAMED])
    if not by_key:
        return None
    deleters = (Deleter(by, dev, len(ats), min(ats), max(ats)) for (by, dev), ats in who.items())
    return Question(len(by_key), tuple(sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))),
                    tuple(sorted(deleters, key=lambda one: (-one.records, one.by, one.laptop))), titles)


def count(store: Store) -> int:
    """How many records wait for the answer."""
    with store.read() as conn:
        return len(_deletions(conn, held_deletions.waiting(conn))) if held_deletions.is_any(conn) else 0


def kinds_words(asked: Question) -> str:
    """How many of which kind, in words."""
    return tr("、").join(tr("{kind} {n}件", kind=type_words(kind), n=f"{n:,}") for kind, n in asked.kinds)


def who_words(one: Deleter) -> str:
    """Who deleted how many, and when."""
    first, last = (f"{at.astimezone(JST):%Y-%m-%d %H:%M}" for at in (one.first, one.last))
    when = first if first == last else tr("{first}から{last}まで", first=first, last=last)
    return tr("{by}：{n}件（{when}）", by=one.by or tr("名前のわからない人"), n=f"{one.records:,}", when=when)


def delete(store: Store) -> int:
    """消す: everything that waits is taken in as it came. Gives how many records it deleted; what it meets is asked."""
    return _decide(store, keep=False)


def keep(store: Store) -> int:
    """消さずに残す: it is taken in, and each record is written again as restored, which travels as any other change.

    Gives how many records. Stopped in between, the question stays for the rest.
    """
    return _decide(store, keep=True)


def _decide(store: Store, *, keep: bool) -> int:
    with store.read() as conn:
        events = held_deletions.waiting(conn)
    known, touched, n = known_hub(store), set[Key](), 0
    with store.seen_up_to(None):   # whoever answers has seen what it says
        for part in mass_deletion.steps(events):
            now_ms, acked = millis(store.clock), known.acked if known is not None else 0
            if keep:
                with store.operation(tr("ほかのパソコンで消した記録を残した"), undoable=False) as op:
                    kept = mass_deletion.still_deleting(op.conn, part)
                    touched |= mass_deletion.take_in(op.conn, part, acked, now_ms, store.projections)
                    for key in sorted(kept):
                        op.settle(*key, {DELETED: None})
            else:
                with store.write() as conn:
                    kept = mass_deletion.still_deleting(conn, part)
                    came = mass_deletion.take_in(conn, part, acked, now_ms, store.projections)
                touched |= came
                store.announce(Touched(frozenset(came), "merge", "", ""))
            n += sum(mass_deletion.is_root(key[0]) for key in kept)
    contested_deletions.keep_in_sight(store, touched)
    return n


def _deletions(conn: Connection, events: list[Event]) -> dict[Key, Event]:
    """The records that stand for themselves and would go, each with the event that deletes it."""
    keys = mass_deletion.still_deleting(conn, events)
    return {key: event for event in events if (key := key_of(event)) in keys and mass_deletion.is_root(key[0])
            and mass_deletion.concerns(event)}


def _who(conn: Connection, event: Event) -> tuple[str, datetime, str]:
    if event.change is not None:
        return event.change.by, datetime.fromisoformat(event.change.wall), event.change.dev
    assert event.row is not None
    stamp = max(event.row.fields[DELETED])
    by, _, dev = writer_of(conn, key_of(event), DELETED, stamp, None)
    return by, datetime.fromtimestamp(millis_of(clock_of(stamp)) / 1000, JST), dev
