"""Tells the operators, once, that a provider is avoided, and ends that alert when it works again.

An alert of our own, through the policies like any other; its messages take the ways that are left.
"""

from escalator.core.alert import identity
from escalator.engine.intake import OURS, Intake, fingerprint_ours
from escalator.engine.metrics import Metrics
from escalator.store import alerts
from escalator.store.db import Database

DOWN = "ProviderDown"


class Providers:
    """One per process. Heard on the event loop, told in the clock's job: a send never waits for it."""

    def __init__(self, intake: Intake, database: Database, metrics: Metrics) -> None:
        self._intake = intake
        self._database = database
        self._metrics = metrics
        self._news: dict[str, str | None] = {}

    def heard(self, provider: str, why: str | None) -> None:
        """`why` it is avoided; None: it works."""
        self._news[provider] = why
        self._metrics.circuit.labels(provider).set(0 if why is None else 1)

    async def tell(self) -> None:
        """What was heard since the last time; raises Unavailable, and tries again then."""
        for provider, why in list(self._news.items()):
            labels = {"provider": provider, "severity": "error"}
            if why is not None:
                text = f"{provider} fails again and again ({why}): messages go to the next contact, and it is probed"
                await self._intake.complain(DOWN, text, labels)
            elif await self._complained(labels):
                await self._intake.settle(DOWN, labels)
            if self._news.get(provider) == why:
                del self._news[provider]

    async def _complained(self, labels: dict[str, str]) -> bool:
        key = identity(OURS, fingerprint_ours(DOWN, labels))
        known = await self._database.read(lambda c: alerts.peek(c, key))
        return known is not None and known.counts
