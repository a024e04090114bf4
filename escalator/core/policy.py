"""The parts that policies are made of: targets, levels, policies, routes, and what surrounds them. Frozen values only.

What holds them all together is `book`'s; what happens in time is `escalation`'s, who is on call is `oncall`'s.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from escalator.core.alert import Labels, Matcher, Severity, Silence, compile_match
from escalator.core.instant import HOUR, MINUTE, SECOND, Span

TargetKind = Literal["person", "schedule", "next_on_call", "team", "channel"]


class Target(NamedTuple):
    """Whom or what a level notifies, by kind and name."""

    kind: TargetKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


TEMPLATE_FIELDS = (
    "incident", "alerts", "person", "target", "level", "round", "reason", "kind", "links", "others",
)  # fmt: skip
"""What a template may name: a message as docs/channels/webhook.md describes it."""


class Form(NamedTuple):
    """How a webhook's request is made: Jinja2 templates, or what they became."""

    body: str | None = None
    """None: the built-in JSON."""
    headers: tuple[tuple[str, str], ...] = ()
    acknowledges: bool = False
    """Whether the answer `{"acknowledge": true}` counts."""


class Templates(NamedTuple):
    """A policy's own wording: Jinja2 templates; None: the built-in text."""

    subject: str | None = None
    short: str | None = None
    long: str | None = None


class Channel(NamedTuple):
    """A way out that is not a person: it never counts as reaching a human."""

    name: str
    via: str
    """slack, email, sms, webhook, pagerduty or apprise."""
    address: str
    """Literal, or `secret:NAME`."""
    form: Form | None = None
    """For a webhook that is called in its receiver's own form."""


@dataclass(frozen=True, slots=True)
class Level:
    """One rung: who is notified, how often, and how long we wait for an acknowledgement."""

    targets: tuple[Target, ...]
    escalate_after: Span = 5 * MINUTE
    attempts: int = 1
    severities: frozenset[Severity] | None = None
    during: str | None = None
    outside: str | None = None
    round_robin: bool = False
    ack_all: bool = False
    where: str = ""
    """`file:line:column` in the revision's sources."""

    @property
    def channels_only(self) -> bool:
        return all(target.kind == "channel" for target in self.targets)


class Storm(NamedTuple):
    """More than `over` new incidents `within` a span become one page."""

    over: int
    within: Span


class Repage(NamedTuple):
    """What makes a joining alert reopen an acknowledged incident."""

    kind: Literal["severity", "growth", "label", "any"]
    factor: float = 2.0
    label: str = ""


DEFAULT_REPAGE = (Repage("severity"), Repage("growth", 2.0))


@dataclass(frozen=True, slots=True)
class Policy:
    """Levels in order, and what happens around them."""

    name: str
    levels: tuple[Level, ...]
    urgency: Literal["high", "low"] | None = None
    """None: high for critical and error incidents, and through catch_all."""
    repeat: int | Literal["default"] | None = "default"
    """Further passes after the first; None: until acknowledged; default: None when urgency is high, else 0."""
    ack_timeout: Span | None = HOUR
    """None: an acknowledgement never lapses."""
    hold_until: str | None = None
    repage_on: tuple[Repage, ...] = DEFAULT_REPAGE
    storm: Storm | None = Storm(20, 5 * MINUTE)
    templates: Templates | None = None
    where: str = ""


class Timing(NamedTuple):
    """How a group of alerts becomes, and remains, one incident."""

    group_by: tuple[str, ...] = ("alertname", "service")
    group_wait: Span = 30 * SECOND
    """Critical incidents never wait."""
    group_interval: Span = 5 * MINUTE
    reopen_window: Span = 10 * MINUTE
    reopen_hold: Span = 60 * SECOND


@dataclass(frozen=True)
class Route:
    """Which policy takes the alerts that match; routes of delegated groups stand in line where they are delegated."""

    name: str
    """Stable across revisions that keep the order in a file: `routes[0]`, `payments[1]`, `catch_all`."""
    match: tuple[Matcher, ...]
    policies: Mapping[Severity, str]
    """Policy by incident severity; empty where `drop` is set."""
    timing: Timing = Timing()
    drop: str | None = None
    """The reason for which matching alerts are discarded."""
    where: str = ""

    @cached_property
    def matches(self) -> Callable[[Labels], bool]:
        return compile_match(self.match)


class Heartbeat(NamedTuple):
    """An alert whose absence pages: a match opens nothing."""

    name: str
    match: tuple[Matcher, ...]
    expect_every: Span
    policy: str
    where: str = ""


class Window(NamedTuple):
    """A silence written in the policies: once (`silence`), or recurring during `hours`."""

    silence: Silence
    during: str | None
    """Name of hours; None for a window that happens once."""
    where: str = ""


class Catalogued(NamedTuple):
    """What the alert catalogue knows of an alertname: labels that fill gaps before routing, and words for messages."""

    labels: Labels
    annotations: Labels
    """`summary`, `runbook_url` and what else the catalogue gives."""


class Guarantee(NamedTuple):
    """A declared promise, proved by `policy verify`."""

    match: tuple[Matcher, ...]
    reach_human_within: Span
    tolerate: tuple[str, ...]
    where: str = ""
