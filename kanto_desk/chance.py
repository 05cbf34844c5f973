"""Random bits of ids: the system's, unless somebody who repeats a history brings his own. Keys never come from here."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Source = Callable[[int], int]
"""Gives so many random bits as a number."""

_source: ContextVar[Source] = ContextVar("source", default=secrets.randbits)


def bits(many: int) -> int:
    """So many random bits as a number."""
    return _source.get()(many)


@contextmanager
def drawn_from(source: Source) -> Iterator[None]:
    """Draw ids from this source inside, in this thread: the same source gives the same ids."""
    before = _source.set(source)
    try:
        yield
    finally:
        _source.reset(before)
