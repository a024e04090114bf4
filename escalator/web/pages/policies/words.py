"""Policies, routes and revisions as pages tell of them. Values only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.instant import Instant, rfc3339, spoken
from escalator.core.oncall import Override, on_call
from escalator.core.policy import Level, Policy, Route, Target
from escalator.language.codes import CODES
from escalator.language.diagnostics import Diagnostic, blots, blotted, lines, printable, window
from escalator.store.revisions import Revision, Stamp

Blots = Mapping[tuple[str, int], Sequence[tuple[int, int]]]
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


def hidden_in(findings: Iterable[Mapping[str, Any]]) -> Blots:
    """Where literal secrets stand in what waits, by file and line."""
    return blots(_diagnostic(each) for each in findings)


def finding_of(found: Mapping[str, Any], sources: Mapping[str, str], hidden: Blots, *, around: bool) -> dict[str, Any]:
    """One diagnostic with the line that it means, where there is the text; `around`: with its neighbours, in which
    addresses may stand.
    """
    each, more = _diagnostic(found), AROUND if around else 0
    every = lines(sources[each.file]) if each.file in sources else []
    first = max(1, each.line - more)
    shown = [
        {"number": at, "text": window(text, each.column if at == each.line else 1)[0], "meant": at == each.line}
        for at, line in enumerate(every[first - 1 : each.line + more], first)
        for text in [printable(blotted(line, hidden.get((each.file, at), ())))]
    ]
    return {
        "code": each.code, "severity": each.severity, "message": printable(each.message), "file": each.file,
        "line": each.line, "column": each.column, "help": printable(each.help), "lines": shown,
        "known": each.code in CODES,
    }  # fmt: skip


def _diagnostic(found: Mapping[str, Any]) -> Diagnostic:
    """As another replica, maybe of another version, wrote it down."""
    text = {key: str(found.get(key) or "") for key in ("code", "message", "file", "help")}
    numbers = {key: int(found.get(key) or 1) for key in ("line", "column", "end")}
    severity: Any = "warning" if found.get("severity") == "warning" else "error"
    return Diagnostic(severity=severity, **text, **numbers)  # type: ignore[arg-type]  # each by its own kind
