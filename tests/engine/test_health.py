"""A process tells that it lives, and what it knows of its channels."""

from pathlib import Path

from escalator.core.circuit import Circuit
from escalator.core.instant import DAY, SECOND
from escalator.engine.health import ChannelHealth, Vitals
from escalator.engine.revisions import NOBODY, load_book
from escalator.engine.world import Reach, World
from escalator.store import health
from escalator.store.db import Database
from tests.engine.live import live, policies
from tests.store.seeds import put_attempt, put_incident, put_notification

TRIPPED = Circuit(5, 1, 2)


def vitals(database: Database, writer: str = "here:1") -> Vitals:
    world = World(NOBODY, Reach(lambda via, address: True, lambda address: address), load_book)
    circuits = {"sms": {"Twilio": TRIPPED, "Other": Circuit()}}
    return Vitals(database, world, ("email", "sms"), lambda: circuits, writer=writer, version="1")


async def test_a_channel_is_told_by_its_attempts_its_queue_and_its_open_circuits(database: Database) -> None:
    now = database.now()

    def fill(connection: object, items: object) -> list[None]:
        put_incident(connection, 1)
        put_notification(connection, 1, 1, via="email", state="pending", not_before=now - SECOND)
        for outcome, at in (("sent", now - 2 * DAY), ("sent", now - 3), ("temporary", now - 2), ("sent", now - 1)):
            put_attempt(connection, 1, outcome, at)
        return [None]

    await database.write(fill, None)
    email, sms = (await vitals(database).read()).channels
    assert (email.via, email.attempts, email.good, email.failed_at) == ("email", 3, 2, now - 2)
    assert (email.took.median, email.took.p95, email.why) == (1500, 1500, "250 ok")
    assert email.waiting is not None
    assert email.waiting.due == 1
    assert isinstance(sms, ChannelHealth)
    assert (sms.attempts, sms.waiting, sms.circuits) == (0, None, (("Twilio", TRIPPED),))


async def test_replicas_see_each_other_and_forget_who_has_been_gone_for_a_day(database: Database) -> None:
    gone = health.Replica("gone:9", "1", 1, 0, database.now() - 2 * DAY)
    await database.write(lambda c, items: [health.beat(c, [gone])], None)
    here, there = vitals(database), vitals(database, "there:2")
    await here.beat()
    await there.beat()
    assert [each.writer for each in (await here.read()).replicas] == ["there:2", "here:1"]


async def test_a_house_that_serves_says_so_from_the_beginning(database_url: str, tmp_path: Path) -> None:
    async with live(
        database_url, tmp_path / "policies", policies("alice: {contacts: {webhook: 'secret:HOOK'}}")
    ) as one:
        found = await one.house.vitals.read()
        assert [each.revision for each in found.replicas] == [1]
        assert "webhook" in {each.via for each in found.channels}
