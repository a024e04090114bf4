"""How this service stands: what a rehearsal on somebody's machine begins with. Reads, and changes nothing."""

from sqlalchemy import Connection

from escalator.engine.world import View, World
from escalator.rehearsal.night import Circumstances
from escalator.rehearsal.standing import Open, Standing
from escalator.store import alerts, incidents, revisions, windows
from escalator.store.db import Database

MOST = 1000
"""Open incidents that are told of, the newest."""


class Standings:
    """One per process."""

    def __init__(self, database: Database, world: World) -> None:
        self._database = database
        self._world = world

    async def read(self) -> Standing:
        """As of now; raises Unavailable."""
        view, now = self._world.view, self._database.now()
        return await self._database.read(lambda connection: _standing(connection, view, now))


def _standing(connection: Connection, view: View, now: int) -> Standing:
    live = revisions.load(connection, view.book.revision)
    found = incidents.newest_open(connection, MOST)
    named = alerts.named_of(connection, [each.id for each in found])
    around = Circumstances(
        view.made.overrides, view.made.silences, view.unusable, view.kept_back, windows.turns(connection)
    )
    return Standing(
        now,
        view.book.revision,
        live.sources if live else {},
        tuple(Open(each, named.get(each.id, {})) for each in found),
        incidents.count_open(connection) - len(found),
        around,
    )
