"""The events that reach an incident: what sources report, what time does, what people do.

Each is a small frozen value; `escalation.TABLE` says what each does in each state.
"""

from typing import NamedTuple

from escalator.core.alert import Severity
from escalator.core.instant import Instant, Span
from escalator.core.policy import Target


class Fired(NamedTuple):
    """Its first alerts: a new incident."""

    firing: int
    wait: Span = 0
    """At least this long before the first page: an alert whose resolve was heard before its firing."""
    values: tuple[tuple[str, str], ...] = ()


class Joined(NamedTuple):
    """Further alerts of the group fire."""

    number: int
    values: tuple[tuple[str, str], ...] = ()
    """(label, value) pairs of the labels that `repage_on` names."""


class Worsened(NamedTuple):
    """An alert of a higher severity joined."""

    severity: Severity


class Cleared(NamedTuple):
    """Some of its alerts resolved, not all."""

    number: int


class SourceResolved(NamedTuple):
    """Its last firing alert resolved at the source."""

    number: int


class Held(NamedTuple):
    """Alerts of it fire again with an old startsAt: stale copies, or true."""

    number: int
    until: Instant


class Unheld(NamedTuple):
    """Held alerts of it resolved again: the firing was a stale copy."""

    number: int


class Blinked(NamedTuple):
    """Alerts of it fire with a newer startsAt though no resolve came in between."""

    number: int


class Refired(NamedTuple):
    """Alerts of a resolved incident fire again, inside the reopen window or after the hold."""

    number: int


class LevelDue(NamedTuple):
    """The wait of the current level (or of the group) is over."""


class LapseDue(NamedTuple):
    """The acknowledgement ran out while alerts still fire."""


class SnoozeDue(NamedTuple):
    """The snooze ended."""


class SilenceDue(NamedTuple):
    """The silence ended, was deleted, or no longer covers every alert."""


class HoldDue(NamedTuple):
    """The hold-down of an ambiguous firing ended without a resolve."""

    number: int
    """How many alerts fire again by it."""
    next_at: Instant | None = None
    """When the next hold-down ends."""
    worst: Severity = Severity.INFO
    """Of those that fire again: it may be worse than the incident they were held on."""


class StaleDue(NamedTuple):
    """It is time to ask whether its alerts were refreshed."""

    unconfirmed: int
    """How many of the firing alerts were not."""
    next_at: Instant | None
    """When to ask again."""
    close: bool = False
    """24 hours unconfirmed while the source's heartbeat is healthy."""


class DigestDue(NamedTuple):
    """`group_interval` after alerts joined: time to tell of them at once."""


class Refreshed(NamedTuple):
    """An unconfirmed alert was seen again."""

    next_at: Instant | None


class Silenced(NamedTuple):
    """Silences now cover every alert of it."""

    until: Instant
    reason: str


class Unreachable(NamedTuple):
    """Every contact by which this attempt of a level paged a person has failed for good."""

    round: int
    level: int
    attempt: int
    person: str
    everyone: bool
    """Whether that is so of all whom it paged."""


class PolicyChanged(NamedTuple):
    """A new revision was admitted."""

    revision: int
    route: str | None = None
    """Where its alerts are routed now, for an incident whose policy is gone."""


class Acknowledged(NamedTuple):
    by: str
    note: str = ""
    contact: str = ""
    """The contact or channel by which it came: where its own vendor says so, it is not told back."""


class Unacknowledged(NamedTuple):
    by: str
    note: str = ""


class Snoozed(NamedTuple):
    by: str
    until: Instant
    note: str = ""


class Escalated(NamedTuple):
    """By hand, to a named level (1-based) or the next."""

    by: str
    level: int | None = None
    note: str = ""


class Reassigned(NamedTuple):
    by: str
    to: tuple[Target, ...]
    note: str = ""


class Resolved(NamedTuple):
    """By hand."""

    by: str
    note: str = ""
    contact: str = ""


class Reopened(NamedTuple):
    """By hand: a resolve is taken back."""

    by: str
    note: str = ""


class Noted(NamedTuple):
    by: str
    note: str


Answer = Acknowledged | Unacknowledged | Snoozed | Escalated | Reassigned | Resolved | Reopened | Noted
"""What people do."""

Event = (
    Fired | Joined | Worsened | Cleared | SourceResolved | Held | Unheld | Blinked | Refired
    | LevelDue | LapseDue | SnoozeDue | SilenceDue | HoldDue | StaleDue | DigestDue
    | Refreshed | Silenced | Unreachable | PolicyChanged
    | Acknowledged | Unacknowledged | Snoozed | Escalated | Reassigned | Resolved | Reopened | Noted
)  # fmt: skip

PLAIN: dict[str, Event] = {
    "level_at": LevelDue(),
    "lapse_at": LapseDue(),
    "snooze_at": SnoozeDue(),
    "digest_at": DigestDue(),
}
"""By the name of a deadline, what reaches the incident when it has passed; the others ask its alerts first."""
