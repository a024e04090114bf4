"""Swaps and feeds from the door to the disk, on both databases: asked, told, accepted, declined, expired, audited."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from escalator.core.instant import DAY, HOUR, MINUTE, Instant, rfc3339
from escalator.core.oncall import on_call
from escalator.engine.feeds import Feeds
from escalator.engine.swaps import KEPT, Swaps
from escalator.engine.windows import Windows
from escalator.engine.world import Reach, World
from escalator.store import retention
from escalator.store.db import Database
from escalator.web import build
from tests.web.asgi import Answer, Client
from tests.web.conftest import House, a_book
from tests.web.fakes import NOW
from tests.web.test_incidents import says

START, END = NOW + 2 * HOUR, NOW + 6 * HOUR


class News:
    """What colleagues are told of, and what is over."""

    def __init__(self) -> None:
        self.open: dict[str, str] = {}

    async def complain(self, name: str, summary: str, labels: dict[str, str]) -> None:
        assert labels["severity"] == "info"
        self.open[labels["escalator_ask"]] = summary

    async def settle(self, name: str, labels: dict[str, str]) -> None:
        self.open.pop(labels["escalator_ask"], None)


class Real:
    """The doors on a real database: only the alerts are caught."""

    def __init__(self, house: House, url: str) -> None:
        self.house, self.url = house, url
        self.now: Instant = NOW
        self.news = News()

    async def open(self) -> None:
        self.database = await Database.open(self.url, clock=lambda: self.now)
        reach = Reach(lambda via, address: True, lambda address: address)
        self.world = World(a_book(), reach, lambda connection, number: None)
        house, database = self.house, self.database
        house.windows = Windows(database, self.world, lambda wake: None, "here:1")
        house.swaps = self.swaps = Swaps(database, self.world, house.windows.look, self.news, "here:1")
        house.feeds = Feeds(database, "here:1")
        house.database.close()
        house.database = database
        self.client = Client(build(house.needs), token="token-admin")

    async def post(self, path: str, **body: Any) -> Answer:
        return await self.client.post(f"/api/v1/{path}", json=body)

    async def ask(self, **more: Any) -> Answer:
        body = {"schedule": "primary", "by": "alice", "to": "bob", "from": rfc3339(START), "until": rfc3339(END)} | more
        return await self.post("swaps", **body)

    async def asked(self, **more: Any) -> str:
        made = await self.ask(**more)
        assert made.status == 201, made.text
        return str(made.json()["id"])

    async def state(self, id: str) -> str:
        return str((await self.client.get(f"/api/v1/swaps/{id}")).json()["state"])

    async def audited(self) -> list[tuple[str, str]]:
        query = text("SELECT act, \"by\" FROM audit WHERE act LIKE 'swap.%' OR act LIKE 'feed.%' ORDER BY number")
        return [tuple(row) for row in await self.database.read(lambda c: c.execute(query).all())]

    def on_call(self, at: Instant) -> str | None:
        return on_call(self.world.book.schedules["primary"], self.world.overrides, at)


@pytest.fixture
async def real(house: House, database_url: str) -> AsyncIterator[Real]:
    made = Real(house, database_url)
    await made.open()
    yield made
    await made.database.close()


@pytest.fixture(autouse=True)
def _closed_once(house: House) -> Iterator[None]:
    """The fake database was closed when the real one took its place."""
    yield
    if isinstance(house.database, Database):
        house.database = type("Closed", (), {"close": lambda self: None})()


async def test_a_colleague_who_accepts_has_the_shift_and_nothing_changes_before(real: Real) -> None:
    made = await real.ask(reason="dentist")
    assert made.json() == {
        "id": made.json()["id"], "schedule": "primary", "by": "alice", "to": "bob", "starts_at": rfc3339(START),
        "ends_at": rfc3339(END), "reason": "dentist", "state": "asked", "answered_by": None, "override": None,
    }  # fmt: skip
    assert real.on_call(START) == "alice"
    id = made.json()["id"]
    accepted = await real.post(f"swaps/{id}/accept", by="bob")
    assert (accepted.status, accepted.json()["state"], accepted.json()["answered_by"]) == (200, "accepted", "bob")
    assert [real.on_call(at) for at in (START - 1, START, END - 1, END)] == ["alice", "bob", "bob", "alice"]
    (override,) = (await real.client.get("/api/v1/overrides")).json()["items"]
    assert (override["id"], override["reason"]) == (accepted.json()["override"], "swap with alice: dentist")
    assert await real.audited() == [("swap.ask", "alice"), ("swap.accept", "bob")]
    assert (await real.client.get("/api/v1/swaps")).json()["items"] == [accepted.json()]


async def test_the_colleague_is_told_until_the_swap_is_answered(real: Real) -> None:
    id = await real.asked(reason="dentist")
    assert real.news.open == {
        "bob": f"alice asks you to take primary from {rfc3339(START)} to {rfc3339(END)} (dentist): "
        f"escalator swap accept {id}, or decline"
    }
    await real.post(f"swaps/{id}/decline", by="bob")
    assert real.news.open == {}


async def test_what_is_asked_of_anybody_is_shown_and_anybody_on_the_schedule_accepts_it(real: Real) -> None:
    id = await real.asked(to=None)
    assert real.news.open == {}
    assert (await real.post(f"swaps/{id}/accept", by="bob")).json()["answered_by"] == "bob"
    assert real.on_call(START) == "bob"


async def test_a_colleague_who_declines_leaves_everything_as_it_is(real: Real) -> None:
    id = await real.asked()
    assert (await real.post(f"swaps/{id}/decline", by="bob")).json()["state"] == "declined"
    says(await real.post(f"swaps/{id}/accept", by="bob"), 409, "declined already")
    assert real.on_call(START) == "alice"
    assert await real.audited() == [("swap.ask", "alice"), ("swap.decline", "bob")]


async def test_who_asked_may_take_it_back(real: Real) -> None:
    id = await real.asked()
    assert (await real.post(f"swaps/{id}/decline", by="alice")).json()["answered_by"] == "alice"
    assert await real.state(id) == "declined"


async def test_what_nobody_accepted_expires_when_it_begins(real: Real) -> None:
    id = await real.asked()
    real.now = START
    assert await real.state(id) == "expired"
    says(await real.post(f"swaps/{id}/accept", by="bob"), 409, "expired")
    assert real.on_call(START) == "alice"
    assert real.news.open
    await real.swaps.expire()
    await real.swaps.expire()
    assert real.news.open == {}
    assert await real.state(id) == "expired"
    assert await real.audited() == [("swap.ask", "alice"), ("swap.expire", "escalator")]


async def test_two_who_accept_at_once_are_one_and_the_other_is_told(real: Real) -> None:
    id = await real.asked(to=None)
    answers = await asyncio.gather(*(real.post(f"swaps/{id}/accept", by="bob") for _ in range(3)))
    assert sorted(each.status for each in answers) == [200, 409, 409]
    assert len((await real.client.get("/api/v1/overrides")).json()["items"]) == 1


async def test_an_override_made_meanwhile_keeps_a_swap_from_being_accepted(real: Real) -> None:
    id = await real.asked()
    times = {"starts_at": rfc3339(START), "ends_at": rfc3339(START + HOUR)}
    await real.post("overrides", schedule="primary", person="bob", by="bob", **times)
    says(await real.post(f"swaps/{id}/accept", by="bob"), 409, "alice is not on call for primary all that time")
    assert await real.state(id) == "asked"


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"by": "bob", "to": "alice"}, 409, "bob is not on call"),
        ({"to": "alice"}, 409, "somebody else"),
        ({"from": rfc3339(NOW)}, 409, "has begun"),
        ({"until": rfc3339(START)}, 409, "ends after it starts"),
        ({"schedule": "x"}, 422, "primary"),
        ({"to": "mallory"}, 422, "alice, bob"),
        ({"by": None}, 422, "alice, bob"),
        ({"until": None}, 422, "until"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_nobody_is_told(
    real: Real, change: dict[str, Any], status: int, word: str
) -> None:
    says(await real.ask(**change), status, word)
    assert real.news.open == {}
    assert await real.audited() == []


async def test_nobody_accepts_what_another_was_asked(real: Real) -> None:
    id = await real.asked()
    says(await real.post(f"swaps/{id}/accept", by="alice"), 409, "their own")
    own = {"authorization": "Bearer token-alice"}
    answer = await real.client.post(f"/api/v1/swaps/{id}/accept", json={"by": "bob"}, headers=own)
    says(answer, 409, "their own")  # the token's person acts, whatever the body says
    says(await real.post("swaps/nope/accept", by="bob"), 404, "GET /api/v1/swaps")
    says(await real.post("swaps/nope/decline", by="bob"), 404)
    says(await real.client.get("/api/v1/swaps/nope"), 404)


async def test_old_swaps_are_no_longer_listed_and_in_the_end_taken_away(real: Real) -> None:
    id = await real.asked()
    real.now = END + KEPT
    assert (await real.client.get("/api/v1/swaps")).json()["items"] == []
    cut = retention.Cut(END + 1, real.now, "here:1")
    assert await real.database.write(retention.prune, cut) == 1
    says(await real.client.get(f"/api/v1/swaps/{id}"), 404)


async def test_a_feed_is_kept_hashed_and_ends_when_it_is_revoked(real: Real) -> None:
    made = (await real.post("feeds", of="primary", by="alice")).json()
    token = made["url"].split("/")[-2]
    path = made["url"].removeprefix("http://localhost:8080")
    rows = await real.database.read(lambda c: c.execute(text("SELECT * FROM feed")).all())
    assert token not in str(rows)
    assert (await real.client.get(path, headers={"authorization": ""})).status == 200
    assert (await real.client.get("/api/v1/feeds")).json()["items"][0]["by"] == "alice"
    assert (await real.client.delete(f"/api/v1/feeds/{made['id']}?by=bob")).status == 204
    assert (await real.client.delete(f"/api/v1/feeds/{made['id']}?by=bob")).status == 404
    assert (await real.client.get(path)).status == 404
    assert await real.audited() == [("feed.create", "alice"), ("feed.revoke", "bob")]


async def test_a_feed_shows_overrides_that_are_over_and_a_report_counts_them(real: Real) -> None:
    times = {"starts_at": rfc3339(NOW), "ends_at": rfc3339(NOW + HOUR)}
    await real.post("overrides", schedule="primary", person="bob", by="bob", **times)
    real.now = NOW + 3 * DAY + MINUTE
    path = (await real.post("feeds", of="bob", by="bob")).json()["url"].removeprefix("http://localhost:8080")
    assert b"by an override" in (await real.client.get(path)).body
    assert (await real.client.get("/api/v1/overrides")).json()["items"] == []
    report = await real.client.get(f"/api/v1/oncall/fairness?from={rfc3339(NOW - HOUR)}&for=1d")
    assert {each["person"]: each["hours"] for each in report.json()["items"][0]["people"]} == {"alice": 23, "bob": 1}
