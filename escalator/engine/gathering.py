"""Which claimed rows go out now, which together in one message, and which wait because their contact has had enough.

Part of the claim's transaction. How many a contact bears is `core.digests`' rule; nothing is dropped here, ever.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core.digests import CAPS, MOST_IN_ONE, held_because, held_until
from escalator.core.effects import Bundle, Kind
from escalator.core.instant import Instant
from escalator.store import following
from escalator.store.batch import call
from escalator.store.outbox import Claimed, rider


class Bunch(NamedTuple):
    """One message: the row that carries it, and those that it tells of too."""

    row: Claimed
    others: tuple[Claimed, ...] = ()


def gather(connection: Connection, rows: Sequence[Claimed], now: Instant, *, merges: bool) -> list[Bunch]:
    """Every row ends in one bunch, or is given back for later."""
    found: list[Bunch] = []
    waiting = list(rows)
    while waiting:
        row = waiting.pop(0)
        if _waits(connection, row, {row.id, *(each.id for each in waiting)}, now):
            continue
        others: list[Claimed] = []
        if merges and row.bundle >= Bundle.STORM:
            others = [each for each in waiting if _fits(each, row)]
            waiting = [each for each in waiting if not _fits(each, row)]
            others += following.companions(connection, row, now, MOST_IN_ONE - 1 - len(others))
        found.append(Bunch(row, tuple(others)))
    return found


def _fits(row: Claimed, leader: Claimed) -> bool:
    return row.bundle >= Bundle.STORM and (row.contact, row.kind) == (leader.contact, leader.kind)


def _waits(connection: Connection, row: Claimed, open_: set[int], now: Instant) -> bool:
    """Whether the row was given back: its contact bears no more now, and the person's next contact starts instead.

    `open_`: the claimed rows that are not judged yet, this one among them.
    """
    cap = CAPS.get(row.via)
    if cap is None:
        return False
    sent = following.sent_since(connection, row.contact, now - cap.within, now)
    free = held_until(row.via, row.bundle, row.id, sent, open_, now)
    if free is None:
        return False
    following.postpone(connection, row, free, held_because(row.via), now)
    if row.kind == Kind.PAGE and row.person:
        via = following.advance_fallback(connection, row, now)
        call(connection, {rider(via)} if via else ())
    return True
