"""Schema step of records.db: 効果確認, what became of a consultation after some months."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1002


def upgrade(op: Operations) -> None:
    """Make the table of outcomes."""
    numbers = ("sales_yen", "profit_yen", "adopted", "adopted_yen", "deals", "deals_yen", "jobs")
    texts = ("consultation", "step", "checked_on", "sales", "profit", "note", "place")
    op.create_table(
        "outcome",
        *(sa.Column(name, sa.Text(), nullable=True) for name in texts),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in numbers),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_outcome_consultation", "outcome", ["consultation"], unique=False)
