"""The list of incidents by urgency, what was resolved last, and filters that have a name."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OPEN, ENDED = sa.text("status <> 'resolved'"), sa.text("resolved_at IS NOT NULL")


def upgrade() -> None:
    columns = ["high", "status", "severity", "opened_at", "id"]
    op.create_index("incident_open_urgency", "incident", columns, sqlite_where=OPEN, postgresql_where=OPEN)
    columns = ["resolved_at", "id"]
    op.create_index("incident_resolved", "incident", columns, sqlite_where=ENDED, postgresql_where=ENDED)
    op.create_table(
        "saved_view",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "name", "query", "by")),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("saved_view_name", "saved_view", ["name"], unique=True)
