"""By which contacts a person is reached, and what follows when a send fails."""

import pytest

from escalator.core.instant import DAY, MINUTE, SECOND, Span
from escalator.core.notification import (
    CALL_AFTER,
    RETRIES,
    RETRY_LAST,
    RETRY_LONGEST,
    Next,
    Outcome,
    after_attempt,
    channel_id,
    contact_id,
    reaches,
)
from escalator.core.oncall import Step
from tests.core.books import NOON, person

OWN = (Step("push"), Step("sms", MINUTE), Step("call", 3 * MINUTE))


def ways(
    methods: str,
    urgency: str = "high",
    rules: tuple[Step, ...] | None = None,
    broken: str = "",
    organisation: bool = False,
) -> list[tuple[str, Span]]:
    """(method, how long after the page) of somebody with these methods and rules, of which some are broken."""
    given = {urgency: rules} if rules is not None else {}
    ann = person("ann", methods) if organisation else person("ann", methods, **given)
    unusable = frozenset(contact_id("ann", via) for via in broken.split())
    found = reaches(ann, urgency, given if organisation else {}, unusable)
    return [(reach.contact.via, reach.after) for reach in found]


# --- defaults ---------------------------------------------------------------------------------------------------------


def test_high_urgency_goes_to_every_contact_at_once_and_rings_after_two_minutes() -> None:
    assert ways("push sms call email") == [("push", 0), ("sms", 0), ("call", 2 * MINUTE), ("email", 0)]
    assert CALL_AFTER == 2 * MINUTE


@pytest.mark.parametrize(
    ("methods", "way"),
    [
        # e-mail wherever it stands
        ("push sms email", "email"),
        # else the first contact
        ("push sms", "push"),
        ("sms", "sms"),
    ],
)
def test_low_urgency_goes_to_the_email_else_to_the_first_contact(methods: str, way: str) -> None:
    assert ways(methods, "low") == [(way, 0)]


def test_a_low_urgency_page_does_not_ring_the_phone_because_the_mail_server_is_missing() -> None:
    """One contact instead of the e-mail, not all of them."""
    assert ways("push sms call email", "low", broken="email") == [("push", 0)]


def test_a_call_that_is_the_only_way_left_rings_at_once() -> None:
    assert ways("call sms", broken="sms") == [("call", 0)]


def test_nobody_is_reached_without_contacts() -> None:
    assert ways("") == ways("", "low") == []


def test_nobody_is_reached_when_every_contact_is_unusable() -> None:
    assert ways("push sms", broken="push sms") == []


# --- rules ------------------------------------------------------------------------------------------------------------


def test_a_rule_is_followed_step_by_step() -> None:
    assert ways("call push sms", rules=OWN) == [("push", 0), ("sms", MINUTE), ("call", 3 * MINUTE)]


def test_the_organisations_rule_counts_where_the_person_has_none() -> None:
    assert ways("push sms call", rules=OWN, organisation=True) == [("push", 0), ("sms", MINUTE), ("call", 3 * MINUTE)]


def test_a_persons_own_rule_replaces_the_organisations() -> None:
    ann = person("ann", "push sms", high=(Step("sms"),))
    assert [reach.contact.via for reach in reaches(ann, "high", {"high": OWN}, frozenset())] == ["sms"]


def test_a_rule_for_high_urgency_says_nothing_about_low() -> None:
    ann = person("ann", "push email", high=(Step("push"),))
    assert [reach.contact.via for reach in reaches(ann, "low", {}, frozenset())] == ["email"]


def test_a_person_may_want_a_first_step_later_than_at_once() -> None:
    assert ways("push", rules=(Step("push", MINUTE),)) == [("push", MINUTE)]


def test_the_same_method_may_stand_twice() -> None:
    assert ways("sms", rules=(Step("sms"), Step("sms", 5 * MINUTE))) == [("sms", 0), ("sms", 5 * MINUTE)]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        # the first is missing: the next goes now, later ones keep their time
        ("push", [("sms", 0), ("call", 3 * MINUTE)]),
        ("push sms", [("call", 0)]),
        # one further down is missing: the others keep their time
        ("sms", [("push", 0), ("call", 3 * MINUTE)]),
    ],
)
def test_a_missing_method_costs_no_time(broken: str, expected: list[tuple[str, Span]]) -> None:
    assert ways("push sms call", rules=OWN, broken=broken) == expected


def test_when_no_method_of_the_rule_is_usable_every_usable_contact_is_tried_at_once() -> None:
    assert ways("email slack push", rules=OWN, broken="push") == [("email", 0), ("slack", 0)]


def test_steps_of_a_page_are_numbered_so_that_each_is_sent_once() -> None:
    ann = person("ann", "sms", high=(Step("push"), Step("sms"), Step("sms", MINUTE)))
    assert [reach.step for reach in reaches(ann, "high", {}, frozenset())] == [1, 2]


def test_contacts_are_named_and_never_written_out() -> None:
    assert contact_id("ann", "sms") == "person/ann/sms"
    assert channel_id("ops") == "channel/ops"


# --- after an attempt -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.DELIVERED])
def test_what_was_taken_is_done(outcome: Outcome) -> None:
    assert after_attempt(outcome, 1, None, 0.5, NOON) == Next(outcome.value, None, fall_back=False)


def test_what_is_rejected_for_good_is_not_tried_again_and_the_next_contact_starts() -> None:
    assert after_attempt(Outcome.PERMANENT, 1, None, 0.5, NOON) == Next("failed", None, fall_back=True)


@pytest.mark.parametrize("outcome", [Outcome.TEMPORARY, Outcome.AMBIGUOUS])
def test_what_failed_for_now_is_tried_again_and_the_next_contact_starts(outcome: Outcome) -> None:
    after = after_attempt(outcome, 1, None, 0.5, NOON)
    assert after == Next("pending", NOON + 2 * SECOND, fall_back=True)


def test_retries_come_after_2_5_15_and_30_seconds() -> None:
    waits = [after_attempt(Outcome.TEMPORARY, n, None, 0.5, NOON).retry_at for n in range(1, 5)]
    assert waits == [NOON + wait for wait in RETRIES] == [NOON + n * SECOND for n in (2, 5, 15, 30)]


@pytest.mark.parametrize(("dice", "seconds"), [(0.0, 45), (0.5, 60), (0.999, 75)])
def test_then_about_every_minute_so_that_senders_do_not_march_in_step(dice: float, seconds: int) -> None:
    for attempts in (5, 50, 5000):
        at = after_attempt(Outcome.TEMPORARY, attempts, None, dice, NOON).retry_at
        assert at is not None
        assert abs(at - NOON - seconds * SECOND) <= SECOND
    assert RETRY_LAST == 60 * SECOND


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        # longer than we would have waited: as the provider asks
        (20 * SECOND, 20 * SECOND),
        # shorter: as we would have
        (SECOND, 2 * SECOND),
        # a day must not silence a page
        (DAY, RETRY_LONGEST),
    ],
)
def test_retry_after_is_honoured_up_to_ten_minutes(asked: Span, wait: Span) -> None:
    assert after_attempt(Outcome.TEMPORARY, 1, asked, 0.5, NOON).retry_at == NOON + wait
