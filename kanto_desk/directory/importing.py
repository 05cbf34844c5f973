"""Imports files into the directory: all of them are read first, and only what was read whole goes in.

The directory in use is never half replaced: few rows go into it in one transaction, many into a new file that takes
its place at one stroke. Files may come in any order and again: of each corporation the newest row stays. What an import
that was cut off has done already is used again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kanto_desk.clock import Clock
from kanto_desk.db import driver
from kanto_desk.db.disk import write_atomically
from kanto_desk.db.folder import DataFolder
from kanto_desk.directory import building, crew, schema, spooling, updating
from kanto_desk.directory.columns import day_of
from kanto_desk.directory.crew import Crew
from kanto_desk.directory.pointer import InUse, Pointer
from kanto_desk.directory.reading import Refusal, blocks, foreign, reason
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.stopping import Stopped

BYTES_A_ROW = 450
"""Room on the disk that a row needs while a new file is made: its run and its place in the file."""
LONGEST_WAIT_SECONDS = 20.0
READING, BUILDING, UPDATING = "reading", "building", "updating"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How an import works: processes beside it (None: what the cores allow), rows of one of their tasks.

    Up to `in_place` rows go into the directory in use, but never more than a quarter of what it holds.
    """

    workers: int | None = None
    chunk: int = building.CHUNK
    in_place: int = 100_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: what it does, and rows done of all (0 while nobody knows)."""

    stage: str
    done: int
    total: int


@dataclass(slots=True)
class FileReport:
    """What became of a file. `outcome`: "taken", "known" (taken in before), "refused" (with `reason`).

    `refusals`: line and reason of the first refused lines; `refused` counts them all. `newest`: the latest update, ISO.
    """

    name: str
    outcome: str = "taken"
    reason: str = ""
    rows: int = 0
    refused: int = 0
    refusals: list[tuple[int, str]] = field(default_factory=list)
    newest: str = ""


@dataclass(slots=True)
class Report:
    """What an import did; `total` corporations can be found afterwards."""

    files: list[FileReport] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    total: int = 0


@dataclass(slots=True)
class _Read:
    """A file that was read whole."""

    digest: str
    name: str
    rows: int
    refused: int
    first: list[list[Any]]
    version: int
    runs: list[str]

    @property
    def newest(self) -> str:
        return day_of(self.version // 2).isoformat() if self.rows else ""


Told = Callable[[Progress], bool]
"""Called now and then; False stops the import, which can be gone on with."""


def run(pointer: Pointer, files: Sequence[Path], clock: Clock, told: Told,
        sizes: Sizes = Sizes(), *, anew: bool = False) -> Report:
    """Import files; gives what became of each. Nobody else may import into the same data folder meanwhile.

    `anew`: from these files alone, without looking at the directory in use, which may be damaged.
    Raises Stopped when told to stop (the directory is as before), Trouble without room, OSError, the driver's errors.
    """
    pointer.work.mkdir(exist_ok=True)
    with _alone(pointer.work, clock):
        pointer.sweep()
        report = _Import(pointer, clock, told, sizes, anew).run(files)
    shutil.rmtree(pointer.work, ignore_errors=True)
    return report


@contextmanager
def _alone(work: Path, clock: Clock) -> Iterator[None]:
    """Hold the folder of imports: one that nobody waits for any more takes a moment to end. Raises Trouble."""
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(DataFolder(work).locked(clock))
                break
            except Trouble as trouble:
                if time.monotonic() > until:
                    raise Trouble(tr("ほかの取り込みが、まだ動いています。"),
                                  tr("いまの企業ディレクトリはそのままです。"),
                                  tr("終わるのを待って、もう一度取り込みます。"), trouble.happened) from trouble
                time.sleep(0.1)
        yield


class _Import:
    """One import."""

    def __init__(self, pointer: Pointer, clock: Clock, told: Told, sizes: Sizes, anew: bool) -> None:
        self._pointer, self._clock, self._told, self._sizes = pointer, clock, told, sizes
        self._crew: Crew | None = None
        self._current = None if anew else pointer.current()
        self._manifest = pointer.work / "manifest.json"

    def run(self, files: Sequence[Path]) -> Report:
        report = Report()
        known = self._known()
        with Crew(self._sizes.workers) as self._crew:
            read = [one for path in files if (one := self._take(path, known, report)) is not None]
            if sum(one.rows for one in read):
                self._bring_in(read, report)
        if report.total == 0 and self._current is not None:
            with closing(self._open(self._current)) as conn:
                report.total = _findable(conn)
        return report

    # Reading

    def _known(self) -> set[str]:
        """Digests of the files that are in the directory already."""
        if self._current is None:
            return set()
        with closing(self._open(self._current)) as conn:
            if schema.meta(conn, "indexed_as") != schema.indexed_as():
                return set()   # it is made anew whatever comes
            return {digest for digest, in conn.execute("SELECT digest FROM source").fetchall()}

    def _take(self, path: Path, known: set[str], report: Report) -> _Read | None:
        """Read one file into runs; None when nothing of it is to be brought in."""
        told = FileReport(path.name)
        report.files.append(told)
        digest = _digest(path)
        if digest in known:
            told.outcome = "known"
            return None
        known.add(digest)
        read = self._noted(digest)
        if read is None:
            try:
                read = self._read(path, digest)
            except Refused as refused:
                told.outcome, told.reason = "refused", refused.message
                self._drop_runs(digest)
                return None
            self._note(read)
        told.rows, told.refused, told.newest = read.rows, read.refused, read.newest
        told.refusals = [(line, reason(Refusal(line, why, found))) for line, why, found in read.first]
        return read

    def _read(self, path: Path, digest: str) -> _Read:
        assert self._crew is not None
        read = _Read(digest, path.name, 0, 0, [], 0, [])
        runs: list[str] = []

        def tasks() -> Iterator[crew.Task]:
            for number, block in enumerate(blocks(path)):
                runs.append(str(self._pointer.work / f"{digest[:16]}-{number}.run"))
                yield crew.PARSE, block.content, block.encoding, block.line, runs[-1]

        for place, (rows, version, refused, first) in enumerate(self._crew.answers(tasks())):
            read.rows += rows
            read.refused += refused
            read.version = max(read.version, version)
            read.first += first[:crew.FIRST_REFUSALS - len(read.first)]
            if rows:
                read.runs.append(runs[place])
            if not read.rows:
                raise foreign(path.name)
            self._tell(READING, read.rows, 0)
        return read

    def _noted(self, digest: str) -> _Read | None:
        """What an import that was cut off read of this very file."""
        for noted in self._all_noted():
            if noted["digest"] == digest and all(Path(run).exists() for run in noted["runs"]):
                return _Read(**noted)
        return None

    def _all_noted(self) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = json.loads(self._manifest.read_bytes())
        except (OSError, ValueError):
            return []
        return found

    def _note(self, read: _Read) -> None:
        noted = [one for one in self._all_noted() if one["digest"] != read.digest]
        noted.append({name: getattr(read, name) for name in _Read.__slots__})
        write_atomically(self._manifest, json.dumps(noted).encode())

    def _drop_runs(self, digest: str) -> None:
        for run in self._pointer.work.glob(f"{digest[:16]}-*.run"):
            run.unlink(missing_ok=True)

    # Bringing in

    def _bring_in(self, read: Sequence[_Read], report: Report) -> None:
        rows = spooling.newest(spooling.read_run(Path(run)) for one in read for run in one.runs)
        incoming = sum(one.rows for one in read)
        held = self._held()
        if self._current is not None and incoming <= min(self._sizes.in_place, held // 4):
            self._update(rows, incoming, read, report)
        else:
            self._build(incoming, held, read, report)

    def _held(self) -> int:
        """Rows of the directory in use; 0 when there is none, or one that is indexed otherwise."""
        if self._current is None:
            return 0
        with closing(self._open(self._current)) as conn:
            if schema.meta(conn, "indexed_as") != schema.indexed_as():
                return 0
            return int(conn.execute("SELECT count(*) FROM corp").fetchall()[0][0])

    def _update(self, rows: Iterator[spooling.Plain], incoming: int, read: Sequence[_Read], report: Report) -> None:
        assert self._current is not None
        with closing(schema.open_to_write(self._current.path, self._current.key)) as conn:
            conn.begin("IMMEDIATE")
            try:
                changes = updating.apply(conn, rows, lambda done: self._told(Progress(UPDATING, done, incoming)))
                self._sign(conn, read)
                conn.commit()
            except BaseException:
                conn.rollback()
                raise
            report.added, report.changed, report.unchanged = changes.added, changes.changed, changes.unchanged
            report.total = _findable(conn)

    def _build(self, incoming: int, held: int, read: Sequence[_Read], report: Report) -> None:
        assert self._crew is not None
        total = incoming + held
        self._need_room(total)
        target = self._target(read)
        before = self._count()
        sources: list[Iterator[spooling.Plain]] = [
            spooling.read_run(Path(run)) for one in read for run in one.runs]
        former = None if self._current is None else self._open(self._current)
        try:
            if former is not None:
                sources.append(schema.by_number(former))
            merged = spooling.newest(sources)
            report.total = building.fill(
                target, merged, self._crew, lambda done: self._told(Progress(BUILDING, done, total)),
                self._sizes.chunk)
            with closing(schema.open_to_write(target.path, target.key)) as conn:
                conn.begin("IMMEDIATE")
                if former is not None:
                    for row in former.execute("SELECT digest, name, rows, refused, newest, at FROM source").fetchall():
                        conn.execute(_SIGN, row).close()
                self._sign(conn, read)
                rows_now = int(schema.meta(conn, "filled", "0"))
                conn.commit()
        finally:
            if former is not None:
                former.close()
        report.added = rows_now - before
        self._pointer.switch(target)

    def _target(self, read: Sequence[_Read]) -> InUse:
        """The file to fill: the one that an import of just these files was filling, else a new one."""
        plan = json.dumps([sorted(one.digest for one in read), self._current.path.name if self._current else "",
                           schema.indexed_as()])
        noted, unfinished = self._pointer.work / "plan.json", self._pointer.unfinished()
        with suppress(OSError):
            if unfinished is not None and noted.read_text("utf-8") == plan:
                return unfinished
        self._pointer.drop_unfinished()
        write_atomically(noted, plan.encode())
        return self._pointer.begin()

    def _need_room(self, rows: int) -> None:
        free, needed = shutil.disk_usage(self._pointer.home).free, rows * BYTES_A_ROW
        if free < needed:
            raise Trouble(
                tr("ディスクの空きが足りません（{needed}MB 必要、空きは {free}MB）。", needed=needed // 2**20 + 1,
                   free=free // 2**20),
                tr("いまの企業ディレクトリはそのままです。"), tr("空きをつくって、もう一度取り込みます。"))

    def _count(self) -> int:
        if self._current is None:
            return 0
        with closing(self._open(self._current)) as conn:
            return int(conn.execute("SELECT count(*) FROM corp").fetchall()[0][0])

    def _sign(self, conn: driver.Connection, read: Sequence[_Read]) -> None:
        for one in read:
            conn.execute(_SIGN, (one.digest, one.name, one.rows, one.refused, one.newest,
                                 self._clock().isoformat(timespec="seconds"))).close()

    def _open(self, one: InUse) -> driver.Connection:
        return schema.open_to_read(one.path, one.key)

    def _tell(self, stage: str, done: int, total: int) -> None:
        if not self._told(Progress(stage, done, total)):
            raise Stopped


_SIGN = "REPLACE INTO source(digest, name, rows, refused, newest, at) VALUES (?, ?, ?, ?, ?, ?)"


def _findable(conn: driver.Connection) -> int:
    return int(conn.execute("SELECT coalesce(sum(count), 0) FROM tally WHERE state <> 3").fetchall()[0][0])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
