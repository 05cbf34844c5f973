"""A full-size desk for benchmarks: the generator's organizations, consultations and attachments in an encrypted store.

Written through `db.apply`, journal and search index included, and kept in build/bench so that it is built once. Nothing
here is part of the product.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from bench import generator
from kanto_desk.clock import JST
from kanto_desk.db.apply import Change, Row, apply
from kanto_desk.db.dialect import writing
from kanto_desk.db.keys import Cost
from kanto_desk.db.last_visits import follow
from kanto_desk.db.operation import add_unsent
from kanto_desk.db.schema import SCHEMA_VERSION, fields_of, new_uid, records
from kanto_desk.db.search import index_rows
from kanto_desk.db.stamps import COUNTER_BITS
from kanto_desk.fields import to_wire
from kanto_desk.services import desk as desks
from kanto_desk.services import interchange
from kanto_desk.services.timeline import text_hash

ROOT = Path(__file__).parent.parent / "build" / "bench"
PASSPHRASE = "ベンチマークの合言葉"
CHEAP = Cost(passes=1, memory_kib=1024, lanes=1)
"""Argon2id is reported apart; opening a bench desk must not drown in it."""

ORGANIZATIONS, CONSULTATIONS, ATTACHMENTS, SEED = 20_000, 100_000, 50_000, 20261124
STEP = 4000


def clock() -> datetime:
    """The standing clock of the benchmarks."""
    return datetime(2026, 11, 24, 12, 0, tzinfo=JST)


def ready(organizations: int = ORGANIZATIONS, consultations: int = CONSULTATIONS,
          attachments: int = ATTACHMENTS) -> Path:
    """The folder of a desk of this size, built if it is not there."""
    home = ROOT / f"desk-{organizations}-{consultations}-{attachments}-{SEED}"
    done = home / "complete"
    if not done.exists() or json.loads(done.read_text()).get("shape") != shape():
        shutil.rmtree(home, ignore_errors=True)
        build(home, organizations, consultations, attachments)
    return home


def shape() -> str:
    """Names what a desk built now would hold, by the migrations and the generator; another shape is built anew."""
    here = Path(__file__).parent
    sources = [*(here.parent / "kanto_desk" / "db" / "migrations").glob("*.py"), here / "generator.py",
               here / "grammar.py", Path(__file__)]
    return sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:16]


def opened(home: Path) -> desks.Desk:
    """Unlock a bench desk."""
    return desks.unlock(home, PASSPHRASE, clock=clock, cost=CHEAP)


def build(home: Path, organizations: int, consultations: int, attachments: int) -> None:
    """Build the desk; tells its pace on stderr."""
    begun = time.perf_counter()
    desk = desks.create(home, PASSPHRASE, person="高橋 直子", organization="関東産業支援センター", clock=clock,
                        cost=CHEAP)
    dev = desk.store.device()[0]
    written = 0
    changes = _changes(dev, organizations, consultations, attachments)
    while step := list(islice(changes, STEP)):
        with writing(desk.store.engine) as conn:
            apply(conn, step, "merge", rows={(c.type, c.uid): Row(False, {}, {}) for c in step},
                  projections=(index_rows, follow))
        written += len(step)
        if written % (STEP * 25) == 0:
            print(f"{written} rows, {written / (time.perf_counter() - begun):.0f} rows/s", file=sys.stderr)
    with writing(desk.store.engine) as conn:
        conn.exec_driver_sql("UPDATE device SET seq = ?, hlc = ?", (written, f"{_hlc(clock(), 0):016x}"))
        add_unsent(conn, written)   # each row of the desk is one record
        conn.exec_driver_sql("INSERT INTO record_index(record_index) VALUES ('optimize')")
        conn.exec_driver_sql("ANALYZE")
    desk.close()
    seconds = round(time.perf_counter() - begun)
    (home / "complete").write_text(json.dumps({"shape": shape(), "rows": written, "seconds": seconds}))


def _hlc(moment: datetime, n: int) -> int:
    return (int(moment.timestamp() * 1000) << COUNTER_BITS) + n % (1 << COUNTER_BITS)


def _changes(dev: int, organizations: int, consultations: int, attachments: int) -> Iterator[Change]:
    moment = clock() - timedelta(days=3650)
    known = {name: {f.name: f for f in fields_of(cls)} for name, cls in records().items()}
    for seq, (tx, name, uid, values) in enumerate(_rows(organizations, consultations, attachments), 1):
        wires = {k: to_wire(known[name][k], v) for k, v in values.items() if v is not None}
        yield Change(dev, seq, _hlc(moment + timedelta(seconds=seq), seq), SCHEMA_VERSION, tx, name, uid, wires, {},
                     "高橋 直子", "2026-11-24T12:00:00+09:00")


def _rows(organizations: int, consultations: int, attachments: int) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    uids: dict[str, str] = {}
    companies = []
    for row in generator.organizations(organizations, SEED):
        companies.append(row)
        made = interchange.organization(row)
        uid = uids[made.own_id] = new_uid(clock())
        yield uid, "organization", uid, {**made.values, "own_id": made.own_id}
    day = clock().date()
    visits: dict[str, str] = {}
    for n, row in enumerate(generator.consultations(consultations, SEED, companies)):
        made_visit = interchange.consultation({k: v for k, v in row.items() if k != "confirmed_by"}, day)
        uid = new_uid(clock())
        visits[row["id"]] = uid
        organization = uids[made_visit.organization]
        yield uid, "consultation", uid, {**made_visit.values, "organization": organization,
                                         "reference": f"KD-BENCH-{n:07d}", "own_id": made_visit.own_id}
        entries: list[tuple[str, str]] = []
        for kind, part in made_visit.parts:
            own, part_uid = {"consultation": uid, **part}, new_uid(clock())
            if kind == "entry":
                own.pop("photos")
                entries.append((part_uid, part["text"]))
            if kind == "promise":
                line = own.pop("line")
                if isinstance(line, int) and line < len(entries):
                    own["source"], own["source_hash"] = entries[line][0], text_hash(entries[line][1])
            if kind in ("promise", "consent"):
                own["organization"] = organization
            yield uid, kind, part_uid, own
    for row in generator.attachments(attachments, SEED, max(consultations, 1)):
        owner = visits[row["consultation"]]
        yield owner, "attachment", new_uid(clock()), {
            "owner_type": "consultation", "owner": owner, "kind": "photo", "name": row["name"], "hash": row["sha256"],
            "size": row["size"], "mime": row["mime"], "consent": row["consent"]}


def main() -> None:
    """`python -m bench.full_desk [--consultations N …]`: build the desk now."""
    options = argparse.ArgumentParser()
    options.add_argument("--organizations", type=int, default=ORGANIZATIONS)
    options.add_argument("--consultations", type=int, default=CONSULTATIONS)
    options.add_argument("--attachments", type=int, default=ATTACHMENTS)
    chosen = options.parse_args()
    home = ready(chosen.organizations, chosen.consultations, chosen.attachments)
    print(home, (home / "complete").read_text())


if __name__ == "__main__":
    main()
