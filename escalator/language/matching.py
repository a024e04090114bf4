"""`match`: conditions on labels, all of which must hold. A missing label is the empty text."""

from escalator.core.alert import Matcher
from escalator.language import scalars
from escalator.language.nodes import Items, Node, Scalar, Table
from escalator.language.scope import Scope
from escalator.language.shapes.labels import CONDITIONS


def match(scope: Scope, node: Node) -> tuple[Matcher, ...]:
    """The matchers of a mapping from label to condition; empty where nothing usable stands there."""
    found: list[Matcher] = []
    for label, condition in scope.entries(node, "conditions on labels"):
        if not label.value:
            scope.error("E138", label.mark, "a label has a name", "write `label: value`")
        elif isinstance(condition, Table):
            found += _conditions(scope, label.value, condition)
        else:
            found += _values(scope, label.value, condition, "=", "in")
    return tuple(found)


def _values(scope: Scope, label: str, node: Node, one: str, several: str) -> list[Matcher]:
    if isinstance(node, Items):
        values = [_value(scope, item) for item in scope.items(node, "values")]
        kept = tuple(dict.fromkeys(value for value in values if value is not None))
        return [Matcher(label, one, kept[0]) if len(kept) == 1 else Matcher(label, several, kept)] if kept else []
    value = _value(scope, node)
    return [] if value is None else [Matcher(label, one, value)]


def _value(scope: Scope, node: Node) -> str | None:
    """A value as it is written; `""` is a missing label."""
    if isinstance(node, Scalar) and node.quoted and not node.value:
        return ""
    value = scope.text(node, "the value of a label")
    if value is not None and value[:2] in ("=~", "!~"):
        cure = f"write `{{{'regex' if value[0] == '=' else 'not_regex'}: …}}`"
        scope.error("E138", node.mark, f"`{value}` would be taken literally", cure)
        return None
    return value


def _conditions(scope: Scope, label: str, node: Table) -> list[Matcher]:
    if not node.entries:
        scope.error("E138", node.mark, f"no condition on `{label}`", "`value`, `[a, b]`, `{not: …}`, `{regex: …}`")
    found: list[Matcher] = []
    for key, value in (scope.fields(node, CONDITIONS) or {}).items():
        if key == "not":
            found += _values(scope, label, value, "!=", "not in")
        elif (pattern := scalars.pattern(scope, value)) is not None:
            found.append(Matcher(label, "=~" if key == "regex" else "!~", pattern))
    return found
