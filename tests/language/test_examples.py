"""The examples of the language page compile, and mean what the page says."""

from datetime import date, datetime
from pathlib import Path

import pytest

from escalator.core.alert import Matcher, Severity
from escalator.core.book import Book
from escalator.core.instant import HOUR, MINUTE, from_datetime
from escalator.core.oncall import Contact, Every, Step
from escalator.core.policy import Target, Timing
from escalator.language import compile_book, load_sources, render

EXAMPLES = Path(__file__).parent / "examples"
SHIPPED = Path(__file__).parents[2] / "policies"


def book_of(folder: Path) -> Book:
    sources = load_sources(folder)
    compiled = compile_book(sources, 7)
    assert compiled.book is not None, render(compiled.diagnostics, sources)
    return compiled.book


@pytest.mark.parametrize("folder", [SHIPPED, *sorted(EXAMPLES.iterdir())], ids=lambda folder: folder.name)
def test_every_example_compiles_without_an_error(folder):
    book = book_of(folder)
    assert book.revision == 7
    assert len(book.digest) == 64
    assert book.policies[book.catch_all].levels


def test_the_shipped_policies_have_no_warning_either():
    assert compile_book(load_sources(SHIPPED)).diagnostics == ()


def test_the_tests_of_policies_are_not_policies():
    assert set(load_sources(SHIPPED)) == {"main.yaml"}


def test_tiny_has_no_routes_and_the_defaults_of_the_language():
    book = book_of(EXAMPLES / "tiny")
    assert book.routes == ()
    assert book.timing == Timing(("alertname", "service"), 30_000_000, 5 * MINUTE, 10 * MINUTE, MINUTE)
    page = book.policies["page"]
    assert (page.repeat, page.ack_timeout, page.urgency) == ("default", HOUR, None)
    assert [level.escalate_after for level in page.levels] == [5 * MINUTE, 5 * MINUTE]
    assert page.levels[1].targets == (Target("person", "alice"), Target("person", "bob"))
    assert book.people["alice"].contacts == (
        Contact("push", "browser"),
        Contact("sms", "secret:ALICE_PHONE"),
        Contact("email", "alice@example.com"),
    )
    layer = book.schedules["on-call"].layers[0]
    assert (layer.people, layer.every, layer.timezone) == (("alice", "bob"), Every(1, "w"), "Europe/Berlin")
    assert layer.starts == datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001  wall-clock in the layer's zone
    assert [guarantee.reach_human_within for guarantee in book.guarantees] == [15 * MINUTE]


def test_boardroom_fills_gaps_from_the_catalogue_and_routes_by_severity():
    book = book_of(SHIPPED)
    labels = book.filled({"alertname": "CriticalResponseTime"})
    assert labels["severity"] == "critical"
    route = book.route(labels)
    assert route.name == "routes[1]"
    assert route.timing.group_by == ("symptom",)
    assert route.policies[Severity.CRITICAL] == "critical"
    assert {route.policies[each] for each in (Severity.INFO, Severity.WARNING, Severity.ERROR)} == {"warning"}
    assert book.alerts["HighCPUUsage"].annotations["runbook_url"] == "https://runbooks.example.com/cpu"
    assert book.route({"alertname": "SomethingNew"}).name == "catch_all"
    assert book.policies["critical"].repeat is None
    assert book.policies["product"].hold_until == "business-hours"


def test_midsize_puts_the_delegated_routes_in_line_with_both_conditions():
    book = book_of(EXAMPLES / "midsize")
    assert [route.name for route in book.routes] == ["payments[0]", "routes[1]"]
    payments = book.routes[0]
    assert payments.match == (Matcher("team", "=", "payments"), Matcher("service", "in", ("checkout", "ledger")))
    assert payments.where == "teams/payments.yaml:9:7"
    assert book.route({"team": "payments", "service": "ledger"}) is payments
    # Nothing in the group takes this one, so matching continues below.
    assert book.route({"team": "payments", "service": "other", "env": "dev"}).name == "routes[1]"
    assert book.route({"service": "ledger"}).name == "catch_all"


def test_midsize_has_hours_holidays_shifts_overrides_and_a_heartbeat():
    book = book_of(EXAMPLES / "midsize")
    hours = book.hours["business-hours"]
    assert (hours.starts, hours.ends, hours.days) == (540, 1050, frozenset(range(5)))
    assert date(2026, 12, 25) in hours.holidays
    shift, night = book.schedules["payments"].layers
    assert (shift.every, shift.during, night.during) == (Every(1, "shift"), hours, None)
    (override,) = book.overrides
    assert (override.schedule, override.person, override.reason) == ("sre-primary", "eli", "Dana on leave")
    assert override.starts_at == from_datetime(datetime.fromisoformat("2026-03-23T10:00Z"))
    assert book.heartbeats[0].expect_every == 5 * MINUTE
    assert book.rules["high"] == (Step("push"), Step("sms", MINUTE), Step("call", 3 * MINUTE))
    assert book.policies["payments-critical"].levels[0].attempts == 2


def test_follow_the_sun_keeps_each_layer_in_its_own_zone():
    world = book_of(EXAMPLES / "follow-the-sun").schedules["world"]
    assert world.always
    assert [layer.timezone for layer in world.layers] == ["Asia/Singapore", "Europe/London", "America/Los_Angeles"]
    assert world.layers[2].during is not None
    assert world.layers[2].during.ends == 17 * 60
