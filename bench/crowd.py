"""1,000 laptops that come at once with 10 records each: real TLS connections, signed requests, a hub on SQLite and on
PostgreSQL. The laptops are simulated: their requests are made and signed before the clock starts."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.measuring import Figures
from kanto_desk.clock import system_clock
from kanto_desk.db.schema import SCHEMA_VERSION, new_uid
from kanto_desk.db.stamps import COUNTER_BITS
from kanto_desk.hub import accounts
from kanto_desk.hub.opening import value_of
from kanto_desk.hub.own_ca import CA_FILE
from kanto_desk.sync import signing, wire

LAPTOPS, EACH, AT_ONCE = 1000, 10, 200
TEXT = "来年から受注が2割減る見込み。医療機器に出たいが、何から始めるか分からない。" * 9


def run(folder: Path, laptops: int = LAPTOPS) -> Figures:
    """Seconds until the last laptop has its answer, and processor seconds of what served them, PostgreSQL's among them.

    Without PostgreSQL its lines are left out. The load generator's own processor time is in neither.
    """
    figures: Figures = {}
    figures["crowd sqlite s"], figures["crowd sqlite core s"] = _measured(folder / "sqlite", None, laptops, 1)
    programs = _programs()
    if programs is None:
        print("PostgreSQL is not installed: its line is left out", file=sys.stderr)
        return figures
    with _postgresql(programs) as database:
        figures["crowd postgresql s"], figures["crowd postgresql core s"] = _measured(
            folder / "postgresql", database, laptops, 2)
    return figures


def _measured(folder: Path, database: str | None, laptops: int, processes: int) -> tuple[float, float]:
    from bench.syncing import made_hub, processor, serving

    hub, _, person = made_hub(folder, database)
    keys = {f"{secrets.randbits(64):016x}": signing.new_key() for _ in range(laptops)}
    with hub.write() as conn:
        for dev, key in keys.items():
            public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
            accounts.enrol(conn, accounts.new_code(conn, person, hub.clock()), dev, dev, public, "age1", hub.clock())
        epoch = value_of(conn, "epoch")
    hub.close()
    requests = [_request(dev, key, epoch) for dev, key in keys.items()]
    with ExitStack() as stack:
        places, pids = [], []
        for _ in range(processes):
            url, pid = stack.enter_context(serving("hub", folder, database))
            pids.append(pid)
            places.append(urlsplit(url).port or 0)
        before = sum(map(processor, pids)) + _processor_of(database)
        start = perf_counter()
        asyncio.run(_all(requests, places, (folder / CA_FILE).read_text()))
        took = perf_counter() - start
        return took, sum(map(processor, pids)) + _processor_of(database) - before


def _processor_of(database: str | None) -> float:
    """Processor seconds of a PostgreSQL of ours, its ended processes among them; 0 without one, nan where not told."""
    if database is None:
        return 0.0
    top = Path(database.partition("?host=")[2]) / "data" / "postmaster.pid"
    try:
        first = int(top.read_text().split()[0])
        total = 0
        for place in Path("/proc").glob("[0-9]*/stat"):
            with suppress(FileNotFoundError, ProcessLookupError):   # ended while we looked
                said = place.read_text().rsplit(") ", 1)[1].split()
                if int(place.parent.name) == first:
                    total += sum(map(int, said[11:15]))   # and of its children that have ended
                elif int(said[1]) == first:
                    total += int(said[11]) + int(said[12])
        return total / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return float("nan")


def _request(dev: str, key: Ed25519PrivateKey, epoch: str) -> bytes:
    """A laptop's whole HTTP request: a visit with nine lines."""
    now = system_clock()
    millis = int(now.timestamp() * 1000)
    visit, tx = new_uid(now), new_uid(now)
    rows = [("consultation", visit, {"theme": "医療機器への参入"})]
    rows += [("entry", new_uid(now), {"consultation": visit, "kind": "said", "text": f"{n} {TEXT}"})
             for n in range(EACH - 1)]
    push = [wire.WireChange(dev, seq, f"{(millis << COUNTER_BITS) + seq:016x}", SCHEMA_VERSION, tx, name, uid, "高橋",
                            now.isoformat(), dict(values)) for seq, (name, uid, values) in enumerate(rows, 1)]
    body = wire.packed(wire.Request(wire.VERSION, epoch, {}, push))
    heads = signing.headers_for(key, dev, "/sync", millis, epoch, body)
    lines = ["POST /sync HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", "Connection: close",
             *(f"{name}: {value}" for name, value in heads.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _all(requests: list[bytes], places: list[int], ca: str) -> None:
    context = ssl.create_default_context(cadata=ca)
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(n: int, request: bytes) -> None:
        async with turn:
            reader, writer = await asyncio.open_connection("127.0.0.1", places[n % len(places)], ssl=context)
            writer.write(request)
            answer = await reader.read()
            writer.close()
        said = wire.unpacked(answer.partition(b"\r\n\r\n")[2], wire.Reply)
        if said.acked != EACH or said.verdicts:
            raise RuntimeError(f"{said.acked} taken, {said.verdicts[:1]}")

    await asyncio.gather(*(one(n, request) for n, request in enumerate(requests)))


def _programs() -> Path | None:
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "initdb").exists()), None)


@contextmanager
def _postgresql(programs: Path) -> Iterator[str]:
    """A PostgreSQL of its own with an empty database, on a socket; run as a user that is not root."""
    home = Path(tempfile.mkdtemp(prefix="kd-pg-bench-"))
    other = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []
    if other:
        shutil.chown(home, "nobody")

    def call(*command: str) -> None:
        subprocess.run([*other, *command], check=True, cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.STDOUT)

    call(str(programs / "initdb"), "-D", str(home / "data"), "--locale=C", "--encoding=UTF8", "-A", "trust",
         "-U", "kanto")
    call(str(programs / "pg_ctl"), "-D", str(home / "data"), "-l", str(home / "log"), "-w", "-o",
         f"-c listen_addresses= -c unix_socket_directories={home}", "start")
    try:
        call(str(programs / "createdb"), "-h", str(home), "-U", "kanto", "--template=template0", "hub")
        yield f"postgresql://kanto@/hub?host={home}"
    finally:
        call(str(programs / "pg_ctl"), "-D", str(home / "data"), "-m", "fast", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)
