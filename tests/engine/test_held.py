"""A stale firing waits on its old incident; when its group has opened another one meanwhile, it goes there."""

from collections.abc import Iterator

import pytest

from escalator.core.alert import Alert, fingerprint_of
from escalator.core.incident import Incident, Status
from escalator.core.instant import MINUTE, SECOND, Instant
from escalator.engine.batch import Delivery
from escalator.engine.intake import Intake
from escalator.engine.lifecycle import Lifecycle
from escalator.engine.world import Reach, World
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


class Engine:
    """What an alert passes through, without a clock that ticks."""

    def __init__(self, memory: Memory) -> None:
        self.clock = Clock()
        self.database = InlineDatabase(memory, clock=lambda: self.clock.now)
        world = World(books()[1], Reach(lambda via, address: True, str), lambda connection, number: None)
        self.intake = Intake(self.database, world, lambda wake: None, lambda *counts: None)
        self.lifecycle = Lifecycle(self.database, world, lambda wake: None)

    async def incidents(self) -> list[Incident]:
        return [*(await self.database.read(lambda connection: incidents.load(connection, range(1, 10)))).values()]


async def test_a_hold_that_is_over_unheard_counts_nobody_twice_when_a_held_alert_fires_anew(memory: Memory) -> None:
    """Simulation, seed 581: the intake ran the hold's deadline on alerts that it had not written yet."""
    engine = Engine(memory)
    for name in ("First", "Second"):
        await engine.intake.accept(report(name, NOON))
    for name in ("First", "Second"):
        await engine.intake.accept(report(name, NOON, NOON + SECOND))
    engine.clock.now = NOON + 10 * SECOND
    for name in ("First", "Second"):
        await engine.intake.accept(report(name, NOON))
    # No clock ticked when the hold ended; then one of the two fires with a start of its own.
    engine.clock.now = NOON + 40 * SECOND
    await engine.intake.accept(report("Second", engine.clock.now))
    [incident] = await engine.incidents()
    assert (incident.firing, incident.held) == (1, 1)
    await engine.lifecycle.run_due(incident.id)
    [incident] = await engine.incidents()
    assert (incident.firing, incident.held) == (2, 0)


async def test_what_a_resolved_incident_holds_joins_the_one_that_its_group_opened_since(memory: Memory) -> None:
    engine = Engine(memory)
    clock, intake = engine.clock, engine.intake
    await intake.accept(report("First", NOON))
    await intake.accept(report("First", NOON, NOON + SECOND))
    clock.now = NOON + 5 * MINUTE
    await intake.accept(report("First", NOON))
    await intake.accept(report("Second", clock.now))
    clock.now += MINUTE
    await engine.lifecycle.run_due(1)

    old, new = await engine.incidents()
    assert (old.status, old.held, old.due_at) == (Status.RESOLVED, 0, None)
    assert (new.status, new.firing, new.held) == (Status.TRIGGERED, 2, 0)
