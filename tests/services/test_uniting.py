"""まとめる and まとめを解く: one step each, no value lost, what belongs to either is read with the one that stays."""

from __future__ import annotations

from datetime import date

import pytest

from kanto_desk import masters
from kanto_desk.errors import Refused
from kanto_desk.services import (
    bin as bin_,
)
from kanto_desk.services import (
    consultations,
    figures,
    finding,
    history,
    links,
    merging,
    organization_search,
    organizations,
    promises,
    spans,
    uniting,
)
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted


@pytest.fixture
def two(desk: Desk) -> tuple[str, str]:
    """One with a visit and a telephone, one with two visits, a person, a site and another telephone."""
    store = desk.store
    one = organizations.create(store, {"name": "湖南精工", "phone": "0266-52-1111", "city": "諏訪市"})
    other = organizations.create(store, {"name": "コナン精工所", "kana": "コナンセイコウショ", "phone": "0266-52-2222",
                                         "employees": 45})
    for organization, days in ((one, (1,)), (other, (2, 3))):
        for day in days:
            uid = consultations.create(store, organization, {"held_on": date(2026, 6, day)})
            consultations.edit(store, uid, {"summary": "加工の相談"})
    organizations.save_contact(store, other, {"name": "小口 誠"})
    organizations.save_site(store, other, {"name": "岡谷工場"})
    return one, other


def all_of(desk: Desk) -> list[dict[str, object]]:
    return [organizations_row(desk, uid) for uid in sorted(u for u in every(desk))]


def every(desk: Desk) -> list[str]:
    with desk.store.read() as conn:
        return list(conn.exec_driver_sql("SELECT uid FROM organization WHERE deleted_at IS NULL").scalars())


def organizations_row(desk: Desk, uid: str) -> dict[str, object]:
    with desk.store.read() as conn:
        found = conn.exec_driver_sql("SELECT * FROM organization WHERE uid = ?", (uid,)).mappings().one()
    return {name: value for name, value in found.items() if not name.startswith("_")}


def test_what_belongs_to_either_is_read_with_the_one_that_stays(desk: Desk, two: tuple[str, str]) -> None:
    one, other = two
    moves = uniting.compare(desk.store, one, other).moves
    assert (moves.visits, moves.people, moves.sites) == (2, 1, 1)
    uniting.merge(desk.store, one, other)
    shown = organizations.profile(desk.store, one)
    assert len(shown.consultations) == 3 and [c.name for c in shown.contacts] == ["小口 誠"]
    assert [s.name for s in shown.sites] == ["岡谷工場"]
    assert organizations.profile(desk.store, other).record.uid == one
    assert consultations.count(desk.store, organization=one) == 3
    assert [row.last_on for row in organization_search.rows(desk.store, [one])] == [date(2026, 6, 3)]
    fourth = consultations.create(desk.store, one)
    assert consultations.get(desk.store, fourth).record.nth == 4
    assert [link.name for link in links.of_organization(desk.store, one) if link.how == "merged"] == ["コナン精工所"]
    assert promises.of_organization(desk.store, one) == []


def test_the_name_of_the_one_that_goes_finds_the_one_that_stays(desk: Desk, two: tuple[str, str]) -> None:
    one, other = two
    uniting.merge(desk.store, one, other)
    for words in ("コナン精工所", "岡谷工場", "小口"):
        assert organization_search.find(desk.store, Wanted(words)) == (one,), words
    assert [row.uid for row in organizations.lookup(desk.store, "コナン精工所")] == [one]
    assert one in [hit.uid for hit in finding.find(desk.store, "コナン精工所") if hit.type == "organization"]


def test_both_values_are_kept_whichever_stands(desk: Desk, two: tuple[str, str]) -> None:
    one, other = two
    uniting.merge(desk.store, one, other, {"name", "phone"})
    record = organizations.get(desk.store, one)
    assert (record.name, record.phone, record.kana) == ("コナン精工所", "0266-52-2222", None)
    [united] = organizations.profile(desk.store, one).united
    assert {(k.field.name, k.value, k.stands) for k in united.values} == {
        ("name", "湖南精工", "コナン精工所"), ("phone", "0266-52-1111", "0266-52-2222"),
        ("kana", "コナンセイコウショ", None), ("employees", 45, None)}
    assert united.at is not None
    assert organization_search.find(desk.store, Wanted("湖南精工")) == (one,)   # the name that gave way is found


def test_by_itself_only_what_is_empty_is_filled(desk: Desk, two: tuple[str, str]) -> None:
    one, other = two
    uniting.merge(desk.store, one, other)
    record = organizations.get(desk.store, one)
    assert (record.name, record.phone) == ("湖南精工", "0266-52-1111")
    assert (record.kana, record.employees) == ("コナンセイコウショ", 45)


@pytest.mark.parametrize("taken", [None, {"name", "phone"}, set()])
def test_undo_and_taking_apart_give_back_every_value(desk: Desk, two: tuple[str, str],
                                                     taken: set[str] | None) -> None:
    one, other = two
    before = all_of(desk)
    uniting.merge(desk.store, one, other, taken)
    history.undo(desk.store, ("organization", one))
    assert all_of(desk) == before and organizations.profile(desk.store, one).united == ()
    history.redo(desk.store, ("organization", one))
    assert organizations.get(desk.store, other).uid == one
    assert uniting.part(desk.store, one, other).left == ()
    assert all_of(desk) == before
    assert organizations.profile(desk.store, one).names == ()
    history.undo(desk.store, ("organization", one))
    assert organizations.get(desk.store, other).uid == one


def test_what_was_written_since_stays_when_they_are_taken_apart(desk: Desk, two: tuple[str, str]) -> None:
    one, other = two
    uniting.merge(desk.store, one, other, {"phone", "employees"})
    organizations.edit(desk.store, one, {"phone": "0266-52-3333", "city": "茅野市"})
    assert uniting.part(desk.store, one, other).left == ("電話",)
    record = organizations.get(desk.store, one)
    assert (record.phone, record.city, record.employees) == ("0266-52-3333", "茅野市", None)
    assert organizations.get(desk.store, other).phone == "0266-52-2222"
    with pytest.raises(Refused, match="もうまとめられていません"):
        uniting.part(desk.store, one, other)


def test_one_of_three_leaves_the_others_together(desk: Desk, two: tuple[str, str]) -> None:
    one, other = two
    third = organizations.create(desk.store, {"name": "第三精工"})
    uniting.merge(desk.store, other, one)
    uniting.merge(desk.store, third, other)
    assert {u.uid for u in organizations.profile(desk.store, one).united} == {one, other}
    uniting.part(desk.store, third, other)
    with desk.store.read() as conn:
        assert merging.roots(conn) == {one: other}
    assert organizations.get(desk.store, one).uid == other


def test_a_circle_of_two_laptops_is_taken_apart_by_one_step(desk: Desk, two: tuple[str, str]) -> None:
    low, high = sorted(two)
    before = all_of(desk)
    with desk.store.operation("crosswise", ("organization", low)) as op:   # as two laptops leave it behind
        for stays, goes in ((low, high), (high, low)):
            op.put("organization", goes, {"merged_into": stays})
            op.add("organization_pair", {"organization": stays, "other": goes, "verdict": "one",
                                         "kept": {"values": {}, "names": []}})
    assert len(organizations.profile(desk.store, high).consultations) == 3
    assert [u.uid for u in organizations.profile(desk.store, high).united] == [high]
    own = set(organization_search.find(desk.store, Wanted())) & set(two)
    assert own == {low} == set(organization_search.find(desk.store, Wanted("精工"))) & set(two), "the lower one is listed"
    assert [row.last_on for row in organizations.listing(desk.store, query="精工")] == [date(2026, 6, 3)]
    assert organization_search.find(desk.store, Wanted(order="last"))[0] == low
    uniting.part(desk.store, low, high)
    assert all_of(desk) == before and organizations.profile(desk.store, low).united == ()


def test_the_figures_count_a_merged_pair_once(desk: Desk, two: tuple[str, str]) -> None:
    one, other = two
    wanted = figures.Wanted(spans.fiscal(2026))

    def counted() -> int:
        return figures.read(desk.store, wanted).total.organizations
    assert counted() == 2
    uniting.merge(desk.store, one, other)
    assert counted() == 1
    uniting.part(desk.store, one, other)
    assert counted() == 2


def test_refused_with_words_and_nothing_written(desk: Desk, two: tuple[str, str]) -> None:
    one, other = two
    shipped = masters.organizations()[0].uid
    before = all_of(desk)
    assert uniting.better(desk.store, one, shipped) == (shipped, one)
    assert uniting.better(desk.store, one, other) == (other, one)
    for stays, goes, words in ((one, one, "同じ企業を二つ"), (one, "f" * 32, "このパソコンに無い"),
                               (one, shipped, "はじめから入っている")):
        with pytest.raises(Refused, match=words):
            uniting.merge(desk.store, stays, goes)
    assert all_of(desk) == before
    uniting.merge(desk.store, one, other)
    with pytest.raises(Refused, match="もうほかの企業にまとめられています"):
        uniting.merge(desk.store, shipped, other)
    organizations.delete(desk.store, one)
    with pytest.raises(Refused, match="ごみ箱"):
        uniting.compare(desk.store, one, shipped)


def test_no_decision_lies_in_the_bin(desk: Desk, two: tuple[str, str]) -> None:
    one, other = two
    uniting.merge(desk.store, one, other)
    history.undo(desk.store, ("organization", one))
    assert [item for item in bin_.listing(desk.store) if item.key[0] == "organization_pair"] == []
