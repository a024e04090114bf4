"""Raw bytes that could not be parsed: kept, because they may have been an alert."""

from collections.abc import Sequence

from sqlalchemy import Connection

from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.registers import QuarantineRow


def keep(connection: Connection, items: Sequence[tuple[str, str, bytes]], now: Instant) -> None:
    """(source, reason, body) each."""
    rows = [(now, source, reason, body) for source, reason, body in items]
    bulk.insert(connection, QuarantineRow, ("at", "source", "reason", "body"), rows)
