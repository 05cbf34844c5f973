"""A text that is too long for the other desks stays with who wrote it, is told, and holds nothing up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.records.organizations import Organization
from kanto_desk.errors import Refused
from kanto_desk.fields import MOST_TEXT, is_too_long
from kanto_desk.services import importing, organizations, records, refusals, timeline
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit


def test_a_text_above_the_bound_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    one, two = (a_desk(hub, tmp_path / name, person) for name in ("one", "two"))
    _, visit, before = a_visit(one, "はじめ")
    texts = ["あ" * (MOST_TEXT // 3 + 1), "い" * (MOST_TEXT // 3), "おわり"]
    lines = []
    for text in texts:
        with one.store.operation("行") as op:
            lines.append(op.add("entry", {"consultation": visit, "kind": "said"}))
            op.put_wire("entry", lines[-1], {"text": text})   # as a program before this one took it
    told = one.sync()
    assert (told.not_taken, told.left) == (1, 0)
    two.sync()
    assert [two.store.get(Entry, uid) is not None for uid in (before, *lines)] == [True, False, True, True]
    no, = refusals.listing(one.store)
    assert no.uid == lines[0] and "長すぎます（34万字" in no.why
    assert one.store.get(Entry, lines[0]).text == texts[0], "nothing is lost here"
    with one.store.operation("短く") as op:
        op.put("entry", lines[0], {"text": "短い"})
    refusals.send_all(one.store)
    one.sync()
    refusals.send_all(one.store)
    one.sync()
    two.sync()
    assert refusals.count(one.store) == 0 and two.store.get(Entry, lines[0]).text == "短い"


def test_no_desk_takes_what_no_hub_takes(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    one = a_desk(hub, tmp_path / "one", a_person(hub, a_body(hub)))
    company, visit, line = a_visit(one, "はじめ")
    most = "い" * (MOST_TEXT // 3)
    with pytest.raises(Refused, match="「内容」が長すぎます（34万字くらいまで）"):
        timeline.add(one.store, visit, "said", most + "い")
    with pytest.raises(Refused, match="長すぎます"):
        organizations.edit(one.store, company, {"city": "諏訪市", "notes": "a" * (20 << 20)})
    assert [entry.uid for entry in timeline.lines(one.store, visit)] == [line]
    assert one.store.get(Organization, company).city is None, "nothing half-done stays"
    timeline.add(one.store, visit, "said", most)
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"name": name, "notes": notes}) + "\n"
                            for name, notes in (("一", "あ"), ("二", "a" * (20 << 20)), ("三", "い"))))
    done = records.import_records(one.store, "organization", rows)
    assert [(o.what, "長すぎます" in "".join(o.remarks)) for o in done.outcomes] == [
        (importing.CREATED, False), (importing.REJECTED, True), (importing.CREATED, False)]
    assert one.sync().not_taken == 0


def test_the_bound_is_one_of_bytes() -> None:
    assert not is_too_long("a" * MOST_TEXT) and is_too_long("a" * (MOST_TEXT + 1)) and is_too_long("😀" * (MOST_TEXT // 4 + 1))
    assert not is_too_long(None) and not is_too_long(["a" * (MOST_TEXT + 1)])
