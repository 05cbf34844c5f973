"""A changed visit imported again: what the file changed is changed here; what people changed here stays and is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kanto_desk.db import local
from kanto_desk.services import consents, consultations, importing, promises, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.services.importing import CREATED, SAME, UPDATED, Outcome

ROW: dict[str, Any] = {
    "id": "v", "organization": "一般社団法人雪国観光圏", "held_on": "2026-11-20", "theme": "元の件名", "place": "元の場所",
    "issues": ["0101", "0301"], "participants": [{"name": "山田", "role": "係長"}, "佐藤"], "consents": ["10"],
    "lines": ["一", {"kind": "課題", "text": "二"}, "三"], "promises": [{"text": "送る", "who": "山田", "line": 2}]}


def take(desk: Desk, folder: Path, row: dict[str, Any], *, dry_run: bool = False) -> Outcome:
    file = folder / "c.jsonl"
    file.write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")
    return importing.import_consultations(desk.store, file, dry_run=dry_run).outcomes[0]


@pytest.fixture
def uid(desk: Desk, tmp_path: Path) -> str:
    made = take(desk, tmp_path, ROW)
    assert made.what == CREATED
    return made.uid


def said(desk: Desk, uid: str) -> list[tuple[str, str]]:
    return [(x.kind, x.text) for x in timeline.lines(desk.store, uid)]


def test_changed_parts_are_changed_and_none_is_added_beside_them(desk: Desk, tmp_path: Path, uid: str) -> None:
    before = [x.uid for x in timeline.lines(desk.store, uid)]
    row = {**ROW, "lines": ["零", "一改", {"kind": "課題", "text": "二"}, "三改"], "theme": "新しい件名",
           "participants": [{"name": "山田", "role": "課長"}, "鈴木"], "issues": ["0101", "0302"],
           "promises": [{"text": "明日送る", "who": "山田", "line": 3}]}
    tried = take(desk, tmp_path, row, dry_run=True)
    done = take(desk, tmp_path, row)
    assert (tried.what, tried.remarks) == (done.what, done.remarks) == (UPDATED, ())
    assert [text for _, text in said(desk, uid)] == ["零", "一改", "二", "三改"]
    assert set(before) <= {x.uid for x in timeline.lines(desk.store, uid)}
    assert [(p.name, p.role) for p in consultations.participants(desk.store, uid)] == [("山田", "課長"), ("鈴木", None)]
    assert [i.code for i in consultations.issues(desk.store, uid)] == ["0101", "0302"]
    assert [(p.text, p.who) for p in promises.of_consultation(desk.store, uid)] == [("明日送る", "山田")]
    assert consultations.get(desk.store, uid).record.theme == "新しい件名"
    assert take(desk, tmp_path, row).what == SAME


def test_what_a_person_changed_or_removed_stays_and_is_told(desk: Desk, tmp_path: Path, uid: str) -> None:
    one, _, three = timeline.lines(desk.store, uid)
    timeline.edit(desk.store, uid, one.uid, text="人が直した一")
    timeline.delete(desk.store, uid, three.uid)
    consultations.edit(desk.store, uid, {"theme": "人の件名"})
    agreed = promises.of_consultation(desk.store, uid)
    assert agreed == []   # it went with its line
    row = {**ROW, "theme": "元の件名改", "place": "新しい場所",
           "lines": ["一改", {"kind": "課題", "text": "二改"}, "三改"]}
    tried = take(desk, tmp_path, row, dry_run=True)
    done = take(desk, tmp_path, row)
    assert done.what == UPDATED and tried.remarks == done.remarks
    assert said(desk, uid) == [("said", "人が直した一"), ("issue", "二改")]
    record = consultations.get(desk.store, uid).record
    assert (record.theme, record.place) == ("人の件名", "新しい場所")
    assert done.remarks == ("「件名」はここで直したものを残しました（取り込み元：元の件名改）",
                            "「内容」はここで直したものを残しました（取り込み元：一改）",
                            "「三改」はここで消したものです。もどしていません")
    assert take(desk, tmp_path, row).what == SAME


def test_parts_with_ids_of_their_own_are_found_wherever_they_stand(desk: Desk, tmp_path: Path) -> None:
    row = {**ROW, "lines": [{"id": "a", "text": "一"}, {"id": "b", "text": "二"}], "promises": [{"id": "p", "text": "送る"}]}
    uid = take(desk, tmp_path, row).uid
    known = {x.text: x.uid for x in timeline.lines(desk.store, uid)}
    row = {**row, "lines": [{"id": "c", "text": "二"}, {"id": "b", "text": "書き換えた"}, {"id": "a", "text": "一"}],
           "promises": [{"id": "p", "text": "すぐ届ける"}, {"id": "q", "text": "送る"}]}
    assert take(desk, tmp_path, row).what == UPDATED
    now = {x.uid: x.text for x in timeline.lines(desk.store, uid)}
    assert (now[known["一"]], now[known["二"]], len(now)) == ("一", "書き換えた", 3)
    assert sorted(p.text for p in promises.of_consultation(desk.store, uid)) == ["すぐ届ける", "送る"]


def test_nothing_is_removed_and_people_choose_the_primary_issue(desk: Desk, tmp_path: Path, uid: str) -> None:
    consultations.set_issues(desk.store, uid, ["0301", "0101"])
    row = {**ROW, "lines": ["一", "三"], "issues": ["0101", "0301", "0403"], "consents": ["20"], "promises": []}
    done = take(desk, tmp_path, row)
    assert done.what == UPDATED and [text for _, text in said(desk, uid)] == ["一", "二", "三"]
    assert "取り込み元に無くなった「記録の行」を1件、残しました" in done.remarks
    assert [(i.code, bool(i.primary)) for i in consultations.issues(desk.store, uid)] == [
        ("0301", True), ("0101", False), ("0403", False)]
    assert sorted(consents.given(desk.store, uid)) == ["10", "20"]
    assert len(promises.of_consultation(desk.store, uid)) == 1


def test_a_visit_imported_before_anything_was_remembered_gets_no_doubled_lines(desk: Desk, tmp_path: Path,
                                                                              uid: str) -> None:
    with desk.store.write() as conn:
        conn.execute(local.setting.delete().where(local.setting.c.key.startswith("imported_parts:")))
    assert take(desk, tmp_path, {**ROW, "lines": [*ROW["lines"], "四"]}).what == UPDATED
    assert [text for _, text in said(desk, uid)] == ["一", "二", "三", "四"]
    assert take(desk, tmp_path, {**ROW, "lines": [*ROW["lines"], "四改"]}).what == UPDATED
    assert [text for _, text in said(desk, uid)] == ["一", "二", "三", "四改"]
