"""The one search: visits by their company's names, several words across record and company, and any text typed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from kanto_desk.db import search
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.japanese.folding import fold
from kanto_desk.japanese.queries import parse
from kanto_desk.services import consultation_search, consultations, finding, organizations, snippets, timeline
from kanto_desk.services.desk import Desk


def company(desk: Desk, name: str, kana: str = "", **more: Any) -> str:
    return organizations.create(desk.store, {"name": name, "kana": kana, **more})


def visit(desk: Desk, organization: str, day: date, theme: str, *lines: str) -> str:
    uid = consultations.create(desk.store, organization, {"theme": theme, "held_on": day})
    for line in lines:
        timeline.add(desk.store, uid, "said", line)
    return uid


@pytest.fixture
def two(desk: Desk) -> tuple[str, str, str, str]:
    """A company with two visits and another with one: uids of the first company and of the three visits."""
    konan, other = company(desk, "株式会社 湖南精工", "コナンセイコウ", name_en="Konan Precision"), company(desk, "髙橋食品")
    return (konan, visit(desk, konan, date(2026, 9, 1), "面粗さの改善", "測定手段がない"),
            visit(desk, konan, date(2026, 10, 8), "医療機器への参入", "試作を急ぐ"),
            visit(desk, other, date(2026, 11, 2), "湖南の果物を使う", "試作は来月"))


@pytest.mark.parametrize("words", ["湖南精工", "こなんせいこう", "コナンセイ", "konan prec"])
def test_the_company_comes_first_and_its_visits_after_it_newest_first(desk: Desk, two: tuple[str, ...],
                                                                      words: str) -> None:
    konan, first, second, _ = two
    found = finding.find(desk.store, words)
    assert [hit.uid for hit in found] == [konan, second, first]
    assert finding.count(desk.store, words) == 3
    assert [hit.uid for hit in finding.find(desk.store, words, types=["consultation"])] == [second, first]
    assert list(consultation_search.find(desk.store, words)) == [second, first]


def test_a_word_of_the_record_and_the_company_together(desk: Desk, two: tuple[str, ...]) -> None:
    _, _, second, other = two
    assert list(consultation_search.find(desk.store, "試作 湖南精工")) == [second]
    assert [hit.uid for hit in finding.find(desk.store, "湖南精工 試作")] == [second]
    assert list(consultation_search.find(desk.store, "湖南 試作")) == [other, second]   # the word may stand anywhere
    assert consultation_search.find(desk.store, "湖南精工 果物") == ()


def test_a_new_name_is_found_at_once_and_the_former_one_still(desk: Desk, two: tuple[str, ...]) -> None:
    konan, first, second, _ = two
    organizations.rename(desk.store, konan, "ＫＮテクノ株式会社", "ケイエヌテクノ", date(2026, 11, 1), "合併")
    for words in ("knテクノ", "湖南精工"):
        assert [hit.uid for hit in finding.find(desk.store, words)][-2:] == [second, first], words
        assert list(consultation_search.find(desk.store, words)) == [second, first], words


def test_what_a_company_makes_is_not_its_name(desk: Desk) -> None:
    maker = company(desk, "上田プレス", products="旋盤の部品")
    made = visit(desk, maker, date(2026, 11, 1), "後継者")
    assert [hit.uid for hit in finding.find(desk.store, "旋盤")] == [maker]
    assert consultation_search.find(desk.store, "旋盤") == ()
    assert consultation_search.find(desk.store, "上田") == (made,)


def test_visits_of_a_year_and_those_deleted(desk: Desk, two: tuple[str, ...]) -> None:
    konan, first, second, _ = two
    earlier = visit(desk, konan, date(2025, 5, 1), "昨年度")
    assert consultation_search.find(desk.store, "湖南精工", year=2025) == (earlier,)
    consultations.delete(desk.store, second)
    assert consultation_search.find(desk.store, "湖南精工") == (first, earlier)
    assert second not in [hit.uid for hit in finding.find(desk.store, "湖南精工")]


def test_where_much_is_found_companies_visits_and_lines_keep_a_share(desk: Desk) -> None:
    for n in range(30):
        uid = company(desk, f"工業{n:02}")
        visit(desk, uid, date(2026, 1 + n % 12, 1), "工業の相談", "工業の話")
    kinds = [hit.type for hit in finding.find(desk.store, "工業", limit=20)]
    assert kinds[:15] == ["organization"] * 10 + ["consultation"] * 5
    assert len(kinds) == 20 and "entry" in kinds[15:]
    each = [hit.type for hit in finding.find(desk.store, "工業", limit=40, each=8)]
    assert {one: each.count(one) for one in set(each)} == {"organization": 8, "consultation": 8, "entry": 8}


WORDS = ("湖南", "精工", "試作", "面粗さ", "めん", "ｺﾅﾝ", "髙", "高", "𠮷", "吉", "ー", "ヴ", "a", "ISO 13485", "１３", "\u3000")
MARKS = ("\"", "'", "*", "^", "(", ")", "-", "+", ":", "|", "AND", "OR", "NOT", "NEAR(", "g:", "u:", "%", "_", "\\",
         "\x00", "\u200b", "\ufe0f", "\u202e", "😀", "葛\U000e0100", "\n", "\t", ";", "--", "{}", "^2")


@pytest.mark.parametrize("seed", range(8))
def test_any_text_may_be_typed_and_finds_what_holds_its_words(desk: Desk, two: tuple[str, ...], seed: int) -> None:
    """Compared with a plain walk over every text of every record and the names of its company."""
    konan = two[0]
    company(desk, "𠮷田ヴィンテージ", "ヨシダヴィンテージ")
    visit(desk, konan, date(2026, 11, 20), "ISO 13485 の取得", "髙い精度がいる。\"面粗さ\" は (Ra 0.8) -50% ^2", "a|b")
    walked = _walked(desk)
    chance = random.Random(seed)
    for _ in range(60):
        query = "".join(chance.choice(WORDS if chance.random() < 0.6 else MARKS) + chance.choice(("", " ", ""))
                        for _ in range(chance.randint(1, 4)))
        found = consultation_search.find(desk.store, query)
        terms, unwanted = (tuple(map(fold, part)) for part in (parse(query).wanted, parse(query).unwanted))
        expected = {uid for uid, texts in walked.items()
                    if terms and all(any(term in text for text in texts) for term in terms)
                    and not any(term in text for text in texts for term in unwanted)}
        assert set(found) == expected, query
        hits = finding.find(desk.store, query)
        assert len({(hit.type, hit.uid) for hit in hits}) == len(hits) <= finding.count(desk.store, query), query


def _walked(desk: Desk) -> dict[str, list[str]]:
    """Consultation → every folded text that counts as its own."""
    found: dict[str, list[str]] = {}
    with desk.store.read() as conn:
        company_of = {}
        table = wire_table("consultation")
        for row in conn.execute(select(table.c.uid, table.c.organization)):
            found[row.uid], company_of[row.uid] = [], row.organization
        for name, cls in records().items():
            table = wire_table(name)
            searched = [f.name for f in fields_of(cls) if f.searched]
            for row in conn.execute(select(table)).mappings():
                texts = [fold(part) for f in searched if row[f] for part in str(row[f]).split(" | ")]
                if name == "consultation":
                    found[row["uid"]] += texts
                elif cls.parent == "consultation" and row["consultation"] in found:
                    found[row["consultation"]] += texts
                elif name in ("organization", "organization_name"):
                    of = row["uid"] if name == "organization" else row["organization"]
                    names = ("name", "kana", "short_name", "name_en") if name == "organization" else ("name", "kana")
                    for uid, its in company_of.items():
                        if its == of:
                            found[uid] += [fold(row[one]) for one in names if row[one]]
        assert search.terms("") == []
    return found


@pytest.mark.parametrize("least", [7, 20])
def test_the_newest_of_much_come_first_and_all_in_order_after_them(desk: Desk, least: int) -> None:
    """The same list whether it is put in order at once or after its beginning was shown."""
    firm = company(desk, "多い相談の会社")
    visits = [visit(desk, firm, date(2026, 1 + n * 7 % 12, 1 + n % 20), "塗装" if n % 4 else "木工", "乾燥炉の話")
              for n in range(40)]
    for uid in visits[5:8]:
        consultations.delete(desk.store, uid)   # their lines are still in the index
    c = records()["consultation"]
    with desk.store.read() as conn:
        rows = conn.execute(select(c.uid, c.theme).where(c.deleted_at.is_(None))   # type: ignore[attr-defined]
                            .order_by(c.held_on.desc(), c.uid.desc())).all()   # type: ignore[attr-defined]
    for words, fitting in (("塗装", [r.uid for r in rows if r.theme == "塗装"]), ("乾燥", [r.uid for r in rows]),
                           ("多い相談", [r.uid for r in rows])):
        hits = consultation_search.look(desk.store, words, least=least)
        assert hits.every is None and hits.count == len(fitting) and list(hits.newest) == fitting[:least]
        few = replace(hits, newest=hits.newest[:7])
        assert [r.uid for r in consultation_search.block(desk.store, few, 2, 5)] == fitting[2:7] and few.every is None
        assert [r.uid for r in consultation_search.block(desk.store, few, 5, 50)] == fitting[5:]
        assert list(few.every or ()) == fitting == list(consultation_search.find(desk.store, words))


def test_a_phrase_and_a_word_that_may_not_stand(desk: Desk, two: tuple[str, ...]) -> None:
    konan, first, second, other = two
    apart = visit(desk, konan, date(2026, 11, 9), "医療", "機器を見る。医療の機器")
    assert list(consultation_search.find(desk.store, "医療 機器")) == [apart, second]
    for phrase in ("「医療 機器」", '"医療機器', "「医療・機器」"):
        assert list(consultation_search.find(desk.store, phrase)) == [second], phrase
    assert list(consultation_search.find(desk.store, "湖南 -試作")) == [apart, first]
    assert list(consultation_search.find(desk.store, "試作 -湖南精工")) == [other]   # the company's name counts, too
    assert [hit.uid for hit in finding.find(desk.store, "湖南 -試作", types=["consultation"])] == [apart, first]
    assert not {"試作を急ぐ", "試作は来月"} & {hit.snippet for hit in finding.find(desk.store, "試作 -試作は -試作を")}


def test_a_count_of_one_type_is_not_cut_off_by_the_limit(desk: Desk, two: tuple[str, ...]) -> None:
    for n in range(5):
        timeline.add(desk.store, two[1], "said", f"真円度 {n}")
    assert len(finding.find(desk.store, "真円度", types=["entry"], limit=2)) == 2
    assert finding.count(desk.store, "真円度", ["entry"]) == 5 and finding.count(desk.store, "真円度", ["promise"]) == 0
    assert finding.count(desk.store, "湖南", ["consultation"]) == len(
        finding.find(desk.store, "湖南", types=["consultation"]))


def test_the_piece_begins_near_the_word_where_a_narrow_column_would_hide_it(desk: Desk, two: tuple[str, ...]) -> None:
    _, first, _, _ = two
    timeline.add(desk.store, first, "said", "型を3種類に分ける（径と曲げ数で決まるもの、治具が要るもの、乾燥炉）。型は部品ごと")
    piece = snippets.of_visits(desk.store, [first], "乾燥炉")[first]
    (start, end), = piece.spans
    assert piece.words[start:end] == "乾燥炉" and end <= snippets.SEEN and piece.words.startswith("…")
    assert snippets.piece("乾燥炉を見る", ["乾燥炉"]) == ("乾燥炉を見る", ((0, 3),))


@pytest.mark.parametrize("words", ["img_0412", "ＩＭＧ＿０４１２", "髙崎", "高﨑", "図", "霞が関", "カスミガセキ", "サーバ", "鯖ー 図面",
                                   "「崎の 図面」"])
def test_the_names_of_files_are_found_in_any_spelling(desk: Desk, two: tuple[str, ...], words: str) -> None:
    _, first, second, _ = two
    with desk.store.operation("添付") as op:
        for name, caption in (("IMG_0412.JPG", "高崎の図面、霞ヶ関・かすみがせき"), ("サーバー.pdf", "鯖の図面")):
            op.add("attachment", {"owner_type": "consultation", "owner": first, "kind": "photo", "name": name,
                                  "caption": caption})
        op.add("attachment", {"owner_type": "consultation", "owner": second, "kind": "photo", "name": "IMG_9.JPG"})
    assert list(consultation_search.find(desk.store, words)) == [first]
    found = snippets.of_visits(desk.store, [first], words)[first]
    assert found.type == "attachment" and found.spans
