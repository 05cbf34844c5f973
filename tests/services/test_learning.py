"""A desk that is opened by a newer program takes in at once what the older one kept without understanding it."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import insert, select, update

from kanto_desk.db import learning, local
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.schema import SCHEMA_VERSION, canonical
from kanto_desk.services import desk as desks
from kanto_desk.services import syncing
from tests.e2e.program import PASSPHRASE, a_home


def test_an_upgraded_desk_learns_when_it_is_opened(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")
    before = desks.unlock(home, PASSPHRASE)
    with before.store.write() as conn:
        assert learning.since_of(conn) == SCHEMA_VERSION
        for type_name in ("consultation", "dispatch"):
            conn.execute(insert(local.strange), [{
                "type": type_name, "uid": "v" * 32, "_stamps": json.dumps({"1" * 32: "theme"}),
                "_unknown": canonical({"theme": "航空機"}), "_updated": 1}])
            conn.execute(insert(local.head), [{"type": type_name, "uid": "v" * 32, "field": "theme", "stamp": "0" * 32,
                                               "value": '"鉄道"'}])
        conn.execute(update(local.counter).where(local.counter.c.name == learning.LEARNED).values(value=1005))
    before.close()
    after = desks.unlock(home, PASSPHRASE)
    try:
        found = after.store.get(Consultation, "v" * 32)
        assert found is not None and found.theme == "航空機"
        with after.store.read() as conn:
            assert conn.execute(select(local.strange.c.type)).scalars().all() == ["dispatch"], "still kept"
        assert syncing.waiting(after.store).conflicts == 1, "what no screen can show is not counted"
    finally:
        after.close()
