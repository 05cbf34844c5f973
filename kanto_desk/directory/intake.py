"""Reads the files of an import into sorted runs, each whole or not at all, and notes them, so that none is read twice.

What a file is shows in its content: the tax agency's hold corporations, those of gBizINFO facts about them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kanto_desk.db.disk import write_atomically
from kanto_desk.directory import crew, facts, gbizinfo_files, spooling
from kanto_desk.directory.columns import day_of
from kanto_desk.directory.crew import Crew
from kanto_desk.directory.gbizinfo import UNDATED, Known
from kanto_desk.directory.reading import Refusal, blocks, foreign, reason
from kanto_desk.errors import Refused
from kanto_desk.stopping import Stopped

READING = "reading"
FACTS_A_RUN = 50_000
FACTS_A_BREATH = 2000


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
    `facts`: whether it is of gBizINFO.
    """

    name: str
    outcome: str = "taken"
    reason: str = ""
    rows: int = 0
    refused: int = 0
    refusals: list[tuple[int, str]] = field(default_factory=list)
    newest: str = ""
    facts: bool = False


@dataclass(slots=True)
class Read:
    """A file that was read whole. `facts`: of gBizINFO; `work`: its entries that may change the index."""

    digest: str
    name: str
    rows: int
    refused: int
    first: list[list[Any]]
    version: int
    runs: list[str]
    facts: bool = False
    work: int = 0

    @property
    def newest(self) -> str:
        return day_of(self.version // 2).isoformat() if self.rows and self.version > 2 * UNDATED else ""


Told = Callable[[Progress], bool]
"""Called now and then; False stops the import, which can be gone on with."""


def runs_of(read: Sequence[Read], *, of_facts: bool) -> Iterator[Iterator[Any]]:
    """What was read of corporations, or of facts about them, each run by number."""
    return (spooling.read_run(Path(run)) for one in read if one.facts == of_facts for run in one.runs)


class Intake:
    """The files of one import. `work`: the folder for runs."""

    def __init__(self, work: Path, crew: Crew, told: Told) -> None:
        self._work, self._crew, self._told = work, crew, told
        self._manifest = work / "manifest.json"

    def take(self, path: Path, known: set[str], reports: list[FileReport]) -> Read | None:
        """Read one file into runs; None when nothing of it is to be brought in.

        `known`: digests of files that are in the directory, added to. Raises Stopped, OSError, RuntimeError.
        """
        told = FileReport(path.name)
        reports.append(told)
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
        told.rows, told.refused, told.newest, told.facts = read.rows, read.refused, read.newest, read.facts
        told.refusals = [(line, reason(Refusal(line, why, found))) for line, why, found in read.first]
        return read

    def _read(self, path: Path, digest: str) -> Read:
        if gbizinfo_files.recognised(path):
            return self._read_facts(path, digest)
        read = Read(digest, path.name, 0, 0, [], 0, [])
        runs: list[str] = []

        def tasks() -> Iterator[crew.Task]:
            for number, block in enumerate(blocks(path)):
                runs.append(str(self._work / f"{digest[:16]}-{number}.run"))
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
            self._tell(read.rows)
        return read

    def _read_facts(self, path: Path, digest: str) -> Read:
        read = Read(digest, path.name, 0, 0, [], 2 * UNDATED, [], facts=True)
        held: list[facts.Entry] = []

        def spool() -> None:
            read.runs.append(str(self._work / f"{digest[:16]}-{len(read.runs)}.run"))
            spooling.write_run(Path(read.runs[-1]), held)
            held.clear()

        for count, found in enumerate(gbizinfo_files.entries(path), 1):
            if isinstance(found, Known):
                read.rows += 1
                read.version = max(read.version, 2 * found.version)
                read.work += "industry" in found.facts
                if not found.empty:
                    held.append(facts.entry_of(found))
            else:
                read.refused += 1
                if len(read.first) < crew.FIRST_REFUSALS:
                    read.first.append(list(found))
            if len(held) >= FACTS_A_RUN:
                spool()
            if not count % FACTS_A_BREATH:
                self._tell(read.rows)
        if not read.rows:
            raise gbizinfo_files.foreign(path.name)
        if held:
            spool()
        self._tell(read.rows)
        return read

    def _noted(self, digest: str) -> Read | None:
        """What an import that was cut off read of this very file."""
        for noted in self._all_noted():
            if noted["digest"] == digest and all(Path(run).exists() for run in noted["runs"]):
                return Read(**noted)
        return None

    def _all_noted(self) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = json.loads(self._manifest.read_bytes())
        except (OSError, ValueError):
            return []
        return found

    def _note(self, read: Read) -> None:
        noted = [one for one in self._all_noted() if one["digest"] != read.digest]
        noted.append({name: getattr(read, name) for name in Read.__slots__})
        write_atomically(self._manifest, json.dumps(noted).encode())

    def _drop_runs(self, digest: str) -> None:
        for run in self._work.glob(f"{digest[:16]}-*.run"):
            run.unlink(missing_ok=True)

    def _tell(self, rows: int) -> None:
        if not self._told(Progress(READING, rows, 0)):
            raise Stopped


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
