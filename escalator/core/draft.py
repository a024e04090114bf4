"""One transition in the making: the rules write on a Draft, `escalation.step` reads it off as a frozen Transition.

Nothing here decides; it is the paper that the rules share. It lives for one step and is never kept.
"""

from collections.abc import Iterable
from typing import Any

from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.effects import Bundle, Effect, Entry, Facts, Kind, Notify, Told, Transition
from escalator.core.incident import Incident, Status
from escalator.core.instant import DAY, MINUTE, SECOND, Instant, Span
from escalator.core.policy import Policy, Timing

LOST_POLICY = Policy(name="", levels=())
"""Stands for a policy that the Book no longer has: it reaches nobody, so the incident goes on to catch_all."""

STALE_MARGIN: Span = 5 * MINUTE
"""What a refresh may be late before an alert counts as unconfirmed."""


class Draft:
    """The incident as it is becoming, and what leaves it."""

    def __init__(self, incident: Incident, book: Book, facts: Facts, now: Instant) -> None:
        self.was = incident
        self.incident = incident
        self.book = book
        self.facts = facts
        self.now = now
        self.effects: list[Effect] = []
        self.entries: list[Entry] = []

    @property
    def policy(self) -> Policy:
        return self.book.policy_named(self.incident.policy) or LOST_POLICY

    @property
    def timing(self) -> Timing:
        route = self.book.route_named(self.incident.route)
        return route.timing if route else self.book.timing

    def set(self, **changes: Any) -> None:
        self.incident = self.incident._replace(**changes)

    def say(self, event: str, reason: str, by: str | None = None, **detail: Any) -> None:
        self.entries.append(Entry(event, reason, by, detail))

    def finished(self) -> Transition:
        """Grows the version even where nothing but the timeline changes: each transition is told apart."""
        after = self.incident._replace(version=self.was.version + 1)
        return Transition(after, tuple(self.effects), tuple(self.entries))

    def tell(self, kind: Kind, reason: str, to: Iterable[Told] | None = None, *, by: str = "") -> None:
        """A message to all who have heard of the incident (or just to some), never by call, and not to the contact `by`
        which the news came.
        """
        for told in self.facts.told if to is None else to:
            if told.via == "call" or told.contact == by:
                continue
            self.effects.append(
                Notify(
                    kind=kind, contact=told.contact, via=told.via, person=told.person, target=told.target,
                    round=self.incident.round, level=self.incident.level, attempt=self.was.version + 1, step=0,
                    priority=UPDATE_PRIORITY, not_before=collected(self.incident, self.now), reason=reason,
                    bundle=Bundle.STORM if self.incident.storm else Bundle.CAPPED,
                )
            )  # fmt: skip

    def unacknowledge(self) -> None:
        self.set(
            status=Status.TRIGGERED, acknowledged_at=None, acknowledged_by=None, acked_firing=0, held_by=None,
            held_anew=False, lapse_at=None, snooze_at=None, awaited=(),
        )  # fmt: skip

    def stop(self) -> None:
        """No further level is due: somebody holds it, or it is over."""
        self.set(level_at=None, awaited=(), also=(), desperate=False)


COLLECTED: Span = 30 * SECOND
"""Messages of a storm are gathered for so long, in step for all incidents, so that they can go out together."""


def collected(incident: Incident, at: Instant) -> Instant:
    """When a message that is due then goes out: at once, but in a storm at the next common instant."""
    return -(-at // COLLECTED) * COLLECTED if incident.storm else at


UPDATE_PRIORITY = 9
"""Updates wait for every page."""

CLOSE_UNCONFIRMED_AFTER: Span = DAY


def page_priority(severity: Severity, high: bool) -> int:
    """0 goes first: critical pages before others, high urgency before low."""
    return (Severity.CRITICAL - severity) + (0 if high else 4)
