"""What a channel may ask of the house when somebody answers through it: who this is, what is open, and to act.

The engine implements it; a channel never sees more. Whoever the vendor says acted is looked up here: being in a chat
room is no right to act. Channels make core's events themselves, with the person's name in `by`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from escalator.core.alert import Matcher
from escalator.core.book import Book
from escalator.core.events import Answer
from escalator.core.instant import Instant
from escalator.core.notification import Outcome


class Incoming(NamedTuple):
    """One request of a vendor's, as it came; nothing of it is trusted before its signature was checked."""

    path: str
    """Below the channel's door: `status` for `/replies/twilio/status`; empty for the door itself."""
    query: str
    """As it stood in the URL, without `?`."""
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes
    method: str = "POST"


class Outgoing(NamedTuple):
    """What the vendor is answered."""

    status: int = 200
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    """The media type."""


class Forged(Exception):
    """The request proves nothing: 401, and nothing of it was looked at further. The text goes to the log alone."""


class Declined(Exception):
    """What was asked cannot be done: the state forbids it, it is unknown, or it was done before. The text is for the
    person who asked.
    """


class Busy(Exception):
    """Nothing was changed and another try can cure it: the vendor is answered 503."""


class Done(NamedTuple):
    """What came of an act."""

    incident: Mapping[str, Any]
    """As doors show it, after the act."""
    fresh: bool = True
    """False: this very request was carried out before, and was not again."""


class Story(NamedTuple):
    """One incident with what a message about it shows."""

    incident: Mapping[str, Any]
    alerts: tuple[Mapping[str, Any], ...]
    """The worst first, at most 20, with the catalogue's words."""


class OnCall(NamedTuple):
    """Who is on call for one schedule."""

    schedule: str
    person: str | None
    next_person: str | None
    until: Instant | None
    """When that changes; None: not within a month."""


class Device(NamedTuple):
    """A browser that a person registered for push."""

    id: str
    person: str
    endpoint: str
    p256dh: str
    auth: str
    label: str


class Desk(Protocol):
    """One per process. Every coroutine raises Busy where the database cannot be used."""

    @property
    def book(self) -> Book:
        """The live policies: people, teams, schedules, channels."""

    def now(self) -> Instant: ...

    def whois(self, via: str, *names: str) -> str | None:
        """The person who has one of these as address of the contact `via` (phone numbers are compared by their digits,
        e-mail addresses and ids without case), or as the e-mail contact; None for a stranger.
        """

    async def story(self, incident: int) -> Story | None: ...

    async def open_incidents(self, *, told: str | None = None, via: str | None = None) -> list[Mapping[str, Any]]:
        """Incidents that are not resolved, the triggered first, newest first, at most 50; only those of which the
        person `told` has heard (by `via`).
        """

    async def told(self, incident: int, via: str) -> tuple[str, ...]:
        """The contacts and channels (as `Acknowledged.contact` names them) that heard of it by this way out."""

    async def act(self, incident: int, event: Answer, *once: str) -> Done:
        """Carries out what a person answered. `once` names the request (`slack:…`): a second one of that name, or of
        any of its names, changes nothing and is not `fresh`. Raises Declined.
        """

    async def act_by_token(self, token: str, event: Answer) -> Done:
        """The same for whoever brings back the token of a message (`Message.token`): bound to its one incident, or the
        incidents of its digest; an acknowledgement uses it up. `by` may be empty: then it is the token's person.
        Raises Declined.
        """

    async def first(self, once: str) -> bool:
        """Uses up the name of a request that acts on nothing, so that it cannot be replayed when there is something to
        act on. False: it was used before.
        """

    async def receipt(self, via: str, receipt: str, outcome: Outcome, detail: str) -> bool:
        """The provider's later word about a message it took: DELIVERED ends it well, PERMANENT starts the next contact
        now, TEMPORARY retries as well. False: unknown, or it has moved on.
        """

    async def silence(self, matchers: tuple[Matcher, ...], ends_at: Instant, by: str, reason: str) -> str:
        """The id of the silence, from now on; raises Declined (no matchers, past, longer than 30 days)."""

    async def override(self, schedule: str, person: str, ends_at: Instant, by: str) -> str:
        """The id of the override, from now on; raises Declined."""

    def on_call(self) -> list[OnCall]: ...

    async def page(self, person: str, by: str, text: str) -> None:
        """Opens an incident that pages this one person; raises Declined for somebody unknown."""

    async def opt(self, via: str, address: str, *, out: bool) -> None:
        """The owner of an address wants no more messages there (`out`), or wants them again."""

    async def devices(self, person: str) -> list[Device]: ...

    async def forget_device(self, id: str) -> None: ...

    async def kept(self, name: str, fresh: str) -> str:
        """A secret of ours that all replicas share: the one kept under this name, else `fresh`, which is kept."""
