"""A bad network between desks and a real hub process, over TLS: whatever goes astray is told, kept and sent again."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from msgspec.structs import replace

from kanto_desk.clock import system_clock
from kanto_desk.db.attachments import CHUNK
from kanto_desk.errors import Trouble
from kanto_desk.hub.opening import Hub
from kanto_desk.hub.own_ca import CA_FILE
from kanto_desk.services import carrying, contested, receipts, syncing
from kanto_desk.services import desk as desk_services
from kanto_desk.sync import signing
from kanto_desk.sync.client import NotAnswered
from kanto_desk.sync.enrolling import enrol, invitation
from kanto_desk.sync.link import HttpsLink
from kanto_desk.sync.wire import Problem, Request, packed, unpacked
from tests.db.parts import a_store
from tests.e2e.program import CHEAP, PASSPHRASE, a_home, answer, run
from tests.hub.served import Served, served
from tests.sync.front import Answer, Front, Message, Pass, cut, doubled, fronted, lost, says, turned
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.proxy import Fault, Proxy, proxied
from tests.sync.test_exchange import a_visit
from tests.sync.worlds import Desk, in_both_languages, joined, line_to, received

SAFE = {"ja": "入力はすべてこのパソコンにあります。", "en": "Everything you entered is on this computer."}


@dataclass
class Way:
    """A served hub, and the two ways to it."""

    hub: Hub
    it: Served
    proxy: Proxy
    front: Front
    person: str


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    folder = tmp_path_factory.mktemp("bad") / "hub"
    hub = a_hub(folder, system_clock)
    person = a_person(hub, a_body(hub))
    with served(folder) as it, proxied(it.address) as proxy, fronted(folder, it.address) as front:
        yield Way(hub, it, proxy, front, person)
    hub.close()
    assert [line for line in it.log if line["event"] == "fault"] == []


@pytest.fixture(scope="module")
def desks(way: Way, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Desk]]:
    folder = tmp_path_factory.mktemp("desks")
    one, two = (joined(folder / name, line_to(way.hub, way.proxy.url, way.person)) for name in ("one", "two"))
    yield one, two
    one.store.close()
    two.store.close()


@pytest.fixture
def two(way: Way, desks: tuple[Desk, Desk]) -> Iterator[tuple[Desk, Desk]]:
    """Both desks with everything sent, on the way that carries TLS untouched."""
    for desk in desks:
        desk.aim(way.proxy.url)
        desk.sync()
    yield desks
    way.proxy.script.clear()
    way.front.script.clear()


def quick(url: str, ca: str) -> HttpsLink:
    """A desk that waits only a moment for an answer."""
    return HttpsLink(url, ca, urllib3.Timeout(connect=0.4, read=0.4))


def all_there(one: Desk, two: Desk, line: str, text: str) -> None:
    """The next sync brings everything, and the other desk has it."""
    assert one.says(line) == text, "nothing typed is lost"
    done = one.sync()
    assert (done.left, done.stopped, done.trouble, one.waiting) == (0, False, "", 0)
    two.sync()
    assert two.says(line) == text


def test_a_connection_cut_anywhere_loses_nothing_and_the_next_sync_brings_it(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    line, texts, told = one.write("まず一度"), [], set()
    one.sync()
    with one.store.operation("直す") as op:
        op.put("entry", line, {"text": "測るため"})
    before = len(way.proxy.passed)
    one.sync()
    whole = way.proxy.passed[before]
    places = [Fault(cut_up=whole.up * n // 8) for n in range(8)] + [Fault(cut_down=whole.down * n // 8) for n in range(8)]
    for n, fault in enumerate(places):
        texts.append(f"{n}回目に直した")
        with one.store.operation("直す") as op:
            op.put("entry", line, {"text": texts[-1]})
        way.proxy.next(fault, fault)
        said = in_both_languages(one.sync)
        told.add(said["ja"].happened)
        assert (said["ja"].safe, said["en"].safe) == (SAFE["ja"], SAFE["en"])
        assert one.says(line) == texts[-1]
    assert told == {"同期先につながりません。"}
    all_there(one, other, line, texts[-1])


def test_the_reply_is_lost_after_the_hub_has_committed(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    before, line = received(way.hub, one.dev), one.write("届いたが、答えが失われた")
    way.proxy.next(Fault(lost_when=lambda: received(way.hub, one.dev) == before + 3))
    with pytest.raises(Trouble, match="つながりません"):
        one.sync()
    assert one.waiting == 3, "unsent until a receipt has come"
    all_there(one, other, line, "届いたが、答えが失われた")
    assert received(way.hub, one.dev) == before + 3, "taken once"


def test_the_reply_to_an_enrolment_is_lost_and_the_same_line_works_again(way: Way, tmp_path: Path) -> None:
    lines = [invitation(line_to(way.hub, way.front.url, way.person)) for _ in range(2)]
    ca, desk = (way.hub.folder / CA_FILE).read_text(), Desk(a_store(tmp_path / "one", system_clock))
    for asked in lines:
        assert asked is not None
        way.front.next(lost)
        with pytest.raises(OSError, match=r"(?i)closed|reset|aborted|eof"):
            enrol(desk.store, asked, ca, "one", HttpsLink)
    other = a_store(tmp_path / "two", system_clock)
    with pytest.raises(NotAnswered, match="403 code"):   # another laptop may not use the line of the first
        enrol(other, lines[1], ca, "two", HttpsLink)
    enrol(desk.store, lines[1], ca, "one", HttpsLink)
    desk.write("参加できた")
    assert desk.sync().left == 0
    with pytest.raises(NotAnswered, match="403 code"):   # heard of since: the line is used up for good
        enrol(desk.store, lines[1], ca, "one", HttpsLink)
    for store in (other, desk.store):
        store.close()


def test_a_slow_and_a_late_network_take_their_time_and_bring_everything(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    line = one.write("ゆっくり")
    way.proxy.next(Fault(delay=0.05), Fault(rate=20_000))
    all_there(one, other, line, "ゆっくり")


def test_a_reply_that_is_held_for_too_long_is_told_and_asked_for_again(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    line, held = one.write("待たされた"), threading.Event()
    way.proxy.next(Fault(held=held), Fault(held=held))
    said = in_both_languages(lambda: one.sync(link=quick))
    assert "つながりません" in said["ja"].happened and said["en"].safe == SAFE["en"]
    held.set()   # both requests arrive now, late: the hub hears a desk that has gone
    all_there(one, other, line, "待たされた")


def test_two_desks_are_answered_in_the_other_order(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    line = one.write("もとの文")
    one.sync()
    other.sync()
    for desk, text in ((one, "先に出た"), (other, "先に着いた")):
        with desk.store.operation("直す") as op:
            op.put("entry", line, {"text": text})
    held = threading.Event()
    way.proxy.next(Fault(held=held))
    first = threading.Thread(target=one.sync)
    first.start()
    while all(p.ended.is_set() for p in way.proxy.passed):   # until the first has left
        first.join(0.01)
    other.sync()          # left later, arrived first
    held.set()
    first.join()
    other.sync()
    one.sync()
    other.sync()
    assert one.says(line) == other.says(line)
    assert contested.count(one.store) == contested.count(other.store) == 1, "both values are kept and asked about"


def test_an_old_request_that_arrives_after_newer_ones_changes_nothing(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    one.aim(way.front.url)
    before, line = received(way.hub, one.dev), one.write("古い求め")
    kept: list[Message] = []
    way.front.next(lambda message, _to_hub: kept.append(message))
    with pytest.raises(Trouble, match="つながりません"):
        one.sync()
    with one.store.operation("直す") as op:
        op.put("entry", line, {"text": "新しい文"})
    one.sync()
    late = way.front.to_hub(kept[0])
    assert late.status == 200, "genuine and never heard: it is answered, and what it brings is known"
    assert received(way.hub, one.dev) == before + 4
    all_there(one, other, line, "新しい文")


BETWEEN = "途中のサーバーが、同期先へ通しませんでした（{0}）。", "A server on the way did not let it through to the hub ({0})."
BUSY = "同期先が混み合っています。", "The hub is busy."
AWAY = "同期先は、いま動いていません。", "The hub is not running at the moment."
UNREACHED = "同期先につながりません。", "The hub cannot be reached."
STATUSES = {
    **{f"{n} of a server": (says(n), *(words.format(n) for words in BETWEEN)) for n in (401, 403, 404, 407)},
    **{f"{n} of a server": (says(n), *BUSY) for n in (429, 503)},
    **{f"{n} of a server": (says(n), *AWAY) for n in (502, 504)},
    "500": (says(500), "同期先の中で誤りがありました。", "Something went wrong inside the hub."),
    "200 that is a page": (says(200), "同期先の答えを読めませんでした。", "The hub's answer could not be read."),
    "cut": (cut, *UNREACHED), "lost": (lost, *UNREACHED)}
"""Fault → what is told of it."""


def test_each_answer_that_is_none_is_told_in_its_own_words(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    one.aim(way.front.url)
    told = {}
    for name, (fault, *_) in STATUSES.items():
        line = one.write(name)
        way.front.next(fault, fault)
        said = in_both_languages(one.sync)
        told[name] = (said["ja"].happened, said["en"].happened)
        assert (said["ja"].safe, said["en"].safe) == (SAFE["ja"], SAFE["en"])
        all_there(one, other, line, name)
    assert told == {name: (japanese, english) for name, (_, japanese, english) in STATUSES.items()}


def test_a_doubled_request_troubles_nobody(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    one.aim(way.front.url)
    before, line = received(way.hub, one.dev), one.write("2度届いた")
    way.front.next(doubled)
    all_there(one, other, line, "2度届いた")
    assert received(way.hub, one.dev) == before + 3


def test_a_server_that_takes_only_small_requests_gets_them(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    one.aim(way.front.url)
    lines = [one.write(f"{n}番目の相談" + "あ" * 40) for n in range(30)]
    whole: list[int] = []

    def small(message: Message, to_hub: Pass) -> Answer | None:
        whole.append(len(message.body))
        return to_hub(message) if len(message.body) <= 1_500 else says(413)(message, to_hub)
    way.front.next(*[small] * 60)
    done = one.sync()
    assert done.left == 0 and max(whole) > 1_500 and done.sent == 90
    way.front.script.clear()
    other.sync()
    assert [other.says(line) for line in lines] == [one.says(line) for line in lines]


def test_an_operation_that_no_server_takes_is_told_and_waits(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    one.aim(way.front.url)
    line = one.write("大きすぎた")
    way.front.next(says(413), says(413))
    said = in_both_languages(one.sync)
    assert said["ja"].happened == "一度に送る量が多すぎました。" and said["en"].safe == SAFE["en"]
    all_there(one, other, line, "大きすぎた")


def test_a_request_sent_again_or_changed_by_somebody_is_refused_and_does_nothing(way: Way, two: tuple[Desk, Desk]) -> None:
    one, other = two
    one.aim(way.front.url)
    line = one.write("ほんもの")
    one.sync()
    recorded = way.front.seen[-1]
    held = received(way.hub, one.dev)
    def refused(message: Message) -> str:
        answer = way.front.to_hub(message)
        assert answer.status == 401
        return unpacked(answer.body, Problem).reason
    assert refused(recorded) == "repeated"
    h = recorded.headers
    request = replace(unpacked(recorded.body, Request), unsent=7)
    forged = {
        "another nonce": Message(recorded.path, {**h, signing.NONCE: "0" * 24}, recorded.body),
        "another laptop": Message(recorded.path, {**h, signing.DEVICE: other.dev}, recorded.body),
        "another time": Message(recorded.path, {**h, signing.TIME: str(int(h[signing.TIME]) + 1)}, recorded.body),
        "another body": Message(recorded.path, h, packed(request))}
    assert {name: refused(message) for name, message in forged.items()} == dict.fromkeys(forged, "signature")
    assert way.front.to_hub(Message("/fill", h, recorded.body)).status == 400
    assert way.front.to_hub(Message(recorded.path, {}, recorded.body)).status == 401
    assert received(way.hub, one.dev) == held
    half = turned(lambda m: Message(m.path, {k: v for k, v in m.headers.items() if k != signing.NONCE}, m.body))
    way.front.next(half, half)
    with one.store.operation("直す") as op:
        op.put("entry", line, {"text": "直した"})
    said = in_both_languages(one.sync)
    assert said["ja"].happened == "途中のサーバーが、求めの一部を落としました。"
    all_there(one, other, line, "直した")


def test_the_command_says_it_in_both_languages_and_waits_for_a_busy_hub(way: Way, tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")
    answer(home, "enrol", line_to(way.hub, way.front.url, way.person))
    for language, busy in (("ja", "同期先が混み合っています。1秒待って続けます。"), ("en", "The hub is busy. Going on in 1 second.")):
        way.front.next(says(502))
        told = run(home, "--lang", language, "sync")
        assert told.returncode == 4
        assert told.stderr.splitlines()[:2] == [dict(zip(("ja", "en"), AWAY, strict=True))[language], SAFE[language]]
        way.front.next(says(429, packed(Problem("busy", retry_after=1))))
        waited = run(home, "--lang", language, "sync")
        assert waited.returncode == 0 and waited.stderr.splitlines() == [busy]


def test_replies_of_every_kind_are_lost_and_records_and_photos_arrive_whole(way: Way, tmp_path: Path) -> None:
    made = [desk_services.create(tmp_path / name, PASSPHRASE, person="高橋 直子", cost=CHEAP) for name in ("one", "two")]
    for desk in made:
        syncing.enrol(desk, line_to(way.hub, way.front.url, way.person))
    chance, gone = random.Random(20261129), Counter[str]()

    def now_and_then(message: Message, to_hub: Pass) -> Answer | None:
        answer = to_hub(message)
        if chance.random() < 0.4:
            gone[message.path] += 1
            return None
        return answer

    def until_done(desk: desk_services.Desk) -> None:
        for _ in range(60):
            try:
                receipts.sync(desk.store)
                carrying.carry(desk.store, desk.blobs)
                return
            except Trouble as trouble:
                assert "つなが" in trouble.happened
        raise AssertionError("no end of it")
    way.front.next(*[now_and_then] * 2_000)
    one, two = (Desk(desk.store) for desk in made)
    lines = []
    for n in range(4):
        _, visit, line = a_visit(one, f"{n}番目")
        picture = b"\xff\xd8\xff" + chance.randbytes(CHUNK + n)   # two chunks
        digest = made[0].blobs.put(picture, "image/jpeg", system_clock().isoformat())
        with one.store.operation("写真") as op:
            op.add("attachment", {"owner_type": "consultation", "owner": visit, "kind": "photo", "hash": digest,
                                  "size": len(picture), "mime": "image/jpeg"})
        lines.append(line)
        for desk in made:
            until_done(desk)
    assert {"/sync", "/fill", "/contents"} <= set(gone), gone
    way.front.script.clear()
    for desk in made:
        receipts.sync(desk.store)
    assert [two.says(line) for line in lines] == [f"{n}番目" for n in range(4)]
    assert (one.waiting, carrying.waiting(one.store, made[0].blobs)) == (0, 0)
    wanted = carrying.missing(two.store, made[1].blobs)
    assert len(wanted) == 4
    for digest in wanted:
        assert carrying.fetch_one(two.store, made[1].blobs, digest) == made[0].blobs.get(digest)
    for desk in made:
        desk.close()
