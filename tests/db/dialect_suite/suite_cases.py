"""The tests themselves are SQLAlchemy's; the name keeps the project's own run from collecting them."""

from sqlalchemy.testing.suite import *  # noqa: F403
