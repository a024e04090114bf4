"""Many rows in one statement: the one place where hot writes differ by dialect.

SQLite takes `executemany` on prepared statements; PostgreSQL takes arrays through `unnest`, a single round trip.
Rows are tuples in the order of `columns`; an empty list is no statement.
"""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Boolean, Connection, Integer, LargeBinary, SmallInteger, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import await_only
from sqlmodel import SQLModel

Row = tuple[Any, ...]


def table_of(model: type[SQLModel]) -> Table:
    found: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel adds it for table=True
    return found


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


class Answer(NamedTuple):
    """What a statement gave, read whole; the part of SQLAlchemy's result that is asked for here."""

    rows: list[Any]
    rowcount: int

    def fetchall(self) -> list[Any]:
        return self.rows

    def fetchone(self) -> Any:
        return self.rows[0] if self.rows else None

    def scalar(self) -> Any:
        return self.rows[0][0] if self.rows else None


def insert(
    connection: Connection, model: type[SQLModel], columns: tuple[str, ...], rows: Sequence[Row], *, once: bool = False
) -> None:
    """Appends rows; `once`: rows whose unique key is there already are passed over, else that raises IntegrityError."""
    if not rows:
        return
    if is_postgresql(connection):
        _postgresql(connection, _unnest_insert(model, columns, once), [*map(list, zip(*rows, strict=True))])
    else:
        _sqlite(connection, _values_insert(model, columns, once), rows, many=True)


def update(
    connection: Connection,
    model: type[SQLModel],
    columns: tuple[str, ...],
    rows: Sequence[Row],
    guard: str | None = None,
) -> int:
    """Sets columns by key; `columns` and rows begin with the key. Returns how many rows were changed.

    `guard`: a column whose value must still be the one at the end of each row.
    """
    if not rows:
        return 0
    if is_postgresql(connection):
        statement = _unnest_update(model, columns, guard)
        return _postgresql(connection, statement, [*map(list, zip(*rows, strict=True))]).rowcount
    last = len(columns)
    turned = [row[1:last] + row[:1] + row[last:] for row in rows]
    return _sqlite(connection, _values_update(model, columns, guard), turned, many=True).rowcount


def select(connection: Connection, query: str, keys: Sequence[int], *parameters: Any) -> Sequence[Any]:
    """Rows of a query written with `{keys}` where `column {keys}` asks for membership, then further `?` parameters.

    One prepared statement whatever the number of keys.
    """
    if is_postgresql(connection):
        return _postgresql(connection, _numbered(query), (list(keys), *parameters)).rows
    return _sqlite(connection, _unlocked(query), (_listed(keys), *parameters)).rows


def change(connection: Connection, statement: str, keys: Sequence[int], *parameters: Any) -> int:
    """Like `select`, for a statement that writes; returns how many rows it changed."""
    if is_postgresql(connection):
        return _postgresql(connection, _numbered(statement), (list(keys), *parameters)).rowcount
    return _sqlite(connection, _unlocked(statement), (_listed(keys), *parameters)).rowcount


@lru_cache(maxsize=256)
def _numbered(query: str) -> str:
    text = query.replace("{lock}", "FOR UPDATE").replace("{skip}", "FOR UPDATE SKIP LOCKED")
    text = text.replace("{keys}", "= ANY($1::bigint[])")
    parts = text.split("?")
    return "".join(part + (f"${index + 2}" if index < len(parts) - 1 else "") for index, part in enumerate(parts))


def plain(connection: Connection, query: str, parameters: Sequence[Any] = ()) -> Answer:
    """A driver statement written once with `?`; `{lock}` and `{skip}` become row locks where there are any."""
    if is_postgresql(connection):
        return _postgresql(connection, _dollars(query), parameters)
    return _sqlite(connection, _unlocked(query), parameters)


def _postgresql(connection: Connection, statement: str, parameters: Sequence[Any]) -> Answer:
    """Straight to asyncpg, in the transaction that its connection is in; see `_sqlite`. Raises asyncpg's own errors."""
    raw: Any = connection.connection.driver_connection
    if _gives_rows(statement):
        rows = await_only(raw.fetch(statement, *parameters))
        return Answer(rows, len(rows))
    status: str = await_only(raw.execute(statement, *parameters))
    return Answer([], int(status.rpartition(" ")[2]))


@lru_cache(maxsize=256)
def _gives_rows(statement: str) -> bool:
    return statement.lstrip().startswith("SELECT") or "RETURNING" in statement


def _sqlite(connection: Connection, statement: str, parameters: Sequence[Any], *, many: bool = False) -> Answer:
    """Straight to the driver, inside SQLAlchemy's transaction: its wrapping costs 40 µs a statement, and a batch of one
    alert has ten.
    """
    raw: Any = connection.connection.dbapi_connection
    try:
        cursor = raw.executemany(statement, parameters) if many else raw.execute(statement, tuple(parameters))
        return Answer(cursor.fetchall() if cursor.description else [], cursor.rowcount)
    except sqlite3.Error as error:
        raise DBAPIError.instance(statement, None, error, sqlite3.Error) from error


def _listed(keys: Sequence[int]) -> str:
    return "[" + ",".join(map(str, keys)) + "]"


@lru_cache(maxsize=256)
def _unlocked(query: str) -> str:
    text = query.replace("{keys}", "IN (SELECT value FROM json_each(?))")
    return text.replace("{lock}", "").replace("{skip}", "")


@lru_cache(maxsize=256)
def _dollars(query: str) -> str:
    parts = query.replace("{lock}", "FOR UPDATE").replace("{skip}", "FOR UPDATE SKIP LOCKED").split("?")
    return "".join(part + (f"${index + 1}" if index < len(parts) - 1 else "") for index, part in enumerate(parts))


ARRAYS = {Boolean: "boolean", SmallInteger: "smallint", BigInteger: "bigint", Integer: "integer", LargeBinary: "bytea"}


def _type(model: type[SQLModel], column: str) -> str:
    kind = table_of(model).c[column].type
    return next((name for sort, name in ARRAYS.items() if isinstance(kind, sort)), "text")


@lru_cache(maxsize=64)
def _unnest_insert(model: type[SQLModel], columns: tuple[str, ...], once: bool) -> str:
    arrays = ", ".join(f"${index}::{_type(model, column)}[]" for index, column in enumerate(columns, 1))
    names = ", ".join(f'"{column}"' for column in columns)
    tail = " ON CONFLICT DO NOTHING" if once else ""
    return f"INSERT INTO {table_of(model).name} ({names}) SELECT * FROM unnest({arrays}){tail}"  # noqa: S608  our names


@lru_cache(maxsize=64)
def _values_insert(model: type[SQLModel], columns: tuple[str, ...], once: bool) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join("?" * len(columns))
    verb = "INSERT OR IGNORE" if once else "INSERT"
    return f"{verb} INTO {table_of(model).name} ({names}) VALUES ({marks})"


@lru_cache(maxsize=64)
def _unnest_update(model: type[SQLModel], columns: tuple[str, ...], guard: str | None) -> str:
    key = columns[0]
    types = [_type(model, column) for column in columns] + ([_type(model, guard)] if guard else [])
    arrays = ", ".join(f"${index}::{kind}[]" for index, kind in enumerate(types, 1))
    names = ", ".join(f'"{column}"' for column in columns) + (", guard" if guard else "")
    sets = ", ".join(f'"{column}" = new."{column}"' for column in columns[1:])
    where = f't."{key}" = new."{key}"' + (f' AND t."{guard}" = new.guard' if guard else "")
    name = table_of(model).name
    return f"UPDATE {name} AS t SET {sets} FROM unnest({arrays}) AS new({names}) WHERE {where}"  # noqa: S608  our names


@lru_cache(maxsize=64)
def _values_update(model: type[SQLModel], columns: tuple[str, ...], guard: str | None) -> str:
    sets = ", ".join(f'"{column}" = ?' for column in columns[1:])
    where = f'"{columns[0]}" = ?' + (f' AND "{guard}" = ?' if guard else "")
    return f"UPDATE {table_of(model).name} SET {sets} WHERE {where}"  # noqa: S608  our names
