"""Backups that nobody asks for: when one is due, what stays of them, and the one before a migration."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from alembic.operations import Operations
from sqlalchemy import Column, Text, text

from kanto_desk.db import backup, migrations
from kanto_desk.db.migrations import Migration
from kanto_desk.errors import Trouble
from kanto_desk.services import backing_up, care, consultations, organizations, restoring, samples, timeline
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE


def visit(desk: Desk) -> str:
    company = organizations.create(desk.store, {"name": "湖南精工"})
    return consultations.create(desk.store, company, {"held_on": date(2026, 11, 24)})


def test_one_is_made_after_every_change_and_none_without(desk: Desk, clock: SetClock) -> None:
    first = backing_up.automatic(desk, backing_up.AT_START)
    assert first is not None and first.reason == "start" and first.verified >= first.made
    assert backing_up.automatic(desk, backing_up.AT_END) is None
    desk.store.set_setting("language", "ja")            # no record
    assert not backing_up.is_due(desk)
    uid = visit(desk)
    second = backing_up.automatic(desk, backing_up.AT_END)
    assert second is not None and second.counts["consultation"] == 1
    line = timeline.add(desk.store, uid, "said", "受注が減る")
    assert backing_up.automatic(desk, backing_up.AT_END) is not None
    timeline.edit(desk.store, uid, line, text="受注が2割減る")     # goes on with what was saved before
    assert backing_up.is_due(desk)
    clock.now += timedelta(days=-400)                                  # a clock set back makes nothing safe
    timeline.edit(desk.store, uid, line, text="受注が3割減る")
    assert backing_up.automatic(desk, backing_up.AT_END) is not None
    assert not backing_up.is_due(desk)                   # and the newest one is the one made last


def test_a_backup_by_hand_counts_and_one_elsewhere_does_not(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    visit(desk)
    care.backup(desk, tmp_path_factory.mktemp("stick") / "b")
    assert backing_up.is_due(desk)
    care.backup(desk)
    assert not backing_up.is_due(desk)


def test_the_newest_of_each_day_stays_and_a_large_desk_gets_one_a_day(desk: Desk, clock: SetClock) -> None:
    for _ in range(3):
        visit(desk)
        clock.now += timedelta(hours=1)
        assert backing_up.automatic(desk, backing_up.AT_END) is not None
    assert len(care.listing(desk.home)) == 1
    newest = care.newest_backup(desk.home)
    assert newest is not None
    note = newest.path / "backup.json"                   # as if it had taken a minute
    told = json.loads(note.read_text("utf-8")) | {"verified": (newest.made + timedelta(seconds=60)).isoformat()}
    note.write_text(json.dumps(told), "utf-8")
    visit(desk)
    clock.now += timedelta(hours=2)
    assert not backing_up.is_due(desk)
    clock.now += timedelta(hours=19)
    assert backing_up.is_due(desk)


def test_sample_data_alone_gets_none(tmp_path_factory: pytest.TempPathFactory, clock: SetClock) -> None:
    desk = desks.create(tmp_path_factory.mktemp("sample") / "desk", "", person="高橋", sample=True, clock=clock, cost=CHEAP)
    samples.load(desk)
    assert backing_up.automatic(desk, backing_up.AT_END) is None
    desk.protect(PASSPHRASE)
    assert backing_up.automatic(desk, backing_up.AT_END) is not None
    desk.close()


def _with_a_column(op: Operations) -> None:
    op.add_column("consultation", Column("weather", Text, nullable=True))


def _fails(_op: Operations) -> None:
    raise RuntimeError("no")


def later(desk_home, clock, upgrade):  # type: ignore[no-untyped-def]
    held = desks.hold_existing(desk_home, PASSPHRASE, clock=clock, cost=CHEAP)
    newest = migrations.RECORDS[-1].version
    held.steps = ((*migrations.RECORDS, Migration(newest + 1, upgrade)), migrations.ATTACHMENTS)
    return held


@pytest.mark.parametrize("upgrade", [_with_a_column, _fails])
def test_before_a_migration_the_files_are_backed_up_as_they_are(desk: Desk, clock: SetClock, upgrade: object) -> None:
    uid = visit(desk)
    home, version = desk.home, care.versions(desk)["records.db"]
    desk.close()
    if upgrade is _fails:
        with pytest.raises(RuntimeError):
            later(home, clock, upgrade).open()
    else:
        opened = later(home, clock, upgrade).open()
        with opened.store.read() as conn:
            assert conn.execute(text("SELECT count(weather) FROM consultation")).scalar_one() == 0
        assert care.versions(opened)["records.db"] == version + 1
        opened.close()
    found = care.newest_backup(home)
    assert found is not None and found.reason == backup.BEFORE_MIGRATION
    restoring.restore(home, found, PASSPHRASE, clock=clock, cost=CHEAP)
    back = desks.unlock(home, PASSPHRASE, clock=clock, cost=CHEAP)
    assert care.versions(back)["records.db"] == version
    assert consultations.get(back.store, uid).record.held_on == date(2026, 11, 24)
    back.close()


def test_where_no_backup_can_be_made_nothing_is_migrated(desk: Desk, clock: SetClock) -> None:
    home = desk.home
    desk.close()
    (home / "backups").write_bytes(b"a file where the folder should be")
    with pytest.raises(Trouble):
        later(home, clock, _with_a_column).open()
    (home / "backups").unlink()
    back = desks.unlock(home, PASSPHRASE, clock=clock, cost=CHEAP)
    with back.store.read() as conn:
        names = {row.name for row in conn.execute(text("SELECT name FROM pragma_table_info('consultation')"))}
    assert "weather" not in names
    back.close()
