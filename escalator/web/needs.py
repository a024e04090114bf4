"""What the doors are given, and nothing more: they read from the store and write only through the engine.

Each part is named by what a door asks of it, so that tests hand in small fakes that do the same.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from escalator.channels.desk import Desk, Incoming, Outgoing
from escalator.channels.sandbox import Kept
from escalator.core.book import Book
from escalator.core.events import Event
from escalator.core.incident import Incident
from escalator.core.instant import Instant
from escalator.engine.batch import Delivery
from escalator.engine.contacts import Standing
from escalator.engine.health import Health
from escalator.engine.keys import Grant
from escalator.engine.links import Link
from escalator.engine.origins import Origin
from escalator.engine.revisions import Situation
from escalator.engine.sessions import Opened
from escalator.engine.studies import Answer
from escalator.rehearsal.night import Circumstances
from escalator.rehearsal.standing import Alone
from escalator.rehearsal.standing import Standing as Stood
from escalator.store.contacts import Device
from escalator.store.feeds import Feed
from escalator.store.health import Act
from escalator.store.views import View
from escalator.web.needs_windows import Swaps, Windows

T = TypeVar("T")


class Database(Protocol):
    async def read(self, query: Callable[[Connection], T]) -> T:
        """Runs the query outside any write transaction; raises Unavailable."""

    def now(self) -> Instant: ...


class Intake(Protocol):
    async def accept(self, delivery: Delivery) -> int:
        """How many alerts are on disk now; raises Unavailable."""

    async def quarantine(self, source: str, body: bytes, reason: str) -> None: ...

    async def complain(self, name: str, summary: str, labels: Mapping[str, str]) -> None: ...

    async def settle(self, name: str, labels: Mapping[str, str]) -> None:
        """What was complained of is over; where it was not, nothing happens."""


class Lifecycle(Protocol):
    async def act(self, incident_id: int, event: Event) -> Incident:
        """Raises NotFound, Refused, Unavailable."""


class Feeds(Protocol):
    async def create(self, kind: str, name: str, by: str) -> tuple[str, str]:
        """(id, token)."""

    async def revoke(self, id: str, by: str) -> bool: ...

    async def find(self, token: str) -> Feed | None: ...

    async def listed(self) -> list[dict[str, Any]]: ...


class Contacts(Protocol):
    async def listed(self, person: str | None = None) -> list[Standing]: ...

    async def send_code(self, person: str, via: str, by: str) -> None:
        """Raises Refused."""

    async def confirm(self, person: str, via: str, code: str, by: str) -> None:
        """Raises Refused."""


class Devices(Protocol):
    async def link(self, person: str) -> tuple[str, Instant]:
        """(token, until when it is good)."""

    async def whose(self, token: str) -> str | None: ...

    async def listed(self, person: str) -> list[Device]: ...

    async def used(self, token: str) -> bool: ...

    async def register(self, token: str, person: str, endpoint: str, p256dh: str, auth: str, label: str) -> str:
        """Raises Refused."""

    async def forget(self, person: str, id: str, by: str) -> bool: ...

    async def test(self, person: str) -> str:
        """What came of it; raises Refused."""


class Revisions(Protocol):
    @property
    def book(self) -> Book: ...

    @property
    def origin(self) -> Origin: ...

    def problem(self) -> str | None: ...

    async def situation(self) -> Situation: ...

    async def pull(self) -> None: ...

    async def told(self, proof: bytes) -> bool:
        """False: these very bytes were heard before."""

    async def roll_back(self, number: int, by: str) -> int:
        """Raises Refused."""


class Standings(Protocol):
    async def read(self) -> Stood:
        """Raises Unavailable."""

    async def alone(self, incident_id: int) -> Alone | None:
        """None where it is not open; raises Unavailable."""

    async def around(self) -> Circumstances:
        """What the policies do not say; raises Unavailable."""

    async def home(self, group: int, resolved_since: Instant) -> Alone | None:
        """The incident of a group: the open one, else the newest resolved since then; raises Unavailable."""


class Studies(Protocol):
    def begin(self, key: str, study: str, asked: Mapping[str, Any]) -> Answer: ...

    def known(self, key: str) -> Answer | None: ...

    async def answer(self, key: str, patience: float) -> Answer | None: ...


class Views(Protocol):
    async def create(self, name: str, query: str, by: str) -> View:
        """Raises Refused."""

    async def drop(self, id: str, by: str) -> str | None:
        """The name of the view that is gone."""

    async def listed(self) -> list[View]: ...


class Keys(Protocol):
    async def create(
        self, name: str, scopes: tuple[str, ...], person: str | None, expires_at: Instant | None, by: str
    ) -> tuple[str, str]: ...

    async def revoke(self, id: str, by: str) -> bool: ...

    async def find(self, token: str) -> Grant | None: ...

    async def listed(self) -> list[dict[str, Any]]: ...


class Sessions(Protocol):
    async def open(self, grant: Grant, token: str) -> str:
        """The cookie of a new session."""

    async def good(self, word: str) -> bool: ...

    async def redeem(self, word: str) -> str | None:
        """The cookie of a new session; None: the link is unknown, used or expired."""

    async def find(self, cookie: str) -> Opened | None: ...

    async def end(self, cookie: str) -> None: ...


class Links(Protocol):
    async def look(self, token: str) -> Link | None: ...

    async def acknowledge(self, token: str, by: str | None) -> Incident:
        """Raises NotFound, Refused, Unavailable."""


class Door(Protocol):
    """A channel whose vendor calls us."""

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        """Raises Forged, Busy."""


class Vitals(Protocol):
    async def read(self) -> Health:
        """Raises Unavailable."""

    async def acts(self, *, act: str | None, before: int | None, limit: int) -> list[Act]:
        """Entries of the audit, the newest first; raises Unavailable."""


class Outbox(Protocol):
    """What the sandbox kept instead of letting it out."""

    def newest(self, limit: int) -> Sequence[Kept]: ...

    def find(self, number: int) -> Kept | None: ...


class Upkeep(Protocol):
    def ready(self) -> tuple[bool, dict[str, Any]]: ...


class Metrics(Protocol):
    @property
    def registry(self) -> CollectorRegistry: ...


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Everything that `web.build` takes."""

    database: Database
    intake: Intake
    lifecycle: Lifecycle
    windows: Windows
    swaps: Swaps
    feeds: Feeds
    contacts: Contacts
    devices: Devices
    revisions: Revisions
    standings: Standings
    studies: Studies
    views: Views
    keys: Keys
    sessions: Sessions
    links: Links
    desk: Desk
    doors: Mapping[str, Door]
    """By the first segment below `/replies/`, those whose channel is configured."""
    upkeep: Upkeep
    vitals: Vitals
    metrics: Metrics
    public_url: str
    open_mode: bool
    """Everybody may do everything; only on loopback, with Host and Origin checked."""
    version: str
    ingest_token: str | None = None
    admin_token: str | None = None
    policies_secret: str | None = None
    """What the forge signs its webhook with."""
    outbox: Outbox | None = None
    """Where nothing leaves the process: what would have."""
    metrics_open: bool = True
    """Whether /metrics asks for no token."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the service begins to stop, so that endless answers end."""

    def incident_url(self, incident_id: int) -> str:
        """Where a person sees the incident."""
        return f"{self.public_url.rstrip('/')}/incidents/{incident_id}"
