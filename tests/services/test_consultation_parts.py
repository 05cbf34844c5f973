"""Parts of a consultation beside its lines: drafts of lines, consents, removed items of まとめ, handing over a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kanto_desk.errors import Trouble
from kanto_desk.services import (
    consents,
    consultations,
    handing,
    history,
    line_drafts,
    organizations,
    other_names,
    promises,
    summary,
    timeline,
)
from kanto_desk.services.desk import Desk
from tests.db.parts import SetClock


@pytest.fixture
def visit(desk: Desk) -> str:
    company = organizations.create(desk.store, {"name": "株式会社 湖南精工"})
    return consultations.create(desk.store, company)


def test_a_line_is_made_with_a_uid_that_was_shown_before(desk: Desk, visit: str) -> None:
    uid = timeline.new_line_uid(desk.store)
    assert timeline.add(desk.store, visit, "said", "受注が減る。", uid=uid) == uid
    assert [line.uid for line in timeline.lines(desk.store, visit)] == [uid]


def test_drafts_of_lines_are_kept_until_they_are_emptied(desk: Desk, visit: str) -> None:
    line = timeline.add(desk.store, visit, "said", "受注が減る。")
    consultations.save_draft(desk.store, visit, "issue", "次の行")
    line_drafts.save(desk.store, line, "受注が2割")
    line_drafts.save(desk.store, line, "受注が2割減る。")
    assert line_drafts.of_consultation(desk.store, visit) == {line: "受注が2割減る。"}
    line_drafts.save(desk.store, line, "")
    assert line_drafts.of_consultation(desk.store, visit) == {}
    assert consultations.draft(desk.store, visit) == ("issue", "次の行")


def test_a_withdrawn_consent_stays_with_its_day_and_can_be_given_again(desk: Desk, visit: str, clock: SetClock) -> None:
    consents.set_given(desk.store, visit, ("10", "20"))
    clock.forward(days=1)
    consents.set_given(desk.store, visit, ("20",))
    assert consents.given(desk.store, visit) == ("20",)
    first = consents.of_consultation(desk.store, visit)[0]
    assert (first.code, first.given_on, first.withdrawn_on) == ("10", date(2026, 11, 24), date(2026, 11, 25))
    clock.forward(days=1)
    consents.set_given(desk.store, visit, ("10", "20"))
    again = consents.of_consultation(desk.store, visit)
    assert len(again) == 2 and again[0].given_on == date(2026, 11, 26) and again[0].withdrawn_on is None


def test_a_removed_item_stays_removed_when_its_line_changes_and_undo_brings_it_back(desk: Desk, visit: str) -> None:
    line = timeline.add(desk.store, visit, "issue", "測定手段がない。")
    summary.edit_item(desk.store, visit, "issue", summary.read(desk.store, visit).issues[0], "")
    timeline.edit(desk.store, visit, line, text="面粗さの測定手段がない。")
    assert summary.read(desk.store, visit).issues == ()
    history.undo(desk.store, ("consultation", visit))
    history.undo(desk.store, ("consultation", visit))
    assert [i.text for i in summary.read(desk.store, visit).issues] == ["測定手段がない。"]


def test_a_file_is_handed_over_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / handing.file_name("KD-R08-A-00001", "株式会社 a/b:c")
    assert target.name == "KD-R08-A-00001_株式会社 a・b・c.pdf"
    target.write_bytes(b"old")
    assert handing.save_pdf(target, b"new") == target and target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(Trouble) as raised:
        handing.save_pdf(tmp_path / "gone" / "a.pdf", b"new")
    assert "このパソコンに残っています" in raised.value.safe


def test_names_of_other_organizations_are_found_in_any_spelling_and_covered_on_paper_only(desk: Desk,
                                                                                          visit: str) -> None:
    organizations.create(desk.store, {"name": "株式会社 本郷メディカル機工"})
    organizations.create(desk.store, {"name": "有限会社 丸山"})   # two characters: an everyday word
    line = timeline.add(desk.store, visit, "issue", "本郷ﾒﾃﾞｨｶﾙ機工から急ぎの引き合い。丸山さんも同席。")
    timeline.add(desk.store, visit, "promise", "本郷メディカル機工へ見積もり 高橋 12/4まで")
    timeline.add(desk.store, visit, "memo", "湖南精工は本郷メディカル機工が苦手。")
    assert {hit.written for hit in other_names.found(desk.store, visit)} == {"本郷ﾒﾃﾞｨｶﾙ機工", "本郷メディカル機工"}
    other_names.cover(desk.store, visit, "本郷ﾒﾃﾞｨｶﾙ機工")
    assert summary.read(desk.store, visit).issues[0].text == "（他社）から急ぎの引き合い。丸山さんも同席。"
    assert {hit.written for hit in other_names.found(desk.store, visit)} == {"本郷メディカル機工"}
    other_names.cover(desk.store, visit, "本郷メディカル機工")
    assert other_names.found(desk.store, visit) == []
    assert promises.of_consultation(desk.store, visit)[0].text.startswith("（他社）")
    assert timeline.lines(desk.store, visit)[0].uid == line
    assert timeline.lines(desk.store, visit)[0].text.startswith("本郷ﾒﾃﾞｨｶﾙ機工")
    history.undo(desk.store, ("consultation", visit))
    assert {hit.written for hit in other_names.found(desk.store, visit)} == {"本郷メディカル機工"}


def test_whose_promise_it_is_follows_who_keeps_it(desk: Desk, visit: str) -> None:
    consultations.save_part(desk.store, visit, "participant", None, {"name": "宮坂 真理", "side": "company"})
    made = promises.add(desk.store, visit, {"text": "図面を送る", "who": "宮坂"})

    def now() -> tuple[str, str]:
        return next((p.side, p.state) for p in promises.of_consultation(desk.store, visit) if p.uid == made)
    assert now() == ("company", "open")
    promises.edit(desk.store, visit, made, {"who": "高橋"})
    assert now() == ("support", "open")
    promises.edit(desk.store, visit, made, {"due_on": None, "text": "図面を確かめる"})
    assert now() == ("support", "open")
    promises.edit(desk.store, visit, made, {"who": "だれか"})
    assert now() == ("", "open")
    promises.edit(desk.store, visit, made, {"who": "だれか", "side": "company"})
    assert now() == ("company", "open")
