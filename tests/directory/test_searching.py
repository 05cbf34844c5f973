"""The search against an oracle that reads every row, its ranking, its marks, and its end when nobody waits any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import corporations
from kanto_desk import stopping
from kanto_desk.directory.asking import ADDRESS, EXACT, HEAD, NAME, Filters
from kanto_desk.directory.columns import HIDDEN, Row, row_of
from kanto_desk.directory.searching import Directory, marks
from kanto_desk.japanese.folding import fold
from tests.directory import oracle, recall
from tests.directory.build import a_file, opened, take

SEED, ROWS, QUERIES = 20261103, 500, 2000
NAMES = ["株式会社髙橋製作所", "高橋工業株式会社", "有限会社髙橋", "株式会社齋藤精機", "斉藤電機合同会社", "合同会社鎌ヶ谷ファーム",
         "佐々木建設株式会社", "株式会社ヴァレーシステム", "医療法人社団さくら会", "株式会社スーパーコンピューター", "ＡＢＣ企画株式会社",
         "いすゞ運輸株式会社", "株式会社國澤鐵工所", "みどり町内会", "特定非営利活動法人諏訪まちづくり"]


def named(names: list[str], **columns: str) -> list[corporations.Fields]:
    """Rows of a full file with these names, open and in Nagano's Suwa unless told otherwise."""
    rows = list(corporations.full(len(names), 77))
    for row, name in zip(rows, names, strict=True):
        row[2], row[6], row[18], row[19], row[20], row[28], row[29] = "01", name, "", "", "", "", "0"
        row[9], row[10], row[11], row[13], row[14], row[16] = "長野県", "諏訪市", "湖岸通り５丁目２番１号", "20", "206", ""
        for column, value in columns.items():
            row[int(column[1:])] = value
    return rows


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """A directory of the names above."""
    folder = tmp_path_factory.mktemp("few")
    take(folder / "h", a_file(folder / "a.csv", named(NAMES)))
    with opened(folder / "h") as directory:
        yield directory


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Generated corporations."""
    return [row_of(row) for row in corporations.full(ROWS, SEED)]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """A directory of them."""
    folder = tmp_path_factory.mktemp("many")
    take(folder / "h", a_file(folder / "a.csv", list(corporations.full(ROWS, SEED))))
    with opened(folder / "h") as directory:
        yield directory


def test_every_search_gives_what_the_oracle_finds_in_its_order(many: Directory, rows: list[Row]) -> None:
    known = oracle.folded(rows)
    told = [recall.difference(many, known, query, narrow) for query, narrow in recall.queries(rows, QUERIES, SEED)]
    assert list(filter(None, told)) == []


def test_every_part_of_a_name_as_it_is_written_finds_it(many: Directory, rows: list[Row]) -> None:
    for row in [row for row in rows if row.state != HIDDEN][::20]:
        for length in (1, 2, 3):
            for start in range(len(row.name) - length + 1):
                part = row.name[start:start + length]
                if fold(part) and " " not in part and "　" not in part:
                    found = {hit.corporation.name for hit in many.search(part, limit=None)}
                    assert row.name in found, part


@pytest.mark.parametrize(("typed", "name"), [
    ("高橋製作所", "株式会社髙橋製作所"), ("髙橋工業", "高橋工業株式会社"), ("斎藤", "株式会社齋藤精機"), ("齊藤電機", "斉藤電機合同会社"),
    ("鎌ケ谷", "合同会社鎌ヶ谷ファーム"), ("鎌が谷", "合同会社鎌ヶ谷ファーム"), ("ヶ谷", "合同会社鎌ヶ谷ファーム"), ("がや", ""),
    ("佐佐木", "佐々木建設株式会社"), ("々木", "佐々木建設株式会社"), ("バレー", "株式会社ヴァレーシステム"), ("ヴァ", "株式会社ヴァレーシステム"),
    ("ヴ", "株式会社ヴァレーシステム"), ("ｱﾚ", "株式会社ヴァレーシステム"), ("ｺﾝﾋﾟｭｰﾀ", "株式会社スーパーコンピューター"), ("すぱ", "株式会社スーパーコンピューター"),
    ("abc", "ＡＢＣ企画株式会社"), ("bc企", "ＡＢＣ企画株式会社"), ("いすず", "いすゞ運輸株式会社"), ("イスズ", "いすゞ運輸株式会社"),
    ("国沢鉄工", "株式会社國澤鐵工所"), ("社國", "株式会社國澤鐵工所"), ("作所株", ""), ("橋株", ""), ("業株", "高橋工業株式会社"),
    ("(株)齋藤", "株式会社齋藤精機"), ("齋藤精機㈱", "株式会社齋藤精機"), ("人社団さ", "医療法人社団さくら会"), ("NPO法人諏訪", "特定非営利活動法人諏訪まちづくり"),
])
def test_other_spellings_find(few: Directory, typed: str, name: str) -> None:
    found = [hit.corporation.name for hit in few.search(typed)]
    assert name in found if name else found == []


def test_ranked_by_name_then_head_then_part_then_address(tmp_path: Path) -> None:
    names = ["株式会社諏訪", "諏訪工業株式会社", "株式会社上諏訪", "株式会社松本工業所"]
    take(tmp_path / "h", a_file(tmp_path / "a.csv", named(names)))
    with opened(tmp_path / "h") as directory:
        hits = [(hit.rank, hit.corporation.name) for hit in directory.search("すわ諏訪"[2:])]
        assert hits == list(zip((EXACT, HEAD, NAME, ADDRESS), names, strict=True))
        two = [hit.corporation.name for hit in directory.search("工業 諏訪")]
        assert two == [hit.corporation.name for hit in directory.search("諏訪 工業")]
        assert two == ["諏訪工業株式会社", "株式会社松本工業所"]


def test_a_reading_finds_and_ranks(tmp_path: Path) -> None:
    take(tmp_path / "h", a_file(tmp_path / "a.csv", named(["株式会社湖南精工", "株式会社南湖"], c28="コナンセイコウ")))
    with opened(tmp_path / "h") as directory:
        assert [hit.rank for hit in directory.search("こなん")] == [HEAD, HEAD]
        assert [hit.rank for hit in directory.search("せいこう")] == [NAME, NAME]
        assert [hit.rank for hit in directory.search("コ")] == [HEAD, HEAD]


def test_addresses_and_filters(few: Directory) -> None:
    everyone = len(NAMES)
    for typed in ("諏訪市湖岸", "長野県諏訪市湖岸通り5丁目2番", "諏訪市湖岸通り５丁目", "湖岸通り", "県諏", "長野"):
        assert len(few.search(typed)) == everyone, typed
    assert few.search("湖岸通り6丁目") == [] == few.search("松本市")
    assert len(few.search("", Filters(("20",)))) == everyone == few.count(Filters(("20",))) == few.count()
    assert few.search("高橋", Filters(("13",))) == []
    assert len(few.search("高橋", Filters(cities=("20206",), forms=("301",), open=True))) == 2
    assert few.search("高橋", Filters(open=False)) == []


@pytest.mark.parametrize("typed", ["", " 　", "・", "ー", "\"", "(", "a:b*", "NOT", "\u0000", "' OR 1=1 --", "高橋\ud800"])
def test_nothing_typed_breaks_it(few: Directory, typed: str) -> None:
    few.search(typed)
    few.search(f"高橋 {typed}")
    assert few.search(" ・ ") == []


def test_very_long_questions_end(few: Directory) -> None:
    few.search("株式会社高橋製作所諏訪市湖岸通り" * 50)
    few.search(" ".join("諏訪市湖岸通り高橋佐々木ヴァレー"[n % 12:n % 12 + 3] for n in range(300)))


def test_a_number_finds_its_corporation(few: Directory) -> None:
    one = few.search("佐々木建設")[0].corporation
    for typed in (one.number, f"T{one.number}", f" {one.number} ", "".join(chr(ord(c) + 0xFEE0) for c in one.number)):
        assert [hit.corporation.name for hit in few.search(typed)] == ["佐々木建設株式会社"]
    assert few.by_number(one.number) == one
    assert few.by_number("1234567890123") is None and few.by_number("高橋") is None


def test_marks_say_where_the_terms_stand(few: Directory) -> None:
    def shown(typed: str) -> tuple[list[str], list[str]]:
        one = few.search(typed)[0].corporation
        found = marks(typed, one)
        return [one.name[a:b] for a, b in found.name], [one.address[a:b] for a, b in found.address]

    assert shown("斎藤 湖岸") == (["齋藤"], ["湖岸"])
    assert shown("ｺﾝﾋﾟｭｰﾀ") == (["コンピュータ"], [])
    assert shown("(株)齋藤")[0] == ["株式会社齋藤"]
    assert shown("齋藤㈱")[0] == ["齋藤"]
    assert shown("ヶ谷")[0] == ["ヶ谷"]


def test_a_search_that_nobody_waits_for_ends(many: Directory) -> None:
    stop = stopping.Stop()
    stop.ask()
    with stopping.bound(stop), pytest.raises(stopping.Stopped):
        many.search("株式会社", limit=None)
    running = stopping.Stop()
    ended: list[bool] = []

    def search_on() -> None:
        with stopping.bound(running):
            try:
                while True:
                    many.search("会社", limit=None)
            except stopping.Stopped:
                ended.append(True)

    thread = threading.Thread(target=search_on)
    thread.start()
    running.ask()
    thread.join(30)
    assert ended == [True]
    assert many.search("株式会社"), "the next search is not stopped"


def test_threads_may_share_it(many: Directory) -> None:
    expected = [hit.corporation.number for hit in many.search("工業")]
    got: list[list[str]] = []

    def several() -> None:
        got.extend([hit.corporation.number for hit in many.search("工業")] for _ in range(20))

    threads = [threading.Thread(target=several) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [expected] * 80


def test_it_follows_an_import_in_place(tmp_path: Path) -> None:
    others = list(corporations.full(60, 3))
    take(tmp_path / "h", a_file(tmp_path / "a.csv", others))
    new = named(["株式会社霧ヶ峰光学"])
    new[0][9], new[0][10], new[0][13], new[0][14] = "北海道", "稚内市", "01", "214"
    with opened(tmp_path / "h") as directory:
        assert directory.search("霧ケ峰") == []
        take(tmp_path / "h", a_file(tmp_path / "b.csv", new))
        assert [hit.corporation.address for hit in directory.search("霧ケ峰 稚内")] == ["北海道稚内市湖岸通り５丁目２番１号"]


@pytest.mark.parametrize("name", ["社団法人会株式会社", "株式会社社団", "一般社団法人医療法人社", "有限会社法人社団", "人社株式会社会",
                                  "学校法人会計研究会", "日本学校法人会計", "株式会社", "合同会社株式会社", "会社法人有限会社式会"])
def test_every_part_of_a_name_made_of_pieces_of_legal_forms_finds_it(tmp_path: Path, name: str) -> None:
    take(tmp_path / "h", a_file(tmp_path / "a.csv", named([name])))
    with opened(tmp_path / "h") as directory:
        for start in range(len(name)):
            for end in range(start + 1, len(name) + 1):
                assert directory.search(name[start:end]), name[start:end]
