"""The first schema of attachments.db."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1001


def upgrade(op: Operations) -> None:
    """Make every table of the first version."""
    op.create_table(
        "blob",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "chunk",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "n"),
    )
    op.create_table(
        "thumb",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("px", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "px"),
    )
