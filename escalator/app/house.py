"""Every part of one process, built once and wired: who wakes whom, who is handed what."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from escalator.channels.base import Channel
from escalator.channels.registry import METHODS
from escalator.channels.sandbox import Sandbox
from escalator.core.instant import DAY, MINUTE, SECOND, Span
from escalator.core.notification import LAST_RESORT
from escalator.engine.claims import Claims, Sender
from escalator.engine.contacts import Contacts
from escalator.engine.delivery import Delivery
from escalator.engine.desk import Desk
from escalator.engine.devices import Devices
from escalator.engine.feeds import Feeds
from escalator.engine.health import Vitals
from escalator.engine.intake import Intake
from escalator.engine.keys import Keys
from escalator.engine.lifecycle import Lifecycle
from escalator.engine.links import Links
from escalator.engine.metrics import Metrics
from escalator.engine.operators import Operators
from escalator.engine.origins import origin_of
from escalator.engine.revisions import NOBODY, Prove, Revisions, load_book, nothing_proved
from escalator.engine.scheduler import Scheduler
from escalator.engine.sessions import Sessions
from escalator.engine.standing import Standings
from escalator.engine.studies import Studies
from escalator.engine.swaps import Swaps
from escalator.engine.ticker import Ticker
from escalator.engine.upkeep import Duties, Upkeep
from escalator.engine.views import Views
from escalator.engine.wakes import Wake
from escalator.engine.windows import Windows
from escalator.engine.world import Reach, World
from escalator.settings import Place
from escalator.store.db import Database

log = structlog.get_logger()

LISTEN_AGAIN = 5.0
"""Seconds after a channel's ear failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a house is built from."""

    policies: Path | Place
    public_url: str
    channels: Mapping[str, Channel]
    resolve: Callable[[str], str | None]
    """An address as written → the address, or None where its secret is not set."""
    version: str
    retention: Span = 90 * DAY
    pull_every: Span = MINUTE
    """How often a repository is asked for something newer."""
    prove: Prove = nothing_proved
    last_resort: str | None = None
    last_resort_channel: Channel | None = None
    live: Callable[[], Awaitable[None]] | None = None
    sandbox: Sandbox | None = None
    """Where everything goes instead of out; None: out."""
    pace: float = 1.0
    """How many seconds of the database's clock pass in one: the demo runs minutes as seconds."""


class House:
    """One process's parts; `start` sets them going, `stop` lets them end."""

    def __init__(self, database: Database, plan: Plan) -> None:
        self.database = database
        self.plan = plan
        writer = f"{socket.gethostname()}:{os.getpid()}"
        channels = dict(plan.channels)
        if plan.last_resort_channel is not None:
            channels[LAST_RESORT] = plan.last_resort_channel
        self.metrics = Metrics(plan.version)
        reach = Reach(
            self._usable, plan.resolve, frozenset(via for via, c in channels.items() if c.registers),
            frozenset(via for via, c in channels.items() if c.verifies),
        )  # fmt: skip
        self.world = World(NOBODY, reach, load_book)
        self.lifecycle = Lifecycle(database, self.world, self._wake)
        self.intake = Intake(database, self.world, self._wake, self.metrics.accepted)
        self.ticker = Ticker(database, self.lifecycle, plan.pace)
        sender = Sender(plan.resolve, plan.public_url, plan.last_resort)
        self.operators = Operators(self.intake, self.metrics)
        self.claims = Claims(database, self.world, sender, channels, self._wake, self.operators.contact)
        self.delivery = Delivery(
            database, self.claims, channels, (*METHODS, LAST_RESORT), self.metrics, self.operators.provider
        )
        self.revisions = Revisions(
            database, self.world, origin_of(plan.policies), self._wake, writer, self.metrics.live, plan.prove
        )
        self.windows = Windows(database, self.world, self._wake, writer)
        self.swaps = Swaps(database, self.world, self.windows.look, self.intake, writer)
        self.feeds = Feeds(database, writer)
        self.contacts = Contacts(
            database, self.world, channels, self.windows.look, writer=writer, link=plan.public_url
        )  # fmt: skip
        self.devices = Devices(database, self.windows.look, writer, channels.get("push"), plan.public_url)
        self.keys = Keys(database, writer)
        self.sessions = Sessions(database, writer)
        self.views = Views(database, writer)
        self.standings = Standings(database, self.world)
        self.studies = Studies(database.now)
        self.links = Links(database, self.lifecycle)
        self.desk = Desk(
            database, self.world, sender, lifecycle=self.lifecycle, links=self.links, claims=self.claims,
            windows=self.windows, intake=self.intake,
        )  # fmt: skip
        self.doors = {channel.door: channel for channel in plan.channels.values() if channel.door}
        self._listeners: list[asyncio.Task[None]] = []
        duties = Duties(writer, plan.retention, plan.live)
        self.upkeep = Upkeep(
            database, self.world, self.ticker, self.intake, self.metrics, duties, self.revisions.problem
        )
        self.vitals = Vitals(
            database, self.world, tuple(plan.channels), self.delivery.circuits, writer=writer, version=plan.version
        )
        self.scheduler = Scheduler()

    async def start(self) -> None:
        """Policies first, then what is overdue, then the clock; raises Unavailable."""
        await self.revisions.start()
        await self.windows.look()
        await self.upkeep.judge_policies()
        self.delivery.start()
        pace = self.plan.pace
        every = self.scheduler.every
        every(1 / min(pace, 10), "tick", self.ticker.tick)
        every(1 / min(pace, 10), "outbox", self.delivery.look)
        every(1, "windows", self.windows.look)
        every(2, "policies", self._policies)
        every(2, "revisions", self._follow)
        if self.revisions.origin.far:
            every(self.plan.pull_every / SECOND, "pull", self.revisions.pull)
        every(15, "heartbeats", self.upkeep.listen)
        every(max(15 / pace, 0.5), "alive", self.vitals.beat)
        every(30, "audit", self.upkeep.audit)
        every(30, "swaps", self.swaps.expire)
        every(60, "seal", self.upkeep.seal)
        every(3600, "prune", self.upkeep.prune)
        every(2, "operators", self.operators.tell)
        self.scheduler.start()
        self._listeners = [
            asyncio.ensure_future(_listening(via, channel, self.desk)) for via, channel in self.plan.channels.items()
        ]
        await self.ticker.tick()
        await self.delivery.look()
        await self.vitals.beat()

    async def stop(self, patience: float = 8.0) -> None:
        """Lets sends that are under way end, then lets go of channels and database."""
        self.scheduler.stop()
        self.ticker.stop()
        for listener in self._listeners:
            listener.cancel()
        await self.revisions.stop()
        await self.studies.stop()
        await self.delivery.stop(patience)
        await self.database.close()

    async def _policies(self) -> None:
        """May take as long as what is new takes to be proved."""
        await self.revisions.look()
        await self.upkeep.judge_policies()

    async def _follow(self) -> None:
        await self.revisions.follow()
        await self.revisions.move()

    def _usable(self, via: str, address: str) -> bool:
        channel, found = self.plan.channels.get(via), self.plan.resolve(address)
        return channel is not None and found is not None and channel.serves(found)

    def _wake(self, wake: Wake) -> None:
        """After each commit: nobody waits for his next look when there is something to do."""
        self.metrics.woke(wake)
        self.ticker.expect(wake.due_at)
        self.delivery.wake(wake.vias)


async def _listening(via: str, channel: Channel, desk: Desk) -> None:
    """A channel's own connection to its vendor, begun anew whenever it fails."""
    while True:
        try:
            return await channel.listen(desk)
        except Exception as error:  # noqa: BLE001  sending goes on without an ear; the next try may find one
            log.error("channel does not listen", via=via, error=repr(error))
            await asyncio.sleep(LISTEN_AGAIN)
