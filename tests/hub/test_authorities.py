"""A change of the hub's certificate authority: announced, learned over the old one, used; over real TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from kanto_desk.clock import system_clock
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts, authorities
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.sync.authorities import announced, with_next
from kanto_desk.sync.client import known_hub
from kanto_desk.sync.wire import Garbled
from tests.hub.test_process import joined, serving, sync
from tests.sync.parts import a_body, a_hub, a_person


def test_laptops_learn_the_next_authority_before_it_is_used(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with hub.write() as conn:
        codes = [accounts.new_code(conn, person, system_clock()) for _ in range(3)]
    with pytest.raises(Refused, match="次の認証局"):
        authorities.use_next(hub)
    with serving(tmp_path / "hub") as url:
        one, two = (joined(tmp_path, name, url, code) for name, code in zip(("one", "two"), codes[:2], strict=True))
        sync(one)
        first = authorities.announce(hub)
        assert authorities.announce(hub) == first   # asked twice, it is the same
        sync(one)   # learns it
        assert authorities.not_told(hub) == ["one", "two"]   # it has not said so yet
        sync(one)
        assert authorities.not_told(hub) == ["two"]
        with pytest.raises(Refused, match="two"):
            authorities.use_next(hub)
        assert authorities.use_next(hub, anyway=True) == first
    assert fingerprint((tmp_path / "hub" / CA_FILE).read_bytes()) == first
    with serving(tmp_path / "hub") as url:
        for store in (one, two):
            known = known_hub(store)
            known.url = url
            with store.write() as conn:
                from kanto_desk.sync.client import keep_known
                keep_known(conn, known)
        sync(one)
        with pytest.raises(OSError, match=r"(?i)certificate"):
            sync(two)   # it was told that this would be so
        three = joined(tmp_path, "three", url, codes[2])   # a new line names the new authority
        sync(three)
        second = authorities.announce(hub)   # and the next change
        sync(one)
        sync(one)
        assert announced(known_hub(one).ca) == second[:8]
        assert known_hub(one).ca.count("BEGIN CERTIFICATE") == 2
    for store in (one, two, three):
        store.close()
    hub.close()


def test_what_is_no_certificate_is_not_kept() -> None:
    with pytest.raises(Garbled):
        with_next("", "no certificate")
    assert announced("") == ""
