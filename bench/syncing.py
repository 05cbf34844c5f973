"""Sync of desks with a hub in a process of its own: 10,000 records pushed, one edit over a slow network, after a cut.

Beside the push stand a bare zstd-JSON POST of the same changes into one table of SQLite, over the same TLS, and Anki
with its own sync server if `KANTO_BENCH_ANKI` names a Python that has it (AGPL: never part of the program). Run alone
with  python -m bench syncing
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

from bench import crowd
from bench.measuring import Figures, Line, took
from bench.slow_link import SlowLink
from kanto_desk.clock import system_clock
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.migrations import RECORDS, migrate
from kanto_desk.db.store import Store, new_device
from kanto_desk.hub import accounts
from kanto_desk.hub.opening import Hub, create, open_hub
from kanto_desk.hub.own_ca import CA_FILE
from kanto_desk.rules.access import Grant, Role
from kanto_desk.sync.client import Exchange, Known, known_hub
from kanto_desk.sync.enrolling import Invitation, enrol
from kanto_desk.sync.link import HttpsLink
from kanto_desk.sync.outbox import unsent
from kanto_desk.sync.wire import VERSION, Request, in_batches, packed, unpacked

RECORDS_PUSHED, LETTERS = 10_000, 300   # a line of 300 letters is about 1 KB
WORDS = "来年から受注が2割減る見込み。医療機器に出たいが、何から始めるか分からない。面粗さの測定手段がない。" * 8
ROUND_TRIP_MS = 50
ANKI = "KANTO_BENCH_ANKI"
"""Environment: a Python that has the package anki, in an environment of its own."""

LINES = (
    Line("10,000 records of 1 KB pushed, merged, placed, durable", "push s", "s", "bare post s",
         "bare zstd-JSON POST into SQLite, same TLS", 1.5, as_ratio=True),
    Line("— against Anki and its own sync server", "push s", "s", "anki push s", "Anki, 10,000 notes", 0.5,
         as_ratio=True),
    Line("— of which the hub's processor time", "push hub s", "s"),
    Line("One edit, 50 ms round trip, connection open, median", "edit ms", "ms", "anki edit ms", "Anki, the same", 60),
    Line("— trips", "edit trips", "", limit=1),
    Line("— bytes both ways, body and head, without TLS", "edit bytes", "B", "anki edit bytes", "Anki, the same", 600),
    Line("— bytes on the wire, TLS included", "edit wire bytes", "B"),
    Line("Batches sent again after a cut, worst of every place", "batches again", "", limit=1),
    Line("1,000 laptops × 10 records, hub on SQLite", "crowd sqlite s", "s", limit=5),
    Line("1,000 laptops × 10 records, hub on PostgreSQL, two processes", "crowd postgresql s", "s", "crowd sqlite s",
         "SQLite", 2, as_ratio=True),
    Line("— processor time of hub and PostgreSQL, per core", "crowd postgresql core s", "s", "crowd sqlite core s",
         "SQLite hub", 2, as_ratio=True),
)


def run(_home: Path) -> Figures:
    """Measure everything; prints what of the peers is not there."""
    with tempfile.TemporaryDirectory(prefix="kd-sync-bench-") as name:
        folder = Path(name)
        figures = _pushing(folder / "push") | _after_cuts(folder / "cuts") | _anki(folder / "anki")
        figures |= crowd.run(folder / "crowd")
    return figures


@contextmanager
def serving(what: str, folder: Path, database: str | None = None) -> Iterator[tuple[str, int]]:
    """A hub (or the floor) in a process of its own: its address and process id."""
    command = [sys.executable, "-m", "bench.hub_child", what, str(folder), *([database] if database else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


def made_hub(folder: Path, database: str | None = None) -> tuple[Hub, str, str]:
    """A new hub with one support organisation and one expert: hub, organisation, person."""
    hub = create(folder, system_clock, "事務局", database)
    with hub.write() as conn:
        body = accounts.add_body(conn, "長野県テクノ財団", "NGN", hub.clock())
        person = accounts.add_person(conn, "高橋 直子", "タカハシ ナオコ", hub.clock())
        accounts.add_grant(conn, person, Grant(Role.EXPERT, body), hub.clock())
    return hub, body, person


def joined(hub_folder: Path, folder: Path, person: str, url: str) -> Store:
    """An enrolled desk with an encrypted store."""
    folder.mkdir(parents=True)
    engine = make_engine(folder / "records.db", os.urandom(32))
    migrate(engine, RECORDS)
    store = Store(engine, system_clock, "高橋 直子")
    with store.write() as conn:
        new_device(conn, store.clock)
    hub = open_hub(hub_folder, system_clock)
    with hub.write() as conn:
        code = accounts.new_code(conn, person, hub.clock())
    hub.close()
    enrol(store, Invitation(url, code, ""), (hub_folder / CA_FILE).read_text(), folder.name, HttpsLink)
    return store


def write_lines(store: Store, many: int) -> None:
    """New lines of about 1 KB, in operations of 400."""
    with store.operation("相談") as op:
        visits = [op.add("consultation", {"organization": op.add("organization", {"name": f"会社{n}"})})
                  for n in range(20)]
    left = many - 40
    while left > 0:
        with store.operation("記録") as op:
            for n in range(min(400, left)):
                op.add("entry", {"consultation": visits[n % 20], "kind": "said", "text": f"{left} {WORDS[:LETTERS]}"})
        left -= 400


def _pushing(folder: Path) -> Figures:
    hub, _, person = made_hub(folder / "hub")
    hub.close()
    figures: Figures = {}
    pushes, floors, used = [], [], []
    with serving("hub", folder / "hub") as (url, pid), serving("bare", folder / "hub") as (bare_url, _):
        ca = (folder / "hub" / CA_FILE).read_text()
        for n in range(3):
            store = joined(folder / "hub", folder / f"desk{n}", person, url)
            known = known_hub(store)
            assert known is not None
            link = HttpsLink(url, ca)
            Exchange(store, link, known).run()   # enrolled and filled, connection open
            write_lines(store, RECORDS_PUSHED)
            floors.append(_bare(store, HttpsLink(bare_url, ca), ca))
            before = processor(pid)
            pushes.append(took(lambda: _push_all(store, link, known)) / 1000)   # noqa: B023
            used.append(processor(pid) - before)
            if n == 2:
                figures |= _one_edit(store, url, ca)
            store.close()
        figures |= {"push s": min(pushes), "bare post s": min(floors), "push hub s": min(used)}
    return figures


def _push_all(store: Store, link: HttpsLink, known: Known) -> None:
    done = Exchange(store, link, known).run()
    if done.sent != RECORDS_PUSHED or done.not_taken:
        raise RuntimeError(f"{done.sent} sent, {done.not_taken} not taken")


def _bare(store: Store, link: HttpsLink, _ca: str) -> float:
    """Seconds of the same changes read, encoded and posted in as many batches, with nothing done to them."""
    with store.read() as conn:
        batches = list(in_batches(unsent(conn, f"{store.device()[0]:016x}", 0)))
    link("/", {}, packed(Request(VERSION, "", {}, [])))   # the connection is open
    start = perf_counter()
    for batch in batches:
        status, _ = link("/", {}, packed(Request(VERSION, "", {}, batch)))
        if status != 200:
            raise RuntimeError("the floor does not answer")
    return perf_counter() - start


def processor(pid: int) -> float:
    """Seconds of processor time a process has used; nan where the system does not tell."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return float("nan")


class _Counting:
    """A link that counts requests and their bytes as HTTP has them, before TLS."""

    def __init__(self, link: HttpsLink) -> None:
        self.link = link
        self.sizes: list[int] = []

    def __call__(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        status, answer = self.link(path, headers, body)
        heads = sum(len(k) + len(v) + 4 for k, v in headers.items()) + len(path)
        self.sizes.append(len(body) + heads + len(answer))
        return status, answer


def _one_edit(store: Store, url: str, ca: str) -> Figures:
    place = urlsplit(url)
    slow = SlowLink((place.hostname or "", place.port or 0), ROUND_TRIP_MS)
    link = _Counting(HttpsLink(f"https://127.0.0.1:{slow.port}", ca))
    known = known_hub(store)
    assert known is not None
    Exchange(store, link, known).run()
    with store.read() as conn:
        uid = conn.exec_driver_sql("SELECT uid FROM entry LIMIT 1").scalar_one()
    times, trips, on_wire = [], [], []
    for n in range(15):
        with store.operation("直す") as op:
            op.put("entry", uid, {"text": f"{n} 受注が2割減る見込み"})
        before, asked = slow.up + slow.down, len(link.sizes)
        times.append(took(lambda: Exchange(store, link, known).run()))
        trips.append(len(link.sizes) - asked)
        on_wire.append(slow.up + slow.down - before)
    slow.close()
    return {"edit ms": median(times), "edit trips": max(trips), "edit bytes": median(link.sizes[-15:]),
            "edit wire bytes": median(on_wire)}


def _after_cuts(folder: Path) -> Figures:
    """Lose the answer of each batch in turn; count the batches that carry anything the hub holds already."""
    hub, _, person = made_hub(folder / "hub")
    hub.close()
    worst = 0
    with serving("hub", folder / "hub") as (url, _):
        ca = (folder / "hub" / CA_FILE).read_text()
        for place in range(4):
            store = joined(folder / "hub", folder / f"desk{place}", person, url)
            write_lines(store, RECORDS_PUSHED)
            link = _Cutting(HttpsLink(url, ca), place)
            for _ in range(2):
                known = known_hub(store)
                assert known is not None
                try:
                    Exchange(store, link, known).run()
                except OSError:
                    continue
            known = known_hub(store)
            assert known is not None
            if link.cut_at >= 0 or known.acked != link.highest:
                raise RuntimeError("nothing was cut, or what was cut was not sent")
            worst = max(worst, link.again)
            store.close()
    return {"batches again": float(worst)}


class _Cutting:
    """Loses one answer and looks at what is pushed."""

    def __init__(self, link: HttpsLink, cut_at: int) -> None:
        self.link = link
        self.cut_at = cut_at
        self.highest = self.again = 0

    def __call__(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        status, answer = self.link(path, headers, body)
        pushed = unpacked(body, Request).push if path == "/sync" else []
        if pushed:
            self.again += pushed[0].seq <= self.highest
            self.highest = max(self.highest, pushed[-1].seq)
            self.cut_at -= 1
            if self.cut_at == -1:
                raise OSError("cut after the hub had committed")
        return status, answer


def _anki(folder: Path) -> Figures:
    """Anki doing the same notes, if there is one to be asked."""
    python = os.environ.get(ANKI)
    if not python or not shutil.which(python):
        print(f"Anki is not there ({ANKI} names no Python that has it): its lines are left out", file=sys.stderr)
        return {}
    folder.mkdir()
    here = Path(__file__).parent
    said = subprocess.run([python, str(here / "anki_peer.py"), str(folder), str(RECORDS_PUSHED), str(LETTERS * 3),
                           str(here)], check=False, capture_output=True, text=True, timeout=300)
    if said.returncode:
        print(f"Anki did not get through: {said.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    found = json.loads(said.stdout.splitlines()[-1])
    return {"anki push s": found["push_s"], "anki edit ms": found["edit_ms"], "anki edit bytes": found["edit_bytes"]}
