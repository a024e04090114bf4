"""Why an alert was routed as it was, against the routing itself, on random books and labels."""

from hypothesis import given
from hypothesis import strategies as st

from escalator.core.alert import Matcher, Severity
from escalator.core.book import Book
from escalator.core.policy import Catalogued, Policy, Route
from escalator.core.reasons import NEAREST, routing, told
from tests.core.test_matcher import holds, labels, matchers

conditions = st.lists(st.lists(matchers, max_size=3).map(tuple), max_size=8)


def book_of(matches, alerts=()):
    policies = dict.fromkeys(Severity, "p")
    routes = tuple(Route(f"routes[{n}]", match, policies) for n, match in enumerate(matches))
    return Book({"p": Policy("p", ())}, "p", routes=routes, alerts=dict(alerts))


@given(conditions, labels)
def test_the_matched_route_is_the_one_that_routing_takes(matches, some):
    book = book_of(matches)
    assert routing(book, some).route == book.route(some)


@given(conditions, labels)
def test_the_named_matchers_of_a_near_miss_fail_and_its_others_hold(matches, some):
    for miss in routing(book_of(matches), some).near:
        named = [matcher for matcher, _ in miss.failed]
        assert named
        assert all(holds(matcher, some) == (matcher not in named) for matcher in miss.route.match)
        assert all(had == some.get(matcher.label, "") for matcher, had in miss.failed)


@given(conditions, labels)
def test_near_misses_are_few_and_nearest_first_and_say_on_which_side_of_the_matched_route_they_stand(matches, some):
    book = book_of(matches)
    found = routing(book, some)
    counts = [len(miss.failed) for miss in found.near]
    assert counts == sorted(counts)
    assert len(counts) <= NEAREST
    if found.route in book.routes:
        place = book.routes.index(found.route)
        assert all(miss.earlier == (book.routes.index(miss.route) < place) for miss in found.near)


def test_what_the_catalogue_filled_in_is_said_and_counts_for_the_route():
    book = book_of([(Matcher("team", "=", "db"),)], {"Slow": Catalogued({"team": "db", "alertname": "other"}, {})})
    found = routing(book, {"alertname": "Slow"})
    assert (found.route.name, found.filled) == ("routes[0]", (("team", "db"),))


def test_a_failed_matcher_is_told_in_words():
    assert told(Matcher("env", "in", ("dev", "staging")), "") == 'env is "", wanted one of dev, staging'
    assert told(Matcher("env", "=", "prod"), "dev") == 'env is "dev", wanted "prod"'
