"""Folding: what is written differently but meant alike becomes one string, for the index and the query alike.

The folded text is for finding only; it is never shown, stored as a value or compared for equality of records.
"""

from __future__ import annotations

import re
import unicodedata

from kanto_desk.japanese.variants import VARIANTS

FOLD_VERSION = 1
"""Raised with every change of result: an index built with another version has to be rebuilt."""

_KANJI = "〇〆㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af"
_GA = re.compile(f"(?<=[{_KANJI}])[ケカガ](?=[{_KANJI}])")
_REPEATED_KANJI = re.compile("(.)([々〻]+)")
_REPEATED_KANA = re.compile("([ア-ン])([ヽヾ]+)")
_ABBREVIATED = {
    "株": "株式会社", "有": "有限会社", "名": "合名会社", "資": "合資会社", "同": "合同会社", "合": "合同会社",
    "特非": "特定非営利活動法人", "一社": "一般社団法人", "一財": "一般財団法人", "公社": "公益社団法人",
    "公財": "公益財団法人", "社福": "社会福祉法人", "福": "社会福祉法人", "学": "学校法人", "医": "医療法人",
    "独": "独立行政法人", "地独": "地方独立行政法人", "宗": "宗教法人", "農": "農事組合法人",
}
_BRACKETED = re.compile(rf"[(\[〔]\s*({'|'.join(_ABBREVIATED)})\s*[)\]〕]")
_VU = re.compile("[ヴゔ][ァィェォぁぃぇぉ]")
_VU_SOUNDS = dict(zip("ァィェォぁぃぇぉ", "バビベボバビベボ", strict=True))
LEGAL_FORMS = {
    "株式会社": "301", "有限会社": "302", "合名会社": "303", "合資会社": "304", "合同会社": "305",
    "特定非営利活動法人": "39901", "NPO法人": "39901", "一般社団法人": "39902", "公益社団法人": "39903",
    "一般財団法人": "39904", "公益財団法人": "39905", "学校法人": "39906", "医療法人社団": "39907",
    "医療法人財団": "39907", "社会医療法人": "39907", "医療法人": "39907", "社会福祉法人": "39908",
    "国立大学法人": "39909", "公立大学法人": "39910", "国立研究開発法人": "39911", "地方独立行政法人": "39912",
    "独立行政法人": "39911", "事業協同組合": "39913", "農事組合法人": "39914", "宗教法人": "39917",
}
"""Legal forms as folded text → code of code list CL08 (three digits: the tax agency's corporate kinds)."""

_LONGEST_FIRST = "|".join(sorted(LEGAL_FORMS, key=len, reverse=True))
_ANY_FORM = re.compile(_LONGEST_FIRST)
# Words that also live inside names (学校法人会計研究会) count only at the edges; company forms count anywhere,
# because a branch is written behind them (湖南精工株式会社 諏訪工場).
_CORE_CUT = re.compile(f"株式会社|有限会社|合同会社|合資会社|合名会社|^(?:{_LONGEST_FIRST})+|(?:{_LONGEST_FIRST})+$")

# Without one of these every sign is folded for itself.
_CONTEXT = re.compile("[ヴゔｳ々〻ヽヾゝゞ(\\[〔（［\u3200-\u3243ヶヵケカガけかがｹｶ]|[^\u0000-\u00ff][\u3099\u309aﾞﾟ]")


def _sign(code: int) -> str | None:
    """What one character of NFKC text becomes: None drops it."""
    char = chr(code)
    category = unicodedata.category(char)
    if category[0] in "PZC" or category in ("Sk", "Sm", "Sc") or char in "ー゛゜":
        return None
    if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return None
    return char.upper()


class _Signs(dict[int, str | None]):
    """Character → folded character, filled as characters are met (a cache: at most one entry per BMP character)."""

    def __missing__(self, code: int) -> str | None:
        sign = _sign(code)
        if code < 0x10000:
            self[code] = sign
        return sign


def _signs() -> _Signs:
    signs = _Signs()
    for group in VARIANTS.split():
        signs.update(dict.fromkeys(map(ord, group[1:]), group[0]))
    large = dict(zip("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ", strict=True))
    sounds = {"ヴ": "ブ", "ヂ": "ジ", "ヅ": "ズ", "ヰ": "イ", "ヱ": "エ", "ヲ": "オ",
              "ヷ": "バ", "ヸ": "ビ", "ヹ": "ベ", "ヺ": "ボ"}
    for code in range(0x30A1, 0x30FB):
        kana = chr(code)
        signs[code] = large.get(kana, sounds.get(kana, kana))
    for code in (*range(0x3041, 0x3097), 0x309D, 0x309E):
        signs[code] = signs.get(code + 0x60) or chr(code + 0x60)
    signs.update({ord("○"): "〇", ord("◯"): "〇"})
    return signs


_SIGNS = _signs()


def _repeat_kana(match: re.Match[str]) -> str:
    """いすゞ → イスズ: each mark repeats the kana before it, ヾ voiced."""
    kana, marks = match.groups()
    plain = unicodedata.normalize("NFD", kana)[0]
    voiced = unicodedata.normalize("NFC", plain + "\u3099")
    return kana + "".join(voiced if mark == "ヾ" and len(voiced) == 1 else plain for mark in marks)


def fold(text: str) -> str:
    """`text` folded for search; folding twice gives the same.

    Width and compatibility forms, old and variant kanji, hiragana, small kana, ヂヅヴ, ヶ between kanji, 々 and ゝ,
    letter case and abbreviated legal forms are levelled; blanks, punctuation, long-vowel marks and variation selectors
    go. 2 µs for a short name.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if "(" in text or "〔" in text or "[" in text:
        text = _BRACKETED.sub(lambda form: _ABBREVIATED[form.group(1)], text)
    if "ヴ" in text or "ゔ" in text:
        text = _VU.sub(lambda vu: _VU_SOUNDS[vu.group()[1]], text)
    folded = text.translate(_SIGNS)
    if folded.isascii():
        return folded
    if "々" in folded or "〻" in folded:
        folded = _REPEATED_KANJI.sub(lambda m: m.group(1) * (1 + len(m.group(2))), folded)
    if "ヽ" in folded or "ヾ" in folded:
        folded = _REPEATED_KANA.sub(_repeat_kana, folded)
    if "ケ" in folded or "ガ" in folded or "カ" in folded:
        folded = _GA.sub("ケ", folded)
    # Dropping a hyphen can bring a letter and a combining mark together; such rarities take a second turn.
    return folded if unicodedata.is_normalized("NFKC", folded) else fold(folded)


def spellings(text: str) -> tuple[str, ...]:
    """`text` folded, and, where that looks at neighbours (ヶ between kanji, 々, ヴァ), also folded sign by sign.

    The second finds parts cut out of their neighbourhood (々木 of 佐々木): sign by sign, a part folds to a part.
    """
    folded = fold(text)
    if not _CONTEXT.search(text):
        return (folded,)
    single = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    return (folded,) if single == folded else (folded, single)


def legal_spans(folded: str) -> list[tuple[int, int]]:
    """Begin and end of every legal form that `core_name` takes out of a folded name."""
    return [found.span() for found in _CORE_CUT.finditer(folded)]


def legal_forms_in(folded: str) -> list[str]:
    """The legal forms in a text that is nothing but legal forms, such as a span of them."""
    return _ANY_FORM.findall(folded)


def legal_codes(folded: str) -> tuple[str, ...]:
    """Their codes (CL08)."""
    return tuple(LEGAL_FORMS[form] for form in legal_forms_in(folded))


def core_name(folded: str) -> str:
    """A folded name without its legal forms; the folded name itself when nothing else is in it."""
    return _CORE_CUT.sub("", folded) or folded


def legal_forms(text: str) -> tuple[str, ...]:
    """Codes (CL08) of the legal forms written in a name, e.g. ㈱, (株), 株式会社, in order and without repeats."""
    forms = (form for cut in _CORE_CUT.finditer(fold(text)) for form in _ANY_FORM.findall(cut.group()))
    return tuple(dict.fromkeys(LEGAL_FORMS[form] for form in forms))


def bigrams(folded: str) -> list[str]:
    """All neighbouring pairs of characters in order; empty for texts shorter than two."""
    return [folded[i:i + 2] for i in range(len(folded) - 1)]
