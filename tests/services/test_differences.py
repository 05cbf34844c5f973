"""Where texts differ and both in one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kanto_desk.services.differences import both, sentences, spans

_TEXT = st.text("あい受注認証。、\n ab", max_size=60)


@given(_TEXT)
def test_sentences_are_the_text_again(text: str) -> None:
    assert "".join(sentences(text)) == text


@given(_TEXT, _TEXT)
def test_places_lie_in_order_within_the_text_and_cover_what_the_other_lacks(one: str, other: str) -> None:
    found = spans(one, other)
    edge = 0
    for begin, end in found:
        assert edge <= begin < end <= len(one)
        edge = end
    assert spans(one, one) == ()
    rest = iter(other)
    if not found:   # then nothing of this text is missing in the other: its characters stand there in order
        assert all(letter in rest for letter in one)


@given(_TEXT, _TEXT)
def test_both_hold_every_sentence_of_each(one: str, other: str) -> None:
    joined = both(one, other)
    for part in (*sentences(one), *sentences(other)):
        assert part.strip() in joined


def test_a_sentence_said_twice_stands_once() -> None:
    assert both("同じ文。右の文。", "同じ文。左の文。") == "同じ文。右の文。左の文。"
    assert both("同じ文。", "同じ文。足した文。") == "同じ文。足した文。"


def test_only_the_words_that_differ_are_marked() -> None:
    one, other = "期限は12月4日。あとは同じ。", "期限は12月11日。あとは同じ。"
    assert [one[a:b] for a, b in spans(one, other)] == ["4"]
    assert [other[a:b] for a, b in spans(other, one)] == ["11"]
    assert [(a, b) for a, b in spans("まったく別。", "ちがうことば")] == [(0, 6)]
