"""The Book: everything that the policy files of one revision say, compiled, frozen, and free of files and YAML.

Only values live here, and the look-ups that need nothing but the Book. What happens in time is `escalation`'s,
who is on call is `oncall`'s.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple

from escalator.core.alert import Labels, Matcher, Severity, Silence, compile_match
from escalator.core.instant import HOUR, MINUTE, SECOND, Span
from escalator.core.oncall import Hours, Override, Person, Schedule, Step

TargetKind = Literal["person", "schedule", "next_on_call", "team", "channel"]


class Target(NamedTuple):
    """Whom or what a level notifies, by kind and name."""

    kind: TargetKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Channel(NamedTuple):
    """A way out that is not a person: it never counts as reaching a human."""

    name: str
    via: str
    """slack, email, sms, webhook, pagerduty or apprise."""
    address: str
    """Literal, or `secret:NAME`."""


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


HEARTBEAT_LABEL = "escalator_heartbeat"
"""On the alert that a missing heartbeat is: its policy is the heartbeat's own."""


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


@dataclass(frozen=True)
class Book:
    """The compiled policies of one revision."""

    policies: Mapping[str, Policy]
    catch_all: str
    revision: int = 0
    digest: str = ""
    """Hex SHA-256 of the sources."""
    routes: tuple[Route, ...] = ()
    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    rules: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    """Organisation-wide notification rules: `high`, `low`; absent ones take the language's defaults."""
    overrides: tuple[Override, ...] = ()
    silences: tuple[Window, ...] = ()
    heartbeats: tuple[Heartbeat, ...] = ()
    refresh: Mapping[str, Span] = field(default_factory=dict)
    """By source: how often its sender repeats a firing alert (repeat_interval + group_interval)."""
    alerts: Mapping[str, Catalogued] = field(default_factory=dict)
    guarantees: tuple[Guarantee, ...] = ()
    timing: Timing = Timing()
    """For alerts that reach `catch_all`, and for routes that say nothing else."""

    @cached_property
    def catch_all_route(self) -> Route:
        return Route(
            name="catch_all",
            match=(),
            policies=MappingProxyType(dict.fromkeys(Severity, self.catch_all)),
            timing=self.timing,
        )

    @cached_property
    def round_robin(self) -> bool:
        """Whether any level takes turns."""
        return any(level.round_robin for policy in self.policies.values() for level in policy.levels)

    @cached_property
    def repage_labels(self) -> tuple[str, ...]:
        """The labels whose new values any policy's `repage_on` watches."""
        rules = (rule for policy in self.policies.values() for rule in policy.repage_on)
        return tuple(sorted({rule.label for rule in rules if rule.kind == "label"}))

    def filled(self, labels: Labels) -> Labels:
        """Labels with the catalogue's where the alert has none; the alert's identity does not change."""
        known = self.alerts.get(labels.get("alertname", ""))
        return {**known.labels, **labels} if known and known.labels else labels

    def route(self, labels: Labels) -> Route:
        """The first route that matches the (filled) labels, else catch_all."""
        if HEARTBEAT_LABEL in labels:
            return self.heartbeat_routes.get(labels[HEARTBEAT_LABEL], self.catch_all_route)
        for route in self.routes:
            if route.matches(labels):
                return route
        return self.catch_all_route

    def route_named(self, name: str) -> Route | None:
        """A route by its name, for an incident opened under an earlier revision."""
        if name == "catch_all":
            return self.catch_all_route
        return self._named.get(name)

    @cached_property
    def heartbeat_routes(self) -> Mapping[str, Route]:
        """By heartbeat, where its absence is sent."""
        return {
            beat.name: Route(f"heartbeats.{beat.name}", (), dict.fromkeys(Severity, beat.policy), where=beat.where)
            for beat in self.heartbeats
        }

    @cached_property
    def _named(self) -> Mapping[str, Route]:
        return {route.name: route for route in (*self.routes, *self.heartbeat_routes.values())}
