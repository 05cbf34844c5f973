"""Promises as they are jotted down during a visit."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanto_desk.japanese.promise_text import read_promise

TUESDAY = date(2026, 11, 24)

LINES: list[tuple[str, str, str | None, str | None]] = [
    # text, what, who, due
    ("工業技術センターへの機器利用の申し込み（湖南精工 宮坂さん・12/4 まで）", "工業技術センターへの機器利用の申し込み", "湖南精工 宮坂さん", "12-04"),
    ("宮坂さん 12/4まで", "", "宮坂さん", "12-04"),
    ("宮坂さん12/4まで", "", "宮坂さん", "12-04"),
    ("来週金曜", "", None, "12-04"),
    ("月末", "", None, "11-30"),
    ("当方", "", "当方", None),
    ("宮坂さんが来週金曜までに図面を送る", "図面を送る", "宮坂さん", "12-04"),
    ("当方で見積の様式を送る（月末まで）", "見積の様式を送る", "当方", "11-30"),
    ("先方が12月10日までに試作品を用意", "試作品を用意", "先方", "12-10"),
    ("弊社にて確認し、来週の水曜に連絡する", "確認し、連絡する", "弊社", "12-02"),
    ("御社の図面を確認する", "御社の図面を確認する", None, None),
    ("御社にて加工条件を整理（来月10日まで）", "加工条件を整理", "御社", "12-10"),
    ("宮坂さんに資料を送る", "宮坂さんに資料を送る", None, None),
    ("宮坂さんに資料を送る 12/4まで", "宮坂さんに資料を送る", None, "12-04"),
    ("宮坂さんへ試作品を返却", "宮坂さんへ試作品を返却", None, None),
    ("宮坂さんの見積を待つ", "宮坂さんの見積を待つ", None, None),
    ("展示会の申込：工場長　１２／１８まで", "展示会の申込", "工場長", "12-18"),
    ("板厚を1/2に短縮する", "板厚を1/2に短縮する", None, None),
    ("3/8インチの継手を探す", "3/8インチの継手を探す", None, None),
    ("補助金の公募要領を確認（当方・来週月曜）", "補助金の公募要領を確認", "当方", "11-30"),
    ("12/1〜12/4の間に訪問", "12/1〜12/4の間に訪問", None, None),
    ("NDAの案を12/10までに作成（事務局）", "NDAの案を作成", "事務局", "12-10"),
    ("社長が銀行に相談", "銀行に相談", "社長", None),
    ("お客さんの評判を調べる", "お客さんの評判を調べる", None, None),
    ("お客さんが決めたら連絡", "お客さんが決めたら連絡", None, None),
    ("皆様 12/4まで 日程の回答", "皆様 日程の回答", None, "12-04"),
    ("3日以内に当方からメールする", "メールする", "当方", "11-27"),
    ("20日まで 見積", "見積", None, "12-20"),
    ("30日まで 見積", "見積", None, "11-30"),
    ("5日までに返事", "返事", None, "12-05"),
    ("宮坂さん、佐藤さん 12/4まで 図面の確認", "図面の確認", "宮坂さん、佐藤さん", "12-04"),
    ("宮坂さんと佐藤さんで検討", "検討", "宮坂さんと佐藤さん", None),
    ("先方が図面を送り、当方が見積る", "先方が図面を送り、当方が見積る", None, None),
    ("担当：高橋部長 期限：12/25 サンプル手配", "サンプル手配", "高橋部長", "12-25"),
    ("12/4までに図面、12/10までに見積", "12/4までに図面、12/10までに見積", None, None),
    ("12/4に訪問、12/10までに見積", "12/4に訪問、見積", None, "12-10"),
    ("毎週金曜に進捗を報告", "毎週金曜に進捗を報告", None, None),
    ("毎月20日までに報告", "毎月20日までに報告", None, None),
    ("近日中に連絡する", "近日中に連絡する", None, None),
    ("なるべく早く送る", "なるべく早く送る", None, None),
    ("来週中に返事", "来週中に返事", None, None),
    ("来週、もう一度電話", "来週、もう一度電話", None, None),
    ("明日電話する", "電話する", None, "11-25"),
    ("あさってまでにカタログを送付", "カタログを送付", None, "11-26"),
    ("明日の朝までに回答", "回答", None, "11-25"),
    ("R9.1.15まで ISO9001の更新審査の資料一式（品質保証部 髙橋様）", "ISO9001の更新審査の資料一式", "品質保証部 髙橋様", "2027-01-15"),
    ("令和8年12月25日（金）必着で申請書", "申請書", None, "12-25"),
    ("2026/12/18迄に決算書2期分を提出", "決算書2期分を提出", None, "12-18"),
    ("金曜までに測定データを送る", "測定データを送る", None, "11-27"),
    ("金曜日に会議", "金曜日に会議", None, None),
    ("髙﨑さんより連絡", "連絡", "髙﨑さん", None),
    ("先月の見学の礼状を出す", "先月の見学の礼状を出す", None, None),
    ("昨日の件を確認", "昨日の件を確認", None, None),
    ("試作2個（宮坂さん 年内）", "試作2個", "宮坂さん", "12-31"),
    ("年度末までに経営革新計画を申請（先方）", "経営革新計画を申請", "先方", "2027-03-31"),
    ("1か月後に効果を確認", "効果を確認", None, "12-24"),
    ("2週間後に進捗確認（当方）", "進捗確認", "当方", "12-08"),
    ("10日以内に見積回答 【先方】", "見積回答", "先方", "12-04"),
    ("来月末までに展示会の報告書", "展示会の報告書", None, "12-31"),
    ("12月末までに補助金の実績報告", "補助金の実績報告", None, "12-31"),
    ("SUS316Lのパイプ曲げ試作 φ1.2（先方 12/11）", "SUS316Lのパイプ曲げ試作 φ1.2", "先方", "12-11"),
    ("図面2枚（A3）を送付 12/7", "図面2枚（A3）を送付", None, "12-07"),
    ("JIS Q 9100の勉強会に参加（工場長）", "JIS Q 9100の勉強会に参加", "工場長", None),
    ("山田先生が論文を送ってくださる", "論文を送ってくださる", "山田先生", None),
    ("担当は宮坂さん", "", "宮坂さん", None),
    ("見積依頼\n宮坂さん 12/4まで", "見積依頼", "宮坂さん", "12-04"),
    ("13/40までに提出", "13/40までに提出", None, None),
    ("2/30までに提出", "2/30までに提出", None, None),
    ("材料費の30日現金払いを交渉", "材料費の30日現金払いを交渉", None, None),
    ("", "", None, None),
]


@pytest.mark.parametrize(("text", "what", "who", "due"), LINES)
def test_lines_as_jotted(text: str, what: str, who: str | None, due: str | None) -> None:
    reading = read_promise(text, TUESDAY)
    expected = None if due is None else date.fromisoformat(due if len(due) > 5 else f"2026-{due}")
    assert (reading.what, reading.who, reading.due) == (what, who, expected)


@pytest.mark.parametrize(("text", "people", "who"), [
    ("資料送付　佐藤　11/30", ["佐藤 一郎"], "佐藤"),
    ("資料送付 佐藤一郎 11/30", ["佐藤 一郎"], "佐藤一郎"),
    ("佐藤が資料を送る", ["佐藤 一郎", "宮坂 健一"], "佐藤"),
    ("佐藤に資料を送る", ["佐藤 一郎"], None),
    ("サンプル（湖南精工 宮坂・12/4）", ["宮坂 健一"], "湖南精工 宮坂"),
    ("資料送付　佐藤　11/30", [], None),
    ("はな 12/4まで 花の手配", ["はな", ""], "はな"),
])
def test_known_people(text: str, people: list[str], who: str | None) -> None:
    assert read_promise(text, TUESDAY, people).who == who


@given(st.text() | st.text(st.sampled_from("宮坂さん当方先弊社が12/4までに（）・、 　来週金曜月末日後以内㈱ﾊﾟ10/様")),
       st.dates(date(1950, 1, 1), date(2200, 1, 1)))
def test_nothing_is_invented(text: str, today: date) -> None:
    reading = read_promise(text, today)
    assert (reading.who is None) == (reading.who_span is None)
    assert (reading.due is None) == (reading.due_span is None)
    if reading.who_span:
        assert text[slice(*reading.who_span)] == reading.who
    if reading.due_span:
        assert text[slice(*reading.due_span)].strip()
    rest = iter(text)
    assert all(char == " " or char in rest for char in reading.what)   # blanks may be folded into one
