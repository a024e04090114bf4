"""What doors are given for windows: silences, overrides, and swaps of duties. See `needs`."""

from typing import Protocol

from escalator.core.alert import Matcher, Silence
from escalator.core.instant import Instant
from escalator.core.oncall import Override
from escalator.core.swap import Swap


class Windows(Protocol):
    async def silence(
        self, matchers: tuple[Matcher, ...], starts_at: Instant, ends_at: Instant, by: str, reason: str
    ) -> Silence: ...

    async def unsilence(self, id: str, by: str) -> bool: ...

    async def silence_made(self, id: str) -> Silence | None:
        """One made by hand, over or not."""

    async def amend_silence(
        self, id: str, by: str, *, ends_at: Instant | None = None, reason: str | None = None
    ) -> Silence | None:
        """Raises Refused for one that is over for longer than an end can be taken back."""

    async def override(
        self, schedule: str, person: str, starts_at: Instant, ends_at: Instant, by: str, reason: str
    ) -> Override: ...

    async def drop_override(self, id: str, by: str) -> bool: ...

    async def overrides(self) -> tuple[Override, ...]: ...

    async def overrides_since(self, since: Instant) -> tuple[Override, ...]:
        """Those that are over, too, where they were not then; raises Unavailable."""

    async def silences(self) -> tuple[Silence, ...]: ...


class Swaps(Protocol):
    async def ask(
        self,
        schedule: str,
        asker: str,
        colleague: str | None,
        starts_at: Instant,
        ends_at: Instant,
        *,
        by: str,
        reason: str = "",
    ) -> Swap:
        """Raises Refused."""

    async def accept(self, id: str, person: str, by: str) -> Swap | None:
        """Raises Refused."""

    async def decline(self, id: str, person: str, by: str) -> Swap | None:
        """Raises Refused."""

    async def listed(self) -> list[Swap]: ...

    async def find(self, id: str) -> Swap | None: ...
