"""A silence that gets another end: without a gap, written down once, and taken back for a while."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from escalator.core.alert import Matcher
from escalator.core.effects import Refused
from escalator.core.instant import HOUR, MINUTE, SECOND
from tests.engine.live import Live, live, policies

TEAM = policies("alice: {contacts: {webhook: secret:HOOK}}")
WHERE = "http://127.0.0.1:9"
DISKS = (Matcher("alertname", "=", "DiskFull"),)


async def muted(one: Live) -> tuple[bool, list[str]]:
    lines = (await one.get("incidents/1/timeline"))["items"]
    heard = [line["event"] for line in lines if line["event"] in ("silenced", "unsilenced")]
    return heard[-1:] == ["silenced"], heard


def audited(connection: Connection) -> list[str]:
    return [row[0] for row in connection.exec_driver_sql("SELECT act FROM audit WHERE act LIKE 'silence%' ORDER BY id")]


async def test_extended_it_holds_over_its_old_end_without_a_gap(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "p", TEAM, WHERE, sending=False) as one:
        await one.fire()
        windows, now = one.house.windows, one.clock()
        made = await windows.silence(DISKS, now, now + HOUR, "alice", "moving disks")
        one.clock.by += HOUR - SECOND
        changed = await windows.amend_silence(made.id, "alice", ends_at=now + 3 * HOUR)
        assert changed == made._replace(ends_at=now + 3 * HOUR)
        one.clock.by += MINUTE
        await one.house.lifecycle.run_due(1)
        await windows.look()
        # Told twice that it is silenced, until one and until the other end; never that it is not.
        assert await muted(one) == (True, ["silenced", "silenced"])
        one.clock.by += 2 * HOUR
        await one.house.lifecycle.run_due(1)
        assert await muted(one) == (False, ["silenced", "silenced", "unsilenced"])


async def test_shortened_it_ends_sooner(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "p", TEAM, WHERE, sending=False) as one:
        await one.fire()
        windows, now = one.house.windows, one.clock()
        made = await windows.silence(DISKS, now, now + 3 * HOUR, "alice", "moving disks")
        await windows.amend_silence(made.id, "alice", ends_at=now + HOUR)
        one.clock.by += HOUR + SECOND
        await one.house.lifecycle.run_due(1)
        assert await muted(one) == (False, ["silenced", "silenced", "unsilenced"])


async def test_an_end_is_kept_and_can_be_taken_back_for_ten_minutes(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "p", TEAM, WHERE, sending=False) as one:
        await one.fire()
        windows, now = one.house.windows, one.clock()
        made = await windows.silence(DISKS, now, now + 3 * HOUR, "alice", "moving disks")
        assert await windows.unsilence(made.id, "alice")
        assert not await windows.unsilence(made.id, "alice"), "it is over already"
        assert await windows.silences() == ()
        assert (await muted(one))[0] is False
        one.clock.by += 9 * MINUTE
        assert await windows.amend_silence(made.id, "alice", ends_at=made.ends_at) == made
        assert (await muted(one))[0] is True
        await windows.unsilence(made.id, "alice")
        one.clock.by += 11 * MINUTE
        with pytest.raises(Refused, match="make a new one"):
            await windows.amend_silence(made.id, "alice", ends_at=made.ends_at)
        acts = ["silence.create", "silence.delete", "silence.amend", "silence.delete"]
        assert await one.house.database.read(audited) == acts


async def test_a_reason_can_be_mended_and_nothing_else_changes(database_url: str, tmp_path: Path) -> None:
    async with live(database_url, tmp_path / "p", TEAM, WHERE, sending=False) as one:
        windows, now = one.house.windows, one.clock()
        made = await windows.silence(DISKS, now, now + HOUR, "alice", "mvoing")
        assert await windows.amend_silence(made.id, "bob", reason="moving") == made._replace(reason="moving")
        assert await windows.amend_silence("none", "bob", reason="moving") is None
        # One that stands in the policies is changed there.
        assert await windows.amend_silence("silences[0]", "bob", reason="moving") is None
        for no_id in ("\0", "", "ünïcode"):
            assert await windows.silence_made(no_id) is None
            assert await windows.amend_silence(no_id, "bob", reason="moving") is None
            assert not await windows.unsilence(no_id, "bob")
            assert not await windows.drop_override(no_id, "bob")
