"""Numbers for incidents and episodes, taken many at a time inside the transaction that uses them.

Law: a number is never given twice; gaps mean nothing.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

SEQUENCES = ("incident_id", "episode_id")

FROM_SEQUENCE = text("SELECT nextval(CAST(:name AS regclass)) FROM generate_series(1, :count)")
FROM_COUNTER = text(
    "INSERT INTO number (name, last) VALUES (:name, :count) "
    "ON CONFLICT (name) DO UPDATE SET last = number.last + :count RETURNING last"
)


def take(connection: Connection, name: str, count: int) -> Sequence[int]:
    """So many fresh numbers from `incident_id` or `episode_id`, ascending, in one round trip."""
    if count <= 0:
        return ()
    if connection.dialect.name == "postgresql":
        # Other replicas take from the same sequence meanwhile: the numbers may have gaps.
        return connection.execute(FROM_SEQUENCE, {"name": name, "count": count}).scalars().all()
    last = connection.execute(FROM_COUNTER, {"name": name, "count": count}).scalar_one()
    return range(last - count + 1, last + 1)
