"""Retention takes old incidents with all that belongs to them, nothing else, and the audit still proves the rest."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, text

from escalator.core.instant import DAY, MINUTE
from escalator.store.audit import seal
from escalator.store.db import Database
from escalator.store.registers import LinkRow, QuarantineRow
from escalator.store.retention import Cut, prune
from escalator.store.tables import AlertRow
from escalator.store.verification import verify
from tests.store.seeds import START, put, put_alert, put_attempt, put_incident, put_line, put_notification
from tests.store.test_audit import tamper
from tests.store.test_listing import seed

NOW = START + 400 * DAY
CUT = Cut(before=NOW - 90 * DAY, now=NOW, writer="a")
TABLES = ("incident", "alert", "episode", "timeline", "outbox", "attempt", "link", "quarantine")


def whole(connection: Connection, id: int, *, resolved_at: int | None, alert: int = 1) -> None:
    """An incident with one row of everything."""
    status = "triggered" if resolved_at is None else "resolved"
    put_incident(connection, id, status=status, resolved_at=resolved_at, opened_at=START + id)
    put_alert(connection, id, id, {"n": str(id)}, hot=alert)
    put_line(connection, id, "fired")
    put_line(connection, id, "resolved")
    put_notification(connection, id, id)
    put_attempt(connection, id)
    put(connection, LinkRow, hash=f"h{id}", incident_id=id, outbox_id=id, expires_at=(resolved_at or NOW) + DAY)


async def counts(database: Database) -> dict[str, int]:
    return await database.read(
        lambda c: {table: c.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES}
    )


async def test_an_old_incident_goes_with_all_that_belongs_to_it(database: Database) -> None:
    await seed(database, lambda c: whole(c, 1, resolved_at=START + MINUTE))
    assert await database.write(prune, CUT) == 2  # the incident, and its link
    assert await counts(database) == dict.fromkeys(TABLES, 0)
    assert await database.write(prune, CUT) == 0


@pytest.mark.parametrize(
    ("resolved_at", "alert", "why"),
    [
        (None, 0, "it is open, however old"),
        (CUT.before, 1, "it was resolved a moment too late"),
        (START, 0, "it was resolved by hand, and its alert still fires"),
        (START, 2, "its alert is held"),
    ],
)
async def test_what_is_still_needed_stays(database: Database, resolved_at: int | None, alert: int, why: str) -> None:
    await seed(database, lambda c: whole(c, 1, resolved_at=resolved_at, alert=alert))
    before = await counts(database)
    await database.write(prune, CUT)
    assert (await counts(database)) | {"link": 1} == before, why


async def test_an_alert_that_fired_again_keeps_its_newer_episode(database: Database) -> None:
    def fill(connection: Connection) -> None:
        put_incident(connection, 1, status="resolved", resolved_at=START)
        put_incident(connection, 2)
        put_alert(connection, 1, 1, {}, key=7, hot=None)
        put_alert(connection, 2, 2, {}, key=7)

    await seed(database, fill)
    await database.write(prune, CUT)
    left = await counts(database)
    assert (left["incident"], left["episode"], left["alert"]) == (1, 1, 1)


async def test_it_goes_a_piece_at_a_time(database: Database) -> None:
    def fill(connection: Connection) -> None:
        for id in range(1, 26):
            whole(connection, id, resolved_at=START + MINUTE)

    await seed(database, fill)
    left = []
    while await database.write(prune, CUT._replace(limit=10)):
        left.append((await counts(database))["incident"])
    assert left == [15, 5, 0]


async def test_raw_bytes_and_stray_resolves_go_when_they_are_old(database: Database) -> None:
    def fill(connection: Connection) -> None:
        for key, at in enumerate((START, NOW)):
            put(connection, QuarantineRow, at=at, source="am", reason="no JSON", body=b"\x00")
            put(
                connection, AlertRow, key=key, episode_id=0, incident_id=0, state=4, severity=3, first_start=at,
                last_start=at, ends_at=at, last_seen=at, words=0,
            )  # fmt: skip

    await seed(database, fill)
    assert await database.write(prune, CUT) == 2
    left = await counts(database)
    assert (left["quarantine"], left["alert"]) == (1, 1)


async def test_the_audit_proves_what_is_left_and_what_was_taken(database: Database) -> None:
    def fill(connection: Connection) -> None:
        for id in range(1, 5):
            whole(connection, id, resolved_at=START + MINUTE if id % 2 else None, alert=id % 2)
        seal(connection, "a", START + DAY)
        whole(connection, 5, resolved_at=START + MINUTE)  # its lines are not sealed yet

    async def findings() -> Sequence[Any]:
        return await database.read(verify)

    await seed(database, fill)
    await database.write(prune, CUT)
    await seed(database, lambda c: seal(c, "a", NOW) and None)
    assert await findings() == []
    await tamper(database, "DELETE FROM timeline WHERE incident_id = 2 AND event = 'fired'")
    assert [finding.what for finding in await findings()] == ["1 lines are missing"]
