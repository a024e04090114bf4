"""A source's own final schedule in the export: agreement is said, and the first difference is."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalator.importers import SOURCES
from tests.importers import test_goalert as goalert
from tests.importers import test_grafana_oncall as grafana_oncall
from tests.importers import test_opsgenie as opsgenie
from tests.importers import test_pagerduty as pagerduty
from tests.importers.exported import changed, files, instants, lines

SINCE = "2026-03-25"
AGREES = "its own final schedule from 2026-03-25T00:00:00Z to 2026-04-04T00:00:00Z names the same people, all the time"


def turns(asked):
    """(start, end, person) of an oracle's answers, half hour by half hour; adjoining ones joined."""
    running: dict[str, datetime] = {}
    found = []
    moments = instants(SINCE, 10)
    for moment in [*moments, moments[-1] + timedelta(minutes=30)]:
        serving = asked(moment) if moment != moments[-1] + timedelta(minutes=30) else set()
        for person in [one for one in running if one not in serving]:
            found.append((running.pop(person), moment, person))
        for person in serving - running.keys():
            running[person] = moment
    return sorted((start.isoformat(), end.isoformat(), person) for start, end, person in found)


def of_pagerduty(edit=lambda entries: entries):
    schedule = pagerduty.document("schedules-PPRIM01.json")["schedule"]
    ids = {name: key for key, name in pagerduty.PEOPLE.items()}

    def add(given):
        found = turns(lambda moment: {pagerduty.final(schedule, moment)} - {None})
        entries = [{"start": start, "end": end, "user": {"id": ids[person]}} for start, end, person in found]
        # PagerDuty leaves the hours out in which nobody serves; the first and the last here begin and end the week.
        given["schedule"]["final_schedule"] = {"name": "Final Schedule", "rendered_schedule_entries": edit(entries)}

    return changed("pagerduty", "schedules-PPRIM01.json", add)


def of_goalert():
    (schedule,) = goalert.nodes("schedules")
    ids = {
        name: next(one["id"] for one in goalert.nodes("users") if one["id"].startswith(key))
        for key, name in goalert.NAMES.items()
    }

    def add(given):
        given["data"]["schedules"]["nodes"][0]["shifts"] = [
            {"userID": ids[person], "start": start, "end": end, "truncated": False}
            for start, end, person in turns(lambda moment: goalert.on_call(schedule, moment))
        ]

    return changed("goalert", "goalert.json", add)


def of_opsgenie():
    schedule = opsgenie.rows("schedules.json")[0]
    ids = {user["username"].partition("@")[0]: user["id"] for user in opsgenie.rows("users.json")}
    periods = [
        {"startDate": start, "endDate": end, "type": "default", "recipient": {"type": "user", "id": ids[person]}}
        for start, end, person in turns(lambda moment: opsgenie.on_call(schedule, moment))
    ]
    document = {"data": {"finalTimeline": {"rotations": [{"id": "r", "name": "Weekdays", "periods": periods}]}}}
    name = f"timeline-{schedule['id']}.json"
    return SOURCES["opsgenie"]({**files("opsgenie"), name: json.dumps(document).encode()})


def of_grafana_oncall():
    schedule = grafana_oncall.rows("schedules")[0]
    laid_out = grafana_oncall.events(schedule, datetime.fromisoformat("2026-04-10"))
    ids = {user["username"]: user["id"] for user in grafana_oncall.rows("users")}
    results = [
        {"user_pk": ids[person], "user_username": person, "shift_start": start, "shift_end": end}
        for start, end, person in turns(
            lambda moment: grafana_oncall.on_call(laid_out, moment, ZoneInfo("Europe/London"))
        )
    ]
    document = json.dumps({"count": len(results), "next": None, "results": results}).encode()
    return SOURCES["grafana-oncall"]({**files("grafana-oncall"), f"final_shifts-{schedule['id']}.json": document})


@pytest.mark.parametrize("made", [of_goalert, of_opsgenie, of_grafana_oncall])
def test_a_final_schedule_that_agrees_is_said_to_agree(made):
    assert any(AGREES in line for line in lines(made(), "carried"))


def test_the_hours_in_which_nobody_serves_agree_too():
    result = of_pagerduty()
    assert any(
        line.startswith("schedule Primary: its own final schedule") and "all the time" in line
        for line in lines(result, "carried")
    )


def test_a_difference_is_said_with_its_first_instant():
    def swap(entries):
        entries[3]["user"]["id"] = {"PALICE1": "PBOB001", "PBOB001": "PCAROL1", "PCAROL1": "PALICE1"}[
            entries[3]["user"]["id"]
        ]
        return entries

    result = of_pagerduty(swap)
    (told,) = [line for line in lines(result, "changed") if "differs, first at" in line]
    at = datetime.fromisoformat(told.partition("first at ")[2][:20])
    schedule = pagerduty.document("schedules-PPRIM01.json")["schedule"]
    assert f"here `{pagerduty.final(schedule, at)}`" in told


def test_somebody_who_is_not_in_the_export_is_no_difference():
    def stranger(entries):
        entries[2]["user"]["id"] = "PGONE01"
        return entries

    assert not any("differs" in line for line in lines(of_pagerduty(stranger), "changed"))


def test_layers_in_the_wrong_order_are_found_by_it():
    """What the importer cannot know without numbers, the final schedule shows."""

    def turn_round(given):
        found = turns(lambda moment: {pagerduty.final(given["schedule"], moment)} - {None})
        ids = {name: key for key, name in pagerduty.PEOPLE.items()}
        entries = [{"start": start, "end": end, "user": {"id": ids[person]}} for start, end, person in found]
        given["schedule"]["final_schedule"] = {"rendered_schedule_entries": entries}
        for layer, name in zip(given["schedule"]["schedule_layers"], ("Mondays", "Week", "Nights"), strict=True):
            layer["name"] = name
        given["schedule"]["schedule_layers"].reverse()

    result = changed("pagerduty", "schedules-PPRIM01.json", turn_round)
    assert any("differs, first at" in line for line in lines(result, "changed"))
