"""A query is taken apart into words, phrases and words that may not stand."""

from __future__ import annotations

import pytest

from kanto_desk.japanese.queries import parse


@pytest.mark.parametrize(("text", "wanted", "unwanted"), [
    ("医療　機器", ("医療", "機器"), ()),
    ("「医療 機器」 試作", ("医療機器", "試作"), ()),
    ('"ISO 13485"取得', ('"ISO', '13485"取得'), ()),      # a mark closes a phrase before a blank alone
    ('"ISO 13485" 取得', ("ISO13485", "取得"), ()),
    ("“面 粗さ” 『試 作』 ＂a b＂", ("面粗さ", "試作", "ab"), ()),
    ("「医療 機", ("医療機",), ()),                         # still being typed
    ("彼は「医療」と", ("彼は「医療」と",), ()),
    ("試作 -見積", ("試作",), ("見積",)),
    ("試作　－「見積 書」 −急ぐ", ("試作",), ("見積書", "急ぐ")),
    ("-5", ("5",), ()),
    ("- 5 --6", ("5", "--6"), ()),
    ("5-6 ーザー", ("5-6", "ーザー"), ()),
    ("「」 ・ ー \u3000", (), ()),
    ("", (), ()),
])
def test_a_query_is_taken_apart(text: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> None:
    assert (parse(text).wanted, parse(text).unwanted) == (wanted, unwanted)
