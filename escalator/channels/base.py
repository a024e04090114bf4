"""What every channel is: one class, one verb, one error. A vendor's knowledge stays in that vendor's one file.

A channel never decides whether to retry: it says what happened, and `core.notification` decides.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

SEND_DEADLINE = 10.0
"""Seconds for one whole send; less than the lease, so that a slow send is over before its row is free."""


class Message(NamedTuple):
    """One notification, ready for a channel to put in its own words."""

    id: int
    """The outbox row: stable across retries."""
    kind: str
    """page, update or resolved."""
    incident: Mapping[str, Any]
    """As doors show it (JSON incident)."""
    alerts: tuple[Mapping[str, Any], ...]
    """As doors show them, the worst first, at most 20."""
    person: str | None
    target: str
    """Why this contact: `schedule boardroom`."""
    level: int
    round: int
    reason: str
    """In words: `level 2: nobody acknowledged for 5m`."""
    link: str
    """Where a person sees the incident."""
    acknowledge: str | None
    """Where this one recipient can acknowledge; None where nothing is left to acknowledge."""
    first: bool = True
    """Whether this contact hears of the incident for the first time."""

    @property
    def key(self) -> str:
        """Names this notification to the world: the same at each retry, and not used again by a database begun anew
        (whose row numbers start over, while receivers remember what they have seen).
        """
        return f"{self.id}.{stamp(self.incident)}"


def stamp(incident: Mapping[str, Any]) -> str:
    """The digits of the instant at which an incident opened: tells it from one with the same id in another database."""
    return re.sub("[^0-9]", "", str(incident.get("opened_at", "")))[:20] or "0"


class Sent(NamedTuple):
    """The provider took it."""

    receipt: str | None
    """The provider's id."""
    detail: str = ""
    """The provider's answer, secrets removed, one line."""
    delivered: bool = False
    """The provider's answer itself proves that it arrived."""


class NotSent(Exception):
    """The provider did not take it, or nobody knows.

    `permanent`: this contact will never take it; the next contact starts now. `temporary`: retry, and start the next
    contact now. `ambiguous`: it may have arrived (a timeout after the request went out); treated as temporary.
    """

    def __init__(
        self, outcome: Literal["permanent", "temporary", "ambiguous"], detail: str, retry_after: float | None = None
    ) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail
        self.retry_after = retry_after
        """Seconds, as the provider asked."""


class Channel(Protocol):
    """A way out."""

    via: str
    at_once: int
    """How many sends it bears at the same time: no more rows are claimed."""

    async def send(self, address: str, message: Message) -> Sent:
        """Sends within SEND_DEADLINE (the caller enforces it); raises NotSent."""

    async def check(self) -> str:
        """Asks the provider whether our credentials work, paging nobody: one line for `doctor`; raises NotSent."""

    async def close(self) -> None:
        """Gives back connections."""
