"""One sync after another between real desks and a real hub."""

from __future__ import annotations

from pathlib import Path

from kanto_desk.db.records.consultations import Consultation, Entry
from kanto_desk.db.records.organizations import Organization
from tests.db.parts import SetClock
from tests.sync.parts import a_body, a_desk, a_hub, a_person


def a_visit(desk, text: str = "受注が減る見込み", **values) -> tuple[str, str, str]:
    with desk.store.operation("相談") as op:
        company = op.add("organization", {"name": "宮坂精密", "notes": "社長は午前が良い"})
        visit = op.add("consultation", {"organization": company, "theme": "医療機器への参入", **values})
        line = op.add("entry", {"consultation": visit, "kind": "said", "text": text})
    return company, visit, line


def test_what_one_desk_writes_stands_on_the_other(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    one, two = (a_desk(hub, tmp_path / name, person) for name in ("one", "two"))
    company, visit, line = a_visit(one)
    sent = one.sync()
    assert (sent.sent, sent.left, sent.not_taken) == (3, 0, 0)
    came = two.sync()
    assert {("entry", line), ("consultation", visit), ("organization", company)} <= came.came
    assert two.store.get(Entry, line).text == "受注が減る見込み"
    assert two.store.get(Consultation, visit).theme == "医療機器への参入"
    with two.store.operation("直す") as op:
        op.put("entry", line, {"text": "受注が2割減る見込み"})
    two.sync()
    one.sync()
    assert one.store.get(Entry, line).text == "受注が2割減る見込み"
    again = one.sync()
    assert (again.sent, again.came, again.trips) == (0, set(), 1)


def test_two_edits_apart_keep_both_values_on_every_desk(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    one, two = (a_desk(hub, tmp_path / name, person) for name in ("one", "two"))
    _, _, line = a_visit(one)
    one.sync()
    two.sync()
    for desk, text in ((one, "右"), (two, "左")):
        with desk.store.operation("直す") as op:
            op.put("entry", line, {"text": text})
    one.sync()
    two.sync()
    one.sync()
    heads = []
    for desk in (one, two):
        with desk.store.read() as conn:
            from sqlalchemy import text
            other = conn.execute(text("SELECT value FROM head WHERE uid = :u AND field = 'text'"), {"u": line}).scalars().all()
        heads.append({desk.store.get(Entry, line).text, *(v.strip('"') for v in other)})
    assert heads == [{"右", "左"}, {"右", "左"}]


def test_another_body_sees_a_company_only_with_consent_and_never_its_notes(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    mine, theirs = a_body(hub), a_body(hub, "群馬県産業支援機構")
    one = a_desk(hub, tmp_path / "one", a_person(hub, mine))
    two = a_desk(hub, tmp_path / "two", a_person(hub, theirs, name="佐々木 亮"))
    company, visit, _ = a_visit(one)
    one.sync()
    two.sync()
    assert two.store.get(Organization, company) is None
    with one.store.operation("同意") as op:
        consent = op.add("consent", {"consultation": visit, "organization": company, "code": "20"})
    one.sync()
    two.sync()
    seen = two.store.get(Organization, company)
    assert seen is not None and seen.name == "宮坂精密" and seen.notes is None
    assert two.store.get(Consultation, visit) is None
    with one.store.operation("撤回") as op:
        op.put("consent", consent, {"withdrawn_on": one.store.clock().date()})
    one.sync()
    two.sync()
    assert two.store.get(Organization, company) is None


def test_a_clock_months_off_costs_one_more_trip(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    clock = SetClock()
    desk = a_desk(hub, tmp_path / "one", a_person(hub, a_body(hub)), clock)
    clock.forward(days=-90)
    a_visit(desk)
    assert desk.sync().sent == 3
    assert [status for _, _, status, _ in desk.link.trips if status != 200] == [401]
    a_visit(desk)
    before = len(desk.link.trips)
    desk.sync()
    assert len(desk.link.trips) == before + 1
