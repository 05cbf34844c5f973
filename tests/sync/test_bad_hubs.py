"""Hubs that are not what they were: gone back, made anew, new and empty, with a clock months off; and laptops copied or
out of their scope. Real processes, real TLS, the real commands of the secretariat.

Those that start a hub four times and more are slow: `python -m pytest -m slow tests/sync`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from kanto_desk import i18n
from kanto_desk.clock import Clock, system_clock
from kanto_desk.db.keys import Cost
from kanto_desk.db.store import Store
from kanto_desk.errors import Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import DATABASE, open_hub
from kanto_desk.hub.own_ca import SERVER_FILE, SERVER_KEY
from kanto_desk.rules.access import Grant, Role
from kanto_desk.services import desk as desks
from kanto_desk.services import refusals, syncing
from tests.hub.served import ROOT, served
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.proxy import Proxy, proxied
from tests.sync.worlds import Desk, in_both_languages, joined, line_to, received

DAY_MS = 86_400_000
PHRASE, QUICK = "諏訪湖の朝", Cost(1, 1024, 1)
SAFE = {"ja": "入力はすべてこのパソコンにあります。", "en": "Everything you entered is on this computer."}


class Months:
    """A clock so many days off."""

    def __init__(self, days: float) -> None:
        self.off = timedelta(days=days)

    def __call__(self) -> datetime:
        return system_clock() + self.off


class World:
    """A hub's folder, one way to it whose other end can change, and desks that join it."""

    def __init__(self, folder: Path, proxy: Proxy) -> None:
        self.folder, self.proxy = folder, proxy
        self.hub = a_hub(folder / "hub", system_clock)
        self.body = a_body(self.hub)
        self.person = a_person(self.hub, self.body)
        self.desks: list[desks.Desk] = []
        self.stores: list[Store] = []

    def desk(self, name: str) -> Desk:
        """A whole desk that has joined, which can do so again."""
        made = desks.create(self.folder / name, PHRASE, person="高橋 直子", cost=QUICK)
        self.desks.append(made)
        syncing.enrol(made, self.line())
        return Desk(made.store)

    def laptop(self, name: str, clock: Clock = system_clock) -> Desk:
        """A store that has joined: enough where nobody joins once more."""
        made = joined(self.folder / name, self.line(), clock)
        self.stores.append(made.store)
        return made

    def line(self) -> str:
        return line_to(self.hub, self.proxy.url, self.person)

    @contextmanager
    def serving(self, folder: str = "hub") -> Iterator[None]:
        """The real `hub serve`; the way leads there meanwhile."""
        with served(self.folder / folder) as it:
            self.proxy.target = it.address
            yield

    def again(self, desk: Desk) -> desks.Desk:
        return next(one for one in self.desks if one.store is desk.store)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with proxied(("127.0.0.1", 9)) as proxy:
        made = World(tmp_path, proxy)
        yield made
        for one in (*made.desks, *made.stores):
            one.close()
        made.hub.close()


def command(*words: object) -> dict:
    """One command of the secretariat."""
    done = subprocess.run([sys.executable, "-m", "kanto_desk", "--json", *map(str, words)], check=True, cwd=ROOT,
                          capture_output=True, encoding="utf-8")
    return json.loads(done.stdout)


def give(world: World, role: Role) -> None:
    """This role, and no other."""
    with world.hub.write() as conn:
        conn.execute(delete(t.grant))
        accounts.add_grant(conn, world.person, Grant(role, world.body), system_clock())


def edit(desk: Desk, line: str, text: str) -> None:
    with desk.store.operation("直す") as op:
        op.put("entry", line, {"text": text})


def test_a_hub_that_went_back_to_an_old_backup_is_filled_again_by_its_laptops(world: World, tmp_path: Path) -> None:
    backup = tmp_path / "out" / "old.kdhub"
    backup.parent.mkdir()
    with world.serving():
        one, two = world.laptop("one"), world.laptop("two")
        early = one.write("控えの前")
        one.sync()
        two.sync()
        command("hub", "backup", backup, "--folder", world.hub.folder)
        late = one.write("控えのあと")
        edit(two, early, "控えのあとで直した")
        for desk in (one, two, one):
            desk.sync()
    world.hub.close()
    command("hub", "restore", backup, "--folder", world.hub.folder)
    world.hub = open_hub(world.folder / "hub", system_clock)
    assert received(world.hub, one.dev) == 3, "back to the night before"
    new = one.write("戻したあと")
    with world.serving():
        for desk in (one, two, one):
            done = desk.sync()
            assert (done.left, done.trouble) == (0, "")
    for desk in (one, two):
        assert [desk.says(x) for x in (early, late, new)] == ["控えのあとで直した", "控えのあと", "戻したあと"]
    assert received(world.hub, one.dev) == 9


@pytest.mark.slow
def test_a_hub_made_anew_from_a_backup_before_this_laptop_joined_takes_all_of_it(world: World, tmp_path: Path) -> None:
    backup = tmp_path / "before.kdhub"
    with world.serving():
        one = world.desk("one")
        early = one.write("先にいた")
        one.sync()
        command("hub", "backup", backup, "--folder", world.hub.folder)
        two = world.desk("two")
        two.sync()
        late = two.write("あとから来た")
        two.sync()
    world.hub.close()
    for left in world.hub.folder.glob(f"{DATABASE}*"):
        left.unlink()   # the disk is lost, the keys are not
    command("hub", "restore", backup, "--folder", world.hub.folder)
    world.hub = open_hub(world.folder / "hub", system_clock)
    with world.serving():
        edit(two, early, "あとから来た人が直した")
        said = in_both_languages(two.sync)
        assert said["ja"].happened == "同期先は、このパソコンを知りません。" and said["en"].safe == SAFE["en"]
        assert "新しい1行" in said["ja"].to_do and syncing.must_join_again(two.store)
        before = two.dev
        syncing.enrol(world.again(two), world.line())
        assert two.dev == before, "a hub that does not know it can have it under its own name"
        for desk in (two, one, two):
            assert desk.sync().left == 0
        assert not syncing.must_join_again(two.store)
    for desk in (one, two):
        assert [desk.says(x) for x in (early, late)] == ["あとから来た人が直した", "あとから来た"]
    assert received(world.hub, two.dev) == 4


def test_an_empty_new_hub_at_the_same_address_gets_nothing_until_the_laptops_join_it(world: World) -> None:
    with world.serving():
        one, two = world.desk("one"), world.desk("two")
        line = one.write("前の同期先へ送った")
        one.sync()
        two.sync()
    edit(two, line, "2台目で直した")
    unsent = two.waiting
    new = a_hub(world.folder / "new", system_clock)
    person = a_person(new, a_body(new))
    with world.serving("new"):
        for desk in (one, two):
            said = in_both_languages(desk.sync)
            assert said["ja"].happened == "つながった相手は、参加した同期先ではありません。"
            assert said["ja"].safe == "何も送っていません。" + SAFE["ja"]
            assert said["en"].safe == "Nothing was sent. " + SAFE["en"]
            assert syncing.must_join_again(desk.store)
        assert (two.waiting, two.says(line)) == (unsent, "2台目で直した"), "nothing is deleted, nothing counts as sent"
    with world.serving():   # the old one is there again: it takes the laptop back without a word
        assert one.sync().trouble == "" and not syncing.must_join_again(one.store)
    with world.serving("new"):
        with pytest.raises(Trouble, match="参加した同期先ではありません"):
            one.sync()
        for desk in (one, two):
            syncing.enrol(world.again(desk), line_to(new, world.proxy.url, person))
        for desk in (one, two, one):
            assert desk.sync().left == 0
        assert (received(new, one.dev), received(new, two.dev)) == (3, 1)
        third = desks.create(world.folder / "three", PHRASE, person="高橋 直子", cost=QUICK)
        world.desks.append(third)
        syncing.enrol(third, line_to(new, world.proxy.url, person))
        assert Desk(third.store).sync().came
        assert [d.says(line) for d in (one, two, Desk(third.store))] == ["2台目で直した"] * 3
    new.close()


def test_a_copied_folder_is_noticed_joins_under_a_new_name_and_both_sides_arrive(world: World) -> None:
    with world.serving():
        one = world.desk("one")
        line = one.write("まだ1台")
        one.sync()
        world.again(one).close()
        shutil.copytree(world.folder / "one", world.folder / "copy")
        opened = [desks.unlock(world.folder / name, PHRASE, cost=QUICK) for name in ("one", "copy")]
        world.desks[:] = opened
        one, copy = (Desk(d.store) for d in opened)
        mine, theirs = one.write("こちらで書いた"), copy.write("写しで書いた")
        one.sync()
        said = in_both_languages(copy.sync)
        assert said["ja"].happened == "同じデータフォルダーが、2台のパソコンで使われています。"
        assert said["ja"].safe == SAFE["ja"] and "新しい1行" in said["ja"].to_do and "new line" in said["en"].to_do
        assert copy.says(theirs) == "写しで書いた" and copy.waiting == 3
        assert list((world.hub.folder / "quarantine").glob(f"{one.dev}-*"))
        for desk in (one, copy):   # the hub cannot tell which is the copy: both join anew
            with pytest.raises(Trouble, match="2台のパソコン"):
                desk.sync()
            syncing.enrol(world.again(desk), world.line())
        assert one.dev != copy.dev
        for desk in (one, copy, one):
            assert desk.sync().left == 0
        for desk in (one, copy):
            assert [desk.says(x) for x in (line, mine, theirs)] == ["まだ1台", "こちらで書いた", "写しで書いた"]


def test_a_laptop_whose_clock_is_months_off_syncs_and_is_told_of_it(world: World) -> None:
    with world.serving():
        clock = Months(0)
        off, right = world.laptop("off", clock), world.laptop("right")
        line = off.write("まだ正しい時計で")
        off.sync()
        for days in (-190, 190):
            clock.off = timedelta(days=days)
            edit(off, line, f"{days}日ずれて書いた")
            done = off.sync()
            assert (done.left, done.trouble) == (0, "") and abs(done.clock_ms / DAY_MS + days) < 1
            right.sync()
            edit(right, line, f"{days}日のあと、正しい時計で")
            right.sync()
            off.sync()
            assert off.says(line) == f"{days}日のあと、正しい時計で"
            edit(off, line, f"{days}日ずれたまま、また書いた")
            off.sync()
            clock.off = timedelta(0)
            edit(off, line, f"{days}日を直してから")
            off.sync()
            right.sync()
            assert off.says(line) == right.says(line) == f"{days}日を直してから"
            assert off.sync().clock_ms == 0


@contextmanager
def on_clock(world: World, days: float) -> Iterator[None]:
    """The hub on a computer whose clock is so many days off."""
    process = subprocess.Popen([sys.executable, "-m", "tests.sync.hub_child", str(world.hub.folder), "--days", str(days)],
                               stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    world.proxy.target = ("127.0.0.1", port)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


@pytest.mark.slow
def test_a_hub_whose_clock_is_off_loses_nothing_then_or_when_it_is_set_right(world: World) -> None:
    with world.serving():
        one, two = world.laptop("one"), world.laptop("two")
        line = one.write("まだ正しい時計")
        one.sync()
        two.sync()
    for days in (-190, 190):
        for made in (SERVER_FILE, SERVER_KEY):   # its certificate, too, is made on that day
            (world.hub.folder / made).unlink()
        with on_clock(world, days):
            edit(one, line, f"{days}日ずれた同期先へ")
            assert one.sync().left == 0
            two.sync()
            assert two.says(line) == f"{days}日ずれた同期先へ"
            assert abs(one.sync().clock_ms / DAY_MS - days) < 1
    for made in (SERVER_FILE, SERVER_KEY):
        (world.hub.folder / made).unlink()
    with on_clock(world, 900):
        edit(two, line, "何年もずれているあいだに")
        said = in_both_languages(two.sync)
        assert said["ja"].happened.startswith("時計が大きくずれているため、同期先を確かめられません。")
        assert all(f"{system_clock():%Y/%m/%d}" in told.happened for told in said.values())
        assert said["en"].safe == "Nothing was sent. " + SAFE["en"]
        assert two.waiting == 1 and not syncing.must_join_again(two.store), "it is the right hub"
    with world.serving():   # set right: it makes its certificate anew by itself
        for desk in (two, one):
            done = desk.sync()
            assert (done.left, done.trouble, done.clock_ms) == (0, "", 0)
        known = syncing.hub_of(one.store)
        assert known is not None and abs(known.heard / 1000 - system_clock().timestamp()) < 3600, \
            "what was heard in the future counts no more"
        assert one.says(line) == two.says(line) == "何年もずれているあいだに"


def test_a_change_out_of_reach_stays_with_its_reason_and_the_others_go(world: World) -> None:
    with world.serving():
        one, two = world.laptop("one"), world.laptop("two")
        line = one.write("担当のあいだ")
        two.sync()
        one.sync()
        edit(one, line, "もう書けない人が直した")
        give(world, Role.READER)
        done = one.sync()
        assert (done.left, done.refused, one.waiting) == (0, 1, 0), "refused, and no longer in the way of others"
        told, = refusals.listing(one.store)
        assert told.why == "いまの役割では、この種類の記録を書けません。"
        assert [value for _, value in told.values] == ["もう書けない人が直した"]
        i18n.use("en")
        try:
            english, = refusals.listing(one.store)
        finally:
            i18n.use("ja")
        assert english.why == "Your role does not write this kind of record."
        give(world, Role.EXPERT)
        new = one.write("また書ける")
        for desk in (one, two):
            desk.sync()
        assert (two.says(line), two.says(new)) == ("担当のあいだ", "また書ける")
        told, = refusals.listing(one.store)
        assert told.still_here
        refusals.send_again(one.store, told)
        for desk in (one, two):
            desk.sync()
        assert refusals.listing(one.store) == []
        assert one.says(line) == two.says(line) == "もう書けない人が直した"
