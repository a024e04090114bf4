"""Random stories for the twins: which policies they are played on, and what happens next, all from one seed."""

import random
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from escalator.core import events
from escalator.core.alert import Labels
from escalator.core.instant import MINUTE, SECOND, Instant
from escalator.core.policy import Target
from escalator.core.providers import PROVIDERS
from escalator.rehearsal.faults import Fault, Mode
from tests.rehearsal.twins import Twins
from tests.simulation import books
from tests.story.conftest import PAGE, TEAM

ROOT = Path(__file__).resolve().parents[2]

RICH = """\
version: 1
people:
  ana:
    timezone: Europe/London
    quiet_hours: night
    contacts: {push: browser, sms: secret:ANA, call: secret:ANA, email: ana@example.com}
  bob:   {contacts: {call: secret:BOB, sms: secret:BOB, email: bob@example.com}}
  carol: {contacts: {sms: secret:CAROL, email: carol@example.com}}
  dan:   {contacts: {push: browser, slack: U123}, notification_rules: {low: [{via: slack}, {via: push, after: 2m}]}}
teams:
  all: [ana, bob, carol, dan]
channels:
  ops: {slack: "#ops"}
  vendor: {pagerduty: secret:KEY}
  status: {webhook: secret:STATUS}
hours:
  night: {timezone: Europe/London, from: 22:00, to: 07:00}
  day: {timezone: Europe/London, from: 07:00, to: 22:00}
  half: {timezone: Europe/London, from: 03:30, to: 04:15}
schedules:
  primary:
    timezone: Europe/London
    layers:
      - {people: [carol, ana, bob], every: 1h, starts: 2026-01-05T09:00}
notification_rules:
  high: [{via: push}, {via: sms, after: 1m}, {via: call, after: 2m}, {via: email, after: 3m}]
silences:
  - {match: {service: web}, during: half, reason: backups}
  - match: {alertname: Disk, service: db}
    from: 2026-03-04T03:20
    until: 2026-03-04T03:50
    timezone: Europe/London
    reason: migration
routes:
  - match: {service: web}
    group_by: [alertname]
    group_wait: 20s
    reopen_window: 5m
    policy: {critical: urgent, default: calm}
  - match: {service: db}
    group_by: [service]
    group_interval: 2m
    policy: fair
  - match: {service: batch}
    group_by: [alertname, service]
    policy: {critical: urgent, error: urgent, default: later}
catch_all: urgent
policies:
  urgent:
    storm: {over: 2, within: 10m}
    levels:
      - notify: [{schedule: primary}, {channel: ops}, {channel: vendor}]
        escalate_after: 3m
        attempts: 2
      - notify: [{next_on_call: primary}]
        when: {outside: half}
      - notify: [{team: all}, {channel: status}]
        ack_mode: all
        escalate_after: 4m
    ack_timeout: 10m
    repage_on: [severity, {growth: 2x}, {label: instance}]
  fair:
    urgency: high
    storm: off
    levels:
      - notify: [{person: ana}, {person: bob}, {person: dan}]
        assign: round_robin
        escalate_after: 2m
      - notify: [{person: carol}]
        when: {severity: [error, critical]}
    repeat: 2
    ack_timeout: 5m
    repage_on: [any]
  calm:
    urgency: low
    levels:
      - notify: [{channel: ops}]
        escalate_after: 3m
      - notify: [{person: ana}, {person: dan}]
    ack_timeout: 20m
  later:
    urgency: low
    hold_until: half
    levels:
      - notify: [{schedule: primary}]
"""
"""Everything that the language has of levels, in waits of minutes."""


class Setting(NamedTuple):
    """A book and what may be named in it; `edited`: the same after somebody edited it."""

    text: str
    edited: str
    people: tuple[str, ...]
    schedule: str
    names: tuple[str, ...]
    services: tuple[str, ...] = ("web", "db", "batch", "")
    secrets: tuple[str, ...] = ("ANA", "BOB", "KEY")


def _merged(*texts: str) -> str:
    """One file of several that may name each key once."""
    return "version: 1\n" + "".join(text.removeprefix("version: 1\n") for text in texts)


@cache
def settings() -> dict[str, Setting]:
    boardroom = (ROOT / "policies" / "main.yaml").read_text(encoding="utf-8")
    team = _merged(TEAM, PAGE)
    simulation = books.SOURCE.replace("sources:\n  alertmanager: {refresh: 2m}\n", "")
    gone = books.GONE.replace("sources:\n  alertmanager: {refresh: 2m}\n", "")
    names = ("Disk", "Latency", "Memory")
    return {
        "rich": Setting(
            RICH, RICH.replace("calm", "mild").replace("escalate_after: 3m", "escalate_after: 1m"),
            ("ana", "bob", "carol", "dan"), "primary", names,
        ),
        "simulation": Setting(
            simulation, gone, ("ana", "ben", "cleo", "dora"), "primary", names,
            secrets=("ANA", "OPS"),
        ),
        "team": Setting(team, team, ("ana", "bob", "carol"), "primary", names),
        "boardroom": Setting(
            boardroom, boardroom.replace("escalate_after: 5m", "escalate_after: 2m"),
            ("ana", "ben", "cleo"), "boardroom",
            ("HighResponseTime", "CriticalResponseTime", "HighCPUUsage", "NoMeetingsCreated", "Unplanned"),
            secrets=("ANA_PHONE", "STATUS_WEBHOOK"),
        ),
    }  # fmt: skip


SPANS = (1, 5, 10, 20, 30, 45, 60, 61, 90, 120, 180, 300, 301, 600, 601, 900)
MOST_LATE = 3 * 60 * MINUTE
"""Stories end before the stage's sender repeats itself: a night does not spell that out."""


class Plot:
    """One random story."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.dice = random.Random(seed)
        names = sorted(settings())
        self.name = names[seed % len(names)]
        self.setting = settings()[self.name]
        few = self.dice.random() < 0.25
        unset = frozenset(self.dice.sample(self.setting.secrets, 1)) if few else frozenset()
        starts = self.dice.choice(("2026-03-04T03:00", "2026-03-04T03:25", "2026-03-02T08:50", "2026-03-29T00:30"))
        self.twins = Twins(folder, self.setting.text, starts, unset)
        self.told: list[str] = [f"{self.name} at {starts} without {sorted(unset)}"]
        self._firing: dict[tuple[tuple[str, str], ...], Instant] = {}
        self._over: dict[tuple[tuple[str, str], ...], Instant] = {}
        self._edits = 0

    def play(self, turns: int = 25) -> None:
        """Checks after each turn, so that the first difference is the one that is shown."""
        began = self.twins.now
        for _ in range(turns):
            self._turn()
            if self.twins.now - began > MOST_LATE:
                break
            self.twins.agree()
        self._say("passes 20m")
        self.twins.passes(20 * MINUTE)
        self.twins.agree()

    def close(self) -> None:
        self.twins.house.close()

    def _say(self, *words: Any) -> None:
        self.told.append(f"+{(self.twins.now - self.twins.house.began) / SECOND:g}s " + " ".join(map(str, words)))

    def _turn(self) -> None:
        turns = {
            self._fires: 6, self._passes: 9, self._resolves: 3, self._acts: 5, self._repeats: 1, self._stale: 1,
            self._silences: 1, self._overrides: 1, self._breaks: 2, self._mends: 1, self._edits_them: 1, self._storm: 1,
        }  # fmt: skip
        self.dice.choices(list(turns), weights=list(turns.values()))[0]()

    # --- what sources say -------------------------------------------------------------------------------------------

    def _labels(self) -> Labels:
        dice = self.dice
        found = {"alertname": dice.choice(self.setting.names), "service": dice.choice(self.setting.services)}
        found |= {"severity": dice.choice(("info", "warning", "error", "critical", "critical", ""))}
        found |= {"instance": dice.choice(("a", "a", "b", "c"))}
        return {name: value for name, value in found.items() if value}

    def _fires(self) -> None:
        made = [self._labels() for _ in range(self.dice.choice((1, 1, 1, 2, 3)))]
        self._report([(labels, True, self._since(labels)) for labels in _distinct(made)])

    def _since(self, labels: Labels) -> Instant:
        return self._firing.get(_key(labels), self.twins.now)

    def _storm(self) -> None:
        made = [{**self._labels(), "service": "batch", "alertname": f"Disk{number}"} for number in range(5)]
        self._report([(labels, True, self._since(labels)) for labels in made])

    def _resolves(self) -> None:
        if self._firing:
            some = self.dice.sample(sorted(self._firing), min(len(self._firing), self.dice.choice((1, 1, 2, 5))))
            self._report([(dict(key), False, self._firing[key]) for key in some])

    def _repeats(self) -> None:
        if self._firing:
            key = self.dice.choice(sorted(self._firing))
            self._report([(dict(key), True, self._firing[key])])

    def _stale(self) -> None:
        """A copy of what is over, or the resolve of what was never heard firing."""
        if self._over and self.dice.random() < 0.8:
            key = self.dice.choice(sorted(self._over))
            self._report([(dict(key), True, self._over[key])])
        else:
            self._report([(self._labels(), False, self.twins.now - MINUTE)])

    def _report(self, alerts: list[tuple[Labels, bool, Instant]]) -> None:
        self._say(
            "reports", *((dict(labels), "fires" if firing else "over", since) for labels, firing, since in alerts)
        )
        for labels, firing, since in alerts:
            key = _key(labels)
            if firing:
                self._firing[key] = since
                self._over.pop(key, None)
            else:
                self._firing.pop(key, None)
                self._over[key] = since
        self.twins.reports(*alerts)

    # --- what people and time do ------------------------------------------------------------------------------------

    def _passes(self) -> None:
        span = self.dice.choice(SPANS) * SECOND
        self._say("passes", span // SECOND)
        self.twins.passes(span)

    def _acts(self) -> None:
        if not (count := self.twins.count):
            return
        dice, who, place = self.dice, self.dice.choice(self.setting.people), self.dice.randrange(count)
        targets = tuple(Target("person", name) for name in dice.sample(self.setting.people, dice.choice((1, 2))))
        event = dice.choice((
            events.Acknowledged(who), events.Acknowledged(who), events.Acknowledged(who), events.Unacknowledged(who),
            events.Snoozed(who, self.twins.now + dice.choice((1, 5, 15)) * MINUTE), events.Escalated(who),
            events.Escalated(who, 1), events.Reassigned(who, targets), events.Resolved(who), events.Noted(who, "look"),
        ))  # fmt: skip
        self._say("incident", place + 1, event)
        self.twins.act(place, event)

    def _silences(self) -> None:
        if self.dice.random() < 0.3:
            self._say("unsilences")
            return self.twins.unsilence()
        label = self.dice.choice((("service", "web"), ("service", "batch"), ("alertname", self.setting.names[0])))
        after, span = self.dice.choice((0, 0, 60, 300)), self.dice.choice((60, 300, 900))
        self._say("silences", label, after, span)
        return self.twins.silence(after * SECOND, span * SECOND, **dict([label]))

    def _overrides(self) -> None:
        who, span = self.dice.choice(self.setting.people), self.dice.choice((60, 600, 3600))
        self._say("overrides", who, span)
        self.twins.override(self.setting.schedule, who, span * SECOND)

    def _breaks(self) -> None:
        dice, mode = self.dice, self.dice.choice(list(Mode))
        who = dice.choice(self.setting.people)
        via = dice.choice(("push", "sms", "email", "call"))
        fault = dice.choice((
            Fault("provider", dice.choice(sorted(set(PROVIDERS.values()))), mode), Fault("person", who, mode),
            Fault("contact", f"person/{who}/{via}", mode),
        ))  # fmt: skip
        # Two faults at once are answered by the louder, which a stage does not weigh.
        if not self.twins.night.faults:
            self._say("breaks", fault)
            self.twins.breaks(fault)

    def _mends(self) -> None:
        self._say("mends")
        self.twins.mends()

    def _edits_them(self) -> None:
        self._edits += 1
        self._say("edits", self._edits)
        text = self.setting.edited if self._edits % 2 else self.setting.text
        # Content that was admitted before is a disk that is behind.
        self.twins.edits(f"{text}# edit {self._edits}\n")


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _distinct(many: list[dict[str, str]]) -> list[dict[str, str]]:
    return list({_key(labels): labels for labels in many}.values())
