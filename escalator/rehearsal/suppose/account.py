"""A played scenario as it is handed on: the lines that a person reads, the document that a program reads.

Law: both say the same. Labels come from outside; whoever prints them cleans them.
"""

from collections.abc import Iterator
from typing import Any

from escalator.core.book import Book
from escalator.core.instant import SECOND, Instant, rfc3339, spoken
from escalator.rehearsal.pictures import Picture, of_night
from escalator.rehearsal.pictures.of_night import headline
from escalator.rehearsal.records import Message
from escalator.rehearsal.suppose.briefing import Brief, Duty, brief, in_short
from escalator.rehearsal.suppose.scenario import Played, Scenario
from escalator.rehearsal.telling import Moment, local, moments, tell

WIDTH = 10
"""Of the words before the colon of a head."""


def text(book: Book, scenario: Scenario, played: Played, zone: str) -> list[str]:
    """The head, the timeline, the sentence."""
    about = brief(book, scenario.labels, scenario.around.overrides, scenario.at)
    lines = [*head(book, scenario, about, zone), ""]
    told = [(remark.at, _stamped(remark.at, played.since, zone) + remark.text) for remark in played.remarks]
    for moment in _shown(played):
        told += [(moment.at, line) for line in tell(played.night, played.since, zone, [moment])]
    lines += [line for _, line in sorted(told, key=lambda each: each[0])]
    return [*lines, *([""] if told else []), sentence(book, about, played)]


def _stamped(at: Instant, since: Instant, zone: str) -> str:
    return f"{local(at, zone)}  {'+' + spoken(at - since):>8}  "


def _shown(played: Played) -> list[Moment]:
    return [moment for moment in moments(played.night) if moment.at <= played.until]


def head(book: Book, scenario: Scenario, about: Brief, zone: str) -> list[str]:
    """What is supposed, and where it leads."""
    return [f"{name:<{WIDTH}}{words}" for name, words in _head(book, scenario, about, zone)]


def _head(book: Book, scenario: Scenario, about: Brief, zone: str) -> Iterator[tuple[str, str]]:
    yield "alert", ", ".join(f"{name}={value}" for name, value in scenario.labels.items())
    severity = about.severity.name.lower()
    yield "severity", severity if about.said else f"{severity}: what does not say how bad it is counts as critical"
    yield "at", f"{local(scenario.at, zone)} {zone} ({rfc3339(scenario.at)})"
    yield "route", _placed(about.route.name, about.route.where or _where_of_catch_all(about))
    if about.policy is not None:
        yield "policy", f"{_placed(about.policy.name, about.policy.where)}; {'high' if about.high else 'low'} urgency"
    for duty in about.duties:
        yield "on call", _on_call(duty, zone)
    for fault in scenario.faults:
        yield "broken", str(fault)


def _placed(name: str, where: str) -> str:
    return f"{name} ({':'.join(where.rsplit(':', 2)[:2])})" if where else name


def _where_of_catch_all(about: Brief) -> str:
    return about.policy.where if about.policy is not None and about.route.name == "catch_all" else ""


def _on_call(duty: Duty, zone: str) -> str:
    until = f" until {local(duty.until, zone)[:-3]}, then {duty.then or 'nobody'}" if duty.until is not None else ""
    return f"{duty.person or 'nobody'} by {duty.schedule}{until}"


def sentence(book: Book, about: Brief, played: Played) -> str:
    """What to remember."""
    if about.heartbeat is not None:
        beat = next(each for each in book.heartbeats if each.name == about.heartbeat)
        every = f"its absence for {spoken(beat.expect_every)} pages by policy {beat.policy}"
        return f"Nobody is told: this alert is the heartbeat {about.heartbeat} of its sender, and {every}."
    if about.route.drop is not None:
        return f"Nobody is told: route {about.route.name} drops it ({about.route.drop})."
    return in_short(book, played)


def picture(book: Book, scenario: Scenario, played: Played, zone: str) -> Picture:
    """The same to look at."""
    about = brief(book, scenario.labels, scenario.around.overrides, scenario.at)
    policy = f", policy {about.policy.name} ({'high' if about.high else 'low'})" if about.policy else ""
    lines = [f"{local(scenario.at, zone).removesuffix(':00')} {zone}; route {about.route.name}{policy}"]
    lines += [f"With {' and '.join(map(str, scenario.faults))}."] if scenario.faults else []
    return of_night(book, played, zone, headline(played), [*lines, sentence(book, about, played)])


def document(book: Book, scenario: Scenario, played: Played, zone: str) -> dict[str, Any]:
    """The same for programs; times are RFC 3339 in UTC, spans are seconds."""
    about = brief(book, scenario.labels, scenario.around.overrides, scenario.at)
    first = next((m for m in played.night.messages if m.page and m.heard and m.person), None)
    return {
        "alert": dict(scenario.labels),
        "at": rfc3339(scenario.at),
        "until": rfc3339(played.until),
        "timezone": zone,
        "severity": about.severity.name.lower(),
        "urgency": "high" if about.high else "low",
        "route": {"name": about.route.name, "where": about.route.where or None, "drop": about.route.drop},
        "policy": {"name": about.policy.name, "where": about.policy.where or None} if about.policy else None,
        "heartbeat": about.heartbeat,
        "on_call": [_duty(duty) for duty in about.duties],
        "faults": [{"kind": each.kind, "name": each.name, "mode": each.mode.value} for each in scenario.faults],
        "first_page_after_seconds": (first.at - scenario.at) / SECOND if first else None,
        "summary": sentence(book, about, played),
        "remarks": [{"at": rfc3339(each.at), "text": each.text} for each in played.remarks],
        "timeline": [_moment(moment, scenario.at) for moment in _shown(played)],
        "incidents": [_incident(played, id) for id in played.night.incidents],
    }


def _duty(duty: Duty) -> dict[str, Any]:
    until = rfc3339(duty.until) if duty.until is not None else None
    return {"schedule": duty.schedule, "person": duty.person, "until": until, "then": duty.then}


def _moment(moment: Moment, since: Instant) -> dict[str, Any]:
    return {
        "at": rfc3339(moment.at),
        "after_seconds": (moment.at - since) / SECOND,
        "incident": moment.incident,
        "events": [
            {"event": line.entry.event, "reason": line.entry.reason, "by": line.entry.by} for line in moment.lines
        ],
        "messages": [_message(message) for message in moment.messages],
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "kind": message.kind.value,
        "person": message.person,
        "channel": message.channel,
        "contact": message.contact,
        "via": message.via,
        "target": message.target,
        "level": message.level,
        "round": message.round,
        "outcome": message.outcome.value,
        "heard": message.heard,
    }


def _incident(played: Played, id: int) -> dict[str, Any]:
    """As the doors tell of one."""
    it = played.night.incidents[id]
    return {
        "id": id, "title": it.title, "status": it.status.value, "policy": it.policy, "route": it.route,
        "severity": it.severity.name.lower(), "urgency": it.urgency, "level": it.level, "round": it.round,
        "acknowledged_by": it.acknowledged_by, "due_at": None if it.due_at is None else rfc3339(it.due_at),
    }  # fmt: skip
