"""Backups of a hub: consistent while it serves, whole or not at all, and after a restore the laptops fill it again."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Entry
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import accounts, leaving
from kanto_desk.hub import tables as t
from kanto_desk.hub.backing_up import MANIFEST, back_up
from kanto_desk.hub.bundle_keys import SEALING_FILE, SIGNING_FILE
from kanto_desk.hub.opening import DATABASE, Hub, create, open_hub, value_of
from kanto_desk.hub.own_ca import CA_FILE, CA_KEY
from kanto_desk.hub.restoring import look_into, restore
from kanto_desk.rules.access import Grant, Role
from tests.db.parts import SetClock
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit

ROOT = Path(__file__).parents[2]


def lines_of(hub: Hub) -> list[str]:
    with hub.read() as conn:
        return sorted(json.loads(s)["text"] for s in conn.execute(select(t.received.c.set).where(
            t.received.c.type == "entry")).scalars() if "text" in json.loads(s))


def everything(hub: Hub) -> dict[str, list[tuple]]:
    with hub.read() as conn:
        return {name: sorted(map(tuple, conn.execute(text(f"SELECT * FROM {name}"))))
                for name in ("received", "event", "placed", "entry", "consultation", "organization", "head", "hub_device")}


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Hub, list[Desk], str, str | None]]:
    database = request.getfixturevalue("postgresql")() if request.param == "postgresql" else None
    hub = a_hub(tmp_path / "hub", database=database)
    person = a_person(hub, a_body(hub))
    desks = [a_desk(hub, tmp_path / name, person) for name in ("one", "two")]
    yield hub, desks, person, database
    hub.close()


def test_what_came_after_the_backup_is_sent_again(world) -> None:
    hub, (one, two), _, database = world
    _, visit, _line = a_visit(one, "控えの前")
    one.sync()
    two.sync()
    made = back_up(hub)
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    hub.clock.forward(hours=1)
    for desk, words in ((one, "一台目の後"), (two, "二台目の後")):
        desk.store.clock.forward(hours=1)
        with desk.store.operation("行") as op:
            op.add("entry", {"consultation": visit, "kind": "said", "text": words})
        desk.sync()
    wanted = lines_of(hub)
    assert wanted == sorted(["控えの前", "一台目の後", "二台目の後"])
    with hub.read() as conn:
        before = value_of(conn, "epoch")
    done = restore(hub.folder, hub.clock, made.file, database)
    assert lines_of(hub) == ["控えの前"] and done.epoch != before and not done.anew
    assert one.sync().complete and two.sync().complete
    assert lines_of(hub) == wanted
    one.sync()
    for desk in (one, two):
        with desk.store.read() as conn:
            assert sorted(conn.execute(select(Entry.__table__.c.text)).scalars()) == wanted
            assert conn.execute(select(local.head)).all() == []
    assert one.sync().trips == 1   # and then all is quiet


def test_a_restore_gives_back_every_row_and_moves_between_databases(world, tmp_path: Path,
                                                                    request: pytest.FixtureRequest) -> None:
    hub, (one, two), _, database = world
    _, _, line = a_visit(one, "右か左か")
    one.sync()
    two.sync()
    for desk, words in ((one, "右"), (two, "左")):   # heads as well
        with desk.store.operation("直す") as op:
            op.put("entry", line, {"text": words})
        desk.sync()
    made = back_up(hub, tmp_path)
    other = None if database else request.getfixturevalue("postgresql")()
    done = restore(tmp_path / "other", hub.clock, made.file, other)
    assert done.anew
    again = open_hub(tmp_path / "other", hub.clock, other)
    assert everything(again) == everything(hub)
    assert (tmp_path / "other" / CA_KEY).read_bytes() == (hub.folder / CA_KEY).read_bytes()
    assert stat.S_IMODE((tmp_path / "other" / CA_KEY).stat().st_mode) == 0o600
    one.link.hub = two.link.hub = again
    a_visit(one, "移ったあと")
    assert one.sync().left == 0 and "移ったあと" in lines_of(again)
    again.close()


def test_a_laptop_stopped_since_stays_stopped_and_one_that_joined_since_stays_known(world, tmp_path: Path) -> None:
    hub, _, person, database = world
    made = back_up(hub)
    with hub.write() as conn:
        conn.execute(update(t.device).where(t.device.c.name == "one").values(state="revoked"))
        accounts.note(conn, "hub", "revoked", hub.clock())
    late = a_desk(hub, tmp_path / "late", person)
    a_visit(late, "後から来た")
    late.sync()
    restore(hub.folder, hub.clock, made.file, database)
    with hub.read() as conn:
        assert conn.execute(select(t.device.c.state).where(t.device.c.name == "one")).scalar_one() == "revoked"
        assert [r.what for r in conn.execute(select(t.audit).order_by(t.audit.c.n))][-3:] == ["revoked", "enrolled", "restore"]
    late.sync()
    assert "後から来た" in lines_of(hub)


def test_a_role_that_ended_stays_ended_whichever_side_of_the_restore_knows_it(world, tmp_path: Path) -> None:
    hub, _, person, database = world
    with hub.write() as conn:
        body = accounts.body_of(accounts.reader_of(conn, person, hub.clock().date()))
        first, second = (accounts.add_grant(conn, person, Grant(role, body), hub.clock())
                         for role in (Role.COORDINATOR, Role.SECRETARIAT))
    before = back_up(hub, tmp_path / "before.kdhub")
    with hub.write() as conn:
        accounts.end_grant(conn, first)
    between = back_up(hub, tmp_path / "between.kdhub")
    with hub.write() as conn:
        late = accounts.add_grant(conn, person, Grant(Role.READER, body), hub.clock())
        accounts.end_grant(conn, second)
    after = back_up(hub, tmp_path / "after.kdhub")

    def roles(hub: Hub) -> set[str]:
        with hub.read() as conn:
            return set(conn.execute(select(t.grant.c.uid)).scalars())

    left = roles(hub)
    assert late in left and not left & {first, second}
    for file in (before.file, between.file, after.file):
        restore(hub.folder, hub.clock, file, database)
        assert roles(hub) == left
    folder = tmp_path / "anew"   # what was ended or given since a backup from which a hub is made anew it cannot know
    restore(folder, hub.clock, before.file)
    anew = open_hub(folder, hub.clock)
    assert {first, second} < roles(anew) and late not in roles(anew)
    restore(folder, hub.clock, after.file)   # a newer one tells it
    assert roles(anew) == left
    anew.close()


def test_who_left_by_the_time_of_a_backup_stays_away(world, tmp_path: Path) -> None:
    hub, _, person, database = world
    early = back_up(hub, tmp_path / "early.kdhub")
    with hub.write() as conn:
        conn.execute(update(t.person).where(t.person.c.uid == person).values(state="left"))
    late = back_up(hub, tmp_path / "late.kdhub")
    restore(tmp_path / "anew", hub.clock, early.file)
    restore(tmp_path / "anew", hub.clock, late.file)
    restore(hub.folder, hub.clock, early.file, database)
    for made in (hub, open_hub(tmp_path / "anew", hub.clock)):
        with made.read() as conn:
            assert conn.execute(select(t.person.c.state).where(t.person.c.uid == person)).scalar_one() == "left"
        made.close()


def test_who_came_back_stays_after_a_restore_of_when_he_was_away(world, tmp_path: Path) -> None:
    hub, _, person, database = world
    with hub.write() as conn:
        leaving.leave(conn, person, hub.clock())
    away = back_up(hub, tmp_path / "away.kdhub")
    with hub.write() as conn:
        assert leaving.come_back(conn, person, hub.clock() + timedelta(minutes=5)) == 1
    restore(hub.folder, hub.clock, away.file, database)
    with hub.read() as conn:
        assert accounts.reader_of(conn, person, hub.clock().date()).writes
    with hub.write() as conn:
        leaving.leave(conn, person, hub.clock() + timedelta(minutes=10))
    again = back_up(hub, tmp_path / "again.kdhub")
    restore(hub.folder, hub.clock, away.file, database)
    restore(hub.folder, hub.clock, again.file, database)
    with hub.read() as conn:
        assert not accounts.reader_of(conn, person, hub.clock().date()).writes
    hub.close()


def test_the_laptops_are_told_what_a_verified_backup_holds(world) -> None:
    hub, (one, _), _, _ = world
    a_visit(one)
    one.sync()
    assert one.known.backed_up == 0
    back_up(hub)
    one.sync()
    assert one.known.backed_up == 3


def test_a_backup_made_while_laptops_push_is_one_moment(world) -> None:
    hub, (one, two), _, database = world
    _, visit, _ = a_visit(one)
    one.sync()
    two.sync()
    failures: list[BaseException] = []

    def push(desk: Desk) -> None:
        try:
            for i in range(15):
                with desk.store.operation("行") as op:
                    op.add("entry", {"consultation": visit, "kind": "said", "text": f"行{i}"})
                desk.sync()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=push, args=(desk,)) for desk in (one, two)]
    for thread in threads:
        thread.start()
    made = [back_up(hub, hub.folder.parent / f"{n}.kdhub") for n in range(4)]
    for thread in threads:
        thread.join()
    assert not failures
    for each in made:   # every change that is numbered is there, and none that is not
        assert each.manifest.counts["received"] == sum(each.manifest.devices.values())
    restore(hub.folder, hub.clock, made[1].file, database)
    for desk in (one, two):
        desk.sync()
    assert len(lines_of(hub)) == 31


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> tuple[Hub, Path]:
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "desk", a_person(hub, a_body(hub)))
    a_visit(desk)
    desk.sync()
    return hub, back_up(hub).file


def contents_of(file: Path) -> dict[str, bytes]:
    """What lies in a backup."""
    with zipfile.ZipFile(file) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def within(file: Path) -> list[range]:
    """Where the contents of the files inside a backup lie."""
    with zipfile.ZipFile(file) as pack, file.open("rb") as raw:
        parts = []
        for info in pack.infolist():
            raw.seek(info.header_offset + 26)
            name, extra = (int.from_bytes(raw.read(2), "little") for _ in range(2))
            start = info.header_offset + 30 + name + extra
            parts.append(range(start, start + info.compress_size))
    return parts


def test_a_flipped_byte_anywhere_is_refused_or_means_nothing(small: tuple[Hub, Path], tmp_path: Path) -> None:
    hub, file = small
    whole = file.read_bytes()
    before, refused = everything(hub), 0
    inside = within(file)
    for place in range(0, len(whole), len(whole) // 160):
        bad = tmp_path / "bad.kdhub"
        bad.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1:])
        try:
            restore(hub.folder, hub.clock, bad)
        except (Refused, Trouble):
            refused += 1
        else:   # only where no content is another one: a day, a right, a bit that fills up
            assert not any(place in part for part in inside) or contents_of(bad) == contents_of(file)
        assert everything(hub) == before
    assert refused > 130
    assert [p.name for p in hub.folder.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("many", [0, 10, 5000, -1])
def test_a_cut_file_is_refused(small: tuple[Hub, Path], tmp_path: Path, many: int) -> None:
    hub, file = small
    bad = tmp_path / "cut.kdhub"
    bad.write_bytes(file.read_bytes()[:many])
    with pytest.raises((Refused, Trouble)):
        restore(hub.folder, hub.clock, bad)


def test_a_backup_of_another_hub_or_no_backup_is_refused(small: tuple[Hub, Path], tmp_path: Path) -> None:
    hub, file = small
    other = create(tmp_path / "other", SetClock(), "別の事務局")
    with pytest.raises(Refused, match="関東の事務局"):
        restore(other.folder, other.clock, file)
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as pack:
        pack.writestr("a.txt", "a")
    with pytest.raises(Refused, match="バックアップではありません"):
        restore(hub.folder, hub.clock, tmp_path / "some.zip")
    with pytest.raises(Refused, match="ファイルがありません"):
        restore(hub.folder, hub.clock, tmp_path / "none")
    other.close()


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "C:evil", "..\\evil"])
def test_names_that_leave_the_folder_are_refused(small: tuple[Hub, Path], tmp_path: Path, name: str) -> None:
    hub, file = small
    with zipfile.ZipFile(file) as pack, zipfile.ZipFile(tmp_path / "evil.kdhub", "w") as evil:
        made = json.loads(pack.read(MANIFEST))
        made["files"][name] = {"size": 1, "sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}
        for each in pack.namelist():
            evil.writestr(each, pack.read(each) if each != MANIFEST else json.dumps(made))
        evil.writestr(name, "a")
    with pytest.raises(Trouble, match="壊れています"):
        restore(hub.folder, hub.clock, tmp_path / "evil.kdhub")
    assert not (tmp_path / "evil").exists() and not Path("/evil").exists()


def test_an_existing_file_is_not_replaced(small: tuple[Hub, Path]) -> None:
    hub, file = small
    before = file.read_bytes()
    with pytest.raises(Refused, match="同じ名前"):
        back_up(hub, file)
    assert file.read_bytes() == before


def test_a_hub_whose_records_are_damaged_makes_no_backup_of_them(small: tuple[Hub, Path]) -> None:
    hub, file = small
    hub.close()
    content = bytearray((hub.folder / DATABASE).read_bytes())
    content[4096 * 9:4096 * 11] = os.urandom(8192)
    (hub.folder / DATABASE).write_bytes(content)
    for leftover in hub.folder.glob(f"{DATABASE}-*"):
        leftover.unlink()
    damaged = Hub(open_hub(hub.folder, hub.clock).engine, hub.folder, hub.clock)
    with pytest.raises(Trouble):
        back_up(damaged, hub.folder.parent / "new.kdhub")
    damaged.close()
    assert not (hub.folder.parent / "new.kdhub").exists()
    (hub.folder / DATABASE).rename(hub.folder.parent / "aside.db")   # as the message of restore says
    assert restore(hub.folder, hub.clock, file).anew
    again = open_hub(hub.folder, hub.clock)
    assert lines_of(again) == ["受注が減る見込み"]
    again.close()


@pytest.mark.parametrize("what", ["backup", "restore"])
def test_a_full_disk_leaves_no_half_file(small: tuple[Hub, Path], tmp_path: Path, what: str) -> None:
    hub, file = small
    out = tmp_path / "out"
    out.mkdir()
    before = everything(hub)
    hub.close()
    room = (hub.folder / DATABASE).stat().st_size // 2
    words = ["hub", "backup", str(out / "b.kdhub")] if what == "backup" else ["hub", "restore", str(file)]
    program = (f"import resource, signal, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}));"
               "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from kanto_desk.cli import main;"
               f"sys.exit(main([*{words!r}, '--folder', {str(hub.folder)!r}]))")
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, encoding="utf-8", cwd=ROOT)
    assert done.returncode == 4, done.stderr
    assert "空きが足りず" in done.stderr and "同期先はそのままです" in done.stderr
    assert list(out.iterdir()) == []
    assert [p.name for p in hub.folder.iterdir() if p.name.startswith(".")] == []
    again = open_hub(hub.folder, hub.clock)
    assert everything(again) == before
    again.close()


def test_a_killed_restore_leaves_the_hub_as_it_was(small: tuple[Hub, Path]) -> None:
    hub, file = small
    before = everything(hub)
    hub.close()
    program = ("import os, sys\nfrom pathlib import Path\nfrom kanto_desk.clock import system_clock\n"
               "from kanto_desk.hub import accounts, restoring\n"
               "def die(*_args, **_named): os._exit(9)\n"
               "accounts.note = die\n"   # in the child alone: the last statement before commit
               f"restoring.restore(Path({str(hub.folder)!r}), system_clock, Path({str(file)!r}))")
    done = subprocess.run([sys.executable, "-c", program], check=False, cwd=ROOT)
    assert done.returncode == 9
    again = open_hub(hub.folder, hub.clock)
    assert everything(again) == before
    again.close()


def test_the_audit_log_cannot_be_changed(world) -> None:
    hub, *_ = world
    with hub.write() as conn:
        accounts.note(conn, "hub", "grant", hub.clock())
    for words in ("UPDATE audit SET who = 'x'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="append-only"), hub.write() as conn:
            conn.execute(text(words))


def test_an_older_hub_gets_the_new_tables_when_it_is_opened(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    with hub.write() as conn:
        for table in ("hub_used", "hub_web_session"):
            conn.execute(text(f"DROP TABLE {table}"))
        conn.execute(text("UPDATE hub SET value = '1' WHERE key = 'shape'"))
    hub.close()
    again = open_hub(tmp_path / "hub", hub.clock)
    with again.read() as conn:
        assert conn.execute(select(t.used)).all() == [] and value_of(conn, "shape") == 5
    again.close()


def test_what_a_backup_says_of_itself(small: tuple[Hub, Path]) -> None:
    hub, file = small
    made = look_into(file)
    assert (made.hub, made.counts["received"], sorted(made.files)) == (
        "関東の事務局", 3, [SEALING_FILE, SIGNING_FILE, CA_KEY, CA_FILE, DATABASE])
    with hub.read() as conn:
        kept = conn.execute(select(t.audit).where(t.audit.c.what == "backup")).one()
    assert json.loads(kept.detail)["file"] == file.name and "宮坂" not in kept.detail
