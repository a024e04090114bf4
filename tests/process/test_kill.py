"""kill -9 at random moments: what was answered 2xx is on disk, and every page is sent, at most three times."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import Connection, text

from escalator.store.db import Database
from tests.process.ledger import Receiver, Sender, receiver
from tests.process.service import Service, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
KILLS = 4


@asynccontextmanager
async def services(url: str, folder: Path, number: int, hook: str) -> AsyncIterator[list[Service]]:
    made = [Service(url, folder / str(each), HOOK=hook) for each in range(number)]
    try:
        for service in made:
            service.start()
        for service in made:
            await service.ready()
        yield made
    finally:
        for service in made:
            service.close()


async def kill_loop(made: list[Service], seed: int) -> None:
    """One at a time, at a moment that nobody chose: as soon as it answers again, or a little later."""
    dice = random.Random(seed)
    for number in range(KILLS):
        victim = made[number % len(made)]
        await asyncio.sleep(dice.uniform(0.05, 1.0))
        victim.kill()
        victim.start()
        await victim.ready()


async def end(url: str) -> tuple[set[str], Counter[str], int]:
    """Services that have a firing alert, the states of the pages, and the most attempts of any."""

    def look(connection: Connection) -> tuple[set[str], Counter[str], int]:
        query = "SELECT e.labels FROM alert a JOIN episode e ON e.id = a.episode_id WHERE a.state = 0"
        labels = [row[0] for row in connection.execute(text(query))]
        states = Counter(row[0] for row in connection.execute(text("SELECT state FROM outbox WHERE kind = 'page'")))
        most = connection.execute(text("SELECT MAX(attempts) FROM outbox")).scalar()
        return {label.split('"service":"')[1].split('"')[0] for label in labels}, states, most or 0

    database = await Database.open(url)
    try:
        return await database.read(look)
    finally:
        await database.close()


async def survives(url: str, folder: Path, replicas: int) -> tuple[Sender, Receiver]:
    async with receiver() as (sink, hook), services(url, folder, replicas, hook) as made:
        sender = Sender([service.base for service in made])
        sending = asyncio.ensure_future(sender.run())
        try:
            await kill_loop(made, seed=replicas)
        finally:
            sender.stopping = True
            await sending
        # What a killed sender held is taken over when its lease of 30 s ends.
        await until(lambda: sender.promised <= sink.services.keys(), patience=60)
        await until(lambda: settled(made[0]), patience=60)
        for service in made:
            took, code = await service.terminate()
            assert (code, took < 10) == (0, True), "".join(service.log[-20:])
    stored, states, most = await end(url)
    assert len(sender.promised) > 50, sender.statuses
    assert sender.promised - stored == set()
    assert set(states) == {"sent"} or set(states) == {"delivered"}, states
    assert most <= 3
    assert max(sink.copies.values()) <= 3
    return sender, sink


async def settled(service: Service) -> bool:
    """Whether nothing waits in the outbox any more."""
    async with aiohttp.ClientSession() as session, session.get(f"{service.base}/api/v1/notifications?limit=1000") as it:
        items = (await it.json())["items"]
    return all(each["state"] not in ("pending", "sending") for each in items)


async def test_one_replica_on_sqlite_loses_nothing_to_kill_9(sqlite_url: str, tmp_path: Path) -> None:
    await survives(sqlite_url, tmp_path, 1)


async def test_two_replicas_on_postgresql_lose_nothing_to_kill_9(postgresql_url: str, tmp_path: Path) -> None:
    await survives(postgresql_url, tmp_path, 2)


async def test_sigterm_finishes_the_batch_and_leaves_within_ten_seconds(database_url: str, tmp_path: Path) -> None:
    """Though one receiver hangs, and senders keep posting until the door closes."""

    async with receiver() as (sink, hook), services(database_url, tmp_path, 1, hook) as [service]:
        sink.before = asyncio.Event().wait
        sender = Sender([service.base])
        sending = asyncio.ensure_future(sender.run(lanes=8, pause=0.0))
        await until(lambda: len(sender.promised) > 100)
        took, code = await service.terminate()
        sender.stopping = True
        await sending
    stored, _, _ = await end(database_url)
    assert (code, took < 10) == (0, True), f"{took:.1f} s\n" + "".join(service.log[-20:])
    assert sender.promised - stored == set()
