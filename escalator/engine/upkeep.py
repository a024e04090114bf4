"""Keeps the house: audits for the stranded, listens for heartbeats, prunes, seals, and says that we live.

The outbound heartbeat goes out only after a clean audit: an engine that cannot page must be visible from outside.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import structlog

from escalator.core.alert import Severity
from escalator.core.book import HEARTBEAT_LABEL
from escalator.core.instant import SECOND, Instant, Span
from escalator.engine.intake import Intake
from escalator.engine.metrics import Metrics
from escalator.engine.ticker import Ticker
from escalator.engine.world import World
from escalator.store import audit, findings, outbox, retention, windows
from escalator.store.db import Database

log = structlog.get_logger()

TICK_STALE: Span = 15 * SECOND
"""Older than this, the last tick proves nothing: /readyz fails."""

MISSED = "HeartbeatMissed"
REFUSED = "PoliciesRefused"


class Duties(NamedTuple):
    """How this process keeps house."""

    writer: str
    """Names its chain in the audit."""
    retention: Span
    live: Callable[[], Awaitable[None]] | None = None
    """Tells the outside that we live."""


class Upkeep:
    """One per process."""

    def __init__(
        self, database: Database, world: World, ticker: Ticker, intake: Intake, metrics: Metrics, duties: Duties,
        problem: Callable[[], str | None],
    ) -> None:  # fmt: skip
        self._database = database
        self._world = world
        self._ticker = ticker
        self._intake = intake
        self._metrics = metrics
        self._duties = duties
        self._problem = problem
        self._expected: dict[str, Instant] = {}
        """Since when each heartbeat is expected by this process."""
        self._findings: list[findings.Finding] = []

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """For /readyz: whether deadlines are being looked at, and what else an operator should know."""
        age = (self._database.now() - self._ticker.ticked_at) / SECOND
        ticking = age <= TICK_STALE / SECOND
        return ticking, {
            "tick_age_seconds": round(age, 1) if self._ticker.ticked_at else None,
            "policy_revision": self._world.book.revision,
            "policy_problem": self._problem(),
            "findings": [f"{finding.number} {finding.what}" for finding in self._findings],
        }

    async def audit(self) -> None:
        """Every 30 s: what is stranded is counted, logged, and set going where that is safe."""
        now = self._database.now()
        await self._database.write(lambda c, items: [outbox.sweep(c, now)] * len(items), None)
        self._findings = await self._database.read(lambda c: findings.audit(c, now))
        for finding in self._findings:
            log.error("audit", what=finding.what, number=finding.number)
        self._metrics.findings.set(sum(finding.number for finding in self._findings))
        await self._gauge()
        if not self._findings and self._duties.live is not None and self.ready()[0]:
            await self._duties.live()

    async def _gauge(self) -> None:
        waiting = await self._database.read(outbox.counts)
        opened = await self._database.read(findings.open_incidents)
        self._metrics.outbox.clear()
        for via, state, number in waiting:
            self._metrics.outbox.labels(via, state).set(number)
        self._metrics.incidents.clear()
        for status, severity, number in opened:
            self._metrics.incidents.labels(status, Severity(severity).name.lower()).set(number)

    async def listen(self) -> None:
        """Every 15 s: a heartbeat that is not heard in time is an alert, repeated until it is heard; then it resolves.

        While nobody listened nothing could be heard: what counts is the time since this process expects it.
        """
        now, beats = self._database.now(), self._world.book.heartbeats
        self._expected = {beat.name: self._expected.get(beat.name, now) for beat in beats}
        heard = await self._database.read(windows.beats)
        for beat in beats:
            labels = {HEARTBEAT_LABEL: beat.name}
            if now - max(heard.get(beat.name, 0), self._expected[beat.name]) > beat.expect_every:
                text = f"heartbeat {beat.name} was not heard for its interval: its source may be dead"
                await self._intake.complain(MISSED, text, labels)
            elif now - heard.get(beat.name, 0) <= beat.expect_every:
                # Only what was heard again is over: that this process is new proves nothing.
                await self._intake.settle(MISSED, labels)

    async def judge_policies(self) -> None:
        """After each look at the disk: a first start on policies that fail their check is an alert until they pass."""
        problem = self._problem()
        if problem and self._world.book.revision <= 1:
            if await self._intake.complained(REFUSED) is None:
                await self._intake.complain(REFUSED, f"the policies did not pass their check: {problem[:1000]}")
        elif not problem:
            await self._intake.settle(REFUSED)

    async def prune(self) -> None:
        """Hourly: what is older than the retention goes, a chunk at a time."""
        now = self._database.now()
        cut = retention.Cut(now - self._duties.retention, now, self._duties.writer)
        while await self._database.write(retention.prune, cut):
            pass

    async def seal(self) -> None:
        """Each minute: the timeline since the last seal goes under this writer's chain."""
        await self._database.write(self._seal, None)

    def _seal(self, connection: Any, items: Any) -> list[None]:
        audit.seal(connection, self._duties.writer, self._database.now())
        return [None] * len(items)
