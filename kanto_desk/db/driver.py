"""PEP 249 over APSW with SQLite3 Multiple Ciphers: the one door to an encrypted SQLite file.

The driver never begins a transaction by itself (so DDL is transactional and a writer says BEGIN IMMEDIATE); it must
never let a key into a URL, a repr, a log or an exception.
"""

from __future__ import annotations

import datetime
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NoReturn
from weakref import WeakSet

import apsw

from kanto_desk.db.trouble import explain as explain  # callers of the driver find it here

apilevel = "2.0"
threadsafety = 1   # threads may share the module, never a connection
paramstyle = "qmark"

sqlite_version = apsw.sqlite_lib_version()
sqlite_version_info = tuple(int(part) for part in sqlite_version.split("."))
version = apsw.apsw_version()

KEY_BYTES = 32
"""Length of a raw data key: 256 bits."""

BUSY_SECONDS = 5.0
STATEMENTS_CACHED = 256

Row = tuple[Any, ...]
Parameters = Sequence[Any] | dict[str, Any]

Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime
Binary = memoryview


def DateFromTicks(ticks: float) -> datetime.date:
    """The local date of a moment given in seconds since 1970."""
    return datetime.date(*time.localtime(ticks)[:3])


def TimeFromTicks(ticks: float) -> datetime.time:
    """The local time of day of a moment given in seconds since 1970."""
    return datetime.time(*time.localtime(ticks)[3:6])


def TimestampFromTicks(ticks: float) -> datetime.datetime:
    """The local date and time of a moment given in seconds since 1970."""
    return datetime.datetime(*time.localtime(ticks)[:6])


class _TypeGroup(frozenset[str]):
    """PEP 249 type object: equal to every declared type of its group (SQLite has no fixed column types)."""

    def __eq__(self, other: object) -> bool:
        return other in self if isinstance(other, str) else super().__eq__(other)

    __hash__ = frozenset.__hash__


STRING = _TypeGroup({"TEXT", "VARCHAR", "CHAR", "CLOB", "JSON"})
BINARY = _TypeGroup({"BLOB"})
NUMBER = _TypeGroup({"INTEGER", "REAL", "NUMERIC", "BIGINT", "SMALLINT", "FLOAT", "BOOLEAN"})
DATETIME = _TypeGroup({"DATE", "TIME", "DATETIME", "TIMESTAMP"})
ROWID = _TypeGroup({"INTEGER PRIMARY KEY"})


class Warning(Exception):
    """Never raised; PEP 249 asks for the name."""


class Error(Exception):
    """Root of this module's errors. `sqlite_errorcode` is SQLite's extended result code, None when there is none.

    `system_errno` is what the operating system said to SQLite, for errors of reading and writing the file.
    """

    sqlite_errorcode: int | None = None
    system_errno: int | None = None


class InterfaceError(Error):
    """The driver was used wrongly."""


class DatabaseError(Error):
    """The database said no; a damaged file or a wrong key is exactly this class."""


class DataError(DatabaseError):
    """A value is too big for the database."""


class OperationalError(DatabaseError):
    """Something outside the program's control: locked, full, read-only, I/O, interrupted, an SQL error."""


class IntegrityError(DatabaseError):
    """A constraint would be violated."""


class InternalError(DatabaseError):
    """SQLite found itself in an impossible state."""


class ProgrammingError(DatabaseError):
    """Wrong number of parameters, a closed connection, two threads on one connection."""


class NotSupportedError(DatabaseError):
    """A feature that is not there."""


_CLASSES: tuple[tuple[type[apsw.Error] | tuple[type[apsw.Error], ...], type[Error]], ...] = (
    ((apsw.ConstraintError, apsw.MismatchError), IntegrityError),
    ((apsw.CorruptError, apsw.NotADBError), DatabaseError),
    (apsw.TooBigError, DataError),
    (apsw.InternalError, InternalError),
    ((apsw.ConnectionClosedError, apsw.CursorClosedError, apsw.ThreadingViolationError, apsw.ForkingViolationError,
      apsw.BindingsError, apsw.MisuseError, apsw.RangeError, apsw.IncompleteExecutionError), ProgrammingError),
)
CLOSED = "Cannot operate on a closed database."


def _translated(error: BaseException) -> Error | None:
    """This module's error for one of APSW's; None for anything else (it passes unchanged)."""
    if isinstance(error, apsw.Error):
        kind = next((ours for theirs, ours in _CLASSES if isinstance(error, theirs)), OperationalError)
        closed = isinstance(error, apsw.ConnectionClosedError | apsw.CursorClosedError)
        ours = kind(CLOSED if closed else str(error))
        code = getattr(error, "extendedresult", 0)
        ours.sqlite_errorcode = code if code > 0 else None
        return ours
    if isinstance(error, OverflowError):
        return DataError("integer does not fit into 64 bits")
    return None


def translated(error: apsw.Error) -> Error:
    """This module's error for one of APSW's, for callers that use `Connection.raw`."""
    return _translated(error) or OperationalError(str(error))


def damaged(findings: str) -> DatabaseError:
    """The error of a file whose check found something, with SQLite's code for damage."""
    error = DatabaseError(findings)
    error.sqlite_errorcode = apsw.SQLITE_CORRUPT
    return error


def _raise(error: Exception, raw: apsw.Connection | None = None) -> NoReturn:
    ours = _translated(error)
    if ours is None:
        raise error
    if raw is not None and isinstance(error, apsw.IOError | apsw.FullError):   # else it is left over from earlier
        ours.system_errno = raw.system_errno or None
    raise ours from error


def _adapted(_cursor: apsw.Cursor, _number: int, value: Any) -> Any:
    """The stored form of a value that SQLite has no type for: the texts that SQLAlchemy's SQLite types also write."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    raise InterfaceError(f"a value of type {type(value).__name__} cannot be stored")


_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*([A-Za-z]*)", re.DOTALL)
_ONE_ROW_EACH = re.compile(r"INSERT INTO [^()]+\([^()]+\) VALUES \([?, ]+\)$")
_ONLY_COMMENT = re.compile(r"(?:[\s;]|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})


def _closed_raw() -> apsw.Cursor:
    raw = apsw.Connection(":memory:").cursor()
    raw.close()
    return raw


_CLOSED_RAW = _closed_raw()
"""What stands in for the apsw cursor of a closed one: refuses every use."""


class Cursor:
    """A PEP 249 cursor. Rows are tuples; a statement that writes is finished when `execute` returns."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 1
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.description: tuple[tuple[str, str | None, None, None, None, None, None], ...] | None = None
        self._text = ""
        self._read_only = True
        self._fetched: list[Row] | None = None   # rows of a writing statement with RETURNING, in reverse
        self._number, self._raw = connection.lend()
        connection.lent.add(self)
        # The description of a statement without rows is gone when execute() returns, so it is taken at its start.
        self._raw.exec_trace = self._starting

    def _starting(self, raw: apsw.Cursor, statement: str, _bindings: object) -> bool:
        if len(statement) < len(self._text) and not _ONLY_COMMENT.fullmatch(self._text, len(statement)):
            raise ProgrammingError("You can only execute one statement at a time.")
        columns = raw.get_description()
        self.description = tuple((name, kind, None, None, None, None, None) for name, kind in columns) or None
        self._read_only = raw.is_readonly
        return True

    def _is_write(self, statement: str) -> bool:
        found = _FIRST_WORD.match(statement)
        word = found[1].upper() if found else ""
        return word in _WRITES or (word == "WITH" and not self._read_only)

    def _gives_rows(self) -> bool:
        return self.description is not None

    def execute(self, statement: str, parameters: Parameters = ()) -> Cursor:
        """Run one statement with `?` or `:name` parameters and return this cursor.

        Raises this module's errors. Never begins a transaction.
        """
        raw = self._raw
        self.description, self.rowcount, self._fetched, self._read_only = None, -1, None, True
        self._text = statement
        try:
            raw.execute(statement, parameters)
            if not self._read_only and self._is_write(statement):
                if self._gives_rows():
                    self._fetched = raw.fetchall()[::-1]   # SQLite has made every change before the first row
                connection = self.connection.raw
                self.rowcount = connection.changes()
                self.lastrowid = connection.last_insert_rowid()
        except (apsw.Error, OverflowError) as error:
            _raise(error, self.connection.raw)
        return self

    def executemany(self, statement: str, sequence: Iterable[Parameters]) -> Cursor:
        """Run one writing statement once for each set of parameters; `rowcount` is the sum.

        Raises ProgrammingError for a statement that gives rows.
        """
        raw, connection, total = self._raw, self.connection.raw, 0
        self.description, self.rowcount, self._fetched, self._read_only = None, -1, None, True
        self._text = statement
        try:
            if isinstance(sequence, list) and len(sequence) > 1 and _ONE_ROW_EACH.match(statement):
                raw.execute(statement, sequence[0])   # its start is looked at; the others pass without Python
                raw.exec_trace = None
                raw.executemany(statement, sequence[1:])
                self.rowcount = len(sequence)
                return self
            for parameters in sequence:
                raw.execute(statement, parameters)
                if self._gives_rows():
                    raise ProgrammingError("executemany() can only execute statements that give no rows.")
                total += connection.changes()   # exact: total_changes() would count what triggers wrote
                raw.exec_trace = None   # looked at once
            self.rowcount = total
        except (apsw.Error, OverflowError) as error:
            _raise(error, connection)
        finally:
            self._trace_again()
        return self

    def _trace_again(self) -> None:
        try:
            self._raw.exec_trace = self._starting
        except apsw.Error as error:
            _raise(error)

    def fetchone(self) -> Row | None:
        """The next row, None when there is none."""
        if self._fetched is not None:
            return self._fetched.pop() if self._fetched else None
        try:
            return self._raw.fetchone()
        except apsw.ExecutionCompleteError:
            return None
        except apsw.Error as error:
            _raise(error)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """Up to `size` rows (default `arraysize`)."""
        rows: list[Row] = []
        for _ in range(self.arraysize if size is None else size):
            row = self.fetchone()
            if row is None:
                break
            rows.append(row)
        return rows

    def fetchall(self) -> list[Row]:
        """All remaining rows."""
        if self._fetched is not None:
            rows, self._fetched = self._fetched[::-1], []
            return rows
        try:
            return self._raw.fetchall()
        except apsw.ExecutionCompleteError:
            return []
        except apsw.Error as error:
            _raise(error)

    def __iter__(self) -> Iterator[Row]:
        while (row := self.fetchone()) is not None:
            yield row

    def close(self) -> None:
        """Drop what is left of the statement; the cursor cannot be used afterwards."""
        # Given back, not closed: apsw 3.54 never frees a cursor on which close() was called. An empty statement ends
        # the one before it even while a traceback holds the cursor; only where that fails is it closed.
        raw, self._raw = self._raw, _CLOSED_RAW
        if raw is _CLOSED_RAW:
            return
        self.connection.lent.discard(self)
        try:
            raw.exec_trace = None
            raw.execute("")
        except apsw.Error:
            try:
                raw.close(True)
            except apsw.Error as error:
                _raise(error)
        else:
            self.connection.take_back(self._number, raw)

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Nothing to do; PEP 249 asks for it."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Nothing to do; PEP 249 asks for it."""


class Connection:
    """A PEP 249 connection to one encrypted file, for one thread at a time. It keeps no key.

    `autocommit` and `begin_mode` are notes for the dialect; the driver itself begins nothing.
    """

    Error, Warning, InterfaceError, DatabaseError = Error, Warning, InterfaceError, DatabaseError
    DataError, OperationalError, IntegrityError = DataError, OperationalError, IntegrityError
    InternalError, ProgrammingError, NotSupportedError = InternalError, ProgrammingError, NotSupportedError

    def __init__(self, raw: apsw.Connection) -> None:
        self._raw: apsw.Connection | None = raw
        self.autocommit = False
        self.begin_mode = "DEFERRED"
        self._idle: list[tuple[int, apsw.Cursor]] = []   # apsw's cursors that nobody uses, with their numbers
        self._made = 0
        self.lent: WeakSet[Cursor] = WeakSet()   # cursors that nobody has closed; for this module alone
        raw.convert_binding = _adapted

    def __repr__(self) -> str:
        return f"<kanto_desk.db.driver.Connection {'closed' if self._raw is None else 'open'}>"

    @property
    def raw(self) -> apsw.Connection:
        """APSW's own connection, for what PEP 249 lacks (backup, FTS5, WAL). Raises ProgrammingError when closed."""
        if self._raw is None:
            raise ProgrammingError(CLOSED)
        return self._raw

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.raw.in_transaction

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._raw is None

    def cursor(self) -> Cursor:
        """A new cursor."""
        return Cursor(self)

    def execute(self, statement: str, parameters: Parameters = ()) -> Cursor:
        """`cursor().execute(…)`."""
        return Cursor(self).execute(statement, parameters)

    def executemany(self, statement: str, sequence: Iterable[Parameters]) -> Cursor:
        """`cursor().executemany(…)`."""
        return Cursor(self).executemany(statement, sequence)

    def begin(self, mode: str | None = None) -> None:
        """Begin a transaction: DEFERRED to read, IMMEDIATE to write (waits its turn here, never later)."""
        self._run(f"BEGIN {mode or self.begin_mode}")

    def commit(self) -> None:
        """Commit; nothing happens when no transaction is open."""
        if self.raw.in_transaction:
            self._run("COMMIT")

    def rollback(self) -> None:
        """Roll back, and end every statement that is half read: it would keep this connection at what it saw.

        Without an open transaction only that (SQLite rolls back by itself on a full disk).
        """
        for cursor in list(self.lent):
            cursor.close()
        if self.raw.in_transaction:
            self._run("ROLLBACK")

    def lend(self) -> tuple[int, apsw.Cursor]:
        """A cursor of apsw's and its number, for this module alone.

        They are used again: when apsw 3.54 frees one, it keeps a reference to every older one alive for ever, and every
        transaction has such a pair (SQLAlchemy makes the cursor, then says BEGIN). Each of them made the next slower.
        """
        raw = self.raw
        if self._idle:
            return self._idle.pop()
        self._made += 1
        try:
            return self._made, raw.cursor()
        except apsw.Error as error:
            _raise(error)

    def take_back(self, number: int, raw: apsw.Cursor) -> None:
        """A lent cursor whose statement has ended; dropped where the connection is closed."""
        if self._raw is not None:
            self._idle.append((number, raw))

    def _run(self, statement: str) -> None:
        number, raw = self.lend()
        try:
            raw.execute(statement)
        except apsw.Error as error:
            _raise(error, self.raw)
        finally:
            self.take_back(number, raw)

    def close(self) -> None:
        """Close the file, rolling back what is open. A second call does nothing."""
        if self._raw is None:
            return
        self._idle.sort(key=lambda lent: -lent[0])
        while self._idle:
            self._idle.pop()   # the oldest first: those are freed
        try:
            self._raw.close(True)
        except apsw.Error as error:
            _raise(error)
        self._raw = None

    def interrupt(self) -> None:
        """Stop the running statement; the only method another thread may call."""
        if self._raw is not None:
            self._raw.interrupt()

    def create_function(
        self, name: str, arguments: int, function: Callable[..., Any] | None, *, deterministic: bool = False
    ) -> None:
        """Make a Python function callable from SQL; None removes it."""
        try:
            self.raw.create_scalar_function(name, function, arguments, deterministic=deterministic)
        except apsw.Error as error:
            _raise(error)


def connect(
    path: str | PathLike[str],
    *,
    key: bytes | None,
    page_size: int = 4096,
    cache_mb: int = 16,
    readonly: bool = False,
    create: bool = True,
    timeout: float = BUSY_SECONDS,
    wal: bool = True,
    immutable: bool = False,
) -> Connection:
    """Open (and create) an encrypted SQLite file with the settings every file of a data folder has.

    `key`: 32 raw bytes; None only for a file without secrets. `page_size` counts for a new file. `timeout` in seconds.
    `immutable`: read a file that nobody writes, without the files that SQLite keeps beside it (and without its WAL).
    Raises DatabaseError when the key does not fit or the file is damaged, OperationalError when it cannot be opened.
    """
    if key is not None and len(key) != KEY_BYTES:
        raise InterfaceError(f"a key has {KEY_BYTES} bytes")
    readonly = readonly or immutable
    name = f"{Path(fspath(path)).absolute().as_uri()}?immutable=1" if immutable else fspath(path)
    if readonly:
        flags = apsw.SQLITE_OPEN_READONLY | (apsw.SQLITE_OPEN_URI if immutable else 0)
    else:
        flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    try:
        raw = apsw.Connection(name, flags=flags, statementcachesize=STATEMENTS_CACHED)
    except apsw.Error as error:
        _raise(error)
    try:
        raw.set_busy_timeout(int(timeout * 1000))
        if key is not None:
            use_key(raw, key)
        _settle(raw, page_size=page_size, cache_mb=cache_mb, readonly=readonly, wal=wal)
    except apsw.Error as error:
        raw.close(True)
        _raise(error)
    except BaseException:
        raw.close(True)
        raise
    return Connection(raw)


def use_key(raw: apsw.Connection, key: bytes, schema: str = "main") -> None:
    """Name the cipher and give the raw key to a file just opened, before anything else is read from it."""
    raw.execute(f"PRAGMA {schema}.cipher='aegis'")
    failed = False
    try:
        raw.execute(f"PRAGMA {schema}.key='raw:{key.hex()}'", can_cache=False)
    except apsw.Error:
        failed = True
    if failed:   # raised outside the except block: the first error's context would hold the statement with the key
        raise InterfaceError("the cipher refused the key")


def _settle(raw: apsw.Connection, *, page_size: int, cache_mb: int, readonly: bool, wal: bool) -> None:
    raw.execute("PRAGMA temp_store=MEMORY")   # no plaintext of a sort or an index in a temporary file
    raw.execute(f"PRAGMA page_size={int(page_size)}")
    raw.execute("PRAGMA foreign_keys=OFF")   # ours are not declared, and a migration must not depend on the order
    raw.execute("PRAGMA trusted_schema=OFF")
    raw.execute(f"PRAGMA cache_size=-{int(cache_mb) * 1024}")
    raw.execute("SELECT count(*) FROM sqlite_schema").fetchall()   # the first read: a wrong key is refused here
    if readonly:
        raw.execute("PRAGMA query_only=ON")
        return
    raw.execute("PRAGMA secure_delete=FAST")   # withdrawn text is overwritten where it costs no extra write
    if wal:
        raw.execute("PRAGMA journal_mode=WAL").fetchall()
    raw.execute("PRAGMA synchronous=FULL")
    if sys.platform == "darwin":   # there fsync() does not reach the disk
        raw.execute("PRAGMA fullfsync=ON")
        raw.execute("PRAGMA checkpoint_fullfsync=ON")
