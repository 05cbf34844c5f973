"""Photos come to their time in the record, once, in one step; a camera's clock is put right; cards are read."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest

from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.services import (
    closing,
    consultations,
    history,
    organizations,
    photo_cards,
    photo_intake,
    photos,
    sheets,
    timeline,
)
from kanto_desk.services.desk import Desk
from tests.db.parts import SetClock
from tests.photographs import card, photo

DAY = datetime(2026, 11, 24, tzinfo=JST)
CAMERA = "Canon EOS R50#0123"


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return DAY.replace(hour=hour, minute=minute, second=second)


@pytest.fixture
def visit(desk: Desk, clock: SetClock) -> str:
    """A visit with lines at 13:30, 13:40 and 13:50; it is 14:30 now."""
    company = organizations.create(desk.store, {"name": "株式会社 湖南精工", "kana": "コナンセイコウ"})
    uid = consultations.create(desk.store, company, {"held_on": DAY.date()})
    for minute in (30, 40, 50):
        clock.now = at(13, minute)
        timeline.add(desk.store, uid, "said", f"{minute}分の話")
    clock.now = at(14, 30)
    return uid


def shots(desk: Desk, *times: datetime, **how: object) -> list[photo_intake.Kept]:
    return [photo_intake.keep(desk.store, desk.blobs, photo(t, words=f"{n} {t}", **how), f"IMG_{n}.JPG")
            for n, t in enumerate(times)]


def order(desk: Desk, visit: str) -> list[str]:
    """The lines as 13:30 words, with the number of their photos."""
    return [f"{line.time} {line.text}" + (f" ×{len(line.pictures)}" if line.pictures else "")
            for line in timeline.lines(desk.store, visit)]


def test_photos_stand_at_their_time_and_one_undo_takes_them_all_back(desk: Desk, visit: str) -> None:
    before = order(desk, visit)
    kept = shots(desk, at(13, 45), at(13, 35), at(13, 35, 50), at(13, 38), at(14, 1), at(13, 20))
    taken = photo_intake.take(desk.store, visit, kept)
    assert len(taken.photos) == 6 and taken.steps == 1
    assert order(desk, visit) == ["13:20 写真 ×1", "13:30 30分の話", "13:35 写真 ×2", "13:38 写真 ×1", "13:40 40分の話",
                                  "13:45 写真 ×1", "13:50 50分の話", "14:01 写真 ×1"]
    history.undo(desk.store, ("consultation", visit))
    assert order(desk, visit) == before and not photos.pictures(desk.store, visit)
    history.redo(desk.store, ("consultation", visit))
    assert len(photos.pictures(desk.store, visit)) == 6


def test_the_same_file_is_taken_once(desk: Desk, visit: str) -> None:
    kept = shots(desk, at(13, 35), at(13, 45))
    photo_intake.take(desk.store, visit, [*kept, kept[0]])
    again = photo_intake.take(desk.store, visit, kept)
    assert again.photos == () and set(again.known) == {"IMG_0.JPG", "IMG_1.JPG"} and again.steps == 0
    assert len(photos.pictures(desk.store, visit)) == 2
    assert photo_intake.known(desk.store, None, [kept[0].source]) == {kept[0].source: visit}
    photos.remove(desk.store, visit, photos.pictures(desk.store, visit)[0].uid)
    assert len(photo_intake.take(desk.store, visit, kept).photos) == 1, "one in the bin may come again"


def test_more_than_one_operation_may_hold(desk: Desk, visit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = shots(desk, at(13, 35))[0]
    from dataclasses import replace
    many = [replace(one, source=f"{n:064x}", taken_at=at(13, 35) + timedelta(seconds=n * 7)) for n in range(400)]
    taken = photo_intake.take(desk.store, visit, many)
    assert taken.steps == 3 and len(photos.pictures(desk.store, visit)) == 400
    photo_intake.undo_steps(lambda: history.undo(desk.store, ("consultation", visit)), taken)()
    assert not photos.pictures(desk.store, visit) and len(order(desk, visit)) == 3


def test_a_wrong_camera_clock_is_said_once_and_remembered(desk: Desk, visit: str) -> None:
    wrong = timedelta(hours=9, minutes=2)
    kept = shots(desk, at(13, 35) - wrong, at(13, 45) - wrong, at(14, 0) - wrong)
    phone = photo_intake.keep(desk.store, desk.blobs, photo(at(13, 36), model="iPhone", serial="", offset="+09:00"), "p.jpg")
    uids = photo_intake.take(desk.store, visit, [*kept, phone]).photos
    assert order(desk, visit)[0].startswith("04:33 写真") and "13:36 写真 ×1" in order(desk, visit)
    timeline.edit(desk.store, visit, timeline.lines(desk.store, visit)[0].uid, text="入口")
    moved = photo_intake.set_time(desk.store, desk.blobs, visit, uids[1], at(13, 45), all_of_camera=True)
    assert moved == 3
    assert order(desk, visit) == ["13:30 30分の話", "13:35 入口 ×1", "13:36 写真 ×1", "13:40 40分の話", "13:45 写真 ×1",
                                  "13:50 50分の話", "14:00 写真 ×1"]
    assert photo_intake.corrections(desk.store) == {CAMERA: wrong}
    more = photo_intake.keep(desk.store, desk.blobs, photo(at(14, 10) - wrong, words="next"), "n.jpg")
    photo_intake.take(desk.store, visit, [more])
    assert order(desk, visit)[-1] == "14:10 写真 ×1", "the next import knows the clock"
    for _ in range(2):
        history.undo(desk.store, ("consultation", visit))
    assert order(desk, visit)[0].startswith("04:33 入口")
    assert photo_intake.corrections(desk.store) == {}, "a correction taken back counts no more"


def test_an_earlier_correction_comes_back_when_the_later_is_undone(desk: Desk, visit: str) -> None:
    uid = photo_intake.take(desk.store, visit, shots(desk, at(12, 35))).photos[0]
    for minutes in (60, 61):
        photo_intake.set_time(desk.store, desk.blobs, visit, uid, at(12, 35) + timedelta(minutes=minutes), all_of_camera=True)
    history.undo(desk.store, ("consultation", visit))
    uid_again = photo_intake.corrections(desk.store)
    assert uid_again == {CAMERA: timedelta(minutes=60)}


def test_one_photo_can_be_moved_alone_and_leaves_the_line_it_shared(desk: Desk, visit: str) -> None:
    uids = photo_intake.take(desk.store, visit, shots(desk, at(13, 35), at(13, 35, 20), at(13, 35, 40))).photos
    assert photo_intake.set_time(desk.store, desk.blobs, visit, uids[1], at(13, 52), all_of_camera=False) == 1
    assert order(desk, visit)[1] == "13:35 写真 ×2" and order(desk, visit)[-1] == "13:52 写真 ×1"
    assert photo_intake.corrections(desk.store) == {}
    advice = timeline.lines(desk.store, visit)[0].uid
    photos.move_to_line(desk.store, visit, [uids[0], uids[2]], advice)
    assert order(desk, visit)[:2] == ["13:30 30分の話 ×2", "13:40 40分の話"], "the line left empty is gone"
    photo_intake.set_time(desk.store, desk.blobs, visit, uids[0], at(13, 59), all_of_camera=False)
    assert order(desk, visit)[0] == "13:30 30分の話 ×2", "under a line of words it stays where it was put"
    with pytest.raises(Refused):
        photos.move_to_line(desk.store, visit, [uids[0]], "no-such-line")


def test_a_photo_line_takes_no_part_in_the_times_of_the_visit(desk: Desk, visit: str) -> None:
    photo_intake.take(desk.store, visit, shots(desk, at(4, 0)))
    span = photo_cards.span(desk.store, visit)
    assert span.begin == at(13, 30) and span.end == at(14, 30)


def test_files_without_a_camera_time_use_their_own(desk: Desk, visit: str) -> None:
    kept = photo_intake.keep(desk.store, desk.blobs, photo(None), "scan.jpg", at(13, 47))
    assert not kept.camera_time
    photo_intake.take(desk.store, visit, [kept], {CAMERA: timedelta(hours=3)})
    assert "13:47 写真 ×1" in order(desk, visit), "a camera's correction does not move a file's time"


def test_originals_and_places_are_kept_only_on_wish(desk: Desk, visit: str) -> None:
    content = photo(at(13, 35), place=True)
    one = photo_intake.keep(desk.store, desk.blobs, content, "a.jpg")
    assert one.original == ""
    desk.store.set_setting(photo_intake.KEEP_ORIGINAL, True)
    two = photo_intake.keep(desk.store, desk.blobs, content, "a.jpg")
    kept = desk.blobs.get(two.original)
    assert kept is not None and len(kept) == len(content) and kept != content
    desk.store.set_setting(photo_intake.KEEP_PLACE, True)
    three = photo_intake.keep(desk.store, desk.blobs, content, "a.jpg")
    assert desk.blobs.get(three.original) == content and three.original == three.source
    photo_intake.take(desk.store, visit, [two])
    photos.sweep(desk.store, desk.blobs)
    assert set(desk.blobs.hashes()) == {two.hash, two.original}, "what a row names stays, the rest goes"


def test_only_consented_photos_are_printed_and_the_open_ones_are_named(desk: Desk, visit: str) -> None:
    uids = photo_intake.take(desk.store, visit, shots(desk, at(13, 35), at(13, 45), at(14, 0))).photos
    for uid, caption in zip(uids, ("ALPHA-1", "BETA-2", "GAMMA-3"), strict=True):
        photos.edit(desk.store, visit, uid, {"caption": caption})
    photos.edit_all(desk.store, visit, uids[:1], {"consent": "yes"})
    photos.edit_all(desk.store, visit, uids[1:2], {"consent": "no"})
    document = pypdfium2.PdfDocument(sheets.preview(desk.store, desk.blobs, visit).pdf)
    pages = [document[n] for n in range(len(document))]
    words = "".join(page.get_textpage().get_text_bounded() for page in pages)
    assert "ALPHA-1" in words and "BETA-2" not in words and "GAMMA-3" not in words
    images = [o for page in pages for o in page.get_objects(filter=[3])]   # 3: image objects
    assert len(images) == 1
    document.close()
    gaps = [g.text for g in closing.gaps(desk.store, visit) if g.field == "photo"]
    assert gaps == ["掲載の同意が未確認の写真が1枚あります（印刷されません）"]
    photos.edit_all(desk.store, visit, uids, {"consent": "yes"})
    assert not [g for g in closing.gaps(desk.store, visit) if g.field == "photo"]
    history.undo(desk.store, ("consultation", visit))
    assert [a.consent for a in photos.pictures(desk.store, visit)] == ["yes", "no", "unasked"], "all three in one step"


def test_a_card_is_read_in_order_of_time(desk: Desk, visit: str, tmp_path: Path) -> None:
    root = card(tmp_path / "card", photo(at(13, 35)), photo(at(13, 5)), photo(at(13, 45) - timedelta(days=3)), b"")
    (root / "DCIM" / "100CANON" / "MOVIE.MP4").write_bytes(b"x")
    (root / ".Trashes").mkdir()
    (root / ".Trashes" / "old.jpg").write_bytes(photo(at(13, 36)))
    empty = root / "DCIM" / "100CANON" / "IMG_0004.JPG"
    os.utime(empty, (at(13, 41).timestamp(),) * 2)
    found = photo_cards.scan(root)
    assert [(one.path.name, one.camera_time) for one in found] == [
        ("IMG_0003.JPG", True), ("IMG_0002.JPG", True), ("IMG_0001.JPG", True), ("IMG_0004.JPG", False)]
    span = photo_cards.span(desk.store, visit)
    assert [one.path.name for one in photo_cards.of_day(found, span, {})] == ["IMG_0002.JPG", "IMG_0001.JPG", "IMG_0004.JPG"]
    assert [one.path.name for one in photo_cards.of_visit(found, span, {})] == ["IMG_0001.JPG", "IMG_0004.JPG"]
    late = {CAMERA: timedelta(minutes=20)}
    assert [one.path.name for one in photo_cards.of_visit(found, span, late)] == ["IMG_0002.JPG", "IMG_0001.JPG", "IMG_0004.JPG"]
    looked = photo_cards.look(found[2].path)
    assert looked.thumb and not looked.refused and len(looked.digest) == 64
    assert "0バイト" in photo_cards.look(empty).refused
    assert photo_cards.is_card(root) and not photo_cards.is_card(tmp_path)
    assert photo_cards.scan(root, lambda: True) == [] and photo_cards.scan(tmp_path / "gone") == []
