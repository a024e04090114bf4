"""Tests of every contact, contacts that nobody proved, and those whose owner wants nothing there."""

from collections.abc import Iterable
from typing import Any

import pytest

from escalator.core.notification import contact_id
from escalator.store import contacts
from tests.story.conftest import PAGE, TEAM, Opens
from tests.story.faults import rejects
from tests.story.stage import Stage

RULES = TEAM.replace(
    "email: bob@example.com}}",
    "email: bob@example.com}, notification_rules: {high: [{email: 0m}], low: [{email: 0m}]}}",
)
ADDRESSES = {("bob", "sms"): "secret:BOB", ("bob", "email"): "bob@example.com", ("ana", "sms"): "secret:ANA"}


def known(stage: Stage, who: str, *vias: str, opted_out: bool = False) -> Stage:
    """Somebody proved these contacts, or wants nothing there; the process sees it."""
    for via in vias:
        name, mark = contact_id(who, via), contacts.hashed(ADDRESSES[who, via])

        def change(connection: Any, _: Iterable[None], name: str = name, mark: str = mark) -> list[None]:
            if opted_out:
                contacts.opt(connection, name, mark, stage.now)
            else:
                contacts.send_code(connection, name, mark, "", stage.now)
                contacts.verify(connection, name, stage.now)
            return [None]

        stage._does(stage.house.database.write(change, None))
    stage._does(stage.house.windows.look())
    return stage


def heard(stage: Stage) -> list[tuple[str, str, bool]]:
    """Who had a page, by which way, and whether it said that nobody proved that contact."""
    return [(h.who, h.via, h.unverified) for h in stage.heard if h.kind == "page"]


@pytest.fixture
def doubtful(opens: Opens) -> Stage:
    """Texts and mails have to be proved; nobody has yet."""
    return opens(verifies=frozenset({"sms", "email"}))


def test_a_test_pages_by_every_contact_at_once_and_says_that_it_is_one(stage: Stage) -> None:
    stage.edits_team(RULES).alert("Drill", severity="info", escalator_test="bob")
    stage.expect("bob gets push, sms and email: a test of every contact")
    stage.nobody_else_is_told()


def test_a_test_never_escalates_and_wakes_nobody_else(stage: Stage) -> None:
    stage.alert("Drill", severity="info", escalator_test="bob").expect("bob is paged").nobody_else_is_told()
    stage.passes("3h").nobody_else_is_told()
    assert stage.incident().policy == "test/bob"


@pytest.mark.parametrize("severity", ["info", "critical", ""])
def test_a_test_that_nothing_takes_still_wakes_nobody_else(stage: Stage, severity: str) -> None:
    for via in ("push", "sms", "email"):
        stage.breaks(via, rejects, "bob")
    stage.alert("Drill", severity=severity, escalator_test="bob").passes("3h")
    assert {who for _, who, _ in stage.tried} == {"bob"}
    stage.nobody_else_is_told()


def test_a_test_of_somebody_unknown_is_an_alert_like_any_other(stage: Stage) -> None:
    stage.alert("Drill", severity="critical", escalator_test="nobody")
    stage.expect("bob is paged", "ops is told")


def test_a_test_uses_unproved_contacts_too_and_says_so(doubtful: Stage) -> None:
    known(doubtful, "bob", "sms").alert("Drill", severity="info", escalator_test="bob")
    assert sorted(heard(doubtful)) == [("bob", "email", True), ("bob", "push", False), ("bob", "sms", False)]


def test_two_tests_within_a_minute_are_two_messages(stage: Stage) -> None:
    for name in ("Drill", "Second"):
        stage.alert(name, severity="info", escalator_test="bob").expect("bob gets sms, email and push")


def test_the_same_test_again_pages_again_at_once(stage: Stage) -> None:
    labels = {"severity": "info", "escalator_test": "bob"}
    stage.alert("Drill", **labels).expect("bob gets sms, email and push")
    stage.passes("5s").resolves("Drill", **labels).passes("5s").forgets()
    stage.alert("Drill", **labels).expect("bob gets sms, email and push").nobody_else_is_told()
    assert stage.incidents == 2


def test_an_unproved_contact_is_used_where_there_is_no_proved_one(doubtful: Stage) -> None:
    doubtful.alert("DiskFull", severity="critical").expect("bob gets push, sms and email")
    assert ("bob", "sms", True) in heard(doubtful)


def test_an_unproved_contact_is_kept_back_where_there_is_a_proved_one(doubtful: Stage) -> None:
    known(doubtful, "bob", "sms").alert("DiskFull", severity="critical")
    doubtful.expect("bob gets push and sms", "ops is told").nobody_else_is_told()


def test_when_every_proved_contact_is_rejected_the_others_are_tried_now(doubtful: Stage) -> None:
    known(doubtful, "bob", "sms").breaks("sms", rejects, "bob").breaks("push", rejects, "bob")
    doubtful.alert("DiskFull", severity="critical").expect("bob gets email: every verified contact failed")
    doubtful.notes("every verified contact of bob failed: now by email, never verified")
    doubtful.expect("ops is told").nobody_else_is_told()


def test_when_they_are_rejected_too_the_next_in_line_is_paged_now(doubtful: Stage) -> None:
    for via in ("push", "sms", "email"):
        doubtful.breaks(via, rejects, "bob")
    known(doubtful, "bob", "sms").alert("DiskFull", severity="critical").expect("carol is paged")


def test_who_opted_out_of_a_contact_is_reached_by_the_others(stage: Stage) -> None:
    known(stage, "bob", "sms", opted_out=True).alert("DiskFull", severity="critical")
    stage.expect("bob gets push and email", "ops is told").nobody_else_is_told()


def test_a_test_does_not_go_where_its_owner_wants_nothing(stage: Stage) -> None:
    known(stage, "bob", "sms", opted_out=True).alert("Drill", severity="info", escalator_test="bob")
    stage.expect("bob gets push and email").nobody_else_is_told()


def test_an_address_that_changes_is_unproved_again(doubtful: Stage) -> None:
    known(doubtful, "bob", "email").edits_team(TEAM.replace("bob@example.com", "robert@example.com"))
    doubtful.alert("DiskFull", severity="critical").expect("bob gets push, sms and email")


QUIET = TEAM.replace("email: bob@example.com}}", "email: bob@example.com}, quiet_hours: nights}").replace(
    "hours:\n", "hours:\n  nights: {timezone: Europe/London, from: 22:00, to: 07:00}\n"
)
LOW = PAGE.replace(
    "policies:\n",
    "routes: [{match: {team: web}, policy: calm}]\npolicies:\n"
    "  calm: {urgency: low, levels: [{notify: [{schedule: primary}, {channel: ops}]}]}\n",
)


def test_quiet_hours_keep_what_can_wait_until_the_morning(opens: Opens) -> None:
    stage = opens(LOW, starts="2026-03-04T03:00").edits_team(QUIET)
    stage.alert("DiskFull", severity="critical", team="web").expect("ops is told").passes("3h59m59s")
    assert not [h for h in stage.heard if h.who == "bob"]
    stage.passes("1s").expect("bob gets email").nobody_else_is_told()


def test_quiet_hours_keep_back_nothing_urgent_and_no_test(stage: Stage) -> None:
    stage.edits_team(QUIET).alert("DiskFull", severity="critical").expect("bob gets push, sms and email")
    stage.alert("Drill", severity="info", escalator_test="bob").expect("bob gets push, sms and email")
