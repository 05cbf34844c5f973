"""The company directory: import, search cold and warm, a day's diff, beside floors and peers on the same rows.

`python -m bench directory --rows N` (100,000 unless told; 5,800,000 is the whole country). Questions come from a fresh
seed in every run. The directory is built once for each size and kept in build/bench; of its import only the run that
built it tells. Peers: LIKE and an FTS5 trigram index, and DuckDB and tantivy if `KANTO_BENCH_DIRECTORY` names a Python
that has these (no part of the program).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter, thread_time

from bench import corporations, directory_listing
from bench.directory_queries import Asked, questions, two_signs
from bench.full_desk import ROOT
from bench.measuring import Figures, Line, spread, took
from kanto_desk.clock import system_clock
from kanto_desk.db import driver
from kanto_desk.directory import importing, schema, searching
from kanto_desk.directory.columns import whole_number
from kanto_desk.directory.pointer import Pointer
from kanto_desk.directory.searching import Corporation, Directory
from kanto_desk.japanese.folding import core_name, fold

SEED, SEALING = 20261129, bytes(32)
ROWS, WARM, COLD, PEER = 100_000, 3000, 200, 200
DIFF_ROWS = 20_000
PEERS = "KANTO_BENCH_DIRECTORY"
"""Environment: a Python that has duckdb and tantivy, in an environment of its own."""

LINES = (
    Line("Corporations in the directory", "rows", ""),
    Line("Search, warm, 50 rows fetched and verified, median", "search median ms", "ms", "point reads median ms",
         "50 random encrypted reads"),
    Line("— p95", "search p95 ms", "ms", "point reads median ms", "50 random encrypted reads", 3),
    Line("— p99", "search p99 ms", "ms", "scan ms", "a decrypting scan", 8),
    Line("— worst", "search worst ms", "ms", "scan ms", "a decrypting scan", 16.7),
    Line("— processor time, median", "search cpu median ms", "ms", "point reads cpu median ms", "the reads' own"),
    Line("— p95", "search cpu p95 ms", "ms", "point reads cpu median ms", "the reads' own", 3),
    Line("— p99", "search cpu p99 ms", "ms", "point reads cpu median ms", "the reads' own", 8),
    Line("— worst", "search cpu worst ms", "ms", "point reads cpu median ms", "the reads' own", 16.7),
    Line("Search, cold file, median", "cold median ms", "ms", "point reads median ms", "50 random encrypted reads"),
    Line("— p95", "cold p95 ms", "ms", "", "", 8),
    Line("— worst", "cold worst ms", "ms"),
    Line("Marks of 20 rows on the screen, p95", "marks p95 ms", "ms"),
    Line("Two characters, median", "pairs median ms", "ms"),
    Line("— p95", "pairs p95 ms", "ms"),
    Line("— LIKE on the same file, median", "like median ms", "ms", "pairs median ms", "ours"),
    Line("— p95", "like p95 ms", "ms", "pairs p95 ms", "ours"),
    Line("— FTS5 trigram (not encrypted), median", "trigram median ms", "ms", "pairs median ms", "ours"),
    Line("— p95", "trigram p95 ms", "ms", "pairs p95 ms", "ours"),
    Line("— DuckDB (not encrypted), median", "duckdb median ms", "ms", "pairs median ms", "ours"),
    Line("— p95", "duckdb p95 ms", "ms", "pairs p95 ms", "ours"),
    Line("— tantivy pairs (not encrypted), median", "tantivy median ms", "ms", "pairs median ms", "ours"),
    Line("— p95", "tantivy p95 ms", "ms", "pairs p95 ms", "ours"),
    Line("Size of the file", "size MB", "MB"),
    Line("— bytes a corporation", "bytes a row", "B", "", "", 1.2e9 / 5.8e6),
    Line("Memory of a process that searches, most", "memory MB", "MB", "", "", 300),
    Line("Import with index, a row", "import us", "µs", "bare import us", "csv into a plain table, one process", 40),
    Line("— processor time of all its processes, a row", "import cpu us", "µs", "bare import us",
         "csv into a plain table, one process"),
    Line("A day's diff, in place", "diff s", "s", "", "", 2),
    Line("— its rows", "diff rows", ""),
    Line("— processor time", "diff cpu s", "s"),
    *directory_listing.LINES,
)


def run(_home: Path, rows: int = ROWS) -> Figures:
    """Measure everything; prints what of the peers is not there."""
    home, built = ready(rows)
    seed = secrets.randbits(32)
    print(f"directory: {rows} rows, questions by seed {seed}", file=sys.stderr)
    figures: Figures = {"rows": rows, **built}
    current = Pointer(home, SEALING).current()
    assert current is not None
    figures["size MB"] = current.path.stat().st_size / 1e6
    figures["bytes a row"] = current.path.stat().st_size / rows
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:   # a process of its own, so that its memory can be told
        figures |= pool.apply(_searching, (str(current.path), current.key, rows, seed))
    with context.Pool(1) as pool:
        figures |= pool.apply(directory_listing.measure, (current.path, current.key, rows, Random(seed)))
    figures |= _peers(current.path, current.key, seed)
    return figures | _diff(home, rows, seed)


def ready(rows: int) -> tuple[Path, Figures]:
    """The folder of a directory of so many rows, built if it is not there, and what its import took."""
    home = ROOT / f"directory-{rows}-{SEED}-{schema.indexed_as()}"
    note = home / "import.json"
    if note.exists():
        return home, json.loads(note.read_bytes())
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=home) as folder:
        file = Path(folder) / "00_zenkoku_all_20261031.zip"
        corporations.write(file, corporations.full(rows, SEED))
        figures: Figures = {}
        for name, work in (("import", partial(_import, home)), ("bare import", partial(_bare, Path(folder)))):
            before, begun = _processor(), perf_counter()
            work(file)
            figures[f"{name} us"] = (perf_counter() - begun) / rows * 1e6
            figures[f"{name} cpu us"] = (_processor() - before) / rows * 1e6
    note.write_text(json.dumps(figures))
    return home, figures


def _processor() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _import(home: Path, file: Path) -> None:
    report = importing.run(Pointer(home, SEALING), [file], system_clock, _tell)
    print(f"imported: {report.total} can be found", file=sys.stderr)


def _tell(progress: importing.Progress) -> bool:
    if progress.done % 500_000 < 10_000:
        print(f"{progress.stage} {progress.done}", file=sys.stderr)
    return True


def _bare(folder: Path, file: Path) -> None:
    """The floor of an import: the same lines by the csv module into one table without any index or encryption."""
    import csv
    import io
    import sqlite3
    import zipfile

    with zipfile.ZipFile(file) as archive, archive.open(archive.namelist()[0]) as raw, closing(
            sqlite3.connect(folder / "bare.db")) as conn:
        conn.execute(f"CREATE TABLE bare({', '.join(f'c{n}' for n in range(30))})")
        conn.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * 30)})",
                         csv.reader(io.TextIOWrapper(raw, "utf-8", newline="")))
        conn.commit()


def _sample(path: Path, key: bytes, count: int, draw: Random) -> list[Corporation]:
    """Corporations drawn from a directory."""
    with closing(schema.open_to_read(path, key)) as conn, Directory(path, key) as directory:
        last = conn.execute("SELECT max(n) FROM corp").fetchall()[0][0]
        numbers = [whole_number(row[0]) for n in draw.choices(range(1, last + 1), k=count)
                   for row in conn.execute("SELECT num FROM corp WHERE n = ?", (n,)).fetchall()]
        return [one for number in numbers if (one := directory.by_number(number)) is not None]


def _searching(name: str, key: bytes, rows: int, seed: int) -> Figures:
    path, draw = Path(name), Random(seed)
    known = _sample(path, key, 2000, draw)
    asked = questions(known, WARM, draw)
    with Directory(path, key) as directory:
        for text, filters in questions(known, 300, draw):   # the file and its upper pages are in memory now
            directory.search(text, filters)
        times = [took(partial(directory.search, text, filters)) for text, filters in asked]
        figures = spread(_processor_ms(directory, asked), "search cpu")
        worst = sorted(zip(times, asked, strict=True), key=lambda pair: -pair[0])[:5]
        print("slowest:", [(round(ms, 1), text, filters.prefectures) for ms, (text, filters) in worst], file=sys.stderr)
        figures |= spread(times, "search")
        pairs = two_signs(known, PEER, draw)
        figures |= spread([took(partial(directory.search, text)) for text in pairs], "pairs")
        pages = [(text, directory.search(text)[:20]) for text, _ in asked[:200]]
        figures |= spread([took(partial(_marks, text, hits)) for text, hits in pages], "marks")
    figures["memory MB"] = _most_memory()
    figures |= _cold(path, key, questions(known, COLD, draw))
    return figures | _floors(path, key, rows, draw)


def _processor_ms(directory: Directory, asked: Sequence[Asked]) -> list[float]:
    """Processor time of each question: what it costs whatever else the machine does."""
    times = []
    for text, filters in asked:
        begun = thread_time()
        directory.search(text, filters)
        times.append((thread_time() - begun) * 1000)
    return times


def _marks(text: str, hits: Sequence[searching.Hit]) -> None:
    for hit in hits:
        searching.marks(text, hit.corporation)


def _most_memory() -> float:
    """The most memory that this process had, in MB (its own: what `getrusage` tells counts the one before exec too)."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text("utf-8"))
    return int(found[1]) / 1024 if found else float("nan")


def _cold(path: Path, key: bytes, asked: Sequence[Asked]) -> Figures:
    """Each question to a directory just opened, with nothing of its file in the system's memory."""
    if not hasattr(os, "posix_fadvise"):
        return {}
    times = []
    for text, filters in asked:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with Directory(path, key) as directory:
            directory.facts()
            times.append(took(partial(directory.search, text, filters)))
    return spread(times, "cold")


def _floors(path: Path, key: bytes, rows: int, draw: Random) -> Figures:
    with closing(schema.open_to_read(path, key)) as conn:
        cursor = conn.raw.cursor()

        def reads() -> None:
            for n in draw.choices(range(1, rows + 1), k=50):
                cursor.execute("SELECT * FROM corp WHERE n = ?", (n,)).fetchall()

        reads()
        figures = spread([took(reads) for _ in range(200)], "point reads")
        cpu = []
        for _ in range(200):
            begun = thread_time()
            reads()
            cpu.append((thread_time() - begun) * 1000)
        figures |= spread(cpu, "point reads cpu")
    with closing(schema.open_to_read(path, key)) as conn:
        figures["scan ms"] = took(lambda: conn.execute("SELECT sum(length(name)) FROM corp").fetchall())
    return figures


def _peers(path: Path, key: bytes, seed: int) -> Figures:
    draw = Random(seed)
    pairs = two_signs(_sample(path, key, 2000, draw), PEER, draw)
    with closing(schema.open_to_read(path, key)) as conn:
        few = pairs[:max(10, min(PEER, int(2e8 / path.stat().st_size)))]   # a scan of the whole country takes a second

        def like(text: str) -> None:
            conn.execute("SELECT * FROM corp WHERE name LIKE ? LIMIT 50", (f"%{text}%",)).fetchall()

        figures = spread([took(partial(like, text)) for text in few], "like")
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            rows = Path(folder) / "rows.tsv"
            with rows.open("w", encoding="utf-8") as out:
                for n, name in conn.execute("SELECT n, name FROM corp ORDER BY n"):
                    out.write(f"{n}\t{core_name(fold(name))}\n")
            figures |= _trigram(rows, pairs, Path(folder))
            python = os.environ.get(PEERS)
            if not python:
                print(f"DuckDB and tantivy: not measured, {PEERS} names no Python", file=sys.stderr)
                return figures
            done = subprocess.run(
                [python, str(Path(__file__).parent / "directory_peers.py"), str(rows), folder], text=True, check=False,
                input=json.dumps(pairs), capture_output=True, encoding="utf-8")
            if done.returncode:
                print(f"DuckDB and tantivy: not measured, {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
                return figures
            for name, measured in json.loads(done.stdout).items():
                figures |= spread(measured, name)
    return figures


def _trigram(rows: Path, pairs: Sequence[str], folder: Path) -> Figures:
    with closing(driver.connect(folder / "trigram.db", key=None)) as conn, rows.open(encoding="utf-8") as lines:
        conn.begin("IMMEDIATE")
        conn.execute("CREATE VIRTUAL TABLE t USING fts5(name, tokenize='trigram', detail=none)")
        conn.executemany("INSERT INTO t(rowid, name) VALUES (?, ?)", (line.rstrip("\n").split("\t") for line in lines))
        conn.execute("INSERT INTO t(t) VALUES ('optimize')")
        conn.commit()

        def like(text: str) -> None:
            found = conn.execute("SELECT rowid, name FROM t WHERE name LIKE ? LIMIT 50", (f"%{text}%",)).fetchall()
            assert found, "a part of a name is found"

        return spread([took(partial(like, text)) for text in pairs], "trigram")


def _diff(home: Path, rows: int, seed: int) -> Figures:
    """A day's diff into a copy of the directory."""
    count = min(DIFF_ROWS, rows // 5)
    known = [row for place, row in enumerate(corporations.full(min(rows, 4 * count), SEED)) if place % 2]
    with tempfile.TemporaryDirectory(dir=home.parent) as name:
        folder = Path(name)
        for file in [*home.glob("directory-*.db"), home / "directory.json"]:
            shutil.copy(file, folder)
        diff = folder / "diff_20261102.zip"
        corporations.write(diff, corporations.diff(known, count, seed, corporations.LAST_DAY + timedelta(days=2)))
        before, begun = _processor(), perf_counter()
        report = importing.run(Pointer(folder, SEALING), [diff], system_clock, lambda _: True)
        seconds = perf_counter() - begun
        assert report.added + report.changed > count / 2, "the diff went in place"
        return {"diff s": seconds, "diff cpu s": _processor() - before, "diff rows": count}


def main() -> None:
    """`python -m bench.directory --rows N`: measure and print, writing no document."""
    rows = int(sys.argv[sys.argv.index("--rows") + 1]) if "--rows" in sys.argv else ROWS
    from bench.__main__ import section

    print(section("The company directory", LINES, run(Path(), rows)))


if __name__ == "__main__":
    main()
