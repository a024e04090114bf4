"""Signed-in browsers, and the links that sign one in."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("hash", "kind")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("token", "token_id", "person")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "scopes")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("created_at", "expires_at")),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("session_expires", "session", ["expires_at"])
