"""The tables that alerts pass through, declared once for both databases.

Alembic creates them, `test_migrations` holds the two together; `registers` has the small ones.

Law: times are BIGINT microseconds since 1970 (see core.instant); hot rows are narrow, long bodies are appended
elsewhere; an index exists for each question that grows with the number of incidents.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from escalator.store.registers import BIG

OPEN = text("status <> 'resolved'")
ENDED = text("resolved_at IS NOT NULL")


class IncidentRow(SQLModel, table=True):
    """One incident. What is asked for stands in columns; the rest of core's Incident is in `state`."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("incident_open_key", "key", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("incident_key", "key", "id"),
        Index(
            "incident_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("incident_open_revision", "revision", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("incident_status", "status", "opened_at", "id"),
        Index("incident_open_severity", "severity", "opened_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "incident_open_urgency", "high", "status", "severity", "opened_at", "id", sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("incident_resolved", "resolved_at", "id", sqlite_where=ENDED, postgresql_where=ENDED),
        Index("incident_opened", "opened_at", "id"),
        Index("incident_policy", "policy", "opened_at"),
    )  # fmt: skip
    id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    key: int = Field(sa_type=BigInteger)
    status: str = Field(sa_type=Text)
    muted: bool
    severity: int = Field(sa_type=SmallInteger)
    high: bool
    route: str = Field(sa_type=Text)
    policy: str = Field(sa_type=Text)
    revision: int
    title: str = Field(sa_type=Text)
    labels: str = Field(sa_type=Text)
    """Group labels, a JSON object."""
    level: int
    round: int
    firing: int
    opened_at: int = Field(sa_type=BigInteger)
    acknowledged_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_by: str | None = Field(default=None, sa_type=Text)
    resolved_at: int | None = Field(default=None, sa_type=BigInteger)
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    version: int
    state: str = Field(sa_type=Text)
    """JSON object of the remaining fields of core.incident.Incident that differ from their defaults."""


class AlertRow(SQLModel, table=True):
    """The newest episode of each alert identity: narrow, one row per (source, fingerprint)."""

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "alert_incident_state",
            "incident_id",
            "state",
            sqlite_where=text("state <> 1"),
            postgresql_where=text("state <> 1"),
        ),
    )
    key: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    """core.alert.identity(source, fingerprint)."""
    episode_id: int = Field(sa_type=BigInteger)
    incident_id: int = Field(sa_type=BigInteger)
    state: int = Field(sa_type=SmallInteger)
    """core.episodes.State: 0 firing, 1 resolved, 2 held, 3 unconfirmed."""
    severity: int = Field(sa_type=SmallInteger)
    first_start: int = Field(sa_type=BigInteger)
    """Earliest startsAt reported for the episode: shown."""
    last_start: int = Field(sa_type=BigInteger)
    """Newest startsAt reported: a resolve counts when its endsAt is not before it."""
    ends_at: int | None = Field(default=None, sa_type=BigInteger)
    last_seen: int = Field(sa_type=BigInteger)
    hold_until: int | None = Field(default=None, sa_type=BigInteger)
    words: int = Field(sa_type=BigInteger)
    """Digest of annotations and generator URL: tells whether the body must be rewritten."""


class EpisodeRow(SQLModel, table=True):
    """The body of one episode of an alert: appended when it opens."""

    __tablename__ = "episode"
    __table_args__ = (Index("episode_incident", "incident_id"),)
    id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    incident_id: int = Field(sa_type=BigInteger)
    alert_key: int = Field(sa_type=BigInteger)
    source: str = Field(sa_type=Text)
    fingerprint: str = Field(sa_type=Text)
    labels: str = Field(sa_type=Text)
    """JSON object."""
    annotations: str = Field(sa_type=Text)
    """JSON object."""
    generator_url: str = Field(sa_type=Text)
    starts_at: int = Field(sa_type=BigInteger)
    ends_at: int | None = Field(default=None, sa_type=BigInteger)
    """Written when a newer episode takes the alert's hot row; until then the hot row knows."""
    last_seen: int | None = Field(default=None, sa_type=BigInteger)


class TimelineRow(SQLModel, table=True):
    """One line of an incident's story; append-only."""

    __tablename__ = "timeline"
    __table_args__ = (Index("timeline_incident", "incident_id", "id"),)
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    incident_id: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    event: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    by: str | None = Field(default=None, sa_type=Text)
    detail: str | None = Field(default=None, sa_type=Text)
    """JSON object, or null."""


WAITING = text("state IN ('pending', 'sending')")
METERED = text("via IN ('sms', 'call', 'push')")
"""Ways out that cost, that have caps, and whose providers say later what became of a message."""
CARRIED = text("carrier IS NOT NULL")
PAGED = text("kind = 'page' AND person IS NOT NULL")
RANG = text("kind = 'page' AND person IS NOT NULL AND sent_at IS NOT NULL")
"""What called somebody."""


class OutboxRow(SQLModel, table=True):
    """One notification: a message to one contact, and where it stands."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("incident_id", "round", "level", "attempt", "step", "contact", "kind", name="outbox_once"),
        Index("outbox_due", "via", "priority", "not_before", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("outbox_next", "not_before", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("outbox_metered", "contact", "sent_at", sqlite_where=METERED, postgresql_where=METERED),
        Index("outbox_receipt", "receipt", sqlite_where=METERED, postgresql_where=METERED),
        Index("outbox_carried", "carrier", sqlite_where=CARRIED, postgresql_where=CARRIED),
        Index("outbox_paged", "person", "created_at", sqlite_where=PAGED, postgresql_where=PAGED),
        Index("outbox_rang", "sent_at", sqlite_where=RANG, postgresql_where=RANG),
    )
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    incident_id: int = Field(sa_type=BigInteger)
    round: int
    level: int
    attempt: int
    step: int
    contact: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    via: str = Field(sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    target: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    priority: int = Field(sa_type=SmallInteger)
    not_before: int = Field(sa_type=BigInteger)
    state: str = Field(default="pending", sa_type=Text)
    """pending, sending, sent, delivered, failed, cancelled, unknown."""
    token: int = 0
    """Fencing: grows with every claim; only the holder of the newest may write the result."""
    attempts: int = 0
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    sent_at: int | None = Field(default=None, sa_type=BigInteger)
    receipt: str | None = Field(default=None, sa_type=Text)
    bundle: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    """core.effects.Bundle: with which others it may go out as one."""
    carrier: int | None = Field(default=None, sa_type=BigInteger)
    """The row whose message told of this one too."""


class AttemptRow(SQLModel, table=True):
    """One try to send one notification; append-only."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_outbox", "outbox_id", "id"),)
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    outbox_id: int = Field(sa_type=BigInteger)
    token: int
    at: int = Field(sa_type=BigInteger)
    took: int
    """Microseconds."""
    outcome: str = Field(sa_type=Text)
    """sent, delivered, temporary, permanent, ambiguous, fenced."""
    detail: str = Field(sa_type=Text)


METADATA: Any = SQLModel.metadata
"""All of them: `registers` is imported above."""
