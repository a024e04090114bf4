"""An incident is one episode of a group of alerts, from fired to resolved. Here: its value, which is frozen.

Only `escalation.step` makes a new Incident of an old one, and only `engine.lifecycle` asks it to.
"""

from enum import StrEnum
from typing import NamedTuple

from escalator.core.alert import Labels, Severity
from escalator.core.instant import Instant


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
    acked_values: tuple[tuple[str, str], ...] = ()
    """(label, value) pairs seen so far, acknowledged or not, of the labels that `repage_on` names."""
    held_by: str | None = None
    """Who resolved it by hand while it still fires."""
    held_anew: bool = False
    """Nobody had acknowledged it when it was resolved by hand: the acknowledgement is that resolve's."""
    held: int = 0
    """How many of its alerts wait in a hold-down."""
    joined: int = 0
    """Alerts that joined since the last digest."""
    silenced: bool = False
    """Every alert of it is silenced: shown, nobody told."""
    spared: tuple[tuple[int, int, int, str], ...] = ()
    """(round, level, attempt, person) whose unverified contacts were paged after all verified ones had failed."""
    storm: bool = False
    """It opened in a storm of its policy: its messages go out together with those of others."""
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
