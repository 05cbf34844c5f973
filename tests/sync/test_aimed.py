"""A few of the aimed histories in every run; more by `python -m tests.sync.aimed --kind KIND --histories N`."""

from __future__ import annotations

import pytest

from tests.sync.aimed import KINDS, many

HISTORIES = 3


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_aimed_histories_end_as_they_must(kind: str) -> None:
    run, failed, done = many(range(9_000_000, 9_000_000 + HISTORIES), kind)
    assert not failed, failed
    assert run == HISTORIES
    assert sum(done.values()) >= HISTORIES
