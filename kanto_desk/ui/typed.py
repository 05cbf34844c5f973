"""What somebody typed, in words that can be typed in again: each save carries it for the day the disk refuses it.

Knows fields only to name them. Must not hold a passphrase or a key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kanto_desk.fields import Field
from kanto_desk.i18n import language

Key = tuple[str, str]
"""(record type, uid)."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The record that a save belongs to, and (name of the box, text) of what it would write.

    A later save with the same record and `slot` stands for this one, too; without a slot every save is kept.
    """

    record: Key | None
    parts: tuple[tuple[str, str], ...]
    slot: str = ""


def typed(record: Key | None, *parts: tuple[str, object], slot: str = "") -> Typed:
    """What a save would write, from pairs (name of the box, value); boxes without a value are left out."""
    return Typed(record, tuple((name, words) for name, value in parts if (words := _words(value))), slot)


def typed_values(record: Key | None, fields: Sequence[Field], values: Mapping[str, Any], slot: str = "") -> Typed:
    """The same from values by field name; `fields` give the names people know. An emptied box is told as such.

    Within a slot only a later save of the same fields stands for this one.
    """
    labels = {field.name: field.label(language()) for field in fields}
    parts = tuple((labels.get(name, name), _words(value) or "–") for name, value in values.items())
    return Typed(record, parts, f"{slot}:{','.join(sorted(values))}" if slot else "")


def _words(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(filter(None, map(_words, value)))
    return str(value).strip()
