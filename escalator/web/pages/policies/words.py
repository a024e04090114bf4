"""Policies, routes and revisions as pages tell of them. Values only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.instant import Instant, rfc3339, spoken
from escalator.core.oncall import Override
from escalator.core.policy import Policy, Route
from escalator.language.codes import CODES
from escalator.language.diagnostics import Diagnostic, blots, blotted, lines, printable, window
from escalator.rehearsal.incidents import Circumstances
from escalator.rehearsal.night import PLAINLY
from escalator.store.revisions import Revision, Stamp
from escalator.web.pages.policies.places import place
from escalator.web.pages.policies.roll import Roll

Blots = Mapping[tuple[str, int], Sequence[tuple[int, int]]]
AROUND = 2
"""Lines of a source before and behind the one that is meant."""


def policy_of(
    book: Book, policy: Policy, overrides: Sequence[Override], now: Instant, around: Circumstances = PLAINLY
) -> dict[str, Any]:
    """One policy with its levels, and who that is now, told how and how long after it began."""
    roll = Roll(book, policy, overrides, around, now)
    return {
        "name": policy.name, "urgency": policy.urgency or "by severity", "where": place(policy.where),
        "levels": [roll.level(each) for each in policy.levels], "repeat": _repeat(policy),
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
