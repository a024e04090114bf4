"""Saved views, from the engine to the disk on both databases: named once, taken away once, each change audited."""

import asyncio
import json

import pytest
from sqlalchemy import select

from escalator.core.effects import Refused
from escalator.engine import views as rules
from escalator.engine.views import Views
from escalator.store import views as store
from escalator.store.audit import table
from escalator.store.db import Database

DB = "match=team%3Ddb&status=triggered"


@pytest.fixture
def views(database: Database) -> Views:
    return Views(database, "here:1")


async def audited(database: Database) -> list[tuple[str, str, dict[str, str]]]:
    rows = await database.read(lambda c: c.execute(select(table.c.by, table.c.act, table.c.detail)).all())
    return [(row.by, row.act, json.loads(row.detail)) for row in rows]


async def test_a_view_is_kept_for_all_and_gone_for_all(views: Views, database: Database) -> None:
    made = await views.create("Databases", DB, "alice")
    other = await views.create("All of them", "", "bob")
    assert await Views(database, "there:2").listed() == [made, other]
    assert (made.name, made.query, made.by) == ("Databases", DB, "alice")
    assert await views.drop(made.id, "bob") == "Databases"
    assert await views.drop(made.id, "bob") is None
    assert await views.listed() == [other]
    assert await audited(database) == [
        ("alice", "view.create", {"id": made.id, "name": "Databases", "query": DB}),
        ("bob", "view.create", {"id": other.id, "name": "All of them", "query": ""}),
        ("bob", "view.delete", {"id": made.id, "name": "Databases"}),
    ]


async def test_a_name_is_given_once_even_when_two_ask_together(views: Views) -> None:
    asked = [views.create("Databases", DB, name) for name in ("alice", "bob")]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refusal = next(answer for answer in answers if isinstance(answer, Refused))
    assert "there is a view 'Databases' already" in str(refusal)
    assert len(await views.listed()) == 1
    (kept,) = await views.listed()
    await views.drop(kept.id, "alice")
    await views.create("Databases", DB, "bob")


async def test_there_are_not_more_than_can_be_shown(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST", 2)
    await views.create("one", "", "alice")
    await views.create("two", "", "alice")
    with pytest.raises(Refused, match="2 saved views already: delete one first"):
        await views.create("three", "", "alice")
    assert store.MOST > 2
