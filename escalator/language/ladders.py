"""Policies and their levels: who is told, in which order, how long each is waited for."""

from collections.abc import Mapping
from typing import Any, get_args

from escalator.core.alert import SEVERITIES
from escalator.core.instant import HOUR, MINUTE
from escalator.core.policy import DEFAULT_REPAGE, Level, Policy, Repage, Storm, Target, TargetKind
from escalator.language import forms, scalars
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.scope import Declared, Scope
from escalator.language.shapes.labels import SEVERITY
from escalator.language.shapes.ladders import (
    ACK_MODE,
    ASSIGN,
    GROWN,
    LEVEL,
    POLICY,
    REPAGE,
    STORM,
    TARGET,
    URGENCY,
    WHEN,
)
from escalator.language.shapes.patterns import FACTOR

TARGETS: tuple[TargetKind, ...] = get_args(TargetKind)


def policies(scope: Scope, section: Mapping[str, Declared]) -> dict[str, Policy]:
    return {name: _policy(scope, name, each) for name, each in section.items()}


def _policy(scope: Scope, name: str, declared: Declared) -> Policy:
    before = scope.errors
    where = str(declared.name.mark)
    fields = scope.fields(declared.node, POLICY) or {}
    scope.keep(where, fields)
    levels = [_level(scope, item) for item in scope.items(fields["levels"], "levels")] if "levels" in fields else []
    urgency = scope.choice(fields["urgency"], URGENCY) if "urgency" in fields else None
    policy = Policy(
        name=name,
        levels=tuple(level for level in levels if level is not None),
        urgency=None if urgency is None else "high" if urgency == "high" else "low",
        repeat=_repeat(scope, fields["repeat"]) if "repeat" in fields else "default",
        ack_timeout=_ack_timeout(scope, fields["ack_timeout"]) if "ack_timeout" in fields else HOUR,
        hold_until=scope.refer("hours", fields["hold_until"]) if "hold_until" in fields else None,
        repage_on=_repages(scope, fields["repage_on"]) if "repage_on" in fields else DEFAULT_REPAGE,
        storm=_storm(scope, fields["storm"]) if "storm" in fields else Storm(20, 5 * MINUTE),
        templates=forms.templates(scope, fields["templates"]) if "templates" in fields else None,
        where=where,
    )
    if scope.errors > before:
        scope.doubtful.add(where)
    return policy


def _repeat(scope: Scope, node: Node) -> int | None:
    if isinstance(node, Scalar) and node.value == "until_acked":
        return None
    return scalars.whole(scope, node, "a number of further passes, or `until_acked`", 0, 100)


def _ack_timeout(scope: Scope, node: Node) -> int | None:
    if isinstance(node, Scalar) and node.value == "never":
        return None
    return scalars.duration(scope, node, MINUTE)


def _storm(scope: Scope, node: Node) -> Storm | None:
    if isinstance(node, Scalar) and node.value == "off":
        return None
    if not isinstance(node, Table):
        scope.wrong(node, "`off` or `{over: 20, within: 5m}`")
        return None
    fields = scope.fields(node, STORM) or {}
    over = scalars.whole(scope, fields["over"], "a number of incidents", 1, 100_000) if "over" in fields else None
    within = scalars.duration(scope, fields["within"]) if "within" in fields else None
    return Storm(over, within) if over is not None and within is not None else None


def _repages(scope: Scope, node: Node) -> tuple[Repage, ...]:
    """What reopens an acknowledged incident; an empty list: nothing does."""
    return scope.each(node, lambda one: _repage(scope, one))


def _repage(scope: Scope, node: Node) -> Repage | None:
    if isinstance(node, Scalar):
        word = scope.choice(node, REPAGE)
        return None if word is None else Repage("severity" if word == "severity" else "any")
    fields = scope.fields(node, GROWN) or {}
    if "growth" in fields:
        text = scope.text(fields["growth"], "a factor such as `2x`")
        found = FACTOR.fullmatch(text or "")
        if found and float(found[1]) > 1:
            return Repage("growth", float(found[1]))
        if text is not None:
            cure = "write `growth: 2x` for twice as many"
            scope.error("E127", fields["growth"].mark, f"`{text}` is not a factor above 1", cure)
    elif "label" in fields and (label := scope.text(fields["label"], "the name of a label")) is not None:
        return Repage("label", label=label)
    return None


def _level(scope: Scope, node: Node) -> Level | None:
    fields = scope.fields(node, LEVEL)
    if fields is None:
        return None
    scope.keep(str(node.mark), fields)
    targets = [target(scope, item) for item in scope.items(fields["notify"], "targets")] if "notify" in fields else []
    after = scalars.duration(scope, fields["escalate_after"]) if "escalate_after" in fields else None
    attempts = scalars.whole(scope, fields["attempts"], "a number of pages", 1, 20) if "attempts" in fields else None
    assign = fields.get("assign")
    mode = fields.get("ack_mode")
    return Level(
        targets=tuple(dict.fromkeys(target for target in targets if target is not None)),
        escalate_after=after or 5 * MINUTE,
        attempts=attempts or 1,
        round_robin=assign is not None and scope.choice(assign, ASSIGN) == "round_robin",
        ack_all=mode is not None and scope.choice(mode, ACK_MODE) == "all",
        where=str(node.mark),
        **(_when(scope, fields["when"]) if "when" in fields else {}),
    )


def _when(scope: Scope, node: Node) -> dict[str, Any]:
    """The guard of a level, as keywords of `Level`."""
    fields = scope.fields(node, WHEN)
    if fields is None:
        return {}
    if not fields and isinstance(node, Table) and not node.entries:
        scope.error("E121", node.mark, "`when` needs a condition", "`severity`, `during` or `outside`")
    guard: dict[str, Any] = {key: scope.refer("hours", fields[key]) for key in WHEN[1:] if key in fields}
    if "severity" in fields:
        one = fields["severity"]
        listed = scope.items(one, "severities") if isinstance(one, Items) else [one]
        found = [scope.choice(item, SEVERITY) for item in listed]
        guard["severities"] = frozenset(SEVERITIES[word] for word in found if word is not None)
    return guard


def target(scope: Scope, node: Node) -> Target | None:
    """`{kind: name}`."""
    fields = scope.fields(node, TARGET)
    if fields is None:
        return None
    if len(fields) != 1:
        if len(fields) > 1 or (isinstance(node, Table) and not node.entries):
            kinds = ", ".join(f"`{{{kind}: …}}`" for kind in TARGETS)
            scope.error("E133", node.mark, "a target is exactly one name", f"one of {kinds}, each in its own braces")
        return None
    ((kind, named),) = fields.items()
    name = scope.refer("schedule" if kind == "next_on_call" else kind, named, target=True)
    return Target(next(each for each in TARGETS if each == kind), name) if name is not None else None
