"""What to know before a timeline is read, the route, the policy, who is on call; and what to remember of it.

Values first (`brief`), then words (`in_short`).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from escalator.core.alert import Labels, Severity, severity_of
from escalator.core.book import Book
from escalator.core.instant import DAY, Instant, spoken
from escalator.core.oncall import Override, shifts
from escalator.core.policy import Policy, Route
from escalator.rehearsal.proof.classes import AlertClass, class_of
from escalator.rehearsal.proof.horizon import asked
from escalator.rehearsal.suppose.scenario import Played
from escalator.rehearsal.telling import Moment, moments

AHEAD = 60 * DAY
"""How far we look for the next handoff."""
FRESH = frozenset({"repeat", "last resort", "ack_timeout", "snooze_ended"})
"""Lines of the timeline after which level 1 is a level 1 again."""


class Duty(NamedTuple):
    """Who is on call by one schedule, and who comes next."""

    schedule: str
    person: str | None
    until: Instant | None
    """None: nothing changes for as far as we looked."""
    then: str | None


class Brief(NamedTuple):
    """What becomes of an alert before the first minute has passed."""

    route: Route
    policy: Policy | None
    """None where the alert is dropped, or only says that its sender lives."""
    heartbeat: str | None
    severity: Severity
    said: bool
    """Whether the alert says its severity itself, or the catalogue does."""
    high: bool
    duties: tuple[Duty, ...]


def brief(book: Book, labels: Labels, overrides: Sequence[Override], at: Instant) -> Brief:
    """Of one alert at an instant; `overrides` beside those of the book."""
    about, filled = class_of(book, labels), book.filled(labels)
    beat = book.heartbeat(filled)
    policy = None if about.route.drop is not None or beat else book.policy_named(about.policy)
    duties = _duties(book, about, policy, (*book.overrides, *overrides), at) if policy else ()
    said = filled.get("severity") == severity_of(filled).name.lower()
    return Brief(about.route, policy, beat, about.severity, said, about.high, duties)


def _duties(
    book: Book, about: AlertClass, policy: Policy, overrides: Sequence[Override], at: Instant
) -> tuple[Duty, ...]:
    return tuple(duty(book, name, overrides, at) for name in asked(book, [policy], about.high)[0])


def duty(book: Book, name: str, overrides: Sequence[Override], at: Instant) -> Duty:
    """By the named schedule, at an instant."""
    (_, end, person), *later = shifts(book.schedules[name], overrides, at, at + AHEAD)
    return Duty(name, person, end if later else None, later[0][2] if later else None)


def zone_of(book: Book, about: Brief) -> str:
    """In which zone a person would tell of it: that of the schedule that is paged, of the hours it waits for."""
    if about.duties:
        return book.schedules[about.duties[0].schedule].timezone
    hours = book.hours.get((about.policy and about.policy.hold_until) or "")
    return hours.timezone if hours else "UTC"


def in_short(book: Book, played: Played) -> str:
    """One sentence: when the first page reaches a person, and how it goes on from there."""
    every = _instants(moment for moment in moments(played.night) if moment.at <= played.until)
    first = next((place for place, moment in enumerate(every) if moment.paged), None)
    if first is None:
        return f"No page reaches a person{_instead(every)}."
    moment = every[first]
    who = "; ".join(f"{person} by {_listed(ways)}" for person, ways in moment.paged.items())
    text = f"First page to a person after {spoken(moment.at - played.since)} ({who})"
    return text + _further(book, every[first + 1 :], played.since) + "."


def _instants(every: Iterable[Moment]) -> list[Moment]:
    """Moments of one instant, of whichever incidents, as one."""
    found: dict[Instant, Moment] = {}
    for each in every:
        known = found.get(each.at)
        same = (known.lines + each.lines, known.messages + each.messages) if known else (each.lines, each.messages)
        found[each.at] = Moment(each.at, each.incident, *same)
    return list(found.values())


def _instead(every: Sequence[Moment]) -> str:
    channels = list(dict.fromkeys(name for moment in every for name in moment.channels))
    silence = next((line.entry.reason for m in every for line in m.lines if line.entry.event == "silenced"), "")
    return f", only {_listed(channels)}" if channels else f": {silence}" if silence else ""


def _further(book: Book, every: Sequence[Moment], since: Instant) -> str:
    """What follows, as far as it is news: answers, further people, the second pass."""
    parts: list[str] = []
    for moment in every:
        text = _news(book, moment)
        parts += [f"{text} after {spoken(moment.at - since)}"] if text else []
        if FRESH & set(moment.events):
            break
    events = {event for moment in every for event in moment.events}
    lead = "; then " if {"acknowledged", "resolved"} & events else "; if nobody answers, "
    end = "; nobody after that" if "exhausted" in events else ""
    return (lead + ", ".join(parts) if parts else "") + end


def _news(book: Book, moment: Moment) -> str:
    events = moment.events
    answer = next((line for line in moment.lines if line.entry.event in ("acknowledged", "resolved")), None)
    if answer is not None:
        return answer.entry.reason.split(",")[0]
    if "handed over" in events:
        return f"catch_all ({_everybody(book, moment)})"
    if "last resort" in events:
        return f"everybody by the last resort ({_everybody(book, moment)})"
    if FRESH & set(events):
        return "again from level 1"
    return _everybody(book, moment) if "paged" in events else ""


def _everybody(book: Book, moment: Moment) -> str:
    """Those who hear a page, by name; everybody where that is so."""
    people = list(moment.paged)
    if len(people) > 2 and len(people) == len(book.people):
        return "everyone"
    return _listed(people or moment.channels)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else ""
