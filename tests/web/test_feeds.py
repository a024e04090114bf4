"""Calendar feeds: valid iCalendar that a calendar program reads, a token that opens one of them, and no other door."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from icalendar import Calendar

from escalator.core.duty import duties
from escalator.core.instant import DAY, HOUR, Instant, from_datetime, to_datetime
from escalator.core.oncall import Every, Hours, Layer, Override, Schedule, shifts
from escalator.language import compile_book
from escalator.web import build
from escalator.web.calendar import AHEAD, BESIDE, MOST, PAST, Shown, written
from tests.core.test_oncall_oracle import stories
from tests.web.asgi import Answer, Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.test_incidents import says


@pytest.fixture
def client(house: House) -> Client:
    return Client(build(house.needs), token="token-admin")


async def feed(client: Client, of: str) -> str:
    """The path of a new feed."""
    made = await client.post("/api/v1/feeds", json={"of": of})
    assert made.status == 201, made.text
    return str(made.json()["url"]).removeprefix("http://localhost:8080")


async def read(client: Client, of: str) -> list[Any]:
    answer = await client.get(await feed(client, of), headers={"authorization": ""})
    assert (answer.status, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(answer.body)
    assert not calendar.errors
    return list(calendar.walk("VEVENT"))


async def test_a_person_sees_their_shifts_in_every_schedule_and_nobody_elses(client: Client, house: House) -> None:
    book = house.revisions.book
    start = to_datetime(NOW).replace(tzinfo=None)
    second = Schedule("second", "UTC", (Layer(("bob", "alice"), Every(1, "d"), start, "UTC"),))
    house.revisions.book = replace(book, schedules={**book.schedules, "second": second})
    events = await read(client, "alice")
    assert {str(event["SUMMARY"]) for event in events} == {"On call: primary", "On call: second"}
    assert all("alice is on call for" in event["DESCRIPTION"] for event in events)
    weeks = [event for event in events if event["SUMMARY"] == "On call: primary"]
    assert {event.end - event.start for event in weeks} == {timedelta(weeks=1)}
    assert min(event.end for event in events) > to_datetime(NOW - 31 * DAY)
    assert to_datetime(NOW + 170 * DAY) < max(event.start for event in events) < to_datetime(NOW + 182 * DAY)


async def test_a_schedule_names_who_serves_and_why(client: Client, house: House) -> None:
    house.windows.all_overrides = [Override("primary", "bob", NOW + HOUR, NOW + 3 * HOUR, "Alice flies", "o1")]
    events = {(str(each["SUMMARY"]), each.start): each for each in await read(client, "schedule:primary")}
    stood_in = events["bob", to_datetime(NOW + HOUR)]
    assert stood_in["DESCRIPTION"] == "bob is on call for primary, by an override (Alice flies)."
    assert stood_in.end == to_datetime(NOW + 3 * HOUR)
    assert events["alice", to_datetime(NOW + 3 * HOUR)]["DESCRIPTION"] == "alice is on call for primary, by layer 1."


async def test_its_lines_are_folded_end_with_crlf_and_tell_how_often_to_ask(client: Client, house: House) -> None:
    reason = "because of a very long reason that goes on and on, über alle Berge; and beyond,\nsays Alice " * 3
    house.windows.all_overrides = [Override("primary", "bob", NOW + HOUR, NOW + 3 * HOUR, reason, "o1")]
    body = (await client.get(await feed(client, "primary"))).body
    lines = body.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    for line in (b"VERSION:2.0", b"METHOD:PUBLISH", b"REFRESH-INTERVAL;VALUE=DURATION:PT1H", b"X-PUBLISHED-TTL:PT1H"):
        assert line in lines
    assert b"X-WR-CALNAME:On call: primary" in lines
    event = next(each for each in Calendar.from_ical(body).walk("VEVENT") if "Berge" in each["DESCRIPTION"])
    assert reason in str(event["DESCRIPTION"])


async def test_times_are_utc_and_uids_are_unique_and_stay_from_day_to_day(client: Client, house: House) -> None:
    today = await read(client, "primary")
    assert all(event[name].dt.tzinfo is not None for event in today for name in ("DTSTART", "DTEND", "DTSTAMP"))
    assert len({str(event["UID"]) for event in today}) == len(today) > 25
    house.database.at = NOW + 5 * DAY
    later = {str(event["UID"]): event for event in await read(client, "primary")}
    kept = [event for event in today if str(event["UID"]) in later]
    assert len(kept) >= len(today) - 1
    assert all((later[str(one["UID"])].start, later[str(one["UID"])].end) == (one.start, one.end) for one in kept)


async def test_an_endless_shift_is_one_event_with_one_uid(client: Client, house: House) -> None:
    start = to_datetime(NOW - 900 * DAY).replace(tzinfo=None)
    endless = Schedule("endless", "UTC", (Layer(("alice",), Every(1, "w"), start, "UTC"),))
    house.revisions.book = replace(house.revisions.book, schedules={"endless": endless})
    (one,) = await read(client, "endless")
    house.database.at = NOW + 9 * DAY
    (other,) = await read(client, "endless")
    assert one["UID"] == other["UID"]


async def test_a_calendar_that_has_not_changed_is_not_sent_again(client: Client, house: House) -> None:
    path = await feed(client, "primary")
    first = await client.get(path)
    again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (await client.get(path, headers={"if-none-match": f'"x", W/{first.headers["etag"]}'})).status == 304
    house.database.at = NOW + 2 * HOUR  # the same day
    assert (await client.get(path, headers={"if-none-match": first.headers["etag"]})).status == 304
    house.windows.all_overrides = [Override("primary", "bob", NOW + HOUR, NOW + 3 * HOUR, "", "o1")]
    changed = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (changed.status, changed.headers["etag"] != first.headers["etag"]) == (200, True)
    assert (await client.request("HEAD", path)).status == 200


async def test_holidays_leave_no_shift_in_the_calendar(client: Client, house: House) -> None:
    start = to_datetime(NOW - 30 * DAY).replace(tzinfo=None)
    day = to_datetime(NOW + 2 * DAY).date()
    hours = Hours("office", "UTC", 540, 1020, frozenset(range(5)), frozenset({day}))
    office = Schedule("office", "UTC", (Layer(("alice",), Every(1, "w"), start, "UTC", hours),))
    house.revisions.book = replace(house.revisions.book, schedules={"office": office})
    days = {event.start.date() for event in await read(client, "office")}
    assert day - timedelta(days=1) in days
    assert day not in days


async def test_a_feed_is_opened_by_its_token_alone_until_it_is_revoked(client: Client, house: House) -> None:
    path = await feed(client, "alice")
    stranger = Client(build(house.needs))
    assert (await stranger.get(path)).status == 200
    # the name is for people
    assert (await stranger.get(path.replace("alice.ics", "x"))).status == 200
    token = path.split("/")[2]
    says(await Client(build(house.needs), token=token).get("/api/v1/incidents"), 401)
    (listed,) = (await client.get("/api/v1/feeds")).json()["items"]
    assert (listed["kind"], listed["name"]) == ("person", "alice")
    assert token not in (await client.get("/api/v1/feeds")).text
    assert (await client.delete(f"/api/v1/feeds/{listed['id']}")).status == 204
    says(await stranger.get(path), 404, "revoked")
    says(await client.delete(f"/api/v1/feeds/{listed['id']}"), 404, "GET /api/v1/feeds")


async def test_guessing_is_slowed_down(house: House) -> None:
    stranger = Client(build(house.needs))
    answers = [(await stranger.get(f"/calendars/guess{n}/x.ics")).status for n in range(22)]
    assert answers == [404] * 20 + [429] * 2


async def test_whom_the_policies_no_longer_know_has_an_empty_calendar(client: Client, house: House) -> None:
    person, schedule = await feed(client, "alice"), await feed(client, "primary")
    house.revisions.book = replace(house.revisions.book, people={}, schedules={})
    for path in (person, schedule):
        answer = await client.get(path)
        assert answer.status == 200
        assert Calendar.from_ical(answer.body).walk("VEVENT") == []


@pytest.mark.parametrize(
    ("token", "of", "status"),
    [
        ("token-alice", "alice", 201),
        ("token-alice", "bob", 403),
        ("token-alice", "primary", 201),
        ("token-ack", "alice", 403),
        ("token-ack", "schedule:primary", 201),
        ("token-admin", "person:bob", 201),
        ("token-read", "primary", 403),
        ("token-admin", "mallory", 422),
        ("token-admin", "team:sre", 422),
    ],
)
async def test_a_persons_calendar_is_that_persons_affair(house: House, token: str, of: str, status: int) -> None:
    assert (await Client(build(house.needs), token=token).post("/api/v1/feeds", json={"of": of})).status == status


async def test_nobody_revokes_another_persons_calendar(client: Client, house: House) -> None:
    await feed(client, "bob")
    own = {"authorization": "Bearer token-alice"}
    says(await client.delete("/api/v1/feeds/f1", headers=own), 403, "Only bob")


async def test_a_name_of_a_person_and_a_schedule_asks_which(client: Client, house: House) -> None:
    book = house.revisions.book
    house.revisions.book = replace(book, schedules={"alice": replace(book.schedules["primary"], name="alice")})
    says(await client.post("/api/v1/feeds", json={"of": "alice"}), 422, "person:alice or schedule:alice")
    assert str(await feed(client, "schedule:alice")).endswith("/alice.ics")


async def test_the_address_is_below_the_public_url_and_bears_odd_names(new_house: Callable[..., House]) -> None:
    house = new_house(public_url="https://esc.example/base/")
    book = house.revisions.book
    name = "on call #1"
    house.revisions.book = replace(book, schedules={name: replace(book.schedules["primary"], name=name)})
    made = await Client(build(house.needs), token="token-admin").post("/api/v1/feeds", json={"of": name})
    assert made.json()["url"].startswith("https://esc.example/base/calendars/feed-")
    assert made.json()["url"].endswith("/on%20call%20%231.ics")


async def test_a_schedules_feed_read_back_as_a_layer_is_the_schedule(client: Client, house: House) -> None:
    """Out and in again: what another Escalator would do with it."""
    house.windows.all_overrides = [Override("primary", "bob", NOW + HOUR, NOW + 3 * HOUR, "", "o1")]
    answer: Answer = await client.get(await feed(client, "primary"))
    policy = """\
people: {alice: {contacts: {push: browser}}, bob: {contacts: {push: browser}}}
schedules: {copy: {timezone: UTC, layers: [{ical: copy.ics}]}}
policies: {p: {levels: [{notify: [{schedule: copy}]}]}}
catch_all: p
"""
    book = compile_book({"main.yaml": policy, "copy.ics": answer.text}).book
    assert book is not None
    since, until = NOW - 20 * DAY, NOW + 170 * DAY
    primary = house.revisions.book.schedules["primary"]
    assert shifts(book.schedules["copy"], (), since, until) == shifts(
        primary, house.windows.all_overrides, since, until
    )


async def test_turns_of_minutes_make_a_calendar_that_ends_earlier_instead_of_one_without_measure(
    client: Client, house: House
) -> None:
    start = to_datetime(NOW - 60 * DAY).replace(tzinfo=None)
    hot = Schedule("hot", "UTC", (Layer(("alice", "bob"), Every(30, "m"), start, "UTC"),))
    house.revisions.book = replace(house.revisions.book, schedules={"hot": hot})
    events = await read(client, "hot")
    assert len(events) == MOST
    assert max(event.end for event in events) > to_datetime(NOW + 30 * DAY)


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(stories().filter(lambda story: all(layer.every.unit in ("d", "w", "shift") for layer in story[0].layers)))
def test_whatever_the_schedule_its_events_are_its_shifts(story: tuple[Schedule, list[Override], Instant]) -> None:
    """Around changes of clocks, with overrides and hours: no event more, none less, none twice."""
    schedule, made, jump = story
    body = written(Shown("schedule", schedule.name), (schedule,), tuple(made), jump // DAY).body
    events = Calendar.from_ical(body).walk("VEVENT")
    found = sorted((from_datetime(event.start), from_datetime(event.end), str(event["SUMMARY"])) for event in events)
    since, until = jump // DAY * DAY - PAST, jump // DAY * DAY + DAY + AHEAD
    expected = [
        (duty.starts_at, duty.ends_at, duty.person)
        for duty in duties(schedule, made, since - BESIDE, until + BESIDE)
        if duty.person and duty.ends_at > since and duty.starts_at < until
    ]
    assert found == sorted(expected)
    assert len({str(event["UID"]) for event in events}) == len(events)
    assert all(b"\r" not in line and len(line) <= 75 for line in body.split(b"\r\n"))
