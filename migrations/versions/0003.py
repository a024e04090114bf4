"""Channels that answer: what goes out together, verified contacts, devices, requests carried out, keys of ours.

Expands only: what runs the version before goes on writing beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

METERED = sa.text("via IN ('sms', 'call', 'push')")
CARRIED = sa.text("carrier IS NOT NULL")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("bundle", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("carrier", sa.BigInteger(), nullable=True))
    for name, column, where in (
        ("outbox_metered", ["contact", "sent_at"], METERED),
        ("outbox_receipt", ["receipt"], METERED),
        ("outbox_carried", ["carrier"], CARRIED),
    ):
        op.create_index(name, "outbox", column, sqlite_where=where, postgresql_where=where)
    op.create_index("incident_policy", "incident", ["policy", "opened_at"])
    op.create_table(
        "contact",
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("code_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("opted_out_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("contact"),
    )
    op.create_table(
        "device",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("id", "person", "endpoint", "p256dh", "auth", "label")
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("device_endpoint", "device", ["endpoint"], unique=True)
    op.create_index("device_person", "device", ["person"])
    op.create_table(
        "answered",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request"),
    )
    op.create_index("answered_at", "answered", ["at"])
    op.create_table(
        "kept",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
