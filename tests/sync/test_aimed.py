"""A few of the aimed histories in every run; more by `python -m tests.sync.aimed --kind KIND --histories N`."""

from __future__ import annotations

import pytest

from tests.sync.aimed import KINDS, many


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_aimed_histories_end_as_they_must(kind: str) -> None:
    asked = {"parts": 1}.get(kind, 4)
    run, failed, done = many(range(9_000_000, 9_000_000 + asked), kind)
    assert not failed, failed
    assert run == asked
    assert sum(done.values()) >= asked
