"""What a desk that syncs keeps beside its files: what the hub has, and parts of files that are still coming.

The columns are not called `hash`, so that backups leave both tables out (`backup_store`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1002


def upgrade(op: Operations) -> None:
    """Make the tables of carrying."""
    op.create_table(
        "carried",
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("content"),
    )
    op.create_table(
        "coming",
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("content", "n"),
    )
