"""Schedules in and out: swaps that a colleague accepts, and calendar feeds.

Expands only: what runs the version before does not know the two tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "swap",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "schedule", "asker")),
        sa.Column("colleague", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reason", "state")),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("override", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("swap_ends", "swap", ["ends_at"])
    op.create_table(
        "feed",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "hash", "kind", "name", "by")),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("feed_hash", "feed", ["hash"], unique=True)
