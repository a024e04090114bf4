"""The circuit breakers of one way out: one for each provider behind it, and whoever must hear when one trips.

In memory: each process finds out for itself. The rule is `core.circuit`'s.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from escalator.core.circuit import CLOSED, Circuit, admits, failed, probing
from escalator.core.instant import Instant, rfc3339

Told = Callable[[str, str | None], None]
"""(provider, why it is avoided; None: it works)."""


class Breaker:
    """`tell` hears once when a provider begins to be avoided, and once when it works: again, or for the first time."""

    def __init__(self, tell: Told) -> None:
        self._tell = tell
        self._circuits: dict[str, Circuit] = {}

    @property
    def circuits(self) -> Mapping[str, Circuit]:
        """By provider, those that were ever tried."""
        return MappingProxyType(self._circuits)

    def refusal(self, provider: str, now: Instant) -> tuple[str, Instant] | None:
        """Why a message must not be tried, and when the next probe is; None: it may, and counts as a probe."""
        circuit = self._circuits.get(provider, CLOSED)
        if admits(circuit, now):
            if circuit.opened_at is not None:
                self._circuits[provider] = probing(circuit, now)
            return None
        assert circuit.opened_at is not None
        text = f"{provider} has failed {circuit.failures} times in a row since {rfc3339(circuit.opened_at)}: not tried"
        return text, circuit.probe_at

    def passed(self, provider: str) -> None:
        """The provider answered."""
        before = self._circuits.get(provider)
        self._circuits[provider] = CLOSED
        if before is None or before.opened_at is not None:
            self._tell(provider, None)

    def failed(self, provider: str, why: str, now: Instant) -> None:
        before = self._circuits.get(provider, CLOSED)
        self._circuits[provider] = after = failed(before, now)
        if before.opened_at is None and after.opened_at is not None:
            self._tell(provider, why)
