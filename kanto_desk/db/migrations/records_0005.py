"""What a desk that syncs keeps besides its records: how far it has read, what came whole, what was not taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1005


def upgrade(op: Operations) -> None:
    """Make the tables of sync."""
    op.create_table(
        "scope_cursor",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )
    op.create_table(
        "filled",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("type", "uid"),
    )
    op.create_table(
        "verdict",
        sa.Column("dev", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("set", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dev", "seq"),
    )
    op.create_table(
        "leaving",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("type", "uid"),
    )
