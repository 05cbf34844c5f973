"""Changes that were refused go again, all of them in a few steps, and by themselves where another role takes them."""

from __future__ import annotations

from pathlib import Path

from kanto_desk.db.records.consultations import Consultation, Entry
from kanto_desk.hub import accounts
from kanto_desk.rules.access import Grant, Role
from kanto_desk.services import refusals, syncing
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit


def without_a_role(folder: Path) -> tuple[Desk, Desk, str, str, str]:
    """A desk whose user has no role, with a visit and two edits of its line; a colleague; both uids, and the person."""
    hub = a_hub(folder / "hub")
    body = a_body(hub)
    person = a_person(hub, body, name="役割なし")
    with hub.write() as conn:
        for grant in accounts.grants_like(conn, person, Grant(Role.EXPERT, body)):
            accounts.end_grant(conn, grant)
    desk, colleague = a_desk(hub, folder / "desk", person), a_desk(hub, folder / "colleague", a_person(hub, body))
    _, visit, line = a_visit(desk, "はじめ")
    sync(desk)
    for text in ("つぎ", "おわり"):
        with desk.store.operation("直す") as op:
            op.put("entry", line, {"text": text})
        sync(desk)
    return desk, colleague, visit, line, person


def sync(*desks: Desk) -> None:
    for desk in desks:
        syncing.sync(desk.store, link=lambda _url, _ca, desk=desk: desk.link)


def give_role(desk: Desk, person: str, body: str) -> None:
    with desk.link.hub.write() as conn:
        accounts.add_grant(conn, person, Grant(Role.EXPERT, body), desk.link.hub.clock())


def test_all_that_was_refused_goes_again_with_its_last_values(tmp_path: Path) -> None:
    desk, _, visit, line, _ = without_a_role(tmp_path)
    found = refusals.listing(desk.store)
    assert refusals.count(desk.store) == len(found) > 3 and not any(one.held for one in found)
    assert refusals.send_all(desk.store) == len(found)
    assert refusals.listing(desk.store) == []
    assert syncing.waiting(desk.store).changes > 0
    assert desk.store.get(Entry, line).text == "おわり" and desk.store.get(Consultation, visit) is not None
    sync(desk)
    assert refusals.count(desk.store) > 0, "the hub refuses them again, and nothing goes round by itself"


def test_with_a_role_they_go_by_themselves_in_the_same_sync(tmp_path: Path) -> None:
    desk, colleague, visit, line, person = without_a_role(tmp_path)
    give_role(desk, person, colleague.known.body)
    sync(desk, colleague)
    assert refusals.listing(desk.store) == []
    assert colleague.store.get(Entry, line).text == "おわり"
    assert colleague.store.get(Consultation, visit) is not None


def test_a_deletion_is_not_asked_for_again_by_itself(tmp_path: Path) -> None:
    desk, colleague, visit, line, person = without_a_role(tmp_path)
    with desk.store.operation("消す") as op:
        op.delete("entry", line)
    sync(desk)
    give_role(desk, person, colleague.known.body)
    sync(desk, colleague)
    left, = refusals.listing(desk.store)
    assert left.uid == line and desk.store.get(Entry, line).deleted_at is None
    assert colleague.store.get(Entry, line).text == "おわり" and colleague.store.get(Consultation, visit) is not None
