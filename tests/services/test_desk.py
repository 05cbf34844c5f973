"""Making, unlocking and closing a desk; shipped rows; sample data; photos; organizations; history."""

from __future__ import annotations

import io
import json
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import func, select, text

from kanto_desk.db import local
from kanto_desk.db.keys import Cost
from kanto_desk.db.records.masters import ModelCase, Proposer, StrategyNode
from kanto_desk.db.schema import records, wire_table
from kanto_desk.db.stamps import device_of, unpack
from kanto_desk.db.store import read_all
from kanto_desk.errors import Refused, Trouble
from kanto_desk.services import (
    care,
    clock_watch,
    consultation_search,
    consultations,
    finalizing,
    finding,
    history,
    home,
    masters,
    organizations,
    photos,
    restoring,
    samples,
    sheets,
    timeline,
)
from kanto_desk.services import desk as desks
from tests.services.conftest import CHEAP, PASSPHRASE


def test_a_desk_opens_again_with_its_passphrase_only(desk, clock):
    where, company = desk.home, organizations.create(desk.store, {"name": "𠮷野家具店"})
    desk.close()
    with pytest.raises(Refused):
        desks.unlock(where, "ちがう", clock=clock, cost=CHEAP)
    again = desks.unlock(where, PASSPHRASE, clock=clock, cost=CHEAP)
    try:
        assert organizations.get(again.store, company).name == "𠮷野家具店"
        assert again.store.person == "高橋 直子"
    finally:
        again.close()


def test_one_process_a_folder(desk, clock):
    with pytest.raises(Trouble) as trouble:
        desks.unlock(desk.home, PASSPHRASE, clock=clock, cost=CHEAP)
    assert "ほかの関東デスク" in trouble.value.happened


def test_a_folder_without_a_desk_says_so(tmp_path, clock):
    with pytest.raises(Trouble) as trouble:
        desks.unlock(tmp_path / "nothing", PASSPHRASE, clock=clock, cost=CHEAP)
    assert trouble.value.to_do
    assert not (tmp_path / "nothing").exists() or not list((tmp_path / "nothing").glob("*.db"))


@pytest.mark.parametrize(("person", "passphrase"), [("", "x"), ("高橋", "")])
def test_a_desk_needs_a_name_and_a_passphrase(tmp_path, clock, person, passphrase):
    with pytest.raises(Refused):
        desks.create(tmp_path / "h", passphrase, person=person, clock=clock, cost=CHEAP)
    assert not desks.exists(tmp_path / "h")


def test_the_recovery_key_opens_and_sets_a_new_passphrase(desk, clock):
    key, where = desk.new_recovery_key(), desk.home
    desk.close()
    desks.unlock_by_recovery_key(where, key, "新しい合言葉", clock=clock, cost=CHEAP).close()
    desks.unlock(where, "新しい合言葉", clock=clock, cost=CHEAP).close()
    with pytest.raises(Refused):
        desks.unlock(where, PASSPHRASE, clock=clock, cost=CHEAP)


def test_the_passphrase_costs_what_the_file_says_not_what_the_program_asks(desk, clock):
    where = desk.home
    desk.close()
    desks.unlock(where, PASSPHRASE, clock=clock, cost=Cost(passes=9, memory_kib=2048, lanes=2)).close()


def test_shipped_rows_are_those_of_the_document_and_never_journalled(desk):
    with desk.store.read() as conn:
        cases = read_all(conn, ModelCase, order_by=ModelCase.number)
        assert [c.number for c in cases] == [1, 2, 3, 4, 5, 6]
        assert len(read_all(conn, Proposer)) == 88
        assert {n.code for n in read_all(conn, StrategyNode)} >= {"P1", "P2", "P3", "P1.1", "P3.3", "I", "R"}
        assert conn.execute(select(func.count()).select_from(local.change)).scalar() == 0
        shown = conn.execute(select(wire_table("organization").c["_stamps"])).scalars().first()
        assert {device_of(s) for s in unpack(shown).values()} == {0}
    assert organizations.count(desk.store) == 70
    assert masters.load(desk.store) == 0


def test_an_edit_of_a_shipped_row_names_its_stamp_as_base(desk):
    uid = organizations.listing(desk.store, query="見附市")[0].uid
    organizations.edit(desk.store, uid, {"phone": "0258-00-0000"})
    organizations.edit(desk.store, uid, {"name": "新潟県見附市"}, part="name")
    with desk.store.read() as conn:
        bases = [json.loads(b) for b in conn.execute(select(local.change.c.base)).scalars()]
    assert bases[0] == {}                       # never written before: nothing was seen
    assert device_of(bases[1]["name"][0]) == 0


def test_organizations_are_found_in_every_spelling(desk):
    uid = organizations.create(desk.store, {"name": "株式会社 渡邉髙﨑ヴァルブ", "kana": "ワタナベタカサキヴァルブ",
                                            "prefecture": "20", "city": "諏訪市", "products": "配管"})
    for query in ("渡辺高崎", "㈱渡邊", "わたなべ", "ﾜﾀﾅﾍﾞ", "諏訪 配管", "バルブ", "高"):
        assert uid in [r.uid for r in organizations.listing(desk.store, query=query)], query
    assert organizations.lookup(desk.store, "わたな")[0].uid == uid
    assert organizations.count(desk.store, query="渡辺", prefectures=("13",)) == 0


def test_duplicates_are_a_list_not_an_error(desk):
    first = organizations.create(desk.store, {"name": "株式会社湖南精工", "corporate_number": "7000012050002"})
    second = organizations.create(desk.store, {"name": "㈱湖南精工", "corporate_number": "7000012050002"})
    assert [r.uid for r in organizations.profile(desk.store, second).duplicates] == [first]
    assert [r.uid for r in organizations.duplicates(desk.store, {"name": "湖南精工 有限会社"})] != []


def test_an_old_name_stays_searchable(desk):
    uid = organizations.create(desk.store, {"name": "旧社名工業株式会社"})
    organizations.rename(desk.store, uid, "新社名テック株式会社", "シンシャメイテック", date(2026, 10, 1), "renamed")
    assert [r.uid for r in organizations.listing(desk.store, query="旧社名")] == [uid]
    assert [n.name for n in organizations.profile(desk.store, uid).names] == ["旧社名工業株式会社"]


def test_merged_companies_resolve_and_a_cycle_ends(desk):
    a, b = (organizations.create(desk.store, {"name": n}) for n in ("甲", "乙"))
    organizations.edit(desk.store, a, {"merged_into": b})
    assert organizations.get(desk.store, a).uid == b
    organizations.edit(desk.store, b, {"merged_into": a})
    assert organizations.get(desk.store, a).uid == organizations.get(desk.store, b).uid == min(a, b)


def test_a_deleted_company_keeps_its_visits_and_they_are_found_by_its_name(desk):
    uid = organizations.create(desk.store, {"name": "甲府精密", "kana": "コウフセイミツ"})
    visit = consultations.create(desk.store, uid)
    organizations.delete(desk.store, uid)
    assert organizations.listing(desk.store, query="甲府") == []
    assert [(v.uid, v.organization) for v in consultations.listing(desk.store)] == [(visit, "甲府精密")]
    assert consultation_search.find(desk.store, "こうふ") == (visit,)
    opened = consultations.get(desk.store, visit)
    assert opened.organization is not None and opened.organization.name == "甲府精密"
    with pytest.raises(Refused):
        organizations.delete(desk.store, uid)


def picture(size=(4000, 3000), mode="RGB", form="JPEG", exif=None) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else (255, 0, 0, 0)).save(out, form, **({"exif": exif} if exif else {}))
    return out.getvalue()


@pytest.fixture
def visit(desk) -> str:
    return consultations.create(desk.store, organizations.create(desk.store, {"name": "湖南精工"}))


def test_a_photo_is_scaled_turned_and_loses_its_place(desk, visit):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (35.0, 2.0, 1.0)
    exif.get_ifd(0x8769)[36867] = "2026:11:24 13:48:12"
    uid = photos.attach(desk.store, desk.blobs, visit, picture(exif=exif), "P1.JPG", consent="yes")
    row = photos.of_consultation(desk.store, visit)[0]
    assert row.uid == uid
    assert (row.width, row.height) == (1500, 2000)   # at most 2048: half of the original is read much faster
    assert row.taken_at.isoformat() == "2026-11-24T13:48:12+09:00"
    kept = Image.open(io.BytesIO(desk.blobs.get(row.hash)))
    assert 0x0112 not in kept.getexif() and not kept.getexif().get_ifd(0x8825)   # turned already, and placeless
    assert Image.open(io.BytesIO(photos.thumbnail(desk.blobs, row.hash, 300))).size == (225, 300)
    line = timeline.lines(desk.store, visit)[-1]
    assert (line.kind, [p.hash for p in line.pictures]) == ("photo", [row.hash])


def test_a_picture_with_transparency_lies_on_white(desk, visit):
    photos.attach(desk.store, desk.blobs, visit, picture((50, 40), "RGBA", "PNG"), "x.png")
    kept = Image.open(io.BytesIO(desk.blobs.get(photos.of_consultation(desk.store, visit)[0].hash)))
    assert min(kept.getpixel((20, 20))) > 250


@pytest.mark.parametrize("content", [b"", b"hello", picture()[:500], b"\x89PNG\r\n\x1a\n" + b"0" * 50])
def test_what_is_no_picture_is_refused_and_leaves_nothing(desk, visit, content):
    with pytest.raises(Refused):
        photos.attach(desk.store, desk.blobs, visit, content, "x")
    assert photos.of_consultation(desk.store, visit) == []
    assert desk.blobs.hashes() == []


def test_the_same_photo_twice_is_kept_once(desk, visit):
    for _ in range(2):
        photos.attach(desk.store, desk.blobs, visit, picture((90, 60)), "x.jpg")
    assert len(photos.of_consultation(desk.store, visit)) == 2
    assert len(desk.blobs.hashes()) == 1


def test_only_consented_photos_are_printed(desk, visit):
    timeline.add(desk.store, visit, "said", "話")
    sizes = []
    for consent in ("no", "unasked", "yes"):
        uid = photos.attach(desk.store, desk.blobs, visit, picture((900, 600)), "x.jpg", consent="unasked")
        photos.edit(desk.store, visit, uid, {"consent": consent})
        sizes.append(len(sheets.sheet(desk.store, desk.blobs, visit).photos))
    assert sizes == [0, 0, 1]


def test_sample_data_comes_dated_today_and_goes_without_a_trace(desk):
    before = {name: _count(desk, name) for name in (*records(), "change", "found", "favourite", "operation")}
    assert samples.load(desk) > 200
    assert samples.load(desk) == 0
    assert organizations.count(desk.store) == 70 + 24
    visits = consultations.listing(desk.store)
    assert len(visits) == 6
    assert home.read(desk.store).next_visit.visit.organization == "株式会社 湖南精工"
    assert home.read(desk.store).unsent == 0
    assert finding.find(desk.store, "湖南精工")
    uid = home.read(desk.store).next_visit.visit.uid
    timeline.add(desk.store, uid, "promise", "見積もりを送る（当方・12/4 まで）")   # what is written on it goes as well
    company = home.read(desk.store).next_visit.visit.organization_uid
    own = consultations.create(desk.store, company)                                # a visit made on it, too
    timeline.add(desk.store, own, "said", "話")
    consultations.open_record(desk.store, uid)
    assert home.read(desk.store).unsent == 0                                       # and none of it is ever sent
    assert history.undo(desk.store, ("consultation", own)) is not None
    samples.remove(desk)
    assert {name: _count(desk, name) for name in before} == before
    assert not samples.present(desk.store)
    assert desk.blobs.hashes() == []
    assert finding.find(desk.store, "湖南精工") == []


def test_signed_sample_visits_have_their_real_page(desk):
    samples.load(desk)
    signed = [v for v in consultations.listing(desk.store) if v.state == "final"]
    assert len(signed) == 4
    for visit in signed:
        version = finalizing.versions(desk.store, visit.uid)[0]
        assert desk.blobs.get(version.pdf).startswith(b"%PDF")


def test_history_tells_fields_in_the_words_of_the_screen(desk, visit, clock):
    consultations.edit(desk.store, visit, {"theme": "医療機器参入"})
    clock.forward(minutes=1)
    timeline.add(desk.store, visit, "said", "話")
    groups = history.groups(desk.store, ("consultation", visit))
    assert [g.label for g in groups] == ["行の追加", "相談の編集", "相談をつくる"]
    assert [(c.field, c.before, c.after) for c in groups[1].changes] == [("件名", None, "医療機器参入")]
    assert all(g.here for g in groups)


def test_undo_tells_what_it_left_alone(desk, visit):
    consultations.edit(desk.store, visit, {"theme": "a"})
    assert history.undo(desk.store, ("consultation", visit)).label == "相談の編集"
    assert history.redo(desk.store, ("consultation", visit)).kept == ()


def _count(desk, table: str) -> int:
    with desk.store.read() as conn:
        return conn.execute(text(f"SELECT count(*) FROM {table}")).scalar()


def test_a_clock_set_back_is_told_once_and_saving_goes_on(desk, visit, clock):
    assert clock_watch.trouble(desk.store) is None
    clock.forward(days=-400)
    told = clock_watch.trouble(desk.store)
    assert told is not None and "2026/11/24" in told.happened
    assert clock_watch.trouble(desk.store) is None
    timeline.add(desk.store, visit, "said", "時計がちがっても書ける")
    clock.forward(days=430)
    assert clock_watch.trouble(desk.store) is None   # a month without work is no jump


def test_a_clock_far_ahead_is_told_once_and_saving_goes_on(desk, visit, clock):
    clock.forward(days=5000)
    told = clock_watch.trouble(desk.store)
    assert told is not None and "ずっと後" in told.happened and "そのまま保存されます" in told.safe
    assert clock_watch.trouble(desk.store) is None
    timeline.add(desk.store, visit, "said", "時計がちがっても書ける")
    assert clock_watch.trouble(desk.store) is None
    clock.forward(days=-5000)
    assert "より前" in clock_watch.trouble(desk.store).happened


def test_a_clock_set_back_is_told_after_going_back_to_a_backup(desk, visit, clock):
    care.backup(desk)
    _, again = restoring.go_back(desk, care.newest_backup(desk.home))
    clock.forward(days=-400)
    assert "より前" in clock_watch.trouble(again.store).happened
    again.close()
