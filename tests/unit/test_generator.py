"""The generator of benchmark data: the same rows for the same seed, valid codes, and notes as varied as written ones."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from bench import generator
from bench.grammar import Grammar, expander
from tests.unit.test_content import ISSUES, KINDS, PREFECTURES, RESPONSES, ROOT, codes, table

Row = dict[str, Any]

_ORGANIZATION = """
id name kana name_en corporate_number kind postal_code prefecture city address industry capital_yen employees
founded url products strengths text processes materials equipment certificates precision_mm lots regions
legal_form representative representative_kana phone
"""
ORGANIZATION_KEYS = set(_ORGANIZATION.split())
_CONSULTATION = """
id organization held_on started_at ended_at form expert participants theme issues lines problem advice
next_step promises text situation category nth place strategic_industry responses result consents confirmed_by
state
"""
CONSULTATION_KEYS = set(_CONSULTATION.split())
_ATTACHMENT = """
id consultation kind name size mime sha256 taken_at consent
"""
ATTACHMENT_KEYS = set(_ATTACHMENT.split())


def fingerprint(rows: Iterable[Row]) -> str:
    text = "\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.fixture(scope="module")
def organizations() -> list[Row]:
    return list(generator.organizations(2000, 7))


@pytest.fixture(scope="module")
def visits(organizations: list[Row]) -> list[Row]:
    return list(generator.consultations(1500, 7, organizations))


def test_the_first_rows_of_a_seed_never_change(organizations: list[Row], visits: list[Row]) -> None:
    assert fingerprint(organizations[:200]) == "0a22de5ffc188c35"
    assert fingerprint(visits[:200]) == "8cf14bfd3dd8cb3d"
    assert fingerprint(generator.attachments(200, 7)) == "63fd2111ee9d4b22"


def test_a_row_does_not_depend_on_how_many_are_asked(organizations: list[Row]) -> None:
    assert list(islice(generator.organizations(10**9, 7), 50)) == organizations[:50]
    few, many = (list(islice(generator.consultations(n, 7, organizations), 50)) for n in (50, 10**9))
    assert few == many


def test_another_seed_gives_other_rows(organizations: list[Row]) -> None:
    others = list(generator.organizations(200, 8))
    assert sum(a["name"] == b["name"] for a, b in zip(organizations, others, strict=False)) < 10


def test_consultations_need_an_organization() -> None:
    with pytest.raises(ValueError, match="at least one organization"):
        next(generator.consultations(1, 1, []))


@pytest.mark.parametrize("number", ["1100005004357", "7470005002863", "3180005008241"])
def test_check_digit_is_right_on_real_numbers(number: str) -> None:
    assert str(generator.check_digit(number[1:])) == number[0]


def test_organizations_are_valid(organizations: list[Row]) -> None:
    divisions, kinds = codes("CL12"), codes("CL09")
    cities = {row["county"] + row["name"] for row in table("municipalities")}
    for row in organizations:
        assert set(row) == ORGANIZATION_KEYS
        assert row["prefecture"] in PREFECTURES and row["regions"] == [row["prefecture"]]
        assert re.fullmatch(r"\d{3}-\d{4}", row["postal_code"])
        assert row["industry"] in divisions and row["industry"].isdigit()
        assert row["kind"] in kinds and row["employees"] >= 1 and row["city"] in cities
        assert re.fullmatch(r"[ァ-ヴー]+", row["kana"]), row["kana"]
        assert re.fullmatch(r"0\d{2}-000-0000", row["phone"])
        assert re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", row["founded"])
        assert row["processes"] and row["materials"] and row["equipment"] and row["products"]
        assert len(row["name"]) <= 80
        number = row["corporate_number"]
        assert (number is None) == (row["legal_form"] in {"個人", "任意団体"})
        if number:
            # The rule written the other way round: every second digit from the left of the twelve counts twice.
            twelve = [int(digit) for digit in number[1:]]
            assert int(number[0]) == 9 - (2 * sum(twelve[0::2]) + sum(twelve[1::2])) % 9
            assert number[1:3] == "99" and len(number) == 13
    numbers = [row["corporate_number"] for row in organizations if row["corporate_number"]]
    assert len(numbers) == len(set(numbers))
    assert {row["prefecture"] for row in organizations} == PREFECTURES


def test_every_legal_form_and_variant_character_appears(organizations: list[Row]) -> None:
    assert {row["legal_form"] for row in organizations} == {form[0] for form in generator._FORMS}
    names = "".join(row["name"] for row in organizations)
    assert all(character in names for character in "髙﨑𠮷澤邊ヶ")
    both = [row["name"] for row in organizations if row["legal_form"] == "株式会社"]
    assert any(name.startswith("株式会社") for name in both) and any(name.endswith("株式会社") for name in both)
    assert len({row["industry"] for row in organizations}) >= 40


def test_consultations_are_valid(visits: list[Row], organizations: list[Row]) -> None:
    ids = {row["id"] for row in organizations}
    for row in visits:
        assert set(row) == CONSULTATION_KEYS
        assert row["organization"] in ids
        held = date.fromisoformat(row["held_on"])
        assert generator.FIRST_DAY <= held <= generator.LAST_DAY and held.weekday() < 5
        assert 0 < len(row["theme"]) <= 40 and len(row["place"]) <= 80
        assert row["issues"] and set(row["issues"]) <= ISSUES and len(set(row["issues"])) == len(row["issues"])
        assert set(row["responses"]) <= RESPONSES and row["result"] in set("12345678")
        assert row["form"] in {"10", "20", "30", "40", "60"} and row["category"] == ("1" if row["nth"] == 1 else "2")
        assert 5 <= len(row["lines"]) <= 40
        times = [line["at"] for line in row["lines"]]
        assert times == sorted(times) and row["started_at"] == times[0] and times[-1] <= row["ended_at"] < "24:00"
        assert all(set(line) == {"at", "kind", "text"} and line["kind"] in KINDS and line["text"] for line in row["lines"])
        promised = [i for i, line in enumerate(row["lines"]) if line["kind"] == "約束"]
        assert [promise["line"] for promise in row["promises"]] == promised
        for promise in row["promises"]:
            assert promise["who"] in {person["name"] for person in row["participants"]}
            assert date.fromisoformat(promise["due_on"]) > held and 0 < len(promise["text"]) <= 200
            assert promise["who"] in row["lines"][promise["line"]]["text"]
        assert all(0 < len(row[key]) <= 600 for key in ("problem", "situation", "advice", "next_step"))
    assert {line["kind"] for row in visits for line in row["lines"]} == KINDS
    assert sum(bool(row["promises"]) for row in visits) > 0.7 * len(visits)


def test_lengths_of_visits_spread_over_the_whole_range(visits: list[Row]) -> None:
    lengths = Counter(len(row["lines"]) for row in visits)
    assert min(lengths) == 5 and max(lengths) == 40 and len(lengths) >= 30


def test_visits_to_one_organization_are_numbered_by_day(organizations: list[Row]) -> None:
    rows = list(generator.consultations(600, 3, organizations[:100]))
    by_organization: dict[str, list[Row]] = {}
    for row in rows:
        by_organization.setdefault(row["organization"], []).append(row)
    assert max(len(series) for series in by_organization.values()) >= 8
    for series in by_organization.values():
        assert [row["nth"] for row in series] == list(range(1, len(series) + 1))
        assert [row["held_on"] for row in series] == sorted(row["held_on"] for row in series)


def test_attachments_are_valid() -> None:
    rows = list(generator.attachments(1000, 7, consultations=300))
    for row in rows:
        assert set(row) == ATTACHMENT_KEYS
        assert re.fullmatch(r"[0-9a-f]{64}", row["sha256"]) and row["size"] > 0
        assert row["mime"] in {"image/jpeg", "application/pdf", "image/png"} and row["name"].rsplit(".", 1)[1] in {"jpg", "pdf", "png"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\+09:00", row["taken_at"])
        assert 1 <= int(row["consultation"].removeprefix("gen-c")) <= 300
    assert len({row["sha256"] for row in rows}) == 1000
    assert {row["consent"] for row in rows} == codes("photo_consent")
    assert {row["kind"] for row in rows} <= codes("attachment_kind")


def notes(rows: Iterable[Row]) -> str:
    parts = []
    for row in rows:
        parts += [line["text"] for line in row["lines"]]
        parts += [row[key] for key in ("problem", "situation", "advice", "next_step")]
    return "\n".join(parts)


def distinct_share(text: str) -> float:
    """How many of the runs of eight characters are different ones."""
    runs = [text[i:i + 8] for i in range(len(text) - 7)]
    return len(set(runs)) / len(runs)


def packed_share(text: str) -> float:
    data = text.encode()
    return len(zlib.compress(data, 9)) / len(data)


def test_notes_are_as_varied_as_written_ones(visits: list[Row]) -> None:
    written = notes(json.loads(line) for line in
                    (ROOT / "resources/sample/consultations.jsonl").read_text(encoding="utf-8").splitlines())
    generated = notes(visits)
    size = len(written)
    for start in range(0, len(generated) - size, max(size, len(generated) // 12)):
        piece = generated[start:start + size]
        assert distinct_share(piece) >= 0.96 * distinct_share(written)
        assert packed_share(piece) >= 0.93 * packed_share(written)
    lines = [line["text"] for row in visits for line in row["lines"]]
    assert len(set(lines)) > 0.97 * len(lines)


def test_text_is_normal_japanese(organizations: list[Row], visits: list[Row]) -> None:
    text = json.dumps([organizations, visits], ensure_ascii=False)
    assert unicodedata.is_normalized("NFC", text)
    assert not re.search(r"[{}]", notes(visits)) and "%s" not in text and "%%" not in text and "。。" not in text


def test_grammar_refuses_a_circle_and_a_gap_nothing_fills() -> None:
    with pytest.raises(ValueError, match="a → b → a"):
        Grammar({"a": ["{b}"], "b": ["{a}"]}).compile(["{a}"])
    with pytest.raises(KeyError, match="missing"):
        Grammar({}).compile(["{missing}"])


def test_grammar_fills_nested_gaps_and_keeps_percent_signs() -> None:
    pool = Grammar({"n": ["{d}%"], "d": ["7"]}).compile(["{n}と{n}"])
    assert expander(lambda: 0.0)(pool) == "7%と7%"


def test_command_writes_the_three_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = generator.main([str(tmp_path / "out"), "--organizations", "30", "--consultations", "40", "--attachments", "20", "--seed", "7"])
    assert code == 0
    assert capsys.readouterr().out.split() == ["organizations", "30", "consultations", "40", "attachments", "20"]
    rows = [json.loads(line) for line in (tmp_path / "out" / "organizations.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows == list(generator.organizations(30, 7))
    visits = [json.loads(line) for line in (tmp_path / "out" / "consultations.jsonl").read_text(encoding="utf-8").splitlines()]
    assert visits == list(generator.consultations(40, 7, rows))
