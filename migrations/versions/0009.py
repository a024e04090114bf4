"""When a person was paged: an index of the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PAGED = sa.text("kind = 'page' AND person IS NOT NULL")


def upgrade() -> None:
    op.create_index("outbox_paged", "outbox", ["person", "created_at"], sqlite_where=PAGED, postgresql_where=PAGED)
