"""Who did what to the service, and seals over the timeline: one hash chain for each writer.

Law: written in the transaction of the act itself. A chain has no key: it shows mistakes and meddling to whoever kept an
earlier head (the heartbeat carries it), and it cannot stop someone who rewrites everything and the heads too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, text

from escalator.core.instant import MINUTE, Instant
from escalator.store.bulk import table_of
from escalator.store.numbers import count_up
from escalator.store.registers import AuditRow
from escalator.store.tables import TimelineRow

table = table_of(AuditRow)
line = table_of(TimelineRow)

SEAL = "seal"
PRUNE = "retention"
BY_ITSELF = (SEAL, PRUNE)
"""What nobody did."""
LINES = 5000
"""Timeline lines under one seal, and rows read at once."""
SETTLED = MINUTE
"""No transaction lasts this long: every line with a number below an older line's has been committed, or never will."""
MODULUS = 1 << 256
LOCK = 0x73_65_61_6C  # "seal": any number that nothing else here uses


class Head(NamedTuple):
    """The newest entry of a chain."""

    number: int
    head: str


def append(connection: Connection, writer: str, at: Instant, by: str, act: str, detail: Mapping[str, Any]) -> Head:
    """Adds one entry to the writer's chain; concurrent entries of one writer wait for each other."""
    number = count_up(connection, f"audit:{writer}")
    before = select(table.c.head).where(table.c.writer == writer, table.c.number == number - 1)
    previous = connection.execute(before).scalar() or ""
    written = json.dumps(detail, sort_keys=True, separators=(",", ":"))
    head = chain(previous, writer, number, at, by, act, written)
    row = {"writer": writer, "number": number, "at": at, "by": by, "act": act, "detail": written}
    connection.execute(table.insert(), [row | {"previous": previous, "head": head}])
    return Head(number, head)


def count(connection: Connection, act: str, detail: Mapping[str, Any], since: Instant) -> int:
    """How many entries say exactly this since then, by whichever writer."""
    written = json.dumps(detail, sort_keys=True, separators=(",", ":"))
    same = (table.c.act == act, table.c.detail == written, table.c.at > since)
    return connection.execute(select(func.count()).select_from(table).where(*same)).scalar_one()


def chain(*fields: str | int) -> str:
    """The head that follows from an entry: hex SHA-256 of previous, writer, number, at, by, act and detail."""
    return sha256(json.dumps(fields).encode()).hexdigest()


def heads(connection: Connection) -> dict[str, Head]:
    """The newest entry of every chain, to be kept elsewhere."""
    query = text(
        "SELECT a.writer, a.number, a.head FROM audit a JOIN "
        "(SELECT writer, max(number) AS number FROM audit GROUP BY writer) m "
        "ON m.writer = a.writer AND m.number = a.number"
    )
    return {writer: Head(number, head) for writer, number, head in connection.execute(query)}


class Seal(NamedTuple):
    """How many timeline lines there were with numbers in (after, upto], and the sum of their hashes.

    A sum, so that retention can say what it took away without the rest becoming unprovable.
    """

    after: int
    upto: int
    lines: int
    total: int

    @classmethod
    def of(cls, detail: str) -> "Seal":
        read = json.loads(detail)
        return cls(read["after"], read["upto"], read["lines"], int(read["total"], 16))

    def detail(self) -> dict[str, Any]:
        return {"after": self.after, "upto": self.upto, "lines": self.lines, "total": f"{self.total:064x}"}


def seal(connection: Connection, writer: str, at: Instant) -> Seal | None:
    """Seals the next lines that are a minute old, at most 5,000; None when there are none."""
    if connection.dialect.name == "postgresql":
        # One replica at a time, so that seals follow each other without a gap or an overlap.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    after = last_sealed(connection)
    rows = connection.execute(select(line).where(line.c.id > after).order_by(line.c.id).limit(LINES)).all()
    settled = list(takewhile(lambda row: row.at <= at - SETTLED, rows))
    if not settled:
        return None
    made = Seal(after, settled[-1].id, len(settled), line_sum(settled))
    append(connection, writer, at, "escalator", SEAL, made.detail())
    return made


def last_sealed(connection: Connection) -> int:
    """The number of the newest sealed line; 0 when nothing is sealed."""
    newest = select(table.c.detail).where(table.c.act == SEAL).order_by(table.c.id.desc()).limit(1)
    found = connection.execute(newest).scalar()
    return 0 if found is None else Seal.of(found).upto


def line_sum(rows: Sequence[Any]) -> int:
    """The sum of the hashes of timeline rows, in whatever order."""
    return sum(int.from_bytes(sha256(json.dumps(tuple(row)).encode()).digest(), "big") for row in rows) % MODULUS


def entries(connection: Connection, act: str | None = None, since: int = 0) -> Iterator[Any]:
    """The audit (or one act's part of it) in the order of its row numbers, from one on, read in pieces."""
    while True:
        query = select(table).where(table.c.id >= since).order_by(table.c.id).limit(LINES)
        rows = connection.execute(query if act is None else query.where(table.c.act == act)).all()
        yield from rows
        if len(rows) < LINES:
            return
        since = rows[-1].id + 1


def seals_over(connection: Connection, first: int, last: int) -> Iterator[tuple[str, Seal]]:
    """The seals over timeline lines first to last, each with its name, `writer:number`."""
    for row in entries(connection, SEAL, since=_seal_reaching(connection, first)):
        found = Seal.of(row.detail)
        if found.after >= last:
            return
        yield f"{row.writer}:{row.number}", found


def _seal_reaching(connection: Connection, number: int) -> int:
    """The audit row of the first seal that reaches this line: halving, because a year makes a hundred thousand."""
    low, high = 0, connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one() + 1
    while low < high:
        middle = (low + high) // 2
        query = select(table).where(table.c.act == SEAL, table.c.id >= middle).order_by(table.c.id).limit(1)
        found = connection.execute(query).first()
        if found is None or Seal.of(found.detail).upto >= number:
            high = middle
        else:
            low = found.id + 1
    return low
