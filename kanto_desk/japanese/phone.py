"""Telephone numbers: width, hyphens and plausibility. Knows the area codes of the 11 prefectures."""

from __future__ import annotations

import re

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.text import half_width

# Area codes of the 11 prefectures with 2 to 5 digits; the local part fills the number to 10 digits, the last 4 apart.
_AREA_CODES = frozenset(re.findall(r"\d+", """
    03 04
    025 026 027 028 029 042 043 044 045 046 047 048 049 053 054 055
    0250 0254 0255 0256 0257 0258 0259 0260 0261 0263 0264 0265 0266 0267 0268 0269 0270 0274 0276 0277 0278 0279
    0280 0282 0283 0284 0285 0287 0288 0289 0291 0293 0294 0295 0296 0297 0299 0422 0428 0436 0438 0439 0460 0463
    0465 0466 0467 0470 0475 0476 0478 0479 0480 0493 0494 0495 0531 0537 0538 0539 0544 0545 0547 0548 0550 0551
    0553 0554 0555 0556 0557 0558
    04992 04994 04996 04998
"""))
# 04-29xx (所沢), 04-70xx (鴨川) and 04-71xx (柏) would else be taken for 042, 0470 and 047.
_TWO_DIGIT_AREAS = ("04292", "04293", "04294", "04295", "04296", "04709", "0471")
# Free dial, navigation dial and other services: where the first hyphens stand.
_SERVICES = {"0120": (4, 3), "0570": (4, 3), "0800": (4, 3), "0990": (4, 3)}
_MOBILE = re.compile(r"0(?:[5-9]0)\d{8}")
_COUNTRY = re.compile(r"^\+81[-\s]*(?:\(0\))?[-\s]*0?")


def _hyphens(digits: str) -> str:
    """A plausible number with its hyphens; empty when its area code is not known."""
    for prefix, (first, second) in _SERVICES.items():
        if digits.startswith(prefix):
            return f"{digits[:first]}-{digits[first:first + second]}-{digits[first + second:]}"
    if len(digits) == 11:
        return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"
    if digits.startswith(_TWO_DIGIT_AREAS):
        return f"{digits[:2]}-{digits[2:6]}-{digits[6:]}"
    for length in (5, 4, 3, 2):
        if digits[:length] in _AREA_CODES:
            return f"{digits[:length]}-{digits[length:6]}-{digits[6:]}"
    return ""


def check_phone(text: str) -> str:
    """A Japanese number with hyphens: as typed, or by area code where it is known. +81 becomes 0.

    Raises Refused unless it has 10 digits, or 11 beginning with 050 to 090 or 0800. Extensions (内線) stay behind.
    """
    typed = half_width(text)
    number, extension, inner = typed.partition("内線")
    number = _COUNTRY.sub("0", number.strip(" ()"))
    if re.search(r"[^\d\s().-]", number):
        raise Refused(tr("電話番号は数字とハイフンだけです。"))
    digits = re.sub(r"\D", "", number)
    mobile = _MOBILE.fullmatch(digits) is not None
    if not digits.startswith("0"):
        raise Refused(tr("電話番号は市外局番の0から入れると決まります。"))
    if len(digits) != 10 and not mobile:
        raise Refused(tr("電話番号は10桁か、携帯などの11桁です（いま{count}桁）。", count=len(digits)))
    if digits[1] == "0" and not mobile:
        raise Refused(tr("00で始まる電話番号はありません。"))
    parts = [part for part in re.split(r"[\s().-]+", number) if part]
    as_typed = len(parts) == 3 and parts[0] in _AREA_CODES
    shown = ("" if as_typed else _hyphens(digits)) or "-".join(parts)
    return f"{shown} 内線{inner.strip(' -:')}" if extension else shown


def phone(text: str) -> str:
    """The number as `check_phone` gives it, or the text in half width when it is no Japanese number."""
    try:
        return check_phone(text)
    except Refused:
        return half_width(text)
