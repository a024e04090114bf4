"""The door that explains an incident: for whoever may read, in values that hold no address."""

from typing import Any

import pytest

from escalator.store.tables import TimelineRow
from escalator.web import build
from escalator.web.build import application
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.rows import an_incident

DOOR = "/api/v1/incidents/42/explanation"


@pytest.fixture
def client(house: House) -> Client:
    an_incident(house, 42)
    detail = '{"level":1,"round":1,"attempt":1,"missing":[["channel ops","channel ops is not usable"]]}'
    house.database.put(TimelineRow(incident_id=42, at=NOW, event="paged", reason="level 1: alice", detail=detail))
    return Client(build(house.needs), token="token-read")


async def test_the_route_the_policy_and_each_page(client: Client) -> None:
    answer = await client.get(DOOR)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    assert found["route"]["name"] == "routes[0]"
    assert found["route"]["matched"] == ['team is "db"']
    assert found["readable"] is True
    (page,) = [page for page in found["pages"] if page["not_told"]]
    assert page["not_told"] == [{"who": "channel ops", "person": None, "why": "channel ops is not usable"}]
    assert "alice@example.com" not in answer.body.decode()


async def test_an_incident_that_there_is_not(client: Client) -> None:
    assert (await client.get("/api/v1/incidents/999/explanation")).status == 404


@pytest.mark.parametrize(("token", "status"), [("token-read", 200), ("token-ingest", 403), ("nobody's", 401)])
async def test_whoever_may_read_may_ask_why(house: House, client: Client, token: str, status: int) -> None:
    assert (await Client(build(house.needs), token=token).get(DOOR)).status == status


def test_it_stands_in_the_openapi(house: House) -> None:
    described = application(house.needs).openapi()["paths"]["/api/v1/incidents/{incident_id}/explanation"]["get"]
    assert "Explanation" in str(described["responses"]["200"])
