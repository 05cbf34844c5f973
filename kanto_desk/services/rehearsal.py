"""Does once, on an empty desk in memory, what the first screens do on the real one.

Statements are compiled, record classes mapped and code lists read while the passphrase is typed, not after it. Reads
and writes nothing on the disk; what it wrote in memory is gone when it ends.
"""

from __future__ import annotations

from kanto_desk.clock import system_clock
from kanto_desk.db import migrations
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.store import Store, new_device
from kanto_desk.services import codes, consultations, history, home, organizations, promises, samples, summary, timeline


def rehearse() -> None:
    """Make a company with a visit and its lines, and read what きょう and an open record show. About 0.3 s."""
    engine = make_engine(":memory:", None)
    try:
        migrations.migrate(engine, migrations.RECORDS)
        store = Store(engine, system_clock)
        with store.write() as conn:
            new_device(conn, store.clock)
        company = organizations.create(store, {"name": "稽古"})
        visit = consultations.create(store, company)
        consultations.start(store, visit)
        for kind in ("said", "promise"):
            timeline.add(store, visit, kind, "稽古")
        consultations.save_draft(store, visit, "said", "稽古")
        consultations.edit(store, visit, {"theme": "稽古"})
        _read(store, company, visit)
    finally:
        engine.dispose()


def _read(store: Store, company: str, visit: str) -> None:
    home.read(store)
    samples.present(store)
    consultations.open_record(store, visit)
    consultations.draft(store, visit)
    consultations.issues(store, visit)
    consultations.participants(store, visit)
    consultations.listing(store, organization=company, limit=5)
    timeline.lines(store, visit)
    summary.read(store, visit)
    promises.of_consultation(store, visit)
    promises.of_organization(store, company)
    organizations.get(store, company)
    codes.choices(store, "CL22")
    history.undo(store, ("consultation", visit))
