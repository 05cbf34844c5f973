"""The names of its company as a part of each visit: they come, change and go with the records, whatever went first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kanto_desk.db import search, visit_names
from kanto_desk.db.store import Store
from kanto_desk.sync.taking_in import forget
from tests.db.parts import a_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


def of(store: Store, words: str) -> int:
    """How many visits have these words in them or in the names of their company."""
    with store.read() as conn:
        assert visit_names.wrong(conn) == []
        return len(search.numbers(conn, words))


def test_names_come_change_and_go_with_their_records(store: Store) -> None:
    with store.operation("相談") as op:
        visits = [op.add("consultation", {"organization": "c1", "held_on": date(2026, 5, day)}) for day in (1, 2)]
        former = op.add("organization_name", {"organization": "c1", "name": "旧湖南製作所"})
    assert of(store, "湖南製作") == 2, "the company itself has not come yet"
    with store.operation("企業") as op:
        company = op.add("organization", {"name": "湖南精工", "kana": "コナンセイコウ", "name_en": "Konan"})
        other = op.add("organization", {"name": "上田プレス"})
        op.put("consultation", visits[0], {"organization": company})
    assert [of(store, words) for words in ("湖南", "こなん", "konan", "精", "南コ", "x")] == [2, 1, 1, 1, 0, 0]
    with store.operation("日") as op:
        op.put("consultation", visits[0], {"held_on": date(2026, 7, 1)})
        op.put("organization", company, {"name": "諏訪精工"})
    assert [of(store, words) for words in ("諏訪", "湖南")] == [1, 1]
    with store.operation("名") as op:
        op.put("organization_name", former, {"organization": other})
        op.put("consultation", visits[1], {"organization": None})
    assert [of(store, words) for words in ("湖南", "諏訪")] == [0, 1]
    with store.operation("消す") as op:
        op.put("consultation", visits[1], {"organization": other})
        op.delete("organization", other)
    assert [of(store, words) for words in ("上田", "旧湖南")] == [1, 1], "a company in the bin is still called so"


def test_what_is_taken_away_is_found_by_no_name(store: Store) -> None:
    with store.operation("相談") as op:
        company = op.add("organization", {"name": "湖南精工"})
        former = op.add("organization_name", {"organization": company, "name": "旧製作所"})
        visit = op.add("consultation", {"organization": company, "held_on": date(2026, 5, 1)})
        op.add("consultation", {"organization": company, "held_on": date(2026, 5, 2)})
    assert [of(store, words) for words in ("湖南", "旧製")] == [2, 2]
    for key, left in ((("organization_name", former), [2, 0]), (("consultation", visit), [1, 0]),
                      (("organization", company), [0, 0])):
        with store.write() as conn:
            forget(conn, key, None, store.projections)
        assert [of(store, words) for words in ("湖南", "旧製")] == left
