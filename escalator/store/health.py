"""How the service fares, as the console shows it: what left by each channel, what waits, which replicas live.

Law: reads only, each bounded: attempts are numbered in the order in which they were written, so the newest are at hand.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from escalator.core.instant import Instant, Span
from escalator.store import bulk
from escalator.store.registers import AuditRow, ReplicaRow
from escalator.store.tables import AttemptRow, OutboxRow

NEWEST = 20_000
"""Attempts that are looked at."""

attempt = bulk.table_of(AttemptRow)
outbox = bulk.table_of(OutboxRow)
replica = bulk.table_of(ReplicaRow)
audited = bulk.table_of(AuditRow)


class Tried(NamedTuple):
    via: str
    outcome: str
    took: Span
    at: Instant
    detail: str


class Waiting(NamedTuple):
    """Notifications of one channel that did not leave yet."""

    via: str
    due: int
    """Could leave now."""
    later: int
    oldest: Instant | None
    """Since when the oldest of those that are due is."""


class Replica(NamedTuple):
    writer: str
    """Host and number of the process."""
    version: str
    revision: int
    started_at: Instant
    seen_at: Instant


class Act(NamedTuple):
    """One entry of the audit."""

    id: int
    at: Instant
    by: str
    act: str
    detail: str
    """JSON."""
    writer: str
    number: int


def tried(connection: Connection, since: Instant) -> list[Tried]:
    """Attempts since then, at most the NEWEST, newest first."""
    newest = connection.execute(select(func.max(attempt.c.id))).scalar() or 0
    query = (
        select(outbox.c.via, attempt.c.outcome, attempt.c.took, attempt.c.at, attempt.c.detail)
        .join(outbox, outbox.c.id == attempt.c.outbox_id)
        .where(attempt.c.id > newest - NEWEST, attempt.c.at >= since)
        .order_by(attempt.c.id.desc())
    )
    return [Tried(*row) for row in connection.execute(query)]


def waiting(connection: Connection, now: Instant) -> list[Waiting]:
    """By channel."""
    due = outbox.c.not_before <= now
    query = (
        select(
            outbox.c.via,
            func.count().filter(due),
            func.count().filter(~due),
            func.min(outbox.c.not_before).filter(due),
        )
        # Said in the words of the partial index.
        .where(text("state IN ('pending', 'sending')"))
        .group_by(outbox.c.via)
        .order_by(outbox.c.via)
    )
    return [Waiting(*row) for row in connection.execute(query)]


def beat(connection: Connection, beats: Sequence[Replica]) -> None:
    """These processes live; those not seen for a day are forgotten."""
    for each in beats:
        connection.execute(replica.delete().where(replica.c.writer == each.writer))
        connection.execute(replica.insert(), [each._asdict()])


def forget(connection: Connection, before: Instant) -> None:
    """Processes last seen before then."""
    connection.execute(replica.delete().where(replica.c.seen_at < before))


def replicas(connection: Connection) -> list[Replica]:
    """The one seen last first."""
    columns = [replica.c[name] for name in Replica._fields]
    return [Replica(*row) for row in connection.execute(select(*columns).order_by(replica.c.seen_at.desc()))]


def size(connection: Connection) -> int:
    """Bytes of the database."""
    if connection.dialect.name == "postgresql":
        found: int = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        return found
    pages, each = (connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("page_count", "page_size"))
    return int(pages * each)


def acts(connection: Connection, *, act: str | None, before: int | None, limit: int) -> list[Act]:
    """Entries of the audit, the newest first. `act`: the first word of what was done (`token`, `silence` …); seals only
    where they are asked for, since there is one each minute.
    """
    columns = [audited.c[name] for name in Act._fields]
    query = select(*columns).order_by(audited.c.id.desc()).limit(limit)
    if act == "seal":
        query = query.where(audited.c.act == act)
    elif act:
        query = query.where(audited.c.act.startswith(f"{act}.", autoescape=True))
    else:
        query = query.where(audited.c.act != "seal")
    if before is not None:
        query = query.where(audited.c.id < before)
    return [Act(*row) for row in connection.execute(query)]
