"""Carries what senders report through the episode rules: all requests that wait, in one transaction.

2xx is answered only after its commit. Nothing here decides what a report means: `core.episodes` and `core.grouping` do.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from escalator.core.alert import Alert, fingerprint_of, identity
from escalator.core.instant import Instant
from escalator.engine.batch import Batch
from escalator.engine.delivered import Delivery
from escalator.engine.wakes import Wake
from escalator.engine.world import World
from escalator.store import alerts, quarantine
from escalator.store.db import Database, Unavailable

log = structlog.get_logger()

OURS = "escalator"
"""The source of alerts that we raise ourselves."""


class Garbage(NamedTuple):
    """Bytes that could not be parsed."""

    source: str
    body: bytes
    reason: str


class Unwritable(Exception):
    """This delivery can never be stored, whatever is tried; what waited beside it is committed."""


class Intake:
    """The one way in for alerts."""

    def __init__(
        self, database: Database, world: World, wake: Callable[[Wake], None], received: Callable[[str, int, int], None]
    ) -> None:
        """`received` is told the source and how many firing and resolved alerts were committed."""
        self._database = database
        self._world = world
        self._wake = wake
        self._received = received

    async def accept(self, delivery: Delivery) -> int:
        """The number of alerts, once they are committed; raises Unavailable, and Unwritable where no retry cures it."""
        try:
            wake = await self._database.write(self._work, delivery)
        except Unavailable:
            raise
        except Exception as error:  # a value that SQL refuses, or a bug of ours: kept and told, no retry would cure it
            log.exception("delivery cannot be stored", source=delivery.source)
            raise Unwritable(f"it cannot be stored ({type(error).__name__})") from error
        if wake is not None:
            self._wake(wake)
        number = len(delivery.alerts)
        firing = sum(alert.firing for alert in delivery.alerts)
        self._received(delivery.source, firing, number - firing)
        return number

    async def quarantine(self, source: str, body: bytes, reason: str) -> None:
        """Keeps bytes that may have been an alert, and tells people through catch_all."""
        await self._database.write(self._keep, Garbage(source, body, reason))
        await self.complain(
            "UnparsableWebhook", f"{source} sent bytes that cannot be read: {reason}", {"source": source}
        )

    async def complain(self, name: str, summary: str, labels: Mapping[str, str] | None = None) -> None:
        """Raises an alert of our own, or repeats it; the same name and labels are the same alert."""
        began = await self.complained(name, labels) or self._database.now()
        await self.accept(Delivery(OURS, (self._own(name, summary, labels or {})._replace(starts_at=began),)))

    async def complained(self, name: str, labels: Mapping[str, str] | None = None) -> Instant | None:
        """Since when such an alert of our own fires; None: it does not."""
        key = identity(OURS, fingerprint_ours(name, labels or {}))
        known = await self._database.read(lambda c: alerts.peek(c, key))
        return known.last_start if known is not None and known.counts else None

    async def settle(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """What we complained of is over; where we did not, nothing happens."""
        if await self.complained(name, labels) is None:
            return
        over = self._own(name, "", labels or {})._replace(firing=False, ends_at=self._database.now())
        await self.accept(Delivery(OURS, (over,)))

    def _own(self, name: str, summary: str, labels: Mapping[str, str]) -> Alert:
        named = {"severity": "critical", **labels, "alertname": name}
        now, text = self._database.now(), {"summary": summary}
        return Alert(OURS, fingerprint_ours(name, labels), named, text, firing=True, starts_at=now, ends_at=None)

    def _work(self, connection: Connection, deliveries: Sequence[Delivery]) -> Sequence[Wake | None]:
        batch = Batch(connection, self._world.view, self._database.now())
        wake = batch.run(deliveries)
        # One of the callers wakes the clock and the senders; the others have nothing to add.
        return [wake, *[None] * (len(deliveries) - 1)]

    def _keep(self, connection: Connection, items: Sequence[Garbage]) -> Sequence[None]:
        quarantine.keep(connection, [(g.source, g.reason, g.body) for g in items], self._database.now())
        return [None] * len(items)


def fingerprint_ours(name: str, labels: Mapping[str, str]) -> str:
    """What identifies an alert of our own."""
    return fingerprint_of({**labels, "alertname": name})
