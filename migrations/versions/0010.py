"""What called somebody, by when: for reports of who bore how much."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

RANG = sa.text("kind = 'page' AND person IS NOT NULL AND sent_at IS NOT NULL")


def upgrade() -> None:
    op.create_index("outbox_rang", "outbox", ["sent_at"], sqlite_where=RANG, postgresql_where=RANG)
