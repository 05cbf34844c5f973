"""The hub against its own OpenAPI: requests made up from it, signed as each role, never meet an error of the server.

`python -m tests.hub.test_openapi --examples 2000` looks longer than the tests do.
"""

from __future__ import annotations

import argparse
import base64
import collections
import json
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pyrage
import zstandard

from kanto_desk.clock import system_clock
from kanto_desk.db import recovery_key
from kanto_desk.hub import accounts, escrow, signing_in
from kanto_desk.hub.describing import KIND
from kanto_desk.hub.opening import Hub, value_of
from kanto_desk.hub.own_ca import CA_FILE
from kanto_desk.hub.web.routes import COOKIE
from kanto_desk.rules.access import Grant, Role, device_scope, scopes_read
from kanto_desk.sync import signing
from kanto_desk.sync.escrow_wire import Key
from tests.hub.served import Served, served
from tests.sync.parts import a_body, a_hub

EXAMPLES = 8
CHANCE = random.Random(20261128)   # of its own: hypothesis sets back the common one before every example
CHANCE_AGAIN = random.Random(1)
PASSWORD = "春の海ひねもす-2026"


class Laptop:
    """An enrolled laptop of a role that signs what it is given, and sets right what a client always sets right."""

    def __init__(self, hub: Hub, role: Role, body: str) -> None:
        self.hub = hub
        now = system_clock()
        self.dev = f"{CHANCE.getrandbits(64):016x}"
        self.key = signing.new_key()
        with hub.write() as conn:
            self.person = accounts.add_person(conn, f"人{role.value}", "", now)
            accounts.add_grant(conn, self.person, Grant(role, body, frozenset({"programme"})), now)
            public = base64.b64encode(self.key.public_key().public_bytes_raw()).decode()
            accounts.enrol(conn, accounts.new_code(conn, self.person, now), self.dev, "x", public, "age1", now)

    def settled(self, path: str, body: Any) -> Any:
        """The message as a laptop of this hub could send it; other values stay as they were made up."""
        if not isinstance(body, dict):
            return body
        with self.hub.read() as conn:
            laptop = accounts.laptop_of(conn, self.dev, system_clock().date())
            if path == "/sync" and isinstance(body.get("push"), list):
                body |= {"first": laptop.seq, "epoch": value_of(conn, "epoch")}
                for i, change in enumerate(body["push"]):
                    if isinstance(change, dict):
                        change |= {"dev": self.dev, "seq": laptop.seq + 1 + i, "hlc": f"{CHANCE.getrandbits(60):016x}"}
                        change["uid"] = str(change.get("uid") or "u")[:200]
                        change["type"] = CHANCE.choice([str(change.get("type") or "x")[:200], "entry", "organization", "consultation"])
                        change |= {name: str(change.get(name) or "")[:200] for name in ("tx", "by", "wall")}
                        change["sv"] = abs(int(change.get("sv") or 0)) % (1 << 31)
                        change["base"] = {str(k): [f"{CHANCE.getrandbits(128):032x}"] for k in list(change.get("base") or {})[:3]}
            elif path == "/fill" and CHANCE.random() < 0.9:
                body["scope"] = CHANCE.choice(sorted(scopes_read(laptop.reader) | {device_scope(self.dev)}))
        if path == "/contents" and CHANCE.random() < 0.9:
            hashes = [f"{CHANCE.getrandbits(256):064x}" for _ in range(3)]
            body = {"v": 1, "want_thumbs": hashes[:1], "offers": [
                {"hash": one, "size": CHANCE.randrange(1, 1 << 20)} for one in hashes[1:]]}
        if path == "/again" and CHANCE_AGAIN.random() < 0.9:
            sealed = [base64.b64encode(CHANCE_AGAIN.randbytes(200)).decode()]
            body = {"v": 1, "dev": self.dev, "changes": [], "sealed": sealed, "forgot": False}
        if path == "/escrow" and CHANCE_AGAIN.random() < 0.9:
            body = {"v": 1} | CHANCE_AGAIN.choice([{}, {"drop": True}, {"sealed": self.sealed()}])
        if path == "/enrol" and CHANCE.random() < 0.9:
            with self.hub.write() as conn:
                body |= {"code": accounts.new_code(conn, self.person, system_clock()), "dev": f"{CHANCE.getrandbits(64):016x}",
                         "signing": base64.b64encode(CHANCE.randbytes(32)).decode()}
        return body

    def sealed(self) -> str:
        """A recovery key of this laptop, as only this hub can open it."""
        recipient = pyrage.x25519.Recipient.from_str(escrow.recipient_of(self.hub))
        key = msgspec.json.encode(Key(self.dev, recovery_key.printed(recovery_key.new_secret())))
        return base64.b64encode(pyrage.encrypt(key, [recipient])).decode()

    def headers(self, path: str, packed: bytes, body: Any) -> dict[str, str]:
        """Signed as of now."""
        with self.hub.read() as conn:
            epoch = value_of(conn, "epoch")
        said = body.get("epoch", "") if path == "/sync" and isinstance(body, dict) else epoch
        return signing.headers_for(self.key, self.dev, path, int(system_clock().timestamp() * 1000),
                                   said if isinstance(said, str) else epoch, packed)


    def spare(self) -> str:
        """Another computer of the same person, to be stopped."""
        dev, now = f"{CHANCE.getrandbits(64):016x}", system_clock()
        with self.hub.write() as conn:
            code = accounts.new_code(conn, self.person, now)
            accounts.enrol(conn, code, dev, "spare", base64.b64encode(CHANCE.randbytes(32)).decode(), "age1", now)
        return dev


def packed(body: Any) -> bytes:
    """A message as it travels; what is no JSON object is packed all the same."""
    return zstandard.ZstdCompressor().compress(msgspec.json.encode(body))


@cache
def know_our_kind() -> None:
    """Tell schemathesis of our kind of message: here it is packed before it is signed."""
    import schemathesis

    @schemathesis.serializer(KIND)
    def ours(_context: Any, value: Any) -> bytes:
        return value if isinstance(value, bytes) else packed(value)


class Visit:
    """Who asks: a laptop, and for the secretariat its page in a session."""

    def __init__(self, it: Served, hub: Hub, role: Role, body: str) -> None:
        self.it = it
        self.laptop = Laptop(hub, role, body)
        self.cookie = self.form = ""
        if role in signing_in.MAY_ENTER:
            with hub.write() as conn:
                signing_in.set_password(conn, self.laptop.person, PASSWORD, system_clock())
                token = signing_in.begin_session(conn, self.laptop.person, system_clock())
                visitor = signing_in.visitor_of(conn, token, system_clock())
            assert visitor is not None
            self.cookie, self.form = f"{COOKIE}={token}", visitor.form

    def settle(self, case: Any) -> dict[str, str]:
        """Make the request one that is signed or signed in, mostly; gives its headers."""
        headers = {"X-Forwarded-For": f"192.0.2.{CHANCE.randrange(256)}", "Content-Type": case.media_type or ""}
        if case.path in ("/sync", "/fill", "/enrol", "/contents", "/again", "/escrow"):
            body = self.laptop.settled(case.path, case.body)
            case.body = packed(body)
            case.headers = {}
            return headers | self.laptop.headers(case.path, case.body, body)
        if CHANCE.random() < 0.9:
            if case.path == "/web/sign-in":
                case.body = {"name": self.laptop.person, "password": PASSWORD}
            elif case.method == "POST" and case.path != "/web/sign-out":   # which would end the session of the others
                case.body = {"form": self.form}
            if "uid" in case.path_parameters:
                case.path_parameters["uid"] = self.laptop.person
            if "dev" in case.path_parameters:
                case.path_parameters["dev"] = self.laptop.spare()
        return headers | {"Cookie": self.cookie, "Origin": self.it.url}


def look(it: Served, hub: Hub, role: Role, body: str, examples: int) -> collections.Counter[tuple[str, int]]:
    """Ask all that the OpenAPI names; gives how often each answer came. Raises where one is not as it says."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from schemathesis.checks import not_a_server_error

    described = json.loads(it.ask("/openapi.json")[2])
    visit = Visit(it, hub, role, body)
    answers: collections.Counter[tuple[str, int]] = collections.Counter()
    for found in schemathesis.openapi.from_dict(described).get_all_operations():
        operation = found.ok()
        if operation.path.startswith("/web") and not visit.cookie:
            continue   # a stranger there is sent to the sign-in: test_web

        @seed(20261128)
        @given(case=operation.as_strategy())
        @settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))
        def ask(case: Any) -> None:
            headers = visit.settle(case)
            answer = case.call(base_url=it.url, headers=headers, verify=str(it.folder / CA_FILE), allow_redirects=False)
            answers[f"{case.method} {case.path}", answer.status_code] += 1
            case.validate_response(answer, checks=[not_a_server_error])

        ask()
    return answers


def run(folder: Path, examples: int) -> dict[Role, collections.Counter[tuple[str, int]]]:
    """Every role once; gives the answers of each."""
    hub = a_hub(folder, system_clock)
    body = a_body(hub)
    know_our_kind()
    with served(folder) as it:
        answers = {role: look(it, hub, role, body, examples) for role in Role}
    hub.close()
    assert [line for line in it.log if line["event"] == "fault"] == []
    return answers


def accepted(answers: collections.Counter[tuple[str, int]]) -> float:
    """The share that was done: 2xx, and the way on that a form or a page is answered with."""
    return sum(n for (_, status), n in answers.items() if status < 400) / answers.total()


def test_as_each_role_nothing_fails_and_most_is_accepted(tmp_path: Path) -> None:
    answers = run(tmp_path / "hub", EXAMPLES)
    assert {role: round(accepted(a), 2) for role, a in answers.items() if accepted(a) < 0.7} == {}
    asked = {path for a in answers.values() for path, _ in a}
    assert {"POST /sync", "POST /fill", "POST /enrol", "POST /escrow", "GET /web", "POST /web/computers/{dev}/stop", "GET /metrics"} <= asked
    assert all(status < 500 for a in answers.values() for _, status in a)
    taken = sum(n for a in answers.values() for (path, status), n in a.items() if (path, status) == ("POST /sync", 200))
    assert taken > 40


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--examples", type=int, default=500, help="requests for each path and role")
    for each, said in run(Path(tempfile.mkdtemp()) / "hub", words.parse_args().examples).items():
        print(f"{each.name}: {said.total()} requests, {accepted(said):.0%} accepted, "
              f"{sum(n for (_, status), n in said.items() if status >= 500)} errors of the server")
