"""The audit shows what was edited, deleted or cut off; the seals show it for the timeline."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text

from escalator.core.instant import MINUTE
from escalator.store import audit
from escalator.store.audit import Head, append, heads, seal, seals_over
from escalator.store.db import Database
from escalator.store.verification import Finding, verify
from tests.store.seeds import START, put_line
from tests.store.test_listing import seed

LATER = START + 2 * MINUTE


def three(connection: Connection) -> None:
    append(connection, "a", START, "alice", "token.create", {"name": "ci"})
    append(connection, "b", START, "bob", "silence.create", {})
    append(connection, "a", START + 1, "alice", "token.revoke", {"name": "ci"})


def story(connection: Connection) -> None:
    for number in range(5):
        put_line(connection, number, "fired")
    three(connection)
    assert seal(connection, "a", LATER) is not None


async def tamper(database: Database, *statements: str) -> None:
    """As somebody would who owns the tables: the triggers do not stop them."""

    def work(connection: Connection) -> None:
        if database.dialect == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for table in ("timeline_no_update", "attempt_no_update", "audit_no_update", "audit_no_delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}"))
        for statement in statements:
            connection.execute(text(statement))

    await seed(database, work)


async def found(database: Database, known: dict[str, Head] | None = None) -> list[Finding]:
    return await database.read(lambda c: verify(c, known))


async def test_an_untouched_audit_holds(database: Database) -> None:
    assert await found(database) == []
    await seed(database, story)
    assert await found(database) == []
    newest = await database.read(heads)
    assert {writer: head.number for writer, head in newest.items()} == {"a": 3, "b": 1}
    assert await found(database, newest) == []


@pytest.mark.parametrize(
    ("statement", "where", "says"),
    [
        ("UPDATE audit SET \"by\" = 'mallory' WHERE writer = 'a' AND number = 1", "audit a:1", "was changed"),
        ("UPDATE audit SET detail = '{}' WHERE writer = 'a' AND number = 2", "audit a:2", "was changed"),
        ("DELETE FROM audit WHERE writer = 'a' AND number = 2", "audit a:3", "are missing"),
        ("DELETE FROM audit WHERE writer = 'a' AND number = 1", "audit a:2", "are missing"),
        # cut off at the end: the counter knows
        ("DELETE FROM audit WHERE writer = 'b'", "audit b:0", "but 1 were written"),
        ("DELETE FROM audit WHERE writer = 'a' AND number = 3", "audit a:2", "but 3 were written"),
        ("UPDATE timeline SET reason = 'nothing happened' WHERE incident_id = 3", "timeline (0, 5]", "was changed"),
        ("UPDATE timeline SET at = at + 1 WHERE incident_id = 3", "timeline (0, 5]", "was changed"),
        ("DELETE FROM timeline WHERE incident_id = 3", "timeline (0, 5]", "1 lines are missing"),
        # under the seal there were five, one of them is not the one that was there
        (
            "UPDATE timeline SET incident_id = 0 WHERE incident_id = 4",
            "timeline (0, 5]",
            "was changed",
        ),
    ],
)
async def test_what_was_edited_or_deleted_is_found(database: Database, statement: str, where: str, says: str) -> None:
    await seed(database, story)
    await tamper(database, statement)
    findings = await found(database)
    assert [finding.where for finding in findings] == [where]
    assert says in findings[0].what


async def test_a_rewritten_chain_is_found_by_a_head_that_was_kept_elsewhere(database: Database) -> None:
    await seed(database, three)
    kept = await database.read(heads)
    await tamper(database, "DELETE FROM audit", "DELETE FROM number")
    await seed(database, lambda c: append(c, "a", START, "mallory", "nothing", {}) and None)
    assert await found(database) == []
    assert {finding.where for finding in await found(database, kept)} == {"audit a:2", "audit b:1"}


async def test_lines_younger_than_a_minute_are_not_sealed(database: Database) -> None:
    def fill(connection: Connection) -> None:
        put_line(connection, 1, "fired")
        assert seal(connection, "a", START + MINUTE - 1) is None
        made = seal(connection, "a", START + MINUTE)
        assert made is not None
        assert (made.after, made.upto, made.lines) == (0, 1, 1)
        assert seal(connection, "a", START + MINUTE) is None

    await seed(database, fill)


async def test_a_long_timeline_is_sealed_piece_by_piece(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LINES", 3)

    def fill(connection: Connection) -> list[Any]:
        for number in range(10):
            put_line(connection, number, "fired")
        made = []
        while sealed := seal(connection, "a", LATER):
            made.append((sealed.after, sealed.upto))
        return made

    def check(connection: Connection) -> None:
        assert fill(connection) == [(0, 3), (3, 6), (6, 9), (9, 10)]

    await seed(database, check)
    assert await found(database) == []


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        (1, 1, ["a:1"]),
        (3, 4, ["a:1", "a:3"]),
        (5, 5, ["a:3"]),
        (1, 10, ["a:1", "a:3", "a:5", "a:7"]),
        # not sealed yet
        (11, 12, []),
    ],
)
async def test_the_seals_over_some_lines_are_found(
    database: Database, monkeypatch: pytest.MonkeyPatch, first: int, last: int, names: list[str]
) -> None:
    monkeypatch.setattr(audit, "LINES", 3)

    def fill(connection: Connection) -> None:
        for number in range(10):
            put_line(connection, number, "fired")
        while seal(connection, "a", LATER):
            append(connection, "a", LATER, "alice", "something.else", {})

    await seed(database, fill)
    assert await database.read(lambda c: [name for name, _ in seals_over(c, first, last)]) == names


async def test_two_replicas_with_one_name_keep_one_chain(postgresql_url: str) -> None:
    first, second = await Database.open(postgresql_url), await Database.open(postgresql_url)

    def one(connection: Connection, items: list[int]) -> list[int]:
        return [append(connection, "a", START, "alice", "act", {"n": item}).number for item in items]

    writes: list[Callable[..., Any]] = [first.write, second.write]
    numbers = await asyncio.gather(*(writes[n % 2](one, n) for n in range(40)))
    assert sorted(numbers) == list(range(1, 41))
    assert await first.read(verify) == []
    await first.close()
    await second.close()
