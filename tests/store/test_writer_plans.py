"""PostgreSQL's writer finds rows by key, whatever the statistics say; doors read with the planner's full freedom."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from escalator.store.db import Database

SWITCHES = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan")


def shown(connection: Connection) -> list[str]:
    return [connection.execute(text(f"SHOW {name}")).scalar_one() for name in SWITCHES]


async def test_a_storm_that_outran_the_statistics_cannot_make_the_writer_read_whole_tables(postgresql_url: str) -> None:
    def work(connection: Connection, items: Sequence[None]) -> list[list[str]]:
        return [shown(connection)] * len(items)

    database = await Database.open(postgresql_url)
    try:
        assert await database.write(work, None) == ["off", "off", "off"]
        assert await database.read(shown) == ["on", "on", "on"]
    finally:
        await database.close()
