"""Saved views: named once for everybody, taken away by whoever may act; each change is in the audit log."""

import secrets
from collections.abc import Sequence

from sqlalchemy import Connection

from escalator.core.effects import Refused
from escalator.store import audit, views
from escalator.store.db import Database
from escalator.store.views import MOST, View


class Views:
    """One per process."""

    def __init__(self, database: Database, writer: str) -> None:
        self._database = database
        self._writer = writer

    async def create(self, name: str, query: str, by: str) -> View:
        """Raises Refused for a name that is taken, and where there are too many."""
        view = View(secrets.token_hex(4), name, query, by, self._database.now())
        await self._database.write(self._add, view)
        return view

    async def drop(self, id: str, by: str) -> str | None:
        """The name of the view that is gone; None: there was none."""
        return await self._database.write(self._drop, (id, by))

    async def listed(self) -> list[View]:
        return await self._database.read(views.listed)

    def _add(self, connection: Connection, made: Sequence[View]) -> list[Exception | None]:
        known = {each.name: each for each in views.listed(connection)}
        answers: list[Exception | None] = []
        for view in made:
            refusal = _refusal(view, known)
            if refusal is None and known.get(view.name) != view:
                views.add(connection, view)
                detail = {"id": view.id, "name": view.name, "query": view.query}
                audit.append(connection, self._writer, view.created_at, view.by, "view.create", detail)
                known[view.name] = view
            answers.append(refusal)
        return answers

    def _drop(self, connection: Connection, dropped: Sequence[tuple[str, str]]) -> list[str | None]:
        return [self._drop_one(connection, *each) for each in dropped]

    def _drop_one(self, connection: Connection, id: str, by: str) -> str | None:
        name = views.drop(connection, id)
        if name is not None:
            now = self._database.now()
            audit.append(connection, self._writer, now, by, "view.delete", {"id": id, "name": name})
        return name


def _refusal(view: View, known: dict[str, View]) -> Refused | None:
    # A write whose outcome was not heard is run again: the same view is no other one.
    if view.name in known and known[view.name].id != view.id:
        return Refused(f"there is a view {view.name!r} already: choose another name, or delete that one")
    if view.name not in known and len(known) >= MOST:
        return Refused(f"there are {MOST} saved views already: delete one first")
    return None
