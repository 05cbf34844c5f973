"""`kanto-desk hub …` as somebody at the secretariat types it: what is wrong is told, and nothing half-done stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kanto_desk.cli import main
from kanto_desk.clock import system_clock
from kanto_desk.db.records.consultations import Entry
from kanto_desk.hub.opening import open_hub
from tests.sync.parts import a_desk
from tests.sync.test_exchange import a_visit


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    database = ["--database", request.getfixturevalue("postgresql")()] if request.param == "postgresql" else []
    return ["--folder", str(tmp_path / "hub"), *database]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    code = main([*words, "--json"])
    told = capsys.readouterr().out
    return code, json.loads(told) if told else {}


def test_a_hub_without_a_name_is_none_at_all(place: list[str], capsys) -> None:
    assert said(capsys, "hub", "init", "--name", " ", *place)[0] == 3
    assert said(capsys, "hub", "status", *place)[0] == 4
    assert said(capsys, "hub", "init", "--name", "事務局", *place)[0] == 0   # the next try is not in the way of the first
    assert said(capsys, "hub", "people", "add", "高橋 直子", *place)[0] == 0
    assert said(capsys, "hub", "status", *place)[1]["name"] == "事務局"


def test_wrong_words_are_told_as_such(place: list[str], capsys) -> None:
    folder = place[:2]
    assert said(capsys, "hub", "serve", "--port", "65536", *place)[0] == 2
    for address in ("mysql://x", "::::", "postgresql", "sqlite:///x.db"):
        code, told = said(capsys, "hub", "status", *folder, "--database", address)
        assert (code, told["error"]) == (3, "refused") and "postgresql://" in told["message"]
    assert said(capsys, "hub", "init", "--name", "事務局", *place)[0] == 0
    assert said(capsys, "hub", "audit", "--limit", "0", *place)[1] == []


def test_a_role_is_given_once_and_taken_away(place: list[str], tmp_path: Path, capsys) -> None:
    said(capsys, "hub", "init", "--name", "事務局", *place)
    person = said(capsys, "hub", "people", "add", "高橋 直子", *place)[1]["person"]
    other = said(capsys, "hub", "people", "add", "佐々木 亮", *place)[1]["person"]
    assert said(capsys, "hub", "grant", "佐々木 亮", "--role", "1", *place)[0] == 3
    assert said(capsys, "hub", "grant", "佐々木 亮", "--role", "2", "--end", *place)[0] == 3
    hub = open_hub(tmp_path / "hub", system_clock, place[3] if len(place) > 2 else None)
    one, two = (a_desk(hub, tmp_path / name, who) for name, who in (("one", person), ("two", other)))
    _, _, line = a_visit(one)
    one.sync()
    two.sync()
    assert two.store.get(Entry, line) is not None
    assert said(capsys, "hub", "grant", "佐々木 亮", "--role", "1", "--end", *place)[1]["ended"]
    two.sync()
    assert two.store.get(Entry, line) is None
    assert said(capsys, "hub", "grant", "佐々木 亮", "--role", "1", *place)[0] == 0
    two.sync()
    assert two.store.get(Entry, line) is not None
    assert [e["what"] for e in said(capsys, "hub", "audit", "--limit", "2", *place)[1]] == ["grant", "grant ended"]
    hub.close()
