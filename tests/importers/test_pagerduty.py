"""PagerDuty: the same people at the same time, by an oracle that knows PagerDuty's rules and nothing of ours."""

import json
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalator.core.instant import MINUTE
from tests.importers.exported import book, changed, files, imported, instants, ladder, lines, served

EXPORT = files("pagerduty")
RESULT = imported("pagerduty")
BOOK = book(RESULT)
PEOPLE = {"PALICE1": "alice", "PBOB001": "bob", "PCAROL1": "carol"}
LONDON = ZoneInfo("Europe/London")


def document(name):
    return json.loads(EXPORT[name])


def wall(text):
    return datetime.fromisoformat(text).astimezone(LONDON).replace(tzinfo=None)


def restricted(layer, now):
    """Whether the layer may take the instant, by its restrictions alone."""
    for each in layer["restrictions"]:
        clock = time.fromisoformat(each["start_time_of_day"])
        for ago in range(8):
            day = now.date() - timedelta(days=ago)
            if each["type"] == "weekly_restriction" and day.isoweekday() != each["start_day_of_week"]:
                continue
            start = datetime.combine(day, clock)
            if start <= now < start + timedelta(seconds=each["duration_seconds"]):
                return True
    return not layer["restrictions"]


def final(schedule, moment):
    """PagerDuty's final schedule: the layer that was made last wins; the API lists that one first."""
    now = moment.astimezone(LONDON).replace(tzinfo=None)
    for layer in schedule["schedule_layers"]:
        if now >= wall(layer["start"]) and restricted(layer, now):
            gone = (now - wall(layer["rotation_virtual_start"])) // timedelta(
                seconds=layer["rotation_turn_length_seconds"]
            )
            return PEOPLE[layer["users"][gone % len(layer["users"])]["user"]["id"]]
    return None


@pytest.mark.parametrize("since", ["2026-01-08", "2026-03-20", "2026-10-16"], ids=["winter", "spring", "autumn"])
def test_the_same_person_is_on_call_through_weeks_and_changes_of_the_clock(since):
    schedule = document("schedules-PPRIM01.json")["schedule"]
    seen = set()
    for moment in instants(since, 24):
        expected = final(schedule, moment)
        assert served(BOOK, "Primary", moment) == ({expected} if expected else set()), moment
        seen.add(expected)
    assert seen == {"alice", "bob", "carol", None}


def test_layers_without_numbers_are_taken_in_the_order_of_the_api_and_that_is_said():
    def rename(given):
        for layer, name in zip(given["schedule"]["schedule_layers"], ("Mondays", "Week", "Nights"), strict=True):
            layer["name"] = name

    result = changed("pagerduty", "schedules-PPRIM01.json", rename)
    assert book(result).schedules == BOOK.schedules
    assert any("compare who is on call" in line for line in lines(result, "changed"))


def test_numbered_layers_are_sorted_whatever_their_order_in_the_export():
    result = changed(
        "pagerduty", "schedules-PPRIM01.json", lambda given: given["schedule"]["schedule_layers"].reverse()
    )
    layers = book(result).schedules["Primary"].layers
    assert [layer.people for layer in layers] == [layer.people for layer in BOOK.schedules["Primary"].layers]
    assert not any("compare who is on call" in line for line in lines(result, "changed"))


def test_a_layer_that_ended_ends_here_too():
    def end(given):
        given["schedule"]["schedule_layers"][0]["end"] = "2026-02-01T00:00:00Z"

    result = book(changed("pagerduty", "schedules-PPRIM01.json", end))
    monday = datetime.fromisoformat("2026-02-02T10:00+00:00")
    assert served(BOOK, "Primary", monday) == {"carol"}
    assert served(result, "Primary", monday) != {"carol"}


def test_a_turn_that_no_word_of_ours_has_is_rounded_and_said():
    def odd(given):
        given["schedule"]["schedule_layers"][2]["rotation_turn_length_seconds"] = 3605

    assert any(
        "turns of 3600s are turns of 1h" in line
        for line in lines(changed("pagerduty", "schedules-PPRIM01.json", odd), "changed")
    )


def test_an_override_in_the_future_stands_in_the_schedules_wall_clock():
    christmas = datetime.fromisoformat("2026-12-25T12:00+00:00")
    assert served(BOOK, "Primary", christmas) == {"carol"}
    assert "override from 2026-12-30T09:00" in " ".join(lines(RESULT, "lost"))


def chain(policy):
    """(minutes, whom) of one pass, as PagerDuty walks it: each rule's delay is waited for after it."""
    found, at = [], 0
    for rule in policy["escalation_rules"]:
        known = {target["id"] for target in rule["targets"]} - {"PGONE01"}
        found.append((at, {f"person {PEOPLE[key]}" if key in PEOPLE else "schedule Primary" for key in known}))
        at += rule["escalation_delay_in_minutes"]
    return [*found, (at, set())]


def test_each_rule_is_a_level_at_the_same_minute():
    policy = document("escalation_policies.json")["escalation_policies"][0]
    assert ladder(BOOK, "Engineering") == chain(policy)
    assert BOOK.policies["Engineering"].repeat == policy["num_loops"]


def test_a_policy_that_no_service_uses_is_kept_and_that_is_said():
    def leave(given):
        given["services"] = given["services"][:2]

    result = changed("pagerduty", "services.json", leave)
    assert ladder(book(result), "Back office") == chain(document("escalation_policies.json")["escalation_policies"][1])
    assert "escalation policy Back office: no service uses it" in lines(result, "changed")
    assert "Back office" not in BOOK.policies  # its one service is of low urgency


def test_round_robin_carries_over():
    assert [level.round_robin for level in BOOK.policies["Engineering"].levels] == [False, True, False]


def test_the_first_page_waits_for_no_group():
    assert BOOK.timing.group_wait == 0


@pytest.mark.parametrize(
    ("service", "severity", "policy"),
    [
        ("Checkout", "warning", "Engineering"),
        ("Search", "critical", "Engineering"),
        ("Search", "error", "Engineering"),
        ("Search", "warning", "Engineering low urgency"),  # severity_based: warning and info are of low urgency
        ("Reports", "critical", "Back office low urgency"),
        ("Old", "critical", "Engineering"),  # disabled: no route, so catch_all
    ],
)
def test_a_service_leads_to_its_policy(service, severity, policy):
    from escalator.core.alert import severity_of

    labels = {"alertname": "X", "service": service, "severity": severity}
    assert BOOK.route(labels).policies[severity_of(labels)] == policy


def test_low_urgency_does_not_climb():
    low = BOOK.policies["Engineering low urgency"]
    assert (low.urgency, low.repeat, len(low.levels)) == ("low", 0, 1)


def test_acknowledgements_lapse_when_they_did():
    assert BOOK.policies["Engineering"].ack_timeout == 30 * MINUTE
    assert "ack_timeout: 1h  # was: never" in RESULT.files["main.yaml"]


def test_rules_by_urgency_keep_their_minutes():
    alice = BOOK.people["alice"]
    assert [(step.via, step.after // MINUTE) for step in alice.rules["high"]] == [("sms", 0), ("call", 2)]
    assert [(step.via, step.after) for step in alice.rules["low"]] == [("email", 0)]
    assert alice.timezone == "Europe/London"


def test_no_number_of_the_export_is_written_anywhere():
    everything = "".join(RESULT.files.values()) + RESULT.report.as_text() + json.dumps(RESULT.report.as_document())
    for secret in ("7700900123", "2079460000", "0123456789abcdef"):
        assert secret not in everything
    assert RESULT.report.stanza() == ["ALICE_PHONE=  # phone of Alice Smith"]
    assert dict(BOOK.people["alice"].contacts)["sms"] == "secret:ALICE_PHONE"


def test_what_has_no_like_here_is_said_with_its_object():
    lost = "\n".join(lines(RESULT, "lost"))
    for told in ("a second call contact", "target user `Gone`", "auto-resolve after 4h", "alert grouping `intelligent`",
                 "service Old: it is disabled"):  # fmt: skip
        assert told in lost


def test_a_policy_that_notifies_nobody_pages_everybody_and_says_so():
    def forget(given):
        for rule in given["escalation_policies"][1]["escalation_rules"]:
            rule["targets"] = [{"id": "PGONE01", "type": "user_reference"}]

    result = changed("pagerduty", "escalation_policies.json", forget)
    assert ladder(book(result), "Back office low urgency")[0] == (0, {"team everybody"})
    assert any("it pages everybody, correct that first" in line for line in lines(result, "lost"))


def test_a_list_of_schedules_without_their_layers_is_told_how_to_be_fetched():
    def strip(given):
        del given["schedule"]["schedule_layers"]

    result = changed("pagerduty", "schedules-PPRIM01.json", strip)
    assert any("fetch /schedules/ID" in line for line in lines(result, "lost"))
    assert book(result)


def test_a_page_that_has_a_next_one_is_half_an_export():
    def more(given):
        given["more"] = True

    assert any("not complete" in line for line in lines(changed("pagerduty", "users.json", more), "lost"))


def test_a_maintenance_window_is_a_silence_of_its_services():
    silences = [window.silence for window in BOOK.silences]
    assert [str(silence.matchers[0]) for silence in silences] == ["service = 'Checkout'", "service = 'Search'"]
    assert {silence.reason for silence in silences} == {"database migration"}
    assert silences[0].ends_at - silences[0].starts_at == 4 * 60 * MINUTE
    assert any("a silence lasts 30 days at the most" in line for line in lines(RESULT, "lost"))


def test_a_user_without_addresses_is_told_how_to_be_fetched():
    def strip(given):
        for method in given["users"][0]["contact_methods"]:
            del method["address"]

    result = changed("pagerduty", "users.json", strip)
    assert dict(book(result).people["alice"].contacts) == {"email": "alice@example.com"}
    assert any("include[]=contact_methods" in line for line in lines(result, "lost"))


def test_handoff_notifications_have_no_like_here():
    def never(given):
        for policy in given["escalation_policies"]:
            policy["on_call_handoff_notifications"] = "never"

    told = "escalation policies: people are not told here when their turn begins"
    assert told in lines(RESULT, "lost")
    assert told not in lines(changed("pagerduty", "escalation_policies.json", never), "lost")


@pytest.mark.parametrize(
    ("given_zone", "zone", "told"),
    [
        ("Eastern Time (US & Canada)", "America/New_York", "is taken as `America/New_York`"),
        ("EST", "America/New_York", "is taken as `America/New_York`"),
        ("Etc/UTC", "UTC", None),
        ("Nowhere", "UTC", "UTC stands instead"),
    ],
)
def test_time_zones_that_are_no_places_are_read_or_said(given_zone, zone, told):
    def move(given):
        given["schedule"]["time_zone"] = given_zone

    result = changed("pagerduty", "schedules-PPRIM01.json", move)
    assert book(result).schedules["Primary"].timezone == zone
    found = [line for line in lines(result, "changed") if "time zone" in line]
    assert [told in line for line in found] == ([True] if told else [])


def test_two_people_of_one_name_are_two_people():
    def double(given):
        given["users"].append({**given["users"][0], "id": "PALICE2", "email": "Alice@other.example.com"})

    people = book(changed("pagerduty", "users.json", double)).people
    assert {"alice", "alice-2"} <= people.keys()
    assert dict(people["alice-2"].contacts)["sms"] == "secret:ALICE_2_PHONE"
