"""Admitted revisions of the policies, numbered, with their sources, so that every replica can compile any of them."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, func, insert, select

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.registers import RevisionRow

TABLE = bulk.table_of(RevisionRow)


class Revision(NamedTuple):
    number: int
    digest: str
    sources: dict[str, str]
    admitted_at: Instant
    by: str


def newest_number(connection: Connection) -> int:
    """0 when nothing was ever admitted."""
    return connection.execute(select(func.max(TABLE.c.number))).scalar() or 0


def load(connection: Connection, number: int) -> Revision | None:
    row = connection.execute(select(TABLE).where(TABLE.c.number == number)).one_or_none()
    if row is None:
        return None
    return Revision(
        row.number, row.digest, msgspec.json.decode(row.sources, type=dict[str, str]), row.admitted_at, row.by
    )


def known(connection: Connection, digest: str) -> int | None:
    """The newest number under which this content was admitted."""
    return connection.execute(select(func.max(TABLE.c.number)).where(TABLE.c.digest == digest)).scalar()


def admit(connection: Connection, after: int, digest: str, sources: dict[str, str], by: str, now: Instant) -> int:
    """Appends the revision that follows `after`; raises IntegrityError when another replica was faster."""
    text = msgspec.json.encode(sources).decode()
    values = {"number": after + 1, "digest": digest, "sources": text, "admitted_at": now, "by": by}
    connection.execute(insert(TABLE).values(values))
    return after + 1
