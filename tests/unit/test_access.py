"""Who sees what: placements of visits, private lines, attachments and companies, and who may write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kanto_desk.fields import Level
from kanto_desk.rules.access import (
    MEMBER,
    PUBLIC,
    Grant,
    Reader,
    Role,
    Root,
    Sight,
    body_scope,
    case_scope,
    may_write,
    office_scope,
    person_scope,
    placement,
    programme_scope,
    scopes_read,
    secretariat_scope,
    sight,
    visible,
)

VISIT = Root("consultation", "v", "高橋", frozenset({"長野"}), frozenset({"p1"}), "P3", shown_to_related=True)


def seen_by(role: Role, placed: dict, *, person: str = "佐々木", body: str = "群馬", programmes: tuple[str, ...] = (),
            cases: tuple[str, ...] = ()) -> Level | None:
    reader = Reader(person, (Grant(role, body, frozenset(programmes), frozenset(cases)),))
    return visible(placed, scopes_read(reader))


@pytest.mark.parametrize(("level", "wanted"), [
    ("P0", {person_scope("高橋", "長野")}),
    ("P1", {person_scope("高橋", "長野"), body_scope("長野"), office_scope("p1")}),
    (None, {person_scope("高橋", "長野"), body_scope("長野"), office_scope("p1")}),
    ("P2", {person_scope("高橋", "長野"), body_scope("長野"), office_scope("p1"), programme_scope("p1")}),
    ("P3", {person_scope("高橋", "長野"), body_scope("長野"), office_scope("p1"), programme_scope("p1"), MEMBER}),
    ("P4", {person_scope("高橋", "長野"), body_scope("長野"), office_scope("p1"), programme_scope("p1"), MEMBER, PUBLIC}),
])
def test_a_visit_goes_as_far_as_its_level(level: str | None, wanted: set[str]) -> None:
    root = Root("consultation", "v", "高橋", frozenset({"長野"}), frozenset({"p1"}), level, shown_to_related=True)
    assert set(placement("consultation", {}, root, "高橋")) == wanted


def test_without_consent_nothing_leaves_the_body_and_its_office() -> None:
    root = Root("consultation", "v", "高橋", frozenset({"長野"}), frozenset({"p1"}), "P4", shown_to_related=False)
    placed = placement("consultation", {}, root, "高橋")
    assert set(placed) == {person_scope("高橋", "長野"), body_scope("長野"), office_scope("p1")}


def test_a_private_line_reaches_its_writer_alone_even_on_the_visit_of_another() -> None:
    placed = placement("entry", {"kind": "memo"}, VISIT, "佐々木", body="群馬")
    assert set(placed) == {person_scope("佐々木", "群馬")}
    assert seen_by(Role.SECRETARIAT, placed, person="事務局", body="長野", programmes=("p1",)) is None
    assert set(placement("entry", {"kind": "said"}, VISIT, "佐々木")) > {MEMBER}


@pytest.mark.parametrize(("confidentiality", "office", "member"), [
    ("1", True, True), ("2", True, False), ("3", True, False), (None, True, False), ("4", False, False)])
def test_attachments_go_no_further_than_their_confidentiality(confidentiality: str | None, office: bool,
                                                              member: bool) -> None:
    placed = placement("attachment", {"confidentiality": confidentiality}, VISIT, "高橋")
    assert body_scope("長野") in placed
    assert (office_scope("p1") in placed, MEMBER in placed) == (office, member)


@pytest.mark.parametrize("kind", ["version", "confirmation"])
def test_what_was_signed_stays_with_body_and_office(kind: str) -> None:
    placed = placement(kind, {}, VISIT, "高橋", body="長野")
    assert set(placed) == {person_scope("高橋", "長野"), body_scope("長野"), office_scope("p1")}


def test_what_lies_in_the_bin_goes_to_nobody_beyond() -> None:
    near = {person_scope("高橋", "長野"), body_scope("長野"), office_scope("p1")}
    assert set(placement("entry", {"kind": "said", "deleted_at": "2026-11-28T00:00:00+00:00"}, VISIT, "高橋")) == near
    assert set(placement("entry", {"kind": "said"}, replace(VISIT, deleted=True), "高橋")) == near


def test_an_organizations_internal_notes_stay_with_those_in_charge() -> None:
    agreed = Root("organization", "o", "高橋", frozenset({"長野"}), frozenset({"p1"}), shown_to_related=True,
                  holding={"長野": frozenset({"p1"})}, agreed=frozenset({"長野"}))
    placed = placement("organization", {}, agreed, "高橋", body="長野")
    assert seen_by(Role.EXPERT, placed, body="長野") is Level.DESK
    assert seen_by(Role.EXPERT, placed, body="群馬") is Level.PUBLIC
    assert seen_by(Role.SECRETARIAT, placed, body="群馬", programmes=("p1",)) is Level.DESK
    assert seen_by(Role.READER, placed) is None
    closed = placement("organization", {}, Root("organization", "o", "高橋", frozenset({"長野"})), "高橋", body="長野")
    assert seen_by(Role.EXPERT, closed, body="群馬") is None


@pytest.mark.parametrize(("agreed", "shared", "maker", "visitor"), [
    (False, False, Level.DESK, Level.OWN), (True, False, Level.DESK, Level.DESK),
    (False, True, Level.OWN, Level.OWN), (True, True, Level.OWN, Level.DESK)])
def test_a_visit_puts_nobody_in_charge_of_what_others_wrote(agreed: bool, shared: bool, maker: Level,
                                                            visitor: Level) -> None:
    root = Root("organization", "o", "高橋", frozenset({"長野", "群馬"}), shown_to_related=agreed,
                holding={"群馬": frozenset()}, agreed=frozenset({"長野"}) if agreed else frozenset())
    placed = placement("organization", {}, root, "高橋", body="長野", shared=shared, writers=frozenset({"長野"}))
    assert (placed[body_scope("長野")], placed[body_scope("群馬")]) == (maker, visitor)
    own = sight({body_scope("群馬"): Level.OWN}, {body_scope("群馬"), MEMBER})
    assert own == Sight(Level.PUBLIC, frozenset({"群馬"}))


def test_a_consent_or_a_programme_of_ones_own_opens_nothing_of_others() -> None:
    root = Root("organization", "o", "", frozenset({"長野", "群馬"}), frozenset({"p1", "p2"}),
                holding={"群馬": frozenset({"p1"}), "長野": frozenset({"p2"})}, agreed=frozenset({"群馬"}))
    placed = placement("organization", {}, root, "", shared=True, writers=frozenset({"長野"}))
    assert (placed[body_scope("群馬")], placed[body_scope("長野")]) == (Level.OWN, Level.DESK)
    assert (placed[office_scope("p1")], placed[office_scope("p2")]) == (Level.PUBLIC, Level.DESK)
    both = placement("organization", {}, root, "", shared=True, writers=frozenset({"長野", "群馬"}))
    assert both[office_scope("p1")] is both[office_scope("p2")] is Level.PUBLIC
    assert MEMBER not in placed, "the one that made it was not told so"


@pytest.mark.parametrize("sealed", ["bank_account", "identity_paper"])
def test_sealed_records_never_leave_the_secretariat(sealed: str) -> None:
    placed = placement(sealed, {}, VISIT, "高橋", body="長野")
    assert set(placed) == {secretariat_scope("長野")}
    assert seen_by(Role.EXPERT, placed, person="高橋", body="長野", programmes=("p1",)) is None
    assert seen_by(Role.ACCOUNTING, placed, body="長野") is Level.DESK
    assert seen_by(Role.SECRETARIAT, placed, body="長野") is Level.DESK
    assert seen_by(Role.ACCOUNTING, placed, body="群馬") is None


def test_what_somebody_made_for_an_organisation_is_his_while_he_has_a_role_there() -> None:
    own = Root("consultation", "v", "高橋", frozenset({"長野"}), visibility="P0")
    placed = placement("consultation", {}, own, "高橋", body="長野")
    memo = placement("entry", {"kind": "memo"}, VISIT, "高橋", body="長野")
    for row in (placed, memo):
        assert seen_by(Role.EXPERT, row, person="高橋", body="長野") is Level.DESK
        assert seen_by(Role.EXPERT, row, person="高橋", body="群馬") is None
    view = placement("saved_view", {}, own, "高橋", body="長野")
    assert seen_by(Role.EXPERT, view, person="高橋", body="群馬") is Level.DESK, "about his own desk"


def test_roles_open_no_more_than_they_need() -> None:
    for role in (Role.REVIEWER, Role.READER, Role.ADMINISTRATOR):
        scopes = scopes_read(Reader("人", (Grant(role, "長野", frozenset({"p1"}), frozenset({"D1"})),)))
        assert scopes == {PUBLIC, case_scope("D1")}
    assert scopes_read(Reader("人")) == frozenset()
    expert = scopes_read(Reader("人", (Grant(Role.EXPERT, "長野", frozenset({"p1"})),)))
    assert secretariat_scope("長野") not in expert and office_scope("p1") not in expert


def test_what_has_no_programme_is_for_its_own_secretariat_and_that_of_the_hub() -> None:
    visit = placement("consultation", {}, Root("consultation", "v", "高橋", frozenset({"長野"})), "高橋")
    for body, seen in (("長野", Level.DESK), ("関東", Level.DESK), ("群馬", None)):
        reader = Reader("事務局", (Grant(Role.SECRETARIAT, body, frozenset({"p1"})),), "関東")
        assert visible(visit, scopes_read(reader)) is seen
    named = Reader("事務局", (Grant(Role.SECRETARIAT, "群馬", frozenset({"none"})),), "関東")
    assert visible(visit, scopes_read(named)) is None, "no programme is called that"


def test_who_may_write() -> None:
    expert = Reader("人", (Grant(Role.EXPERT, "長野"),))
    reader = Reader("人", (Grant(Role.READER, "長野"),))
    assert may_write(expert, "organization", Level.DESK, {"notes": Level.DESK}) is None
    assert may_write(expert, "organization", Level.PUBLIC, {"name": Level.PUBLIC}) is None
    assert may_write(expert, "organization", Level.PUBLIC, {"notes": Level.DESK}) == "level"
    assert may_write(expert, "consultation", None, {}) == "scope"
    assert may_write(expert, "bank_account", Level.DESK, {}) == "scope"
    assert may_write(reader, "consultation", Level.DESK, {}) == "role"
    reviewer = Reader("人", (Grant(Role.REVIEWER, "長野", cases=frozenset({"D1"})),))
    assert may_write(reviewer, "consultation", Level.DESK, {}) == "role"
    assert may_write(reviewer, "score_sheet", Level.DESK, {}) is None
    assert may_write(reviewer, "score_sheet", None, {}) == "scope"


def test_what_hangs_on_a_private_line_is_its_writers() -> None:
    assert placement("attachment", {"confidentiality": "1"}, VISIT, "佐々木",
                     person_scope("高橋", "長野")) == {person_scope("高橋", "長野"): Level.DESK}
