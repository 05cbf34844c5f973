"""Rows on their way: sorted runs on disk, merged by number so that of each corporation the newest row is left.

What lies in a run is public and short-lived: it is not encrypted, and goes when the import is complete.
"""

from __future__ import annotations

import heapq
import marshal
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

Plain = tuple[Any, ...]
"""The fields of a `columns.Row` in its order."""
INDUSTRY = 15   # its place, the last
FRAME_ROWS = 256   # what a merge holds of each run
PLAIN_MARSHAL = 2   # without references to what came before: quicker to write and to read, and hardly longer


def write_run(path: Path, rows: Sequence[Plain]) -> None:
    """Write rows, sorted. Raises OSError."""
    ordered = sorted(map(tuple, rows))
    with path.open("wb") as file:
        for start in range(0, len(ordered), FRAME_ROWS):
            frame = marshal.dumps(ordered[start:start + FRAME_ROWS], PLAIN_MARSHAL)
            file.write(len(frame).to_bytes(4, "big"))
            file.write(frame)


def read_run(path: Path) -> Iterator[Plain]:
    """The rows of a run in order."""
    with path.open("rb") as file:
        while size := file.read(4):
            yield from marshal.loads(file.read(int.from_bytes(size, "big")))


def newest(sources: Iterable[Iterable[Plain]]) -> Iterator[Plain]:
    """Rows of sorted sources by number, of each number the newest; among equally new ones always the same.

    An industry that only an older row has stays.
    """
    kept: Plain | None = None
    for row in heapq.merge(*sources):
        if kept is not None:
            if row[0] != kept[0]:
                yield kept
            elif kept[INDUSTRY] and not row[INDUSTRY]:
                row = (*row[:INDUSTRY], kept[INDUSTRY])
        kept = row
    if kept is not None:
        yield kept
