"""Advice as text to paste: a rule for Prometheus, or a route for the policies, which stands above the one it refines.

Law: what is written is valid where it is pasted, whatever the alerts say; and a critical alert is never led elsewhere.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from escalator.core.alert import Matcher, Severity
from escalator.core.book import Book
from escalator.core.insight.advice import Advice
from escalator.core.instant import spoken
from escalator.core.policy import Policy, Route, Target, Timing
from escalator.importers.writing import Value, document
from escalator.store.samples import Sample

TIMES = ("group_wait", "group_interval", "reopen_window", "reopen_hold")
TAKEN_OVER = (
    "In the rule file of Prometheus: the rule of this name takes the last line over, and keeps what else it says."
)
UNKNOWN = "absent(put_the_expression_of_your_rule_here)"
"""Pasted as it is it fires at once, rather than never."""


class Snippet(NamedTuple):
    """What to paste, and where."""

    language: str
    """`prometheus` or `policies`."""
    place: str
    text: str


def snippet(advice: Advice, name: str, sample: Sample, book: Book) -> Snippet | None:
    """None where the policies no longer have the route, or cannot name the alert."""
    if advice.kind in ("wait", "keep", "severity"):
        return _rule(advice, name, sample)
    route = book.route_named(sample.route)
    if not name.strip() or name.startswith(("=~", "!~")):
        # No condition of ours can say that.
        return None
    if route is None or route.drop is not None or not (route in book.routes or route is book.catch_all_route):
        return None
    keys = _changed(advice, route, book)
    if keys is None:
        return None
    refined: dict[str, Value] = {"match": _match(name, route), **keys[0]}
    if route is book.catch_all_route:
        place = "As the last of `routes:`, before the catch-all takes it."
    else:
        place = f"Directly above the route at {route.where or route.name}, which takes it now."
    group, _, _ = route.name.partition("[")
    head: dict[str, Value] = (
        {"routes": [refined]} if group in ("routes", "catch_all") else {"route_groups": {group: [refined]}}
    )
    return Snippet("policies", place, _unbroken(document({**head, **keys[1]}).removeprefix("version: 1\n")))


def _changed(advice: Advice, route: Route, book: Book) -> tuple[dict[str, Value], dict[str, Value]] | None:
    """What the refined route says, and policies that it needs besides."""
    times = _times(route.timing)
    if advice.kind == "group":
        return {"policy": _policies(route.policies), **times, "group_by": list(advice.labels)}, {}
    if advice.kind == "reopen":
        return {"policy": _policies(route.policies), **times, "reopen_window": spoken(advice.span)}, {}
    quiet, made = _quiet(route, book)
    if quiet is None:
        return None
    critical = route.policies[Severity.CRITICAL]
    return {"policy": {"critical": critical, "default": quiet}, **times}, made


def _times(timing: Timing) -> dict[str, Value]:
    """What the route says now, where it differs from what it would say by itself."""
    found: dict[str, Value] = {}
    if timing.group_by != Timing().group_by:
        found["group_by"] = list(timing.group_by)
    for key in TIMES:
        if getattr(timing, key) != getattr(Timing(), key):
            found[key] = spoken(getattr(timing, key))
    return found


def _policies(policies: Mapping[Severity, str]) -> Value:
    if len(set(policies.values())) == 1:
        return next(iter(policies.values()))
    default = Counter(policies.values()).most_common(1)[0][0]
    named: dict[str, Value] = {
        severity.name.lower(): policy
        for severity, policy in sorted(policies.items(), reverse=True)
        if policy != default
    }
    return {**named, "default": default}


def _quiet(route: Route, book: Book) -> tuple[str | None, dict[str, Value]]:
    """A policy of low urgency: one that the route has, else one that tells the same, else a new one."""
    own = [book.policies[name] for name in dict.fromkeys(route.policies.values()) if name in book.policies]
    if found := next((policy for policy in own if policy.urgency == "low"), None):
        return found.name, {}
    targets = {target for policy in own for target in _told(policy)}
    for policy in book.policies.values():
        if policy.urgency == "low" and targets.intersection(_told(policy)):
            return policy.name, {}
    if not own or not own[-1].levels:
        return None, {}
    return _new_quiet(own[-1], book)


def _told(policy: Policy) -> list[Target]:
    return [target for level in policy.levels for target in level.targets]


def _new_quiet(policy: Policy, book: Book) -> tuple[str, dict[str, Value]]:
    name = f"{policy.name}-quiet"
    while name in book.policies:
        name += "-2"
    notify: Value = [{target.kind: target.name} for target in policy.levels[0].targets]
    return name, {"policies": {name: {"urgency": "low", "levels": [{"notify": notify}]}}}


def _match(name: str, route: Route) -> Value:
    """The alert, and whatever else the route asks for."""
    conditions: dict[str, dict[str, Matcher]] = {}
    for matcher in route.match:
        if matcher.label != "alertname":
            conditions.setdefault(matcher.label, {})[matcher.operator] = matcher
    return {"alertname": name, **{label: _condition(found) for label, found in conditions.items()}}


def _condition(found: Mapping[str, Matcher]) -> Value:
    for operator in ("=", "in"):
        if operator in found:
            return _value(found[operator].value)
    words = {"!=": "not", "not in": "not", "=~": "regex", "!~": "not_regex"}
    return {words[operator]: _value(matcher.value) for operator, matcher in found.items()}


def _value(value: str | tuple[str, ...]) -> Value:
    return value if isinstance(value, str) else list(value)


def _rule(advice: Advice, name: str, sample: Sample) -> Snippet:
    expression = _expression(sample.generator_url)
    beside = "  # as the newest alert says" if expression else "  # keep your rule's own"
    lines = [
        "groups:",
        "  - name: escalator-advice",
        "    rules:",
        f"      - alert: {_quoted(name)}",
        f"        expr: {_quoted(expression or UNKNOWN)}{beside}",
    ]
    if advice.kind == "wait":
        lines.append(f"        for: {spoken(advice.span)}  # add this to the `for:` that the rule has")
    elif advice.kind == "keep":
        lines.append(f"        keep_firing_for: {spoken(advice.span)}  # since Prometheus 2.42")
    else:
        lines.append("        labels: {severity: warning}  # was critical; beside its other labels")
    return Snippet(
        "prometheus",
        TAKEN_OVER,
        _unbroken("\n".join(lines) + "\n"),
    )


def _expression(url: str) -> str:
    """What a sender's link shows: Prometheus writes the rule's expression into it."""
    try:
        found: Sequence[str] = parse_qs(urlsplit(url).query).get("g0.expr", ())
    except ValueError:
        return ""
    return found[0].strip()[:5000] if found else ""


def _quoted(text: str) -> str:
    """JSON is YAML: whatever the text is, it stays one."""
    return json.dumps(text, ensure_ascii=False)


def _unbroken(text: str) -> str:
    """Inside quotes, ends of a line to YAML 1.1 that are none to JSON."""
    return text.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
