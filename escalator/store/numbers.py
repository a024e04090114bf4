"""Numbers for incidents and episodes, taken many at a time inside the transaction that uses them.

Law: a number is never given twice; gaps mean nothing.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from escalator.store import bulk

SEQUENCES = ("incident_id", "episode_id")

FROM_COUNTER = (
    "INSERT INTO number (name, last) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET last = number.last + excluded.last RETURNING last"
)


def take(connection: Connection, name: str, count: int) -> Sequence[int]:
    """So many fresh numbers from `incident_id` or `episode_id`, ascending, in one round trip."""
    if count <= 0:
        return ()
    if bulk.is_postgresql(connection):
        # Other replicas take from the same sequence meanwhile: the numbers may have gaps.
        query = f"SELECT nextval('{name}') FROM generate_series(1, ?::bigint)"  # noqa: S608  our own names
        return [row[0] for row in bulk.plain(connection, query, (count,)).fetchall()]
    last = count_up(connection, name, count)
    return range(last - count + 1, last + 1)


def count_up(connection: Connection, name: str, count: int = 1) -> int:
    """Adds to a counter of its own table, on both databases; what it stands at now."""
    last: int = bulk.plain(connection, FROM_COUNTER, (name, count)).scalar()
    return last
