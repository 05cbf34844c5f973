"""An address in one piece, as registers give it, divided into prefecture, city and street. Guesses nothing: a city is
one of the shipped municipalities, and what is not known stays in the street."""

from __future__ import annotations

from functools import cache
from typing import Any

from kanto_desk.masters import municipalities, prefectures


def divide(values: dict[str, Any]) -> None:
    """Take prefecture and city out of the address of an organization; what its row says of them already stands.

    An address of another place than the row names is left as it is.
    """
    rest = str(values.get("address") or "")
    named = next((p for p in prefectures() if rest.startswith(p.ja)), None)
    code = named.code if named else values.get("prefecture")
    if not rest or code is None or values.get("prefecture") not in (None, code):
        return
    rest = rest.removeprefix(named.ja).lstrip() if named else rest
    city = values.get("city") or next((name for name in _cities(code) if rest.startswith(name)), None)
    if named is None and city is None:
        return
    values["prefecture"] = code
    if city and rest.startswith(city):
        values["city"] = city
        rest = rest.removeprefix(city).lstrip()
    values["address"] = rest or None


@cache
def _cities(prefecture: str) -> tuple[str, ...]:
    """The cities of a prefecture as addresses write them, longest first: a ward before its city."""
    names = {f"{m.county}{m.name}" for m in municipalities() if m.prefecture == prefecture}
    return tuple(sorted(names, key=lambda name: (-len(name), name)))
