"""From a rule in a real Prometheus, through a real Alertmanager, to a message that arrives, and back."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests import absent
from tests.process.ledger import Receiver, receiver
from tests.process.service import Service, until
from tests.senders.programs import Exporter, Program, alertmanager, exporter, prometheus

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

INGEST = "in-" + "i" * 32
ADMIN = "ad-" + "a" * 32

POLICIES = """
version: 1
people:
  alice: {contacts: {webhook: secret:HOOK}}
  bob: {contacts: {webhook: secret:HOOK}}
policies:
  page:
    levels:
      - {notify: [{person: alice}], escalate_after: 3s}
      - {notify: [{person: bob}], escalate_after: 1h}
catch_all: page
"""


class Chain:
    """Everything from the exporter to the receiver."""

    exporter: Exporter
    receiver: Receiver
    service: Service
    alertmanager: Program
    session: aiohttp.ClientSession

    async def api(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {ADMIN}"}
        async with self.session.request(method, self.service.base + "/api/v1/" + path, headers=headers, **more) as it:
            assert it.status == 200, await it.text()
            return await it.json()

    async def incident(self) -> dict[str, Any]:
        """The only one."""
        items = (await self.api("GET", "incidents"))["items"]
        assert len(items) <= 1, [(each["title"], each["status"]) for each in items] + self.service.log[-20:]
        return items[0] if items else {"status": "", "alerts": {"firing": 0}}

    async def comes_to(self, status: str, firing: int) -> dict[str, Any]:
        async def there() -> bool:
            found = await self.incident()
            return (found["status"], found["alerts"]["firing"]) == (status, firing)

        await until(there)
        return await self.incident()

    async def has_failed(self) -> bool:
        """Whether Alertmanager found our door closed."""
        async with self.session.get(self.alertmanager.ready.replace("/-/ready", "/metrics")) as answer:
            lines = (await answer.text()).splitlines()
        name = 'alertmanager_notification_requests_failed_total{integration="webhook"}'
        return any(line.startswith(name) and float(line.split()[-1]) > 0 for line in lines)

    async def has_settled(self) -> bool:
        items = (await self.api("GET", "notifications"))["items"]
        return all(each["state"] not in ("pending", "sending") for each in items)

    def heard(self, kind: str) -> list[str | None]:
        return [body["person"] for body in self.receiver.bodies if body["type"] == kind]


@pytest.fixture
async def chain(database_url: str, tmp_path: Path) -> AsyncIterator[Chain]:
    paths = absent.need("prometheus"), absent.need("alertmanager")
    one = Chain()
    async with AsyncExitStack() as stack:
        one.session = await stack.enter_async_context(aiohttp.ClientSession())
        one.exporter, port = await stack.enter_async_context(exporter())
        one.receiver, hook = await stack.enter_async_context(receiver())
        tokens = {"ESCALATOR_INGEST_TOKEN": INGEST, "ESCALATOR_ADMIN_TOKEN": ADMIN}
        one.service = Service(database_url, tmp_path / "escalator", POLICIES, HOOK=hook, **tokens)
        stack.callback(one.service.close)
        one.service.start()
        one.alertmanager, listening = alertmanager(paths[1], tmp_path / "am", one.service.base, INGEST)
        stack.push_async_callback(one.alertmanager.stop)
        await one.alertmanager.start()
        source = prometheus(paths[0], tmp_path / "prometheus", listening, port)
        stack.push_async_callback(source.stop)
        await source.start()
        await one.service.ready()
        yield one


async def test_a_rule_that_fires_reaches_people_until_somebody_acknowledges_and_it_resolves(chain: Chain) -> None:
    chain.exporter.failing = {"a"}
    found = await chain.comes_to("triggered", 1)
    assert (found["labels"], found["severity"]) == ({"alertname": "CheckoutFailing", "service": "checkout"}, "critical")
    # Nobody answers: the levels climb.
    await until(lambda: chain.heard("page") == ["alice", "bob"])
    # A second host joins the group; the incident stays one, and nobody is paged anew.
    chain.exporter.failing = {"a", "b"}
    await chain.comes_to("triggered", 2)
    # Alertmanager is restarted in the middle: what it repeats is no news.
    await chain.alertmanager.stop()
    await chain.alertmanager.start()
    await chain.api("POST", f"incidents/{found['id']}/acknowledge", json={"by": "bob"})
    await until(lambda: sorted(chain.heard("update"), key=str) == ["alice", "bob"])
    # Written down, too: what a killed sender holds would wait for the end of its lease.
    await until(chain.has_settled)
    # So is Escalator, by force; what it was told before it remembers.
    chain.service.kill()
    chain.service.start()
    await chain.service.ready()
    assert (await chain.incident())["acknowledged_by"] == "bob"
    chain.exporter.failing = {"b"}
    await chain.comes_to("acknowledged", 1)
    chain.exporter.failing = set()
    await chain.comes_to("resolved", 0)
    await until(lambda: sorted(chain.heard("resolved"), key=str) == ["alice", "bob"])
    assert chain.heard("page") == ["alice", "bob"]


async def test_what_begins_while_we_are_down_is_heard_once_we_are_back(chain: Chain) -> None:
    await chain.service.terminate()
    chain.exporter.failing = {"a"}
    await until(chain.has_failed)
    chain.service.start()
    await chain.service.ready()
    await chain.comes_to("triggered", 1)
    await until(lambda: "alice" in chain.heard("page"))
    assert max(chain.receiver.copies.values()) == 1
