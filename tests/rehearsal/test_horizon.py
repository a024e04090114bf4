"""Which schedules and hours a walk asks, and whether policies may follow those that are live."""

import pytest

from escalator.rehearsal.night import Circumstances, Night
from escalator.rehearsal.proof.horizon import asked
from escalator.rehearsal.proof.proving import answer
from escalator.rehearsal.suppose.briefing import brief
from tests.core.books import book as small
from tests.core.books import level, policy
from tests.core.test_paging import sleeper
from tests.rehearsal.test_scenario import AT, BOOK, DAY, Matcher, Silence


@pytest.mark.parametrize(("urgent", "hours"), [(False, ["nights"]), (True, [])])
def test_quiet_hours_are_asked_only_where_they_delay(urgent: bool, hours: list[str]) -> None:
    calm = policy("p", level("bob", "schedule:primary"), urgency="low")
    assert asked(small(calm, **sleeper()), [calm], urgent) == (["primary"], hours)  # type: ignore[arg-type]


def test_a_silence_that_is_made_later_covers_what_fires_already() -> None:
    night = Night(BOOK, AT)
    night.fire({"alertname": "X", "severity": "critical"})
    silence = Silence("1", (Matcher("alertname", "=", "X"),), AT, AT + DAY, "bob", "migration")
    night.surround(Circumstances(silences=(silence,)))
    assert [incident.silenced for incident in night.incidents.values()] == [True]
    night.surround(Circumstances())
    assert [incident.silenced for incident in night.incidents.values()] == [False]


@pytest.mark.parametrize(("service", "high"), [("web", True), ("quiet", False)])
def test_a_brief_says_how_urgent_it_is(service: str, high: bool) -> None:
    assert brief(BOOK, {"alertname": "X", "service": service, "severity": "warning"}, (), AT).high is high


def test_what_cannot_be_read_does_not_follow() -> None:
    assert answer({"sources": {"main.yaml": "a: ["}, "live": None, "now": AT}) == ["the policies cannot be read"]
