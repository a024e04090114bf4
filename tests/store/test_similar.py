"""What is like an incident, and what decides its next hours, are the same on both databases and walk an index."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from escalator.core.effects import Bundle, Kind
from escalator.store import foreseen, similar
from escalator.store.db import Database
from escalator.store.inline import Memory
from tests.store.seeds import MINUTE, START, put_attempt, put_incident, put_line, put_notification
from tests.store.test_listing import seed
from tests.store.test_plans import plans

DOWN, DISK = json.dumps({"alertname": "Down"}), json.dumps({"alertname": "Disk", "service": "db"})


def several(connection: Connection) -> None:
    for id in (1, 2, 3):
        put_incident(connection, id, key=7, status="resolved", resolved_at=START + 9 * MINUTE)
    put_incident(connection, 4, key=7)
    put_incident(connection, 5, labels=DISK, status="resolved")
    put_incident(connection, 6, policy="other")
    put_incident(connection, 8, status="snoozed")


async def test_the_group_before_it_and_the_same_alert_elsewhere(database: Database) -> None:
    await seed(database, several)
    read = database.read
    group = await read(lambda c: similar.of_group(c, 7, 4, 2))
    assert [each.id for each in group] == [3, 2]
    assert group[0].resolved_at == START + 9 * MINUTE
    assert [each.id for each in await read(lambda c: similar.of_group(c, 7, 2, 5))] == [1], (
        "what came later is not before"
    )
    before = START + 20 * MINUTE
    others = await read(lambda c: similar.of_alert(c, "shop-primary", "Down", before, {4, 3, 2}, 5))
    assert [each.id for each in others] == [8, 1]
    assert await read(lambda c: similar.of_alert(c, "shop-primary", "Down", before, (), 1)) == others[:1]
    assert await read(lambda c: similar.of_alert(c, "shop-primary", "Nothing", before, (), 5)) == []


async def test_what_opened_shortly_before(database: Database) -> None:
    await seed(database, several)
    since, until = START + 3 * MINUTE, START + 6 * MINUTE
    found = await database.read(lambda c: similar.opened_between(c, since, until, 4, 10))
    assert [each.id for each in found] == [6, 5, 3]
    assert len(await database.read(lambda c: similar.opened_between(c, since, until, 4, 1))) == 1


async def test_how_each_ended_in_the_words_of_its_timeline(database: Database) -> None:
    def fill(connection: Connection) -> None:
        several(connection)
        for event in ("opened", "acknowledged", "note", "resolved by hand"):
            put_line(connection, 1, event)
        put_line(connection, 2, "resolved")

    await seed(database, fill)
    found = await database.read(lambda c: similar.ends(c, [1, 2, 3]))
    assert found[1] == similar.Ended("because", "alice", "alice", "because")
    assert found[2] == similar.Ended("because", "alice")
    assert 3 not in found
    assert await database.read(lambda c: similar.ends(c, [])) == {}


def told(connection: Connection) -> None:
    put_incident(connection, 1, round=2)
    put_notification(connection, 1, 1, round=1)
    put_notification(connection, 2, 1, round=1, state="pending", sent_at=None, bundle=2)
    put_notification(connection, 3, 1, round=2, kind="update", state="delivered")
    put_notification(connection, 4, 2, round=2)
    sms: dict[str, Any] = {"via": "sms", "contact": "person/alice/sms"}
    put_notification(connection, 5, 3, sent_at=START, **sms)
    put_notification(connection, 6, 4, sent_at=START, carrier=5, **sms)
    put_notification(connection, 7, 5, sent_at=START - 20 * MINUTE, **sms)
    put_attempt(connection, 5, "temporary", START - 1)
    put_attempt(connection, 5, "sent", START)
    put_attempt(connection, 6, "sent", START)
    put_attempt(connection, 7, "sent", START - 20 * MINUTE)


async def test_the_messages_of_the_current_round_and_what_still_waits(database: Database) -> None:
    await seed(database, told)
    found = await database.read(lambda c: foreseen.messages(c, 1, 2))
    assert [(made.said.kind, made.state, made.said.round) for made in found] == [
        (Kind.PAGE, "pending", 1), (Kind.UPDATE, "delivered", 2),
    ]  # fmt: skip
    assert found[0].said.bundle is Bundle.STORM
    assert found[0].attempts == 1


async def test_what_a_capped_contact_had_of_late_whatever_it_told_of(database: Database) -> None:
    await seed(database, told)
    contacts = ["person/alice/sms", "person/bob/sms"]
    assert await database.read(lambda c: foreseen.sent(c, contacts, START + MINUTE)) == {"person/alice/sms": [START]}
    assert await database.read(lambda c: foreseen.sent(c, [], START)) == {}


@pytest.fixture
def connection() -> Iterator[Connection]:
    memory = Memory()
    yield memory.connection
    memory.close()


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda c: similar.of_group(c, 7, 1, 5), "incident_key"),
        (lambda c: similar.of_alert(c, "p", "a", 9, (), 5), "incident_policy"),
        (lambda c: similar.opened_between(c, 1, 9, 1, 5), "incident_opened"),
        (lambda c: similar.ends(c, [1, 2]), "timeline_incident"),
        (lambda c: foreseen.messages(c, 1, 1), "sqlite_autoindex_outbox"),
        (lambda c: foreseen.sent(c, ["a", "b"], 9), "outbox_metered"),
    ],
)
def test_each_walks_an_index(connection: Connection, ask: Callable[[Connection], Any], index: str) -> None:
    steps = plans(connection, ask)
    assert any(index in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN") and "json_each" not in step], steps
