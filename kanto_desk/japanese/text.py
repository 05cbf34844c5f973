"""Cleaning and width of text as it comes in: from a key, a file or another computer. It guesses nothing.

Free text only ever passes `clean_text`; the other functions are for numbers, names and readings.
"""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
# NFC would replace these by their plain cousins (神 U+FA19 → 神); a person's name must stay as its owner writes it.
_COMPATIBILITY_IDEOGRAPH = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")

# No wave marks among them: 〜 between numbers means a range.
_DASH = str.maketrans(dict.fromkeys("‐‑‒–—―−─━ー﹘﹣－ｰ⁃˗⸺⸻", "-"))
_HALF_KANA_RUN = re.compile("[ぁ-ヿ]?[\uff61-\uff9f]+")
_LONE_MARKS = str.maketrans({"\u3099": "゛", "\u309a": "゜"})
_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_TO_HIRAGANA = {kata: hira for hira, kata in _TO_KATAKANA.items()}
_READING = re.compile("[ァ-ヺー・ヽヾ＝ 　]*[ァ-ヺ][ァ-ヺー・ヽヾ＝ 　]*")


def clean_text(text: str) -> str:
    """`text` fit to be stored, compared and sent; a cleaned text is returned unchanged.

    Surrogate pairs are joined and lone surrogates dropped (they break SQLite and PostgreSQL), U+0000 and other control
    characters dropped save line feed and tab, every kind of line end becomes a line feed, and the rest is composed
    (NFC) except compatibility ideographs and variation selectors, which carry the spelling of names.
    """
    if not text.isprintable():   # what is printable holds neither surrogates nor controls nor line ends
        if _SURROGATE.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        text = _CONTROL.sub("", _LINE_END.sub("\n", text))
    if unicodedata.is_normalized("NFC", text):
        return text
    parts = _COMPATIBILITY_IDEOGRAPH.split(text)
    parts[::2] = [unicodedata.normalize("NFC", part) for part in parts[::2]]
    return "".join(parts)


def half_width(text: str) -> str:
    """Numbers, telephone numbers and codes in half width: every dash-like mark becomes "-", outer blanks go."""
    return unicodedata.normalize("NFKC", text.translate(_DASH)).translate(_DASH).strip()


def full_width_katakana(text: str) -> str:
    """Half-width katakana made full width with its voicing marks joined; everything else unchanged."""
    return _HALF_KANA_RUN.sub(
        lambda run: unicodedata.normalize("NFKC", run.group()).translate(_LONE_MARKS), text)


def to_katakana(text: str) -> str:
    """Hiragana and half-width katakana as full-width katakana; everything else unchanged."""
    return full_width_katakana(text).translate(_TO_KATAKANA)


def to_hiragana(text: str) -> str:
    """Katakana of either width as hiragana where a hiragana exists; everything else unchanged."""
    return full_width_katakana(text).translate(_TO_HIRAGANA)


def is_reading(text: str) -> bool:
    """Whether `text` is nothing but kana of any sort and width, so that `to_katakana` makes a reading of it."""
    return _READING.fullmatch(to_katakana(text)) is not None
