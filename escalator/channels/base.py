"""What every channel is: one class, one verb, one error. A vendor's knowledge stays in that vendor's one file.

A channel never decides whether to retry: it says what happened, and `core.notification` decides.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from escalator.channels.desk import Desk, Forged, Incoming, Outgoing
from escalator.core.policy import Form

SEND_DEADLINE = 10.0
"""Seconds for one whole send; less than the lease, so that a slow send is over before its row is free."""


class Message(NamedTuple):
    """One notification, ready for a channel to put in its own words."""

    id: int
    """The outbox row: stable across retries."""
    kind: str
    """page, update or resolved; test: somebody tries a device, and it tells of no incident."""
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
    token: str | None = None
    """What `acknowledge` ends with: whoever brings it back is this one recipient (`Desk.act_by_token`)."""
    thread: "Thread | None" = None
    """What this contact was sent of this incident before; only for channels with `threads`."""
    tries: int = 1
    """This attempt included: from the second on the message may have arrived already."""
    queued_at: str = ""
    """RFC 3339: when it was put in the outbox; no attempt was made before."""
    also: tuple[Mapping[str, Any], ...] = ()
    """Further incidents that this one message tells of: a digest."""
    unverified: bool = False
    """Nobody has proved that this contact is the person's; the message says so."""
    words: "Words | None" = None
    """The policy's own wording, rendered; None for the built-in one, or where rendering failed."""
    form: Form | None = None
    """What the policies say of this channel's requests (webhook: body, headers), already rendered."""
    code: str | None = None
    """Proves a contact: then `kind` is `code`, and there is no incident."""

    @property
    def key(self) -> str:
        """Names this notification to the world: the same at each retry, and not used again by a database begun anew
        (whose row numbers start over, while receivers remember what they have seen).
        """
        return f"{self.id}.{stamp(self.incident)}"


class Thread(NamedTuple):
    """The first message that a contact had of an incident."""

    receipt: str
    shared: bool
    """It told of other incidents too (a digest): it must not be edited into the story of one."""


class Words(NamedTuple):
    """A policy's own wording; None: the built-in one."""

    subject: str | None = None
    short: str | None = None
    long: str | None = None


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
    acknowledged: bool = False
    """The receiver's answer acknowledges the incident; counts only where the policy says so."""


class NotSent(Exception):
    """The provider did not take it, or nobody knows.

    `permanent`: this contact will never take it; the next contact starts now. `temporary`: retry, and start the next
    contact now. `ambiguous`: it may have arrived (a timeout after the request went out); treated as temporary.
    """

    def __init__(
        self,
        outcome: Literal["permanent", "temporary", "ambiguous"],
        detail: str,
        retry_after: float | None = None,
        *,
        blames: Literal["provider", "contact"] = "provider",
    ) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail
        self.retry_after = retry_after
        """Seconds, as the provider asked: it is well and wants us slower."""
        self.blames = blames
        """Whose fault it is: what is only this contact's never trips the provider's circuit breaker."""


class Channel(ABC):
    """A way out, and where its vendor answers. The traits are for the engine, which knows no vendor."""

    via: str
    at_once: int = 8
    """How many sends it bears at the same time: no more rows are claimed."""
    spacing: float = 0.0
    """Seconds between two messages to the same contact: the vendor's rate limit."""
    merges: bool = True
    """Whether one message may tell of several incidents; not where a program reads it."""
    threads: bool = False
    """Whether `Message.thread` is wanted."""
    registers: bool = False
    """Its contacts are devices that a person registers: without one the contact cannot be used."""
    verifies: bool = False
    """A contact counts as verified only once its owner sent back a code."""
    door: str | None = None
    """Where its vendor calls: `/replies/{door}` and below; None: nowhere."""

    @abstractmethod
    async def send(self, address: str, message: Message) -> Sent:
        """Sends within SEND_DEADLINE (the caller enforces it); raises NotSent."""

    @abstractmethod
    async def check(self) -> str:
        """Asks the provider whether our credentials work, paging nobody: one line for `doctor`; raises NotSent."""

    async def close(self) -> None:  # noqa: B027  nothing is held where nothing is said
        """Gives back connections."""

    def serves(self, address: str) -> bool:
        """Whether it can reach such an address at all, as it is set up: known before anything is sent."""
        return True

    def provider(self, address: str) -> str:
        """Whose failure a failed send is: what one circuit breaker watches over. Never a secret: operators read it."""
        return self.via

    async def listen(self, desk: Desk) -> None:  # noqa: B027  most vendors call us
        """Runs as long as the process: hears what the vendor says over a connection of ours, or keeps the desk."""

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        """A vendor's call at our door. Raises Forged, Busy; whatever else it raises is answered 401 too."""
        raise Forged(f"{self.via} has no door")
