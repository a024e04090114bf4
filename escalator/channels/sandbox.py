"""Where messages go instead of out into the world: kept in memory and told to a listener. For `demo`, for trying
policies, for tests. It stands in for every channel and never fails.
"""

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from escalator.channels import wording
from escalator.channels.base import Channel, Message, Sent
from escalator.core.instant import Instant

KEPT = 1000
"""Messages that are kept."""


class Delivered(NamedTuple):
    """One message as its recipient would have had it."""

    at: Instant
    via: str
    address: str
    person: str | None
    kind: str
    incident: str
    subject: str
    short: str
    """As a phone would show it."""
    text: str
    acknowledge: str | None
    """Where this recipient acknowledges."""


class Kept(NamedTuple):
    """One of them with all that it was made from."""

    number: int
    """Counts up from 1."""
    delivered: Delivered
    message: Message


class Sandbox:
    """The outbox of the sandbox: `delivered` holds the newest KEPT messages, oldest first."""

    def __init__(self, clock: Callable[[], Instant], listener: Callable[[Delivered], None] | None = None) -> None:
        self.delivered: deque[Delivered] = deque(maxlen=KEPT)
        self._kept: deque[Kept] = deque(maxlen=KEPT)
        self._count = 0
        self._clock = clock
        self._listener = listener

    def channel(self, via: str) -> "SandboxChannel":
        """What stands in for one way out."""
        return SandboxChannel(via, self)

    def newest(self, limit: int) -> list[Kept]:
        """The newest first."""
        return list(islice(reversed(self._kept), limit))

    def find(self, number: int) -> Kept | None:
        """None: there is none, or it is no longer kept."""
        return next((each for each in self._kept if each.number == number), None)

    def take(self, via: str, address: str, message: Message) -> Delivered:
        letter = wording.letter(message)
        delivered = Delivered(
            at=self._clock(),
            via=via,
            address=address,
            person=message.person,
            kind=message.kind,
            incident=str(message.incident.get("id", "")),
            subject=letter.subject,
            short=wording.short(message),
            text=letter.plain,
            acknowledge=message.acknowledge,
        )
        self.delivered.append(delivered)
        self._count += 1
        self._kept.append(Kept(self._count, delivered, message))
        if self._listener is not None:
            self._listener(delivered)
        return delivered


class SandboxChannel(Channel):
    """One way out that leads into the sandbox."""

    at_once = 64

    def __init__(self, via: str, sandbox: Sandbox) -> None:
        self.via = via
        self._sandbox = sandbox

    async def send(self, address: str, message: Message) -> Sent:
        self._sandbox.take(self.via, address, message)
        return Sent(f"sandbox-{message.key}", "delivered to the sandbox", delivered=True)

    async def check(self) -> str:
        return f"{self.via}: sandbox, nothing leaves this process"
