"""The migrated schema is the declared one, on both databases; nobody is migrated backwards, or twice."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic import command as alembic_command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from escalator.store import schema
from escalator.store.db import Database
from escalator.store.numbers import SEQUENCES, take
from escalator.store.registers import AuditRow
from escalator.store.tables import METADATA
from tests.conftest import command, postgresql_address
from tests.store.seeds import put, put_attempt, put_line
from tests.store.test_listing import seed

STEPS = [f"{number:04}" for number in range(1, int(schema.HEAD) + 1)]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that nobody has migrated."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    server = request.getfixturevalue("postgresql_server")
    name = f"empty_{request.getfixturevalue('worker_id')}"
    asyncio.run(command(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"))
    return postgresql_address(server, name)


def test_the_migrated_schema_is_the_declared_one(database_url: str) -> None:
    async def differences() -> list[Any]:
        database = await Database.open(database_url)
        try:
            return await database.read(lambda c: list(compare_metadata(MigrationContext.configure(c), METADATA)))
        finally:
            await database.close()

    assert asyncio.run(differences()) == []


async def test_the_indexes_have_the_declared_columns_and_conditions(database: Database) -> None:
    """Alembic compares neither the conditions of partial indexes nor SQLite's."""
    if database.dialect == "postgresql":
        query = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    else:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    found = {row[0]: row[1] for row in await database.read(lambda c: c.execute(text(query)).all())}
    for table in METADATA.sorted_tables:
        for index in table.indexes:
            assert ("WHERE" in found[index.name]) == (index.dialect_options["sqlite"]["where"] is not None), index.name
            assert ", ".join(column.name for column in index.columns) in found[index.name].replace('"', "")


def test_head_is_the_newest_revision_and_there_is_one_line_of_them() -> None:
    script = ScriptDirectory(str(schema.migrations()))
    assert script.get_heads() == [schema.HEAD]


def test_an_empty_database_is_checked_then_brought_forward_then_left_alone(empty_url: str) -> None:
    steps = STEPS
    pending = schema.migrate(empty_url, check=True)
    assert [step.split(" ")[0] for step in pending] == steps
    assert schema.migrate(empty_url) == pending
    assert schema.migrate(empty_url, check=True) == []
    assert schema.migrate(empty_url) == []


def test_an_older_database_keeps_its_rows_and_gets_the_missing_revisions(tmp_path: Path) -> None:
    path = tmp_path / "older.db"
    sqlite_url = f"sqlite:///{path}"
    with create_engine(sqlite_url).begin() as older:
        config = schema._config()
        config.attributes["connection"] = older
        alembic_command.upgrade(config, "0001")
        older.execute(text("INSERT INTO heartbeat VALUES ('kept', 1)"))
        older.execute(text("INSERT INTO alembic_version VALUES ('0001') ON CONFLICT DO NOTHING"))
    assert [step[:4] for step in schema.migrate(sqlite_url)] == STEPS[1:]
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM heartbeat").fetchall() == [("kept",)]
    connection.close()


async def test_a_database_that_is_ahead_is_refused(database: Database, database_url: str) -> None:
    move_on = text("UPDATE alembic_version SET version_num = '9999'")
    await seed(database, lambda c: c.execute(move_on) and None)
    for attempt in (schema.ensure, schema.pending):
        with pytest.raises(schema.Ahead, match="9999, newer than this Escalator"):
            await attempt(database_url)


def test_processes_that_migrate_at_once_are_fine(empty_url: str) -> None:
    program = "import sys; from escalator.store.schema import migrate; print(len(migrate(sys.argv[1])))"
    root = Path(__file__).parents[2]
    running = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], cwd=root, stdout=subprocess.PIPE) for _ in range(3)
    ]
    said = sorted(process.communicate()[0].decode().strip() for process in running)
    assert [process.returncode for process in running] == [0, 0, 0]
    assert said == ["0", "0", str(len(STEPS))]


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "migrations"
    shutil.copytree(schema.migrations(), broken)
    second = broken / "versions" / "0002.py"
    second.write_text(second.read_text().replace("def upgrade() -> None:\n", "def upgrade() -> None:\n    1 / 0\n"))
    monkeypatch.setattr(schema, "migrations", lambda: broken)
    url = f"sqlite:///{tmp_path}/escalator.db"
    with pytest.raises(ZeroDivisionError):
        schema.migrate(url)
    connection = sqlite3.connect(tmp_path / "escalator.db")
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


def one_of_each(connection: Connection) -> None:
    put_line(connection, 1, "fired")
    put_attempt(connection, 1)
    put(connection, AuditRow, writer="w", number=1, at=1, by="", act="", detail="", previous="", head="")


async def refuses(database: Database, statement: str) -> None:
    await seed(database, one_of_each)
    with pytest.raises(DBAPIError, match="append-only"):
        await seed(database, lambda c: c.execute(text(statement)) and None)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE timeline SET at = 0", "UPDATE attempt SET at = 0", "UPDATE audit SET at = 0", "DELETE FROM audit"],
)
async def test_what_is_written_once_is_never_changed(database: Database, statement: str) -> None:
    await refuses(database, statement)


@pytest.mark.parametrize("table", ["timeline", "attempt", "audit"])
@pytest.mark.parametrize("verb", ["DELETE FROM", "TRUNCATE"])
async def test_postgresql_lets_nobody_but_retention_delete_it(postgresql_url: str, table: str, verb: str) -> None:
    database = await Database.open(postgresql_url)
    await refuses(database, f"{verb} {table}")
    await database.close()


@pytest.mark.parametrize("name", SEQUENCES)
async def test_numbers_are_given_once_many_at_a_time(database: Database, name: str) -> None:
    def numbers(connection: Connection, counts: Sequence[int]) -> list[list[int]]:
        return [list(take(connection, name, count)) for count in counts]

    taken = await asyncio.gather(*(database.write(numbers, count) for count in (3, 0, 1, 500)))
    assert [len(each) for each in taken] == [3, 0, 1, 500]
    flat = [number for each in taken for number in each]
    assert flat == sorted(set(flat)) == list(range(1, 505))
