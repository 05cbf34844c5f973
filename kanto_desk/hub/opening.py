"""Opening the hub's database, SQLite or PostgreSQL, and its tables. The only module that knows which of them it is."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Select,
    Table,
    bindparam,
    create_engine,
    insert,
    inspect,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import ArgumentError, OperationalError

from kanto_desk.clock import Clock
from kanto_desk.db import local
from kanto_desk.db.at_once import one_of
from kanto_desk.db.dialect import make_engine, reading
from kanto_desk.db.disk import make_private
from kanto_desk.db.evolution import STEPS, Step
from kanto_desk.db.schema import SCHEMA_VERSION, records, wire_table
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import delivered
from kanto_desk.hub import tables as t
from kanto_desk.hub.checkpointing import Apart
from kanto_desk.hub.committing import Together
from kanto_desk.hub.limits import Limit
from kanto_desk.hub.own_ca import CA_FILE, CA_KEY, make_ca
from kanto_desk.hub.resting import ask_after_rest
from kanto_desk.i18n import tr

if TYPE_CHECKING:
    from kanto_desk.hub.content_place import Place

DATABASE = "hub.db"
SHAPE = 5
"""Rises with the hub's own tables."""

VOUCHING = "vouching"
"""Setting: the key (hexadecimal) of the codes by which this hub knows again what it acknowledged; in every backup."""

LEARNED = "learned"
"""Setting: the schema version to which the records were brought last."""

RULED = "rules"
"""Setting: the rules by which the rows of this hub are placed."""

RULES = 3
"""Counts what changed about placements in `kanto_desk.rules.access`.

2: organisations do not see into one another. 3: a consent or a programme of their own opens nothing that others wrote,
and what somebody made for an organisation is his while he has a role there.
"""


class Hub:
    """One open hub: its engine, its clock, and the folder of keys, blobs and backups."""

    def __init__(self, engine: Engine, folder: Path, clock: Clock, steps: Sequence[Step] = STEPS) -> None:
        self.engine = engine
        self.folder = folder
        self.clock = clock
        self.place: Place | None = None   # where photos and files are, if not where the setting says
        self.places: dict[str, Place] = {}   # address → what was made for it
        self.steps = steps   # what schema steps mean for what travels; of tests, one more
        self.limits: Mapping[str, Limit] = {}   # what may be asked how often; `serve` sets it
        self._together = Together(engine)
        self.nonces_from = 0   # ms since 1970: older requests are forgotten here
        self.observe: Callable[[str, int], None] = _unobserved   # told what became of changes; the metrics listen

    @property
    def is_postgresql(self) -> bool:
        """Whether it stands on PostgreSQL."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot."""
        if self.is_postgresql:
            with self.engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn, conn.begin():
                yield conn
        else:
            with reading(self.engine) as conn:
                yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back whole on an error."""
        if self.is_postgresql:
            with self.engine.begin() as conn:
                yield conn
        else:
            with self._together.write() as conn:
                yield conn

    @property
    def waiting(self) -> int:
        """How many threads wait to write; always 0 on PostgreSQL, where they write side by side."""
        return self._together.waiting

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _unobserved(_outcome: str, _many: int) -> None:
    """Nobody counts."""


def open_hub(folder: Path, clock: Clock, database: str | None = None) -> Hub:
    """Open a hub that `create` made. Raises Trouble when there is none, or it is newer than the program."""
    none_here = Trouble(tr("ここに同期先はまだありません。"), tr("何も変わっていません。"),
                        tr("はじめに hub init で用意します。"))
    if database is None and not (folder / DATABASE).is_file():   # opening would leave an empty file
        raise none_here
    engine = engine_of(folder, database)
    if not has_hub(engine):
        engine.dispose()
        raise none_here
    made = Hub(engine, folder, clock)
    with made.read() as conn:
        shape, vouches = value_of(conn, "shape", 0), value_of(conn, VOUCHING)
    if shape > SHAPE:
        made.close()
        raise Trouble(tr("この同期先は、新しいプログラムで使われています。"), tr("データはそのままです。"),
                      tr("プログラムを新しくしてから、もう一度開きます。"))
    if shape < SHAPE:
        with made.write() as conn:
            make_tables(conn)
            delivered.begin(conn)
            put_value(conn, "shape", SHAPE)
    if vouches is None:   # of a hub that is older than these codes
        with made.write() as conn:
            put_value(conn, VOUCHING, secrets.token_hex(32))
    from kanto_desk.hub.upgrading import bring_up  # it stands on this module

    bring_up(made)
    return made


def create(folder: Path, clock: Clock, name: str, database: str | None = None,
           begin: Callable[[Connection], None] | None = None) -> Hub:
    """Make the tables and the first epoch, and in the same transaction what `begin` writes.

    Raises Trouble when a hub stands there already, or the folder belongs to another one or cannot be made, Refused for
    an address that names no PostgreSQL. What was begun is taken back.
    """
    own = [folder / DATABASE] if database is None and not (folder / DATABASE).exists() else []
    _prepare(folder, own)
    engine = engine_of(folder, database)
    if has_hub(engine):
        engine.dispose()
        raise Trouble(tr("ここには、もう同期先があります。"), tr("何も変わっていません。"),
                      tr("別のフォルダを選ぶか、hub serve で動かします。"))
    if (folder / CA_FILE).exists():   # of a hub on another database, or whose own was moved away: laptops trust it
        engine.dispose()
        _take_back(own)
        raise Trouble(tr("このフォルダーは、ほかの同期先のものです（{file} があります）。", file=CA_FILE),
                      tr("何も変わっていません。"),
                      tr("別のフォルダーを選ぶか、hub restore でバックアップに戻します。"))
    try:
        if engine.dialect.name == "postgresql":
            need_plain_order(engine)
        with engine.begin() as conn:
            make_tables(conn)
            conn.execute(insert(t.counter), [{"name": "n", "value": 0}, {"name": "audit", "value": 0},
                                             {"name": "own", "value": 0}])
            for key, value in (("shape", SHAPE), ("name", name), ("made_at", clock().isoformat()),
                               ("epoch", new_epoch()), (LEARNED, SCHEMA_VERSION), (RULED, RULES),
                               (VOUCHING, secrets.token_hex(32))):
                put_value(conn, key, value)
            delivered.begin(conn)
            if begin is not None:
                begin(conn)
            make_ca(folder, name, clock())   # before the commit: a hub without it could neither be used nor made again
    except BaseException:
        engine.dispose()
        _take_back([*own, folder / CA_KEY, folder / CA_FILE])
        raise
    return Hub(engine, folder, clock)


def _prepare(folder: Path, own: Sequence[Path]) -> None:
    """Make the folder, and its database readable by its owner alone."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in own:
            make_private(path)
    except (FileExistsError, NotADirectoryError) as error:
        raise Trouble(tr("{folder} はフォルダーではなく、ファイルです。", folder=folder), tr("何も変わっていません。"),
                      tr("--folder で別の場所を指定します。"), type(error).__name__) from error


def _take_back(paths: Sequence[Path]) -> None:
    for path in paths:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def make_tables(conn: Connection) -> None:
    """Make the tables that are not there yet; two processes may begin at once."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(20141)"))
    for table in record_tables():
        table.create(conn, checkfirst=True)
    t.metadata.create_all(conn)
    for line in t.AFTERWARDS[conn.dialect.name]:
        conn.exec_driver_sql(line)


def new_epoch() -> str:
    """A name for the time between two restores; a desk that sees another one sends its own changes again."""
    return secrets.token_hex(8)


def value_of(conn: Connection, key: str, default: Any = None) -> Any:
    """A setting of the hub."""
    found = conn.execute(_VALUE, {"at_key": key}).scalar()
    return default if found is None else json.loads(found)


def values_of(conn: Connection, keys: Collection[str]) -> dict[str, Any]:
    """Several settings of the hub at once; those that are not set are left out."""
    return {r.key: json.loads(r.value) for r in conn.execute(_VALUES, {"keys": keys})}


def put_value(conn: Connection, key: str, value: Any) -> None:
    """Keep a setting of the hub."""
    kept = {"at_key": key, "kept": json.dumps(value, ensure_ascii=False)}
    if not conn.execute(_PUT, kept).rowcount:
        conn.execute(_ADD, kept)


def pairs(conn: Connection, query: Select[Any]) -> dict[str, Any]:
    """The rows of a query of two columns, by the first."""
    return {row[0]: row[1] for row in conn.execute(query)}


def take_numbers(conn: Connection, name: str, many: int) -> int:
    """The first of `many` running numbers; call it last in a transaction: the row stays locked until commit."""
    last = conn.execute(_TAKE, {"at_name": name, "many": many}).scalar_one()
    return int(last) - many + 1


def last_number(conn: Connection, name: str) -> int:
    """The highest running number given out in what this transaction sees."""
    return int(conn.execute(_LAST, {"at_name": name}).scalar_one())


# Every request says these: made once, they cost a third of what they would if they were built anew each time.
_VALUE = select(t.hub.c.value).where(t.hub.c.key == bindparam("at_key"))
_VALUES = select(t.hub.c.key, t.hub.c.value).where(one_of(t.hub.c.key, "keys"))
_PUT = update(t.hub).where(t.hub.c.key == bindparam("at_key")).values(value=bindparam("kept"))
_ADD = insert(t.hub).values(key=bindparam("at_key"), value=bindparam("kept"))
_LAST = select(t.counter.c.value).where(t.counter.c.name == bindparam("at_name"))
_TAKE = update(t.counter).where(t.counter.c.name == bindparam("at_name")).values(
    value=t.counter.c.value + bindparam("many", type_=t.Number)).returning(t.counter.c.value)


def all_tables() -> list[Table]:
    """Every table of a hub: its records, what is alive of them, and its bookkeeping."""
    return [*record_tables(), *t.metadata.sorted_tables]


def record_tables() -> list[Table]:
    return [wire_table(name).to_metadata(MetaData()) for name in records()] + [local.head, local.gone, local.strange]


def engine_of(folder: Path, database: str | None) -> Engine:
    """The database named (postgresql://…), else hub.db in the folder. Raises Refused for another address."""
    if database is None:
        engine = make_engine(folder / DATABASE, None, timeout=60)
        Apart(folder / DATABASE).watch(engine)
        return engine
    try:
        url = make_url(database)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise Refused(tr("--database は postgresql://利用者@場所/名前 の形で指定します。"), "database")
    engine = create_engine(url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_size=8, max_overflow=24,
                           connect_args={"client_encoding": "utf8"})
    ask_after_rest(engine)
    return engine


def has_hub(engine: Engine) -> bool:
    """Whether the hub's tables stand there. Raises Trouble when a database server does not answer."""
    try:
        return inspect(engine).has_table(t.hub.name)
    except OperationalError as error:
        if engine.dialect.name != "postgresql":
            raise
        engine.dispose()
        raise Trouble(tr("データベースにつながりません。"), tr("何も変わっていません。"),
                      tr("PostgreSQL が動いているか、--database の場所と利用者が合っているかを確かめます。"),
                      str(error.orig)[:300]) from error


def need_plain_order(engine: Engine) -> None:
    """Text must sort by code point, as it does on the desks: stamps and places are compared as text."""
    with engine.connect() as conn:
        collation = conn.exec_driver_sql(
            "SELECT datcollate FROM pg_database WHERE datname = current_database()").scalar()
        encoding = conn.exec_driver_sql("SHOW server_encoding").scalar()
    if collation not in ("C", "POSIX", "C.UTF-8") or encoding != "UTF8":
        engine.dispose()
        raise Trouble(tr("このデータベースは並び順が C ではないか、文字が UTF-8 ではありません。"),
                      tr("何も変わっていません。"),
                      tr("createdb --template=template0 --locale=C --encoding=UTF8 で作りなおします。"))
