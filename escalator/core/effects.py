"""What leaves a step: messages, cancellations, a taken turn, lines of the timeline. And the facts that go into it.

The engine writes effects down in the transaction that writes the incident; it decides nothing about them.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from escalator.core.incident import Incident
from escalator.core.instant import HOUR, MINUTE, Instant, Span
from escalator.core.oncall import Override


class Kind(StrEnum):
    """What a notification is for."""

    PAGE = "page"
    UPDATE = "update"
    RESOLVED = "resolved"


class Bundle(IntEnum):
    """With which others a message may go out as one."""

    ALONE = 0
    """Never merged: a person's first page for a critical incident."""
    CAPPED = 1
    """Merged when its contact has had as many messages as it bears."""
    STORM = 2
    """Merged with whatever else of that kind is due for the contact."""
    FIRST_IN_STORM = 3
    """Likewise, but never held back: a person's first page for a critical incident that opened in a storm."""


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
    bundle: Bundle = Bundle.CAPPED


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


class ReopenAlerts(NamedTuple):
    """Its alerts that were closed with it fire again: nobody's source had said that they were over."""

    closed_at: Instant


Effect = Notify | Cancel | TakeTurn | CloseAlerts | ReopenAlerts


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
    """Contact and channel ids that cannot be used: secret unset, channel not configured, no device, opted out."""
    unverified: frozenset[str] = frozenset()
    """Contact ids kept back: nobody has proved them, and their person has one that was proved."""
    turns: Mapping[tuple[str, int], int] = MappingProxyType({})
    """Round-robin turns taken so far, by policy and level."""
    told: tuple[Told, ...] = ()
    """Who has heard of this incident; loaded for events that tell them how it goes on."""
    surge: int = 0
    """How many incidents the policy has opened within its storm's span, this one included; read for `Fired`."""
    refresh: Span = 4 * HOUR + 5 * MINUTE
    """How often the incident's source repeats a firing alert."""
    closed: int = 0
    """How many of its alerts were closed with it, without their source's word; read for `Reopened`."""
    heir: int = 0
    """Another incident of its group that is open, 0 where none is; read for `Reopened`."""


class Transition(NamedTuple):
    """What a step decided."""

    incident: Incident
    effects: tuple[Effect, ...]
    entries: tuple[Entry, ...]
