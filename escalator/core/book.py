"""The Book: everything that the policy files of one revision say, compiled, frozen, and free of files and YAML.

Only look-ups that need nothing but the Book live here. What happens in time is `escalation`'s, who is on call is
`oncall`'s.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType

from escalator.core import direct
from escalator.core.alert import Labels, Severity, compile_match
from escalator.core.instant import Span
from escalator.core.oncall import Hours, Override, Person, Schedule, Step
from escalator.core.policy import Catalogued, Channel, Guarantee, Heartbeat, Policy, Route, Timing, Window

HEARTBEAT_LABEL = "escalator_heartbeat"
"""On the alert that a missing heartbeat is: its policy is the heartbeat's own."""


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
    holidays: Mapping[str, frozenset[date]] = field(default_factory=dict)
    """Local dates by the name of their list."""
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
        named = direct.route_of(labels, self.people)
        if named is not None:
            return named
        for route in self.routes:
            if route.matches(labels):
                return route
        return self.catch_all_route

    def heartbeat(self, labels: Labels) -> str | None:
        """The name of the heartbeat that these labels are: a match opens nothing."""
        return next((name for name, matches in self._beats.items() if matches(labels)), None)

    def route_named(self, name: str) -> Route | None:
        """A route by its name, for an incident opened under an earlier revision."""
        if name == "catch_all":
            return self.catch_all_route
        return self._named.get(name) or direct.route_named(name)

    def policy_named(self, name: str) -> Policy | None:
        """A policy by its name; those that name one person stand in no file."""
        return self.policies.get(name) or direct.policy_named(name)

    @cached_property
    def heartbeat_routes(self) -> Mapping[str, Route]:
        """By heartbeat, where its absence is sent."""
        return {
            beat.name: Route(f"heartbeats.{beat.name}", (), dict.fromkeys(Severity, beat.policy), where=beat.where)
            for beat in self.heartbeats
        }

    @cached_property
    def _beats(self) -> Mapping[str, Callable[[Labels], bool]]:
        return {beat.name: compile_match(beat.match) for beat in self.heartbeats}

    @cached_property
    def _named(self) -> Mapping[str, Route]:
        return {route.name: route for route in (*self.routes, *self.heartbeat_routes.values())}
