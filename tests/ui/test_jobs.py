"""Work off the UI thread: order, delivery on this thread, waiting, failing, progress and cancel."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from kanto_desk.ui.jobs import Cancelled, Job, Jobs, Writer


@pytest.fixture
def writer(qtbot: QtBot) -> Iterator[Writer]:
    made = Writer()
    yield made
    assert made.close()


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    assert made.close()


def test_saves_run_in_order_on_one_other_thread_and_report_on_this_one(writer: Writer, qtbot: QtBot) -> None:
    ran: list[tuple[int, int]] = []
    told: list[tuple[int, int]] = []
    for n in range(50):
        writer.submit(lambda n=n: ran.append((n, threading.get_ident())) or n,
                      lambda result: told.append((result, threading.get_ident())))
    with qtbot.waitSignal(writer.idle):
        pass
    here = threading.get_ident()
    assert [n for n, _ in ran] == list(range(50)) and {thread for _, thread in ran}.isdisjoint({here})
    assert told == [(n, here) for n in range(50)]
    assert len({thread for _, thread in ran}) == 1


def test_waiting_returns_when_all_have_reported_even_those_submitted_by_reports(writer: Writer) -> None:
    told: list[str] = []
    gate = threading.Event()
    writer.submit(gate.wait, lambda _: writer.submit(lambda: "second", told.append))
    threading.Timer(0.05, gate.set).start()
    writer.wait_idle()
    assert told == ["second"] and writer.waiting == 0
    writer.wait_idle()


def test_a_report_told_while_waiting_is_not_told_again(writer: Writer, qtbot: QtBot) -> None:
    told: list[int] = []
    writer.submit(lambda: 1, told.append)
    writer.wait_idle()
    writer.submit(lambda: 2, told.append)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told == [1, 2]


def test_a_failure_is_handed_over_and_the_next_save_still_runs(writer: Writer) -> None:
    told: list[object] = []
    writer.submit(lambda: 1 // 0, told.append, told.append)
    writer.submit(lambda: "next", told.append)
    writer.wait_idle()
    assert isinstance(told[0], ZeroDivisionError) and told[1] == "next"


def test_a_failure_nobody_takes_is_raised_here(writer: Writer) -> None:
    writer.submit(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        writer.wait_idle()
    assert writer.waiting == 0


def test_closing_finishes_what_is_queued(qtbot: QtBot) -> None:
    writer, told = Writer(), []
    for n in range(5):
        writer.submit(lambda n=n: n, told.append)
    assert writer.close() and told == [0, 1, 2, 3, 4]
    assert writer.close()
    with pytest.raises(RuntimeError):
        writer.submit(lambda: None)


def test_progress_comes_here_and_a_cancelled_job_stops_at_its_next_step(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[tuple[int, int, int]] = []
    told: list[object] = []
    go_on, reached = threading.Event(), threading.Event()

    def work(job: Job) -> str:
        job.step(1, 3)
        reached.set()
        go_on.wait()
        job.step(2, 3)
        return "done"
    job = jobs.start(work, told.append, told.append, lambda done, total: seen.append((done, total, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(seen))
    assert reached.wait(5)
    job.cancel()
    go_on.set()
    jobs.wait_idle()
    assert seen == [(1, 3, threading.get_ident())] and isinstance(told[0], Cancelled)


def test_a_job_cancelled_before_it_began_does_not_run(jobs: Jobs) -> None:
    gate, ran, told = threading.Event(), [], []
    jobs.submit(gate.wait)
    job = jobs.submit(lambda: ran.append(1), told.append, told.append)
    job.cancel()
    gate.set()
    jobs.wait_idle()
    assert ran == [] and isinstance(told[0], Cancelled)


class Page:
    """Something that its work and its reports belong to."""

    def work(self) -> int:
        return 1

    def fail(self) -> int:
        raise ValueError

    def told(self, _: object) -> None:
        pass


def test_an_idle_worker_holds_nothing_of_what_it_ran(writer: Writer, jobs: Jobs, qtbot: QtBot) -> None:
    gone = []
    for submit in (writer.submit, jobs.submit):
        for what in ("work", "fail"):
            page = Page()
            submit(getattr(page, what), page.told, page.told)
            gone.append(weakref.ref(page))
            del page
            assert writer.wait_idle(10_000) and jobs.wait_idle(10_000)
            qtbot.waitUntil(lambda: gone[-1]() is None)   # at once: no further task, no collection
    assert len(gone) == 4
