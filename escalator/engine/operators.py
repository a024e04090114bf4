"""Tells the operators, once, of what is broken outside: a provider that is avoided, a contact that refuses for good.
Ends that alert when it works again.

Alerts of our own, through the policies like any other; their messages take the ways that are left.
"""

from typing import NamedTuple

from escalator.core.notification import Outcome
from escalator.engine.intake import Intake
from escalator.engine.metrics import Metrics
from escalator.store.outbox import Claimed

PROVIDER = "ProviderDown"
CONTACT = "ContactRefused"


class Matter(NamedTuple):
    """What an alert of ours is about: the same matter is the same alert."""

    name: str
    labels: tuple[tuple[str, str], ...]


class Operators:
    """One per process. Heard on the event loop, told in the clock's job: a send never waits for it."""

    def __init__(self, intake: Intake, metrics: Metrics) -> None:
        self._intake = intake
        self._metrics = metrics
        self._news: dict[Matter, str | None] = {}
        self._refused: dict[Matter, bool] = {}
        """Contacts that refused, and whether the provider took the message first."""

    def provider(self, provider: str, why: str | None) -> None:
        """`why` it is avoided; None: it works."""
        self._metrics.circuit.labels(provider).set(0 if why is None else 1)
        text = f"{provider} fails again and again ({why}): messages go to the next contact, and it is probed"
        self._news[Matter(PROVIDER, (("provider", provider), ("severity", "error")))] = why and text

    def contact(self, row: Claimed, outcome: Outcome, detail: str, *, later: bool = False) -> None:
        """What became of a message; `later`: by the provider's word after it had taken the message."""
        who = row.person or row.target
        matter = Matter(CONTACT, (("contact", who), ("severity", "warning"), ("via", row.via)))
        if outcome is Outcome.PERMANENT:
            self._refused[matter] = later
            self._news[matter] = f"{who} cannot be reached by {row.via} until somebody mends it: {detail}"
        elif matter in self._refused and self._proves(matter, outcome):
            del self._refused[matter]
            self._news[matter] = None

    def _proves(self, matter: Matter, outcome: Outcome) -> bool:
        """Where a message was taken and refused afterwards, that the next is taken proves nothing."""
        return outcome is Outcome.DELIVERED or (outcome is Outcome.SENT and not self._refused[matter])

    async def tell(self) -> None:
        """What was heard since the last time; raises Unavailable, and tries again then."""
        for matter, text in list(self._news.items()):
            labels = dict(matter.labels)
            if text is not None:
                await self._intake.complain(matter.name, text, labels)
            else:
                await self._intake.settle(matter.name, labels)
            if self._news.get(matter) == text:
                del self._news[matter]
