"""Folding: variants meet, folding is stable, legal forms are taken off."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kanto_desk.japanese.folding import bigrams, core_name, fold, legal_codes, legal_forms, legal_spans, spellings
from kanto_desk.japanese.variants import VARIANTS

_JAPANESE = st.text(st.sampled_from("髙﨑邉𠮷齋斎ヶケがガ々ゝゞヾヴァぢづー・-（株）㈱ﾊﾟ①ａB株式会社すズ高神\U000e0100 々国"))

PAIRS = [
    ("髙橋", "高橋"), ("山﨑", "山崎"), ("渡邊", "渡辺"), ("渡邉", "渡辺"), ("齋藤", "斎藤"), ("齊藤", "斉藤"),
    ("斉藤", "斎藤"), ("澤田", "沢田"), ("濵田", "浜田"), ("濱田", "浜田"), ("𠮷田", "吉田"), ("廣瀨", "広瀬"),
    ("櫻井", "桜井"), ("國立", "国立"), ("眞田", "真田"), ("德島", "徳島"), ("惠比寿", "恵比寿"), ("嶋村", "島村"),
    ("冨士", "富士"), ("峯岸", "峰岸"), ("龍ヶ崎", "竜ケ崎"), ("霞が関", "霞ヶ関"), ("つつじヶ丘", "ツツジヶ丘"),
    ("佐々木", "佐佐木"), ("いすゞ", "いすず"), ("ヴァイオリン", "バイオリン"), ("ﾊﾟｲﾌﾟ", "パイプ"),
    ("コンピューター", "コンピュータ"), ("キャノン", "キヤノン"), ("ＹＳＥＣ", "ysec"), ("葛󠄀城", "葛城"),
    ("鐵工所", "鉄工所"), ("三ツ矢", "三っ矢"), ("こなん・せいこう", "コナンセイコウ"), ("㈱山", "株式会社山"),
    ("(有)山", "有限会社山"), ("㈲ 山", "有限会社山"), ("藝術", "芸術"), ("內田", "内田"), ("會社", "会社"),
    ("圓山", "円山"), ("關東", "関東"), ("縣", "県"), ("槇", "槙"), ("栁田", "柳田"), ("桒原", "桑原"),
    ("神田", "\ufa19田"), ("ちぢみ", "ちじみ"), ("富士見ガ丘", "富士見が丘"), ("二〇一", "二○一"),
    ("ヴィラ", "ビラ"), ("スーパー", "スパ"), ("三菱UFJリサーチ＆コンサルティング", "三菱ＵＦＪリサーチ&コンサルティング"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_variants_meet(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [
    ("埼玉", "崎玉"), ("川崎", "川碕"), ("大田区", "太田区"), ("カメラ", "ケメラ"), ("株山", "株式会社山"), ("ハシ", "バシ"),
])
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text() | _JAPANESE)
@example("e-\u0301")
@example("々々")
@example("ᄀ-ᅡ")
@example("ß")
def test_folding_is_stable(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert unicodedata.is_normalized("NFKC", folded)


def test_table_has_each_kanji_once_and_every_variant_folds() -> None:
    signs = "".join(VARIANTS.split())
    assert len(signs) == len(set(signs))
    for group in VARIANTS.split():
        assert {fold(sign) for sign in group} == {group[0]}
    assert len(signs) - len(VARIANTS.split()) >= 600


@pytest.mark.parametrize(("name", "core", "codes"), [
    ("㈱湖南精工", "湖南精工", ("301",)),
    ("湖南精工(株)", "湖南精工", ("301",)),
    ("湖南精工（株）諏訪工場", "湖南精工諏訪工場", ("301",)),
    ("有限会社 髙橋", "高橋", ("302",)),
    ("(公財)南信州・飯田産業センター", "南信州飯田産業センタ", ("39905",)),
    ("(特非)北関東産官学研究会", "北関東産官学研究会", ("39901",)),
    ("特定非営利活動法人 みどり", "ミドリ", ("39901",)),
    ("国立大学法人筑波大学", "筑波大学", ("39909",)),
    ("医療法人社団さくら会", "サクラ会", ("39907",)),
    ("日本学校法人会計研究会", "日本学校法人会計研究会", ()),
    ("浜松市", "浜松市", ()),
    ("株式会社", "株式会社", ("301",)),
    ("", "", ()),
])
def test_legal_forms_and_core(name: str, core: str, codes: tuple[str, ...]) -> None:
    assert core_name(fold(name)) == core
    assert legal_forms(name) == codes


def test_bigrams() -> None:
    assert bigrams("湖南精工") == ["湖南", "南精", "精工"]
    assert bigrams("湖") == [] == bigrams("")


@given(st.text(st.sampled_from("髙﨑邉齋ヶケがガカ々ゝゞヾヴァァ・ー社株式会社ｱＢ高神国い")), st.data())
def test_a_part_of_a_text_is_found_in_one_of_its_spellings(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    part = text[start:data.draw(st.integers(start, len(text)))]
    assert any(piece in whole for piece in spellings(part) for whole in spellings(text))


def test_most_texts_have_one_spelling() -> None:
    assert spellings("株式会社髙橋製作所") == ("株式会社高橋製作所",)
    assert spellings("佐々木") == ("佐佐木", "佐々木")
    assert spellings("ヴァイオリン") == ("バイオリン", "ブアイオリン")
    assert spellings("カメラ") == ("カメラ",)


def test_legal_spans_are_what_the_core_lacks() -> None:
    for name in ("株式会社湖南精工", "湖南精工株式会社諏訪工場", "一般社団法人", "医療法人社団サクラ会", "日本学校法人会計研究会"):
        spans, kept = legal_spans(name), list(name)
        for start, end in reversed(spans):
            assert legal_codes(name[start:end])
            del kept[start:end]
        assert ("".join(kept) or name) == core_name(name)
