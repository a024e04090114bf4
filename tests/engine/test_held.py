"""A stale firing waits on its old incident; when its group has opened another one meanwhile, it goes there."""

from collections.abc import Iterator

import pytest

from escalator.core.alert import Alert, fingerprint_of
from escalator.core.incident import Status
from escalator.core.instant import MINUTE, SECOND, Instant
from escalator.engine.batch import Delivery
from escalator.engine.intake import Intake
from escalator.engine.lifecycle import Lifecycle
from escalator.engine.world import World
from escalator.store import incidents
from escalator.store.inline import InlineDatabase, Memory
from tests.simulation.books import books

NOON: Instant = 1_772_625_600 * SECOND


class Clock:
    now = NOON


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory()
    yield memory
    memory.close()


def report(name: str, starts_at: Instant, ends_at: Instant | None = None) -> Delivery:
    labels = {"alertname": name, "service": "web", "severity": "critical"}
    alert = Alert("alertmanager", fingerprint_of(labels), labels, {}, ends_at is None, starts_at, ends_at)
    return Delivery("alertmanager", (alert,))


async def test_what_a_resolved_incident_holds_joins_the_one_that_its_group_opened_since(memory: Memory) -> None:
    clock = Clock()
    database = InlineDatabase(memory, clock=lambda: clock.now)
    world = World(books()[1], lambda via, address: True, lambda connection, number: None)
    intake = Intake(database, world, lambda wake: None, lambda *counts: None)
    lifecycle = Lifecycle(database, world, lambda wake: None)

    await intake.accept(report("First", NOON))
    await intake.accept(report("First", NOON, NOON + SECOND))
    clock.now = NOON + 5 * MINUTE
    await intake.accept(report("First", NOON))
    await intake.accept(report("Second", clock.now))
    clock.now += MINUTE
    await lifecycle.run_due(1)

    old, new = (await database.read(lambda connection: incidents.load(connection, range(1, 10)))).values()
    assert (old.status, old.held, old.due_at) == (Status.RESOLVED, 0, None)
    assert (new.status, new.firing, new.held) == (Status.TRIGGERED, 2, 0)
