"""What the console shows of the service, read on both databases."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from escalator.core.instant import DAY, MINUTE, SECOND
from escalator.store import audit, health
from escalator.store.db import Database
from escalator.store.health import Act, Replica, Tried, Waiting
from tests.store.seeds import START, put_attempt, put_incident, put_notification


async def write(database: Database, act: Callable[[Connection], Any]) -> None:
    await database.write(lambda connection, items: [act(connection) for _ in items], None)


async def test_attempts_are_told_by_channel_newest_first_and_none_of_before(database: Database) -> None:
    def fill(connection: Connection) -> None:
        put_incident(connection, 1)
        put_notification(connection, 1, 1, via="email")
        put_notification(connection, 2, 1, via="sms")
        put_attempt(connection, 1, "sent", START - DAY)
        put_attempt(connection, 1, "temporary", START)
        put_attempt(connection, 2, "delivered", START + 1)

    await write(database, fill)
    found = await database.read(lambda c: health.tried(c, START))
    assert found == [
        Tried("sms", "delivered", 1500, START + 1, "250 ok"),
        Tried("email", "temporary", 1500, START, "250 ok"),
    ]


async def test_what_waits_is_counted_by_channel_due_and_later(database: Database) -> None:
    def fill(connection: Connection) -> None:
        put_incident(connection, 1)
        for id, state, not_before in (
            (1, "pending", START), (2, "sending", START - SECOND), (3, "pending", START + MINUTE), (4, "sent", START),
        ):  # fmt: skip
            put_notification(connection, id, 1, state=state, not_before=not_before)
        put_notification(connection, 5, 1, via="sms", state="pending", not_before=START + MINUTE)

    await write(database, fill)
    found = await database.read(lambda c: health.waiting(c, START))
    assert found == [Waiting("email", 2, 1, START - SECOND), Waiting("sms", 0, 1, None)]


async def test_a_replica_is_told_by_its_newest_beat_and_forgotten_after_a_day(database: Database) -> None:
    old = Replica("gone:1", "1", 1, START - DAY, START - DAY)
    mine = Replica("here:2", "1", 1, START, START)
    await write(database, lambda c: health.beat(c, [old, mine]))
    await write(database, lambda c: health.beat(c, [mine._replace(revision=2, seen_at=START + 1)]))
    assert await database.read(health.replicas) == [mine._replace(revision=2, seen_at=START + 1), old]
    await write(database, lambda c: health.forget(c, START))
    assert await database.read(health.replicas) == [mine._replace(revision=2, seen_at=START + 1)]


async def test_the_audit_is_told_newest_first_in_pieces_and_by_kind_without_its_seals(database: Database) -> None:
    acts = ("token.create", "seal", "silence.create", "token.revoke")

    def fill(connection: Connection) -> None:
        for act in acts:
            audit.append(connection, "here:1", START, "alice", act, {"id": act})

    await write(database, fill)

    async def told(act: str | None = None, before: int | None = None, limit: int = 10) -> list[Act]:
        return await database.read(lambda c: health.acts(c, act=act, before=before, limit=limit))

    assert [each.act for each in await told()] == ["token.revoke", "silence.create", "token.create"]
    assert [each.act for each in await told("token")] == ["token.revoke", "token.create"]
    assert [each.act for each in await told("seal")] == ["seal"]
    [newest] = await told(limit=1)
    assert [each.act for each in await told(before=newest.id)] == ["silence.create", "token.create"]
    assert (newest.by, newest.writer, newest.number) == ("alice", "here:1", 4)


async def test_the_database_says_how_large_it_is(database: Database) -> None:
    assert await database.read(health.size) > 50_000
