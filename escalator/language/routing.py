"""Routes, and groups of routes that another file owns: which policy takes which alert, and what makes one incident.

A delegated group stands in line where it is delegated, so `core` knows routes only, and the first that matches wins.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from escalator.core.alert import SEVERITIES, Severity
from escalator.core.policy import Route, Timing
from escalator.language import scalars
from escalator.language.matching import match
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.scope import Declared, Scope
from escalator.language.shapes.routing import BY_SEVERITY, DELEGATION, ENDS, GROUP_ROUTE, ROUTE, TIMING
from escalator.language.shapes.shape import Shape


def routes(scope: Scope, nodes: list[Node], groups: Mapping[str, Declared], timing: Timing) -> tuple[Route, ...]:
    """All routes in the order in which they are tried."""
    delegated = {name: _group(scope, name, each, timing) for name, each in groups.items()}
    used: set[str] = set()
    found: list[Route] = []
    for index, node in enumerate(nodes):
        found += _in_line(scope, f"routes[{index}]", node, delegated, used, timing)
    for name in groups.keys() - used:
        cure = f"add a route with `route_group: {name}`"
        scope.warn("W233", groups[name].name.mark, f"nothing is delegated to the route group `{name}`", cure)
    return tuple(found)


def _in_line(
    scope: Scope, name: str, node: Node, groups: Mapping[str, list[Route]], used: set[str], timing: Timing
) -> Iterator[Route]:
    fields = _checked(scope, node, ROUTE)
    if fields is None:
        return
    if "route_group" not in fields:
        yield _route(scope, name, node, fields, timing)
        return
    for key in fields.keys() - set(DELEGATION):
        scope.error(
            "E139", fields[key].mark, f"`{key}` does not go with `route_group`", "it belongs to the group's own routes"
        )
    outer = match(scope, fields["match"]) if "match" in fields else ()
    group = scope.refer("route_group", fields["route_group"])
    used.add(group or "")
    for inner in groups.get(group or "", ()):
        yield Route(inner.name, outer + inner.match, inner.policies, inner.timing, inner.drop, inner.where)
        scope.marks.setdefault((inner.where, "delegated"), node.mark)


def _group(scope: Scope, name: str, declared: Declared, timing: Timing) -> list[Route]:
    found = []
    for index, node in enumerate(scope.items(declared.node, "routes")):
        fields = _checked(scope, node, GROUP_ROUTE)
        if fields is not None:
            found.append(_route(scope, f"{name}[{index}]", node, fields, timing))
    return found


def _checked(scope: Scope, node: Node, shape: Shape) -> dict[str, Node] | None:
    """The keys of a route that has a match and one end."""
    ends = [key for key in ENDS if key in shape]
    before = scope.errors
    fields = scope.fields(node, shape)
    if fields is None:
        return None
    scope.keep(str(node.mark), fields)
    if scope.errors == before and sum(key in fields for key in ends) != 1:
        scope.error(
            "E139", node.mark, "a route leads to exactly one thing", "one of " + ", ".join(f"`{key}`" for key in ends)
        )
    empty = "match" in fields and isinstance(fields["match"], Table) and not fields["match"].entries
    if "match" not in fields or empty:
        cure = "say which alerts: `match: {label: value}`; all that no route takes go to `catch_all`"
        scope.error("E203", node.mark, "this route has no `match`, so it would take every alert", cure)
    if scope.errors > before:
        scope.doubtful.add(str(node.mark))
    return fields


def _route(scope: Scope, name: str, node: Node, fields: Mapping[str, Node], default: Timing) -> Route:
    before = scope.errors
    route = Route(
        name=name,
        match=match(scope, fields["match"]) if "match" in fields else (),
        policies=_policies(scope, fields["policy"]) if "policy" in fields else {},
        timing=timing(scope, fields, default),
        drop=_drop(scope, fields),
        where=str(node.mark),
    )
    if scope.errors > before or not route.match:
        scope.doubtful.add(route.where)
    return route


def _drop(scope: Scope, fields: Mapping[str, Node]) -> str | None:
    """The reason, from `drop: reason`, or from `drop: true` and `reason: …`."""
    reason = scope.text(fields["reason"], "a reason") if "reason" in fields else None
    if "drop" not in fields:
        if "reason" in fields:
            scope.error("E139", fields["reason"].mark, "`reason` goes with `drop`", "remove it, or write a comment")
        return None
    node = fields["drop"]
    word = scope.text(node, "`true` or a reason")
    plain = isinstance(node, Scalar) and not node.quoted
    if word == "false" and plain:
        scope.error("E139", node.mark, "`drop: false` does nothing", "remove it, and name a `policy`")
        return None
    if word != "true" or not plain:
        return word
    if reason is None:
        cure = "write `drop: why these alerts need nobody`"
        scope.error("E121", node.mark, "`drop` throws alerts away and needs a reason", cure)
    return reason


def _policies(scope: Scope, node: Node) -> Mapping[Severity, str]:
    """Policy by severity, total."""
    if not isinstance(node, Table):
        name = scope.refer("policy", node)
        return MappingProxyType(dict.fromkeys(Severity, name)) if name else {}
    fields = scope.fields(node, BY_SEVERITY) or {}
    named = {key: scope.refer("policy", value) for key, value in fields.items()}
    missing = [word for word in SEVERITIES if word not in named]
    if missing and "default" not in named:
        lost = " and ".join(f"`{word}`" for word in missing)
        scope.error("E252", node.mark, f"no policy for {lost}", "add `default: POLICY`")
    found = {severity: named.get(word, named.get("default")) for word, severity in SEVERITIES.items()}
    return MappingProxyType({severity: name for severity, name in found.items() if name})


def defaults(scope: Scope, node: Node | None) -> Timing:
    """The top-level `defaults`."""
    return timing(scope, scope.fields(node, TIMING) or {}, Timing()) if node else Timing()


def timing(scope: Scope, fields: Mapping[str, Node], default: Timing) -> Timing:
    """The keys that say how alerts become one incident."""
    found = default
    for key in TIMING[1:]:
        span = scalars.duration(scope, fields[key], 0) if key in fields else None
        if span is not None:
            found = found._replace(**{key: span})  # type: ignore[arg-type]  # the keys of spans only
    return found._replace(group_by=_group_by(scope, fields["group_by"])) if "group_by" in fields else found


def _group_by(scope: Scope, node: Node) -> tuple[str, ...]:
    """Label names; an empty list makes one incident of all."""
    if isinstance(node, Items) and not node.items:
        return ()
    labels: list[str] = []
    for item in node.items if isinstance(node, Items) else [node]:
        label = scope.text(item, "the name of a label")
        if label == "severity":
            cure = "leave it out: an incident can then worsen in place"
            scope.error(
                "E240", item.mark, "`severity` cannot group: a warning that turns critical must stay one incident", cure
            )
        elif label is not None:
            labels.append(label)
    return tuple(dict.fromkeys(labels))
