"""Health, metrics, the feed of changes, and the OpenAPI."""

import asyncio
import json
from typing import Any

import pytest
from prometheus_client import Counter

from escalator.core.instant import MINUTE, to_datetime
from escalator.store import audit
from escalator.store.tables import TimelineRow
from escalator.web import build
from escalator.web.build import application
from escalator.web.events import BACKLOG, HOUSE, Feed
from escalator.web.openapi import permits
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.rows import an_incident


@pytest.fixture
def client(house: House) -> Client:
    return Client(build(house.needs), token="token-read")


async def test_the_process_answers_even_without_a_database(client: Client, house: House) -> None:
    house.database.down = True
    assert (await client.get("/healthz")).text == "ok\n"


async def test_readiness_follows_the_upkeep_and_says_why(client: Client, house: House) -> None:
    assert (await client.get("/readyz")).json() == {"ready": True, **house.upkeep.answer[1]}
    # A refused revision is no reason to send traffic elsewhere: pages go out by the last good one.
    house.upkeep.answer = (True, {"policy_problem": "main.yaml:3:1: no such schedule"})
    assert (await client.get("/readyz")).status == 200
    house.upkeep.answer = (False, {"tick_age": 16.2})
    answer = await client.get("/readyz")
    assert (answer.status, answer.json()) == (503, {"ready": False, "tick_age": 16.2})


async def test_metrics_come_from_the_engines_own_registry(client: Client, house: House) -> None:
    Counter("escalator_probe", "A probe.", registry=house.metrics.registry).inc()
    answer = await client.get("/metrics")
    assert "escalator_probe_total 1.0" in answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")


def touch(house: House, id: int, version: int) -> None:
    """Another replica changes the incident."""
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE incident SET version = ? WHERE id = ?", (version, id))
    house.database.put(TimelineRow(incident_id=id, at=NOW, event="noted", reason="x"))


async def test_everybody_who_listens_hears_of_each_change_once_and_of_nothing_older(house: House) -> None:
    an_incident(house, 42)
    feed = Feed(house.database, beat=0.01)
    queues = [feed.join(), feed.join()]
    await asyncio.sleep(0.05)
    touch(house, 42, 9)
    for queue in queues:
        assert await asyncio.wait_for(queue.get(), 2) == (42, 9)
    await asyncio.sleep(0.05)
    assert [queue.qsize() for queue in queues] == [0, 0]
    for queue in queues:
        feed.leave(queue)
    assert feed._watch is None


def act(house: House, name: str, at: int = NOW) -> None:
    with house.database.engine.begin() as connection:
        audit.append(connection, "r1", at, "ana", name, {})


async def test_what_somebody_does_to_the_house_is_told_and_what_it_does_by_itself_is_not(house: House) -> None:
    feed = Feed(house.database, beat=0.01)
    queue = feed.join()
    await asyncio.sleep(0.05)
    act(house, audit.SEAL)
    await asyncio.sleep(0.05)
    assert queue.qsize() == 0
    act(house, "silence.create")
    assert (await asyncio.wait_for(queue.get(), 2))[0] == HOUSE
    await asyncio.sleep(0.05)
    assert queue.qsize() == 0
    feed.leave(queue)


@pytest.mark.parametrize(("name", "at", "told"), [
    ("silence.create", NOW, True), ("silence.create", NOW - MINUTE, False), (audit.SEAL, NOW, False),
])  # fmt: skip
async def test_what_was_done_between_a_page_and_its_first_word_is_told_at_once(
    house: House, name: str, at: int, told: bool
) -> None:
    act(house, name, at)
    needs = house.needs
    client = Client(application(needs), token="token-read")
    client.stays = True
    written = to_datetime(NOW).isoformat().replace("+00:00", "Z")
    asking = asyncio.create_task(client.get(f"/events?at={written}"))
    await asyncio.sleep(0.1)
    needs.stopping.set()
    answer = await asyncio.wait_for(asking, 2)
    assert ("event: house\ndata: {}\n\n" in answer.text) is told


async def test_the_feed_waits_for_a_database_that_is_away(house: House) -> None:
    an_incident(house, 42)
    feed = Feed(house.database, beat=0.01)
    queue = feed.join()
    await asyncio.sleep(0.05)
    house.database.down = True
    await asyncio.sleep(0.05)
    touch(house, 42, 10)
    house.database.down = False
    assert await asyncio.wait_for(queue.get(), 2) == (42, 10)
    feed.leave(queue)


async def test_a_listener_that_does_not_read_is_cut_off_instead_of_filling_the_memory(house: House) -> None:
    feed = Feed(house.database)
    queue = feed.join()
    for number in range(BACKLOG + 10):
        feed._publish(number, 1)
    assert queue.qsize() == BACKLOG
    assert queue not in feed.listeners
    feed.leave(queue)


async def test_the_stream_speaks_server_sent_events_and_ends_when_the_service_stops(house: House) -> None:
    an_incident(house, 42)
    needs = house.needs
    app = application(needs)
    app.state.feed = Feed(house.database, beat=0.01)
    client = Client(app, token="token-read")
    client.stays = True
    asking = asyncio.create_task(client.get("/api/v1/events"))
    await asyncio.sleep(0.1)
    touch(house, 42, 11)
    await asyncio.sleep(0.1)
    needs.stopping.set()
    answer = await asyncio.wait_for(asking, 2)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert 'event: incident\ndata: {"id":"42","version":11}\n\n' in answer.text


@pytest.mark.parametrize(("written", "told"), [("10:59:00", True), ("11:06:41", True), ("11:06:42", False)])
async def test_what_changed_between_a_page_and_its_first_word_is_told_at_once(
    house: House, written: str, told: bool
) -> None:
    an_incident(house, 42)
    touch(house, 42, 11)
    needs = house.needs
    client = Client(application(needs), token="token-read")
    client.stays = True
    asking = asyncio.create_task(client.get(f"/events?at=2026-11-18T{written}Z"))
    await asyncio.sleep(0.1)
    needs.stopping.set()
    answer = await asyncio.wait_for(asking, 2)
    assert ("event: incident" in answer.text) is told


@pytest.fixture
def document(house: House) -> dict[str, Any]:
    return application(house.needs).openapi()


async def test_the_openapi_describes_every_door_the_senders_too(client: Client, document: dict[str, Any]) -> None:
    assert (await client.get("/openapi.json")).json() == json.loads(json.dumps(document))
    assert "/integrations/{source}" in document["paths"]
    assert "/replies/link/{token}" in document["paths"]
    assert "HTTPValidationError" not in json.dumps(document)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                kinds = set(response.get("content", {}))
                pages = path.startswith("/replies/") or path == "/readyz"
                assert int(status) < 400 or pages or kinds <= {"application/problem+json"}, (path, status)


async def test_the_page_of_doors_names_each_with_its_permission_and_no_script(client: Client, house: House) -> None:
    page = await client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path, _, permission in permits(application(house.needs)):
        if path.startswith("/api/"):
            assert f"<code>{path}</code>" in page.text
            assert permission is not None
    assert "<script" not in page.text
