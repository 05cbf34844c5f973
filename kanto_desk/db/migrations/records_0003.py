"""定型文 and 名前をつけた条件: texts and conditions that users keep for themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1003


def upgrade(op: Operations) -> None:
    """Make the tables of set phrases and saved views."""
    op.create_table(
        "phrase",
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_table(
        "saved_view",
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("page", sa.Text(), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("_stamps", sa.Text(), nullable=False),
        sa.Column("_unknown", sa.Text(), nullable=True),
        sa.Column("_sample", sa.Integer(), nullable=True),
        sa.Column("_updated", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_index("ix_saved_view_page", "saved_view", ["page"], unique=False)
