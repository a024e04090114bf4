"""Where a revision came from: commit, author, origin, what it restores; and what is newer and was refused.

Expands only: what runs the version before goes on writing beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("origin", "commit_id", "author", "subject"):
        op.add_column("revision", sa.Column(name, sa.Text(), nullable=True))
    for name in ("committed_at", "restores"):
        op.add_column("revision", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_table(
        "waiting",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("origin", "digest")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("commit_id", "author", "subject")),
        sa.Column("committed_at", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reason", "diagnostics", "by")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin"),
    )
