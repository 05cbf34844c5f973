"""Deterministic files of gBizINFO over the generator's corporations: 基本情報 and 届出認定情報 as CSV, and JSON.

The columns are those of its downloads and the names those of its interface; most entries know nearly nothing, as in the
real ones. An entry depends on the seed and the corporation alone, so that every form of a file says the same.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bench import corporations
from kanto_desk import masters

LAST_DAY = date(2026, 10, 31)
BASIC = (
    "法人番号", "商号または名称", "商号または名称（カナ）", "商号または名称（英字）", "登記記録の閉鎖等年月日",
    "登記記録の閉鎖等の事由", "登記住所", "郵便番号", "都道府県", "都道府県コード", "市区町村（郡）",
    "市区町村コード", "番地以下", "組織種別", "処理区分", "訂正区分", "状態", "代表者名称", "資本金", "従業員数",
    "企業規模詳細(男性)", "企業規模詳細(女性)", "事業概要", "WebサイトURL", "創業年", "事業種目", "設立年月日",
    "全省庁統一資格-資格等級", "全省庁統一資格-営業品目", "更新年月日")
FORMER = (
    "法人番号", "法人名", "法人名ふりがな", "法人名英語", "郵便番号", "本社所在地", "ステータス",
    "登記記録の閉鎖等年月日", "登記記録の閉鎖等の事由", "法人代表者名", "法人代表者役職", "資本金", "従業員数",
    "企業規模詳細(男性)", "企業規模詳細(女性)", "営業品目リスト", "事業概要", "企業ホームページ", "設立年月日",
    "創業年", "最終更新日", "資格等級")
"""The columns of the download before its renewal."""
CERTIFIED = ("法人番号", "商号または名称", "登記住所", "証明日", "名称", "対象", "部門", "発行元")

Entry = dict[str, Any]
"""An object of the interface."""

_TITLES = (("健康経営優良法人", "健康経営", "経済産業省"),
           ("事業継続力強化計画", "中小企業等経営強化法", "関東経済産業局"),
           ("経営革新計画", "中小企業等経営強化法", "長野県"), ("DX認定", "情報処理促進法", "経済産業省"),
           ("えるぼし認定", "女性活躍推進法", "厚生労働省"), ("地域未来牽引企業", "", "経済産業省"))
_TRADES = ("精密部品の切削加工", "金属プレス加工と\n金型の設計", "電子部品の実装、検査", "食品の製造・販売",
           "ソフトウェアの開発", "医療機器の開発と製造", "“ものづくり”の支援, 試作")
_FAMILIES = ("高橋", "髙橋", "小林", "齋藤", "渡邉", "中村", "清水", "𠮷田")
_GIVEN = ("健", "直子", "翔太")


def entries(rows: Iterable[corporations.Fields], seed: int, *, known: float = 0.3) -> Iterator[Entry]:
    """What gBizINFO says of corporations (rows of the agency's file). `known`: the share of which it knows anything."""
    divisions = [item for item in masters.code_lists()["CL12"].items if item.parent]
    for row in rows:
        random = Random(f"gbizinfo {seed} {row[1]}")
        draw = random.random
        updated = LAST_DAY - timedelta(days=int(draw() * 2500))
        entry: Entry = {
            "corporate_number": row[1], "name": row[6], "kana": row[28] or None, "postal_code": row[15],
            "location": "".join(row[9:12]), "status": "閉鎖" if row[18] else "-", "process": row[2], "kind": row[8],
            "close_date": row[18] or None, "close_cause": row[19] or None,
            "update_date": f"{updated}T00:00:00+09:00"}
        if draw() < known:
            _enrich(entry, random, divisions)
        yield {name: value for name, value in entry.items() if value is not None}


def _enrich(entry: Entry, random: Random, divisions: Sequence[masters.CodeItem]) -> None:
    draw = random.random
    if draw() < 0.8:
        item = random.choice(divisions)
        entry["industry"] = [(item.code, item.ja, f"{item.parent}{item.code} {item.ja}")[int(draw() * 3)]]
    if draw() < 0.7:
        women = int(draw() * 40)
        men = int(draw() * draw() * 300)
        entry |= {"employee_number": men + women, "company_size_male": men, "company_size_female": women}
    if draw() < 0.7:
        entry["capital_stock"] = random.choice((1_000_000, 3_000_000, 10_000_000, 45_000_000, 98_500_000))
    if draw() < 0.6:
        entry["founding_year"] = 1900 + int(draw() * 126)
        entry["date_of_establishment"] = f"{entry['founding_year']}-0{1 + int(draw() * 9)}-15"
    if draw() < 0.8:
        entry["representative_name"] = f"代表取締役　{random.choice(_FAMILIES)}　{random.choice(_GIVEN)}"
    if draw() < 0.5:
        entry["business_summary"] = random.choice(_TRADES)
    if draw() < 0.5:
        entry["company_url"] = f"https://www.example-{entry['corporate_number'][-6:]}.jp/"
    if draw() < 0.2:
        entry["business_items"] = sorted(random.sample(("101", "102", "210", "301", "315", "402"), 2))
        entry["qualification_grade"] = random.choice("ABCD")
    for title, category, issuer in random.sample(_TITLES, int(draw() * 3)):
        entry.setdefault("certification", []).append({
            "title": title, "category": category, "target": entry["name"], "government_departments": issuer,
            "date_of_approval": str(LAST_DAY - timedelta(days=int(draw() * 3000)))})


def basic(found: Iterable[Entry]) -> Iterator[Sequence[str]]:
    """The lines of 基本情報, its heading first."""
    yield BASIC
    for one in found:
        text = _texts(one)
        yield [text(name) for name in (
            "corporate_number", "name", "kana", "name_en", "close_date", "close_cause", "location", "postal_code", "",
            "", "", "", "", "kind", "process", "", "status", "representative_name", "capital_stock", "employee_number",
            "company_size_male", "company_size_female", "business_summary", "company_url", "founding_year", "industry",
            "date_of_establishment", "qualification_grade", "business_items", "update_date")]


def former(found: Iterable[Entry]) -> Iterator[Sequence[str]]:
    """The lines of 基本情報 as it was before, which tells no industry."""
    yield FORMER
    for one in found:
        text = _texts(one)
        yield [text(name) for name in (
            "corporate_number", "name", "kana", "name_en", "postal_code", "location", "status", "close_date",
            "close_cause", "representative_name", "", "capital_stock", "employee_number", "company_size_male",
            "company_size_female", "business_items", "business_summary", "company_url", "date_of_establishment",
            "founding_year", "update_date", "qualification_grade")]


def certified(found: Iterable[Entry]) -> Iterator[Sequence[str]]:
    """The lines of 届出認定情報."""
    yield CERTIFIED
    for one in found:
        for each in one.get("certification", ()):
            yield (one["corporate_number"], one["name"], one["location"], each["date_of_approval"], each["title"],
                   each["target"], each["category"], each["government_departments"])


def _texts(one: Entry) -> Any:
    def text(name: str) -> str:
        value = one.get(name, "")
        return "|".join(value) if isinstance(value, list) else str(value)
    return text


def write_csv(path: Path, lines: Iterable[Sequence[str]], *, encoding: str = "utf-8-sig") -> Path:
    """Write a table as it is downloaded: a zip with one CSV, or the bare CSV, by the ending of its name."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return _put(path, ".csv", out.getvalue().encode(encoding, "replace"))


def write_json(path: Path, found: Iterable[Entry], *, by_line: bool = False) -> Path:
    """Write an answer of the interface, or one object a line."""
    if by_line:
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found)
    else:
        text = json.dumps({"id": "", "errors": None, "message": "200 - OK.", "hojin-infos": list(found)},
                          ensure_ascii=False, indent=1)
    return _put(path, ".json", text.encode())


def _put(path: Path, ending: str, content: bytes) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(zipfile.ZipInfo(path.stem + ending, (2026, 11, 1, 0, 0, 0)), content,
                             zipfile.ZIP_DEFLATED)
    else:
        path.write_bytes(content)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m bench.gbizinfo OUT`: write both tables and a JSON over generated corporations into the folder OUT."""
    parser = argparse.ArgumentParser(prog="python -m bench.gbizinfo", description=main.__doc__)
    parser.add_argument("out", type=Path, help="folder, made when missing")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    found = list(entries(corporations.full(chosen.rows, chosen.seed), chosen.seed))
    write_csv(chosen.out / "Kihonjoho_UTF-8.zip", basic(found))
    write_csv(chosen.out / "TodokedeNinteijoho_UTF-8.zip", certified(found))
    write_json(chosen.out / "hojin.json", found)
    sys.stdout.write(f"{len(found)} entries\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
