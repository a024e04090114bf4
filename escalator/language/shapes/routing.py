"""The shapes of routes: which alerts, whither, and what makes one incident of them."""

from escalator.language.shapes import times
from escalator.language.shapes.labels import LABEL, SEVERITY, SOME_MATCH, TEXT
from escalator.language.shapes.shape import Key, Shape
from escalator.language.shapes.values import Either, Listed, Name, Text, one_or_more

BY_SEVERITY = Shape(
    "a policy by severity",
    (
        *(
            Key(word, word.capitalize(), f"The policy for severity {word}.", Name("policies"), ["page"])
            for word in SEVERITY.meanings
        ),
        Key("default", "Default", "The policy for every severity that is not named.", Name("policies"), ["warning"]),
    ),
    {"anyOf": [{"required": ["default"]}, {"required": list(SEVERITY.meanings)}]},
)
ENDS = Shape(
    "the end of a route",
    (
        Key(
            "policy",
            "Policy",
            "A policy, or one per severity: `{critical: a, default: b}`.",
            Either(Name("policies"), BY_SEVERITY),
            ["page", {"critical": "critical", "default": "warning"}],
        ),
        Key(
            "route_group",
            "Route group",
            "Delegates: the group's routes are tried here, with these conditions added; matching continues below if "
            "none of them matches.",
            Name("route_groups"),
            ["payments"],
        ),
        Key(
            "drop",
            "Drop",
            "Discards: `drop: the reason`, or `drop: true` with `reason`.",
            Text(otherwise="expected the reason, or `true`"),
            ["proves that Prometheus lives; see heartbeats"],
        ),
    ),
)
"""Where a route leads: exactly one of these."""
TIMING = Shape(
    "defaults",
    (
        Key(
            "group_by",
            "Group by",
            "Alerts of one route with equal values of these labels are one incident; never `severity`. `[]` makes one "
            "incident of all.",
            one_or_more(LABEL, 0),
            [["alertname", "cluster"], []],
            ["alertname", "service"],
        ),
        Key("group_wait", "Group wait", "Before the first page; critical never waits.", times.SPAN, ["15s"], "30s"),
        Key("group_interval", "Group interval", "Between updates about alerts that joined.", times.SPAN, ["10m"], "5m"),
        Key(
            "reopen_window",
            "Reopen window",
            "A new firing this soon after the end reopens the incident.",
            times.SPAN,
            ["30m"],
            "10m",
        ),
        Key(
            "reopen_hold",
            "Reopen hold",
            "How long a stale copy of a resolved alert is held back.",
            times.SPAN,
            ["2m"],
            "60s",
        ),
    ),
)
_MATCH = Key(
    "match",
    "Match",
    "Conditions on labels, all of which must hold. A missing label is the empty text.",
    SOME_MATCH,
    [{"team": "payments"}, {"env": ["dev", "staging"], "host": {"regex": "web-.*"}}],
)
_REASON = Key("reason", "Reason", "Why a route drops.", TEXT, ["nobody needs to know"])


def _led(*ends: str) -> dict[str, object]:
    """Every route says which alerts, and leads somewhere; one that drops without a text says why."""
    silent = {"properties": {"drop": {"const": True}}, "required": ["drop"]}
    return {
        "required": ["match"],
        "anyOf": [{"required": [end]} for end in ends],
        "if": silent,
        "then": {"required": ["reason"]},
        "dependencies": {"reason": ["drop"]},
    }


ROUTE = Shape("a route", (_MATCH, *ENDS.keys, _REASON, *TIMING.keys), _led(*ENDS))
GROUP_ROUTE = Shape("a route", ROUTE.without("route_group").keys, _led(*ENDS.without("route_group")))
"""A route of a group, which delegates no further."""
DELEGATION = Shape("a route that delegates", (key for key in ROUTE.keys if key.name in ("match", "route_group")))
"""All that goes with `route_group`."""
ROUTES = Listed(ROUTE, 0)
GROUP = Listed(GROUP_ROUTE)
