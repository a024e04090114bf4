"""What happens next by itself to an incident, in a few words and with the instant at which it does.

Law: the deadlines are the incident's own; which level comes is read from its policy as it stands. Whom that level will
reach is not asked here: the page of the incident works that out.
"""

from typing import NamedTuple

from escalator.core.book import Book
from escalator.core.incident import Incident, Status
from escalator.core.instant import Instant
from escalator.core.levels import guard
from escalator.core.policy import Policy


class Step(NamedTuple):
    """What comes, and when; without an instant nothing comes by itself."""

    text: str
    at: Instant | None = None
    quiet: bool = False
    """Whether nobody is paged by it."""


def next_step(incident: Incident, book: Book) -> Step:
    """By its state: what the policy does, or what ends the quiet."""
    if incident.status is Status.RESOLVED:
        if incident.hold_at is not None:
            return Step("fires again, unless that is a stale copy:", incident.hold_at)
        return Step("nothing: it is over", quiet=True)
    if incident.status is Status.SNOOZED:
        return Step("snooze ends", incident.snooze_at)
    if incident.status is Status.ACKNOWLEDGED:
        return _held(incident)
    return _triggered(incident, book)


def _held(incident: Incident) -> Step:
    if incident.lapse_at is None:
        return Step("held until it is resolved", quiet=True)
    if incident.held_by is not None:
        return Step("still fires: pages again", incident.lapse_at)
    return Step("acknowledgement lapses", incident.lapse_at)


def _triggered(incident: Incident, book: Book) -> Step:
    if incident.silenced:
        return Step("silenced; the silence ends", incident.unmute_at, quiet=True)
    if incident.unconfirmed:
        return Step("its sender went silent: nobody is paged", quiet=True)
    if incident.level_at is None:
        return Step("its policy is walked to the end: nobody is paged any more", quiet=True)
    return Step(_paging(incident, book), incident.level_at)


def _paging(incident: Incident, book: Book) -> str:
    if incident.desperate:
        return "pages everyone"
    policy = book.policy_named(incident.policy)
    if policy is None:
        return f"goes to {book.catch_all}"
    number = _next_level(incident, policy, book)
    if number is None:
        return _after_the_last(incident, policy, book)
    again = " again" if number == incident.level and incident.attempt else ""
    return f"pages level {number}{again}"


def _next_level(incident: Incident, policy: Policy, book: Book) -> int | None:
    """The first level that its conditions let page then."""
    at, levels = incident.level_at or 0, policy.levels
    here = incident.level if 0 < incident.level <= len(levels) else 0
    first = here if here and incident.attempt < levels[here - 1].attempts else incident.level + 1
    applying = (n for n in range(first, len(levels) + 1) if not guard(levels[n - 1], incident.severity, book, at))
    return next(applying, None)


def _after_the_last(incident: Incident, policy: Policy, book: Book) -> str:
    repeat = (None if incident.high else 0) if policy.repeat == "default" else policy.repeat
    at_last = incident.policy == book.catch_all
    if repeat is None or incident.passes < repeat or (at_last and incident.high):
        return "begins again at level 1"
    return f"goes to {book.catch_all}" if incident.high else "stops paging"
