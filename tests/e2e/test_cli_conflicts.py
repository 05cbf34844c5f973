"""Contested changes by command: listed with every side, decided by its mark; and the bytes of a sync."""

from __future__ import annotations

import json
from pathlib import Path

from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.records.organizations import Organization
from kanto_desk.services import desk as desks
from kanto_desk.services import receipts, sending
from tests.e2e.hub_commands import two_joined
from tests.e2e.program import CHEAP, PASSPHRASE, answer, run
from tests.sync.test_exchange import a_visit


def write(home: Path, line: str, text: str) -> None:
    desk = desks.unlock(home, PASSPHRASE, cost=CHEAP)
    with desk.store.operation("直す") as op:
        op.put("entry", line, {"text": text})
    desk.close()


def text_of(home: Path, line: str) -> str:
    desk = desks.unlock(home, PASSPHRASE, cost=CHEAP)
    found = desk.store.get(Entry, line)
    desk.close()
    assert found is not None
    return str(found.text)


def test_a_conflict_is_listed_and_decided_by_command(tmp_path: Path) -> None:
    with two_joined(tmp_path) as (url, one, two):
        desk = desks.unlock(one, PASSPHRASE, cost=CHEAP)
        _, _, line = a_visit(desk, "はじめ")
        desk.close()
        sent = answer(one, "sync")
        quiet = answer(one, "sync")
        assert sent["bytes_up"] > quiet["bytes_up"] > 0 and 0 < quiet["bytes_down"] < 2_000
        desk = desks.unlock(one, PASSPHRASE, cost=CHEAP)
        quietly, first = receipts.kept(desk.store)
        assert (first.sent, first.trouble, quietly.sent, first.automatic) == (sent["sent"], "", 0, False)
        assert sent["sent"] > 0 and sent["trips"] > 0 and sending.last_success(desk.store) == quietly.moment
        desk.close()
        answer(two, "sync")
        elsewhere = answer(two, "sync", "--hub", url)
        assert {"sent", "received", "conflicts", "refused", "bytes_up", "bytes_down", "took_ms"} <= set(elsewhere)
        assert run(two, "sync", "--hub", url.replace("https", "http")).returncode == 3
        assert run(two, "sync", "--hub", "https://127.0.0.1:9").returncode == 4
        assert answer(two, "conflicts", "list") == {"conflicts": []}
        write(one, line, "右")
        write(two, line, "左")
        assert answer(one, "sync")["conflicts"] == 0 and answer(two, "sync")["conflicts"] == 1
        listed, = answer(two, "conflicts", "list")["conflicts"]
        assert (listed["type"], listed["id"], listed["field"]) == ("entry", line, "text")
        marks = {side["value"]: side["choice"] for side in listed["sides"]}
        assert set(marks) == {"右", "左"} and listed["choices"] == [*(s["choice"] for s in listed["sides"]), "both"]
        shown = run(two, "conflicts", "list").stdout
        assert all(word in shown for word in ("右", "左", marks["右"], line, "高橋 直子"))
        wrong = run(two, "conflicts", "resolve", "entry", line, "text", "ffffff", "--json")
        assert wrong.returncode == 3 and text_of(two, line) in marks and "何も変えていません" in json.dumps(
            json.loads(wrong.stdout), ensure_ascii=False)
        for words in ([], [marks["右"], "--text", "両方"], ["--file", str(tmp_path / "none")]):
            assert run(two, "conflicts", "resolve", "entry", line, "text", *words).returncode == 2
        assert run(two, "conflicts", "resolve", "entry", line, "text", "--text", "あ" * 20_001).returncode == 3
        assert answer(two, "conflicts", "list")["conflicts"] == [listed]
        done = answer(two, "conflicts", "resolve", "entry", line, "text", marks["右"])
        assert done["left"] == 0 and text_of(two, line) == "右"
        assert run(two, "conflicts", "resolve", "entry", line, "text", marks["右"]).returncode == 3   # it waits no more
        answer(two, "sync")
        assert answer(one, "sync")["conflicts"] == 0 and text_of(one, line) == "右"
        write(one, line, "右2")
        write(two, line, "左2")
        assert answer(one, "sync")["conflicts"] == 0 and answer(two, "sync")["conflicts"] == 1
        (tmp_path / "anew.txt").write_text("1行目\n2行目\n", "utf-8")
        done = answer(two, "conflicts", "resolve", "entry", line, "text", "--file", str(tmp_path / "anew.txt"))
        assert (done["left"], done["resolved"]["value"]) == (0, "1行目\n2行目")
        answer(two, "sync")
        assert answer(one, "sync")["conflicts"] == 0 and text_of(one, line) == "1行目\n2行目"


def test_a_sync_that_would_delete_much_waits_for_a_word(tmp_path: Path) -> None:
    with two_joined(tmp_path) as (_, one, two):
        desk = desks.unlock(one, PASSPHRASE, cost=CHEAP)
        with desk.store.operation("名簿") as op:
            companies = [op.add("organization", {"name": f"会社{i}"}) for i in range(30)]
        desk.close()
        answer(one, "sync")
        assert answer(two, "sync")["deletions"] is None
        desk = desks.unlock(one, PASSPHRASE, cost=CHEAP)
        with desk.store.operation("消す") as op:
            for uid in companies:
                op.delete("organization", uid)
        desk.close()
        answer(one, "sync")
        waits = run(two, "sync", "--json")
        told = json.loads(waits.stdout)["deletions"]
        assert waits.returncode == 5
        assert (told["records"], told["kinds"]) == (30, {"organization": 30})
        assert [(one["by"], one["records"]) for one in told["by"]] == [("高橋 直子", 30)]
        shown = run(two, "sync")
        assert shown.returncode == 5 and "30件" in shown.stdout and "sync --deletions keep" in shown.stdout
        kept = run(two, "sync", "--deletions", "keep", "--json")
        assert kept.returncode == 0 and json.loads(kept.stdout)["deletions_answered"] == 30
        answer(one, "sync")
        desk = desks.unlock(one, PASSPHRASE, cost=CHEAP)
        assert all(desk.store.get(Organization, uid).deleted_at is None for uid in companies)
        desk.close()
