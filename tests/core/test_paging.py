"""How one person is paged: quiet hours, tests, and contacts that were kept back."""

from dataclasses import replace

import pytest

from escalator.core import events
from escalator.core.effects import Bundle, Notify
from escalator.core.instant import HOUR, MINUTE
from escalator.core.notification import contact_id
from escalator.core.oncall import Hours, Step
from tests.core.books import INFO, NIGHT, NOON, PEOPLE, Walk, book, level, person, policy

NIGHTS = {"nights": Hours("nights", "UTC", 22 * 60, 7 * 60)}
MORNING = 7 * HOUR
"""From midnight to the end of the night."""


def sleeper(**rules: tuple[Step, ...]) -> dict[str, object]:
    """A Book in which bob has quiet hours."""
    return {"people": {**PEOPLE, "bob": replace(person("bob", **rules), quiet="nights")}, "hours": NIGHTS}


def paged(urgency: str, now: int = NIGHT, **keys: object) -> Walk:
    given = {**sleeper(), **keys}
    return Walk(book(policy("p", level("bob"), urgency=urgency), **given), now=now).opens()  # type: ignore[arg-type]


def test_quiet_hours_delay_what_is_of_low_urgency_to_their_end() -> None:
    assert paged("low").ways("bob") == [("email", MORNING)]


def test_they_delay_nothing_of_high_urgency() -> None:
    assert paged("high").ways("bob") == [("sms", 0), ("email", 0)]


def test_outside_of_them_nothing_is_delayed() -> None:
    assert paged("low", NOON).ways("bob") == [("email", 0)]


def test_a_later_step_that_falls_after_them_keeps_its_time() -> None:
    rules = {"low": (Step("email"), Step("sms", 8 * HOUR))}
    assert paged("low", **sleeper(**rules)).ways("bob") == [("email", MORNING), ("sms", 8 * HOUR)]


def test_hours_that_are_gone_from_the_policies_delay_nothing() -> None:
    assert paged("low", hours={}).ways("bob") == [("email", 0)]


def test_who_acknowledges_in_the_night_is_not_woken_by_the_morning() -> None:
    walk = paged("low").passes(HOUR)
    walk.does(events.Acknowledged("bob"))
    assert walk.ways("bob") == []


def drilled(**keys: object) -> Walk:
    """A test of bob, by night."""
    facts = {name: keys.pop(name) for name in ("unusable", "unverified") if name in keys}
    rules = sleeper(high=(Step("email"),), low=(Step("email", 5 * MINUTE),))
    found = book(policy("p", level("carol")), **{**rules, **keys})  # type: ignore[arg-type]
    return Walk(found, now=NIGHT, **facts).opens(INFO, route="test/bob")


def test_a_test_goes_by_every_contact_at_once_against_rules_and_quiet_hours() -> None:
    walk = drilled()
    assert walk.ways("bob") == [("sms", 0), ("email", 0)]
    assert {page.reason for page in walk.pages} == {"a test of every contact, nothing is wrong"}


def test_a_test_tries_what_is_kept_back_and_leaves_out_what_cannot_be_used() -> None:
    assert drilled(unverified=frozenset({contact_id("bob", "sms")})).ways("bob") == [("sms", 0), ("email", 0)]
    assert drilled(unusable=frozenset({contact_id("bob", "sms")})).ways("bob") == [("email", 0)]


def test_a_test_that_reaches_nobody_goes_no_further() -> None:
    everything = frozenset(contact_id("bob", via) for via in ("sms", "email"))
    walk = drilled(unusable=everything).passes(5 * HOUR)
    assert walk.pages == []
    assert not walk.state.desperate


def test_a_test_is_never_merged_into_another_message() -> None:
    found = book(policy("p", level("carol")))
    walk = Walk(found)
    taken: list[object] = []
    walk._take = taken.append  # type: ignore[method-assign]
    walk.opens(INFO, route="test/bob")
    assert {each.bundle for each in taken if isinstance(each, Notify)} == {Bundle.ALONE}


@pytest.mark.parametrize(("who", "route"), [("bob", "test/bob"), ("nobody", "catch_all"), ("", "catch_all")])
def test_only_whom_the_policies_know_is_tested(who: str, route: str) -> None:
    found = replace(book(policy("p", level("carol"))), routes=())
    assert found.route({"escalator_test": who}).name == route
