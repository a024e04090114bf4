"""Grafana OnCall: the same people at the same time, by an oracle that lays out every event of every shift."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from escalator.core.instant import MINUTE, SECOND
from escalator.importers.grafana_oncall.routes import conditions
from tests.importers.exported import book, changed, files, imported, instants, ladder, lines, served

EXPORT = files("grafana-oncall")
RESULT = imported("grafana-oncall")
BOOK = book(RESULT)
LONDON = ZoneInfo("Europe/London")
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def rows(name):
    return json.loads(EXPORT[f"{name}.json"])["results"]


def name_of(key):
    return next(user["username"] for user in rows("users") if user["id"] == key)


def starts(shift, until):
    """(start, whose turn) of every event of a shift up to a time, a day at a time: RFC 5545 as OnCall uses it."""
    first = datetime.fromisoformat(shift["start"])
    groups = shift.get("rolling_users") or [shift["users"]]
    index = shift.get("start_rotation_from_user_index") or 0
    groups = groups[index:] + groups[:index]
    if "frequency" not in shift:
        yield first, groups[0]
        return
    if shift["frequency"] == "hourly":
        number = 0
        while first + timedelta(hours=shift["interval"] * number) <= until:
            yield first + timedelta(hours=shift["interval"] * number), groups[number % len(groups)]
            number += 1
        return
    monday = first - timedelta(days=first.weekday())
    day = first
    while day <= until:
        period = (day - first).days if shift["frequency"] == "daily" else (day - monday).days // 7
        wanted = shift["by_day"] or (DAYS if shift["frequency"] == "daily" else [DAYS[first.weekday()]])
        if DAYS[day.weekday()] in wanted and period % shift["interval"] == 0:
            yield day, groups[period // shift["interval"] % len(groups)]
        day += timedelta(days=1)


def events(schedule, until):
    """(level, start, end, people) of everything but what repeats by the month."""
    shifts = {shift["id"]: shift for shift in rows("on_call_shifts")}
    found = []
    for key in schedule["shifts"]:
        shift = shifts[key]
        if shift.get("frequency") != "monthly":
            length = timedelta(seconds=shift["duration"])
            found += [
                (shift["level"], at, at + length, {name_of(one) for one in group}) for at, group in starts(shift, until)
            ]
    return found


def on_call(laid_out, moment, zone):
    """Everybody in the events of the highest level that has any."""
    now = moment.astimezone(zone).replace(tzinfo=None)
    running = [(level, people) for level, start, end, people in laid_out if start <= now < end]
    highest = max((level for level, _ in running), default=None)
    return set().union(*(people for level, people in running if level == highest))


@pytest.mark.parametrize("since", ["2026-01-12", "2026-03-05", "2026-03-25", "2026-10-20"])
def test_the_highest_level_serves_and_all_of_it(since):
    schedule = rows("schedules")[0]
    laid_out = events(schedule, datetime.fromisoformat(since) + timedelta(days=20))
    sizes = set()
    for moment in instants(since, 18):
        expected = on_call(laid_out, moment, LONDON)
        assert served(BOOK, "Primary", moment) == expected, moment
        sizes.add(len(expected))
    assert sizes == {1, 2}


def test_an_edited_rotation_serves_from_its_edit_on_with_the_same_turns():
    def edit(given):
        given["results"][1]["rotation_start"] = "2026-03-03T12:00:00"

    schedule = rows("schedules")[0]
    result = book(changed("grafana-oncall", "on_call_shifts.json", edit))
    assert [layer.starts.isoformat() for layer in result.schedules["Primary"].layers[-2:]] == [
        "2026-03-03T09:00:00"
    ] * 2
    laid_out = events(schedule, datetime.fromisoformat("2026-03-20"))
    for moment in instants("2026-03-04", 12):
        assert served(result, "Primary", moment) == on_call(laid_out, moment, LONDON), moment


def test_people_of_a_shift_who_are_gone_are_counted():
    def gone(given):
        given["results"][1]["rolling_users"][0] += ["UGONE00000001", "UGONE00000002"]

    lost = lines(changed("grafana-oncall", "on_call_shifts.json", gone), "lost")
    assert "schedule Primary, shift Base: 2 of its people are not in the export" in lost


def test_turns_of_twelve_hours():
    schedule = rows("schedules")[1]
    laid_out = events(schedule, datetime.fromisoformat("2026-02-10"))
    for moment in instants("2026-01-20", 14):
        assert served(BOOK, "Secondary", moment) == on_call(laid_out, moment, ZoneInfo("UTC"))


def test_a_single_event_serves_once_and_over_lower_levels():
    assert served(BOOK, "Primary", datetime.fromisoformat("2026-03-10T21:00+00:00")) == {"dave"}
    assert served(BOOK, "Primary", datetime.fromisoformat("2026-03-10T23:30+00:00")) != {"dave"}


def chain(key):
    """(minutes, whom) of a chain: its waits add up, what stands between two of them happens at once."""
    found: dict[int, set[str]] = {}
    at = 0
    steps = sorted(
        (one for one in rows("escalation_policies") if one["escalation_chain_id"] == key),
        key=lambda one: one["position"],
    )
    for step in steps:
        if step["type"] == "wait":
            at += step["duration"]
        elif step["type"] == "notify_on_call_from_schedule":
            named = next(one["name"] for one in rows("schedules") if one["id"] == step["notify_on_call_from_schedule"])
            found.setdefault(at, set()).add(f"schedule {named}")
        elif step["type"] in ("notify_persons", "notify_person_next_each_time"):
            people = step.get("persons_to_notify") or step["persons_to_notify_next_each_time"]
            found.setdefault(at, set()).update(f"person {name_of(one)}" for one in people)
        elif step["type"] == "notify_team_members":
            found.setdefault(at, set()).add("team Platform")
        elif step["type"] == "trigger_webhook":
            found.setdefault(at, set()).add("channel status page")
    return [(at / 60, targets) for at, targets in found.items()], at / 60


def test_waits_become_the_time_between_levels():
    expected, end = chain("FCRITICAL0001")
    assert ladder(BOOK, "critical-2") == [*expected, (end, set())]
    assert BOOK.policies["critical-2"].repeat == 5


def test_a_routes_slack_channel_is_told_first_of_all():
    expected, end = chain("FCRITICAL0001")
    expected[0][1].add("channel alerts")
    assert ladder(BOOK, "critical") == [*expected, (end, set())]


def test_a_chain_without_a_last_wait_gives_its_last_level_five_minutes():
    expected, _end = chain("FDEFAULT00001")
    expected[0][1].add("channel alerts")
    assert ladder(BOOK, "default") == [*expected, (25, set())]
    assert BOOK.policies["default"].repeat == 0


def test_round_robin_stands_alone():
    assert [level.round_robin for level in BOOK.policies["default"].levels] == [False, True, False]


def test_a_round_robin_beside_others_comes_a_second_later():
    def join(given):
        given["results"] = [step for step in given["results"] if step["id"] != "E02"]

    levels = book(changed("grafana-oncall", "escalation_policies.json", join)).policies["default"].levels
    assert levels[0].escalate_after == SECOND
    assert levels[1].round_robin


def test_important_rules_are_those_of_high_urgency():
    assert [(step.via, step.after) for step in BOOK.people["alice"].rules["high"]] == [("call", 0)]
    assert [(step.via, step.after // MINUTE) for step in BOOK.people["alice"].rules["low"]] == [
        ("slack", 0),
        ("sms", 5),
    ]
    assert [BOOK.policies[name].urgency for name in ("critical", "default")] == ["high", "low"]


def test_where_no_step_is_important_the_default_rules_are_for_everything():
    def calm(given):
        for step in given["results"]:
            if "important" in step:
                step["important"] = False

    result = book(changed("grafana-oncall", "escalation_policies.json", calm))
    assert {policy.urgency for policy in result.policies.values()} == {"high"}
    assert [step.via for step in result.people["alice"].rules["high"]] == ["slack", "sms"]


def test_a_chain_that_mixes_both_uses_the_important_ones_and_says_so():
    def mix(given):
        next(step for step in given["results"] if step["id"] == "E16")["important"] = False

    result = changed("grafana-oncall", "escalation_policies.json", mix)
    assert book(result).policies["critical"].urgency == "high"
    assert any("here all of them use the important ones" in line for line in lines(result, "changed"))


def test_hours_before_anything_else_hold_the_policy():
    policy = BOOK.policies["office hours"]
    hours = BOOK.hours[policy.hold_until]
    assert (hours.timezone, hours.starts, hours.ends) == ("UTC", 9 * 60, 17 * 60)
    assert ladder(BOOK, "office hours") == [(0, {"person bob"}), (30, set())]


def test_hours_in_the_middle_do_not_wait_and_that_is_said():
    def move(given):
        steps = {step["id"]: step for step in given["results"]}
        steps["E21"]["position"], steps["E22"]["position"] = 1, 0

    result = changed("grafana-oncall", "escalation_policies.json", move)
    assert book(result).policies["office hours"].hold_until is None
    assert any("it waits for the hours 09:00:00Z to 17:00:00Z" in line for line in lines(result, "changed"))


@pytest.mark.parametrize(
    ("labels", "policy"),
    [
        ({"integration": "Prometheus", "severity": "critical", "env": "live"}, "critical"),
        ({"integration": "Prometheus", "severity": "critical", "env": "staging"}, "office hours"),
        ({"integration": "Prometheus", "severity": "critical"}, "default"),
        ({"integration": "Grafana :blush:", "severity": "info", "team": "payments"}, "critical-2"),
        ({"severity": "critical"}, "default"),
    ],
)
def test_alerts_come_to_the_chain_they_came_to(labels, policy):
    assert set(BOOK.route(labels).policies.values()) == {policy}


def test_a_default_route_without_a_chain_drops_with_its_reason():
    assert (
        BOOK.route({"integration": "Grafana :blush:", "severity": "info"}).drop
        == "no escalation chain in Grafana OnCall"
    )


def test_a_single_integration_needs_no_label():
    def one(given):
        del given["results"][1]

    result = changed("grafana-oncall", "integrations.json", one)
    assert set(book(result).route({"severity": "critical", "env": "prod"}).policies.values()) == {"critical"}
    assert book(result).catch_all == "default"
    assert not any("by the label `integration`" in line for line in lines(result, "changed"))
    assert any("by the label `integration`" in line for line in lines(RESULT, "changed"))


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (".*", []),
        ('{{ payload.commonLabels.severity == "critical" }}', ["severity = 'critical'"]),
        ('{{ payload.commonLabels["severity"] != "info" and payload.groupLabels.env in ["a", "b"] }}',
         ["severity != 'info'", "env in ('a', 'b')"]),
        ("{{ payload.alerts[0].labels.team == 'x' }}", ["team = 'x'"]),
        ('{{ payload.get("labels", {}).get("severity") == "critical" }}', ["severity = 'critical'"]),
        (r'"severity":\s*"critical"', ["severity = 'critical'"]),
        ('"env": "(dev|staging)"', ["env in ('dev', 'staging')"]),
        ("us-(east|west)", None),
        ('{{ "disk" in payload.title }}', None),
        ('{{ payload.commonLabels.a == "b" or payload.commonLabels.c == "d" }}', None),
        ('{{ payload.commonLabels.a == "b" and payload.title == "d" }}', None),
    ],
)  # fmt: skip
def test_what_compares_labels_becomes_conditions_and_nothing_else_does(pattern, found):
    matchers = conditions(pattern)
    assert matchers == found if found is None else [str(one) for one in matchers] == found


def test_what_has_no_like_here_is_said():
    lost = "\n".join(lines(RESULT, "lost"))
    for told in ("shift First of the month", "ical_url_primary", "`us-(east|west)` is not about labels alone",
                 "user group meow_group", "resolves the incident", "it pages everybody"):  # fmt: skip
        assert told in lost


def test_nothing_private_is_written():
    everything = "".join(RESULT.files.values()) + RESULT.report.as_markdown()
    for secret in ("private", "mReAoNwDm0eMwKo1mTeTwYo"):
        assert secret not in everything
    assert set(RESULT.report.secrets) == {"ALICE_PHONE", "CAROL_APPRISE", "STATUS_PAGE_WEBHOOK"}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("by_month", [1], "by month"),
        ("interval", 2, "here in each of them"),
    ],
)
def test_shifts_that_have_no_like_are_said(field, value, told):
    def edit(given):
        given["results"][0][field] = value

    result = changed("grafana-oncall", "on_call_shifts.json", edit)
    assert book(result)
    assert told in "\n".join(lines(result, "lost") + lines(result, "changed"))


def test_templates_of_an_integration_have_no_like_here():
    def word(given):
        given["results"][0]["templates"] = {
            "grouping_key": "{{ payload.x }}",
            "slack": {"title": None},
            "web": {"title": "t"},
        }

    result = changed("grafana-oncall", "integrations.json", word)
    assert any("its templates (grouping_key, web)" in line for line in lines(result, "lost"))


def test_members_of_a_team_are_the_users_who_say_so():
    assert BOOK.teams["Platform"] == ("alice", "bob")

    def empty(given):
        for user in given["results"]:
            user["teams"] = []

    assert any(
        "team Platform: no user" in line for line in lines(changed("grafana-oncall", "users.json", empty), "lost")
    )


def test_a_chain_that_no_route_leads_to_is_kept_and_said():
    assert "unused" in BOOK.policies
    assert "chain unused: no route leads to it" in lines(RESULT, "changed")


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (
            {"type": "notify_if_num_alerts_in_window", "num_alerts_in_window": 3, "num_minutes_in_window": 5},
            "goes on at once",
        ),
        ({"type": "declare_incident", "severity": "x"}, "declares an incident"),
        ({"type": "notify_whole_channel"}, "without `@channel`"),
        ({"type": "something_new"}, "a step of type `something_new`"),
    ],
)
def test_steps_that_have_no_like_are_said(step, told):
    def add(given):
        given["results"].insert(0, {"id": "E00", "escalation_chain_id": "FCRITICAL0001", "position": -1, **step})

    result = changed("grafana-oncall", "escalation_policies.json", add)
    assert any(told in line for line in lines(result, "lost") + lines(result, "changed"))
    expected, end = chain("FCRITICAL0001")
    assert ladder(book(result), "critical-2") == [*expected, (end, set())]
