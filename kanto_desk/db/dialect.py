"""SQLAlchemy on top of the encrypted driver: a few lines over its SQLite dialect, and the engine of one file.

The key travels in a closure, never in the URL. Transactions begin explicitly: DEFERRED to read, IMMEDIATE to write.
"""
# ruff: noqa: ARG002, ARG003 - the arguments are SQLAlchemy's

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike, fspath
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine.characteristics import ConnectionCharacteristic
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.util import LRUCache

from kanto_desk.db import driver

BEGIN = "kanto_begin"
"""Execution option naming how the transactions of a connection begin: one of BEGIN_MODES."""

BEGIN_MODES = ("DEFERRED", "IMMEDIATE")

_COMPILED: LRUCache[Any, Any] = LRUCache(500)
"""Documented cache: statements compiled once for all engines of this process, so that a rehearsal serves the real one.
They depend on the statement and the dialect alone, and every KantoDialect writes the same SQL."""

IDLE_CONNECTIONS = 8   # kept open between uses; more are opened when more threads work at once, and closed after use


class BeginCharacteristic(ConnectionCharacteristic):
    """The execution option `kanto_begin`; goes back to DEFERRED when the connection returns to the pool."""

    transactional: ClassVar[bool] = True

    def reset_characteristic(self, dialect: Any, dbapi_conn: Any) -> None:
        """Back to DEFERRED."""
        dbapi_conn.begin_mode = "DEFERRED"

    def set_characteristic(self, dialect: Any, dbapi_conn: Any, value: Any) -> None:
        """Choose the mode. Raises ValueError for an unknown one."""
        if value not in BEGIN_MODES:
            raise ValueError(f"{BEGIN} is one of {BEGIN_MODES}")
        dbapi_conn.begin_mode = value

    def get_characteristic(self, dialect: Any, dbapi_conn: Any) -> Any:
        """The mode in force."""
        return dbapi_conn.begin_mode


class KantoDialect(SQLiteDialect):
    """SQLAlchemy's SQLite dialect over `kanto_desk.db.driver`; its name stays "sqlite" for compilers and Alembic."""

    driver = "kanto"
    default_paramstyle = "qmark"
    supports_statement_cache = True
    returns_native_bytes = True
    connection_characteristics = SQLiteDialect.connection_characteristics.union({BEGIN: BeginCharacteristic()})

    def __eq__(self, other: object) -> bool:
        """All of them are one dialect to the cache of compiled statements."""
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver module."""
        return driver

    @classmethod
    def get_pool_class(cls, url: URL) -> type[ThreadOwnedPool]:
        """The pool for an engine made from a URL (tests); `make_engine` names it itself."""
        return ThreadOwnedPool

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        return driver.sqlite_version_info

    def create_connect_args(self, url: URL) -> tuple[Sequence[str], dict[str, Any]]:
        """Arguments of `driver.connect`: the file alone. A file opened by URL is not encrypted."""
        return [url.database or ":memory:"], {"key": None}

    def on_connect(self) -> Callable[[Any], None]:
        """Two functions that SQLAlchemy's SQLite compiler expects: REGEXP and floor."""
        def prepare(connection: driver.Connection) -> None:
            connection.create_function("regexp", 2, _regexp, deterministic=True)
            connection.create_function("floor", 1, math.floor, deterministic=True)

        return prepare

    def get_isolation_level_values(self, dbapi_connection: Any) -> Any:
        """SQLite's own levels and AUTOCOMMIT."""
        return ["SERIALIZABLE", "READ UNCOMMITTED", "AUTOCOMMIT"]

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        """AUTOCOMMIT makes `do_begin` do nothing; the others are SQLite's."""
        dbapi_connection.autocommit = level == "AUTOCOMMIT"
        if level != "AUTOCOMMIT":
            super().set_isolation_level(dbapi_connection, level)

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        """The level in force."""
        if dbapi_connection.autocommit:
            return "AUTOCOMMIT"
        return super().get_isolation_level(dbapi_connection)  # type: ignore[no-untyped-call]

    def detect_autocommit_setting(self, dbapi_conn: Any) -> bool:
        """Whether AUTOCOMMIT is in force."""
        return bool(dbapi_conn.autocommit)

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin for real: the driver itself never does."""
        if not dbapi_connection.autocommit and not dbapi_connection.in_transaction:
            dbapi_connection.begin()

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Whether the error says that the connection is closed."""
        return isinstance(e, driver.ProgrammingError) and driver.CLOSED in str(e)


def _regexp(pattern: str, text: str | None) -> bool | None:
    return None if text is None else re.search(pattern, text) is not None


class ThreadOwnedPool(QueuePool):
    """Lends each connection to one thread at a time, the most recently used first (its page cache is warm).

    After `dispose` a connection still lent out is closed as soon as it comes back.
    """

    _disposed = False

    def dispose(self) -> None:
        """Close every idle connection, and the lent ones when they return."""
        self._disposed = True
        super().dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if self._disposed:
            record.close()
        else:
            super()._do_return_conn(record)


def make_engine(
    path: str | PathLike[str],
    key: bytes | None,
    *,
    page_size: int = 4096,
    cache_mb: int = 16,
    readonly: bool = False,
    create: bool = True,
    timeout: float = driver.BUSY_SECONDS,
    immutable: bool = False,
) -> Engine:
    """The engine of one encrypted file; arguments as of `driver.connect`, nothing is opened yet.

    Its URL, repr, log and errors show neither key nor values. `dispose()` closes the file.
    """
    def creator() -> driver.Connection:
        return driver.connect(path, key=key, page_size=page_size, cache_mb=cache_mb, readonly=readonly,
                              create=create, timeout=timeout, immutable=immutable)

    return create_engine(
        URL.create("sqlite+kanto", database=fspath(path)),
        creator=creator,
        poolclass=ThreadOwnedPool,
        pool_size=IDLE_CONNECTIONS,
        max_overflow=-1,
        pool_use_lifo=True,
        execution_options={"compiled_cache": _COMPILED},
        hide_parameters=True,   # an error or a log line must not carry the text of a record
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection in one consistent snapshot that never waits for the writer; nothing is committed."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a write transaction (BEGIN IMMEDIATE): committed at the end, rolled back whole on an error.

    Waits its turn at the beginning; raises OperationalError (SQLITE_BUSY) after the engine's timeout.
    """
    with engine.connect().execution_options(**{BEGIN: "IMMEDIATE"}) as connection, connection.begin():
        yield connection


registry.register("sqlite.kanto", __name__, "KantoDialect")
