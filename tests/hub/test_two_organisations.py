"""What two organisations see of one another's companies, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.records.people import Affiliation, Person
from kanto_desk.hub.opening import Hub
from kanto_desk.masters import organizations
from kanto_desk.services.organizations import contacts
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit
from tests.sync.test_other_bodies import (
    a_visit_shows_nobody_what_others_wrote,
    journal,
    notes_of,
    sync,
    what_is_typed_while_values_are_withdrawn_stays,
)

Three = tuple[Hub, Desk, Desk, Desk]


@pytest.fixture(params=["sqlite", "postgresql"])
def three(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Three]:
    """Two colleagues of one organisation, one expert of another."""
    database = request.getfixturevalue("postgresql")() if request.param == "postgresql" else None
    hub = a_hub(tmp_path / "hub", database=database)
    here, there = a_body(hub, "長野県テクノ財団"), a_body(hub, "群馬県産業支援機構")
    one, colleague = (a_desk(hub, tmp_path / name, a_person(hub, here, name=name)) for name in ("一郎", "同僚"))
    yield hub, one, colleague, a_desk(hub, tmp_path / "other", a_person(hub, there, name="二郎"))
    hub.close()


def agreed(desk: Desk, visit: str, company: str) -> str:
    with desk.store.operation("同意") as op:
        return op.add("consent", {"consultation": visit, "organization": company, "code": "20"})


def test_a_visit_shows_nobody_what_others_wrote(three: Three) -> None:
    a_visit_shows_nobody_what_others_wrote(*three)


def test_what_is_typed_while_values_are_withdrawn_stays(three: Three) -> None:
    hub, one, _, other = three
    what_is_typed_while_values_are_withdrawn_stays(hub, one, other)


def test_a_contact_that_another_organisation_adds_is_seen_by_its_maker(three: Three, tmp_path: Path) -> None:
    hub, one, colleague, other = three
    company, visit, _ = a_visit(one)
    consent = agreed(one, visit, company)
    sync(one, colleague, other, other)
    with other.store.operation("連絡先") as op:
        person = op.add("person", {"name": "群馬の知り合い", "phone": "027-000-1111"})
        contact = op.add("affiliation", {"person": person, "organization": company, "role": "部長"})
    assert other.sync().not_taken == 0
    with one.store.operation("撤回") as op:
        op.put("consent", consent, {"withdrawn_on": one.store.clock().date()})
    sync(one, other, colleague)
    assert other.store.get(Person, person).phone == "027-000-1111"
    assert other.store.get(Affiliation, contact).role == "部長", "who wrote a row sees what he wrote"
    fresh = a_desk(hub, tmp_path / "fresh", other.known.person)
    fresh.sync()
    assert fresh.store.get(Affiliation, contact).role == "部長" and fresh.store.get(Person, person) is not None
    for desk in (one, colleague):
        assert desk.store.get(Person, person) is None
        assert desk.store.get(Affiliation, contact).role is None and "部長" not in journal(desk)
        assert contacts(desk.store, company) == (), "no contact without a name"


def test_a_visit_that_moves_to_another_company_takes_with_it_what_it_showed_of_the_first(three: Three) -> None:
    _, one, colleague, other = three
    first, second = organizations()[0].uid, organizations()[1].uid
    with one.store.operation("メモ") as op:
        for company in (first, second):
            op.put("organization", company, {"notes": f"秘密 {company}"})
        held = op.add("consultation", {"organization": first, "theme": "相談"})
        op.add("consent", {"consultation": held, "organization": first, "code": "20"})
    with other.store.operation("相談") as op:
        visit = op.add("consultation", {"organization": first, "theme": "群馬の相談"})
        op.put("organization", first, {"phone": "027-000-0001"})
    sync(one, other, other)
    assert notes_of(other, first)[0] == f"秘密 {first}", "it holds a visit, and the company agreed"
    with other.store.operation("移す") as op:
        op.put("consultation", visit, {"organization": second})
    assert other.sync().not_taken == 0
    sync(other, one, colleague, other)
    assert notes_of(other, first) == (None, 0) and "秘密" not in journal(other)
    assert other.store.get(Organization, first).phone == "027-000-0001", "what it wrote itself stays"
    assert notes_of(one, first) == (f"秘密 {first}", 0)
    with other.store.operation("戻す") as op:
        op.put("consultation", visit, {"organization": first})
    sync(other, other)
    assert notes_of(other, first)[0] == f"秘密 {first}"


def test_a_consent_that_moves_to_another_company_ends_what_it_allowed(three: Three) -> None:
    _, one, colleague, other = three
    first, second = organizations()[0].uid, organizations()[1].uid
    with one.store.operation("メモ") as op:
        op.put("organization", first, {"notes": "秘密"})
        held = op.add("consultation", {"organization": first, "theme": "相談"})
        consent = op.add("consent", {"consultation": held, "organization": first, "code": "20"})
    with other.store.operation("相談") as op:
        op.add("consultation", {"organization": first, "theme": "群馬の相談"})
    sync(one, other, other)
    assert notes_of(other, first)[0] == "秘密"
    with colleague.store.operation("直す") as op:
        op.put("consultation", held, {"theme": "相談 2"})
    with one.store.operation("直す") as op:
        op.put("consent", consent, {"organization": second})
    sync(one, other)
    assert notes_of(other, first) == (None, 0) and "秘密" not in journal(other)
