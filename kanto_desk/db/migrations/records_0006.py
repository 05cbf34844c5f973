"""Records of types that this program does not know are kept until it learns them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1006


def upgrade(op: Operations) -> None:
    """Make their table."""
    op.create_table(
        "strange",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("type", "uid"),
    )
