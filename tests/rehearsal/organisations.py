"""Random organisations, in the language that users write: people, schedules with layers and hours, overrides, policies.

Small enough to be read when one of them breaks something, and odd enough to be worth it: nights that nobody covers,
guards, turns, hours that are waited for, people with one contact, waits that end where shifts do.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from escalator.core.book import Book
from escalator.core.instant import Instant, from_datetime
from tests.rehearsal.written import book as written

SINCE: Instant = from_datetime(datetime(2026, 3, 2, tzinfo=UTC))
ZONES = ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
METHODS = {"push": "browser", "sms": "secret:SMS", "call": "secret:CALL", "email": "x@example.com"}
WAITS = ["1m", "3m", "5m", "10m", "45m", "2h"]
CLOCKS = ["00:00", "06:30", "08:00", "09:00", "17:30", "22:00"]


def organisation(seed: int) -> Book:
    """The same for the same seed. Its checks of meaning are let by: what they would refuse is what we look for."""
    text = yaml.safe_dump(Chance(seed).organisation(), sort_keys=False)
    return written(text)


class Chance:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.people = [f"p{number}" for number in range(self.dice.randint(2, 5))]
        self.schedules = [f"s{number}" for number in range(self.dice.randint(1, 3))]
        self.hours = ["h0", "h1"]

    def some(self, items: list[Any], least: int = 1) -> list[Any]:
        return self.dice.sample(items, self.dice.randint(least, len(items)))

    def maybe(self, odds: float) -> bool:
        return self.dice.random() < odds

    def organisation(self) -> dict[str, Any]:
        policies = ["urgent", "other"]
        found: dict[str, Any] = {
            "version": 1,
            "hours": {name: self.window() for name in self.hours},
            "people": {name: self.person() for name in self.people},
            "teams": {"all": self.some(self.people)},
            "channels": {"ops": {"slack": "#ops"}},
            "schedules": {name: self.schedule() for name in self.schedules},
            "overrides": [self.override() for _ in range(self.dice.randint(0, 2))],
            "policies": {name: self.policy() for name in policies},
            "routes": [self.route(place) for place in range(self.dice.randint(0, 3))],
            "catch_all": "urgent",
            "guarantees": [{"match": {"severity": "critical"}, "reach_human_within": "15m",
                            "tolerate": ["person", "provider"]}],
        }  # fmt: skip
        if self.maybe(0.4):
            found["notification_rules"] = {"high": self.rules()}
        return {key: value for key, value in found.items() if value}

    def window(self) -> dict[str, Any]:
        start, end = self.dice.sample(CLOCKS, 2)
        days = self.dice.choice(["mon-fri", "sat-sun", "mon-sun"])
        return {"timezone": self.dice.choice(ZONES), "days": days, "from": start, "to": end}

    def person(self) -> dict[str, Any]:
        person: dict[str, Any] = {"contacts": {via: METHODS[via] for via in self.some(list(METHODS))}}
        if self.maybe(0.2):
            person["quiet_hours"] = self.dice.choice(self.hours)
        if self.maybe(0.2):
            person["notification_rules"] = {"high": self.rules()}
        return person

    def rules(self) -> list[dict[str, Any]]:
        vias = self.some(list(METHODS))
        return [{"via": via, "after": f"{self.dice.choice([0, 1, 3, 12]) * place}m"} for place, via in enumerate(vias)]

    def schedule(self) -> dict[str, Any]:
        return {"timezone": self.dice.choice(ZONES), "layers": [self.layer() for _ in range(self.dice.randint(1, 3))]}

    def layer(self) -> dict[str, Any]:
        every = self.dice.choice(["1w", "1d", "12h", "shift"])
        layer: dict[str, Any] = {"people": self.some(self.people), "every": every}
        layer["starts"] = f"2026-0{self.dice.randint(1, 3)}-0{self.dice.randint(1, 9)}T{self.dice.choice(CLOCKS)}"
        if every == "shift" or self.maybe(0.4):
            layer["during"] = self.dice.choice(self.hours)
        if self.maybe(0.1):
            layer["until"] = "2026-04-20T09:00"
        return layer

    def override(self) -> dict[str, Any]:
        start = datetime(2026, 3, 2) + timedelta(hours=self.dice.randint(0, 600))  # noqa: DTZ001  wall-clock
        end = start + timedelta(hours=self.dice.randint(1, 90))
        return {"schedule": self.dice.choice(self.schedules), "person": self.dice.choice(self.people),
                "from": start.isoformat(timespec="minutes"), "until": end.isoformat(timespec="minutes")}  # fmt: skip

    def policy(self) -> dict[str, Any]:
        policy: dict[str, Any] = {"levels": [self.level() for _ in range(self.dice.randint(1, 4))]}
        if self.maybe(0.2):
            policy["hold_until"] = self.dice.choice(self.hours)
        if self.maybe(0.3):
            policy["repeat"] = self.dice.choice([0, 1, "until_acked"])
        if self.maybe(0.3):
            policy["urgency"] = self.dice.choice(["high", "low"])
        return policy

    def level(self) -> dict[str, Any]:
        level: dict[str, Any] = {"notify": [self.target() for _ in range(self.dice.randint(1, 2))]}
        level["escalate_after"] = self.dice.choice(WAITS)
        if self.maybe(0.2):
            level["attempts"] = 2
        if self.maybe(0.2):
            level["assign"] = "round_robin"
        if self.maybe(0.25):
            level["when"] = {self.dice.choice(["during", "outside"]): self.dice.choice(self.hours)}
        return level

    def target(self) -> dict[str, str]:
        kind = self.dice.choice(["schedule", "schedule", "next_on_call", "person", "team", "channel"])
        names = {"schedule": self.schedules, "next_on_call": self.schedules, "person": self.people}
        return {kind: self.dice.choice(names.get(kind, ["all"] if kind == "team" else ["ops"]))}

    def route(self, place: int) -> dict[str, Any]:
        match = {"service": self.dice.choice([f"svc{place}", [f"svc{place}", "shared"], {"not": "web"}])}
        if self.maybe(0.4):
            match["severity"] = self.dice.choice(["critical", ["warning", "error"], {"not": "info"}])
        return {"match": match, "policy": self.dice.choice(["urgent", "other"])}
