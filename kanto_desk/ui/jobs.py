"""Work off the UI thread: one writer for saves in their order, a few lanes for jobs that wait. Results come back here.

Threads are for waiting (disk, network, another library); Python that computes for long belongs into a process. Knows
neither the database nor what the work is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Literal, Protocol

from PySide6.QtCore import QObject, Qt, Signal

from kanto_desk.stopping import Stop, Stopped, bound

Lane = Literal["reading", "finding", "long"]
"""Jobs of one lane run one after the other, lanes beside one another: what pages and papers read; what boxes look for;
what takes its time (counting, backups). So nothing typed and nothing opened waits behind a count."""

Done = Callable[[Any], None]
Failed = Callable[[Exception], None]


class Runner(Protocol):
    """Something that runs work elsewhere and reports on the UI thread."""

    def submit(self, work: Callable[[], Any], done: Done | None = None, failed: Failed | None = None) -> Any: ...


class Cancelled(Exception):
    """The user stopped the job; what it finished before stays."""


@dataclass(slots=True, eq=False)
class _Task:
    work: Callable[[], Any]
    done: Done | None
    failed: Failed | None


class _Worker(QObject):
    """Lanes with a thread and a queue each. Results are delivered on the thread this object lives in, by one signal."""

    idle = Signal()
    _arrived = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._lanes: dict[str, tuple[SimpleQueue[_Task | None], threading.Thread]] = {}
        self._open = 0
        self._closed = False
        self._reports: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def waiting(self) -> int:
        """How many tasks have not reported yet."""
        return self._open

    def wait_idle(self, limit_ms: int | None = None) -> bool:
        """Wait until every task has run and reported, those submitted by reports too, or the limit is over.

        No other event is handled. Gives whether nothing is left.
        """
        until = None if limit_ms is None else time.monotonic() + limit_ms / 1000
        while self._open:
            try:
                report = self._reports.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
            except Empty:
                return False
            self._tell(report)
        return True

    def close(self, timeout: float = 10.0) -> bool:
        """Finish what is queued, deliver it and end the threads; False if they did not within `timeout` seconds."""
        until = time.monotonic() + timeout
        if not self._closed:
            self._closed = True
            for queue, _thread in self._lanes.values():
                queue.put(None)
        for _queue, thread in self._lanes.values():
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                return False
        self.wait_idle()
        return True

    def _put(self, task: _Task, lane: str = "") -> None:
        if self._closed:
            raise RuntimeError("the worker is closed")
        self._open += 1
        if lane not in self._lanes:
            queue: SimpleQueue[_Task | None] = SimpleQueue()
            name = f"{self._name} {lane}".strip()
            thread = threading.Thread(target=self._run, args=(queue,), name=name, daemon=True)
            self._lanes[lane] = queue, thread
            thread.start()
        self._lanes[lane][0].put(task)

    def _run(self, queue: SimpleQueue[_Task | None]) -> None:
        while (task := queue.get()) is not None:
            self._reports.put(_report_of(task))
            del task   # a page would live until the next task if the waiting thread still held its last one
            try:
                self._arrived.emit()
            except RuntimeError:
                return   # the window was left while this hung in the disk: there is nobody to tell any more

    def _deliver(self) -> None:
        try:
            report = self._reports.get_nowait()
        except Empty:
            return   # `wait_idle` told it already
        self._tell(report)

    def _tell(self, report: Callable[[], None]) -> None:
        self._open -= 1
        try:
            report()
        finally:
            if not self._open:
                self.idle.emit()


def _report_of(task: _Task) -> Callable[[], None]:
    """Do the work; gives what the UI thread is to be told of it."""
    try:
        result = task.work()
    except Exception as trouble:  # noqa: BLE001 - handed to `failed`, or raised on the UI thread
        return _failure(task, trouble)
    return _success(task, result)


def _success(task: _Task, result: Any) -> Callable[[], None]:
    return lambda: task.done(result) if task.done else None


def _failure(task: _Task, trouble: Exception) -> Callable[[], None]:
    def tell() -> None:
        if task.failed is None:
            raise trouble
        task.failed(trouble)
    return tell


class Writer(_Worker):
    """Saves, one after the other in the order they came. Sign, send and close call `wait_idle` first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("writer", parent)

    def submit(self, work: Callable[[], Any], done: Done | None = None, failed: Failed | None = None) -> None:
        """Queue a save. `done` or `failed` is called on the UI thread; without `failed` the error is raised there."""
        self._put(_Task(work, done, failed))


@dataclass(slots=True, eq=False)
class Job:
    """A job that was started. The work calls `step` between its parts; `cancel` ends it there."""

    progress: Callable[[int, int], None] | None = None
    _stop: Stop = field(default_factory=Stop)
    _tell: Callable[[Callable[[], None]], None] | None = None

    def cancel(self) -> None:
        """Ask the job to stop: a reading within its statement, any other at its next step."""
        self._stop.ask()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.asked

    def step(self, done: int, total: int) -> None:
        """Called by the work: tells the progress, and raises Cancelled when the user stopped the job."""
        if self._stop.asked:
            raise Cancelled
        if self.progress is not None and self._tell is not None:
            progress = self.progress
            self._tell(lambda: progress(done, total))


class Jobs(_Worker):
    """Jobs that wait for database, network, backup or drawing; one at a time in each lane, with progress and cancel."""

    _progressed = Signal(object)

    def __init__(self, parent: QObject | None = None, *, name: str = "jobs") -> None:
        super().__init__(name, parent)
        self._readings: set[Job] = set()
        self._progressed.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def submit(self, work: Callable[[], Any], done: Done | None = None, failed: Failed | None = None, *,
               lane: Lane = "reading") -> Job:
        """Queue work that tells no progress. A job cancelled before it began fails with Cancelled."""
        return self.start(lambda _job: work(), done, failed, lane=lane)

    def start(self, work: Callable[[Job], Any], done: Done | None = None, failed: Failed | None = None,
              progress: Callable[[int, int], None] | None = None, *, lane: Lane = "reading") -> Job:
        """Queue work that calls `job.step(done, total)`; `progress` is called on the UI thread."""
        job = Job(progress)
        job._tell = self._progressed.emit

        def begin() -> Any:
            if job.cancelled:
                raise Cancelled
            return work(job)
        self._put(_Task(begin, done, failed), lane)
        return job

    def read(self, work: Callable[[], Any], done: Done, failed: Failed | None = None, *,
             lane: Lane = "reading") -> Job:
        """Queue a reading: `cancel` interrupts the statement it is in. Once cancelled it tells nobody anything.

        What `work` writes is never interrupted.
        """
        job = Job()

        def begin() -> Any:
            if job.cancelled:
                raise Stopped
            with bound(job._stop):
                return work()

        def tell(result: Any) -> None:
            self._readings.discard(job)
            if not job.cancelled:
                done(result)

        def fail(error: Exception) -> None:
            self._readings.discard(job)
            if job.cancelled and isinstance(error, Stopped):
                return
            if failed is None:
                raise error
            failed(error)
        self._readings.add(job)
        self._put(_Task(begin, tell, fail), lane)
        return job

    def close(self, timeout: float = 10.0) -> bool:
        """Stop the readings, finish what else is queued, deliver it and end the threads; False if that took longer."""
        self.stop_readings()
        return super().close(timeout)

    @property
    def unstoppable(self) -> int:
        """How many jobs have not reported yet that somebody has to wait for: all but readings."""
        return self.waiting - len(self._readings)

    def stop_readings(self) -> None:
        """Nobody waits for any reading any more."""
        for job in list(self._readings):
            job.cancel()

    def _show(self, tell: Callable[[], None]) -> None:
        tell()
