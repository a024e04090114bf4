"""Every door against its own description: whatever schemathesis thinks of, no answer is a fault or undescribed."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from uvicorn import Server

from escalator.web import build
from escalator.web.build import application
from escalator.web.server import configuration
from tests.web.conftest import House
from tests.web.rows import an_incident

CHECKS: list[CheckFunction] = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server in a thread of its own: schemathesis speaks HTTP and waits for its answers."""
    house = House(admin_token="chef")
    for id in (1, 2, 3):
        an_incident(house, id)
    config = configuration(build(house.needs), "127.0.0.1", 0)
    config.lifespan = "off"
    server = Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server._serve()), daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    house.database.close()


def operations() -> list[Any]:
    """Every operation of the OpenAPI but the stream, which never ends by itself."""
    house = House()
    document = application(house.needs).openapi()
    house.database.close()
    found = schemathesis.openapi.from_dict(document).exclude(path="/api/v1/events").get_all_operations()
    return [each.ok() for each in found if isinstance(each, Ok)]


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_a_door_answers_as_it_is_described(address: str, operation: Any) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
    )
    def ask(case: Any) -> None:
        case.call_and_validate(base_url=address, checks=CHECKS, headers={"Authorization": "Bearer chef"}, timeout=10)

    ask()
