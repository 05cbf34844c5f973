"""効果確認: written at any time, printed, shown with the visit, imported and exported; and the proposed size."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from kanto_desk.errors import Refused
from kanto_desk.services import (
    consultations,
    exporting,
    finalizing,
    history,
    organizations,
    outcomes,
    records,
    sheets,
)
from kanto_desk.services.desk import Desk
from tests.report.reading import bare, by_pdfium

VALUES = {"step": "6", "checked_on": date(2026, 11, 24), "sales": "1", "sales_yen": 1_200_000, "profit": "2",
          "adopted": 1, "adopted_yen": 5_000_000, "deals": 0, "jobs": 2, "note": "補助金の採択"}
WORDS = "6か月後（2026-11-24）：売上 増加 1,200,000円、粗利 横ばい、採択 1件 5,000,000円、成約 0件、雇用 2名、補助金の採択"


@pytest.fixture
def visit(desk: Desk) -> str:
    company = organizations.create(desk.store, {"name": "上毛鋳造", "jsic_division": "24", "employees": 12})
    return consultations.create(desk.store, company, {"theme": "全数検査", "summary": "相談"})


def test_an_outcome_is_kept_with_a_signed_visit_and_can_be_undone(desk: Desk, visit: str) -> None:
    finalizing.finalize(desk.store, desk.blobs, visit, finalizing.Signature("宮坂", "", "typed"))
    uid = outcomes.save(desk.store, visit, None, VALUES)
    outcomes.save(desk.store, visit, uid, {"jobs": 3})
    later = outcomes.save(desk.store, visit, None, {"step": "12", "checked_on": date(2027, 5, 24)})
    assert [(o.step, o.jobs) for o in outcomes.of_consultation(desk.store, visit)] == [("6", 3), ("12", None)]
    outcomes.remove(desk.store, visit, later)
    assert len(outcomes.of_consultation(desk.store, visit)) == 1
    desk.store.undo(("consultation", visit))
    assert len(outcomes.of_consultation(desk.store, visit)) == 2
    assert consultations.get(desk.store, visit).state == "final"
    assert history.groups(desk.store, ("consultation", visit))[0].label
    with pytest.raises(Refused):
        outcomes.save(desk.store, "0" * 32, None, VALUES)


def test_it_is_printed_and_stands_in_the_story_of_the_company(desk: Desk, visit: str) -> None:
    outcomes.save(desk.store, visit, None, VALUES)
    values = sheets.sheet(desk.store, desk.blobs, visit)
    assert values.outcomes == (WORDS,)
    printed = bare(by_pdfium(sheets.pdf(values).pdf))
    assert "効果確認" in printed and "1,200,000円" in printed
    english = sheets.sheet(desk.store, desk.blobs, visit, language="en").outcomes[0]
    assert english.startswith("6 months (2026-11-24): Sales Increased JPY 1,200,000, Profit Unchanged")
    company = consultations.get(desk.store, visit).record.organization or ""
    assert organizations.profile(desk.store, company).outcomes == {visit: [WORDS]}


def test_it_comes_in_and_goes_out(desk: Desk, visit: str, tmp_path: Path) -> None:
    reference = consultations.get(desk.store, visit).record.reference
    file = tmp_path / "o.jsonl"
    rows = [{"id": "1", "相談": reference, "時点": "6か月後", "売上": "増加", "売上の差額": "120万円", "採択": 1},
            {"id": "2", "相談": reference, "時点": "3", "雇用": -1}, {"id": "3", "時点": "3"}]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    report = records.import_records(desk.store, "outcome", file)
    assert [o.what for o in report.outcomes] == ["created", "rejected", "rejected"]
    held = outcomes.of_consultation(desk.store, visit)[0]
    assert (held.step, held.sales, held.sales_yen, held.adopted) == ("6", "1", 1_200_000, 1)
    exporting.export(desk, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "records" / "outcome.jsonl").read_text("utf-8"))["values"]["sales_yen"] == 1_200_000


def test_a_size_is_proposed_with_its_reason_and_a_chosen_one_stands(desk: Desk, visit: str) -> None:
    company = consultations.get(desk.store, visit).record.organization or ""
    found = organizations.profile(desk.store, company)
    assert found.proposed_size is not None
    assert (found.record.size, found.proposed_size.code, found.proposed_size.reason) == (
        None, "20", "製造業その他、12名（20名以下）")
    organizations.edit(desk.store, company, {"size": "30", "employees": 400, "capital_yen": 400_000_000})
    found = organizations.profile(desk.store, company)
    assert found.proposed_size is not None and (found.record.size, found.proposed_size.code) == ("30", "40")
