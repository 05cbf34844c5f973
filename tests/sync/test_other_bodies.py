"""What somebody of another organisation, or of another role, may not do to records that he sees in part or not at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from kanto_desk.db import local
from kanto_desk.db.records.attachments import Attachment
from kanto_desk.db.records.consultations import Consultation, Entry, SummaryItem
from kanto_desk.db.records.dossier import Confirmation, Version
from kanto_desk.db.records.masters import CodeEntry, Programme
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import read_all
from kanto_desk.fields import Level
from kanto_desk.hub import tables as t
from kanto_desk.hub.accounts import add_grant, reader_of
from kanto_desk.hub.giving import changes_since, rows_of
from kanto_desk.hub.opening import Hub, open_hub, take_numbers
from kanto_desk.hub.overview import overview_of
from kanto_desk.masters import organizations
from kanto_desk.rules.access import Grant, Role, scopes_read
from kanto_desk.services import aggregate, codes, consultations, refusals
from kanto_desk.sync.taking_in import cursors_of, take_in
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit


def two_bodies(folder: Path) -> tuple[Hub, Desk, Desk, Desk, str]:
    """Two colleagues of one organisation, one expert of another; and the first organisation."""
    hub = a_hub(folder / "hub")
    here, there = a_body(hub, "長野県テクノ財団"), a_body(hub, "群馬県産業支援機構")
    one, colleague = (a_desk(hub, folder / name, a_person(hub, here, name=name)) for name in ("一郎", "同僚"))
    return hub, one, colleague, a_desk(hub, folder / "other", a_person(hub, there, name="二郎")), here


def sync(*desks: Desk) -> None:
    for desk in desks:
        desk.sync()


def test_a_company_is_not_ended_by_who_sees_it_in_part(tmp_path: Path) -> None:
    _, one, colleague, other, _ = two_bodies(tmp_path)
    company, visit, _ = a_visit(one)
    with one.store.operation("同意") as op:
        op.add("consent", {"consultation": visit, "organization": company, "code": "20"})
    sync(one, colleague, other, other)
    assert other.store.get(Organization, company).name
    with other.store.operation("消す") as op:
        op.delete("organization", company)
    assert other.sync().not_taken == 1
    sync(one, colleague)
    for desk in (one, colleague):
        assert desk.store.get(Organization, company).deleted_at is None
    with colleague.store.operation("消す") as op:
        op.delete("organization", company)
    assert colleague.sync().not_taken == 0, "who sees all of it may"


def test_what_lies_on_every_desk_is_not_taken_from_all_by_one(tmp_path: Path) -> None:
    _, one, _, other, _ = two_bodies(tmp_path)
    shipped = organizations()[0].uid
    with other.store.operation("消す") as op:
        op.delete("organization", shipped)
    assert other.sync().not_taken == 1
    with one.store.operation("直す") as op:
        op.put("organization", shipped, {"name": "新しい名前"})
    assert one.sync().not_taken == 0
    assert one.store.get(Organization, shipped).deleted_at is None


def test_a_line_is_not_moved_into_a_visit_that_its_writer_does_not_see(tmp_path: Path) -> None:
    _, one, colleague, other, _ = two_bodies(tmp_path)
    _, visit, _ = a_visit(one)
    _, own_visit, line = a_visit(other, "二郎の行")
    sync(one, other, colleague)
    with other.store.operation("移す") as op:
        op.put("entry", line, {"consultation": visit, "text": "偽の行"})
    assert other.sync().not_taken == 1
    sync(one, colleague)
    for desk in (one, colleague):
        assert desk.store.get(Entry, line) is None
    with other.store.operation("直す") as op:
        op.put("entry", line, {"text": "直した行"})
    assert other.sync().not_taken == 0 and own_visit


def test_a_reviewer_writes_no_records(tmp_path: Path) -> None:
    hub, one, _, _, here = two_bodies(tmp_path)
    reviewer = a_desk(hub, tmp_path / "reviewer", a_person(hub, here, Role.REVIEWER, name="審査"))
    company, visit, line = a_visit(reviewer, "審査員が書いた相談")
    assert reviewer.sync().not_taken == 3
    one.sync()
    assert one.store.get(Organization, company) is None and one.store.get(Consultation, visit) is None
    assert one.store.get(Entry, line) is None
    assert reviewer.store.get(Entry, line).text == "審査員が書いた相談", "what was typed stays on his laptop"


def test_what_hangs_on_a_private_line_is_private_too(tmp_path: Path) -> None:
    _, one, colleague, _, _ = two_bodies(tmp_path)
    _, visit, _ = a_visit(one)
    with one.store.operation("メモ") as op:
        memo = op.add("entry", {"consultation": visit, "kind": "memo", "text": "内緒のメモ"})
        said = op.add("entry", {"consultation": visit, "kind": "said", "text": "聞いたこと"})
        photos = [op.add("attachment", {"owner_type": "consultation", "owner": visit, "entry": line, "kind": "photo",
                                        "name": "帳簿.jpg", "hash": f"{n}" * 64, "size": 3, "mime": "image/jpeg"})
                  for n, line in enumerate((memo, said))]
        copied = op.add("summary_item", {"consultation": visit, "section": "memo", "text": "写し", "source": memo})
    sync(one, colleague)
    assert colleague.store.get(Entry, memo) is None and colleague.store.get(Entry, said) is not None
    assert colleague.store.get(Attachment, photos[0]) is None and colleague.store.get(SummaryItem, copied) is None
    assert colleague.store.get(Attachment, photos[1]) is not None
    with one.store.operation("内緒に") as op:
        op.put("entry", said, {"kind": "memo"})
    sync(one, colleague)
    assert colleague.store.get(Entry, said) is None and colleague.store.get(Attachment, photos[1]) is None
    with one.store.operation("もう内緒でない") as op:
        op.put("entry", memo, {"kind": "said"})
    sync(one, colleague)
    assert colleague.store.get(Entry, memo) is not None and colleague.store.get(Attachment, photos[0]) is not None
    assert colleague.store.get(SummaryItem, copied).text == "写し"


def test_what_is_written_once_stays_as_it_was_written(tmp_path: Path) -> None:
    _, one, colleague, _, _ = two_bodies(tmp_path)
    _, visit, _ = a_visit(one)
    at = one.store.clock()
    with one.store.operation("確定") as op:
        signed = op.add("confirmation", {"consultation": visit, "name": "湖南 太郎", "confirmed_at": at})
        version = op.add("version", {"record_type": "consultation", "record": visit, "n": 1, "body": {"theme": "本物"},
                                     "sha256": "a" * 64, "confirmation": signed})
        op.add("transition", {"record_type": "consultation", "record": visit, "from_state": "draft",
                              "to_state": "final", "at": at})
    assert one.sync().not_taken == 0
    colleague.sync()
    with colleague.store.operation("書きかえる") as op:
        op.put("confirmation", signed, {"name": "別の人"})
        op.put("version", version, {"body": {"theme": "偽物"}})
    assert colleague.sync().not_taken == 2
    one.sync()
    assert one.store.get(Confirmation, signed).name == "湖南 太郎"
    assert one.store.get(Version, version).body == {"theme": "本物"}


def test_a_step_without_its_time_is_refused_and_stops_no_list(tmp_path: Path) -> None:
    _, one, colleague, _, _ = two_bodies(tmp_path)
    _, visit, _ = a_visit(one)
    with one.store.operation("状態") as op:
        op.add("transition", {"record_type": "consultation", "record": visit, "to_state": "final"})
    assert one.sync().not_taken == 1
    colleague.sync()
    for desk in (one, colleague):   # on the first it lies all the same
        assert [row.uid for row in consultations.listing(desk.store)] == [visit]


def test_a_photo_that_came_before_its_private_line_goes_with_it(tmp_path: Path) -> None:
    _, one, colleague, _, _ = two_bodies(tmp_path)
    _, visit, _ = a_visit(one)
    with one.store.operation("写真") as op:
        line = op.add("entry", {"consultation": visit, "kind": "said", "text": "あとで内緒"})
        photo = op.add("attachment", {"owner_type": "consultation", "owner": visit, "kind": "photo", "name": "1.jpg",
                                      "hash": "a" * 64, "size": 3, "mime": "image/jpeg"})
    sync(one, colleague)
    with one.store.operation("内緒に") as op:
        op.put("entry", line, {"kind": "memo"})
    with one.store.operation("写真を行に") as op:
        op.put("attachment", photo, {"entry": line})
    sync(one, colleague)
    assert colleague.store.get(Attachment, photo) is None


def test_a_secretariat_reads_what_has_no_programme_of_its_own_organisation_alone(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    home, here, there = (a_body(hub, name) for name in ("関東の事務局", "長野県テクノ財団", "群馬県産業支援機構"))
    one = a_desk(hub, tmp_path / "one", a_person(hub, here))
    offices = [a_desk(hub, tmp_path / f"office{n}", a_person(hub, body, Role.SECRETARIAT, programmes, f"事務{n}"))
               for n, (body, programmes) in enumerate(((home, ()), (here, ()), (there, ("p1",))))]
    company, visit, line = a_visit(one)
    sync(one, *offices)
    for desk, reads in zip(offices, (True, True, False), strict=True):
        for cls, uid in ((Organization, company), (Consultation, visit), (Entry, line)):
            assert (desk.store.get(cls, uid) is not None) is reads
    with one.store.operation("制度") as op:
        op.put("consultation", visit, {"programme": "p1"})
    sync(one, *offices)
    assert offices[2].store.get(Consultation, visit) is not None, "the office of the programme"
    assert offices[0].store.get(Consultation, visit) is None
    assert offices[1].store.get(Consultation, visit) is not None


def notes_of(desk: Desk, company: str) -> tuple[str | None, int]:
    """What stands in the notes of a company, and how many other values stand beside it."""
    with desk.store.read() as conn:
        others = conn.execute(select(local.head).where(local.head.c.uid == company, local.head.c.field == "notes")).all()
    return desk.store.get(Organization, company).notes, len(others)


def conflicts(hub: Hub) -> int:
    with hub.read() as conn:
        return overview_of(hub, conn).conflicts


def journal(desk: Desk) -> str:
    with desk.store.read() as conn:
        return " ".join(conn.execute(select(local.change.c.set)).scalars())


def a_visit_shows_nobody_what_others_wrote(hub: Hub, one: Desk, colleague: Desk, other: Desk) -> None:
    """Run on SQLite and PostgreSQL by `tests/hub/test_two_organisations.py`."""
    company = organizations()[0].uid
    with one.store.operation("メモ") as op:
        op.put("organization", company, {"notes": "秘密：資金繰り悪い", "phone": "0266-00-0001"})
    sync(one, other)
    with other.store.operation("相談") as op:
        visit = op.add("consultation", {"organization": company, "theme": "空の相談", "visibility": "P0"})
        op.put("organization", company, {"notes": "群馬のメモ"})
    assert other.sync().not_taken == 0
    sync(one, colleague, other, other)
    assert notes_of(other, company) == ("群馬のメモ", 0) and "秘密" not in journal(other)
    for desk in (one, colleague):
        assert notes_of(desk, company) == ("秘密：資金繰り悪い", 0) and "群馬の" not in journal(desk)
    assert conflicts(hub) == 0
    with other.store.operation("同意") as op:
        theirs = op.add("consent", {"consultation": visit, "organization": company, "code": "20"})
    sync(other, other)
    assert notes_of(other, company) == ("群馬のメモ", 0), "a consent of one's own opens one's own values"
    with one.store.operation("同意") as op:
        own = op.add("consultation", {"organization": company, "theme": "長野の相談"})
        consent = op.add("consent", {"consultation": own, "organization": company, "code": "20"})
    sync(one, one, other)
    assert notes_of(other, company)[1] == 1, "both, once the company agreed with who wrote them"
    assert conflicts(hub) == 1
    for desk, given in ((other, theirs), (one, consent)):
        with desk.store.operation("撤回") as op:
            op.put("consent", given, {"withdrawn_on": one.store.clock().date()})
    sync(other, one, other)
    assert notes_of(other, company) == ("群馬のメモ", 0) and "秘密" not in journal(other)
    with other.store.operation("直す") as op:
        op.put("organization", company, {"notes": "群馬のメモ、続き"})
    sync(other, one)
    assert notes_of(other, company) == ("群馬のメモ、続き", 0)
    assert notes_of(one, company) == ("秘密：資金繰り悪い", 0)


def test_a_consent_or_programme_of_ones_own_opens_no_company_of_others(tmp_path: Path) -> None:
    hub, one, _, other, _ = two_bodies(tmp_path)
    there = a_body(hub, "埼玉の事務局")
    office = a_desk(hub, tmp_path / "office", a_person(hub, there, Role.SECRETARIAT, ("branding",), "三郎"))
    shared = organizations()[0].uid
    company, _, _ = a_visit(one)
    for uid in (shared, company):
        with one.store.operation("メモ") as op:
            op.put("organization", uid, {"notes": "秘密：社長は病気"})
    sync(one, other, office)
    for desk in (other, office):
        for uid in (shared, company):
            with desk.store.operation("偵察") as op:
                visit = op.add("consultation", {"organization": uid, "theme": "偵察", "programme": "branding"})
                op.add("consent", {"consultation": visit, "organization": uid, "code": "20"})
        sync(desk, desk, one, desk)
        assert all(found is None or found.notes is None
                   for found in (desk.store.get(Organization, uid) for uid in (shared, company)))
        assert "秘密" not in journal(desk)
    third = a_desk(hub, tmp_path / "third", a_person(hub, a_body(hub, "山梨の財団"), name="四郎"))
    sync(third)
    assert third.store.get(Organization, company) is None, "the company said nothing to the one that holds it"


def test_a_signed_version_goes_no_further_than_the_office(tmp_path: Path) -> None:
    _, one, colleague, other, _ = two_bodies(tmp_path)
    company, visit, line = a_visit(one)
    with one.store.operation("渡す") as op:
        op.put("consultation", visit, {"visibility": "P3"})
        op.put("organization", company, {"weaknesses": "資金繰りが弱い"})
        op.add("consent", {"consultation": visit, "organization": company, "code": "20"})
        op.add("attachment", {"owner_type": "consultation", "owner": visit, "kind": "file", "name": "極秘図面.pdf",
                              "confidentiality": "4"})
    with one.store.read() as conn:
        body = aggregate.read(conn, visit)
    assert "極秘図面" not in str(body)
    with one.store.operation("署名") as op:
        version = op.add("version", {"record_type": "consultation", "record": visit, "n": 1, "body": body,
                                     "sha256": aggregate.digest(body)})
    sync(one, colleague, other)
    assert other.store.get(Entry, line) is not None and other.store.get(Version, version) is None
    assert "資金繰り" not in journal(other)
    assert colleague.store.get(Version, version) is not None


def test_the_office_of_a_programme_reads_and_does_not_say_who_else_does(tmp_path: Path) -> None:
    hub, one, colleague, _, _ = two_bodies(tmp_path)
    office = a_desk(hub, tmp_path / "office", a_person(hub, a_body(hub, "群馬の事務局"), Role.SECRETARIAT, ("medical",), "三郎"))
    company, visit, line = a_visit(one)
    with one.store.operation("内々") as op:
        op.put("consultation", visit, {"visibility": "P0", "programme": "medical"})
    sync(one, office)
    assert office.store.get(Organization, company) is None, "a private visit tells the office nothing"
    with one.store.operation("見せる") as op:
        op.put("consultation", visit, {"visibility": "P1"})
    sync(one, office)
    assert office.store.get(Entry, line) is not None
    for values in ({"visibility": "P4"}, {"programme": None}):
        with office.store.operation("広げる") as op:
            op.put("consultation", visit, values)
        assert office.sync().not_taken == 1
    with office.store.operation("書き添える") as op:
        op.put("consultation", visit, {"measures": "補助金を確かめる"})
    assert office.sync().not_taken == 0
    sync(one, colleague)
    for desk in (one, colleague):   # the office keeps what was not taken until somebody there takes it back
        found = desk.store.get(Consultation, visit)
        assert (found.visibility, found.programme, found.measures) == ("P1", "medical", "補助金を確かめる")


def test_only_the_organisation_of_a_visit_takes_it_from_state_to_state(tmp_path: Path) -> None:
    hub, one, colleague, other, _ = two_bodies(tmp_path)
    company, visit, line = a_visit(one, visibility="P3")
    with one.store.operation("同意") as op:
        op.add("consent", {"consultation": visit, "organization": company, "code": "20"})
    sync(one, colleague, other)
    assert other.store.get(Entry, line) is not None

    def step(desk: Desk, before: str, after: str) -> None:
        hub.clock.forward(minutes=1)
        with desk.store.operation("状態") as op:
            op.add("transition", {"record_type": "consultation", "record": visit, "from_state": before,
                                  "to_state": after, "by": "だれか", "at": hub.clock()})

    def states() -> list[str]:
        found = []
        for desk in (one, colleague, other):
            with desk.store.read() as conn:
                found.append(consultations.state_of(conn, visit))
        return found
    step(other, "draft", "final")
    with other.store.operation("版") as op:
        op.add("version", {"record_type": "consultation", "record": visit, "n": 1, "body": {}, "sha256": "0" * 64})
        op.add("confirmation", {"consultation": visit, "name": "社長", "confirmed_at": hub.clock()})
    assert other.sync().not_taken == 3
    sync(one, colleague, other)
    assert states() == ["draft"] * 3, "on the desk that wrote it, too"
    assert one.store.get(Version, visit) is None and len(refusals.listing(other.store)) == 3
    assert "記録した機関の人だけ" in refusals.listing(other.store)[0].why
    with other.store.operation("書き添える") as op:
        op.put("consultation", visit, {"measures": "補助金を確かめる"})
    assert other.sync().not_taken == 0
    step(colleague, "draft", "final")   # a colleague of the same organisation may
    assert colleague.sync().not_taken == 0
    sync(one, other)
    assert states() == ["final"] * 3


def test_a_deleted_line_lies_in_nobodys_bin_beyond(tmp_path: Path) -> None:
    _, one, colleague, other, _ = two_bodies(tmp_path)
    company, visit, line = a_visit(one)
    with one.store.operation("見せる") as op:
        second = op.add("entry", {"consultation": visit, "kind": "said", "text": "消した秘密の行"})
        third = op.add("entry", {"consultation": visit, "kind": "said", "text": "あとで消す行"})
        op.delete("entry", second)
        op.put("consultation", visit, {"visibility": "P3"})
        op.add("consent", {"consultation": visit, "organization": company, "code": "20"})
    sync(one, colleague, other)
    assert other.store.get(Entry, line) is not None and other.store.get(Entry, third) is not None
    assert other.store.get(Entry, second) is None and colleague.store.get(Entry, second) is not None
    with one.store.operation("消す") as op:
        op.delete("entry", third)
    sync(one, other)
    assert other.store.get(Entry, third) is None and "あとで消す行" not in journal(other)
    with one.store.operation("戻す") as op:
        op.put_wire("entry", third, {"deleted_at": None})
    sync(one, other)
    assert other.store.get(Entry, third).text == "あとで消す行"
    with one.store.operation("相談を消す") as op:
        op.delete("consultation", visit)
    sync(one, other)
    assert other.store.get(Consultation, visit) is None and other.store.get(Entry, line) is None


def test_words_stay_in_their_organisation_and_what_is_everybodys_is_changed_by_the_hubs_office(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    home, here, there = (a_body(hub, name) for name in ("関東の事務局", "長野県テクノ財団", "群馬県産業支援機構"))
    office = a_desk(hub, tmp_path / "office", a_person(hub, home, Role.SECRETARIAT, name="事務局"))
    one, colleague = (a_desk(hub, tmp_path / name, a_person(hub, here, name=name)) for name in ("一郎", "同僚"))
    other = a_desk(hub, tmp_path / "other", a_person(hub, there, Role.SECRETARIAT, ("branding",), "二郎"))
    with office.store.operation("事業") as op:
        programme = op.add("programme", {"name": "ブランディング事業"})
    word = codes.add(one.store, "CL03", "山田社長の借金問題", parent="05")
    sync(office, one, colleague, other, office)
    with one.store.read() as conn:
        entry = read_all(conn, CodeEntry, CodeEntry.code == word)[0].uid
    assert colleague.store.get(CodeEntry, entry) is not None, "colleagues choose it, too"
    assert other.store.get(CodeEntry, entry) is None and office.store.get(CodeEntry, entry) is None
    for desk in (one, other):
        with desk.store.operation("乗っ取り") as op:
            op.put("programme", programme, {"name": "乗っ取った事業名"})
        with desk.store.operation("消す") as op:
            op.delete("programme", programme)
        assert desk.sync().not_taken == 2
    sync(office, colleague)
    for desk in (office, colleague):
        found = desk.store.get(Programme, programme)
        assert found is not None and found.name == "ブランディング事業" and found.deleted_at is None
    with office.store.operation("改める") as op:
        op.put("programme", programme, {"name": "広域連携事業"})
    sync(office, colleague)
    assert colleague.store.get(Programme, programme).name == "広域連携事業"


@pytest.mark.parametrize("first", [Role.READER, Role.REVIEWER, Role.EXPERT])
def test_what_somebody_of_two_organisations_writes_goes_to_the_one_it_is_for(first: Role, tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    here, there = a_body(hub, "長野県テクノ財団"), a_body(hub, "群馬県産業支援機構")
    person = a_person(hub, here, first, name="兼務")
    with hub.write() as conn:
        add_grant(conn, person, Grant(Role.EXPERT, there), hub.clock() + timedelta(days=1))
    both = a_desk(hub, tmp_path / "both", person)
    nagano, gunma = (a_desk(hub, tmp_path / name, a_person(hub, body, name=name))
                     for name, body in (("長野の同僚", here), ("群馬の同僚", there)))
    theirs, their_visit, _ = a_visit(gunma, "群馬の行")
    sync(gunma, both)
    own, visit, line = a_visit(both, "兼務の行")
    with both.store.operation("群馬の企業へ") as op:
        added = op.add("entry", {"consultation": their_visit, "kind": "said", "text": "追記"})
        second = op.add("consultation", {"organization": theirs, "theme": "群馬の企業への相談"})
        second_line = op.add("entry", {"consultation": second, "kind": "said", "text": "群馬での話"})
    assert both.sync().not_taken == 0
    sync(nagano, gunma)
    for_here = first is Role.EXPERT   # who only reads in one writes for the other
    for cls, uid in ((Organization, own), (Consultation, visit), (Entry, line)):
        assert (nagano.store.get(cls, uid) is not None, gunma.store.get(cls, uid) is not None) == (for_here, not for_here)
    for cls, uid in ((Entry, added), (Consultation, second), (Entry, second_line)):
        assert gunma.store.get(cls, uid) is not None and nagano.store.get(cls, uid) is None
        assert both.store.get(cls, uid) is not None


def test_an_older_hub_takes_back_what_it_gave_too_far(tmp_path: Path) -> None:
    hub, one, _, other, _ = two_bodies(tmp_path)
    company = organizations()[0].uid
    with one.store.operation("メモ") as op:
        op.put("organization", company, {"notes": "秘密"})
    with other.store.operation("相談") as op:
        op.add("consultation", {"organization": company, "theme": "空の相談"})
        op.put("organization", company, {"notes": "群馬のメモ"})
    sync(one, other, one)
    with hub.write() as conn:   # as the program before this one left it
        conn.execute(update(t.placed).where(t.placed.c.level == Level.OWN.value).values(level=Level.DESK.value))
        n = take_numbers(conn, "n", 1)
        conn.execute(insert(t.event), [{"scope": s, "n": n, "type": "organization", "uid": company, "kind": "enter"}
                                       for s in conn.execute(select(t.placed.c.scope).where(t.placed.c.uid == company))
                                       .scalars().all()])
        conn.execute(delete(t.written))
        conn.execute(delete(t.hub).where(t.hub.c.key == "rules"))
    other.sync()
    assert notes_of(other, company)[1] == 1
    hub.close()
    again = open_hub(tmp_path / "hub", hub.clock)
    one.link.hub = other.link.hub = again
    sync(other, one)
    assert notes_of(other, company) == ("群馬のメモ", 0) and "秘密" not in journal(other)
    assert notes_of(one, company) == ("秘密", 0)
    again.close()


def what_is_typed_while_values_are_withdrawn_stays(hub: Hub, one: Desk, other: Desk) -> None:
    """Run on SQLite and PostgreSQL by `tests/hub/test_two_organisations.py`."""
    company = organizations()[0].uid
    with one.store.operation("メモ") as op:
        op.put("organization", company, {"notes": "秘密"})
        visit = op.add("consultation", {"organization": company, "theme": "相談"})
        consent = op.add("consent", {"consultation": visit, "organization": company, "code": "20"})
    with other.store.operation("相談") as op:
        op.add("consultation", {"organization": company, "theme": "群馬の相談"})
        op.put("organization", company, {"phone": "027-000-0001"})
    sync(one, other, other)
    assert notes_of(other, company)[0] == "秘密"
    with one.store.operation("撤回") as op:
        op.put("consent", consent, {"withdrawn_on": one.store.clock().date()})
    one.sync()
    with other.store.operation("書く") as op:   # between the answer of the hub and its taking in
        op.put("organization", company, {"fax": "027-000-0002"})
    with hub.read() as conn:
        dev = f"{other.store.device()[0]:016x}"
        scopes = scopes_read(reader_of(conn, other.known.person, hub.clock().date()))
        with other.store.read() as desk:
            given = changes_since(conn, dev, scopes, cursors_of(desk), 1000)
    with other.store.write() as conn:
        take_in(conn, given.events, other.known.acked, 0, other.store.projections)
    assert notes_of(other, company) == (None, 0) and "秘密" not in journal(other)
    for _ in range(2):
        row = other.store.get(Organization, company)
        assert (row.phone, row.fax) == ("027-000-0001", "027-000-0002")
        assert other.sync().not_taken == 0


def test_nothing_tells_when_a_hidden_value_was_written_or_replaced(tmp_path: Path) -> None:
    hub, one, colleague, other, _ = two_bodies(tmp_path)
    company = organizations()[0].uid
    sync(one, colleague, other)
    for desk, words in ((one, "甲"), (one, "乙"), (colleague, "丙")):
        with desk.store.operation("メモ") as op:
            op.put("organization", company, {"name": f"名前{words}", "notes": words})
        sync(one, colleague)
    with hub.write() as conn:   # as where a value comes after the one that replaced it
        conn.execute(insert(local.gone), [{"type": "organization", "uid": company, "field": name, "stamp": "0" * 32}
                                          for name in ("name", "notes")])
    with hub.read() as conn:
        dev = f"{other.store.device()[0]:016x}"
        scopes = scopes_read(reader_of(conn, other.known.person, hub.clock().date()))
        with other.store.read() as desk:
            changes = changes_since(conn, dev, scopes, cursors_of(desk), 1000).events
        rows = rows_of(conn, "member", scopes, 0, None, 1000).events
    told = [(c.set.keys(), c.base.keys()) for e in changes if (c := e.change) is not None]
    assert told and all("notes" not in names and "notes" not in base for names, base in told)
    row = next(e.row for e in rows if e.row is not None and e.row.uid == company)
    assert "name" in row.gone and "notes" not in row.gone and "notes" not in row.fields
