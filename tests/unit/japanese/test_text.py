"""Cleaning, width and readings."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanto_desk.japanese.text import (
    clean_text,
    full_width_katakana,
    half_width,
    is_reading,
    to_hiragana,
    to_katakana,
)

_ANY = st.text(st.characters(codec=None))   # lone surrogates included


@pytest.mark.parametrize(("raw", "cleaned"), [
    ("a\ud800b", "ab"),
    ("\udc00", ""),
    ("\ud842\udfb7野家", "𠮷野家"),
    ("a\x00b", "ab"),
    ("1\r\n2\r3\n4", "1\n2\n3\n4"),
    ("列\t値", "列\t値"),
    ("セル\x0b改行\u2028段", "セル\n改行\n段"),
    ("\ufeff先頭", "先頭"),
    ("警\x07告\x1b[0m", "警告[0m"),
    ("か\u3099", "が"),
    ("e\u0301", "é"),
    ("髙﨑 神 邉 葛󠄀 𠮷", "髙﨑 神 邉 葛󠄀 𠮷"),
    ("\ufa19か\u3099", "\ufa19が"),
    ("①㈱ｶﾅ", "①㈱ｶﾅ"),
    ("", ""),
])
def test_clean_text(raw: str, cleaned: str) -> None:
    assert clean_text(raw) == cleaned


@given(_ANY)
def test_cleaned_text_can_be_stored_and_stays(raw: str) -> None:
    cleaned = clean_text(raw)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned and "\r" not in cleaned
    assert all(char in "\n\t" or unicodedata.category(char) != "Cc" for char in cleaned)
    assert clean_text(cleaned) == cleaned


@given(st.text(st.sampled_from("﨑神福都\ufa19\ufa1b\U0002f800\ufe00\U000e0100葛辻")))
def test_spelling_of_names_survives(name: str) -> None:
    assert clean_text(name) == name


@pytest.mark.parametrize("dash", "-－ー―‐‑‒–—−─ｰ﹣")
def test_every_dash_becomes_a_hyphen(dash: str) -> None:
    assert half_width(f"　０２６６{dash}００{dash}1234 ") == "0266-00-1234"


@pytest.mark.parametrize(("raw", "shown"), [
    ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "taro@example.jp"), ("Ｔ１２３", "T123"), ("10〜12", "10〜12"),
])
def test_half_width(raw: str, shown: str) -> None:
    assert half_width(raw) == shown


@pytest.mark.parametrize(("raw", "shown"), [
    ("ｶﾞｷﾞｸﾞ", "ガギグ"), ("ﾊﾟｲﾌﾟ加工", "パイプ加工"), ("カﾞ", "ガ"), ("ｺｰﾋｰ｡", "コーヒー。"), ("ﾞ", "゛"),
    ("ABC123 かな", "ABC123 かな"), ("①Ａ", "①Ａ"),
])
def test_full_width_katakana(raw: str, shown: str) -> None:
    assert full_width_katakana(raw) == shown


def test_kana_conversions() -> None:
    assert to_katakana("こなんせいこう ゝゞゔ") == "コナンセイコウ ヽヾヴ"
    assert to_katakana("ﾐﾔｻｶ") == "ミヤサカ"
    assert to_hiragana("ミヤサカ ﾊﾟｲﾌﾟ") == "みやさか ぱいぷ"


@given(st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x3096)))
def test_hiragana_returns_from_katakana(text: str) -> None:
    assert to_hiragana(to_katakana(text)) == text


@pytest.mark.parametrize(("text", "yes"), [
    ("コナンセイコウ", True), ("こなん　せいこう", True), ("ﾐﾔｻｶ", True), ("ユーメタル・テック", True),
    ("湖南", False), ("YSEC", False), ("", False), ("ー・", False), ("ミヤサカ1", False),
])
def test_is_reading(text: str, yes: bool) -> None:
    assert is_reading(text) is yes
