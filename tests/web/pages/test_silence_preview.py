"""What the preview says that a silence would hide is what the engine mutes once it is made: random alerts, other
silences and matchers, on both databases.
"""

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection

from escalator.app.serving import doors
from escalator.core.alert import Matcher, Silence
from escalator.core.instant import HOUR
from escalator.core.mutes import Mute
from escalator.web.pages.silences.reach import LISTED, now_of, preview
from tests.engine.live import Live, live, policies

RULES = """defaults: {group_by: [alertname]}
alerts:
  Slow: {team: web, env: prod}
  Full: {team: db}
"""
TEAM = policies("alice: {contacts: {webhook: secret:HOOK}}", RULES)
NAMES = ("Slow", "Full", "Down", "Lost")
VALUES = {"team": ("web", "db", ""), "env": ("prod", "dev", ""), "host": ("a", "b", "c")}


def labels(dice: Random) -> dict[str, str]:
    drawn = {name: dice.choice(values) for name, values in VALUES.items()}
    return {name: value for name, value in drawn.items() if value}


def matchers(dice: Random) -> tuple[Matcher, ...]:
    """One that selects something, and perhaps others."""
    first = Matcher("alertname", "=~", "|".join(dice.sample(NAMES, dice.randint(1, 3))))
    names = dice.sample(list(VALUES), dice.randint(0, 2))
    operators = ("=", "!=", "=~", "!~")
    return (first, *(Matcher(name, dice.choice(operators), dice.choice(VALUES[name])) for name in names))


def muted(connection: Connection) -> dict[int, bool]:
    rows = connection.exec_driver_sql("SELECT id, muted FROM incident WHERE status <> 'resolved'")
    return {row[0]: bool(row[1]) for row in rows}


async def a_night(one: Live, dice: Random) -> None:
    for _ in range(dice.randint(3, 14)):
        await one.fire(dice.choice(NAMES), **labels(dice))
    for id in await one.house.database.read(muted):
        if dice.random() < 0.2:
            await one.door.post(f"/api/v1/incidents/{id}/acknowledge", json={"by": "alice"})
    for _ in range(dice.randint(0, 2)):
        now = one.clock()
        begins = now + dice.choice((0, 0, HOUR))
        await one.house.windows.silence(matchers(dice), begins, begins + HOUR, "bob", "another")


@pytest.mark.parametrize("seed", range(6))
async def test_the_preview_is_what_the_engine_mutes_once_it_is_made(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    dice = Random(seed)
    async with live(database_url, tmp_path / "p", TEAM, "http://127.0.0.1:9", sending=False) as one:
        await a_night(one, dice)
        needs, before = doors(one.house, open_mode=True), await one.house.database.read(muted)
        reached_any = 0
        for _ in range(4):
            wanted = matchers(dice)
            now = await now_of(needs)
            seen = await preview(needs, Mute(Silence("preview", wanted, now.at, now.at + HOUR, "", "")), now)
            assert len(before) <= LISTED
            foretold = dict(before)
            for shown, reached in seen.rows:
                foretold[int(shown["id"])] = reached.silent
                assert before[int(shown["id"])] == reached.silent_before
            made = await one.house.windows.silence(wanted, one.clock(), one.clock() + HOUR, "alice", "this")
            assert await one.house.database.read(muted) == foretold, wanted
            rows = [reached for _, reached in seen.rows]
            reached_any += len(rows)
            assert (seen.hidden.whole, seen.hidden.partly) == (
                sum(each.silent for each in rows),
                sum(not each.silent for each in rows),
            )
            await one.house.windows.unsilence(made.id, "alice")
            assert await one.house.database.read(muted) == before
        assert reached_any, "a night in which no silence reached anything proves nothing"
