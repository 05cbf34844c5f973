"""Line composition, one case a rule (JLREQ and JIS X 4051), then a search for texts that break the rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanto_desk.report.characters import BLANKS, NEVER_FIRST, NEVER_LAST, Sort, latin_breaks, sort_of
from kanto_desk.report.fonts import stack
from kanto_desk.report.paragraph import Line, Shape, Span, balanced, compose

FLUSH = Shape()


def texts(text: str, width: float, shape: Shape = FLUSH) -> list[str]:
    return [line.text for line in compose(text, width, shape)]


def assert_allowed(lines: tuple[Line, ...]) -> None:
    for line in lines[1:]:
        assert line.glyphs[0].sort not in NEVER_FIRST, line.text
    for line in lines[:-1]:
        assert line.glyphs[-1].sort not in NEVER_LAST, line.text


@pytest.mark.parametrize("mark", list("、。」）』】・：；！？ー々ゝぁっゃャッヶ％℃〜,.)]"))
def test_line_start_prohibition(mark: str) -> None:
    for before in range(4, 16):      # the mark reaches the edge at one of these lengths
        assert_allowed(compose("漢" * before + mark + "字" * 12, 10, FLUSH))


@pytest.mark.parametrize("mark", list("「（『【〔￥＄([{"))
def test_line_end_prohibition(mark: str) -> None:
    for before in range(4, 16):
        assert_allowed(compose("漢" * before + mark + "字" * 12, 10, FLUSH))


@pytest.mark.parametrize("pair", ["……", "――", "‥‥"])
def test_inseparable_dashes_stay_together(pair: str) -> None:
    for before in range(4, 16):
        assert any(pair in line for line in texts("漢" * before + pair + "字" * 12, 10))


def test_numbers_and_units_stay_together() -> None:
    for before in range(2, 12):
        assert any("1,234.5" in line for line in texts("漢" * before + "1,234.5" + "字" * 12, 10))


def test_latin_words_are_not_cut() -> None:
    for before in range(2, 12):
        lines = texts("漢" * before + "bioburden" + "字" * 12, 10)
        assert any("bioburden" in line for line in lines)


def test_hyphened_words_may_break_behind_the_hyphen() -> None:
    assert texts("漢字漢字 state-of-the-art 字", 8)[0].endswith("-")


def test_addresses_break_behind_their_marks() -> None:
    url = "https://www.example.go.jp/review-services/drug-reviews/about/0018.html"
    lines = texts("参考：" + url, 18)
    assert len(lines) > 1
    assert all(line[-1] in "/-._?&=:" for line in lines[:-1])
    assert "".join(lines) == "参考：" + url


def test_address_scheme_is_not_cut_inside_its_slashes() -> None:
    assert not {6, 7} & set(latin_breaks("https://example.jp/a"))


def test_quarter_em_between_japanese_and_latin_but_not_at_punctuation() -> None:
    line = compose("航空機ISO規格、ISO", 40, FLUSH)[0]
    behind = {line.glyphs[k].text + line.glyphs[k + 1].text: extra for k, extra in enumerate(line.extra)}
    assert behind["機I"] > 0.1 and behind["O規"] > 0.1
    assert behind["、I"] == 0 and behind["空機"] == 0


def test_consecutive_punctuation_closes_up() -> None:
    line = compose("「設計」「滅菌」", 40, FLUSH)[0]
    at = line.text.index("」「")
    apart = line.glyphs[at].right + line.glyphs[at + 1].left
    assert apart > 0.05, "the faces' brackets have blanks to close"
    assert line.extra[at] == pytest.approx(-apart / 2)


def test_opening_bracket_stands_flush_at_line_start() -> None:
    line = compose("「設計」を担う", 40, FLUSH)[0]
    assert line.left == pytest.approx(-stack()["「"].left) and line.left < 0


def test_closing_mark_loses_its_blank_at_line_end() -> None:
    text = "漢字漢字漢字漢字漢」"
    width = stack().width(text)
    assert len(texts(text + "字字字", width - stack()["」"].right + 0.001)[0]) == len(text)


def test_drawn_in_when_blanks_can_shrink() -> None:
    text = "設計、組立、滅菌、保管、出荷、検査。"
    natural = stack().width(text)
    assert texts(text + "次の工程へ進む", natural - 0.35)[0].endswith("検査。")


def test_pushed_out_when_nothing_can_shrink() -> None:
    lines = compose("漢字漢字漢字漢字漢字。漢字漢字漢字", 10, FLUSH)
    assert lines[0].text == "漢字漢字漢字漢字漢" and lines[1].text.startswith("字。")


def test_lines_are_justified_but_the_last() -> None:
    lines = compose("自動車71%、航空機18%、その他11%であり、電動化に伴う需要の減少を見込んで、医療機器分野への進出を課題とした。", 21, FLUSH)
    for line in lines[:-1]:
        assert line.width == pytest.approx(21)
    assert lines[-1].width < 21


def test_paragraph_indent_is_one_em_on_the_first_line_only() -> None:
    first, *others = compose("漢字" * 30, 20, Shape(indent=1))
    assert first.left == pytest.approx(1) and all(line.left == 0 for line in others)


def test_blanks_at_line_ends_take_no_room() -> None:
    assert texts("one two three", stack().width("one two") + 0.05, Shape(justify=False)) == ["one two", "three"]
    assert not any(line.startswith((" ", "\u3000")) for line in texts("漢字\u3000" * 20, 7.3))


def test_last_line_is_never_one_character() -> None:
    for count in range(20, 60):
        lines = texts("部品の供給のみの場合、製造業の登録は原則として不要であることを確認し、次の工程へ進むことで合意した。取得の目安"[:count] + "。", 19)
        if len(lines) > 1:
            assert len(lines[-1].rstrip("。")) >= 2, lines


def test_ruby_base_is_not_cut_and_wide_readings_spread_it() -> None:
    for before in range(5, 12):
        lines = compose((Span("漢" * before), Span("承", ruby="うけたまわる"), Span("字" * 12)), 10, FLUSH)
        assert sum(len(line.rubies) for line in lines) == 1
    lines = compose((Span("相談"), Span("吉野", ruby="よしの"), Span("様")), 20, FLUSH)
    reading, left, right = lines[0].rubies[0]
    assert reading == "よしの" and left == pytest.approx(stack().width("相談")) and right > left


def test_headings_break_between_phrases() -> None:
    assert texts("医療機器部品への参入と品質の整備", 12, Shape(justify=False, phrases=True)) == ["医療機器部品への参入と", "品質の整備"]


def test_captions_are_balanced() -> None:
    lines = [line.text for line in balanced("5軸加工機による鉗子先端部品の試作", 15, Shape(justify=False, phrases=True))]
    assert lines == ["5軸加工機による", "鉗子先端部品の試作"]


def test_english_apostrophe_does_not_open_a_break_or_a_gap() -> None:
    line = compose("The company’s plan", 40, Shape(justify=False))[0]
    quote = line.glyphs[line.text.index("’")]
    assert quote.advance < 0.5 and quote.sort is Sort.LETTER
    assert any("company’s" in one for one in texts("The company’s plan is the company’s own plan", 7.5, Shape(justify=False)))


def test_line_ends_in_the_text_are_kept() -> None:
    assert texts("一行目\n\n三行目\r\n四行目", 20) == ["一行目", "", "三行目", "四行目"]


def test_a_long_unbroken_run_is_cut_rather_than_lost() -> None:
    lines = texts("x" * 100, 10)
    assert "".join(lines) == "x" * 100 and len(lines) > 4
    assert "".join(texts("x" * 60_000, 40)) == "x" * 60_000      # and in time that grows with its length only


ORDINARY = "漢字かなカナ医療機器参入" * 3
MARKS = "、。「」（）『』・：！？…―ー々ぁッ％￥〜ABCabc0123 ,.()-/\u3000髙﨑𠮷"
WORDS = st.text(alphabet=ORDINARY + MARKS, min_size=1, max_size=160)


@settings(max_examples=250, deadline=None)
@given(WORDS, st.floats(8, 60), st.booleans(), st.booleans())
def test_no_text_is_lost_and_nothing_overruns(text: str, width: float, justify: bool, phrases: bool) -> None:
    lines = compose(text, width, Shape(justify=justify, phrases=phrases))
    blanks = str.maketrans("", "", " \u3000")
    assert "".join(line.text for line in lines).translate(blanks) == text.translate(blanks)
    for line in lines:
        assert line.width <= width + 0.01 or len(line.glyphs) == 1


@settings(max_examples=250, deadline=None)
@given(st.lists(st.tuples(st.text(alphabet=ORDINARY, min_size=2, max_size=9), st.sampled_from(MARKS)), min_size=1, max_size=25),
       st.floats(13, 60))
def test_no_line_begins_or_ends_with_what_must_not(parts: list[tuple[str, str]], width: float) -> None:
    """Marks stand single among words here: runs of marks longer than a line have no lawful break."""
    lines = compose("".join(word + mark for word, mark in parts), width, FLUSH)
    assert_allowed(lines)
    for line in lines[1:]:
        assert line.glyphs[0].sort not in BLANKS


def test_every_listed_mark_has_its_class() -> None:
    assert sort_of("々") is Sort.NO_START and sort_of("「") is Sort.OPEN and sort_of("A") is Sort.LETTER
    assert sort_of("7") is Sort.DIGIT and sort_of("髙") is Sort.PLAIN and sort_of("７") is Sort.PLAIN
