"""What every benchmark shares: times and their spread, a scratch copy of a desk, and a heavy job in another process.

Measures nothing itself and knows no goal.
"""

from __future__ import annotations

import math
import multiprocessing
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from statistics import median
from time import perf_counter

Figures = dict[str, float]
"""One run's results: a name that ends in its unit → the figure."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `limit` is the most the figure (or, with `as_ratio`, the figure by its floor) may be."""

    name: str
    key: str
    unit: str
    floor: str = ""          # key of the floor or peer measured in the same run
    floor_name: str = ""
    limit: float | None = None
    as_ratio: bool = False


def spread(times: Sequence[float], name: str) -> Figures:
    """Median, 95th and 99th percentile, best and worst of some times in milliseconds."""
    ordered = sorted(times)

    def rank(part: float) -> float:
        return ordered[max(0, math.ceil(part * len(ordered)) - 1)]

    return {f"{name} median ms": median(ordered), f"{name} p95 ms": rank(0.95), f"{name} p99 ms": rank(0.99),
            f"{name} best ms": ordered[0], f"{name} worst ms": ordered[-1]}


def took(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def times_of(work: Callable[[int], object], rounds: int) -> list[float]:
    """Milliseconds of each of `rounds` calls; `work` gets the number of its round."""
    return [took(lambda n=n: work(n)) for n in range(rounds)]  # type: ignore[misc]


@contextmanager
def scratch_copy(home: Path) -> Iterator[Path]:
    """A copy of a data folder on the same disk, so that what a benchmark writes never reaches the next run."""
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=home.parent) as folder:
        copy = Path(folder) / "desk"
        shutil.copytree(home, copy)
        yield copy


@contextmanager
def heavy_job() -> Iterator[None]:
    """A spawned process that computes without a pause, as an import or an index rebuild does (DECISIONS 27)."""
    context = multiprocessing.get_context("spawn")
    begun = context.Event()
    worker = context.Process(target=_compute, args=(begun,), daemon=True)
    worker.start()
    begun.wait()
    try:
        yield
        if not worker.is_alive():
            raise RuntimeError("the heavy job ended too early: what was measured beside it does not count")
    finally:
        worker.terminate()
        worker.join()
        worker.close()


def _compute(begun: multiprocessing.synchronize.Event) -> None:
    """Fold and split generated notes and index them in memory, for ever."""
    from bench import generator
    from kanto_desk.japanese.folding import bigrams, fold

    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE held USING fts5(g)")
    companies = list(generator.organizations(200, 7))
    begun.set()
    for seed in range(1_000_000):
        for row in generator.consultations(200, seed, companies):
            words = " ".join(bigrams(fold(row["text"] or row["problem"] or "")))
            index.execute("INSERT INTO held VALUES (?)", (words,))
        index.execute("DELETE FROM held")


def machine() -> dict[str, str]:
    """What the figures depend on, without a name or path of the machine."""
    import apsw

    cores = multiprocessing.cpu_count()
    return {
        "Cores": str(cores), "Memory": f"{_memory_gb():.0f} GB", "System": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(), "Qt (PySide6)": metadata.version("PySide6-Essentials"),
        "SQLite (encrypted)": apsw.sqlite_lib_version(), "SQLite (floor)": sqlite3.sqlite_version,
        "SQLAlchemy": metadata.version("SQLAlchemy"), "ReportLab": metadata.version("reportlab"),
    }


def _memory_gb() -> float:
    try:
        for line in Path("/proc/meminfo").read_text("utf-8").splitlines():
            if line.startswith("MemTotal"):
                return int(line.split()[1]) / 1024 / 1024
    except OSError:
        return math.nan
    return math.nan
