"""What answers other than success mean to a desk, of the hub itself and of servers that stand in front of it."""

from __future__ import annotations

from typing import Final

from kanto_desk.sync.wire import Garbled, Problem, StoredChange, unpacked

BUSY: Final = (429, 503)

IN_BETWEEN: Final = "between"
"""Reason: not the hub said no, but a server on the way to it."""

AWAY: Final = "away"
"""Reason: a server stands in front of the hub, and nothing answers behind it."""


def problem_of(status: int, answer: bytes) -> Problem:
    """Why a request was not answered; a server in front of the hub says it with its status alone. Raises Garbled."""
    try:
        return unpacked(answer, Problem)
    except Garbled:
        if status == 413:
            return Problem("size")
        if status in BUSY:
            return Problem("busy")
        if status in (502, 504):
            return Problem(AWAY)
        if status >= 500:
            return Problem("fault")
        if status >= 300:
            return Problem(IN_BETWEEN)
        raise


def halved(batch: list[StoredChange], most: int) -> list[StoredChange]:
    """The beginning of a batch: at most so many changes, but never less than its first operation, and whole ones."""
    if len(batch) <= most:
        return batch
    end = max(1, most)
    while end > 1 and batch[end].tx == batch[end - 1].tx:
        end -= 1
    if end == 1:
        while end < len(batch) and batch[end].tx == batch[0].tx:
            end += 1
    return batch[:end]
