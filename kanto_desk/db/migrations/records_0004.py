"""Schema step of records.db: companies in the order of their last visit, and the visits behind rows of the index.

Both are filled from what is there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

VERSION = 1004

_FILL = """
    INSERT INTO last_visit(organization, day, visit, unread, kana, name)
    SELECT o.uid, c.held_on, c.uid, o.kana IS NULL, o.kana, o.name
    FROM organization o LEFT JOIN consultation c ON c.uid = (
        SELECT v.uid FROM consultation v
        WHERE v.organization = o.uid AND v.deleted_at IS NULL AND v.held_on IS NOT NULL
        ORDER BY v.held_on DESC, v.uid DESC LIMIT 1)
    WHERE o.deleted_at IS NULL AND o.merged_into IS NULL
"""


def upgrade(op: Operations) -> None:
    """Make the tables and fill them."""
    op.create_table(
        "last_visit",
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=True),
        sa.Column("visit", sa.Text(), nullable=True),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("kana", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("organization"),
    )
    op.execute(_FILL)   # the indexes after it: made at once, they are quicker than kept in step
    op.create_index("last_visit_order", "last_visit", [sa.text("day DESC"), "unread", "kana", "name", "organization"])
    op.create_index("last_visit_visit", "last_visit", ["visit"], unique=False)
    op.create_table(
        "visit_number",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.execute("INSERT INTO visit_number(uid) SELECT DISTINCT root FROM found WHERE root_type = 'consultation'")
    op.create_index("visit_number_uid", "visit_number", ["uid"], unique=True)
    op.create_table(
        "found_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute("INSERT INTO found_visit(id, visit) SELECT f.id, v.number FROM found f CROSS JOIN visit_number v "
               "ON v.uid = f.root WHERE f.root_type = 'consultation' ORDER BY f.id")
