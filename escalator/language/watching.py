"""What surrounds routing: the alert catalogue, heartbeats, senders, silences, guarantees."""

from collections.abc import Mapping

from escalator.core.alert import SEVERITIES, Matcher, Silence
from escalator.core.instant import DAY, LATEST, MINUTE, Span
from escalator.core.oncall import Hours
from escalator.core.policy import Catalogued, Guarantee, Heartbeat, Window
from escalator.language import scalars
from escalator.language.calendars import once
from escalator.language.matching import match
from escalator.language.nodes import Node
from escalator.language.scope import Declared, Scope
from escalator.language.shapes.watching import CATALOGUED, GUARANTEE, HEARTBEAT, SILENCE, SOURCE, TOLERATE

WORDS = {key: {"runbook": "runbook_url"}.get(key, key) for key in CATALOGUED.without("severity")}
"""Keys of the catalogue that are annotations; every other one is a label."""
LONGEST_SILENCE = 30 * DAY

DEFAULT_GUARANTEE = Guarantee(
    match=(Matcher("severity", "not in", ("info", "warning", "error")),),  # what is unknown counts as critical
    reach_human_within=15 * MINUTE,
    tolerate=("person", "provider"),
)


def alerts(scope: Scope, section: Mapping[str, Declared]) -> dict[str, Catalogued]:
    return {name: _catalogued(scope, each) for name, each in section.items()}


def _catalogued(scope: Scope, declared: Declared) -> Catalogued:
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    for key, value in scope.entries(declared.node, "an alert"):
        text = scope.text(value, f"the text of `{key.value}`")
        if text is None:
            continue
        if key.value == "alertname":
            cure = "its name is the key that it stands under"
            scope.error("E120", key.mark, "the catalogue cannot rename an alert", cure)
        elif key.value == "severity" and text not in SEVERITIES:
            scope.warn("W260", value.mark, f"severity `{text}` counts as critical", scope.meant(text, SEVERITIES))
        if key.value in WORDS:
            annotations[WORDS[key.value]] = text
        else:
            labels[key.value] = text
    return Catalogued(labels, annotations)


def heartbeats(scope: Scope, section: Mapping[str, Declared]) -> tuple[Heartbeat, ...]:
    found = [_heartbeat(scope, name, each) for name, each in section.items()]
    return tuple(each for each in found if each is not None)


def _heartbeat(scope: Scope, name: str, declared: Declared) -> Heartbeat | None:
    fields = scope.fields(declared.node, HEARTBEAT) or {}
    matchers = _some_match(scope, fields["match"], "a heartbeat") if "match" in fields else ()
    every = scalars.duration(scope, fields["expect_every"]) if "expect_every" in fields else None
    policy = scope.refer("policy", fields["policy"]) if "policy" in fields else None
    if not matchers or every is None or policy is None:
        return None
    return Heartbeat(name, matchers, every, policy, str(declared.name.mark))


def sources(scope: Scope, section: Mapping[str, Declared]) -> dict[str, Span]:
    """How often each sender repeats a firing alert."""
    found = {name: _refresh(scope, each.node) for name, each in section.items()}
    return {name: span for name, span in found.items() if span is not None}


def _refresh(scope: Scope, node: Node) -> Span | None:
    fields = scope.fields(node, SOURCE) or {}
    return scalars.duration(scope, fields["refresh"]) if "refresh" in fields else None


def silences(scope: Scope, nodes: list[Node], known: Mapping[str, Hours]) -> tuple[Window, ...]:
    found = [_silence(scope, f"silences[{index}]", node, known) for index, node in enumerate(nodes)]
    return tuple(each for each in found if each is not None)


def _silence(scope: Scope, name: str, node: Node, known: Mapping[str, Hours]) -> Window | None:
    before = scope.errors
    fields = scope.fields(node, SILENCE)
    if fields is None:
        return None
    whole = scope.errors == before  # a key that was misspelt may have been the end
    matchers = _some_match(scope, fields["match"], "a silence") if "match" in fields else ()
    reason = scope.text(fields["reason"], "a reason") if "reason" in fields else ""
    during = scope.refer("hours", fields["during"]) if "during" in fields else None
    span = _span(scope, node, fields, known.get(during or ""), whole)
    if not matchers or span is None or (during is None and "during" in fields):
        return None
    return Window(Silence(name, matchers, *span, "policies", reason or ""), during, str(node.mark))


def _span(
    scope: Scope, node: Node, fields: Mapping[str, Node], hours: Hours | None, whole: bool
) -> tuple[int, int] | None:
    """First and last instant of a silence; with `during` alone it recurs for ever."""
    zone = scalars.zone(scope, fields["timezone"]) if "timezone" in fields else None
    if "until" not in fields:
        recurs = "during" in fields and "from" not in fields and not (hours is not None and _always(hours))
        if not recurs and whole:
            cure = "add `until: 2026-03-01T23:30`, or `during: HOURS` for one that recurs"
            scope.error("E280", node.mark, "this silence never ends", cure)
        return (0, LATEST) if recurs else None
    if "timezone" not in fields:
        scope.error("E121", node.mark, "a silence with `until` needs `timezone`", "such as `timezone: Europe/London`")
        return None
    span = once(scope, fields, zone) if zone else None
    if span and "from" in fields and "during" not in fields and span[1] - span[0] > LONGEST_SILENCE:
        cure = "a silence that is renewed is one that somebody still wants; or write `drop`, with its reason"
        scope.error("E281", fields["until"].mark, "this silence lasts longer than 30 days", cure)
    return span


def _always(hours: Hours) -> bool:
    return len(hours.days) == 7 and (hours.starts, hours.ends) == (0, 1440) and not hours.holidays


def _some_match(scope: Scope, node: Node, what: str) -> tuple[Matcher, ...]:
    """Matchers of something that must not match everything."""
    before = scope.errors
    matchers = match(scope, node)
    if scope.errors == before and all(each.operator == "=~" and each.value in (".*", ".+") for each in matchers):
        scope.error("E282", node.mark, f"{what} must not match everything", "name at least one label and its value")
        return ()
    return matchers


def guarantees(scope: Scope, nodes: list[Node]) -> tuple[Guarantee, ...]:
    """The declared promises; the language's own where there is none."""
    if not nodes:
        return (DEFAULT_GUARANTEE,)
    found = [_guarantee(scope, node) for node in nodes]
    return tuple(each for each in found if each is not None)


def _guarantee(scope: Scope, node: Node) -> Guarantee | None:
    fields = scope.fields(node, GUARANTEE)
    if not fields or "match" not in fields or "reach_human_within" not in fields:
        return None
    matchers = match(scope, fields["match"])
    within = scalars.duration(scope, fields["reach_human_within"])
    tolerate: tuple[str, ...] = ()
    if "tolerate" in fields:
        tolerate = scope.each(fields["tolerate"], lambda one: scope.choice(one, TOLERATE))
    return Guarantee(matchers, within, tolerate, str(node.mark)) if within is not None else None
