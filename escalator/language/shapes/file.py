"""The shape of a policy file: its sections, and what kind of section each is."""

from collections.abc import Mapping
from typing import Any

from escalator.language.shapes import calendars, ladders, people, routing, watching
from escalator.language.shapes.patterns import NAME
from escalator.language.shapes.shape import Key, Shape
from escalator.language.shapes.values import Listed, Name, Named, OrNothing, Value

FREE = frozenset({"alerts"})
"""Sections whose names others spell: names end up in contacts such as `person/alice/email`, alert names do not."""
_UNSPEAKABLE = "a name has letters, digits, spaces and `_ . - + @`, at most 100"


def _named(name: str, title: str, about: str, value: Value, example: Mapping[str, Any]) -> Key:
    """A section of names that are shared by all files."""
    names = None if name in FREE else NAME
    return Key(name, title, about, OrNothing(Named(value, names, _UNSPEAKABLE)), [example])


def _listed(name: str, title: str, about: str, value: Value, example: Mapping[str, Any]) -> Key:
    return Key(name, title, about, OrNothing(Listed(value, 0)), [[example]])


NAMED = Shape(
    "the named",
    (
        _named(
            "people",
            "People",
            "Whom to tell, and how, by name.",
            people.PERSON,
            {"alice": {"contacts": {"push": "browser", "sms": "secret:ALICE_PHONE", "email": "alice@example.com"}}},
        ),
        _named("teams", "Teams", "Lists of people, by name.", people.TEAM, {"sre": ["dana", "eli"]}),
        _named(
            "channels",
            "Channels",
            "Ways out that are not a person and never count as one. Each has exactly one of `slack`, `email`, `sms`, "
            "`webhook`, `pagerduty`, `apprise`.",
            people.CHANNEL,
            {"ops-slack": {"slack": "#ops"}, "vendor": {"pagerduty": "secret:PD_ROUTING_KEY"}},
        ),
        _named(
            "schedules",
            "Schedules",
            "Who is on call, by name.",
            calendars.SCHEDULE,
            {
                "on-call": {
                    "timezone": "Europe/London",
                    "layers": [{"people": ["alice", "bob"], "every": "1w", "starts": "2026-01-05T09:00"}],
                }
            },
        ),
        _named(
            "hours",
            "Hours",
            "Windows of the week, by name.",
            calendars.HOURS,
            {"business-hours": {"timezone": "Europe/London", "days": "mon-fri", "from": "09:00", "to": "17:30"}},
        ),
        _named(
            "holidays",
            "Holidays",
            "Lists of dates by name, or `{country: GB, subdivision: ENG}` for the public ones of 2020 to 2040.",
            calendars.HOLIDAYS,
            {"company": ["2026-12-28"], "english": {"country": "GB", "subdivision": "ENG"}},
        ),
        _named(
            "policies",
            "Policies",
            "What to do, level by level. At least one file has one.",
            ladders.POLICY,
            {"page": {"levels": [{"notify": [{"schedule": "on-call"}]}]}},
        ),
        _named(
            "heartbeats",
            "Heartbeats",
            "Alerts whose absence pages.",
            watching.HEARTBEAT,
            {"prometheus": {"match": {"alertname": "Watchdog"}, "expect_every": "5m", "policy": "page"}},
        ),
        _named(
            "route_groups",
            "Route groups",
            "Routes of a team, to which `routes` delegates.",
            routing.GROUP,
            {"payments": [{"match": {"service": ["checkout", "ledger"]}, "policy": "page"}]},
        ),
        _named(
            "sources",
            "Sources",
            "By the name of an integration: how often it repeats a firing alert.",
            watching.SOURCE,
            {"alertmanager": {"refresh": "4h5m"}},
        ),
        _named(
            "alerts",
            "Alerts",
            "The catalogue, by alertname. Labels that an alert lacks are filled from here before routing; the texts "
            "stand on every notification.",
            watching.CATALOGUED,
            {"HighLatency": {"severity": "warning", "symptom": "latency", "summary": "p95 over 2s for 5m"}},
        ),
    ),
)
"""Sections of names. Any file may have them; a name that is declared twice is an error."""
LISTED = Shape(
    "the listed",
    (
        _listed(
            "overrides",
            "Overrides",
            "Who replaces whom, and when. An override goes before all layers of its schedule.",
            calendars.OVERRIDE,
            {"schedule": "on-call", "person": "bob", "from": "2026-03-23T10:00", "until": "2026-03-27T10:00"},
        ),
        _listed(
            "silences",
            "Silences",
            "What is muted. Notifications are, incidents never.",
            watching.SILENCE,
            {"match": {"job": "backup"}, "during": "backups", "reason": "weekly backup"},
        ),
        _listed(
            "guarantees",
            "Guarantees",
            "What `policy verify` proves. Without any: critical reaches a human within 15m despite any one person or "
            "provider down.",
            watching.GUARANTEE,
            {"match": {"severity": "critical"}, "reach_human_within": "10m", "tolerate": ["person", "provider"]},
        ),
    ),
)
"""Sections whose lists are joined over all files."""
ONCE = Shape(
    "the single",
    (
        Key(
            "routes",
            "Routes",
            "Which alert goes to which policy. The first that matches wins; what no route takes goes to `catch_all`. "
            "In one file.",
            OrNothing(routing.ROUTES),
            [[{"match": {"team": "payments"}, "policy": "page"}]],
        ),
        Key(
            "catch_all",
            "Catch all",
            "The policy that takes every alert that no route takes. In one file.",
            Name("policies"),
            ["page"],
        ),
        Key(
            "defaults",
            "Defaults",
            "How alerts become one incident, for all routes and for `catch_all`. In one file.",
            OrNothing(routing.TIMING),
            [{"group_by": ["alertname", "cluster"], "group_wait": "15s"}],
        ),
        Key(
            "notification_rules",
            "Notification rules",
            "The organisation's; a person's own go before them. In one file.",
            OrNothing(people.URGENCIES),
            [{"high": [{"via": "push"}, {"via": "sms", "after": "1m"}], "low": [{"via": "email"}]}],
        ),
    ),
)
"""Sections that stand in one file, so that one place decides."""


class Version:
    """The version of the language, a number to editors."""

    def schema(self) -> dict[str, Any]:
        return {"type": ["integer"], "const": 1}


_VERSION = Key("version", "Version", "The version of the language: 1.", Version(), [1], 1)
TOP = Shape("a policy file", (_VERSION, *NAMED.keys, *LISTED.keys, *ONCE.keys))
