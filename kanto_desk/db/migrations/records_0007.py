"""What was decided about organizations that look alike: 別の企業, or one merged into the other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1007


def upgrade(op: Operations) -> None:
    """Make its table."""
    op.create_table(
        "organization_pair",
        sa.Column("organization", sa.Text(), nullable=True),
        sa.Column("other", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("kept", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_organization_pair_organization", "organization_pair", ["organization"], unique=False)
    op.create_index("ix_organization_pair_other", "organization_pair", ["other"], unique=False)
