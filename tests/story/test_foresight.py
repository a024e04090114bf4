"""What is foreseen of an open incident, and what the house then does: the same people at the same instants."""

import pytest

from escalator.core import events
from escalator.core.instant import DAY, SECOND, Instant, Span
from escalator.core.policy import Target
from escalator.rehearsal.foresight import Foresight, foresee
from tests.story.conftest import PAGE, TEAM, Opens
from tests.story.stage import Stage

ROBIN = """\
version: 1
policies:
  page:
    levels:
      - {notify: [{person: ana}, {person: bob}, {person: carol}], assign: round_robin, escalate_after: 3m}
      - {notify: [{channel: ops}], escalate_after: 2m}
    repeat: 1
catch_all: page
"""
TWICE = """\
version: 1
policies:
  page:
    levels:
      - {notify: [{schedule: primary}], attempts: 2, escalate_after: 4m}
      - {notify: [{person: carol}], when: {during: office}}
      - {notify: [{next_on_call: primary}], escalate_after: 6m}
    ack_timeout: 30m
catch_all: page
"""
CALM = """\
version: 1
routes: [{match: {severity: warning}, policy: calm}]
policies:
  page: {levels: [{notify: [{schedule: primary}]}]}
  calm: {urgency: low, levels: [{notify: [{person: ana}], escalate_after: 20m}, {notify: [{schedule: primary}]}]}
catch_all: page
"""
WAITS = CALM.replace("calm: {urgency: low,", "calm: {urgency: low, hold_until: office,")
OFTEN = """\
version: 1
policies:
  page: {levels: [{notify: [{person: ana}], attempts: 9, escalate_after: 1m}, {notify: [{person: bob}]}]}
catch_all: page
"""
NOBODY = "version: 1\npolicies: {page: {levels: [{notify: [{person: carol}]}]}}\ncatch_all: page\n"

Told = tuple[Instant, str, str, str]


def foreseen(stage: Stage, incident: int = 1) -> Foresight:
    alone = stage._does(stage.house.standings.alone(incident))
    assert alone is not None
    return foresee(stage.house.world.book, alone)


def expected(found: Foresight) -> list[Told]:
    calls = [*found.waiting, *(call for step in found.steps for call in step.calls)]
    return sorted((c.at, c.person or c.channel or "", c.via, c.kind) for c in calls)


def happens(stage: Stage, found: Foresight, most: Span = DAY) -> list[Told]:
    """The house goes on, with nobody there, to the end of what was foreseen."""
    before = len(stage.heard)
    span = min(found.until - stage.now - 1, most) // SECOND
    stage.passes(f"{span}s")
    return sorted((h.at, h.who, h.via, h.kind) for h in stage.heard[before:])


def agree(stage: Stage, found: Foresight) -> list[Told]:
    end = stage.now + DAY
    wanted = [told for told in expected(found) if told[0] <= end]
    done = happens(stage, found)
    assert done == wanted
    assert wanted, "nothing was foreseen: the story proves nothing"
    return wanted


@pytest.mark.parametrize("passed", ["0s", "1s", "90s", "4m", "5m", "7m", "12m"])
def test_the_house_tells_whom_was_foreseen_when_it_was_foreseen(opens: Opens, passed: str) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes(passed)
    found = foreseen(stage)
    assert found.ends == "again"
    assert {call.person for step in found.steps for call in step.calls} >= {"ana", "bob", "carol"}
    agree(stage, found)


@pytest.mark.parametrize("passed", ["1m", "3m", "9m"])
def test_a_round_robin_keeps_the_turn_that_was_taken(opens: Opens, passed: str) -> None:
    stage = opens(ROBIN).alert("Disk", severity="critical").alert("Net", severity="critical").passes(passed)
    for incident in (1, 2):
        found = foreseen(stage, incident)
        assert {call.person for step in found.steps for call in step.calls if call.person} <= {"ana", "bob", "carol"}
    first, second = foreseen(stage, 1), foreseen(stage, 2)
    end = min(first.until, second.until)
    wanted = sorted(told for told in (*expected(first), *expected(second)) if told[0] < end)
    assert happens(stage, first._replace(until=end)) == wanted


def test_attempts_guards_and_the_next_in_line(opens: Opens) -> None:
    stage = opens(TWICE).alert("Disk", severity="critical").passes("2m")
    found = foreseen(stage)
    assert [step.event for step in found.steps][:4] == ["paged", "skipped", "paged", "repeat"]
    assert (found.steps[0].level, found.steps[0].attempt) == (1, 2)
    assert "only during office" in found.steps[1].reason
    agree(stage, found)


def test_an_acknowledgement_lapses_and_level_one_is_paged_again(opens: Opens) -> None:
    stage = opens(TWICE).alert("Disk", severity="critical").passes("2m").acknowledges("carol").passes("1m")
    found = foreseen(stage)
    assert [step.event for step in found.steps][:2] == ["ack_timeout", "round"] or found.steps[0].event == "ack_timeout"
    assert found.steps[0].at == stage.began + (2 + 30) * 60 * SECOND
    paged = next(step for step in found.steps if step.event == "paged")
    assert {call.person for call in paged.calls} == {"bob", "carol"}
    agree(stage, found)


def test_a_snooze_ends_and_level_one_is_paged_again(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("1m").snoozes("ana", "2h").passes("10m")
    found = foreseen(stage)
    assert (found.steps[0].event, found.steps[0].at) == ("snooze_ended", stage.began + (2 * 60 + 1) * 60 * SECOND)
    agree(stage, found)


def test_an_override_made_in_between_is_honoured(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("1m")
    before = expected(foreseen(stage))
    stage.overrides("primary", "carol", "2h")
    found = foreseen(stage)
    assert expected(found) != before
    agree(stage, found)


def test_a_handoff_changes_who_is_told(opens: Opens) -> None:
    """Bob's week ends at 09:00 on Monday, Carol's begins."""
    stage = opens(PAGE, starts="2026-03-09T08:52").alert("Disk", severity="critical").passes("1m")
    found = foreseen(stage)
    again = [step for step in found.steps if step.event == "paged" and step.level == 1]
    assert {call.person for call in again[0].calls if call.person} == {"carol"}
    agree(stage, found)


def test_a_silence_defers_and_its_end_pages(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("1m")
    stage.silences("1h", alertname="Disk")
    found = foreseen(stage)
    assert found.steps[0].event == "unsilenced"
    assert found.steps[0].at == stage.now + 3600 * SECOND
    agree(stage, found)


def test_a_silence_that_begins_later_stops_the_walk(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("1m")
    stage.silences("1h", after="2m", alertname="Disk")
    found = foreseen(stage)
    assert [step.event for step in found.steps][:2] == ["silenced", "unsilenced"]
    agree(stage, found)


def test_quiet_hours_hold_back_what_can_wait(opens: Opens) -> None:
    team = TEAM.replace("ana@example.com}}", "ana@example.com}, quiet_hours: night}").replace(
        "hours:\n", "hours:\n  night: {timezone: Europe/London, from: 22:00, to: 07:00}\n"
    )
    assert team != TEAM
    stage = opens(CALM).edits_team(team)
    assert stage.problem is None
    stage.alert("Disk", severity="warning").passes("2m")
    found = foreseen(stage)
    (mail,) = found.waiting
    assert (mail.person, mail.via, mail.at) == ("ana", "email", stage.began + 4 * 3600 * SECOND)
    agree(stage, found)


def test_a_policy_that_waits_for_its_hours_is_foreseen_over_a_weekend(opens: Opens) -> None:
    stage = opens(WAITS, starts="2026-03-07T10:00").alert("Disk", severity="warning").passes("5m")
    found = foreseen(stage)
    assert found.steps[0].at == stage.began + 47 * 3600 * SECOND  # Monday at nine
    assert [step.event for step in found.steps] == ["paged", "paged", "exhausted"]


def test_contacts_that_cannot_be_used_are_not_foreseen(opens: Opens) -> None:
    stage = opens(PAGE)
    stage.unset.add("CAROL")
    stage.crashes()
    stage.starts()
    stage.alert("Disk", severity="critical").passes("6m")
    found = foreseen(stage)
    assert not [call for step in found.steps for call in step.calls if (call.person, call.via) == ("carol", "sms")]
    agree(stage, found)


@pytest.mark.parametrize("others", [0, 2])
def test_a_cap_holds_back_and_the_rest_goes_on(opens: Opens, others: int) -> None:
    """Five texts within a quarter of an hour, those of other incidents included; a sixth goes out later."""
    stage = opens(OFTEN)
    for number in range(others):
        stage.alert(f"Other{number}", severity="error", service=f"s{number}").passes("40s")
        stage.resolves(f"Other{number}", severity="error", service=f"s{number}").passes("5s")
    stage.alert("Disk", severity="error").passes("2m")
    found = foreseen(stage, others + 1)
    texts = [at for at, who, via, _ in expected(found) if (who, via) == ("ana", "sms")]
    mails = [at for at, who, via, _ in expected(found) if (who, via) == ("ana", "email")]
    assert set(mails) - set(texts), "no text was held back: the story proves nothing"
    agree(stage, found)


def test_a_policy_that_reaches_nobody_goes_to_the_last_resort(opens: Opens) -> None:
    carol = "carol: {contacts: {sms: secret:CAROL, email: carol@example.com}}"
    team = TEAM.replace(carol, "carol: {contacts: {sms: secret:CAROL}}")
    stage = opens(NOBODY, last_resort="the operators").edits_team(team)
    stage.unset.add("CAROL")
    stage.crashes()
    stage.starts()
    stage.alert("Disk", severity="error")
    found = foreseen(stage)
    assert "last resort" in {step.event for step in found.steps}
    assert found.ends == "again"
    assert {call.person for step in found.steps for call in step.calls if call.person} == {"ana", "bob"}
    agree(stage, found)


def test_a_reassignment_is_walked_on_from(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("1m")
    stage.acts(events.Reassigned("bob", (Target("person", "carol"),), "she knows it")).passes("30s")
    agree(stage, foreseen(stage))


def test_nothing_is_foreseen_of_what_is_over(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk").resolves("Disk").passes("1m")
    assert stage._does(stage.house.standings.alone(1)) is None
    assert stage._does(stage.house.standings.alone(77)) is None


def test_looking_ahead_changes_nothing(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", severity="critical").passes("1m")
    before = stage.incident(1), stage.timeline()
    assert foreseen(stage) == foreseen(stage)
    assert (stage.incident(1), stage.timeline()) == before


def test_where_nobody_at_all_can_be_reached_it_says_so_and_ends(opens: Opens) -> None:
    stage = opens(NOBODY, last_resort="the operators")
    stage.unset |= {"ANA", "BOB", "CAROL"}
    stage.edits_team(TEAM.replace("push: browser, ", "").replace(", email: ana@example.com", "")
                     .replace(", email: bob@example.com", "").replace(", email: carol@example.com", ""))  # fmt: skip
    stage.crashes()
    stage.starts()
    stage.alert("Disk", severity="critical").passes("90s")
    found = foreseen(stage)
    assert [step.event for step in found.steps] == ["unreachable"]
    assert found.ends == "again"
