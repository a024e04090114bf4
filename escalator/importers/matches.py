"""Conditions on labels, as `match` takes them: of plain equality, and of matchers in Alertmanager's words."""

import re
from collections.abc import Iterable, Sequence

import re2

from escalator.core.alert import Matcher
from escalator.importers.writing import Value

OPERATORS = ("=~", "!~", "!=", "=")
FINITE = re.compile(r"[\w :/@-]+(?:\|[\w :/@-]+)*", re.ASCII)
"""A pattern that only lists values, all of whose characters mean themselves."""


class Unwritable(ValueError):
    """Conditions that `match` cannot say; the message says why."""


def equal(value: str) -> Value:
    """Equality with a value; one that the language would take for an operator becomes a pattern."""
    return {"regex": re2.escape(value)} if value[:2] in ("=~", "!~") else value


def listed(pattern: str) -> tuple[str, ...] | None:
    """The values of a pattern that does nothing but list them: `a|b`; None for any other."""
    inner = pattern
    while inner.startswith("(") and inner.endswith(")") and "(" not in inner[1:]:
        inner = inner[1:-1].removeprefix("?:")
    if not FINITE.fullmatch(inner):
        return None
    return tuple(dict.fromkeys(inner.split("|")))


def simplified(matcher: Matcher) -> Matcher:
    """The same condition with lists for patterns that only list."""
    if matcher.operator not in ("=~", "!~") or not isinstance(matcher.value, str):
        return matcher
    values = listed(matcher.value)
    if values is None:
        return matcher
    positive = matcher.operator == "=~"
    if len(values) == 1:
        return Matcher(matcher.label, "=" if positive else "!=", values[0])
    return Matcher(matcher.label, "in" if positive else "not in", values)


def compiles(pattern: str) -> bool:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options=options)
    except re2.error:
        return False
    return True


def written(matchers: Iterable[Matcher]) -> dict[str, Value]:
    """`match` for matchers that must all hold; raises Unwritable."""
    by_label: dict[str, list[Matcher]] = {}
    for matcher in matchers:
        by_label.setdefault(matcher.label, []).append(matcher)
    return {label: _conditions(label, own) for label, own in by_label.items()}


def _conditions(label: str, own: Sequence[Matcher]) -> Value:
    found: dict[str, list[str]] = {"=": [], "not": [], "=~": [], "!~": []}
    for matcher in dict.fromkeys(own):
        values = list(matcher.value) if isinstance(matcher.value, tuple) else [matcher.value]
        kind = {"=": "=", "in": "=", "!=": "not", "not in": "not"}.get(matcher.operator, matcher.operator)
        if kind == "=":
            return _values(label, own)
        if kind == "not" and any(value[:2] in ("=~", "!~") for value in values):
            raise Unwritable(f"a value of `{label}` that begins with an operator")
        found[kind] += values
    if len(found["=~"]) > 1:
        raise Unwritable(f"two patterns for `{label}` that must both match")
    condition: dict[str, Value] = {}
    if found["=~"]:
        condition["regex"] = found["=~"][0]
    if found["not"]:
        condition["not"] = _one_or_list(found["not"])
    if found["!~"]:
        patterns = found["!~"]
        condition["not_regex"] = patterns[0] if len(patterns) == 1 else "|".join(f"(?:{each})" for each in patterns)
    return condition


def _values(label: str, own: Sequence[Matcher]) -> Value:
    """The values that satisfy every matcher on the label, one of which lists them."""
    listing = next(each for each in own if each.operator in ("=", "in"))
    values = listing.value if isinstance(listing.value, tuple) else (listing.value,)
    tests = [matcher.test() for matcher in own]
    left = [value for value in values if all(test({label: value}) for test in tests)]
    if not left:
        raise Unwritable(f"no value of `{label}` satisfies them")
    if any(value[:2] in ("=~", "!~") for value in left):
        return {"regex": "|".join(re2.escape(value) for value in left)}
    return _one_or_list(left)


def _one_or_list(values: list[str]) -> Value:
    return values[0] if len(values) == 1 else list(values)
