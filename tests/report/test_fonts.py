"""Fonts on paper: what is written is what is shown and what is copied, and what cannot be shown is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kanto_desk.paths import resources
from kanto_desk.report.blocks import INK
from kanto_desk.report.canvas import Canvas
from kanto_desk.report.fonts import clusters, face, missing, stack
from kanto_desk.report.pdf_objects import text as pdf_text
from kanto_desk.report.tagging import Element, Facts
from tests.report.reading import bare, by_pdfium, by_poppler, opened
from tests.report.samples import EMPTY

RARE = "𠮷野家 髙橋 山﨑 葛\U000e0100飾 辻\U000e0100 渡邉 齋藤 濵田 神\ufe00 𡈽方 ｶﾅ ㊞①Ⅲ㈱ café が\u3099"


def printed(*lines: str) -> tuple[bytes, tuple[str, ...]]:
    """A page with these lines and what it could not show."""
    canvas = Canvas()
    canvas.add_page()
    for index, line in enumerate(lines):
        with canvas.content(Element("P")):
            canvas.text(line, 50, 700 - 20 * index, size=10, colour=INK)
    return canvas.finish(Facts("試験", "A", "B", "ja-JP", EMPTY.issued)), canvas.missing


@pytest.mark.parametrize("word", ["𠮷野家", "髙橋", "山﨑", "葛\U000e0100飾", "辻\U000e0100", "渡邉", "邊見", "濵田", "神\ufe00社", "①Ⅲ㈱㊞"])
def test_rare_characters_copy_exactly(word: str, tmp_path: Path) -> None:
    pdf, lost = printed(word)
    assert lost == ()
    assert bare(by_poppler(pdf, tmp_path)) == word
    assert bare(by_pdfium(pdf)) == word


def test_variant_shows_another_shape_than_the_plain_character() -> None:
    shown = stack()
    assert shown["葛\U000e0100"].gid != shown["葛"].gid


def test_emoji_prints_geta_and_is_reported(tmp_path: Path) -> None:
    pdf, lost = printed("本日は😀晴天👨‍👩‍👧です😀")
    assert lost == ("😀", "👨‍👩‍👧")
    shown = stack()
    assert shown["😀"].gid == shown["〓"].gid and shown["👨‍👩‍👧"].gid == shown["〓"].gid
    assert "本日は" in by_poppler(pdf, tmp_path)


def test_missing_is_known_before_printing() -> None:
    assert missing("晴れ😀\n雨😀🌂") == ("😀", "🌂")
    assert missing("𠮷野家") == ()
    assert missing("葛\U000e01ef") == ("葛\U000e01ef",)       # an unknown variant prints its plain shape
    assert stack()["葛\U000e01ef"].gid == stack()["葛"].gid


def test_a_lone_surrogate_is_reported_and_the_file_stays_sound() -> None:
    pdf, lost = printed("a\ud842b")
    assert lost == ("\ud842",)
    with opened(pdf) as read:
        assert read.check_pdf_syntax() == []


def test_fallback_fills_jis_x_0213() -> None:
    """Every character of JIS X 0213 but three, kanji of levels 3 and 4 with them."""
    shown = stack()
    chars: set[str] = set()
    for lead in (b"", b"\x8f"):
        for row in range(0xA1, 0xFF):
            for column in range(0xA1, 0xFF):
                try:
                    chars.add((lead + bytes((row, column))).decode("euc_jis_2004"))
                except UnicodeDecodeError:
                    continue
    single = {char for char in chars if len(char) == 1}
    assert len(single) > 11_000
    assert {char for char in single if shown[char].lost} == {"⦅", "⦆", "ǵ"}


def test_clusters() -> None:
    assert clusters("葛\U000e0100城") == ["葛\U000e0100", "城"]
    assert clusters("か\u3099") == ["か\u3099"] and stack()["か\u3099"].gid == stack()["が"].gid
    assert clusters("🇯🇵旗") == ["🇯🇵", "旗"]
    assert clusters("a\u200bb\tc\x00") == ["a", "b", " ", "c"]


def test_every_font_is_embedded_subset_and_mapped(tmp_path: Path) -> None:
    pdf, _ = printed(RARE)
    with opened(pdf) as read:
        fonts = read.pages[0].Resources.Font
        assert len(fonts) == 2, "the primary face and the fallback"
        for font in fonts.values():
            below = font.DescendantFonts[0]
            assert "+" in str(font.BaseFont) and font.Encoding == "/Identity-H" and "/ToUnicode" in font
            program = bytes(below.FontDescriptor.FontFile2.read_bytes())
            assert 200 < len(program) < 60_000 and len(below.CIDToGIDMap.read_bytes()) == 2 * (len(below.W[1]) + 1)


def test_fonts_are_the_shipped_ones_with_their_licences() -> None:
    folder = resources() / "fonts"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 12_000_000
    for licence in ("OFL-BIZ-UD.txt", "OFL-Noto-Sans-JP.txt"):
        assert "SIL Open Font License" in (folder / licence).read_text("utf-8")
    keys = face("KantoKeys-Regular.ttf")
    widths = {keys.advance(keys.glyph_id(char) or 0) for char in "0123456789:Ctrl+F"}
    assert widths == {0.5}, "times and keys stand in columns"


def test_text_objects_escape_what_would_end_them() -> None:
    assert pdf_text("a(b)\\") == "(a\\(b\\)\\\\)" and pdf_text("髙") == "<FEFF9AD9>"
