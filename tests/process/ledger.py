"""A sender that keeps a ledger of what it was promised, and a receiver that counts what it was sent."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from tests.process.service import webhook


class Sender:
    """Posts until a 2xx, as Alertmanager does; `promised` are the alerts for which it had one."""

    def __init__(self, bases: list[str]) -> None:
        self.bases = bases
        self.promised: set[str] = set()
        self.statuses: Counter[int | str] = Counter()
        self.stopping = False
        self._number = 0

    async def run(self, lanes: int = 4, pause: float = 0.02) -> None:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            await asyncio.gather(*(self._lane(session, pause) for _ in range(lanes)))

    async def _lane(self, session: aiohttp.ClientSession, pause: float) -> None:
        while not self.stopping:
            self._number += 1
            names = [f"s{self._number}-{part}" for part in range(1 + self._number % 3)]
            await self._deliver(session, names, pause)
            await asyncio.sleep(pause)

    async def _deliver(self, session: aiohttp.ClientSession, names: list[str], pause: float) -> None:
        tries = self._number
        while not self.stopping:
            tries += 1
            answer = await self.post(session, self.bases[tries % len(self.bases)], names)
            if answer == 200:
                self.promised.update(names)
                return
            await asyncio.sleep(pause * 4)

    async def post(self, session: aiohttp.ClientSession, base: str, names: list[str]) -> int | None:
        try:
            async with session.post(f"{base}/integrations/alertmanager", json=webhook(*names)) as answer:
                self.statuses[answer.status] += 1
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.statuses["broken"] += 1
            return None


class Receiver:
    """Counts copies by webhook-id, and remembers of whom it heard."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.copies: Counter[str] = Counter()
        self.services: Counter[str] = Counter()
        self.before: Callable[[], Any] | None = None
        """Awaited before each answer."""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.bodies.append(body)
        if body["type"] == "page":
            self.copies[request.headers["webhook-id"]] += 1
            self.services[body["incident"]["labels"].get("service", "")] += 1
        if self.before is not None:
            await self.before()
        return web.Response()


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    one = Receiver()
    application = web.Application()
    application.router.add_post("/hook", one.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield one, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()
