"""Search in records: any part of a word, any spelling, in step with every save."""

from __future__ import annotations

from datetime import date

import pytest

from kanto_desk.db import search
from tests.db.parts import a_store


@pytest.fixture
def store(tmp_path):
    made = a_store(tmp_path)
    yield made
    made.close()


def found(store, query, types=None) -> list[str]:
    with store.read() as conn:
        return [h.uid for h in search.find(conn, query, types)]


def an_entry(store, text: str, root: str = "c1") -> str:
    with store.operation("行") as op:
        return op.add("entry", {"consultation": root, "text": text})


@pytest.mark.parametrize("query", ["医療", "薬事", "療機", "ｉｓｏ 13485", "取得計画", "計", "さいたま 医療", "ｶﾀﾛｸﾞ", "かたろぐ",
                                   "渡邊", "渡辺"])
def test_every_part_and_spelling_finds_the_line(store, query):
    uid = an_entry(store, "さいたま市の渡邉さんは医療機器の薬事とISO 13485の取得計画、カタログの話をした")
    an_entry(store, "まったく別の行")
    assert found(store, query) == [uid]


@pytest.mark.parametrize("query", ["医事", "療薬", "", "  ", '"', "|", "別話"])
def test_what_is_not_there_is_not_found(store, query):
    an_entry(store, "医療と薬事の話")
    assert found(store, query) == []


def test_words_do_not_reach_from_one_field_into_the_next(store):
    with store.operation("企業") as op:
        op.add("organization", {"name": "上田", "city": "プレス"})
    assert found(store, "田プ") == []


def test_an_edit_and_the_bin_move_the_index_along(store):
    uid = an_entry(store, "面粗さ")
    with store.operation("編集") as op:
        op.put("entry", uid, {"text": "真円度"})
    assert found(store, "面粗さ") == []
    assert found(store, "真円度") == [uid]
    with store.operation("消す") as op:
        op.delete("entry", uid)
    assert found(store, "真円度") == []
    with store.operation("戻す") as op:
        op.put("entry", uid, {"deleted_at": None})
    assert found(store, "真円度") == [uid]


def test_a_hit_names_the_record_to_open(store):
    uid = an_entry(store, "面粗さ", root="c9")
    with store.read() as conn:
        hit = search.find(conn, "面粗さ")[0]
    assert (hit.type, hit.uid, hit.root_type, hit.root) == ("entry", uid, "consultation", "c9")


def test_an_index_made_otherwise_is_made_anew(store):
    with store.operation("相談") as op:
        old, new = (op.add("consultation", {"theme": f"相談 {n}", "held_on": day})
                    for n, day in enumerate((date(2026, 5, 1), date(2026, 6, 1))))
        late = op.add("entry", {"consultation": old, "text": "面粗さ"})
        gone = op.add("entry", {"consultation": new, "text": "面粗さ"})
        first = op.add("entry", {"consultation": new, "text": "面粗さ"})
        photo = op.add("attachment", {"owner_type": "consultation", "owner": new, "caption": "面粗さ"})
        op.add("organization", {"name": "湖南精工", "city": "諏訪市"})
    with store.operation("消す") as op:
        op.delete("entry", gone)
    assert found(store, "面粗さ") == [photo, first, late]   # by the days of their visits, not by their making
    with store.write() as conn:
        conn.exec_driver_sql("INSERT INTO record_index(record_index) VALUES ('delete-all')")
        conn.exec_driver_sql("UPDATE found SET id = id + 7")
        assert not search.is_current(conn) and search.count(conn, "面粗さ") == 0
        search.rebuild(conn)
        assert search.is_current(conn)
    assert set(found(store, "面粗さ")) == {photo, first, late} and found(store, "面粗さ")[-1] == late
    assert len(found(store, "すわ")) == 1
    with store.operation("ほかの日") as op:
        op.put("consultation", old, {"held_on": date(2026, 7, 1)})
    assert found(store, "面粗さ")[0] == late
    with store.read() as conn:
        assert search.visits(conn, "面粗さ") == {old, new}


def test_types_narrow_and_newest_comes_first(store):
    first, second = an_entry(store, "測定 一"), an_entry(store, "測定 二")
    with store.operation("約束") as op:
        promise = op.add("promise", {"text": "測定する"})
    assert found(store, "測定") == [promise, second, first]
    assert found(store, "測定", ("entry",)) == [second, first]


@pytest.mark.parametrize(("city", "query"), [("諏訪市", "すわ"), ("芳賀郡益子町", "マシコ"), ("さいたま市大宮区", "おおみや")])
def test_a_place_is_found_by_its_reading(store, city, query):
    with store.operation("企業") as op:
        uid = op.add("organization", {"name": "湖南精工", "city": city})
    assert found(store, query) == [uid]
