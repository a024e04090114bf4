"""Why an alert went where it went: the route that took it, and the routes that nearly did.

Law: nothing is judged anew here. The route is `Book.route`'s, and a matcher holds or fails as `alert` says.
"""

from typing import NamedTuple

from escalator.core.alert import Labels, Matcher, holds
from escalator.core.book import Book
from escalator.core.policy import Route

NEAREST = 5
"""Near misses that are told."""


class NearMiss(NamedTuple):
    """A route that did not match, and what the alert had instead."""

    route: Route
    failed: tuple[tuple[Matcher, str], ...]
    """Each matcher that failed, with the value of its label: empty where the alert has none."""
    earlier: bool
    """Whether it stands before the route that took the alert, and so would have taken it instead."""


class Routing(NamedTuple):
    """What became of an alert's labels under one Book."""

    route: Route
    near: tuple[NearMiss, ...]
    """Those with the fewest failed matchers first, then in the order of the policies."""
    filled: tuple[tuple[str, str], ...]
    """Labels that the alert catalogue gave, because the alert had none."""


def routing(book: Book, given: Labels) -> Routing:
    """The route of an alert as it was received, and why not another."""
    labels = book.filled(given)
    route = book.route(labels)
    place = _place(book, route)
    missed = [NearMiss(each, _failed(each, labels), at < place) for at, each in enumerate(book.routes)]
    near = sorted((miss for miss in missed if miss.failed), key=lambda miss: len(miss.failed))
    added = tuple(sorted((name, value) for name, value in labels.items() if name not in given))
    return Routing(route, tuple(near[:NEAREST]), added)


def _place(book: Book, route: Route) -> int:
    """How many routes were asked before it: none, where a heartbeat or a named person decided."""
    if route in book.routes:
        return book.routes.index(route)
    return len(book.routes) if route is book.catch_all_route else 0


def told(matcher: Matcher, had: str) -> str:
    """One failed matcher in words: `env is "", wanted one of dev, staging`."""
    wanted = matcher.value if isinstance(matcher.value, str) else ", ".join(matcher.value)
    words = {
        "=": f'wanted "{wanted}"',
        "!=": f'wanted anything but "{wanted}"',
        "in": f"wanted one of {wanted}",
        "not in": f"wanted none of {wanted}",
        "=~": f"wanted a match of {wanted}",
        "!~": f"wanted no match of {wanted}",
    }
    return f'{matcher.label} is "{had}", {words[matcher.operator]}'


def _failed(route: Route, labels: Labels) -> tuple[tuple[Matcher, str], ...]:
    valued = [(matcher, labels.get(matcher.label, "")) for matcher in route.match]
    return tuple((matcher, had) for matcher, had in valued if not holds(matcher, had))
