"""What a test file says, frozen: nights, what happens in them, what is expected, and the table of routes.

Values only. Every one knows where it stands, so that a failure can say so.
"""

from typing import Literal, NamedTuple

from escalator.core.alert import Labels, Matcher
from escalator.core.instant import Instant, Span
from escalator.core.policy import Target
from escalator.language.diagnostics import Mark

Chosen = int | str | tuple[tuple[str, str], ...] | None
"""Which incident is meant: its number, its title, or labels of it; None: the only one."""


class Fire(NamedTuple):
    """Alerts begin to fire, in one delivery of the sender's."""

    alerts: tuple[Labels, ...]


class Resolve(NamedTuple):
    """Alerts are over, says the source."""

    alerts: tuple[Labels, ...]


class Act(NamedTuple):
    """What a person does."""

    verb: Literal["ack", "unack", "snooze", "escalate", "reassign", "resolve_by_hand", "note"]
    by: str
    text: str = ""
    level: int | None = None
    span: Span = 0
    to: tuple[Target, ...] = ()


class Break(NamedTuple):
    """Something fails from now on, or works again."""

    kind: str
    """`person`, `provider` or `contact`."""
    name: str
    mode: str
    """`silent`, `failing`, `rejecting`; empty: whatever was broken of it is mended."""


class Silenced(NamedTuple):
    """A silence made by hand."""

    match: tuple[Matcher, ...]
    span: Span


class Overridden(NamedTuple):
    """An override made by hand."""

    schedule: str
    person: str
    span: Span


class Unusable(NamedTuple):
    """Contacts and channels that are known not to work, by id."""

    contacts: tuple[str, ...]


class SourceSilent(NamedTuple):
    """The sender dies: nothing that fires is repeated any more."""


What = Fire | Resolve | Act | Break | Silenced | Overridden | Unusable | SourceSilent


class Happening(NamedTuple):
    """One event of a night."""

    at: Span
    what: What
    where: Mark
    incident: Chosen = None
    refused: bool = False
    """Whether the rules shall refuse it."""


class Paged(NamedTuple):
    """A page that a person hears; without `via`, by whatever way."""

    person: str
    via: str | None = None

    def __str__(self) -> str:
        return f"{self.person} by {self.via}" if self.via else self.person


class Status(NamedTuple):
    """What an incident shall be."""

    word: str
    by: str | None = None


class Expected(NamedTuple):
    """One expectation; what is None is not asked."""

    where: Mark
    at: Span | None = None
    incident: Chosen = None
    paged: tuple[Paged, ...] | None = None
    channels: tuple[str, ...] | None = None
    told: tuple[str, ...] | None = None
    events: tuple[str, ...] = ()
    level: int | None = None
    status: Status | None = None
    incidents: int | None = None
    quiet: tuple[Span, Span] | None = None
    """No page goes out between these, themselves excluded."""


class Golden(NamedTuple):
    """One line of a timeline that is written down: when, and what."""

    at: str
    text: str


class Trial(NamedTuple):
    """One night and what is expected of it."""

    name: str
    where: Mark
    starts: Instant
    timezone: str
    events: tuple[Happening, ...]
    expect: tuple[Expected, ...]
    timeline: tuple[Golden, ...] | None
    timeline_where: Mark
    until: Span | None
    """How long the night is played where more than its expectations need."""
    number: int
    """Which of the tests of its file, from 0."""


class Case(NamedTuple):
    """A row of the route table: where labels go."""

    labels: Labels
    where: Mark
    policy: str | None
    """None: they are dropped."""
    route: str | None = None
    urgency: str | None = None
    dropped: bool = False


class Suite(NamedTuple):
    """One file."""

    file: str
    cases: tuple[Case, ...]
    trials: tuple[Trial, ...]
