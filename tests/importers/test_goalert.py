"""GoAlert: the same people at the same time, by an oracle that counts handoffs and asks each rule."""

import json
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalator.core.instant import MINUTE
from tests.importers.exported import book, changed, files, imported, instants, ladder, lines, served

DATA = json.loads(files("goalert")["goalert.json"])["data"]
RESULT = imported("goalert")
BOOK = book(RESULT)
ALICE = "11111111-1111-4111-8111-111111111111"
NAMES = {"11111111": "alice", "22222222": "bob", "33333333": "carol"}
BERLIN = ZoneInfo("Europe/Berlin")
LENGTH = {"weekly": timedelta(weeks=1), "daily": timedelta(days=1), "hourly": timedelta(hours=1)}


def nodes(key):
    return DATA[key]["nodes"]


def named(key):
    return NAMES[key[:8]]


def wall(text):
    return datetime.fromisoformat(text).astimezone(BERLIN).replace(tzinfo=None)


def turn(rotation, now):
    """GoAlert's own way: the active participant, and one further at each handoff."""
    handoff, index = wall(rotation["nextHandoffTimes"][0]), rotation["activeUserIndex"]
    step = LENGTH[rotation["type"]] * rotation["shiftLength"]
    while now >= handoff:
        handoff, index = handoff + step, index + 1
    return named(rotation["userIDs"][index % len(rotation["userIDs"])])


def active(rule, now):
    """Whether a rule's window is open; it belongs to the day on which it starts, Sunday first."""
    for ago in (0, 1):
        day = now.date() - timedelta(days=ago)
        if not rule["weekdayFilter"][day.isoweekday() % 7]:
            continue
        start = datetime.combine(day, time.fromisoformat(rule["start"]))
        end = datetime.combine(day, time.fromisoformat(rule["end"]))
        if start <= now < (end if end > start else end + timedelta(days=1)):
            return True
    return False


def on_call(schedule, moment):
    now = moment.astimezone(BERLIN).replace(tzinfo=None)
    rotations = {each["id"]: each for each in nodes("rotations")}
    found = set()
    for target in schedule["targets"]:
        if any(active(rule, now) for rule in target["rules"]):
            key = target["target"]["id"]
            found.add(turn(rotations[key], now) if target["target"]["type"] == "rotation" else named(key))
    return found


@pytest.mark.parametrize("since", ["2026-03-02T23:00", "2026-03-25", "2026-10-20"], ids=["first", "spring", "autumn"])
def test_all_targets_of_a_schedule_serve_at_the_same_time(since):
    (schedule,) = nodes("schedules")
    seen = []
    for moment in instants(since, 24):
        expected = on_call(schedule, moment)
        assert served(BOOK, "Platform", moment) == expected, moment
        seen.append(frozenset(expected))
    assert {len(each) for each in seen} == {1, 2}
    assert set().union(*seen) == {"alice", "bob", "carol"}


def test_a_rotation_that_a_step_names_itself_has_the_same_turns():
    rotation = nodes("rotations")[1]
    for moment in instants("2026-03-03", 30):
        assert served(BOOK, "Twelve hours", moment) == {turn(rotation, moment.astimezone(BERLIN).replace(tzinfo=None))}


def test_without_the_next_handoff_the_first_in_the_list_begins_and_that_is_said():
    def forget(given):
        for rotation in given["data"]["rotations"]["nodes"]:
            del rotation["nextHandoffTimes"]

    result = changed("goalert", "goalert.json", forget)
    assert book(result).schedules["Platform"].layers[0].people == ("alice", "bob", "carol")
    assert any("nextHandoffTimes(num: 1)" in line for line in lines(result, "changed"))


def test_each_delay_is_waited_for_after_its_step():
    expected, at = [], 0
    kinds = {"user": "person", "schedule": "schedule", "rotation": "schedule", "slackChannel": "channel"}
    for step in nodes("escalationPolicies")[0]["steps"]:
        targets = {
            f"{kinds[each['type']]} {named(each['id']) if each['type'] == 'user' else each['name'].lstrip('#')}"
            for each in step["targets"]
        }
        if targets:
            expected.append((at, targets))
        at += step["delayMinutes"]
    assert ladder(BOOK, "Platform") == [*expected, (at, set())]


def test_repeats_carry_over_and_minus_one_is_for_ever():
    assert [BOOK.policies[name].repeat for name in ("Platform", "For ever")] == [3, None]

    def once(given):
        given["data"]["escalationPolicies"]["nodes"][0]["repeat"] = 0

    assert book(changed("goalert", "goalert.json", once)).policies["Platform"].repeat == 0


def test_an_empty_step_keeps_its_time_and_the_difference_is_said():
    assert ladder(BOOK, "Platform")[1][0] == 15  # 5 minutes after the first step, and the empty one's 10
    assert any("waits out a step that reaches nobody" in line for line in lines(RESULT, "changed"))


def test_somebody_who_is_added_for_a_while_serves_beside_the_others():
    (schedule,) = nodes("schedules")
    moment = datetime.fromisoformat("2026-12-25T12:00+01:00")
    assert served(BOOK, "Platform", moment) == on_call(schedule, moment) | {"bob"}


def test_a_replacement_leaves_others_who_serve_at_the_same_time():
    moment = datetime.fromisoformat("2026-12-28T12:00+01:00")
    assert "bob" in served(BOOK, "Platform", moment)
    assert "carol" in served(BOOK, "Platform", moment)  # in office hours, by her own rule
    assert any(
        "stands in for whoever is on call, there only while that is `alice`" in line
        for line in lines(RESULT, "changed")
    )


def test_a_temporary_schedule_replaces_the_usual_one():
    def plan(given):
        given["data"]["schedules"]["nodes"][0]["temporarySchedules"] = [
            {"start": "2026-07-01T00:00:00Z", "end": "2026-07-02T00:00:00Z", "shifts": [
                {"userID": ALICE, "start": "2026-07-01T00:00:00Z", "end": "2026-07-02T00:00:00Z"}
            ]}
        ]  # fmt: skip

    result = book(changed("goalert", "goalert.json", plan))
    assert served(result, "Platform", datetime.fromisoformat("2026-07-01T10:00+00:00")) == {"alice"}
    after = datetime.fromisoformat("2026-07-02T10:00+00:00")
    assert served(result, "Platform", after) == on_call(nodes("schedules")[0], after)


def test_services_are_routes_by_their_label():
    routes = {name: BOOK.route({"service": name, "severity": "critical"}).policies for name in ("Ingest", "Billing")}
    assert {name: set(found.values()) for name, found in routes.items()} == {
        "Ingest": {"Platform"},
        "Billing": {"For ever"},
    }


def test_a_service_of_a_policy_that_is_gone_and_a_second_of_one_name_are_said():
    def edit(given):
        services = given["data"]["services"]["nodes"]
        services[1]["escalationPolicyID"] = "e1000000-0000-4000-8000-00000000dead"
        services.append({**services[0], "id": "f3"})

    lost = lines(changed("goalert", "goalert.json", edit), "lost")
    assert "service Billing: its policy is not in the export" in lost
    assert "service Ingest: there are two of this name" in lost


def test_contact_methods_of_both_generations_are_read():
    assert dict(BOOK.people["alice"].contacts) == {"sms": "secret:ALICE_PHONE", "call": "secret:ALICE_PHONE"}
    assert dict(BOOK.people["bob"].contacts) == {"slack": "U024BE7LH", "email": "bob@example.com"}
    assert dict(BOOK.people["carol"].contacts) == {"email": "carol@example.com"}  # she has none: her account's address
    assert [(step.via, step.after // MINUTE) for step in BOOK.people["alice"].rules["high"]] == [
        ("sms", 0),
        ("call", 3),
    ]


def test_urls_and_numbers_are_named_not_written():
    everything = "".join(RESULT.files.values()) + RESULT.report.as_markdown()
    assert "7700900123" not in everything
    assert "secret-path" not in everything
    assert BOOK.channels["webhook"].address == "secret:WEBHOOK"


def test_what_has_no_like_here_is_said():
    lost = "\n".join(lines(RESULT, "lost"))
    for told in ("contact method `email` is disabled", "type `monthly`", "taken off call", "heartbeat nightly"):
        assert told in lost


def test_a_list_that_was_cut_is_told():
    def cut(given):
        given["data"]["services"]["pageInfo"]["hasNextPage"] = True

    assert any("larger `first`" in line for line in lines(changed("goalert", "goalert.json", cut), "lost"))
