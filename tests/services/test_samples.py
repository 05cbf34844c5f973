"""Sample data goes without a trace: every table, file, index and setting is as if it had never been there."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from kanto_desk.clock import JST
from kanto_desk.japanese.calendar import fiscal_year
from kanto_desk.paths import resources
from kanto_desk.services import (
    consultations,
    facts,
    finalizing,
    history,
    home,
    links,
    organizations,
    photo_intake,
    photos,
    promises,
    sample_dates,
    samples,
    sending_later,
    summary,
    timeline,
)
from kanto_desk.services.desk import Desk
from kanto_desk.services.finalizing import Signature

_OF_THE_CLOCK = {"device"}   # number and clock of the last change: they only ever go on


def rows(engine: Any) -> dict[str, list[Any]]:
    """Every row of every table of a file, the search index's own among them."""
    with engine.connect() as conn:
        names = [name for (name,) in conn.execute(text("SELECT name FROM sqlite_schema WHERE type = 'table'"))]
        return {name: sorted(map(repr, conn.execute(text(f'SELECT * FROM "{name}"')))) for name in names
                if name not in _OF_THE_CLOCK and not name.startswith("record_index")}


def words(desk: Desk) -> set[str]:
    """Every word that the search index still holds."""
    with desk.store.write() as conn:
        conn.execute(text("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, record_index, row)"))
        found = {term for (term,) in conn.execute(text("SELECT term FROM temp.words"))}
        conn.execute(text("DROP TABLE temp.words"))
    return found


def picture() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS R50"
    exif.get_ifd(0x8769)[0x9003] = "2026:11:24 10:00:00"
    Image.new("RGB", (900, 600), "navy").save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


def photographed(desk: Desk, visit: str, clock: Any) -> None:
    """A photo by a camera whose clock is wrong, put right."""
    kept = photo_intake.keep(desk.store, desk.blobs, picture(), "IMG_0001.JPG")
    taken = photo_intake.take(desk.store, visit, [kept])
    photo_intake.set_time(desk.store, desk.blobs, visit, taken.photos[0], clock(), all_of_camera=True)


def _tab(visit: str) -> list[str]:
    return ["consultation", visit, "相談", "record", ""]


def worked_on(desk: Desk, clock: Any) -> None:
    """Everything that leaves something: lines, photos with another clock, people, a signature, あとで送る, tabs."""
    store, next_visit = desk.store, home.read(desk.store).next_visit
    assert next_visit is not None
    uid, company = next_visit.visit.uid, next_visit.visit.organization_uid
    organizations.set_star(store, company, True)
    organizations.profile(store, company)
    organizations.edit(store, company, {"short_name": "湖南"})
    organizations.save_contact(store, company, {"name": "小口 渚", "kana": "オグチ ナギサ"}, role="受付")
    organizations.save_site(store, company, {"name": "第二工場"})
    organizations.rename(store, company, "湖南精工 株式会社", "コナンセイコウ", clock().date(), "10")
    consultations.start(store, uid)
    consultations.open_record(store, uid)
    store.set_setting("open_record", uid)
    store.set_setting("open_tabs", [*store.setting("open_tabs", []), _tab(uid)])
    timeline.add(store, uid, "promise", "見積もりを送る（当方・12/4 まで）")
    timeline.add(store, uid, "said", "受注が減る")
    timeline.add(store, uid, "issue", "測る手段がない")
    timeline.add(store, uid, "advice", "窓口へ")
    summary.add_item(store, uid, "issue", "まとめの課題")
    consultations.save_draft(store, uid, "said", "書きかけ")
    photographed(desk, uid, clock)
    photos.thumbnail(desk.blobs, photos.of_consultation(store, uid)[0].hash or "")
    promises.add(store, uid, {"text": "電話する", "who": "高橋"})
    consultations.edit(store, uid, {"theme": "別の件名"})
    history.undo(store, ("consultation", uid))
    finalizing.finalize(store, desk.blobs, uid, Signature("宮坂 真理", "品質課長", "typed"))
    sending_later.put_off(store, uid)
    more = consultations.create(store, company)
    timeline.add(store, more, "said", "話")
    consultations.delete(store, more)


@pytest.mark.parametrize("own", [False, True])
def test_nothing_is_left_in_any_table_or_file(desk: Desk, clock: Any, own: bool) -> None:
    if own:
        mine = consultations.create(desk.store, organizations.create(desk.store, {"name": "𠮷野家具店"}),
                                    {"held_on": clock().date() - timedelta(days=3)})
        timeline.add(desk.store, mine, "said", "自分の記録")
        consultations.open_record(desk.store, mine)
        photographed(desk, mine, clock)
        desk.store.set_setting("open_tabs", [_tab(mine)])
    before, spoken = (rows(desk.store.engine), rows(desk.blobs.engine)), words(desk)
    samples.load(desk)
    assert words(desk) > spoken
    worked_on(desk, clock)
    samples.remove(desk)
    after = (rows(desk.store.engine), rows(desk.blobs.engine))
    left = {name: sorted(set(now[name]) ^ set(was[name])) for was, now in zip(before, after, strict=True)
            for name in now if now[name] != was[name]}
    assert left == {}
    assert words(desk) == spoken


def test_a_number_that_is_ones_own_is_never_given_twice(desk: Desk) -> None:
    samples.load(desk)
    mine = consultations.create(desk.store, organizations.create(desk.store, {"name": "𠮷野家具店"}))
    number = consultations.get(desk.store, mine).record.reference
    samples.remove(desk)
    after = consultations.create(desk.store, organizations.create(desk.store, {"name": "次の店"}))
    assert str(consultations.get(desk.store, after).record.reference) > str(number)


def test_a_person_written_at_a_sample_company_is_never_sent(desk: Desk) -> None:
    samples.load(desk)
    visit = home.read(desk.store).next_visit
    assert visit is not None
    organizations.save_contact(desk.store, visit.visit.organization_uid, {"name": "小口 渚"}, role="受付")
    assert home.unsent(desk.store) == 0


def test_sample_photos_tell_the_cameras_time(desk: Desk) -> None:
    samples.load(desk)
    for visit in consultations.listing(desk.store):
        for photo in photos.of_consultation(desk.store, visit.uid):
            if photo.kind == "photo":
                told = photo_intake.origins(desk.blobs, [photo.hash or ""])[photo.hash or ""]
                assert told.taken_at == photo.taken_at and told.camera


@pytest.mark.parametrize(("loaded", "planned"), [("09:12", "13:30"), ("13:29", "13:30"), ("15:10", "16:00"),
                                                 ("15:40", "16:30"), ("21:59", "13:30"), ("23:50", "13:30")])
def test_the_next_visit_is_still_to_come(desk: Desk, clock: Any, loaded: str, planned: str) -> None:
    hour, minute = map(int, loaded.split(":"))
    now = clock()
    clock.forward(minutes=hour * 60 + minute - now.hour * 60 - now.minute)
    samples.load(desk)
    visit = home.read(desk.store).next_visit
    assert visit is not None and f"{visit.visit.planned_at:%H:%M}" == planned
    assert visit.visit.held_on == clock().date()


def test_sample_companies_hang_together(desk: Desk) -> None:
    samples.load(desk)
    uids = {str(row.name): row.uid for row in organizations.listing(desk.store, limit=200)}
    for name, others in (("株式会社 湖南精工", {"本郷メディカル機工 株式会社", "秩父チタン工業 株式会社"}),
                         ("越後みそ蔵 たかの", {"株式会社 富士山麓テキスタイル"}),
                         ("株式会社 富士山麓テキスタイル", {"越後みそ蔵 たかの"}),
                         ("箱根 湯の花荘 株式会社", {"合同会社 八ヶ岳クラフト木工"})):
        assert {link.name for link in links.of_organization(desk.store, uids[name])} == others


def _aware(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=JST)


@pytest.mark.parametrize("first", [date(2026, 1, 1), date(2028, 1, 1)])   # 1 April a Wednesday, a Saturday
@pytest.mark.parametrize("hour", [8, 13, 22])
def test_the_fiscal_year_holds_visits_on_any_day(first: date, hour: int) -> None:
    for n in range(366):
        now = _aware(first + timedelta(days=n), hour)
        rows = [sample_dates.dated(json.loads(line), now) for line in (
            resources() / "sample" / "consultations.jsonl").read_text("utf-8").splitlines()]
        inside = [row for row in rows if fiscal_year(date.fromisoformat(row["held_on"])) == fiscal_year(now.date())]
        made = [row for row in inside if row["state"] != "planned"]
        assert len(made) >= 2 and len(inside) >= 3, now
        assert {row["held_on"] for row in rows if row["state"] == "planned"} == {now.date().isoformat()}
        for row in rows:
            assert row["held_on"] <= now.date().isoformat()
            times = [row["started_at"], *(line["at"] for line in row["lines"]), row["ended_at"]]
            assert times == sorted(times), now


def test_a_visit_put_to_the_first_of_april_is_over(desk: Desk, clock: Any) -> None:
    clock.now = _aware(date(2026, 4, 1), 9)
    samples.load(desk)
    visits = [consultations.get(desk.store, v.uid).record for v in consultations.listing(desk.store)]
    done = [v for v in visits if v.held_on == date(2026, 4, 1) and v.started_at]
    assert len(done) == 2
    assert all(v.ended_at and v.ended_at < clock() and v.started_at.astimezone(JST).date() == v.held_on for v in done)
    assert done[0].started_at != done[1].started_at


def test_visits_spread_over_prefectures_and_forms(desk: Desk) -> None:
    samples.load(desk)
    visits = [consultations.get(desk.store, v.uid).record for v in consultations.listing(desk.store)]
    assert {v.form for v in visits} == {"10", "20", "30", "40"}
    places = {organizations.get(desk.store, v.organization).prefecture for v in visits}
    assert len(places) >= 4
    assert {v.expert for v in visits} == {"高橋"}


def test_some_facts_are_old_enough_to_be_asked_again(desk: Desk) -> None:
    samples.load(desk)
    old: dict[str, list[str]] = {}
    for row in organizations.listing(desk.store, limit=200):
        if organizations.get(desk.store, row.uid).sample:
            known = facts.of_organization(desk.store, row.uid)
            old[str(row.name)] = [name for (_, name), source in known.items() if source.old]
            assert all(source.origin == "sample" for source in known.values())
    assert old["株式会社 湖南精工"] == ["capital_yen"]
    assert sum(map(len, old.values())) >= 2 and max(map(len, old.values())) == 1
