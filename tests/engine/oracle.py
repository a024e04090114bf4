"""The rules of repeated, late and stale alerts, once more and independently: what a correct receiver reaches.

Written from the sender's contract and the language, never from our code. It knows one policy: level 1 pages one contact
at once and waits a day, groups are (alertname, service), nothing waits but an ambiguous firing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from escalator.core.alert import Alert
from escalator.engine.intake import Delivery

HOLD = 60_000_000
SEVERITIES = ("info", "warning", "error", "critical")
Group = tuple[str, str]
Identity = tuple[str, str]


@dataclass
class Thing:
    """One alert identity: its newest episode, or the end of one that was never seen."""

    state: str
    first: int = 0
    newest: int = 0
    ends: int | None = None
    until: int | None = None
    episodes: int = 0
    severity: int = 0


@dataclass
class Case:
    """One incident."""

    open: bool = True
    severity: int = 0
    due: int | None = None
    """When the first page of this round is due; None: it went out, or never will."""
    pages: int = 0
    firing: set[Identity] = field(default_factory=set)


class Oracle:
    """Fed with deliveries in their order; `run(until)` lets time pass."""

    def __init__(self) -> None:
        self.things: dict[Identity, Thing] = {}
        self.cases: dict[Group, Case] = {}
        self._groups: dict[Identity, Group] = {}

    def deliver(self, delivery: Delivery, now: int) -> None:
        self.run(now)
        reports = [*delivery.alerts, *rest_of(delivery, now)]
        fresh = [alert for alert in reports if self._report(alert, now)]
        for group in {group_of(alert) for alert in fresh}:
            self._open([a for a in fresh if group_of(a) == group], group, now)
        # What fires comes before what resolves: an incident whose alerts change places stays open.
        for case in self.cases.values():
            case.firing = {each for each in case.firing if self.things[each].state == "open"}
            if case.open and not case.firing:
                case.open, case.due = False, None

    def run(self, now: int) -> None:
        """Holds that end without a resolve were true after all; pages that are due go out."""
        for identity, thing in self.things.items():
            if thing.state == "held" and thing.until is not None and thing.until <= now:
                thing.state = "open"
                case = self.cases[self._groups[identity]]
                case.firing.add(identity)
                if not case.open or thing.severity > case.severity:
                    case.open, case.due = True, thing.until
                case.severity = max(case.severity, thing.severity)
        for case in self.cases.values():
            if case.due is not None and case.due <= now:
                case.pages, case.due = case.pages + 1, None

    def _report(self, alert: Alert, now: int) -> bool:
        """Whether this begins an episode."""
        identity = (alert.source, alert.fingerprint)
        thing = self.things.get(identity)
        if not alert.firing:
            self._resolve(identity, thing, now if alert.ends_at is None else alert.ends_at)
            return False
        start = min(alert.starts_at, now)
        if thing is not None and thing.state == "open":
            thing.first, thing.newest = min(thing.first, start), max(thing.newest, start)
            return False
        stale = thing is not None and thing.ends is not None and alert.starts_at <= thing.ends
        if stale and thing is not None and group_of(alert) in self.cases:
            if thing.state == "recorded":
                thing.first = thing.newest = start
                thing.episodes = 1
            if thing.state != "held":
                thing.state, thing.until, thing.severity = "held", now + HOLD, severity_of(alert)
                self._groups[identity] = group_of(alert)
            return False
        self.things[identity] = Thing("open", start, start, episodes=(thing.episodes if thing else 0) + 1)
        self._groups[identity] = group_of(alert)
        if stale:
            self.things[identity].until = now + HOLD
        return True

    def _resolve(self, identity: Identity, thing: Thing | None, ends: int) -> None:
        if thing is None:
            if identity[1] != "rest":
                self.things[identity] = Thing("recorded", ends=ends)
        elif thing.state != "open":
            thing.ends = max(ends, thing.ends or ends)
            thing.state = "resolved" if thing.state == "held" else thing.state
        elif ends >= thing.newest:
            thing.state, thing.ends = "resolved", ends

    def _open(self, alerts: list[Alert], group: Group, now: int) -> None:
        identities = {(alert.source, alert.fingerprint) for alert in alerts}
        worst = max(severity_of(alert) for alert in alerts)
        case = self.cases.get(group)
        if case is None:
            # Nothing but stale firings of what we know only as resolved: shown at once, paged after the hold.
            wait = min(self.things[each].until or now for each in identities)
            self.cases[group] = Case(severity=worst, due=wait, firing=identities)
        else:
            if not case.open or worst > case.severity or case.due is not None:
                case.due = now
            case.open, case.severity = True, max(case.severity, worst)
            case.firing |= identities
        self.run(now)


def group_of(alert: Alert) -> Group:
    return alert.labels.get("alertname", ""), alert.labels.get("service", "")


def severity_of(alert: Alert) -> int:
    name = alert.labels.get("severity", "")
    return SEVERITIES.index(name) if name in SEVERITIES else 3


def rest_of(delivery: Delivery, now: int) -> Iterable[Alert]:
    """What a truncated body does not list, as one alert in the same group."""
    if delivery.alerts:
        firing = delivery.truncated > 0
        labels = delivery.alerts[0].labels
        yield Alert(delivery.source + delivery.group, "rest", labels, {}, firing, now, None if firing else now)
