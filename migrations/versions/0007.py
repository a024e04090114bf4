"""Which processes serve."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replica",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("writer", "version")),
        sa.Column("revision", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("started_at", "seen_at")),
        sa.PrimaryKeyConstraint("writer"),
    )
