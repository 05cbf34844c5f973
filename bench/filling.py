"""The window while a child fills the laptop: how long a save waits, and how long the window stands still."""

from __future__ import annotations

import base64
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep

from bench.first_fill import BATCH, _changes
from bench.full_desk import CHEAP, PASSPHRASE
from bench.measuring import Figures, Line, spread, took
from bench.syncing import made_hub, serving
from kanto_desk.clock import system_clock
from kanto_desk.hub import accounts
from kanto_desk.hub.accepting import accept
from kanto_desk.hub.app import handle
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.serving import line_of_enrolment
from kanto_desk.rules.access import Grant, Reader, Role
from kanto_desk.services import consultations, organizations, syncing, timeline
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.sync import signing, wire

COMPANIES, VISITS = 1_000, 4_000
EVERY_SECONDS = 0.03
SENTENCE = "来年から受注が2割減る見込み。医療機器に出たいが、何から始めるか分からない。"
LINES = (
    Line("A line saved while a child fills, median", "save beside filling median ms", "ms", "save idle median ms",
         "the same desk, idle"),
    Line("— 95th percentile", "save beside filling p95 ms", "ms", "save idle p95 ms", "idle"),
    Line("— worst", "save beside filling worst ms", "ms", "save idle worst ms", "idle", 50),
    Line("Window stands still while a child fills, longest", "stall beside filling ms", "ms", "stall idle ms", "idle"),
    Line("Records a second by the child", "child records per s", "/s"),
)


def run(_home: Path) -> Figures:
    """A hub process, a window on a new desk, and a thread that saves a line every 30 ms."""
    with tempfile.TemporaryDirectory(prefix="kd-filling-bench-") as name:
        return _run(Path(name), COMPANIES, VISITS)


def _run(folder: Path, companies: int, visits: int) -> Figures:
    from bench.window import shown_frame

    hub, body, person = made_hub(folder / "filling-hub")
    reader = Reader(person, (Grant(Role.EXPERT, body),))
    dev, key = "00000000000000aa", base64.b64encode(signing.new_key().public_key().public_bytes_raw()).decode()
    with hub.write() as conn:
        code = accounts.new_code(conn, person, system_clock())
    handle(hub, "/enrol", {}, wire.packed(wire.Enrol(wire.VERSION, code, dev, "writer", key, "age1")))
    batch = []
    for change in _changes(dev, companies, visits):
        batch.append(change)
        if len(batch) == BATCH or change.seq == companies + visits:
            with hub.write() as conn:
                accept(conn, dev, reader, body, batch[0].seq - 1, batch, hub.clock().isoformat())
            batch = []
    with hub.write() as conn:
        code = accounts.new_code(conn, person, system_clock())
    hub.close()
    with serving("hub", folder / "filling-hub") as (url, _):
        desk = desks.create(folder / "filled", PASSPHRASE, person="高橋 直子", clock=system_clock, cost=CHEAP)
        try:
            authority = fingerprint((folder / "filling-hub" / CA_FILE).read_bytes())
            syncing.enrol(desk, line_of_enrolment(url, code, authority))
            visit = consultations.create(desk.store, organizations.create(desk.store, {"name": "株式会社 湖南精工"}))
            with shown_frame(desk) as window:
                window.open_consultation(visit)
                window.settle()
                idle_until = perf_counter() + 3
                idle, idle_stall, _ = _beside(desk, visit, lambda: perf_counter() < idle_until)
                window.frame.sync_now()
                begun = perf_counter()
                busy, stall, ended = _beside(desk, visit, lambda: window.frame.syncing.running)
                seconds = ended - begun
                if window.frame.syncing.trouble is not None:
                    raise RuntimeError(window.frame.syncing.trouble.happened)
        finally:
            desk.close()
    return {**spread(idle, "save idle"), **spread(busy, "save beside filling"), "stall idle ms": idle_stall,
            "stall beside filling ms": stall, "child records per s": (companies + visits) / seconds}


def _beside(desk: Desk, visit: str, going_on: Callable[[], bool]) -> tuple[list[float], float, float]:
    """Times of saves while something goes on, the longest turn of the window in ms, and when it was over."""
    from PySide6.QtWidgets import QApplication

    over, times = threading.Event(), []

    def save() -> None:
        n = 0
        while not over.is_set():
            n += 1
            times.append(took(lambda: timeline.add(desk.store, visit, "said", f"{n} {SENTENCE}")))   # noqa: B023
            sleep(EVERY_SECONDS)
    thread = threading.Thread(target=save, name="saving")
    thread.start()
    longest, last = 0.0, perf_counter()
    while going_on():
        QApplication.processEvents()
        sleep(0.001)
        now = perf_counter()
        longest, last = max(longest, now - last), now
    over.set()
    thread.join()
    return times, longest * 1000, last
