"""Order of lines by a text key between its neighbours', so that moving one line changes one row (decision 13)."""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FIRST, _LAST = _DIGITS[0], _DIGITS[-1]


def between(before: str | None, after: str | None) -> str:
    """A place after `before` and before `after`; None means the respective end. Text order is line order.

    Raises ValueError if `before` does not stand before `after`.
    """
    low = before or ""
    if after is not None and low >= after:
        raise ValueError(f"{low!r} does not stand before {after!r}")
    if after is None:
        return _after(low)
    prefix = ""
    i = 0
    while True:
        a = _DIGITS.index(low[i]) if i < len(low) else 0
        b = _DIGITS.index(after[i]) if i < len(after) else len(_DIGITS)
        if b - a > 1:
            return prefix + _DIGITS[(a + b) // 2]
        prefix += _DIGITS[a]
        i += 1
        if b > a:
            return prefix + _after(low[i:])


def _after(low: str) -> str:
    """A text after `low`, without upper bound: counts on at the same width, so that thousands of lines stay short."""
    for i in range(len(low) - 1, -1, -1):
        if low[i] != _LAST:
            rest = len(low) - i - 1
            return low[:i] + _DIGITS[_DIGITS.index(low[i]) + 1] + (_FIRST * (rest - 1) + _DIGITS[1] if rest else "")
    return low + "V001"


def spread(count: int) -> list[str]:
    """Places for `count` lines written at once, of equal length, so that all have room between them."""
    width = 1
    while len(_DIGITS) ** width < (count + 1) * 4:
        width += 1
    step = len(_DIGITS) ** width // (count + 1)
    places = []
    for n in range(1, count + 1):
        value, digits = n * step, ""
        for _ in range(width):
            value, rest = divmod(value, len(_DIGITS))
            digits = _DIGITS[rest] + digits
        places.append(digits.rstrip(_FIRST) or _DIGITS[1])
    return places
