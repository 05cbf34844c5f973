"""A PostgreSQL that was started anew under a running hub: connections that lay still are replaced before they fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from kanto_desk.hub.opening import engine_of
from kanto_desk.hub.resting import ask_after_rest


def ended(address: str) -> None:
    """End every other connection to a database, as a restart does."""
    other = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with other.connect() as conn:
        conn.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                          "AND pid <> pg_backend_pid()"))
    other.dispose()


def test_connections_that_rested_are_replaced(postgresql: Callable[[], str]) -> None:
    address = postgresql()
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    ask_after_rest(engine, 0.0)
    for _ in range(2):
        with engine.connect() as one, engine.connect() as two:
            assert (one.execute(text("SELECT 1")).scalar(), two.execute(text("SELECT 1")).scalar()) == (1, 1)
        ended(address)
    with engine.connect() as conn:
        assert conn.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()


def test_one_that_ends_in_use_fails_once(postgresql: Callable[[], str], tmp_path) -> None:
    """A hub's own engine: the laptop is told to come again, and the next request has another connection."""
    address = postgresql()
    engine = engine_of(tmp_path, address)
    with engine.connect() as conn:
        assert conn.execute(text("SELECT 1")).scalar() == 1
    ended(address)
    with pytest.raises(OperationalError), engine.connect() as conn:
        conn.execute(text("SELECT 1"))
    with engine.connect() as conn:
        assert conn.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
