"""Imports files into the directory: all of them are read first, and only what was read whole goes in.
The directory in use is never half replaced: few rows go into it in one transaction, many into a new file that takes
its place at one stroke. Files may come in any order and again: of each corporation the newest row stays. What an import
that was cut off has done already is used again.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from kanto_desk.clock import Clock
from kanto_desk.db import driver
from kanto_desk.db.disk import write_atomically
from kanto_desk.db.folder import DataFolder
from kanto_desk.directory import building, facts, schema, spooling, updating
from kanto_desk.directory.crew import Crew
from kanto_desk.directory.intake import READING, FileReport, Intake, Progress, Read, Told, runs_of
from kanto_desk.directory.pointer import InUse, Pointer
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.stopping import Stopped

BYTES_A_ROW = 450
"""Room on the disk that a row needs while a new file is made: its run and its place in the file."""
LONGEST_WAIT_SECONDS = 20.0
BUILDING, UPDATING = "building", "updating"


__all__ = ["BUILDING", "READING", "UPDATING", "FileReport", "Progress", "Report", "Sizes", "run"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How an import works: processes beside it (None: what the cores allow), rows of one of their tasks.

    Up to `in_place` rows go into the directory in use, but never more than a quarter of what it holds.
    """

    workers: int | None = None
    chunk: int = building.CHUNK
    in_place: int = 100_000


@dataclass(slots=True)
class Report:
    """What an import did; `total` corporations can be found afterwards.

    `enriched`: numbers about which the directory knows more than before, be the corporation in it or not yet.
    """

    files: list[FileReport] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    total: int = 0
    enriched: int = 0


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

    def run(self, files: Sequence[Path]) -> Report:
        report = Report()
        known = self._known()
        with Crew(self._sizes.workers) as self._crew:
            intake = Intake(self._pointer.work, self._crew, self._told)
            read = [one for path in files if (one := intake.take(path, known, report.files)) is not None]
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

    # Bringing in

    def _bring_in(self, read: Sequence[Read], report: Report) -> None:
        incoming, held = sum(one.work if one.facts else one.rows for one in read), self._held()
        if self._current is not None and incoming <= min(self._sizes.in_place, held // 4):
            self._update(incoming, read, report)
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

    def _update(self, incoming: int, read: Sequence[Read], report: Report) -> None:
        assert self._current is not None
        rows = spooling.newest(runs_of(read, of_facts=False))
        with closing(schema.open_to_write(self._current.path, self._current.key)) as conn:
            conn.begin("IMMEDIATE")
            try:
                known = facts.bring_in(conn, self._breathing(facts.merged(runs_of(read, of_facts=True))))
                changes = updating.apply(
                    conn, rows, lambda done: self._told(Progress(UPDATING, done, max(done, incoming))), known)
                self._sign(conn, read)
                conn.commit()
            except BaseException:
                conn.rollback()
                raise
            report.added, report.changed, report.unchanged = changes.added, changes.changed, changes.unchanged
            report.enriched, report.total = len(known), _findable(conn)

    def _build(self, incoming: int, held: int, read: Sequence[Read], report: Report) -> None:
        assert self._crew is not None
        total = incoming + held
        self._need_room(total)
        target = self._target(read)
        before = self._count()
        sources: list[Iterator[spooling.Plain]] = list(runs_of(read, of_facts=False))
        former = None if self._current is None else self._open(self._current)
        try:
            if former is not None:
                sources.append(schema.by_number(former))
            merged = facts.joined(spooling.newest(sources), self._facts(former, read))
            report.total = building.fill(
                target, merged, self._crew, lambda done: self._told(Progress(BUILDING, done, total)),
                self._sizes.chunk)
            with closing(schema.open_to_write(target.path, target.key)) as conn:
                conn.begin("IMMEDIATE")
                if former is not None:
                    for row in former.execute("SELECT digest, name, rows, refused, newest, at FROM source").fetchall():
                        conn.execute(_SIGN, row).close()
                    facts.bring_in(conn, facts.stored(former))
                    if (newest := schema.meta(former, facts.NEWEST, "none")) != "none":
                        facts.note(conn, newest)
                report.enriched = len(facts.bring_in(conn, facts.merged(runs_of(read, of_facts=True))))
                self._sign(conn, read)
                rows_now = int(schema.meta(conn, "filled", "0"))
                conn.commit()
        finally:
            if former is not None:
                former.close()
        report.added = rows_now - before
        self._pointer.switch(target)

    def _breathing(self, entries: Iterator[facts.Entry]) -> Iterator[facts.Entry]:
        for count, entry in enumerate(entries, 1):
            if not count % updating.BREATH and not self._told(Progress(UPDATING, count, 0)):
                raise Stopped
            yield entry

    def _facts(self, former: driver.Connection | None, read: Sequence[Read]) -> Iterator[facts.Entry]:
        """All that will be known, by number."""
        return facts.merged([*runs_of(read, of_facts=True), *([facts.stored(former)] if former is not None else [])])

    def _target(self, read: Sequence[Read]) -> InUse:
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

    def _sign(self, conn: driver.Connection, read: Sequence[Read]) -> None:
        for one in read:
            conn.execute(_SIGN, (one.digest, one.name, one.rows, one.refused, one.newest,
                                 self._clock().isoformat(timespec="seconds"))).close()
            if one.facts:
                facts.note(conn, one.newest)

    def _open(self, one: InUse) -> driver.Connection:
        return schema.open_to_read(one.path, one.key)


_SIGN = "REPLACE INTO source(digest, name, rows, refused, newest, at) VALUES (?, ?, ?, ?, ?, ?)"


def _findable(conn: driver.Connection) -> int:
    return int(conn.execute("SELECT coalesce(sum(count), 0) FROM tally WHERE state <> 3").fetchall()[0][0])
