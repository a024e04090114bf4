"""When do conditions on labels imply others? Sound, not complete: some implications go unseen."""

from functools import lru_cache

from escalator.core.alert import Labels, Matcher, holds

NEGATIVE = frozenset({"!=", "not in"})
NOTHING: Labels = {}


def takes_missing(matcher: Matcher) -> bool:
    """Whether an alert without the label satisfies the matcher."""
    return holds(matcher, "")


def named(matcher: Matcher) -> tuple[str, ...]:
    """The values that a matcher names; none for a pattern."""
    if matcher.operator in ("=~", "!~"):
        return ()
    return matcher.value if isinstance(matcher.value, tuple) else (matcher.value,)


class Conditions:
    """The matchers of one route, by label."""

    def __init__(self, matchers: tuple[Matcher, ...]) -> None:
        self.by_label: dict[str, list[Matcher]] = {}
        for matcher in matchers:
            self.by_label.setdefault(matcher.label, []).append(matcher)
        self.finite = {label: values for label in self.by_label if (values := self._values(label)) is not None}
        """By label, the only values that can match, where they can be listed."""

    def _values(self, label: str) -> tuple[str, ...] | None:
        listing = next((each for each in self.by_label[label] if each.operator in ("=", "in")), None)
        return None if listing is None else tuple(value for value in named(listing) if self.allows(label, value))

    def allows(self, label: str, value: str) -> bool:
        """Whether an alert whose label has this value satisfies every condition on that label."""
        return all(holds(matcher, value) for matcher in self.by_label.get(label, ()))

    def may_meet(self, labels: Labels) -> bool:
        """Whether an alert that has at least these labels can satisfy the conditions."""
        if any(label in labels and labels[label] not in values for label, values in self.finite.items()):
            return False
        return all(label not in labels or self.allows(label, labels[label]) for label in self.by_label)

    @property
    def impossible(self) -> str | None:
        """A label whose conditions no value satisfies."""
        return next((label for label, values in self.finite.items() if not values), None)

    def imply(self, other: Matcher) -> bool:
        """Whether every alert that satisfies these conditions satisfies the other one."""
        values = self.finite.get(other.label)
        if values is not None:
            return all(holds(other, value) for value in values)
        own = self.by_label.get(other.label, ())
        if other in own or (other.operator == "=~" and other.value == ".*"):
            return True
        excluded = {value for each in own if each.operator in NEGATIVE for value in named(each)}
        return other.operator in NEGATIVE and excluded.issuperset(named(other))

    def imply_all(self, others: tuple[Matcher, ...]) -> bool:
        return all(self.imply(other) for other in others)


@lru_cache(maxsize=8192)  # every check asks about the same routes
def conditions_of(matchers: tuple[Matcher, ...]) -> Conditions:
    return Conditions(matchers)
