"""`kanto-desk hub …` as somebody at the secretariat types it: what is wrong is told, and nothing half-done stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from kanto_desk.cli import main
from kanto_desk.clock import system_clock
from kanto_desk.db.records.consultations import Entry
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
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


@pytest.mark.parametrize("name", ["公益財団法人茨城県中小企業振興公社", "特定非営利活動法人 髙𠮷の長い名前の会" * 6, "A" * 200])
def test_a_hub_may_have_any_name(place: list[str], capsys, name: str) -> None:
    assert said(capsys, "hub", "init", "--name", name, *place)[0] == 0
    assert said(capsys, "hub", "status", *place)[1]["name"] == name


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


def test_a_folder_of_another_hub_is_refused_and_left_as_it_is(tmp_path: Path, capsys, postgresql) -> None:
    folder = tmp_path / "hub"
    assert said(capsys, "hub", "init", "--name", "事務局", "--folder", str(folder))[0] == 0
    assert (folder / "hub.db").stat().st_mode & 0o777 == 0o600
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    other = ["--folder", str(folder), "--database", postgresql()]
    code, told = said(capsys, "hub", "init", "--name", "別の事務局", *other)
    assert code == 4 and "ca.pem" in told["message"]
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    (folder / "hub.db").rename(tmp_path / "moved away")   # as before a restore; laptops trust the authority that is left
    assert said(capsys, "hub", "init", "--name", "事務局", "--folder", str(folder))[0] == 4
    assert sorted(p.name for p in folder.iterdir()) == ["ca.key", "ca.pem"]


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path, capsys) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "hub"):
        code, told = said(capsys, "hub", "init", "--name", "事務局", "--folder", str(place))
        assert code == 4 and "フォルダーではなく" in told["message"]


def test_what_was_done_before_is_told_and_not_done_twice(place: list[str], tmp_path: Path, capsys) -> None:
    said(capsys, "hub", "init", "--name", "事務局", *place)
    assert said(capsys, "hub", "init", "--name", "事務局", *place)[0] == 4
    person = said(capsys, "hub", "people", "add", "高橋 直子", *place)[1]["person"]
    assert said(capsys, "hub", "people", "add", "高橋 直子", *place)[1]["same_name"] == 1
    assert "uid" in said(capsys, "hub", "code", "高橋 直子", *place)[1]["message"]
    assert "hub people list" in said(capsys, "hub", "code", "だれか", *place)[1]["message"]
    hub = open_hub(tmp_path / "hub", system_clock, place[3] if len(place) > 2 else None)
    desk = a_desk(hub, tmp_path / "one", person)
    dev = f"{desk.store.device()[0]:016x}"
    assert main(["hub", "revoke", dev, *place]) == 0
    assert "記録と写真を消します" in capsys.readouterr().out
    code, told = said(capsys, "hub", "revoke", dev, *place)
    assert code == 3 and "もう止めて" in told["message"]
    assert "hub devices" in said(capsys, "hub", "revoke", "xyz", *place)[1]["message"]
    assert len(said(capsys, "hub", "audit", "--what", "revoked", *place)[1]) == 1
    hub.close()


def test_a_second_organisation_takes_part_and_keeps_to_itself(place: list[str], tmp_path: Path, capsys) -> None:
    said(capsys, "hub", "init", "--name", "事務局", *place)
    body = said(capsys, "hub", "body", "add", "群馬の支援機関", "--base-code", "GNM", *place)[1]["body"]
    assert said(capsys, "hub", "body", "add", " 群馬の支援機関 ", *place)[0] == 3
    assert said(capsys, "hub", "body", "add", "二行\nの名前", *place)[0] == 3
    one = said(capsys, "hub", "people", "add", "高橋 直子", *place)[1]["person"]
    two = said(capsys, "hub", "people", "add", "佐々木 亮", "--body", "群馬の支援機関", "--programme", "branding", *place)[1]["person"]
    assert [(b["name"], b["base_code"], b["people"]) for b in said(capsys, "hub", "body", "list", *place)[1]] == [
        ("事務局", "KD", 1), ("群馬の支援機関", "GNM", 1)]
    branding = next(p for p in said(capsys, "hub", "programmes", *place)[1] if p["code"] == "branding")
    role = said(capsys, "hub", "people", "list", *place)[1][1]["roles"][0]
    assert (role["body"], role["programmes"]) == (body, [branding["uid"]])
    hub = open_hub(tmp_path / "hub", system_clock, place[3] if len(place) > 2 else None)
    desks = [a_desk(hub, tmp_path / name, who) for name, who in (("one", one), ("two", two))]
    _, _, line = a_visit(desks[0])
    for desk in desks:
        desk.sync()
    assert desks[1].store.get(Entry, line) is None
    hub.close()


def test_who_leaves_has_no_role_and_his_computer_forgets(place: list[str], tmp_path: Path, capsys) -> None:
    said(capsys, "hub", "init", "--name", "事務局", *place)
    one, two = (said(capsys, "hub", "people", "add", name, *place)[1]["person"] for name in ("高橋 直子", "佐々木 亮"))
    hub = open_hub(tmp_path / "hub", system_clock, place[3] if len(place) > 2 else None)
    writer, leaver = (a_desk(hub, tmp_path / name, who) for name, who in (("one", one), ("two", two)))
    _, _, line = a_visit(writer)
    _, _, own = a_visit(leaver)
    for desk in (writer, leaver, writer):
        desk.sync()
    assert leaver.store.get(Entry, line) is not None
    with hub.write() as conn:
        code = accounts.new_code(conn, two, hub.clock())
    told = said(capsys, "hub", "people", "leave", "佐々木 亮", *place)[1]
    assert told["computers"] == [f"{leaver.store.device()[0]:016x}"]
    leaver.sync()
    assert leaver.store.get(Entry, line) is None
    assert writer.store.get(Entry, own) is not None   # what he wrote stays
    people = {p["uid"]: p for p in said(capsys, "hub", "people", "list", *place)[1]}
    assert (people[two]["state"], people[two]["roles"], people[one]["state"]) == ("left", [], "active")
    for words in (["people", "leave", two], ["grant", two, "--role", "2"], ["code", two]):
        assert said(capsys, "hub", *words, *place)[0] == 3
    with hub.write() as conn, pytest.raises(Refused):
        accounts.enrol(conn, code, "a" * 16, "x", "A" * 43 + "=", "age1", hub.clock())
    hub.close()


def test_who_left_by_mistake_comes_back_with_his_roles_and_his_computer_fills_again(
        place: list[str], tmp_path: Path, capsys) -> None:
    said(capsys, "hub", "init", "--name", "事務局", *place)
    one, two = (said(capsys, "hub", "people", "add", name, *place)[1]["person"] for name in ("高橋 直子", "佐々木 亮"))
    said(capsys, "hub", "grant", two, "--role", "2", *place)
    hub = open_hub(tmp_path / "hub", system_clock, place[3] if len(place) > 2 else None)
    writer, leaver = (a_desk(hub, tmp_path / name, who) for name, who in (("one", one), ("two", two)))
    _, _, line = a_visit(writer)
    for desk in (writer, leaver):
        desk.sync()
    assert said(capsys, "hub", "people", "return", two, *place)[0] == 3, "he has not left"
    roles = {p["uid"]: p for p in said(capsys, "hub", "people", "list", *place)[1]}[two]["roles"]
    said(capsys, "hub", "people", "leave", two, *place)
    leaver.sync()
    assert leaver.store.get(Entry, line) is None
    assert said(capsys, "hub", "people", "return", "佐々木 亮", *place)[1] == {"person": two, "roles": 2}
    leaver.sync()
    assert leaver.store.get(Entry, line) is not None
    after = {p["uid"]: p for p in said(capsys, "hub", "people", "list", *place)[1]}[two]
    assert after["state"] == "active" and [{**r, "uid": ""} for r in after["roles"]] == [{**r, "uid": ""} for r in roles]
    with hub.read() as conn:
        assert conn.execute(select(t.audit.c.what).order_by(t.audit.c.n.desc())).scalars().first() == "person came back"
    assert said(capsys, "hub", "people", "return", two, *place)[0] == 3
    hub.close()


def test_names_are_one_short_line_and_programmes_and_cases_are_those_there_are(place: list[str], capsys) -> None:
    said(capsys, "hub", "init", "--name", "事務局", *place)
    for name in ("二行\nの名前", "タブ\tの名前", "長" * 5000):
        code, told = said(capsys, "hub", "people", "add", name, *place)
        assert (code, told["error"]) == (3, "refused")
    assert said(capsys, "hub", "people", "list", *place)[1] == []
    person = said(capsys, "hub", "people", "add", "高橋 直子", *place)[1]["person"]
    code, told = said(capsys, "hub", "grant", person, "--role", "4", "--programme", "nonsense", *place)
    assert code == 3 and "hub programmes" in told["message"]
    assert said(capsys, "hub", "grant", person, "--role", "8", "--case", "nonsense", *place)[0] == 3
    case = "0" * 31 + "1"
    code, told = said(capsys, "hub", "grant", person, "--role", "8", "--case", case, *place)
    assert (code, told["cases_waiting"]) == (0, [case]), "no such record has come"
    hub = open_hub(Path(place[1]), system_clock, place[3] if len(place) > 2 else None)
    with hub.write() as conn:
        conn.execute(insert(t.member).values(type="consultation", uid=case[::-1], root_type="consultation",
                                             root=case[::-1], person=person, body="b"))
    hub.close()
    for command in (["hub", "grant", person], ["hub", "people", "add", "佐々木 亮"]):
        code, told = said(capsys, *command, "--role", "8", "--case", case[::-1], *place)
        assert code == 3 and "案件ではありません" in told["message"]
    assert len(said(capsys, "hub", "people", "list", *place)[1]) == 1
    assert [r["cases"] for r in said(capsys, "hub", "people", "list", *place)[1][0]["roles"]] == [[], [case]]
    assert said(capsys, "hub", "grant", person, "--role", "8", "--case", case, "--end", *place)[1]["ended"]


def test_roles_are_told_with_their_organisation_and_programmes_and_who_left_counts_no_more(
        place: list[str], capsys) -> None:
    said(capsys, "hub", "init", "--name", "事務局", *place)
    said(capsys, "hub", "body", "add", "群馬の機関", "--base-code", "GNM", *place)
    programme = said(capsys, "hub", "programmes", *place)[1][0]
    first = said(capsys, "hub", "people", "add", "群馬 太郎", *place)[1]["person"]
    second = said(capsys, "hub", "people", "add", "群馬 太郎", *place)[1]
    assert second["same_name"] == 1
    assert said(capsys, "hub", "grant", first, "--role", "4", "--body", "群馬の機関", "--programme", programme["uid"],
                *place)[0] == 0
    listed = {p["uid"]: p for p in said(capsys, "hub", "people", "list", *place)[1]}
    assert [(r["body_name"], r["programme_names"]) for r in listed[first]["roles"]] == [
        ("事務局", []), ("群馬の機関", [programme["name"]])]
    assert main(["hub", "people", "list", *place]) == 0
    shown = capsys.readouterr().out
    lines = [line.split() for line in shown.splitlines() if first in line]
    assert [line[2:4] for line in lines] == [["専門家", "事務局"], ["事務局", "群馬の機関"]]
    assert programme["name"][:8] in shown
    entry, = said(capsys, "hub", "audit", "--what", "grant", *place)[1]
    assert (entry["detail"]["body"], entry["detail"]["programmes"]) == ("群馬の機関", programme["name"])
    said(capsys, "hub", "grant", first, "--role", "4", "--body", "群馬の機関", "--programme", programme["uid"], "--end",
         *place)
    ended, = said(capsys, "hub", "audit", "--what", "grant ended", *place)[1]
    assert ended["detail"]["body"] == "群馬の機関"

    assert "uid" in said(capsys, "hub", "code", "群馬 太郎", *place)[1]["message"]
    assert said(capsys, "hub", "people", "leave", second["person"], *place)[0] == 0
    assert said(capsys, "hub", "code", "群馬 太郎", *place)[1]["person"] == first
    assert "（使わない人）" in (main(["hub", "people", "list", *place]), capsys.readouterr().out)[1]
    assert said(capsys, "hub", "people", "return", "群馬 太郎", *place)[1]["person"] == second["person"]
    said(capsys, "hub", "people", "leave", second["person"], *place)
    assert said(capsys, "hub", "people", "add", "群馬 太郎", *place)[1]["same_name"] == 1
