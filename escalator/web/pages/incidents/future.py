"""What comes if nobody answers, for a page: worked out beside the event loop, within bounds, and never at the cost of
the page. Where it fails, the page says so, and why.
"""

import asyncio
from typing import Final, NamedTuple

import structlog

from escalator.core.book import Book
from escalator.core.instant import spoken
from escalator.rehearsal.foresight import Foresight, foresee
from escalator.rehearsal.standing import Alone
from escalator.web.needs import Needs

log = structlog.get_logger()

PATIENCE: Final = 3.0
"""Seconds: a walk takes milliseconds; a page that waits longer than this is worse than one without it."""


class Outlook(NamedTuple):
    """What is foreseen, or why nothing is."""

    foresight: Foresight | None = None
    problem: str = ""
    alone: Alone | None = None
    """The incident as it stood; None where it is over."""


async def outlook(needs: Needs, incident_id: int) -> Outlook:
    """Raises Unavailable."""
    alone = await needs.standings.alone(incident_id)
    if alone is None:
        return Outlook()
    found = await _walked(needs.revisions.book, alone)
    return found._replace(alone=alone)


async def _walked(book: Book, alone: Alone) -> Outlook:
    try:
        async with asyncio.timeout(PATIENCE):
            return Outlook(await asyncio.to_thread(foresee, book, alone))
    except TimeoutError:
        return Outlook(problem=f"it took longer than {spoken(int(PATIENCE * 1_000_000))}")
    except Exception as failure:  # whatever is wrong with a rehearsal, the page of an incident must open
        log.exception("an incident's future could not be worked out", incident=alone.open.incident.id)
        return Outlook(problem=f"{type(failure).__name__}: {failure}")
