"""The small tables: what people make by hand, what is kept for the record, who may come in, counters.

Law: as in `tables`; none of these stands on the path of an alert, but for the links that a page carries.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.sqlite import INTEGER as SQLITE_INTEGER
from sqlmodel import Field, SQLModel

BIG = BigInteger().with_variant(SQLITE_INTEGER(), "sqlite")
"""SQLite makes only INTEGER PRIMARY KEY the row's own number."""


class TurnRow(SQLModel, table=True):
    """Round-robin turns, by policy and level."""

    __tablename__ = "turn"
    policy: str = Field(sa_type=Text, primary_key=True)
    level: int = Field(primary_key=True)
    taken: int


class SilenceRow(SQLModel, table=True):
    """A silence made by hand; those in the policies live in the Book."""

    __tablename__ = "silence"
    __table_args__ = (Index("silence_ends", "ends_at"),)
    id: str = Field(sa_type=Text, primary_key=True)
    matchers: str = Field(sa_type=Text)
    """JSON list of [label, operator, value]."""
    starts_at: int = Field(sa_type=BigInteger)
    ends_at: int = Field(sa_type=BigInteger)
    by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class OverrideRow(SQLModel, table=True):
    """An override made by hand; those in the policies live in the Book."""

    __tablename__ = "override"
    __table_args__ = (Index("override_ends", "ends_at"),)
    id: str = Field(sa_type=Text, primary_key=True)
    schedule: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text)
    starts_at: int = Field(sa_type=BigInteger)
    ends_at: int = Field(sa_type=BigInteger)
    by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class SwapRow(SQLModel, table=True):
    """A shift that somebody asks a colleague to take."""

    __tablename__ = "swap"
    __table_args__ = (Index("swap_ends", "ends_at"),)
    id: str = Field(sa_type=Text, primary_key=True)
    schedule: str = Field(sa_type=Text)
    asker: str = Field(sa_type=Text)
    colleague: str | None = Field(default=None, sa_type=Text)
    """Null: anybody on the schedule."""
    starts_at: int = Field(sa_type=BigInteger)
    ends_at: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    """asked, accepted, declined, expired."""
    answered_by: str | None = Field(default=None, sa_type=Text)
    override: str | None = Field(default=None, sa_type=Text)
    """The id of the override that it became."""
    by: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    answered_at: int | None = Field(default=None, sa_type=BigInteger)


class FeedRow(SQLModel, table=True):
    """A calendar feed: whoever has its token may read one person's or one schedule's shifts; stored hashed."""

    __tablename__ = "feed"
    __table_args__ = (Index("feed_hash", "hash", unique=True),)
    id: str = Field(sa_type=Text, primary_key=True)
    hash: str = Field(sa_type=Text)
    """Hex SHA-256 of the token."""
    kind: str = Field(sa_type=Text)
    """person or schedule."""
    name: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class RevisionRow(SQLModel, table=True):
    """One admitted revision of the policies, with its sources, so that any replica can compile it."""

    __tablename__ = "revision"
    __table_args__ = (Index("revision_digest", "digest"),)
    number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    digest: str = Field(sa_type=Text)
    """Hex SHA-256 of the sources."""
    sources: str = Field(sa_type=Text)
    """JSON object: path to text."""
    admitted_at: int = Field(sa_type=BigInteger)
    by: str = Field(sa_type=Text)
    origin: str | None = Field(default=None, sa_type=Text)
    """The folder or the repository, without what is secret."""
    commit_id: str | None = Field(default=None, sa_type=Text)
    author: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    committed_at: int | None = Field(default=None, sa_type=BigInteger)
    restores: int | None = Field(default=None, sa_type=BigInteger)
    """Set by a rollback: the revision whose content this one brings back."""


class WaitingRow(SQLModel, table=True):
    """What an origin holds that is newer than what runs, and why it does not run. At most one row."""

    __tablename__ = "waiting"
    origin: str = Field(sa_type=Text, primary_key=True)
    digest: str = Field(sa_type=Text)
    commit_id: str | None = Field(default=None, sa_type=Text)
    author: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    committed_at: int | None = Field(default=None, sa_type=BigInteger)
    reason: str = Field(sa_type=Text)
    diagnostics: str = Field(sa_type=Text)
    """JSON list of objects."""
    by: str = Field(sa_type=Text)
    """The process that refused it."""
    at: int = Field(sa_type=BigInteger)


class HeartbeatRow(SQLModel, table=True):
    """When each heartbeat of the policies was last heard."""

    __tablename__ = "heartbeat"
    name: str = Field(sa_type=Text, primary_key=True)
    last_seen: int = Field(sa_type=BigInteger)


class QuarantineRow(SQLModel, table=True):
    """Raw bytes that could not be parsed: kept, because they may have been an alert."""

    __tablename__ = "quarantine"
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    at: int = Field(sa_type=BigInteger)
    source: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)


class TokenRow(SQLModel, table=True):
    """An access token, stored hashed."""

    __tablename__ = "token"
    __table_args__ = (Index("token_hash", "hash", unique=True),)
    id: str = Field(sa_type=Text, primary_key=True)
    hash: str = Field(sa_type=Text)
    """Hex SHA-256 of the whole token."""
    name: str = Field(sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    scopes: str = Field(sa_type=Text)
    """Space-separated: ingest, ingest:SOURCE, read, ack, admin."""
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)
    last_used_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class ReplicaRow(SQLModel, table=True):
    """A process that serves, and when it last said so."""

    __tablename__ = "replica"
    writer: str = Field(sa_type=Text, primary_key=True)
    """Host and number of the process."""
    version: str = Field(sa_type=Text)
    revision: int
    started_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)


class SessionRow(SQLModel, table=True):
    """A browser that is signed in, or a link that signs one in once; stored hashed."""

    __tablename__ = "session"
    __table_args__ = (Index("session_expires", "expires_at"),)
    hash: str = Field(sa_type=Text, primary_key=True)
    """Hex SHA-256 of the cookie, or of the word in the link."""
    kind: str = Field(sa_type=Text)
    """browser or link."""
    token: str | None = Field(default=None, sa_type=Text)
    """Hex SHA-256 of the access token that opened it: when that ends, so does this. Null: it came by a link."""
    token_id: str | None = Field(default=None, sa_type=Text)
    person: str | None = Field(default=None, sa_type=Text)
    name: str = Field(sa_type=Text)
    scopes: str = Field(sa_type=Text)
    """Space-separated."""
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)


class SavedViewRow(SQLModel, table=True):
    """A filter of the list of incidents that has a name, for everybody."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("saved_view_name", "name", unique=True),)
    id: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    query: str = Field(sa_type=Text)
    """What stands behind the `?` of its address."""
    by: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class LinkRow(SQLModel, table=True):
    """A link in a message that lets one person see, and once acknowledge, one incident; stored hashed."""

    __tablename__ = "link"
    __table_args__ = (Index("link_expires", "expires_at"),)
    hash: str = Field(sa_type=Text, primary_key=True)
    """Hex SHA-256 of the token."""
    incident_id: int = Field(sa_type=BigInteger)
    outbox_id: int = Field(sa_type=BigInteger)
    person: str | None = Field(default=None, sa_type=Text)
    expires_at: int = Field(sa_type=BigInteger)
    used_at: int | None = Field(default=None, sa_type=BigInteger)


class ContactRow(SQLModel, table=True):
    """What we know of a contact beyond the policies: whether its owner proved it, or wants nothing there."""

    __tablename__ = "contact"
    contact: str = Field(sa_type=Text, primary_key=True)
    """`person/alice/sms`."""
    address: str = Field(sa_type=Text)
    """Hex SHA-256 of the address that this is about: of another one nothing is known."""
    verified_at: int | None = Field(default=None, sa_type=BigInteger)
    code: str | None = Field(default=None, sa_type=Text)
    """Hex SHA-256 of the code that was sent last."""
    code_expires_at: int | None = Field(default=None, sa_type=BigInteger)
    code_tries: int = 0
    opted_out_at: int | None = Field(default=None, sa_type=BigInteger)


class DeviceRow(SQLModel, table=True):
    """A browser that a person registered for push."""

    __tablename__ = "device"
    __table_args__ = (Index("device_endpoint", "endpoint", unique=True), Index("device_person", "person"))
    id: str = Field(sa_type=Text, primary_key=True)
    person: str = Field(sa_type=Text)
    endpoint: str = Field(sa_type=Text)
    p256dh: str = Field(sa_type=Text)
    auth: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class AnsweredRow(SQLModel, table=True):
    """Requests of vendors that were carried out: none is carried out twice."""

    __tablename__ = "answered"
    __table_args__ = (Index("answered_at", "at"),)
    request: str = Field(sa_type=Text, primary_key=True)
    at: int = Field(sa_type=BigInteger)


class KeptRow(SQLModel, table=True):
    """Secrets that we made ourselves and that all replicas share: the keys of browser push."""

    __tablename__ = "kept"
    name: str = Field(sa_type=Text, primary_key=True)
    value: str = Field(sa_type=Text)


class AuditRow(SQLModel, table=True):
    """Who did what to the service itself, and the seals over the timeline; append-only, one hash chain per writer."""

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("writer", "number", name="audit_chain"),)
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    writer: str = Field(sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    by: str = Field(sa_type=Text)
    act: str = Field(sa_type=Text)
    """`seal`, `token.create`, `policy.admit`, `silence.create` …"""
    detail: str = Field(sa_type=Text)
    """JSON."""
    previous: str = Field(sa_type=Text)
    head: str = Field(sa_type=Text)
    """Hex SHA-256 over previous, writer, number, at, by, act, detail."""


class NumberRow(SQLModel, table=True):
    """Counters for ids, where the database has no sequences (SQLite)."""

    __tablename__ = "number"
    name: str = Field(sa_type=Text, primary_key=True)
    last: int = Field(sa_type=BigInteger)
