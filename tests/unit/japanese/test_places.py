"""Hits of a search in a text as it stands: every spelling, in order, and never beside the mark."""

from __future__ import annotations

import pytest

from kanto_desk.japanese.folding import fold
from kanto_desk.japanese.places import places


def found(text: str, wanted: str) -> list[str]:
    return [text[start:end] for start, end in places(text, wanted)]


@pytest.mark.parametrize(("text", "wanted", "hits"), [
    ("見積もりと見積り", "見積", ["見積", "見積"]),
    ("ＮＣパイプとncパイプ", "NC", ["ＮＣ", "nc"]),
    ("ﾊﾟｲﾌﾟの曲げ", "パイプ", ["ﾊﾟｲﾌﾟ"]),
    ("パイプの曲げ", "ぱいぷ", ["パイプ"]),
    ("髙﨑の國澤さん", "高崎", ["髙﨑"]),
    ("髙﨑の國澤さん", "国沢", ["國澤"]),
    ("サーバーの更新", "サバ", ["サーバ"]),
    ("佐々木さん", "佐佐木", ["佐々木"]),
    ("霞ヶ関と霞が関", "霞が関", ["霞ヶ関", "霞が関"]),
    ("我が社", "我が", ["我が"]),
    ("㈱湖南と(株)湖南と株式会社湖南", "株式会社湖南", ["㈱湖南", "(株)湖南", "株式会社湖南"]),
    ("ヴァイオリン", "バイオリン", ["ヴァイオリン"]),
    ("Ra 0.2 の面", "ra0.2", ["Ra 0.2"]),
    ("いすゞ", "イスズ", ["いすゞ"]),
    ("絵文字😀のあとの語", "あと", ["あと"]),
    ("前、後・中", "・", ["・"]),
    ("前", "", []), ("前", " 　", []), ("前", "後", []), ("", "前", []),
])
def test_hits_as_they_stand(text: str, wanted: str, hits: list[str]) -> None:
    assert found(text, wanted) == hits


def test_what_folding_finds_is_found_here_too() -> None:
    text = "湖南精工（諏訪市）の細径ﾊﾟｲﾌﾟは㈱髙﨑より月に20本、サーバーで佐々木が見る。"
    for start in range(len(text)):
        for end in range(start + 1, min(start + 7, len(text)) + 1):
            piece = text[start:end]
            if fold(piece) and fold(piece) in fold(text):
                assert places(text, piece), piece
