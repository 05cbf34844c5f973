"""What the hub did not take, by command: listed with its number and reason, sent again one by one or all."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from kanto_desk.db import local
from kanto_desk.services import desk as desks
from tests.e2e.program import CHEAP, PASSPHRASE, a_home, answer, run
from tests.sync.test_exchange import a_visit


def test_refused_changes_are_listed_and_sent_again(tmp_path: Path) -> None:
    home = a_home(tmp_path / "one")
    desk = desks.unlock(home, PASSPHRASE, cost=CHEAP)
    a_visit(desk, "受け取られない行")
    with desk.store.write() as conn:
        for change in conn.execute(local.change.select().order_by(local.change.c.seq).limit(3)).all():
            conn.execute(insert(local.verdict).values(
                dev=change.dev, seq=change.seq, state="refused", reason="role", type=change.type, uid=change.uid,
                set=change.set, at=desk.clock().isoformat()))
    desk.close()
    listed = answer(home, "refusals", "list")["refusals"]
    assert len(listed) == 3 and all("役割" in one["why"] and one["here"] for one in listed)
    numbers = [one["number"] for one in listed]
    assert numbers == sorted(numbers, reverse=True)
    wrong = run(home, "refusals", "send", "999")
    assert wrong.returncode == 3 and "999" in wrong.stderr
    assert answer(home, "refusals", "send", numbers[0]) == {"again": 1, "left": 2}
    assert answer(home, "refusals", "send") == {"again": 2, "left": 0}
