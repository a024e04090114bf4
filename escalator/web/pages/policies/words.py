"""Policies, routes and revisions as pages tell of them. Values only."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.instant import Instant, rfc3339, spoken
from escalator.core.oncall import Override, on_call
from escalator.core.policy import Level, Policy, Route, Target
from escalator.language.diagnostics import lines
from escalator.store.revisions import Revision, Stamp

AROUND = 2
"""Lines of a source before and behind the one that is meant."""


def policy_of(book: Book, policy: Policy, overrides: Sequence[Override], now: Instant) -> dict[str, Any]:
    """One policy with its levels, and who that is now."""
    return {
        "name": policy.name, "urgency": policy.urgency or "by severity", "where": place(policy.where),
        "levels": [level_of(book, each, overrides, now) for each in policy.levels], "repeat": _repeat(policy),
        "ack_timeout": "never lapses" if policy.ack_timeout is None else f"lapses after {spoken(policy.ack_timeout)}",
        "hold_until": policy.hold_until, "catch_all": policy.name == book.catch_all,
        "routes": [each for route in book.routes for each in _leads(route, policy.name)],
        "heartbeats": [beat.name for beat in book.heartbeats if beat.policy == policy.name],
    }  # fmt: skip


def _repeat(policy: Policy) -> str:
    if policy.repeat is None:
        return "again until somebody answers"
    if policy.repeat == "default":
        return "high urgency: again until somebody answers; low: once"
    return "once" if not policy.repeat else f"{policy.repeat} more times"


def _leads(route: Route, policy: str) -> Iterator[dict[str, Any]]:
    severities = [
        severity.name.lower() for severity in sorted(Severity, reverse=True) if route.policies.get(severity) == policy
    ]
    if severities:
        every = len(severities) == len(Severity)
        yield {"name": route.name, "severities": "every severity" if every else ", ".join(severities)}


def level_of(book: Book, level: Level, overrides: Sequence[Override], now: Instant) -> dict[str, Any]:
    only = [severity.name.lower() for severity in sorted(level.severities or (), reverse=True)]
    notes = [f"only {', '.join(only)}"] if only else []
    notes += [f"during {level.during}"] if level.during else []
    notes += [f"outside {level.outside}"] if level.outside else []
    notes += ["one after the other in turn"] if level.round_robin else []
    notes += ["all have to acknowledge"] if level.ack_all else []
    notes += [f"paged {level.attempts} times"] if level.attempts > 1 else []
    return {
        "targets": [target_of(book, each, overrides, now) for each in level.targets],
        "after": spoken(level.escalate_after), "notes": notes, "where": place(level.where),
    }  # fmt: skip


def target_of(book: Book, target: Target, overrides: Sequence[Override], now: Instant) -> dict[str, Any]:
    """Whom it means at this instant."""
    kind, name = target.kind, target.name
    people: list[str] = []
    if kind == "person":
        people = [name]
    elif kind == "team":
        people = list(book.teams.get(name, ()))
    elif kind == "schedule" and name in book.schedules:
        person = on_call(book.schedules[name], overrides, now)
        people = [person] if person else []
    ways = {each.via for person in people if person in book.people for each in book.people[person].contacts}
    channel = book.channels.get(name) if kind == "channel" else None
    return {
        "kind": kind.replace("_", " "), "name": name, "people": people, "nobody": kind == "schedule" and not people,
        "ways": sorted(ways) if ways else [channel.via] if channel else [],
    }  # fmt: skip


def route_of(route: Route) -> dict[str, Any]:
    """A line of the route table."""
    by_policy: dict[str, list[str]] = {}
    for severity in sorted(Severity, reverse=True):
        if severity in route.policies:
            by_policy.setdefault(route.policies[severity], []).append(severity.name.lower())
    timing = route.timing
    return {
        "name": route.name, "match": [str(matcher) for matcher in route.match], "drop": route.drop,
        "policies": {name: _spoken(found) for name, found in by_policy.items()},
        "where": place(route.where), "group_by": list(timing.group_by), "wait": spoken(timing.group_wait),
    }  # fmt: skip


def _spoken(severities: Sequence[str]) -> str:
    """Empty where it is every one."""
    return "" if len(severities) == len(Severity) else ", ".join(severities)


def place(where: str) -> dict[str, Any] | None:
    """`file:line:column` with its parts; None where it stands in no file."""
    file, _, rest = where.rpartition(":")[0].rpartition(":")
    return {"file": file, "line": int(rest)} if file and rest.isdecimal() else None


def revision_of(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number, "digest": revision.digest[:12], "at": rfc3339(revision.admitted_at),
        "by": revision.by, "restores": revision.restores, **stamp_of(revision.stamp),
    }  # fmt: skip


def stamp_of(stamp: Stamp) -> dict[str, Any]:
    at = stamp.committed_at
    return {**stamp._asdict(), "committed_at": None if at is None else rfc3339(at)}


def finding_of(found: Mapping[str, Any], sources: Mapping[str, str]) -> dict[str, Any]:
    """One diagnostic with the lines around the one that it means, where there is the text."""
    number = int(found["line"])
    every = lines(sources[found["file"]]) if found["file"] in sources else []
    first = max(1, number - AROUND)
    shown = [
        {"number": at, "text": text, "meant": at == number}
        for at, text in enumerate(every[first - 1 : number + AROUND], first)
    ]
    keys = ("code", "severity", "message", "file", "line", "column", "help")
    return {**{key: found.get(key) or "" for key in keys}, "lines": shown}
