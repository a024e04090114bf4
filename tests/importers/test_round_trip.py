"""There and back: a critical alert that nobody answers is rehearsed in virtual time with the imported policies, and
pages the same people at the same minutes as the source would, by its own documented rules.

Who is on call is asked of each source's oracle, at the minute at which the source pages.
"""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalator.core.instant import MINUTE, from_datetime
from escalator.rehearsal.night import Circumstances, Night
from tests.importers import test_goalert as goalert
from tests.importers import test_grafana_oncall as grafana_oncall
from tests.importers import test_opsgenie as opsgenie
from tests.importers import test_pagerduty as pagerduty
from tests.importers.exported import book, files, imported, lines

# A handoff in the middle of the walk, a Saturday night, and the hour before clocks change in Europe.
STARTS = ["2026-03-04T08:52", "2026-03-07T23:10", "2026-03-29T00:20"]
COVERED = ["2026-03-02T08:52", "2026-03-07T23:10", "2026-03-29T00:20"]
"""Somebody is on call in PagerDuty's schedule all the while: an empty level is skipped here, on purpose."""


def rehearsed(source, labels, moment, minutes):
    """{minute: whom} of everybody who was paged, and of every channel that was told, level by level."""
    of = book(imported(source))
    night = Night(of, from_datetime(moment), Circumstances())
    night.fire({"alertname": "Down", "severity": "critical", **labels})
    night.until(from_datetime(moment) + minutes * MINUTE)
    first: dict[tuple[int, int, str], int] = {}
    for message in night.messages:
        if message.page:
            # A person's own rules send more later; that they were paged is their first message of a level.
            key = (message.round, message.level, message.person or f"#{message.channel}")
            first.setdefault(key, message.at)
    found: dict[int, set[str]] = {}
    for (_round, _level, who), at in first.items():
        found.setdefault((at - from_datetime(moment)) // MINUTE, set()).add(who)
    return found


def repeated(once, length, passes):
    """A timeline of several passes; each asks anew who is on call."""
    found: dict[int, set[str]] = {}
    for number in range(passes):
        for minute, whom in once(number * length).items():
            found.setdefault(minute, set()).update(whom)
    return {minute: whom for minute, whom in found.items() if whom}


@pytest.mark.parametrize("start", COVERED)
def test_pagerduty_pages_the_same_people_at_the_same_minutes(start):
    moment = datetime.fromisoformat(f"{start}+00:00")
    schedule = pagerduty.document("schedules-PPRIM01.json")["schedule"]
    rules = pagerduty.document("escalation_policies.json")["escalation_policies"][0]["escalation_rules"]
    delays = [rule["escalation_delay_in_minutes"] for rule in rules]

    def once(since):
        now = moment + timedelta(minutes=since)
        on_call = pagerduty.final(schedule, now)
        # Rule 2 is a round robin of two, and this incident has its first turn; rule 3 names somebody who is gone.
        return {since: {on_call} - {None}, since + delays[0]: {"alice"}, since + delays[0] + delays[1]: {"carol"}}

    paged = rehearsed("pagerduty", {"service": "Checkout"}, moment, 3 * sum(delays) - 1)
    assert paged == repeated(once, sum(delays), 3)


@pytest.mark.parametrize("start", STARTS)
def test_goalert_pages_the_same_people_at_the_same_minutes(start):
    moment = datetime.fromisoformat(f"{start}+00:00")
    (schedule,) = goalert.nodes("schedules")
    policy = goalert.nodes("escalationPolicies")[0]
    delays = [step["delayMinutes"] for step in policy["steps"]]
    rotation = goalert.nodes("rotations")[1]

    def once(since):
        at = [moment + timedelta(minutes=since + sum(delays[:step])) for step in range(4)]
        third = goalert.turn(rotation, at[2].astimezone(goalert.BERLIN).replace(tzinfo=None))
        return {
            since: goalert.on_call(schedule, at[0]) | {"#platform"},
            since + sum(delays[:2]): {third},  # the second step names nobody; its delay is waited for all the same
            since + sum(delays[:3]): {"alice", "carol"},
        }

    passes = policy["repeat"] + 1
    assert rehearsed("goalert", {"service": "Ingest"}, moment, passes * sum(delays) - 1) == repeated(
        once, sum(delays), passes
    )


@pytest.mark.parametrize("start", [*STARTS[:2], "2026-10-25T00:20"])
def test_opsgenie_pages_the_same_people_at_the_same_minutes(start):
    moment = datetime.fromisoformat(f"{start}+00:00")
    schedule = opsgenie.rows("schedules.json")[0]
    escalation = opsgenie.rows("escalations.json")[0]
    team = json.loads(files("opsgenie")[f"teams/{opsgenie.TEAM}.json"])["data"]["members"]
    admins = {each["user"]["username"].partition("@")[0] for each in team if each["role"] == "admin"}
    everybody = {each["user"]["username"].partition("@")[0] for each in team}
    paged = rehearsed("opsgenie", {"team": "ops_team"}, moment, 69)
    assert {minute: whom for minute, whom in paged.items() if minute != 5} == {
        0: opsgenie.on_call(schedule, moment), 15: admins, 60: everybody,
    }  # fmt: skip
    # `next`: one more of the schedule, who was not paged yet.
    assert len(paged[5]) == 1
    assert not paged[5] & paged[0]
    assert escalation["rules"][1]["delay"]["timeAmount"] == 5


def test_a_next_one_whom_nobody_is_left_for_is_skipped_at_once_as_the_report_says():
    moment = datetime.fromisoformat("2026-03-29T00:20+00:00")  # bob and carol both serve, and alice's hours are over
    paged = rehearsed("opsgenie", {"team": "ops_team"}, moment, 16)
    assert paged == {0: {"bob", "carol"}, 5: {"alice"}}
    assert any("with nobody left the level is skipped" in line for line in lines(imported("opsgenie"), "changed"))


def test_opsgenie_repeats_after_its_interval():
    moment = datetime.fromisoformat("2026-03-04T08:52+00:00")
    schedule = opsgenie.rows("schedules.json")[0]
    paged = rehearsed("opsgenie", {"team": "ops_team"}, moment, 70 * 4 - 1)
    begins = [minute for minute in paged if minute % 70 == 0]
    assert begins == [0, 70, 140, 210]  # the last rule at 60m, and 10m of `waitInterval`; `count` is 3
    assert [paged[minute] for minute in begins] == [
        opsgenie.on_call(schedule, moment + timedelta(minutes=minute)) for minute in begins
    ]


@pytest.mark.parametrize("start", STARTS)
def test_grafana_oncall_pages_the_same_people_at_the_same_minutes(start):
    moment = datetime.fromisoformat(f"{start}+00:00")
    primary, secondary = grafana_oncall.rows("schedules")[:2]
    until = moment.replace(tzinfo=None) + timedelta(days=3)
    laid_out = {one["name"]: grafana_oncall.events(one, until) for one in (primary, secondary)}
    zones = {"Primary": grafana_oncall.LONDON, "Secondary": ZoneInfo("UTC")}

    def on_call(name, minutes):
        return grafana_oncall.on_call(laid_out[name], moment + timedelta(minutes=minutes), zones[name])

    def once(since):
        return {
            since: on_call("Primary", since) | {"#status page", "#alerts"},
            since + 1: on_call("Secondary", since + 1),
            since + 6: {"alice", "dave"},
        }

    # OnCall begins anew after the last wait, five times at the most: six walks of 21 minutes.
    paged = rehearsed("grafana-oncall", {"integration": "Prometheus", "env": "prod"}, moment, 6 * 21 - 1)
    assert paged == repeated(once, 21, 6)


def test_hours_hold_a_night_back_until_the_morning():
    """OnCall's `notify_if_time_from_to` as the first step waits for 09:00 UTC; here that is `hold_until`."""
    moment = datetime.fromisoformat("2026-03-04T02:30+00:00")
    paged = rehearsed("grafana-oncall", {"integration": "Prometheus", "env": "dev"}, moment, 8 * 60)
    assert paged == {6 * 60 + 30: {"bob"}}


def test_alertmanager_tells_again_after_its_repeat_interval():
    moment = datetime.fromisoformat("2026-03-04T02:30+00:00")
    paged = rehearsed("alertmanager", {"service": "files"}, moment, 3 * 60)
    assert paged == {minute: {"#team-Y-pager pagerduty", "#audit webhook"} for minute in (0, 60, 120, 180)}
