"""Who is on call: now and next, shifts with their gaps, overlaps, the share of each, and a shift taken now."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from escalator.core.instant import DAY, HOUR, MINUTE, rfc3339, to_datetime
from escalator.core.oncall import Every, Hours, Layer, Override, Schedule
from escalator.web import build
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.test_incidents import says

MONDAY = NOW // DAY * DAY - 2 * DAY
"""NOW is a Wednesday."""
OFFICE = Hours("office", "UTC", 9 * 60, 17 * 60, frozenset(range(5)))
OVERRIDE = Override("office", "bob", MONDAY + 10 * HOUR, MONDAY + 12 * HOUR, "dentist", "o1")


@pytest.fixture
def client(house: House) -> Client:
    """Beside `primary`: `office`, alice by day and nobody by night."""
    start = to_datetime(MONDAY).replace(tzinfo=None)
    office = Schedule("office", "UTC", (Layer(("alice",), Every(1, "w"), start, "UTC", OFFICE),))
    book = house.revisions.book
    house.revisions.book = replace(
        book, schedules={**book.schedules, "office": office}, holidays={"ours": frozenset({date(2026, 11, 17)})}
    )
    return Client(build(house.needs), token="token-admin")


async def items(client: Client, path: str) -> Any:
    answer = await client.get(f"/api/v1/oncall{path}")
    assert answer.status == 200, answer.text
    return answer.json()["items"]


async def test_now_until_when_and_who_then(client: Client) -> None:
    primary, office = await items(client, "")
    assert (primary["person"], primary["until"], primary["then"], primary["next"]) == (
        "alice", rfc3339(NOW + 4 * DAY), "bob", ["bob"],
    )  # fmt: skip
    # at night nobody comes: that is told, too
    assert (office["person"], office["until"], office["then"]) == ("alice", rfc3339(MONDAY + 2 * DAY + 17 * HOUR), None)


async def test_shifts_are_listed_with_their_gaps_and_their_reasons(client: Client, house: House) -> None:
    house.windows.all_overrides = [OVERRIDE]
    found = await items(client, f"/office/shifts?from={rfc3339(MONDAY)}&for=1d")
    hours = [(each["person"], each["layer"], (each["override"] or {}).get("reason")) for each in found]
    assert hours == [
        (None, None, None), ("alice", 0, None), ("bob", None, "dentist"), ("alice", 0, None), (None, None, None),
    ]  # fmt: skip
    assert found[0]["starts_at"] == rfc3339(MONDAY)
    assert [each["ends_at"] for each in found[:-1]] == [each["starts_at"] for each in found[1:]]
    assert found[-1]["ends_at"] == rfc3339(MONDAY + DAY)


async def test_gaps_and_overlaps_of_overrides_and_layers(client: Client, house: House) -> None:
    later = OVERRIDE._replace(person="alice", starts_at=MONDAY + 11 * HOUR, id="o2")
    house.windows.all_overrides = [OVERRIDE, later]
    (found,) = await items(client, f"/gaps?schedule=office&from={rfc3339(MONDAY)}&for=24h")
    assert [(each["starts_at"], each["ends_at"]) for each in found["gaps"]] == [
        (rfc3339(MONDAY), rfc3339(MONDAY + 9 * HOUR)), (rfc3339(MONDAY + 17 * HOUR), rfc3339(MONDAY + DAY)),
    ]  # fmt: skip
    (overlap,) = found["overlaps"]
    assert overlap == {
        "kind": "override", "first": "alice", "second": "bob", "times": 1, "hours": 1.0,
        "starts_at": rfc3339(MONDAY + 11 * HOUR), "ends_at": rfc3339(MONDAY + 12 * HOUR),
    }  # fmt: skip


async def test_the_share_of_each_with_nights_weekends_and_holidays(client: Client, house: House) -> None:
    house.windows.all_overrides = [OVERRIDE]
    answer = (await client.get(f"/api/v1/oncall/fairness?schedule=office&from={rfc3339(MONDAY)}&for=1w")).json()
    assert (answer["from"], answer["until"]) == (rfc3339(MONDAY), rfc3339(MONDAY + 7 * DAY))
    (found,) = answer["items"]
    assert found["gap_hours"] == 7 * 24 - 40
    alice, bob = found["people"]
    assert (alice["person"], alice["hours"], alice["holiday_hours"], alice["shifts"]) == ("alice", 38, 8, 6)
    assert (bob["person"], bob["hours"], bob["night_hours"], bob["share"]) == ("bob", 2, 0, 0.05)
    assert sum(each["hours"] for each in found["people"]) + found["gap_hours"] == 168


async def test_which_holidays_count_can_be_chosen(client: Client) -> None:
    path = f"/fairness?schedule=office&from={rfc3339(MONDAY)}&for=1w&holidays=ours"
    assert (await items(client, path))[0]["people"][0]["holiday_hours"] == 8
    says(await client.get("/api/v1/oncall/fairness?holidays=theirs"), 422, "ours")


async def test_a_shift_is_taken_now_for_a_while_or_to_its_end(client: Client, house: House) -> None:
    made = await client.post("/api/v1/oncall/primary/take", json={"for": "2h", "by": "bob"})
    assert (made.status, made.json()["person"], made.json()["ends_at"]) == (201, "bob", rfc3339(NOW + 2 * HOUR))
    house.windows.all_overrides = []
    made = await client.post("/api/v1/oncall/primary/take", json={"by": "bob", "reason": "I am up anyway"})
    assert (made.json()["ends_at"], made.json()["reason"]) == (rfc3339(NOW + 4 * DAY), "I am up anyway")
    assert (await items(client, "?schedule=primary"))[0]["person"] == "bob"


async def test_a_token_takes_a_shift_for_its_own_person_alone(client: Client, house: House) -> None:
    own = {"authorization": "Bearer token-alice"}
    made = await client.post("/api/v1/oncall/office/take", json={"for": "30m", "by": "bob"}, headers=own)
    assert made.json()["person"] == "alice"
    assert house.windows.all_overrides[0].ends_at == NOW + 30 * MINUTE


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("primary/take", {"for": "2h"}, 422, "alice, bob"),  # who? the token names a robot
        ("primary/take", {"for": "31d", "by": "bob"}, 422, "30 days"),
        ("primary/take", {"for": "0h", "by": "bob"}, 422, "some time"),
        ("primary/take", {"for": "never", "by": "bob"}, 422, "1h30m"),
        ("nope/take", {"for": "2h", "by": "bob"}, 404, "primary"),
    ],
)
async def test_what_cannot_be_taken_is_refused(
    client: Client, house: House, path: str, body: dict[str, str], status: int, word: str
) -> None:
    says(await client.post(f"/api/v1/oncall/{path}", json=body), status, word)
    assert house.windows.all_overrides == []


async def test_a_shift_without_an_end_is_taken_for_a_while_that_is_said(client: Client, house: House) -> None:
    start = to_datetime(MONDAY).replace(tzinfo=None)
    endless = Schedule("endless", "UTC", (Layer(("alice",), Every(1, "w"), start, "UTC"),))
    house.revisions.book = replace(house.revisions.book, schedules={"endless": endless})
    says(await client.post("/api/v1/oncall/endless/take", json={"by": "bob"}), 422, "for how long")
    assert (await items(client, ""))[0] | {"next": []} == {
        "schedule": "endless", "person": "alice", "until": None, "then": None, "next": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("gaps?for=401d", 422, "400 days"), ("gaps?for=0d", 422, "some time"), ("gaps?for=soon", 422, "1h30m"),
        ("gaps?schedule=x", 422, "primary"), ("fairness?since=x", 422, "since"), ("nope/shifts", 404, "primary"),
        ("office/shifts?from=yesterday", 422, "from"),
    ],
)  # fmt: skip
async def test_a_report_about_nothing_is_refused(client: Client, query: str, status: int, word: str) -> None:
    says(await client.get(f"/api/v1/oncall/{query}"), status, word)
