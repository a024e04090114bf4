"""The engine in memory, as the doors see it: small, faithful to each part's promises, without a clock of its own."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from escalator.core.alert import Matcher, Silence
from escalator.core.book import Book
from escalator.core.effects import Refused
from escalator.core.events import Acknowledged, Event, Snoozed
from escalator.core.incident import Incident, Status
from escalator.core.instant import Instant, rfc3339
from escalator.core.oncall import Override
from escalator.core.swap import State, Swap
from escalator.engine.batch import Delivery
from escalator.engine.contacts import Standing
from escalator.engine.health import Health
from escalator.engine.keys import Grant, hashed
from escalator.engine.lifecycle import NotFound
from escalator.engine.links import Link
from escalator.engine.origins import Folder, Origin
from escalator.engine.revisions import Situation
from escalator.engine.sessions import Opened
from escalator.engine.studies import Answer
from escalator.rehearsal.night import Circumstances
from escalator.rehearsal.standing import Alone, Open
from escalator.rehearsal.standing import Standing as Stood
from escalator.store.contacts import Device
from escalator.store.db import Unavailable
from escalator.store.feeds import Feed
from escalator.store.health import Act
from escalator.store.revisions import Revision, Waiting
from escalator.store.tables import METADATA
from escalator.store.views import View

T = TypeVar("T")

NOW: Instant = 1_795_000_000_000_000
"""2026-11-18T11:06:40Z: before the corpus was captured."""


class FakeDatabase:
    """SQLite in memory, with the real tables: the doors' queries are the real ones."""

    def __init__(self) -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        METADATA.create_all(self.engine)
        self.at = NOW
        self.down = False

    async def read(self, query: Callable[[Connection], T]) -> T:
        if self.down:
            raise Unavailable("the database is away")
        with self.engine.connect() as connection:
            return query(connection)

    def now(self) -> Instant:
        return self.at

    def put(self, *rows: Any) -> None:
        """Stores rows of the tables."""
        with self.engine.begin() as connection:
            for row in rows:
                connection.execute(type(row).__table__.insert().values(row.model_dump(exclude_none=True)))

    def close(self) -> None:
        self.engine.dispose()


class FakeIntake:
    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.kept: list[tuple[str, bytes, str]] = []
        self.complaints: list[tuple[str, str, dict[str, str]]] = []
        self.settled: list[tuple[str, dict[str, str]]] = []
        self.down = False

    async def accept(self, delivery: Delivery) -> int:
        self._fail_when_down()
        self.deliveries.append(delivery)
        return len(delivery.alerts)

    async def quarantine(self, source: str, body: bytes, reason: str) -> None:
        self._fail_when_down()
        self.kept.append((source, body, reason))

    async def complain(self, name: str, summary: str, labels: Mapping[str, str]) -> None:
        self._fail_when_down()
        self.complaints.append((name, summary, dict(labels)))

    async def settle(self, name: str, labels: Mapping[str, str]) -> None:
        self._fail_when_down()
        self.settled.append((name, dict(labels)))

    def _fail_when_down(self) -> None:
        if self.down:
            raise Unavailable("the database is away")


class FakeLifecycle:
    """Knows the states of a few incidents and writes down what it was asked."""

    def __init__(self, database: FakeDatabase) -> None:
        self.database = database
        self.incidents: dict[int, Incident] = {}
        self.asked: list[tuple[int, Event]] = []

    async def act(self, incident_id: int, event: Event) -> Incident:
        incident = self.incidents.get(incident_id)
        if incident is None:
            raise NotFound(incident_id)
        if not incident.open and isinstance(event, Acknowledged | Snoozed):
            raise Refused(f"incident {incident_id} is resolved: nothing is left to acknowledge")
        self.asked.append((incident_id, event))
        if isinstance(event, Acknowledged) and incident.status is Status.TRIGGERED:
            incident = incident._replace(
                status=Status.ACKNOWLEDGED,
                version=incident.version + 1,
                acknowledged_by=event.by,
                acknowledged_at=self.database.now(),
            )
            self.incidents[incident_id] = incident
            self._store(incident)
        return incident

    def _store(self, incident: Incident) -> None:
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE incident SET status = ?, version = ?, acknowledged_by = ?, acknowledged_at = ? WHERE id = ?",
                (
                    incident.status.value,
                    incident.version,
                    incident.acknowledged_by,
                    incident.acknowledged_at,
                    incident.id,
                ),
            )


class FakeWindows:
    def __init__(self) -> None:
        self.all_silences: list[Silence] = []
        self.all_overrides: list[Override] = []

    async def silence(
        self, matchers: tuple[Matcher, ...], starts_at: Instant, ends_at: Instant, by: str, reason: str
    ) -> Silence:
        made = Silence(f"s{len(self.all_silences) + 1}", matchers, starts_at, ends_at, by, reason)
        self.all_silences.append(made)
        return made

    async def silence_made(self, id: str) -> Silence | None:
        return next((each for each in self.all_silences if each.id == id), None)

    async def amend_silence(
        self, id: str, by: str, *, ends_at: Instant | None = None, reason: str | None = None
    ) -> Silence | None:
        known = await self.silence_made(id)
        if known is None:
            return None
        changed = known._replace(ends_at=ends_at or known.ends_at, reason=known.reason if reason is None else reason)
        self.all_silences = [changed if each.id == id else each for each in self.all_silences]
        return changed

    async def unsilence(self, id: str, by: str) -> bool:
        kept = [silence for silence in self.all_silences if silence.id != id]
        found, self.all_silences = len(kept) < len(self.all_silences), kept
        return found

    async def override(
        self, schedule: str, person: str, starts_at: Instant, ends_at: Instant, by: str, reason: str
    ) -> Override:
        made = Override(schedule, person, starts_at, ends_at, reason, f"o{len(self.all_overrides) + 1}")
        self.all_overrides.append(made)
        return made

    async def drop_override(self, id: str, by: str) -> bool:
        kept = [override for override in self.all_overrides if override.id != id]
        found, self.all_overrides = len(kept) < len(self.all_overrides), kept
        return found

    async def overrides(self) -> tuple[Override, ...]:
        return tuple(self.all_overrides)

    async def overrides_since(self, since: Instant) -> tuple[Override, ...]:
        return tuple(each for each in self.all_overrides if each.ends_at > since)

    async def silences(self) -> tuple[Silence, ...]:
        return tuple(self.all_silences)


class FakeSwaps:
    """Accepts for the colleague who was asked, and for anybody where nobody was named."""

    def __init__(self) -> None:
        self.kept: dict[str, Swap] = {}

    async def ask(
        self, schedule: str, asker: str, colleague: str | None, starts_at: Instant, ends_at: Instant, *, by: str,
        reason: str = "",
    ) -> Swap:  # fmt: skip
        if starts_at <= NOW:
            raise Refused("Nothing was changed: that has begun.")
        made = Swap(f"w{len(self.kept) + 1}", schedule, asker, colleague, starts_at, ends_at, reason)
        self.kept[made.id] = made
        return made

    async def accept(self, id: str, person: str, by: str) -> Swap | None:
        return self._answered(id, person, "accepted")

    async def decline(self, id: str, person: str, by: str) -> Swap | None:
        return self._answered(id, person, "declined")

    async def listed(self) -> list[Swap]:
        return list(self.kept.values())

    async def find(self, id: str) -> Swap | None:
        return self.kept.get(id)

    def _answered(self, id: str, person: str, state: State) -> Swap | None:
        found = self.kept.get(id)
        if found is None:
            return None
        if found.colleague not in (None, person) or found.state != "asked":
            raise Refused("Nothing was changed.")
        self.kept[id] = found._replace(state=state, answered_by=person, override="o1" if state == "accepted" else None)
        return self.kept[id]


class FakeFeeds:
    """Tokens are `feed-ID`."""

    def __init__(self) -> None:
        self.kept: dict[str, Feed] = {}

    async def create(self, kind: str, name: str, by: str) -> tuple[str, str]:
        id = f"f{len(self.kept) + 1}"
        self.kept[id] = Feed(id, "", kind, name, by, NOW)
        return id, f"feed-{id}"

    async def revoke(self, id: str, by: str) -> bool:
        return self.kept.pop(id, None) is not None

    async def find(self, token: str) -> Feed | None:
        return self.kept.get(token.removeprefix("feed-")) if token.startswith("feed-") else None

    async def listed(self) -> list[dict[str, Any]]:
        columns = ("id", "kind", "name", "by")
        return [{c: getattr(each, c) for c in columns} | {"created_at": rfc3339(NOW)} for each in self.kept.values()]


class FakeContacts:
    """Alice's e-mail can be proved, by 123456; her phone is proved; bob's way out is missing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.standings = [
            Standing("alice", "email", "alice@example.com", "unverified"),
            Standing("alice", "sms", "secret:ALICE_PHONE", "verified", "", NOW),
            Standing("bob", "email", "bob@example.com", "not usable", "the channel email is not configured"),
        ]

    async def listed(self, person: str | None = None) -> list[Standing]:
        return [each for each in self.standings if person in (None, each.person)]

    async def send_code(self, person: str, via: str, by: str) -> None:
        if person == "bob":
            raise Refused("bob's contact email cannot be used")
        self.asked.append(("code", person, via, by))

    async def confirm(self, person: str, via: str, code: str, by: str) -> None:
        if code != "123456":
            raise Refused("That is not the code; 4 tries are left.")
        self.asked.append(("confirm", person, via, by))
        self.standings[0] = self.standings[0]._replace(state="verified", verified_at=NOW)


class FakeDevices:
    """Links are `for-PERSON`."""

    def __init__(self) -> None:
        self.kept: list[Device] = []
        self.forgotten: list[tuple[str, str, str]] = []

    async def link(self, person: str) -> tuple[str, Instant]:
        return f"for-{person}", NOW

    async def whose(self, token: str) -> str | None:
        return token.removeprefix("for-") if token.startswith("for-") else None

    async def listed(self, person: str) -> list[Device]:
        return [each for each in self.kept if each.person == person]

    async def used(self, token: str) -> bool:
        return False

    async def register(self, token: str, person: str, endpoint: str, p256dh: str, auth: str, label: str) -> str:
        self.kept.append(Device(f"d{len(self.kept) + 1}", person, endpoint, p256dh, auth, label))
        return self.kept[-1].id

    async def forget(self, person: str, id: str, by: str) -> bool:
        left = [each for each in self.kept if (each.person, each.id) != (person, id)]
        found, self.kept = len(left) < len(self.kept), left
        self.forgotten += [(person, id, by)] if found else []
        return found

    async def test(self, person: str) -> str:
        return f"{len(await self.listed(person))} devices"


class FakeRevisions:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.origin: Origin = Folder(Path("policies"))
        self.refused: str | None = None
        self.waiting: Waiting | None = None
        self.live: Revision | None = None
        self.pulls = 0
        self.slow: asyncio.Event | None = None
        self.heard: list[bytes] = []
        self.rolled_back: list[tuple[int, str]] = []

    def problem(self) -> str | None:
        return self.refused

    async def situation(self) -> Situation:
        return Situation(self.live, self.waiting)

    async def pull(self) -> None:
        if self.slow is not None:
            await self.slow.wait()
        self.pulls += 1

    async def told(self, proof: bytes) -> bool:
        fresh = proof not in self.heard
        self.heard.append(proof)
        return fresh

    async def roll_back(self, number: int, by: str) -> int:
        if number == self.book.revision:
            raise Refused(f"revision {number} is what runs already")
        self.rolled_back.append((number, by))
        return self.book.revision + 1


class FakeStandings:
    def __init__(self, lifecycle: FakeLifecycle) -> None:
        self.standing = Stood(NOW, 7, {"main.yaml": "version: 1\n"}, ())
        self.lifecycle = lifecycle
        self.breaks: Exception | None = None

    async def read(self) -> Stood:
        return self.standing

    async def alone(self, incident_id: int) -> Alone | None:
        if self.breaks is not None:
            raise self.breaks
        incident = self.lifecycle.incidents.get(incident_id)
        return Alone(NOW, Open(incident, {})) if incident is not None and incident.open else None

    async def around(self) -> Circumstances:
        return self.standing.circumstances

    async def home(self, group: int, resolved_since: Instant) -> Alone | None:
        found = [each for each in self.lifecycle.incidents.values() if each.key == group]
        return Alone(NOW, Open(found[-1], {})) if found else None


class FakeStudies:
    """Answers at once with what a test put there by the study's name; else it is still at work."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.begun: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def known(self, key: str) -> Answer | None:
        study = self.begun.get(key)
        return self.answers.get(study[0], Answer("working", NOW)) if study else None

    def begin(self, key: str, study: str, asked: Mapping[str, Any]) -> Answer:
        self.begun[key] = study, asked
        return self.answers.get(study, Answer("working", NOW))

    async def answer(self, key: str, patience: float) -> Answer | None:
        return self.known(key)


class FakeKeys:
    def __init__(self) -> None:
        self.grants: dict[str, Grant] = {}

    async def create(
        self, name: str, scopes: tuple[str, ...], person: str | None, expires_at: Instant | None, by: str
    ) -> tuple[str, str]:
        id, token = f"k{len(self.grants) + 1}", f"esc_{name}_{len(self.grants) + 1}"
        self.grants[token] = Grant(id, name, person, scopes)
        return id, token

    async def revoke(self, id: str, by: str) -> bool:
        token = next((token for token, grant in self.grants.items() if grant.id == id), None)
        return self.grants.pop(token, None) is not None if token else False

    async def find(self, token: str) -> Grant | None:
        token.encode()
        return self.grants.get(token)

    async def listed(self) -> list[dict[str, Any]]:
        moments = {"created_at": rfc3339(NOW), "expires_at": None, "last_used_at": None, "revoked_at": None}
        return [{**each._asdict(), "scopes": list(each.scopes), **moments} for each in self.grants.values()]


class FakeVitals:
    """Health and audit as a test sets them."""

    def __init__(self) -> None:
        self.health = Health((), (), 4096)
        self.audit: list[Act] = []

    async def read(self) -> Health:
        return self.health

    async def acts(self, *, act: str | None, before: int | None, limit: int) -> list[Act]:
        fits = [each for each in self.audit if act is None or each.act.startswith(act)]
        return [each for each in fits if before is None or each.id < before][:limit]


class FakeSessions:
    """Sessions by cookie; links by word."""

    def __init__(self) -> None:
        self.browsers: dict[str, Opened] = {}
        self.words: dict[str, Grant] = {}

    async def open(self, grant: Grant, token: str) -> str:
        cookie = f"cookie-{len(self.browsers) + 1}"
        self.browsers[cookie] = Opened(grant, hashed(token))
        return cookie

    async def good(self, word: str) -> bool:
        return word in self.words

    async def redeem(self, word: str) -> str | None:
        grant = self.words.pop(word, None)
        cookie = f"cookie-{len(self.browsers) + 1}"
        if grant is None:
            return None
        self.browsers[cookie] = Opened(grant, None)
        return cookie

    async def find(self, cookie: str) -> Opened | None:
        return self.browsers.get(cookie)

    async def end(self, cookie: str) -> None:
        self.browsers.pop(cookie, None)


class FakeViews:
    """Ids are v1, v2 …"""

    def __init__(self) -> None:
        self.kept: list[View] = []

    async def create(self, name: str, query: str, by: str) -> View:
        if any(view.name == name for view in self.kept):
            raise Refused(f"there is a view {name!r} already: choose another name, or delete that one")
        self.kept.append(View(f"v{len(self.kept) + 1}", name, query, by, NOW))
        return self.kept[-1]

    async def drop(self, id: str, by: str) -> str | None:
        found = next((view for view in self.kept if view.id == id), None)
        self.kept = [view for view in self.kept if view.id != id]
        return found and found.name

    async def listed(self) -> list[View]:
        return list(self.kept)


class FakeLinks:
    def __init__(self, lifecycle: FakeLifecycle) -> None:
        self.lifecycle = lifecycle
        self.links: dict[str, Link] = {}

    async def look(self, token: str) -> Link | None:
        return self.links.get(token)

    async def acknowledge(self, token: str, by: str | None) -> Incident:
        link = self.links.get(token)
        if link is None or link.used:
            raise NotFound("this link is unknown, used or expired")
        incident = await self.lifecycle.act(link.incident_id, Acknowledged(by or link.person or "somebody"))
        self.links[token] = link._replace(used=True)
        return incident


class FakeUpkeep:
    def __init__(self) -> None:
        detail = {"tick_age_seconds": 0.4, "policy_revision": 7, "policy_problem": None, "findings": []}
        self.answer: tuple[bool, dict[str, Any]] = (True, detail)

    def ready(self) -> tuple[bool, dict[str, Any]]:
        return self.answer


class FakeMetrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()


class FakeDesk:
    """Nobody answers here: the doors of channels are tested with their channels."""
