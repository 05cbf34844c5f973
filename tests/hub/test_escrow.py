"""A recovery key left with the secretariat: from a forgotten passphrase to a desk that is open again, and what hides it."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import msgspec
import pyrage
import pytest
from sqlalchemy import select

from kanto_desk.clock import system_clock
from kanto_desk.db.keys import Cost
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub import escrow as hub_escrow
from kanto_desk.hub import tables as t
from kanto_desk.hub.backing_up import back_up
from kanto_desk.hub.escrow import ESCROW_KEY
from kanto_desk.hub.opening import Hub, open_hub
from kanto_desk.hub.restoring import restore
from kanto_desk.hub.web import views
from kanto_desk.services import desk as desks
from kanto_desk.services import escrow, escrow_carrying, escrow_words
from kanto_desk.services.desk import Desk
from kanto_desk.sync import signing, wire
from kanto_desk.sync.client import Exchange, Known, keep_known, known_hub
from kanto_desk.sync.escrow_wire import Key
from tests.db.parts import SetClock
from tests.sync.parts import Wire, a_body, a_hub, a_person

CHEAP = Cost(1, 8192, 1)


class Joined:
    """A desk in a folder of its own that joined a hub in this process."""

    def __init__(self, hub: Hub, home: Path, person: str) -> None:
        self.hub, self.home = hub, home
        self.desk: Desk = desks.create(home, "はじめの合言葉", person="高橋 直子", cost=CHEAP)
        self.wire = Wire(hub)
        self.dev = f"{self.desk.store.device()[0]:016x}"
        self._join(person)

    def _join(self, person: str) -> None:
        key = signing.new_key()
        with self.hub.write() as conn:
            code = accounts.new_code(conn, person, self.hub.clock())
        public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
        status, answer = self.wire("/enrol", {}, wire.packed(wire.Enrol(wire.VERSION, code, self.dev, "PC", public, "age1")))
        assert status == 200
        got = wire.unpacked(answer, wire.Enrolled)
        with self.desk.store.write() as conn:
            keep_known(conn, Known("", got.epoch, signing.key_text(key), got.person, got.body))

    def sync(self) -> None:
        known = known_hub(self.desk.store)
        assert known is not None
        Exchange(self.desk.store, self.wire, known).run()
        escrow_carrying.carry(self.desk, lambda _url, _ca: self.wire)

    def read_out(self) -> str:
        with self.hub.write() as conn:
            return hub_escrow.read_out(self.hub, conn, self.dev, self.hub.clock()).key

    def audit(self) -> list[str]:
        with self.hub.read() as conn:
            return list(conn.execute(select(t.audit.c.what).order_by(t.audit.c.n)).scalars())


@pytest.fixture
def joined(tmp_path: Path):
    hub = a_hub(tmp_path / "hub", SetClock(system_clock()))
    made = Joined(hub, tmp_path / "desk", a_person(hub, a_body(hub)))
    yield made
    made.desk.close()
    hub.close()


def test_a_forgotten_passphrase_is_helped_by_the_secretariat(joined: Joined) -> None:
    paper = joined.desk.new_recovery_key()
    escrow.want(joined.desk)
    assert "次の同期で" in escrow_words.standing(escrow.state(joined.desk.store))
    joined.sync()
    assert escrow.state(joined.desk.store).at and escrow.is_told(joined.desk.store)
    trips = len(joined.wire.trips)
    escrow_carrying.carry(joined.desk, lambda _url, _ca: joined.wire)
    assert len(joined.wire.trips) == trips   # nothing more to say
    joined.desk.close()
    with pytest.raises(Refused):
        desks.unlock(joined.home, "わすれた", cost=CHEAP)
    read = joined.read_out()
    assert read != paper and joined.audit()[-1] == "recovery key read"
    joined.desk = desks.unlock_by_recovery_key(joined.home, read, "つぎの合言葉", cost=CHEAP)
    joined.desk.close()
    joined.desk = desks.unlock(joined.home, "つぎの合言葉", cost=CHEAP)
    joined.sync()   # it was read aloud: another one takes its place
    again = joined.read_out()
    assert again != read
    with pytest.raises(Refused):
        joined.desk.keys.unlock_by_recovery_key(read)
    for key in (again, paper):
        joined.desk.keys.unlock_by_recovery_key(key)


def test_another_key_on_paper_replaces_the_one_at_the_hub_with_the_next_sync(joined: Joined) -> None:
    escrow.want(joined.desk)
    joined.sync()
    first = joined.read_out()
    joined.desk.new_recovery_key()
    joined.desk.keys.unlock_by_recovery_key(first)   # until the hub has another one
    joined.sync()
    with pytest.raises(Refused):
        joined.desk.keys.unlock_by_recovery_key(first)
    joined.desk.keys.unlock_by_recovery_key(joined.read_out())


def test_a_key_taken_back_opens_nothing_at_once_and_leaves_the_hub_with_the_next_sync(joined: Joined) -> None:
    escrow.want(joined.desk)
    joined.sync()
    key = joined.read_out()
    escrow.take_back(joined.desk)
    with pytest.raises(Refused):
        joined.desk.keys.unlock_by_recovery_key(key)
    assert not escrow.is_told(joined.desk.store)
    joined.sync()
    assert escrow.is_told(joined.desk.store) and joined.audit()[-1] == "recovery key dropped"
    with pytest.raises(Refused, match="預けていません"):
        joined.read_out()


def test_an_answer_that_went_astray_leaves_the_same_key_again(joined: Joined) -> None:
    escrow.want(joined.desk)
    answered = joined.wire

    def cut(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        status, answer = answered(path, headers, body)
        if path == "/escrow" and sum(1 for trip in answered.trips if trip[0] == "/escrow") > 1:
            raise OSError("cut")
        return status, answer
    escrow_carrying.carry(joined.desk, lambda _url, _ca: cut)
    assert not escrow.is_told(joined.desk.store)
    key = joined.read_out()
    joined.desk.keys.unlock_by_recovery_key(key)
    joined.sync()
    assert joined.read_out() == key
    joined.desk.keys.unlock_by_recovery_key(key)


def test_an_old_hub_is_said_to_be_one_and_no_key_is_made(joined: Joined) -> None:
    escrow.want(joined.desk)

    def old(_path: str, _headers: dict[str, str], _body: bytes) -> tuple[int, bytes]:
        return 404, json.dumps({"detail": "Not Found"}).encode()
    escrow_carrying.carry(joined.desk, lambda _url, _ca: old)
    assert "プログラムが古い" in escrow_words.standing(escrow.state(joined.desk.store))
    assert "key" not in joined.desk.store.setting(escrow.ESCROW)
    joined.sync()
    assert escrow.is_told(joined.desk.store)


def test_the_key_of_a_stopped_laptop_is_refused(joined: Joined) -> None:
    escrow.want(joined.desk)
    joined.sync()
    with joined.hub.write() as conn:
        conn.execute(t.device.update().where(t.device.c.dev == joined.dev).values(state="revoked"))
        assert hub_escrow.drop(conn, joined.dev, joined.hub.clock())
    with pytest.raises(Refused, match="止めてある"):
        joined.read_out()
    with joined.hub.read() as conn:
        assert hub_escrow.left_by(conn, [joined.dev]) == {}


def test_what_is_no_key_of_this_laptop_is_not_kept(joined: Joined) -> None:

    recipient = pyrage.x25519.Recipient.from_str(hub_escrow.recipient_of(joined.hub))
    good = joined.desk.new_recovery_key()
    for key in (Key("0" * 16, good), Key(joined.dev, good[:-1] + ("0" if good[-1] != "0" else "1"))):
        with joined.hub.write() as conn, pytest.raises(wire.Garbled):
            hub_escrow.keep(joined.hub, conn, joined.dev, pyrage.encrypt(msgspec.json.encode(key), [recipient]),
                            joined.hub.clock())
    with joined.hub.write() as conn, pytest.raises(wire.Garbled):
        hub_escrow.keep(joined.hub, conn, joined.dev, good.encode(), joined.hub.clock())


def test_neither_the_database_nor_a_backup_opens_it_and_a_hub_made_anew_gets_another_one(
        joined: Joined, tmp_path: Path) -> None:
    escrow.want(joined.desk)
    joined.sync()
    key = joined.read_out()
    made = back_up(joined.hub)
    with zipfile.ZipFile(made.file) as pack:
        assert ESCROW_KEY not in pack.namelist() and "ca.key" in pack.namelist()
        everything = b"".join(pack.read(name) for name in pack.namelist())
    identity = (joined.hub.folder / ESCROW_KEY).read_bytes().strip()
    for secret in (key.encode(), key.replace("-", "").encode(), identity):
        assert secret not in everything
        for file in joined.hub.folder.rglob("*"):
            if file.is_file() and file.name != ESCROW_KEY:
                assert secret not in file.read_bytes(), file
    joined.hub.close()
    restore(tmp_path / "anew", joined.hub.clock, made.file)
    joined.hub = joined.wire.hub = open_hub(tmp_path / "anew", joined.hub.clock)
    with pytest.raises(Trouble, match="開けません"):
        joined.read_out()
    joined.sync()
    other = joined.read_out()
    assert other != key
    joined.desk.keys.unlock_by_recovery_key(other)


def test_the_page_shows_which_computers_left_one_and_never_the_key(joined: Joined) -> None:
    def shown() -> str:
        with joined.hub.read() as conn:
            computer, = views.home(joined.hub, conn, "ja")["computers"]
            return str(computer["key"])
    assert shown() == ""
    escrow.want(joined.desk)
    joined.sync()
    assert shown() == views.moment(joined.hub.clock().isoformat())
    key = joined.read_out()
    with joined.hub.read() as conn:
        page = str(views.home(joined.hub, conn, "ja")) + str(views.audit(conn, "ja")) + str(
            views.audit_csv(conn, "ja", []).decode("utf-8-sig"))
    assert key not in page and "預かった回復用の鍵を読み出した" in page
