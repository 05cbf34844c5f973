"""Store: one open data folder's records. Hands out snapshots to read, operations to write, and says what changed."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, bindparam, func, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    OperationalError,
    ProgrammingError,
)

from kanto_desk import stopping
from kanto_desk.chance import bits
from kanto_desk.clock import Clock
from kanto_desk.db import journal, last_visits, local, search
from kanto_desk.db.apply import Change, Key, Projection, Row, apply
from kanto_desk.db.dialect import reading, writing
from kanto_desk.db.operation import Operation, Seen, Touched, no_unsent
from kanto_desk.db.schema import Record, records
from kanto_desk.db.trouble import explain, was_interrupted
from kanto_desk.errors import Trouble

Listener = Callable[[Touched], None]
R = TypeVar("R", bound=Record)


class Turn:
    """A first-come-first-served lock: a background writer cannot starve the user's save.

    SQLite's own wait and plain locks let a save wait for seconds behind a sync (ARCHITECTURE.md of the design).
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next = 0
        self._serving = 0

    def __enter__(self) -> None:
        with self._changed:
            mine = self._next
            self._next += 1
            self._changed.wait_for(lambda: self._serving == mine)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._serving += 1
            self._changed.notify_all()


class Store:
    """The records of one data folder. `person` is who writes; `clock` is asked for every moment written.

    Every write takes its `turn`; a process that writes for another one is given that one's.
    """

    def __init__(self, engine: Engine, clock: Clock, person: str = "",
                 turn: AbstractContextManager[None] | None = None) -> None:
        self.engine = engine
        self.clock = clock
        self.person = person
        self.read_only: Trouble | None = None   # what every write is refused with
        self.listeners: list[Listener] = []
        self.projections: tuple[Projection, ...] = (search.index_rows, last_visits.follow)
        self.turn = Turn() if turn is None else turn
        self._seen = threading.local()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot to read from; never waits for a writer. Raises Trouble for a damaged file.

        Raises Stopped when whoever bound a `Stop` to this thread does not wait for the answer any more.
        """
        with _explained(), reading(self.engine) as conn, _stoppable(conn):
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction for this laptop's own bookkeeping (drafts, settings); not journalled.

        Raises Trouble when the disk is full or refuses; nothing is kept then.
        """
        self._need_writable()
        with _explained(), stopping.bound(None), self.turn, writing(self.engine) as conn:
            yield conn

    @contextmanager
    def operation(self, label: str, root: Key | None = None, *, extend: str | None = None, origin: str = "edit",
                  undoable: bool = True, import_id: str | None = None,
                  undoes: str | None = None) -> Iterator[Operation]:
        """One user-visible, undoable step: one transaction, journalled, announced after commit.

        `root` is the open record it belongs to. With `extend`, consecutive autosaves with the same key continue the
        last operation while nobody has seen it. An exception rolls everything back.
        Raises Trouble when the disk is full or refuses.
        """
        self._need_writable()
        with _explained(), stopping.bound(None), self.turn, writing(self.engine) as conn:
            op = Operation(conn, label=label, by=self.person, now=self.clock(), origin=origin, root=root,
                           extend_key=extend, undoable=undoable, import_id=import_id, undoes=undoes,
                           projections=self.projections, seen_up_to=getattr(self._seen, "up_to", None))
            yield op
            touched = op.finish()
        if touched.keys:
            self.announce(touched)

    @contextmanager
    def seen_up_to(self, seen: Seen | None) -> Iterator[None]:
        """Operations of this thread inside were typed by somebody who had seen this much (`seen_now`) and no more.

        What came from elsewhere later is then no base of theirs: it stands beside what they write. None: saw all.
        """
        before = getattr(self._seen, "up_to", None)
        self._seen.up_to = seen
        try:
            yield
        finally:
            self._seen.up_to = before

    def seen_now(self) -> Seen:
        """How much of what came from elsewhere can be seen now."""
        with self.read() as conn:
            return Seen(*(int(conn.execute(select(func.max(newest))).scalar() or 0)
                          for newest in (local.change.c.id, local.filled.c.at)))

    def announce(self, touched: Touched) -> None:
        """Tell every listener what changed; called on the writing thread, after commit."""
        for listener in list(self.listeners):
            listener(touched)

    def apply(self, changes: Sequence[Change], origin: str) -> dict[Key, Row]:
        """Apply changes that were not made here (shipped data, sample, received) in one transaction."""
        self._need_writable()
        with _explained(), stopping.bound(None), self.turn, writing(self.engine) as conn:
            rows = apply(conn, changes, origin, projections=self.projections)
        self.announce(Touched(frozenset(rows), origin, "", ""))
        return rows

    def undo(self, root: Key) -> tuple[str, tuple[journal.Kept, ...]] | None:
        """Revert the last operation on an open record. Gives its label and what was left alone; None if none."""
        return self._revert(root, journal.next_undo, "undo")

    def redo(self, root: Key) -> tuple[str, tuple[journal.Kept, ...]] | None:
        """Revert the last undo, if nothing was edited since."""
        return self._revert(root, journal.next_redo, "redo")

    def _revert(self, root: Key, choose: Callable[[Connection, str], journal.Step | None],
                origin: str) -> tuple[str, tuple[journal.Kept, ...]] | None:
        with self.read() as conn:
            step = choose(conn, root[1])
        if step is None:
            return None
        with self.operation(step.label, root, origin=origin, undoes=step.tx) as op:
            kept = journal.revert(op.conn, op, step.tx)
        return step.label, kept

    def get(self, record: type[R], uid: str) -> R | None:
        """One record by its uid, deleted or not; None if this laptop has none."""
        with self.read() as conn:
            return read_one(conn, record, uid)

    def setting(self, key: str, default: Any = None) -> Any:
        """A value of this folder's settings."""
        with self.read() as conn:
            value = conn.execute(_SETTING, {"at_key": key}).scalar()
        return default if value is None else json.loads(value)

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a value in this folder's settings."""
        with self.write() as conn:
            put_setting(conn, key, value)

    def device(self) -> tuple[int, str]:
        """This laptop's device id and its part of reference numbers."""
        with self.read() as conn:
            row = conn.execute(_DEVICE).one()
        return int(row.dev, 16), row.part

    def _need_writable(self) -> None:
        if self.read_only is not None:
            raise self.read_only

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def _explained() -> Iterator[None]:
    """What the disk or the file says, in the user's words. A broken rule of ours (a bug) passes as it is."""
    try:
        yield
    except (OperationalError, DatabaseError) as error:
        if isinstance(error, (IntegrityError, ProgrammingError, DataError, InternalError)):
            raise
        raise explain(error) from error


@contextmanager
def _stoppable(conn: Connection) -> Iterator[None]:
    """Let the `Stop` of this thread, if there is one, interrupt the statements of this connection while it is lent."""
    stop = stopping.current()
    if stop is None:
        yield
        return
    stopped = False
    try:
        with stop.stops(conn.connection.dbapi_connection.interrupt):   # type: ignore[union-attr]
            yield
    except DatabaseError as error:
        stopped = stop.asked and was_interrupted(error)
        if not stopped:
            raise
    if stopped:   # raised outside the except block: the error's frames would hold what was being read
        raise stopping.Stopped


def setting_in(conn: Connection, key: str) -> Any:
    """A setting inside a transaction of the caller's; None where there is none."""
    value = conn.execute(_SETTING, {"at_key": key}).scalar()
    return None if value is None else json.loads(value)


def put_setting(conn: Connection, key: str, value: Any) -> None:
    """Keep a setting inside a transaction of the caller's."""
    text = json.dumps(value, ensure_ascii=False)
    conn.execute(_PUT_SETTING, {"key": key, "value": text})


# built once: naming a statement's parts anew costs three times what running it does
_SETTING = select(local.setting.c.value).where(local.setting.c.key == bindparam("at_key"))
_DEVICE = select(local.device)
_NEWEST = select(local.device.c.hlc)
_PUT_SETTING = sqlite.insert(local.setting)
_PUT_SETTING = _PUT_SETTING.on_conflict_do_update(index_elements=["key"], set_={"value": _PUT_SETTING.excluded.value})


def next_number(conn: Connection, name: str) -> int:
    """The next running number of this laptop, allotted in the caller's transaction."""
    table = local.counter
    statement = sqlite.insert(table).values(name=name, value=1)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_={"value": table.c.value + 1})
    return int(conn.execute(statement.returning(table.c.value)).scalar_one())


def new_device(conn: Connection, clock: Clock) -> None:
    """Give this folder a new random device id; a restored or cloned folder gets another one (decision 4).

    The newest stamp written stays: the clock is compared with it.
    """
    dev = bits(64) or 1
    part = base64.b32encode(dev.to_bytes(8, "big")).decode()[:4]
    newest = conn.execute(_NEWEST).scalar() or f"{0:016x}"
    conn.execute(local.device.delete())
    no_unsent(conn)
    conn.execute(insert(local.device).values(id=1, dev=f"{dev:016x}", seq=0, hlc=newest, part=part,
                                             made_at=clock().isoformat()))


def read_all(conn: Connection, record: type[R], *where: Any, order_by: Any = None,
                        limit: int | None = None, deleted: bool = False) -> list[R]:
    """Records of one type as detached, read-only objects; deleted ones only if asked for."""
    statement = select(record).where(*where)
    if not deleted:
        statement = statement.where(record.deleted_at.is_(None))
    if order_by is not None:
        statement = statement.order_by(*order_by if isinstance(order_by, tuple) else (order_by,))
    if limit is not None:
        statement = statement.limit(limit)
    return _load(conn, statement)


def read_one(conn: Connection, record: type[R], uid: str) -> R | None:
    """One record by its uid, deleted or not."""
    found: list[R] = _load(conn, select(record).where(record.uid == uid))
    return found[0] if found else None


def record_class(type_name: str) -> type[Record]:
    """The class of a record type; KeyError if there is none."""
    return records()[type_name]


def _load(conn: Connection, statement: Select[Any]) -> list[Any]:
    from sqlalchemy.orm import Session  # the ORM costs start-up time: only reading records needs it

    with Session(bind=conn, autoflush=False, expire_on_commit=False) as session:
        found = list(session.scalars(statement))
        session.expunge_all()
    return found
