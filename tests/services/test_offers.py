"""What a later file says newly of an organization is offered: taken in or left, undone, remembered, never by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from bench.corporations import Fields
from kanto_desk.db.records.organizations import OrganizationName
from kanto_desk.db.store import read_all
from kanto_desk.errors import Refused
from kanto_desk.services import history, offers, organizations, taking_over
from kanto_desk.services.desk import Desk
from tests.services import listing

ROWS = listing.rows(120)
PLAIN = next(row for row in ROWS if row[2] == "01" and row[8] == "301" and row[11] and row[29] == "0" and row[28])
OTHER = next(row for row in ROWS if row[2] == "01" and row[8] == "301" and row[1] != PLAIN[1] and row[13] != PLAIN[13]
             and row[11])
KEY = organizations.TYPE


def later(day: str, process: str = "12", of: Fields = PLAIN, **columns: str) -> Fields:
    """The row of a later day; columns by their place, as `c6`."""
    row = list(of)
    row[2], row[4], row[5], row[23] = process, day, day, "1"
    for name, value in columns.items():
        row[int(name[1:])] = value
    return row


RENAMED = later("2026-11-20", "11", c6="株式会社あおぞら技研", c28="アオゾラギケン")
MOVED = later("2026-11-21", "12", **{f"c{n}": OTHER[n] for n in (9, 10, 11, 13, 14, 15)})
CLOSED = later("2026-11-22", "21", c18="2026-11-15", c19="01")
MERGED = later("2026-11-22", "71", c18="2026-11-15", c19="11", c20=OTHER[1])


@pytest.fixture
def uid(desk: Desk) -> str:
    """A company that was taken over."""
    listing.take(desk, ROWS)
    return taking_over.take_over(desk, PLAIN[1])


def told(desk: Desk, rows: Sequence[Fields] = (), uid: str | None = None) -> list[offers.Offer]:
    """The offers after a diff."""
    if rows:
        listing.take(desk, rows, f"diff-{rows[0][4]}-{rows[0][2]}.csv")
    return offers.listing(desk, None if uid is None else [uid])


def undo(desk: Desk, uid: str) -> None:
    assert history.undo(desk.store, (KEY, uid)) is not None


def test_nothing_is_offered_for_what_did_not_change(desk: Desk, uid: str) -> None:
    assert told(desk) == [] == told(desk, [later("2026-11-20", of=OTHER)])
    organizations.edit(desk.store, uid, {"name": "あおぞら", "address": "裏口から"})
    assert told(desk) == [], "what somebody writes here is no news of the directory"


def test_a_new_name_is_taken_in_and_the_former_one_stays_found(desk: Desk, uid: str) -> None:
    name, reading = told(desk, [RENAMED])
    assert (name.kind, name.fact, reading.fact) == ("改称", "name", "kana")
    assert [(c.old, c.new) for c in name.changes] == [(PLAIN[6], RENAMED[6])]
    assert name.since == name.updated == date(2026, 11, 20) and name.source
    assert organizations.get(desk.store, uid).name == PLAIN[6], "nothing is overwritten"
    offers.take(desk, name)
    offers.take(desk, reading)
    record = organizations.get(desk.store, uid)
    assert (record.name, record.kana) == (RENAMED[6], "アオゾラギケン") and told(desk) == []
    with desk.store.read() as conn:
        former = read_all(conn, OrganizationName, OrganizationName.organization == uid)
    assert [(one.name, one.valid_to, one.reason) for one in former] == [(PLAIN[6], date(2026, 11, 20), "renamed")]
    assert [row.uid for row in organizations.listing(desk.store, query=PLAIN[6])] == [uid]


def test_taking_in_is_undone_and_offered_again(desk: Desk, uid: str) -> None:
    (move,) = told(desk, [MOVED])
    assert move.kind == "移転"
    before = organizations.get(desk.store, uid)
    offers.take(desk, move)
    after = organizations.get(desk.store, uid)
    assert (after.prefecture, after.city, after.address) == (OTHER[13], OTHER[10], OTHER[11])
    undo(desk, uid)
    again = organizations.get(desk.store, uid)
    assert (again.prefecture, again.city, again.address, again.postal_code, again.city_code) == (
        before.prefecture, before.city, before.address, before.postal_code, before.city_code)
    assert told(desk) == [move]


def test_what_was_left_is_remembered_until_something_newer(desk: Desk, uid: str) -> None:
    (move,) = told(desk, [MOVED])
    offers.leave(desk, move)
    assert told(desk) == [] and organizations.get(desk.store, uid).address == PLAIN[11]
    assert told(desk, [later("2026-11-23", of=MOVED, c28="アタラシイ")])[0].fact == "kana", "the address is the same"
    assert "address" not in {one.fact for one in told(desk)}
    newer = told(desk, [later("2026-11-24", of=MOVED, c11="１丁目１－１")])
    assert [one.changes[-1].new for one in newer if one.fact == "address"] == ["１丁目１－１"]


def test_leaving_is_undone_and_offered_again(desk: Desk, uid: str) -> None:
    (move,) = told(desk, [MOVED])
    offers.leave(desk, move)
    undo(desk, uid)
    assert told(desk) == [move]


def test_closed_and_come_back(desk: Desk, uid: str) -> None:
    (closed,) = told(desk, [CLOSED])
    assert closed.kind == "閉鎖" and closed.says["closed"] == "2026-11-15"
    offers.take(desk, closed)
    assert organizations.get(desk.store, uid).state == "closed"
    (back,) = told(desk, [later("2026-11-25", "22")])
    assert back.kind == "復活"
    offers.take(desk, back)
    assert organizations.get(desk.store, uid).state == "active" and told(desk) == []


def test_a_merger_names_its_successor(desk: Desk, uid: str) -> None:
    (merged,) = told(desk, [MERGED])
    assert (merged.kind, merged.successor, merged.successor_name, merged.own) == ("合併", OTHER[1], OTHER[6], "")
    own = taking_over.take_over(desk, OTHER[1])
    assert told(desk)[0].own == own


def test_one_fact_alone_is_taken_in(desk: Desk, uid: str) -> None:
    both = told(desk, [later("2026-11-26", "11", of=MOVED, c6="株式会社あおぞら技研")])
    assert {one.fact for one in both} == {"name", "address"}
    offers.take(desk, next(one for one in both if one.fact == "name"))
    assert [one.fact for one in told(desk)] == ["address"]
    assert offers.one(desk, uid, "address").kind == "移転"
    with pytest.raises(Refused):
        offers.one(desk, uid, "name")


def test_a_full_file_offers_as_a_diff_does(desk: Desk, uid: str) -> None:
    whole = [MOVED if row[1] == PLAIN[1] else later("2026-11-21", "01", of=row) for row in ROWS[:-1]]
    assert [(one.organization, one.fact) for one in told(desk, whole)] == [(uid, "address")]


def test_a_typed_company_gets_what_happened_after_it_was_written(desk: Desk) -> None:
    listing.take(desk, ROWS)
    typed = organizations.create(desk.store, {"name": f"（仮）{PLAIN[6]}", "corporate_number": PLAIN[1],
                                              "prefecture": "20", "city": "諏訪市"})
    assert told(desk) == [], "what the file said before it was written is no news"
    found = told(desk, [later("2026-12-20", "12", c11="別の町１－１")])
    assert {one.fact for one in found} == {"address", "name"} and {one.organization for one in found} == {typed}
    assert {one.fact for one in told(desk, [later("2026-12-21", "21", c18="2026-12-20", c19="01")])} >= {"state"}


def test_an_answer_given_elsewhere_meanwhile_is_not_given_again(desk: Desk, uid: str) -> None:
    (move,) = told(desk, [MOVED])
    offers.leave(desk, move)
    offers.take(desk, move)
    assert organizations.get(desk.store, uid).address == PLAIN[11]


def test_without_numbers_or_directory_nothing_is_offered(desk: Desk) -> None:
    organizations.create(desk.store, {"name": "個人の店", "corporate_number": "12345"})
    assert told(desk) == []
    listing.take(desk, ROWS)
    assert told(desk) == []
