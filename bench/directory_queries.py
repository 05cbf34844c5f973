"""Questions to a directory that nobody tuned for: parts of its own names, readings and addresses, by a fresh seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from kanto_desk.directory.asking import Filters
from kanto_desk.directory.searching import Corporation
from kanto_desk.japanese.folding import core_name, fold
from kanto_desk.japanese.text import to_hiragana

Asked = tuple[str, Filters]


def questions(known: Sequence[Corporation], count: int, draw: Random) -> list[Asked]:
    """`count` questions as people type them: beginnings, parts, readings, places, several terms, filters."""
    return [_question(draw.choice(known), draw) for _ in range(count)]


def two_signs(known: Sequence[Corporation], count: int, draw: Random) -> list[str]:
    """Parts of two characters of names without their legal forms, for the peers that know nothing of these."""
    cores = [core for one in known if len(core := core_name(fold(one.name))) >= 2]
    return [_part(draw.choice(cores), 2, draw) for _ in range(count)]


def _question(one: Corporation, draw: Random) -> Asked:
    core, way, filters = core_name(fold(one.name)), draw.random(), Filters()
    if way < 0.30:
        text = core[:1 + draw.randrange(6)]
    elif way < 0.60:
        text = _part(one.name, 1 + draw.randrange(3), draw)
    elif way < 0.70 and one.kana:
        text = to_hiragana(_part(one.kana, 1 + draw.randrange(5), draw))
    elif way < 0.80:
        text = _part(one.address, 2 + draw.randrange(5), draw)
    elif way < 0.90:
        text = f"{_part(core, 2, draw)} {one.city or one.prefecture}"
    elif way < 0.95:
        text = f"{one.prefecture[:2]} {_part(core, 1 + draw.randrange(3), draw)} {_part(one.street or core, 3, draw)}"
    else:
        text = _part(core, 1 + draw.randrange(2), draw)
    if draw.random() < 0.15:
        filters = Filters((one.city_code[:2],), open=True if draw.random() < 0.5 else None)
    return text, filters


def _part(text: str, length: int, draw: Random) -> str:
    start = draw.randrange(max(1, len(text) - length + 1))
    return text[start:start + length]
