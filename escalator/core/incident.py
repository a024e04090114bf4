"""An incident is one episode of a group of alerts, from fired to resolved. Here: its value, the events that reach it,
the effects that leave it.

Everything is frozen. Only `escalation.step` makes a new Incident of an old one, and only `engine.lifecycle` asks it to.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from escalator.core.alert import Labels, Severity
from escalator.core.instant import HOUR, MINUTE, Instant, Span
from escalator.core.oncall import Override
from escalator.core.policy import Target


class Status(StrEnum):
    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Incident(NamedTuple):
    """The whole state. A NamedTuple because `_replace` costs a tenth of `dataclasses.replace`, on the ingest path."""

    id: int
    key: int
    """`alert.group_key(route, values)`; at most one incident with it is open."""
    route: str
    policy: str
    revision: int
    """The Book whose levels it walks."""
    severity: Severity
    high: bool
    """Urgency."""
    title: str
    labels: Labels
    """Group labels."""
    opened_at: Instant
    status: Status = Status.TRIGGERED
    version: int = 0
    """Grows by one with every transition; every write compares it."""
    firing: int = 0
    """How many of its alerts fire, confirmed or not."""
    level: int = 0
    """1-based; 0 before the first."""
    attempt: int = 0
    attempt_at: Instant | None = None
    """When the current attempt of the current level paged."""
    round: int = 0
    passes: int = 0
    """Walks through all levels begun in this round of attention; what `repeat` counts."""
    reached: bool = False
    """Whether this pass paged a person."""
    pass_at: Instant | None = None
    """When this pass began."""
    paged: tuple[str, ...] = ()
    """People paged in this pass."""
    told: tuple[str, ...] = ()
    """Everybody ever paged, in order."""
    awaited: tuple[str, ...] = ()
    """`ack_mode: all`: who has yet to acknowledge."""
    also: tuple[str, ...] = ()
    """People whom the next level 1 pages besides its own targets: a lapsed acknowledger."""
    turns: tuple[tuple[int, int], ...] = ()
    """Round-robin turn taken by this incident, by level."""
    desperate: bool = False
    """catch_all reached nobody: everyone is paged each minute."""
    acknowledged_at: Instant | None = None
    acknowledged_by: str | None = None
    acked_firing: int = 0
    acked_severity: Severity = Severity.INFO
    acked_values: tuple[tuple[str, str], ...] = ()
    """(label, value) pairs already seen, of the labels that `repage_on` names."""
    held_by: str | None = None
    """Who resolved it by hand while it still fires."""
    held: int = 0
    """How many of its alerts wait in a hold-down."""
    joined: int = 0
    """Alerts that joined since the last digest."""
    silenced: bool = False
    """Every alert of it is silenced: shown, nobody told."""
    unconfirmed: bool = False
    """No alert of it was refreshed in time: shown, paging stopped."""
    resolved_at: Instant | None = None
    # Named deadlines, each None when unset.
    level_at: Instant | None = None
    lapse_at: Instant | None = None
    snooze_at: Instant | None = None
    unmute_at: Instant | None = None
    hold_at: Instant | None = None
    stale_at: Instant | None = None
    digest_at: Instant | None = None

    @property
    def open(self) -> bool:
        return self.status is not Status.RESOLVED

    @property
    def muted(self) -> bool:
        """Whether pages are withheld though it is triggered."""
        return self.silenced or self.unconfirmed

    @property
    def due_at(self) -> Instant | None:
        """The only time that the scheduler asks about: the earliest of the named deadlines."""
        deadlines: tuple[Instant | None, ...] = self[DEADLINES]  # type: ignore[assignment]  # the fields declared last
        return min((at for at in deadlines if at is not None), default=None)

    @property
    def urgency(self) -> str:
        return "high" if self.high else "low"


DEADLINES = slice(Incident._fields.index("level_at"), len(Incident._fields))


# --- events: what reaches an incident -------------------------------------------------------------------------------


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
    """Every person whom this round's level paged turned out unreachable."""

    round: int
    level: int
    attempt: int


class PolicyChanged(NamedTuple):
    """A new revision was admitted."""

    revision: int
    route: str | None = None
    """Where its alerts are routed now, for an incident whose policy is gone."""


class Acknowledged(NamedTuple):
    by: str
    note: str = ""


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


class Noted(NamedTuple):
    by: str
    note: str


Event = (
    Fired | Joined | Worsened | Cleared | SourceResolved | Held | Unheld | Blinked | Refired
    | LevelDue | LapseDue | SnoozeDue | SilenceDue | HoldDue | StaleDue | DigestDue
    | Refreshed | Silenced | Unreachable | PolicyChanged
    | Acknowledged | Unacknowledged | Snoozed | Escalated | Reassigned | Resolved | Noted
)  # fmt: skip


# --- effects: what leaves an incident -------------------------------------------------------------------------------


class Kind(StrEnum):
    """What a notification is for."""

    PAGE = "page"
    UPDATE = "update"
    RESOLVED = "resolved"


class Notify(NamedTuple):
    """One message to one contact: becomes one row of the outbox."""

    kind: Kind
    contact: str
    """`person/alice/email`, `channel/ops-slack` or `last-resort`; the address is looked up when it is sent."""
    via: str
    person: str | None
    target: str
    """Why this contact: `schedule boardroom`."""
    round: int
    level: int
    attempt: int
    """For updates, the incident's version: each is told once."""
    step: int
    priority: int
    """Lower goes first."""
    not_before: Instant
    reason: str = ""
    """In words, for the message."""


class Cancel(NamedTuple):
    """Messages not yet sent that no longer make sense: pages (all, or those to one person) or everything."""

    person: str | None = None
    everything: bool = False


class TakeTurn(NamedTuple):
    """A round-robin level took its next target: the turn is kept in SQL, per policy and level."""

    policy: str
    level: int


class CloseAlerts(NamedTuple):
    """Its open alerts count as resolved now: closed by hand or for want of any news."""


Effect = Notify | Cancel | TakeTurn | CloseAlerts


class Entry(NamedTuple):
    """One line of the timeline."""

    event: str
    reason: str
    by: str | None = None
    detail: dict[str, Any] = {}  # noqa: RUF012  a NamedTuple default; never written to


class Refused(Exception):
    """The state forbids what a person asked for; the text says why and what to do."""


class Told(NamedTuple):
    """A contact that has heard of the incident."""

    contact: str
    via: str
    person: str | None
    target: str


class Facts(NamedTuple):
    """What the rules need beside the incident and the Book, read before they are asked."""

    overrides: tuple[Override, ...] = ()
    """All that are not over, from the policies and from the database."""
    unusable: frozenset[str] = frozenset()
    """Contact and channel ids that cannot be used: secret unset, channel not configured."""
    turns: Mapping[tuple[str, int], int] = MappingProxyType({})
    """Round-robin turns taken so far, by policy and level."""
    told: tuple[Told, ...] = ()
    """Who has heard of this incident; loaded for events that tell them how it goes on."""
    refresh: Span = 4 * HOUR + 5 * MINUTE
    """How often the incident's source repeats a firing alert."""


class Transition(NamedTuple):
    """What a step decided."""

    incident: Incident
    effects: tuple[Effect, ...]
    entries: tuple[Entry, ...]
