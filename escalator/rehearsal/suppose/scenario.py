"""One alert at one instant, and what people do about it: played, and watched while it goes on.

Law: a scenario is what somebody supposes; whatever follows from it is the night's. Nothing here is worded or drawn.
"""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.core.effects import Refused
from escalator.core.events import Acknowledged
from escalator.core.incident import Incident, Status
from escalator.core.instant import DAY, Instant, Span
from escalator.rehearsal.faults import Fault
from escalator.rehearsal.night import PLAINLY, Circumstances, Night
from escalator.rehearsal.standing import Alone

LONGEST: Span = 14 * DAY
"""Whoever waits longer than that for a pass to end waits for nothing that a picture could show."""
ENDINGS = frozenset({"repeat", "ack_timeout", "snooze_ended", "exhausted", "last resort"})
"""Lines of the timeline after which things only begin again, or end."""


class Ack(NamedTuple):
    """Somebody acknowledges, so long after the alert."""

    person: str
    after: Span


class Scenario(NamedTuple):
    """This alert at that time."""

    labels: Labels
    at: Instant
    acks: tuple[Ack, ...] = ()
    resolved: Span | None = None
    """When the source resolves it; None: it does not."""
    faults: tuple[Fault, ...] = ()
    lasts: Span | None = None
    """How long we look on; None: until the second pass begins."""
    around: Circumstances = PLAINLY
    joins: Alone | None = None
    """The incident of its group as it stands then; None: there is none that it would be part of."""

    @property
    def repeats(self) -> bool:
        """Whether this very alert fires already, so that nothing is new."""
        return self.joins is not None and dict(self.labels) in [dict(each) for each in self.joins.open.alerts.values()]


class State(NamedTuple):
    """How one incident stands from an instant on."""

    at: Instant
    incident: Incident


class Remark(NamedTuple):
    """What somebody wanted to do and could not."""

    at: Instant
    text: str


class Played(NamedTuple):
    """What a night brought, while somebody looked on."""

    night: Night
    since: Instant
    until: Instant
    states: tuple[State, ...]
    remarks: tuple[Remark, ...] = ()


def play(book: Book, scenario: Scenario) -> Played:
    """The scenario, from its alert to its end."""
    night = Night(book, scenario.at, scenario.around, scenario.faults)
    night.tries_again = False
    remarks: list[Remark] = []
    told = [scenario.at + each.after for each in scenario.acks]
    for ack in scenario.acks:
        night.at(scenario.at + ack.after, partial(_acknowledge, night, ack.person, remarks))
    if scenario.resolved is not None:
        told.append(scenario.at + scenario.resolved)
        night.at(told[-1], partial(night.resolve, scenario.labels))
    if scenario.joins is not None:
        night.adopt(*scenario.joins.open, scenario.joins.messages, scenario.joins.sent)
    if not scenario.repeats:
        night.fire(scenario.labels)
    played = watch(
        night, None if scenario.lasts is None else scenario.at + scenario.lasts, max(told, default=night.now)
    )
    return played._replace(since=scenario.at, remarks=tuple(remarks))


def _acknowledge(night: Night, by: str, remarks: list[Remark]) -> None:
    open_ = [id for id, incident in night.incidents.items() if incident.open]
    for id in open_:
        try:
            night.act(id, Acknowledged(by))
        except Refused as refused:
            remarks.append(Remark(night.now, f"{by} cannot acknowledge: {refused}"))
    if not open_:
        remarks.append(Remark(night.now, f"{by} finds nothing to acknowledge"))


def watch(night: Night, until: Instant | None, at_least: Instant) -> Played:
    """Goes on to that instant, or until what was told is over and a second pass begins."""
    since, seen = night.now, dict(night.incidents)
    states = [State(since, incident) for incident in seen.values()]
    while (at := night.next_at()) is not None and at <= (since + LONGEST if until is None else until):
        if until is None and at > at_least and not _goes_on(night, at_least):
            break
        night.go_on()
        states += [State(night.now, incident) for incident in _changed(seen, night.incidents)]
        seen = dict(night.incidents)
    if until is not None:
        night.until(until)
    return Played(night, since, night.now, tuple(states))


def _changed(before: Mapping[int, Incident], after: Mapping[int, Incident]) -> list[Incident]:
    return [incident for id, incident in after.items() if before.get(id) is not incident]


def _goes_on(night: Night, at_least: Instant) -> bool:
    """Whether anybody will still be paged before it all begins again."""
    if any(line.entry.event in ENDINGS and line.at >= at_least for line in night.lines):
        return False
    return night.messages_wait or any(_waits(incident) for incident in night.incidents.values())


def _waits(incident: Incident) -> bool:
    deadlines = (incident.level_at, incident.lapse_at, incident.snooze_at, incident.unmute_at, incident.hold_at)
    return incident.status is not Status.RESOLVED and any(at is not None for at in deadlines)
