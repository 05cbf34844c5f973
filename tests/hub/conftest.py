"""A real PostgreSQL for the tests of the hub, started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.hub import own_postgresql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Gives a function that makes an empty database and returns its address."""
    if own_postgresql.programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with own_postgresql.running() as server:
        yield lambda: server.address(server.empty())
