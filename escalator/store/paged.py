"""When a person was paged: one moment a page, by however many contacts it went.

Law: reads only, along the index `outbox_paged`.
"""

from sqlalchemy import Connection

from escalator.core.instant import Instant
from escalator.core.paging import TEST
from escalator.store import bulk

ASKED = """
SELECT MIN(created_at) FROM outbox WHERE kind = 'page' AND person = ? AND created_at >= ? AND created_at < ?
 AND state <> 'cancelled' AND reason <> ? GROUP BY incident_id, round, level, attempt ORDER BY 1
"""


def pages(connection: Connection, person: str, since: Instant, until: Instant) -> list[Instant]:
    """The pages made for a person, the oldest first; a test is none, nor is what was called back before it went."""
    return [row[0] for row in bulk.plain(connection, ASKED, (person, since, until, TEST)).fetchall()]
