"""A hub in operation: health, figures and a log that hold nothing people typed; limits; an end that finishes its work."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from kanto_desk.cli import main
from kanto_desk.clock import system_clock
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.addresses import address_of, host_of, url_of
from kanto_desk.hub.app import build
from kanto_desk.hub.backing_up import back_up
from kanto_desk.hub.guarding import guarded
from kanto_desk.hub.limits import LIMITS, Limit, count_one
from kanto_desk.hub.logs import JsonLines
from kanto_desk.hub.opening import Hub, open_hub
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.restoring import restore
from kanto_desk.sync import wire
from kanto_desk.sync.client import Exchange, NotAnswered, known_hub
from kanto_desk.sync.enrolling import invitation
from kanto_desk.sync.link import HttpsLink
from tests.hub.served import served
from tests.hub.test_process import joined
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit

PERSONAL = ("宮坂精密", "社長は午前が良い", "受注が減る見込み", "医療機器への参入", "高橋", "直子", "タカハシ", "机の上のパソコン")


def a_code(hub: Hub, person: str) -> str:
    with hub.write() as conn:
        return accounts.new_code(conn, person, system_clock())


def figures(text: bytes) -> dict[str, float]:
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.decode().splitlines()
            if line and not line.startswith("#")}


def test_log_and_figures_tell_what_happened_and_nothing_that_was_typed(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with served(tmp_path / "hub") as it:
        store = joined(tmp_path, "机の上のパソコン", it.url, a_code(hub, person))

        class Its:
            pass
        Its.store = store
        a_visit(Its)
        known = known_hub(store)
        link = HttpsLink(known.url, known.ca)
        Exchange(store, link, known).run()
        link.close()
        it.ask(quote("/宮坂精密/社長は午前が良い"))
        it.ask("/enrol", "POST", wire.packed(wire.Enrol(1, "高橋", "机の上のパソコン", "宮坂精密", "受注が減る見込み", "医療機器への参入")))
        it.ask("/sync", "POST", "受注が減る見込み".encode(), {"x-kanto-device": "takahashi"})
        assert it.ask("/health/live")[0] == it.ask("/health/ready")[0] == 200
        status, headers, text = it.ask("/metrics")
        assert status == 200 and headers["content-type"].startswith("text/plain")
    told = figures(text)
    assert told['kanto_hub_changes_total{outcome="pushed"}'] == 3
    assert told['kanto_hub_devices{state="active"}'] == 1
    assert told['kanto_hub_requests_total{path="/sync",status="200"}'] >= 1
    assert told['kanto_hub_requests_total{path="/sync",status="400"}'] == 1
    assert told['kanto_hub_requests_total{path="other",status="404"}'] == 1
    assert told["kanto_hub_number"] >= 3 and told["kanto_hub_storage_bytes"] > 4096
    assert told['kanto_hub_request_seconds_count{path="/fill"}'] >= 1
    lines = [line for line in it.log if line["event"] == "request"]
    assert {"/sync", "/fill", "/enrol", "other"} <= {line["path"] for line in lines}
    assert {line.get("reason") for line in lines} >= {"code", "frame"}
    assert any(line.get("device") == f"{store.device()[0]:016x}" for line in lines)
    everything = it.log_file.read_text() + json.dumps(it.log, ensure_ascii=False) + text.decode()
    assert [word for word in (*PERSONAL, "takahashi") if word in everything] == []
    assert [word for word in PERSONAL if word.encode("unicode_escape").decode() in everything] == []
    store.close()
    hub.close()


def test_an_error_is_logged_by_kind_and_place_without_its_words(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")

    def fails(*_args: object) -> tuple[int, bytes]:
        raise ValueError("宮坂精密の秘密")

    answer = guarded(hub, fails, "/sync", {}, b"", "")
    assert (answer.status, wire.unpacked(answer.body, wire.Problem).reason) == (500, "fault")
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    assert lines[-1]["error"] == "ValueError" and lines[-1]["where"][-1].endswith("fails")
    assert "宮坂" not in json.dumps(lines, ensure_ascii=False)
    hub.close()


def test_figures_are_for_this_machine_alone(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    with served(tmp_path / "hub") as it:
        assert it.ask("/metrics")[0] == 200
        assert it.ask("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})[0] == 403   # as a proxy here passes it on
    hub.close()


def test_a_hub_without_its_database_is_alive_and_not_ready(postgresql, tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock, database := postgresql())
    with served(tmp_path / "hub", database) as it:
        assert it.ask("/health/ready")[0] == 200
        with hub.write() as conn:
            conn.exec_driver_sql("ALTER TABLE hub RENAME TO away")
        assert it.ask("/health/ready")[0] == 503 and it.ask("/health/live")[0] == 200
    hub.close()


def test_the_end_waits_for_the_request_in_progress(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with served(tmp_path / "hub") as it:
        store = joined(tmp_path, "one", it.url, a_code(hub, person))

        class Its:
            pass
        Its.store = store
        a_visit(Its)
        known = known_hub(store)

        def held_back(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
            """Half of the request before the hub is told to end, half after it has begun to end."""
            connection = http.client.HTTPSConnection(*it.address, context=it.context(), timeout=60)
            connection.putrequest("POST", path)
            for name, value in (*headers.items(), ("Content-Length", str(len(body)))):
                connection.putheader(name, value)
            connection.endheaders(body[:len(body) // 2])
            assert it.ask("/health/live")[0] == 200   # by then the hub has read what came before
            it.process.send_signal(signal.SIGTERM)
            while True:
                try:
                    socket.create_connection(it.address, timeout=5).close()
                    time.sleep(0.05)
                except OSError:
                    break   # it listens no more
            assert it.process.poll() is None
            connection.send(body[len(body) // 2:])
            answer = connection.getresponse()
            got = answer.status, answer.read()
            connection.close()
            return got

        receipt = Exchange(store, held_back, known).run(lambda _receipt: False)
        assert receipt.sent == 3 and receipt.left == 0
        assert it.process.wait(timeout=30) == 0
    with hub.read() as conn:
        assert accounts.laptop_of(conn, f"{store.device()[0]:016x}", system_clock().date()).seq == 3
    store.close()
    hub.close()


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_hub_that_serves_is_restored_and_filled_again(where: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue("postgresql")() if where == "postgresql" else None
    hub = a_hub(tmp_path / "hub", system_clock, database)
    person = a_person(hub, a_body(hub))
    with served(tmp_path / "hub", database) as it:
        store = joined(tmp_path, "one", it.url, a_code(hub, person))

        class Its:
            pass
        Its.store = store
        link = HttpsLink(it.url, known_hub(store).ca)
        a_visit(Its)
        Exchange(store, link, known_hub(store)).run()
        made = back_up(hub)
        a_visit(Its, "後")
        Exchange(store, link, known_hub(store)).run()
        restore(tmp_path / "hub", system_clock, made.file, database)
        with hub.read() as conn:
            assert conn.execute(select(func.count()).select_from(t.received)).scalar_one() == 3
        assert Exchange(store, link, known_hub(store)).run().complete
        with hub.read() as conn:
            assert conn.execute(select(func.count()).select_from(t.received)).scalar_one() == 6
        link.close()
    assert [line for line in it.log if line["event"] != "request"] == []
    store.close()
    hub.close()


def test_the_hub_knows_what_still_waits_at_a_laptop(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "desk", a_person(hub, a_body(hub)))
    with desk.store.operation("長い") as op:   # more than one batch may hold
        company = op.add("organization", {"name": "宮坂精密"})
        visit = op.add("consultation", {"organization": company})
    for n in range(6):
        with desk.store.operation("行") as op:
            op.add("entry", {"consultation": visit, "kind": "said", "text": f"{n}" * 900_000})
    Exchange(desk.store, desk.link, desk.known).run(lambda _receipt: False)   # stopped after the first batch
    with hub.read() as conn:
        waiting = json.loads(conn.execute(select(t.device.c.seen)).scalar_one())["unsent"]
        assert waiting == 8 - conn.execute(select(func.count()).select_from(t.received)).scalar_one() > 0
    desk.sync()
    with hub.read() as conn:
        assert json.loads(conn.execute(select(t.device.c.seen)).scalar_one()) == {"unsent": 0}
    hub.close()


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_laptop_that_asks_too_often_is_told_when_to_come_and_goes_on(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "desk", a_person(hub, a_body(hub)))
    a_visit(desk)
    hub.limits = {"device": Limit(3, 60)}
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        hub.clock.forward(seconds=seconds)
        desk.store.clock.forward(seconds=seconds)

    receipt = Exchange(desk.store, desk.link, desk.known, wait).run()
    assert receipt.complete and receipt.sent == 3
    assert waited and all(0 < s <= 60 for s in waited)
    assert 429 in [status for _, _, status, _ in desk.link.trips]
    hub.close()


def test_a_laptop_gives_up_after_some_waiting_and_keeps_everything(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "desk", a_person(hub, a_body(hub)))
    a_visit(desk)
    hub.limits = {"device": Limit(0, 60)}
    waited: list[float] = []
    with pytest.raises(NotAnswered, match="429 busy"):
        Exchange(desk.store, desk.link, desk.known, waited.append).run()
    assert len(waited) == 3
    hub.limits = {}
    assert desk.sync().sent == 3
    hub.close()


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_count_ends_with_its_stretch_of_time(where: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    hub = a_hub(tmp_path / "hub", database=request.getfixturevalue("postgresql")() if where == "postgresql" else None)
    with hub.write() as conn:
        said = [count_one(conn, "a", Limit(2, 60), 1_000_000_000 + 1000 * i) for i in (0, 1, 2, 3, 60)]
        assert said[:2] == [0, 0] and said[2] > said[3] > 0 and said[4] == 0
        assert count_one(conn, "b", Limit(2, 60), 1_000_000_000) == 0
    hub.close()


def test_wrong_codes_from_one_address_are_stopped_and_others_may_join(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with served(tmp_path / "hub") as it:
        ask = wire.packed(wire.Enrol(1, "AAAA-AAAA-AAAA-AAAA", "0" * 16, "x", "x", "x"))
        from_one = {"X-Forwarded-For": "192.0.2.1"}
        said = [it.ask("/enrol", "POST", ask, from_one) for _ in range(LIMITS["code"].most + 1)]
        assert [status for status, _, _ in said] == [403] * LIMITS["code"].most + [429]
        assert 0 < int(said[-1][1]["retry-after"]) <= LIMITS["code"].seconds
        assert it.ask("/enrol", "POST", ask, {"X-Forwarded-For": "192.0.2.2"})[0] == 403
        joined(tmp_path, "one", it.url, a_code(hub, person)).close()
    assert "192.0.2.1" not in it.log_file.read_text()
    hub.close()


def test_codes_are_counted_before_they_are_looked_at_and_good_ones_given_back(tmp_path: Path) -> None:
    """Ten guesses that are all being looked at are ten: the eleventh is not looked at."""
    hub = a_hub(tmp_path / "hub", system_clock)
    hub.limits = LIMITS
    most, looked = LIMITS["code"].most, []
    wrong = 403, wire.packed(wire.Problem("code"))

    def looks(_hub: Hub, path: str, _headers: Mapping[str, str], _body: bytes) -> tuple[int, bytes]:
        looked.append(path)
        if len(looked) <= most:   # the next one comes while this one is still being looked at
            inner.append(guarded(hub, looks, "/enrol", {}, b"", "192.0.2.1").status)
        return wrong

    inner: list[int] = []
    assert guarded(hub, looks, "/enrol", {}, b"", "192.0.2.1").status == 403
    assert len(looked) == most and inner == [429] + [403] * (most - 1)
    for _ in range(most + 1):
        assert guarded(hub, lambda *_: (200, b""), "/enrol", {}, b"", "192.0.2.2").status == 200
    hub.close()


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "kept", "host"), [
    ("hub.example.jp:8443", "hub.example.jp:8443", "hub.example.jp"), ("localhost", "localhost", "localhost"),
    ("192.0.2.5:8443", "192.0.2.5:8443", "192.0.2.5"), ("[2001:db8::5]:8443", "[2001:db8::5]:8443", "2001:db8::5"),
    ("2001:db8::5", "[2001:db8::5]", "2001:db8::5"), ("::1", "[::1]", "::1"), ("https://a.example/", "a.example", "a.example")])
def test_an_address_keeps_its_host_whole(given: str, kept: str, host: str) -> None:
    assert address_of(given) == kept
    assert host_of(kept) == host


@pytest.mark.parametrize("given", ["", "a b", "a:b", "a:99999", "a:0", "a:", "[::1", "[a]:1", "a/b", "u@a", "日本", "-a", "a..b", ":1"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(Refused):
        address_of(given)


def test_a_laptop_joins_and_syncs_over_ipv6(tmp_path: Path) -> None:
    assert main(["hub", "init", "--name", "六", "--address", "[::1]:8443", "--folder", str(tmp_path / "hub")]) == 0
    hub = open_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with served(tmp_path / "hub", host="::1") as it:
        assert it.url == url_of("::1", it.address[1])
        store = joined(tmp_path, "one", it.url, a_code(hub, person))
        known = known_hub(store)
        assert known.url.startswith("https://[::1]:")
        link = HttpsLink(known.url, known.ca)
        assert Exchange(store, link, known).run().complete
        link.close()
        store.close()
    line = f"[::1]:8443/ABCD-EFGH-JKLM-NPQR/{fingerprint((tmp_path / 'hub' / CA_FILE).read_bytes())}"
    assert invitation(line).url == "https://[::1]:8443"
    hub.close()


def test_the_application_describes_itself_without_anything_from_elsewhere(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    made = build(hub).openapi()
    assert {"/sync", "/fill", "/enrol", "/health/ready", "/web"} <= set(made["paths"])
    assert {"Request", "Reply", "WireChange", "Problem"} <= set(made["components"]["schemas"])
    assert not {"/docs", "/redoc"} & {route.path for route in build(hub).routes}   # they would fetch scripts
    hub.close()
