"""Set phrases: shipped ones in both languages, found in any spelling, the fitting and most used ones first; undo."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from kanto_desk import i18n, masters
from kanto_desk.errors import Refused
from kanto_desk.japanese.blanks import BLANK, blanks, has_blank
from kanto_desk.japanese.text import clean_text
from kanto_desk.services import consultations, history, organizations, phrases, records, timeline
from kanto_desk.services import masters as loading
from kanto_desk.services.desk import Desk
from kanto_desk.services.home import unsent


@pytest.fixture(autouse=True)
def japanese():
    yield
    i18n.use("ja")


def titles(desk: Desk, query: str = "", kind: str | None = None) -> list[str]:
    return [one.title for one in phrases.listing(desk.store, query, kind=kind)]


def test_the_shipped_phrases_are_sound_in_both_languages() -> None:
    shipped = masters.phrases()
    assert len(shipped) >= 30 and len({p.uid for p in shipped}) == len(shipped)
    kinds = Counter(p.kind for p in shipped)
    assert kinds.keys() == {"said", "issue", "advice", "promise", "memo"} and min(kinds.values()) >= 4
    for p in shipped:
        assert 0 < len(p.title) <= phrases.TITLE_MOST and 0 < len(p.title_en) <= phrases.TITLE_MOST
        assert p.text == clean_text(p.text).strip() and p.text_en == p.text_en.strip()
        assert re.search("[ぁ-ん一-龥]", p.title_en + p.text_en) is None
        assert not re.search("[！!]", p.title + p.text + p.title_en + p.text_en)
        assert blanks(p.text) and all(p.text[a:b] == BLANK for a, b in blanks(p.text))
        assert len(blanks(p.text_en)) == len(blanks(p.text)), p.key
        assert re.fullmatch("[ァ-ヴー ]+", p.kana), p.key


def test_blanks_are_those_that_wait_for_words() -> None:
    assert blanks("［　］を［ ］へ [ ] と [  ]") == [(0, 3), (4, 7), (9, 12), (15, 19)]
    assert not has_blank("配列[] と [図1] と［済］")


def test_a_new_desk_has_them_and_none_is_unsent(desk: Desk) -> None:
    assert len(phrases.listing(desk.store)) == len(masters.phrases())
    assert unsent(desk.store) == 0
    assert titles(desk)[0] == "今日いちばんの相談"


def test_a_desk_of_an_earlier_edition_takes_in_only_what_it_lacks(desk: Desk) -> None:
    uid = masters.phrases()[3].uid
    gone = masters.phrases()[4].uid
    phrases.edit(desk.store, uid, text="わたしの言い方")
    phrases.delete(desk.store, gone)
    company = masters.organizations()[0].uid
    organizations.edit(desk.store, company, {"name": "名前を直した先"})
    desk.store.set_setting(loading.EDITION, "2026-11-24")
    assert loading.load(desk.store) == 0 and loading.load(desk.store) == 0
    shown = {one.uid: one for one in phrases.in_order(desk.store)}
    assert shown[uid].text == "わたしの言い方" and gone not in shown
    assert organizations.get(desk.store, company).name == "名前を直した先"
    with desk.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM head").scalar() == 0, "no conflict was made"


def test_they_are_found_in_any_spelling_and_before_conversion(desk: Desk) -> None:
    assert titles(desk, "販路") == titles(desk, "はんろ") == titles(desk, "ﾊﾝﾛ") == ["販路：特定の取引先に頼る"]
    assert titles(desk, "ＩＴ 紙") == ["IT：紙と手作業が残る"]
    assert "品質：不良が減らない" in titles(desk, "ひんしつ") and titles(desk, "ぬぬぬ") == []
    assert set(titles(desk, "約束")) >= {"紹介する（当方）"}, "the word of the kind finds them as well"
    phrases.add(desk.store, "壺の焼き締めは［　］度。", title="窯の国澤さん")
    assert titles(desk, "国沢") == ["窯の国澤さん"]


def test_the_fitting_ones_come_first_then_the_most_used(desk: Desk) -> None:
    own = phrases.add(desk.store, "どこでも使える［　］。")
    promise = phrases.listing(desk.store, kind="promise")
    assert [p.kind for p in promise[:7]] == ["promise"] * 6 + [""]
    assert promise[6].uid == own
    used = promise[4]
    assert [phrases.count_use(desk.store, used.uid) for _ in range(3)] == [1, 2, 3]
    phrases.count_use(desk.store, promise[2].uid)
    assert [p.uid for p in phrases.listing(desk.store, kind="promise")[:2]] == [used.uid, promise[2].uid]
    assert phrases.listing(desk.store)[0].uid == used.uid and phrases.listing(desk.store)[0].used == 3


def test_counting_is_neither_sent_nor_undone(desk: Desk) -> None:
    company = organizations.create(desk.store, {"name": "湖南精工"})
    visit = consultations.create(desk.store, company)
    timeline.add(desk.store, visit, "said", "話")
    before = unsent(desk.store)
    phrases.count_use(desk.store, masters.phrases()[0].uid)
    assert unsent(desk.store) == before and phrases.undo(desk.store) is None
    undone = history.undo(desk.store, ("consultation", visit))
    assert undone is not None and undone.label == "行の追加"


def test_every_change_can_be_undone_and_done_again(desk: Desk) -> None:
    first = titles(desk)
    uid = phrases.add(desk.store, "測った値は［　］。\n単位は［　］。", kind="said")
    assert phrases.listing(desk.store)[-1].title == "測った値は［　］。"
    phrases.edit(desk.store, uid, title="測った値", kind="")
    phrases.move(desk.store, uid, 1)
    assert titles(desk)[1] == "測った値"
    phrases.delete(desk.store, uid)
    assert titles(desk) == first
    for _ in range(4):
        assert phrases.undo(desk.store) is not None
    assert titles(desk) == first and phrases.undo(desk.store) is None
    for _ in range(3):
        assert phrases.redo(desk.store) is not None
    assert titles(desk)[1] == "測った値"


def test_places_given_twice_leave_room_for_a_move(desk: Desk) -> None:
    one, two = (phrases.add(desk.store, f"同じ所{n}") for n in (1, 2))
    with desk.store.read() as conn:
        place = conn.exec_driver_sql("SELECT place FROM phrase WHERE uid = ?", (one,)).scalar()
    with desk.store.operation("並び順", None) as op:   # as a second laptop that added at the same time
        op.put("phrase", two, {"place": place})
    count = len(phrases.in_order(desk.store))
    phrases.move(desk.store, masters.phrases()[0].uid, count - 2)
    assert len(phrases.in_order(desk.store)) == count


def test_what_cannot_be_kept_is_refused(desk: Desk) -> None:
    uid = masters.phrases()[0].uid
    with pytest.raises(Refused):
        phrases.add(desk.store, " \n ")
    with pytest.raises(Refused):
        phrases.add(desk.store, "長" * 1001)
    with pytest.raises(Refused):
        phrases.edit(desk.store, uid, title=" ")
    phrases.delete(desk.store, uid)
    with pytest.raises(Refused):
        phrases.edit(desk.store, uid, text="消したもの")
    assert records.get(desk.store, "phrase", uid).deleted


def test_shipped_phrases_speak_english_until_somebody_writes_them(desk: Desk) -> None:
    uid = masters.phrases()[0].uid
    i18n.use("en")
    shown = phrases.listing(desk.store, "talk about today")[0]
    assert (shown.uid, shown.title) == (uid, "What matters most today") and "[ ]" in shown.text
    phrases.edit(desk.store, uid, title=shown.title, text="Today: [ ].")
    assert [one.text for one in phrases.in_order(desk.store) if one.uid == uid] == ["Today: [ ]."]
    i18n.use("ja")
    again = next(one for one in phrases.in_order(desk.store) if one.uid == uid)
    assert (again.title, again.text) == ("今日いちばんの相談", "Today: [ ].")
