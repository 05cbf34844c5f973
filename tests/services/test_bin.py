"""ごみ箱: what was deleted is listed, looked for, looked at and brought back for 30 days; then its photos go, too."""

from __future__ import annotations

import io
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import func, select

from kanto_desk.db import local
from kanto_desk.errors import Refused
from kanto_desk.services import (
    bin as bin_,
)
from kanto_desk.services import (
    consultations,
    finalizing,
    finding,
    history,
    importing,
    organizations,
    photos,
    promises,
    timeline,
    views,
)
from kanto_desk.services.desk import Desk
from kanto_desk.services.finalizing import Signature
from tests.db.parts import SetClock


@pytest.fixture
def konan(desk: Desk) -> str:
    return organizations.create(desk.store, {"name": "湖南精工", "kana": "コナンセイコウ"})


@pytest.fixture
def visit(desk: Desk, konan: str) -> str:
    uid = consultations.create(desk.store, konan, {"theme": "医療機器の委託加工"})
    consultations.start(desk.store, uid)
    return uid


def picture(color: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), color).save(out, "JPEG")
    return out.getvalue()


def titles(desk: Desk, query: str = "") -> list[str]:
    return [item.title for item in bin_.listing(desk.store, query)]


def test_a_line_goes_with_its_promise_and_photo_and_comes_back_with_them(desk: Desk, visit: str) -> None:
    line = timeline.add(desk.store, visit, "promise", "図面を送る（宮坂さん 12/4まで）")
    photos.attach(desk.store, desk.blobs, visit, picture(), "a.jpg", entry=line)
    timeline.delete(desk.store, visit, line)
    (item,) = bin_.listing(desk.store)
    assert (item.key, len(item.others), item.kind, item.by) == (("entry", line), 2, "記録の行", "高橋 直子")
    assert item.place.startswith("湖南精工") and item.title.startswith("図面を送る")
    restored = bin_.restore(desk.store, item)
    assert restored.root == ("consultation", visit) and bin_.listing(desk.store) == []
    assert promises.count(desk.store, visit) == len(photos.of_consultation(desk.store, visit)) == 1
    history.undo(desk.store, restored.root)
    assert titles(desk) == [item.title]


def test_a_visit_takes_its_lines_and_promises_out_of_every_list(desk: Desk, konan: str, visit: str) -> None:
    timeline.add(desk.store, visit, "promise", "測定機を借りる（宮坂さん 12/4まで）")
    timeline.add(desk.store, visit, "said", "細径パイプが売上の七割")
    consultations.delete(desk.store, visit)
    assert consultations.listing(desk.store) == [] and promises.of_organization(desk.store, konan) == []
    assert finding.find(desk.store, "細径パイプ") == [] and finding.find(desk.store, "測定機") == []
    (item,) = bin_.listing(desk.store)
    assert (item.title, item.place, item.on) == ("医療機器の委託加工", "湖南精工", date(2026, 11, 24))
    shown = bin_.preview(desk.store, item)
    assert "細径パイプが売上の七割" in shown.lines
    assert ("件名", "医療機器の委託加工") in [(f.ja, v) for f, v in shown.fields]
    bin_.restore(desk.store, item)
    assert len(consultations.listing(desk.store)) == len(promises.of_organization(desk.store, konan)) == 1
    assert [f.uid for f in finding.find(desk.store, "細径パイプ")]


def test_a_line_of_a_deleted_visit_brings_the_visit_back(desk: Desk, visit: str) -> None:
    line = timeline.add(desk.store, visit, "said", "先に消した行")
    timeline.delete(desk.store, visit, line)
    consultations.delete(desk.store, visit)
    item = next(one for one in bin_.listing(desk.store) if one.key[0] == "entry")
    assert bin_.restore(desk.store, item).also == ("医療機器の委託加工",)
    assert [v.uid for v in consultations.listing(desk.store)] == [visit] and titles(desk) == []


def test_newest_first_and_found_by_any_spelling(desk: Desk, clock: SetClock, konan: str, visit: str) -> None:
    other = organizations.create(desk.store, {"name": "上田プレス"})
    organizations.delete(desk.store, other)
    clock.forward(minutes=1)
    consultations.delete(desk.store, visit)
    clock.forward(minutes=1)
    views.delete(desk.store, views.keep(desk.store, "companies", "ごぶさた", {}))
    organizations.save_contact(desk.store, konan, {"name": "宮坂 真理"}, role="課長")
    clock.forward(minutes=1)
    organizations.remove_contact(desk.store, konan, organizations.contacts(desk.store, konan)[0].affiliation)
    assert titles(desk) == ["宮坂 真理", "ごぶさた", "医療機器の委託加工", "上田プレス"]
    assert titles(desk, "ウエダ　ﾌﾟﾚｽ") == [] and titles(desk, "ﾌﾟﾚｽ") == ["上田プレス"]
    assert titles(desk, "湖南 委託") == ["医療機器の委託加工"]
    assert titles(desk, "高橋 企業") == ["上田プレス"]


def test_a_signed_visit_is_never_deleted_even_while_it_is_corrected(desk: Desk, visit: str) -> None:
    timeline.add(desk.store, visit, "said", "売上の七割")
    finalizing.finalize(desk.store, desk.blobs, visit, Signature("小平", "社長", "typed"))
    for _ in range(2):
        with pytest.raises(Refused, match="渡した"):
            consultations.delete(desk.store, visit)
        if consultations.get(desk.store, visit).state == "final":
            finalizing.correct(desk.store, visit, "金額の誤り")
    assert bin_.listing(desk.store) == []


def test_after_30_days_the_way_back_is_gone(desk: Desk, clock: SetClock, konan: str, visit: str) -> None:
    consultations.delete(desk.store, visit)
    clock.forward(days=30)
    (item,) = bin_.listing(desk.store)
    assert bin_.empty_old(desk.store, desk.blobs).records == 0
    clock.forward(seconds=1)
    assert bin_.listing(desk.store) == []
    assert bin_.empty_old(desk.store, desk.blobs).records == 1
    told = history.undo(desk.store, ("consultation", visit))
    assert told is None or "30日" in "".join(told.kept)
    assert consultations.listing(desk.store) == [] and item.key == ("consultation", visit)


def test_the_row_and_its_journal_stay_so_that_the_deletion_travels(desk: Desk, clock: SetClock, konan: str,
                                                                   visit: str) -> None:
    consultations.delete(desk.store, visit)
    with desk.store.read() as conn:
        before = conn.execute(select(func.count()).select_from(local.change)).scalar_one()
    clock.forward(days=400)
    bin_.empty_old(desk.store, desk.blobs)
    with desk.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(local.change)).scalar_one() == before
        newest = conn.execute(select(local.change.c.set).where(local.change.c.uid == visit)
                              .order_by(local.change.c.id.desc()).limit(1)).scalar_one()
    assert '"deleted_at":"2026-11-24' in newest
    assert consultations.get(desk.store, visit).record.deleted_at is not None


def test_a_company_that_visits_name_can_come_back_for_ever(desk: Desk, clock: SetClock, konan: str, visit: str) -> None:
    organizations.delete(desk.store, konan)
    clock.forward(days=500)
    (item,) = bin_.listing(desk.store)
    assert item.used and bin_.empty_old(desk.store, desk.blobs).records == 0
    assert [v.organization for v in consultations.listing(desk.store)] == ["湖南精工"]
    bin_.restore(desk.store, item)
    assert organizations.get(desk.store, konan).deleted_at is None


def test_photos_go_30_days_after_nothing_names_them(desk: Desk, clock: SetClock, visit: str) -> None:
    kept = photos.attach(desk.store, desk.blobs, visit, picture("blue"), "kept.jpg")
    gone = photos.attach(desk.store, desk.blobs, visit, picture("red"), "gone.jpg")
    hashes = {a.uid: a.hash for a in photos.of_consultation(desk.store, visit)}
    clock.forward(days=40)
    photos.remove(desk.store, visit, gone)
    clock.forward(days=30)
    assert bin_.empty_old(desk.store, desk.blobs).blobs == 0 and desk.blobs.get(hashes[gone])
    clock.forward(seconds=1)
    assert bin_.empty_old(desk.store, desk.blobs).blobs == 1
    assert desk.blobs.get(hashes[gone]) is None and desk.blobs.get(hashes[kept])
    assert bin_.empty_old(desk.store, desk.blobs).blobs == 0


def test_a_photo_of_a_deleted_visit_goes_with_it(desk: Desk, clock: SetClock, visit: str) -> None:
    photos.attach(desk.store, desk.blobs, visit, picture(), "a.jpg")
    consultations.delete(desk.store, visit)
    clock.forward(days=30)
    assert bin_.empty_old(desk.store, desk.blobs).blobs == 0
    clock.forward(seconds=1)
    assert bin_.empty_old(desk.store, desk.blobs).blobs == 1 and desk.blobs.hashes() == []


def test_a_photo_that_a_version_names_stays(desk: Desk, clock: SetClock, visit: str) -> None:
    timeline.add(desk.store, visit, "said", "売上の七割")
    photo = photos.attach(desk.store, desk.blobs, visit, picture(), "a.jpg", consent="yes")
    finalizing.finalize(desk.store, desk.blobs, visit, Signature("小平", "社長", "typed"))
    finalizing.correct(desk.store, visit, "写真の取り違え")
    photos.remove(desk.store, visit, photo)
    before = desk.blobs.hashes()
    clock.forward(days=99)
    bin_.empty_old(desk.store, desk.blobs)
    assert desk.blobs.hashes() == before


def test_a_photo_that_a_before_value_names_stays(desk: Desk, clock: SetClock, visit: str) -> None:
    photo = photos.attach(desk.store, desk.blobs, visit, picture("red"), "a.jpg")
    other = desk.blobs.put(picture("green"), "image/jpeg", clock().isoformat())
    photos.edit(desk.store, visit, photo, {"hash": other})
    clock.forward(days=99)
    assert bin_.empty_old(desk.store, desk.blobs).blobs == 0 and len(desk.blobs.hashes()) == 2
    history.undo(desk.store, ("consultation", visit))
    assert desk.blobs.get(photos.of_consultation(desk.store, visit)[0].hash or "")


def test_a_photo_taken_in_again_is_not_swept_before_its_row_is_there(desk: Desk, clock: SetClock, visit: str) -> None:
    photo = photos.attach(desk.store, desk.blobs, visit, picture(), "a.jpg")
    photos.remove(desk.store, visit, photo)
    clock.forward(days=31)
    digest = desk.blobs.put(photos.prepare(picture()).jpeg, "image/jpeg", clock().isoformat())
    assert bin_.empty_old(desk.store, desk.blobs).blobs == 0 and desk.blobs.get(digest)


def test_an_import_taken_back_is_one_item(desk: Desk, tmp_path) -> None:
    file = tmp_path / "list.jsonl"
    file.write_text("\n".join(f'{{"id": "{n}", "name": "架空工業{n}"}}' for n in range(30)), "utf-8")
    importing.undo_import(desk.store, importing.import_organizations(desk.store, file).import_id)
    (item,) = bin_.listing(desk.store)
    assert len(item.others) == 29
    bin_.restore(desk.store, item)
    assert len(organizations.listing(desk.store, query="架空工業")) == 30


def test_it_is_restored_once(desk: Desk, konan: str) -> None:
    organizations.delete(desk.store, konan)
    (item,) = bin_.listing(desk.store)
    bin_.restore(desk.store, item)
    with pytest.raises(Refused):
        bin_.restore(desk.store, item)


def test_a_line_cannot_come_back_into_a_signed_visit(desk: Desk, visit: str) -> None:
    timeline.add(desk.store, visit, "said", "残る行")
    timeline.delete(desk.store, visit, timeline.add(desk.store, visit, "said", "消した行"))
    finalizing.finalize(desk.store, desk.blobs, visit, Signature("小平", "社長", "typed"))
    (item,) = bin_.listing(desk.store)
    with pytest.raises(Refused, match="署名済み"):
        bin_.restore(desk.store, item)
    assert len(bin_.listing(desk.store)) == 1


def test_stars_and_drafts_go_for_good_with_the_record(desk: Desk, clock: SetClock, konan: str) -> None:
    organizations.set_star(desk.store, konan, True)
    organizations.delete(desk.store, konan)
    clock.forward(days=31)
    bin_.empty_old(desk.store, desk.blobs)
    with desk.store.read() as conn:
        assert conn.execute(select(local.favourite)).all() == []
