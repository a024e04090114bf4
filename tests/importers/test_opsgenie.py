"""Opsgenie: the same people at the same time, by an oracle that takes each rotation for itself and all together."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalator.core.instant import MINUTE
from tests.importers.exported import book, changed, files, imported, instants, ladder, lines, served

EXPORT = files("opsgenie")
RESULT = imported("opsgenie")
BOOK = book(RESULT)
BERLIN = ZoneInfo("Europe/Berlin")
LENGTH = {"weekly": timedelta(weeks=1), "daily": timedelta(days=1), "hourly": timedelta(hours=1)}
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TEAM = "90098alp9-f0e3-41d3-a060-0ea895027630"
RULES = f"routing_rules-{TEAM}.json"


def rows(name):
    return json.loads(EXPORT[name])["data"]


def wall(text):
    return datetime.fromisoformat(text).astimezone(BERLIN).replace(tzinfo=None)


def minutes(of, which):
    return of[f"{which}Hour"] * 60 + of[f"{which}Min"]


def permitted(restriction, now):
    """Whether the time restriction holds, minute by minute of the week."""
    if restriction is None:
        return True
    clock = now.hour * 60 + now.minute
    if restriction["type"] == "time-of-day":
        start, end = minutes(restriction["restriction"], "start"), minutes(restriction["restriction"], "end")
        return start <= clock < end if start < end else clock >= start or clock < end
    at = now.weekday() * 1440 + clock
    for each in restriction["restrictions"]:
        start = DAYS.index(each["startDay"]) * 1440 + minutes(each, "start")
        end = DAYS.index(each["endDay"]) * 1440 + minutes(each, "end")
        if start <= at < end if start < end else at >= start or at < end:
            return True
    return False


def on_call(schedule, moment):
    """Everybody whose rotation serves; a turn of `none` is not in this oracle's rotations."""
    now = moment.astimezone(BERLIN).replace(tzinfo=None)
    found = set()
    for rotation in schedule["rotations"]:
        start, end = wall(rotation["startDate"]), rotation["endDate"] and wall(rotation["endDate"])
        if now < start or (end and now >= end) or not permitted(rotation.get("timeRestriction"), now):
            continue
        people = [each["username"].partition("@")[0] for each in rotation["participants"] if each["type"] == "user"]
        found.add(people[(now - start) // (LENGTH[rotation["type"]] * rotation["length"]) % len(people)])
    return found


@pytest.mark.parametrize("since", ["2026-01-06", "2026-03-16", "2026-05-22", "2026-10-12"])
def test_rotations_serve_side_by_side(since):
    schedule = rows("schedules.json")[0]
    sizes = set()
    for moment in instants(since, 28):
        expected = on_call(schedule, moment)
        assert served(BOOK, "ops_schedule", moment) == expected, moment
        sizes.add(len(expected))
    assert {1, 2} <= sizes


def test_somebody_who_stands_twice_in_a_rotation_serves_twice():
    assert BOOK.schedules["ops_schedule"].layers[0].people == ("alice", "bob", "alice", "carol")


def test_a_team_in_a_rotation_is_all_its_members_and_that_is_said():
    moment = datetime.fromisoformat("2026-03-03T12:00+00:00")
    assert served(BOOK, "backup_schedule", moment) == {"alice", "bob", "carol"}
    assert any("serves as all its members" in line for line in lines(RESULT, "changed"))


def test_delays_count_from_the_beginning_of_the_alert():
    expected = [
        (0, {"schedule ops_schedule"}), (5, {"next_on_call ops_schedule"}),
        (15, {"person alice"}), (60, {"team ops_team"}),
    ]  # fmt: skip
    given = rows("escalations.json")[0]
    unit = {"minutes": 1, "hours": 60}
    delays = [rule["delay"]["timeAmount"] * unit[rule["delay"]["timeUnit"]] for rule in given["rules"]]
    assert [at for at, _ in expected] == delays
    assert ladder(BOOK, "ops_escalation") == [*expected, (delays[-1] + given["repeat"]["waitInterval"], set())]
    assert BOOK.policies["ops_escalation"].repeat == given["repeat"]["count"]


def test_a_first_page_that_came_late_comes_at_once_and_that_is_said():
    assert [at for at, _ in ladder(BOOK, "late_escalation")] == [0, 20, 25]
    assert "# was: after 10m" in RESULT.files["main.yaml"]
    assert any("its first page comes after 10m" in line for line in lines(RESULT, "changed"))


def test_one_at_random_becomes_turns():
    level = BOOK.policies["late_escalation"].levels[0]
    assert level.round_robin
    assert {target.name for target in level.targets} == {"alice", "bob", "carol"}
    assert any("they take turns" in line for line in lines(RESULT, "changed"))
    assert "# was: after 10m" in RESULT.files["main.yaml"]


def test_a_rule_that_heeds_no_acknowledgement_is_reported():
    assert any("although somebody acknowledged" in line for line in lines(RESULT, "changed"))


@pytest.mark.parametrize(
    ("labels", "policy"),
    [
        ({"severity": "critical"}, "ops_escalation"),  # priority P1, one of two conditions that are enough
        ({"env": "prod.eu"}, "ops_escalation"),
        ({"env": "prodx"}, "late_escalation"),  # `prod.` was no pattern
        ({"service": "reports", "severity": "warning"}, "backup_schedule 0900-1700"),
        ({"severity": "warning"}, "late_escalation"),
    ],
)
def test_routing_rules_lead_where_they_led(labels, policy):
    found = BOOK.route({"team": "ops_team", "severity": "warning", **labels})
    assert set(found.policies.values()) == {policy}


def test_a_rule_for_nobody_drops_with_its_reason():
    route = BOOK.route({"team": "ops_team", "severity": "info", "env": "dev"})
    assert route.drop == "notifies nobody in Opsgenie"


def test_a_rule_for_some_hours_is_guarded_and_the_default_rule_has_the_others():
    levels = BOOK.policies["backup_schedule 0900-1700"].levels
    assert [(level.during, level.outside) for level in levels] == [("0900-1700", None)] + [(None, "0900-1700")] * 2
    assert [level.targets for level in levels[1:]] == [
        level.targets for level in BOOK.policies["late_escalation"].levels
    ]


def test_contacts_and_the_rule_for_new_alerts():
    alice = BOOK.people["alice"]
    assert dict(alice.contacts) == {
        "email": "alice@example.com", "sms": "secret:ALICE_PHONE", "call": "secret:ALICE_PHONE", "push": "browser",
    }  # fmt: skip
    assert [(step.via, step.after // MINUTE) for step in alice.rules["high"]] == [("push", 0), ("sms", 1), ("call", 5)]
    assert dict(BOOK.people["bob"].contacts) == {"email": "bob@example.com"}


def test_an_override_is_for_the_whole_schedule_and_that_is_said():
    assert served(BOOK, "ops_schedule", datetime.fromisoformat("2026-12-25T23:00+01:00")) == {"carol"}
    assert any("for the whole schedule" in line for line in lines(RESULT, "changed"))


def test_nothing_private_is_written():
    everything = "".join(RESULT.files.values()) + RESULT.report.as_text()
    assert "7700900123" not in everything
    assert "2079460000" not in everything


def test_what_has_no_like_here_is_said():
    lost = "\n".join(lines(RESULT, "lost"))
    for told in ("its rule `Low priority`", "a turn in which nobody serves", "closes the alert", "no label of an alert",
                 "policy Delay at night"):  # fmt: skip
        assert told in lost


def test_files_that_name_an_unknown_owner_are_told():
    result = imported("opsgenie")
    from escalator.importers import SOURCES

    strange = SOURCES["opsgenie"](
        {**EXPORT, "routing_rules-nobody.json": EXPORT[RULES], "overrides-nothing.json": b'{"data": []}'}
    )
    assert any("routing rules of nobody" in line for line in lines(strange, "lost"))
    assert strange.files == result.files


def test_several_hours_cannot_guard_and_that_is_said():
    def weekdays(given):
        given["data"][1]["timeRestriction"] = {
            "type": "weekday-and-time-of-day",
            "restrictions": [
                {"startDay": "friday", "startHour": 18, "startMin": 0, "endDay": "monday", "endHour": 8, "endMin": 0}
            ],
        }

    result = changed("opsgenie", RULES, weekdays)
    assert set(
        book(result).route({"team": "ops_team", "service": "reports", "severity": "info"}).policies.values()
    ) == {"backup_schedule"}
    assert any("applies at some hours only; here at all hours" in line for line in lines(result, "changed"))


@pytest.mark.parametrize(
    ("notify", "recipient", "targets"),
    [
        ("users", {"type": "team", "id": TEAM}, {"person bob", "person carol"}),
        ("all", {"type": "schedule", "name": "ops_schedule"}, {"person alice", "person bob", "person carol"}),
        ("previous", {"type": "schedule", "name": "ops_schedule"}, {"schedule ops_schedule"}),
        ("default", {"type": "user", "username": "Bob@example.com"}, {"person bob"}),
        ("default", {"type": "team", "name": "ops_team"}, {"person alice", "person bob", "person carol"}),
    ],
)
def test_recipients_become_targets(notify, recipient, targets):
    def put(given):
        given["data"][1]["rules"] = [
            {"condition": "if-not-acked", "notifyType": notify, "delay": {"timeAmount": 0}, "recipient": recipient}
        ]

    assert ladder(book(changed("opsgenie", "escalations.json", put)), "late_escalation")[0] == (0, targets)


def test_a_schedule_that_a_rule_notifies_itself_is_one_level_once():
    policy = BOOK.policies["backup_schedule"]
    assert (len(policy.levels), policy.repeat) == (1, 0)
    assert ladder(BOOK, "backup_schedule")[0] == (0, {"schedule backup_schedule"})


def test_a_blocked_user_is_said():
    assert any("dave@example.com: blocked there" in line for line in lines(RESULT, "changed"))


def test_delays_in_other_units_are_read_and_unknown_units_refused():
    from escalator.importers import Unimportable

    def unit(word):
        def put(given):
            given["data"][0]["rules"][1]["delay"] = {"timeAmount": 1, "timeUnit": word}

        return put

    assert ladder(book(changed("opsgenie", "escalations.json", unit("days"))), "ops_escalation")[-2][0] == 24 * 60
    with pytest.raises(Unimportable, match=r"escalations.json: data\[0\].rules\[1\].delay.timeUnit: `fortnights`"):
        changed("opsgenie", "escalations.json", unit("fortnights"))


def test_contacts_that_are_disabled_or_have_no_like_are_not_used():
    def disable(given):
        contacts = given["data"]["userContacts"]
        contacts[2]["enabled"] = False
        contacts.append({"id": "c6", "contactMethod": "whatsapp", "to": "44-7700900123", "enabled": True})

    result = changed("opsgenie", "users/b5b92115-bfe7-43eb-8c2a-e467f2e5ddc4.json", disable)
    lost = lines(result, "lost")
    assert "user alice@example.com: contact `whatsapp`" in lost
    assert "user alice@example.com: its contact `voice` is disabled" in lost
    alice = book(result).people["alice"]
    assert set(dict(alice.contacts)) == {"email", "sms", "push"}
    assert [step.via for step in alice.rules["high"]] == ["push", "sms"]  # the rule's call goes to what is disabled


def test_a_contact_that_only_a_rule_names_is_taken_from_there():
    def forget(given):
        given["data"]["userContacts"] = []

    result = changed("opsgenie", "users/b5b92115-bfe7-43eb-8c2a-e467f2e5ddc4.json", forget)
    assert set(dict(book(result).people["alice"].contacts)) == {"push", "sms", "call"}
