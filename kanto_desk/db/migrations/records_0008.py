"""What an organization was told by the directory of corporations, and what somebody answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1008


def upgrade(op: Operations) -> None:
    """Make its table."""
    op.create_table(
        "directory_fact",
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("fact", sa.Text(), nullable=True),
        sa.Column("says", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("updated_on", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_directory_fact_organization", "directory_fact", ["organization"], unique=False)
