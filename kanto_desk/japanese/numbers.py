"""Numbers of Japanese administration: corporate and invoice numbers, municipality codes, telephone numbers, postcodes.

Each `check_…` gives the normalised form or raises Refused with the reason. Whether a number is registered is not known.
"""

from __future__ import annotations

import re

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.phone import check_phone, phone
from kanto_desk.japanese.text import half_width

__all__ = [
    "check_corporate_number", "check_invoice_number", "check_municipality_code", "check_phone", "check_postcode",
    "corporate_number_digit", "corporate_number_warning", "municipality_code", "municipality_digit", "phone",
    "postcode",
]

_FILLER = re.compile(r"[-\s.]")


def corporate_number_digit(base: str) -> int:
    """The check digit of a 12-digit base: 9 − (Σ Pn·Qn mod 9), n from the right, Qn 1 and 2 in turn."""
    return 9 - sum(int(digit) * (1 + n % 2) for n, digit in enumerate(reversed(base))) % 9


def _thirteen(text: str) -> str:
    digits = _FILLER.sub("", half_width(text)).upper().removeprefix("T")
    if not (digits.isascii() and digits.isdigit()):
        raise Refused(tr("法人番号は数字だけです。"))
    if len(digits) != 13:
        raise Refused(tr("法人番号は13桁です（いま{count}桁）。", count=len(digits)))
    return digits


def corporate_number_warning(text: str) -> str | None:
    """A sentence when the number cannot be right; None when it can, or when the field is empty. Never a block."""
    if not half_width(text):
        return None
    try:
        check_corporate_number(text)
    except Refused as refused:
        return refused.message
    return None


def check_corporate_number(text: str) -> str:
    """The 13 digits of a corporate number typed in any width, with hyphens or a leading T."""
    digits = _thirteen(text)
    if int(digits[0]) != corporate_number_digit(digits[1:]):
        raise Refused(tr("法人番号の検査数字が合いません。数字を確かめてください。"))
    return digits


def check_invoice_number(text: str) -> str:
    """T and 13 digits of an invoice registration number. Those of sole proprietors follow the same check digit."""
    return "T" + check_corporate_number(text)


def municipality_digit(base: str) -> int:
    """The check digit of a 5-digit municipality code: last digit of 11 − (Σ ci·(6,5,4,3,2) mod 11)."""
    return (11 - sum(int(digit) * weight for digit, weight in zip(base, (6, 5, 4, 3, 2), strict=True)) % 11) % 10


def municipality_code(base: str) -> str:
    """The six-digit code of a five-digit one."""
    return f"{base}{municipality_digit(base)}"


def check_municipality_code(text: str) -> str:
    """A six-digit municipality code; five digits are completed."""
    digits = _FILLER.sub("", half_width(text))
    if not re.fullmatch(r"[0-9]{5,6}", digits):
        raise Refused(tr("市区町村コードは5桁か6桁の数字です。"))
    whole = municipality_code(digits[:5])
    if len(digits) == 6 and digits != whole:
        raise Refused(tr("市区町村コードの検査数字が合いません。"))
    return whole


def check_postcode(text: str) -> str:
    """392-0012 from any width, with or without 〒 and hyphen."""
    digits = _FILLER.sub("", half_width(text).replace("〒", ""))
    if not re.fullmatch(r"[0-9]{7}", digits):
        raise Refused(tr("郵便番号は7桁の数字です（例：392-0012）。"))
    return f"{digits[:3]}-{digits[3:]}"


def postcode(text: str) -> str:
    """The postcode normalised, or the text in half width when it is none."""
    try:
        return check_postcode(text)
    except Refused:
        return half_width(text)
