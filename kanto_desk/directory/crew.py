"""Processes that parse blocks and make words, so that an import uses every core and holds no other process up.

Each is this program started again (`own_process`), fed through its pipes: one task in, one answer out, in order.
"""

from __future__ import annotations

import gc
import marshal
import os
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Self

from kanto_desk import own_process
from kanto_desk.directory.columns import HIDDEN
from kanto_desk.directory.reading import Block, parse
from kanto_desk.directory.schema import LENGTH_SHIFT
from kanto_desk.directory.spooling import PLAIN_MARSHAL, write_run
from kanto_desk.directory.words import Place, words_of

PARSE, WORDS = "parse", "words"
FIRST_REFUSALS = 100
"""So many refused lines of a file are told one by one; of the others only how many they are."""
MOST_WORKERS = 4

_FLAGS = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
_NICER = 5

Task = tuple[Any, ...]


class Crew:
    """Workers, as many as there are cores to spare; started when there is more than one task, as a day's diff is.

    Ended with the block, whatever they are doing.
    """

    def __init__(self, size: int | None = None) -> None:
        self._size = size or min(MOST_WORKERS, os.cpu_count() or 1)
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []
        self._threads = ThreadPoolExecutor(self._size, "crew")

    def __enter__(self) -> Self:
        return self

    def _start(self) -> None:
        for _ in range(self._size - len(self._all)):
            worker = subprocess.Popen(
                own_process.command(own_process.WORK), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=own_process.environment(), creationflags=_FLAGS)
            self._all.append(worker)
            self._idle.put(worker)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        for worker in self._all:
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._all:
            worker.communicate()

    def answers(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """The answers to tasks in their order, a few tasks ahead. Raises RuntimeError when a worker fails."""
        coming = iter(tasks)
        first = list(islice(coming, 2))
        if len(first) < 2:
            yield from map(_done, first)
            return
        self._start()
        ahead: deque[Future[Any]] = deque()
        for task in chain(first, coming):
            ahead.append(self._threads.submit(self._do, task))
            if len(ahead) > self._size:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    def _do(self, task: Task) -> Any:
        worker = self._idle.get()
        try:
            if worker.stdin is None or worker.stdout is None:
                raise RuntimeError("a worker has no pipes")
            _put(worker.stdin, task)
            answer = _get(worker.stdout)
        except (OSError, ValueError) as error:
            raise RuntimeError("a worker of the import has ended") from error
        finally:
            self._idle.put(worker)
        if answer is None:
            raise RuntimeError("a worker of the import has ended")
        kind, value = answer
        if kind == "trouble":
            raise OSError(*value)
        return value


def give_way() -> None:
    """Let everything that somebody waits for go before this process (on Windows it is started so)."""
    if hasattr(os, "nice"):
        os.nice(_NICER)


def collect_nothing() -> None:
    """Look for no garbage cycles from now on: rows are tuples by the hundred thousand, which hold none, and each look
    at them costs as much as a good part of the work. For a process that ends with an import."""
    gc.disable()


def work(into: IO[bytes], out: IO[bytes]) -> None:
    """The life of a worker: tasks from one pipe, answers into the other, until the first is closed."""
    give_way()
    collect_nothing()
    while (task := _get(into)) is not None:
        try:
            answer = ("done", _done(task))
        except OSError as error:   # a full disk is for the import to tell
            answer = ("trouble", (error.errno, error.strerror))
        _put(out, answer)


def _done(task: Task) -> Any:
    return _parsed(*task[1:]) if task[0] == PARSE else _worded(task[1])


def _parsed(content: bytes, encoding: str, line: int, run: str) -> Task:
    """A block parsed into a sorted run: how many rows, newest version, how many refused lines, the first of these."""
    rows, refused = parse(Block(content, encoding, line))
    if rows:
        write_run(Path(run), rows)
    newest = max((row.version for row in rows), default=0)
    return len(rows), newest, len(refused), [tuple(one) for one in refused[:FIRST_REFUSALS]]


def _worded(rows: list[Task]) -> list[tuple[int, str]]:
    """Index ids and words of rows (n, name, kana, place, street, state, industry), by id; hidden ones left out."""
    found = []
    places: dict[tuple[str, str, str], Place] = {}
    for n, name, kana, place, street, state, industry in rows:
        if state != HIDDEN:
            known = places.get(place) or places.setdefault(place, Place(*place))
            length, words = words_of(name, kana, known, street, state, industry)
            found.append((length << LENGTH_SHIFT | n, words))
    found.sort()
    return found


def _put(pipe: IO[bytes], value: Any) -> None:
    frame = marshal.dumps(value, PLAIN_MARSHAL)
    pipe.write(len(frame).to_bytes(4, "big"))
    pipe.write(frame)
    pipe.flush()


def _get(pipe: IO[bytes]) -> Any:
    size = pipe.read(4)
    if len(size) < 4:
        return None
    return marshal.loads(pipe.read(int.from_bytes(size, "big")))
