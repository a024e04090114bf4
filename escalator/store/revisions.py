"""Admitted revisions of the policies, numbered, with their sources, so that every replica can compile any of them; and
the one that waits, with the reason, so that every replica says the same of it.
"""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.registers import RevisionRow, WaitingRow

TABLE = bulk.table_of(RevisionRow)
WAITING = bulk.table_of(WaitingRow)


class Stamp(NamedTuple):
    """Where a content comes from."""

    origin: str | None = None
    """A folder or a repository, without what is secret."""
    commit: str | None = None
    author: str | None = None
    subject: str | None = None
    committed_at: Instant | None = None


class Revision(NamedTuple):
    number: int
    digest: str
    sources: dict[str, str]
    """Empty where only heads were asked for."""
    admitted_at: Instant
    by: str
    stamp: Stamp = Stamp()
    restores: int | None = None
    """Set by a rollback: the revision whose content this one brings back."""


class Waiting(NamedTuple):
    """Something newer that does not run, and why."""

    digest: str
    stamp: Stamp
    reason: str
    diagnostics: tuple[dict[str, Any], ...]
    at: Instant
    by: str


_HEADS = [column for column in TABLE.c if column.name != "sources"]


def newest_number(connection: Connection) -> int:
    """0 when nothing was ever admitted."""
    return connection.execute(select(func.max(TABLE.c.number))).scalar() or 0


def load(connection: Connection, number: int) -> Revision | None:
    row = connection.execute(select(TABLE).where(TABLE.c.number == number)).one_or_none()
    return None if row is None else _revision(row, msgspec.json.decode(row.sources, type=dict[str, str]))


def heads(connection: Connection, limit: int, before: int | None = None) -> list[Revision]:
    """The newest first, without their sources; `before`: only older ones than this number."""
    query = select(*_HEADS).order_by(TABLE.c.number.desc()).limit(limit)
    return [_revision(row, {}) for row in connection.execute(query if before is None else _older(query, before))]


def _older(query: Any, before: int) -> Any:
    return query.where(TABLE.c.number < before)


def taken(connection: Connection) -> Revision | None:
    """The newest that came from an origin, and by no rollback; without its sources."""
    query = select(*_HEADS).where(TABLE.c.restores.is_(None)).order_by(TABLE.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _revision(row, {})


def known(connection: Connection, digest: str) -> int | None:
    """The newest number under which this content was admitted."""
    return connection.execute(select(func.max(TABLE.c.number)).where(TABLE.c.digest == digest)).scalar()


def met(connection: Connection, commit: str) -> bool:
    """Whether a revision was admitted from this commit."""
    return connection.execute(select(TABLE.c.number).where(TABLE.c.commit_id == commit)).first() is not None


def admit(connection: Connection, revision: Revision) -> int:
    """Appends it under its number, after which nothing waits; raises IntegrityError when another was faster."""
    text = msgspec.json.encode(revision.sources).decode()
    values = {"number": revision.number, "digest": revision.digest, "sources": text, **_columns(revision.stamp)}
    values |= {"admitted_at": revision.admitted_at, "by": revision.by, "restores": revision.restores}
    connection.execute(insert(TABLE).values(values))
    connection.execute(delete(WAITING))
    return revision.number


def waiting(connection: Connection) -> Waiting | None:
    row = connection.execute(select(WAITING).order_by(WAITING.c.at.desc())).first()
    if row is None:
        return None
    found = msgspec.json.decode(row.diagnostics, type=tuple[dict[str, Any], ...])
    return Waiting(row.digest, _stamp(row), row.reason, found, row.at, row.by)


def keep_waiting(connection: Connection, each: Waiting) -> None:
    """In place of what waited before."""
    columns = _columns(each.stamp) | {"origin": each.stamp.origin or "", "digest": each.digest, "reason": each.reason}
    columns |= {"diagnostics": msgspec.json.encode(each.diagnostics).decode(), "by": each.by, "at": each.at}
    connection.execute(delete(WAITING).where(WAITING.c.origin != columns["origin"]))
    kept = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != "origin")
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    query = f"INSERT INTO waiting ({names}) VALUES ({marks}) ON CONFLICT (origin) DO UPDATE SET {kept}"  # noqa: S608  names of ours
    bulk.plain(connection, query, tuple(columns.values()))


def nothing_waits(connection: Connection, before: Instant) -> None:
    """Of what was refused before this instant."""
    connection.execute(delete(WAITING).where(WAITING.c.at < before))


def _revision(row: Any, sources: dict[str, str]) -> Revision:
    return Revision(row.number, row.digest, sources, row.admitted_at, row.by, _stamp(row), row.restores)


def _stamp(row: Any) -> Stamp:
    return Stamp(row.origin, row.commit_id, row.author, row.subject, row.committed_at)


def _columns(stamp: Stamp) -> dict[str, Any]:
    values = stamp._asdict()
    return {("commit_id" if name == "commit" else name): value for name, value in values.items()}
