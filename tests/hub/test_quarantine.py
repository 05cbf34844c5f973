"""What a copied laptop tried to send: it is listed, shown, written out and taken in, each change once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from kanto_desk.clock import system_clock
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.store import Store
from kanto_desk.hub.opening import Hub
from kanto_desk.sync.client import NotAnswered
from tests.db.parts import SetClock
from tests.hub.test_commands import said
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit

KEY = bytes(range(32))


@pytest.fixture
def copied(tmp_path: Path) -> tuple[Hub, Desk, str, str]:
    """A hub that has stopped a laptop and its copy; the laptop of a colleague, and two lines of the copy."""
    hub = a_hub(tmp_path / "hub", system_clock)
    body = a_body(hub)
    one = a_desk(hub, tmp_path / "one", a_person(hub, body), key=KEY)
    colleague = a_desk(hub, tmp_path / "colleague", a_person(hub, body, name="佐々木 亮"))
    _, visit, line = a_visit(one)
    one.sync()
    one.store.close()
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    first, copy = (Desk(Store(make_engine(tmp_path / name / "records.db", KEY), SetClock(), "高橋 直子"), one.link)
                   for name in ("one", "copy"))
    with first.store.operation("こちら") as op:
        op.put("entry", line, {"text": "こちらで直した"})
    with copy.store.operation("写し") as op:
        added = op.add("entry", {"consultation": visit, "kind": "said", "text": "写しだけにある行", "place": "b"})
    with copy.store.operation("写し") as op:
        op.put("entry", added, {"text": "写しだけにある行を、もう一度直した"})
    first.sync()
    with pytest.raises(NotAnswered):
        copy.sync()
    return hub, colleague, line, added


def test_it_is_looked_at_written_out_and_taken_in_once(copied: tuple[Hub, Desk, str, str], tmp_path: Path, capsys) -> None:
    hub, colleague, line, added = copied
    place = ("--folder", str(hub.folder))
    kept = said(capsys, "hub", "quarantine", "list", *place)[1]
    assert [(k["person"], k["changes"], k["lacking"], k["damaged"]) for k in kept] == [("高橋 直子", 2, 2, False)]
    name = kept[0]["name"]
    shown = said(capsys, "hub", "quarantine", "show", name, *place)[1]
    assert [(c["type"], c["uid"], c["lacking"]) for c in shown] == [("entry", added, True)] * 2
    assert "写しだけ" not in json.dumps(shown, ensure_ascii=False)
    out = tmp_path / "out.jsonl"
    assert said(capsys, "hub", "quarantine", "export", name, str(out), *place)[1]["changes"] == 2
    assert [json.loads(x)["set"]["text"] for x in out.read_text("utf-8").splitlines()][1].endswith("もう一度直した")
    assert said(capsys, "hub", "quarantine", "export", name, str(out), *place)[0] == 3
    colleague.sync()
    assert colleague.store.get(Entry, added) is None
    assert said(capsys, "hub", "quarantine", "take", name, *place) == (0, {"changes": 2, "refused": 0})
    assert said(capsys, "hub", "quarantine", "take", name, *place) == (0, {"changes": 0, "refused": 0})
    colleague.sync()
    assert colleague.store.get(Entry, added).text == "写しだけにある行を、もう一度直した"
    assert colleague.store.get(Entry, line).text == "こちらで直した"
    assert said(capsys, "hub", "status", *place)[1]["conflicts"] == 0   # it follows what it changed itself
    assert said(capsys, "hub", "quarantine", "list", *place)[1][0]["lacking"] == 0
    assert [a["what"] for a in said(capsys, "hub", "audit", "--limit", "1", *place)[1]] == ["quarantine taken"]
    hub.close()


def test_other_names_and_damaged_files_are_told(copied: tuple[Hub, Desk, str, str], capsys) -> None:
    hub = copied[0]
    place = ("--folder", str(hub.folder))
    for name in ("../hub.db", "nothing", "0" * 16 + "-20260101T000000-0000.json.zst"):
        for words in (("show", name), ("take", name)):
            assert said(capsys, "hub", "quarantine", *words, *place)[0] == 3
    file = next((hub.folder / "quarantine").iterdir())
    file.write_bytes(file.read_bytes()[:-9])
    assert said(capsys, "hub", "quarantine", "list", *place)[1][0]["damaged"]
    code, told = said(capsys, "hub", "quarantine", "take", file.name, *place)
    assert code == 3 and "壊れて" in told["message"]
    hub.close()
