"""The doors on a fake engine: `house` holds its parts, `client(…)` speaks to the doors."""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import pytest

from escalator.core.alert import Matcher, Severity
from escalator.core.book import Book
from escalator.core.instant import to_datetime
from escalator.core.oncall import Contact, Every, Layer, Person, Schedule
from escalator.core.policy import Channel, Level, Policy, Route, Target
from escalator.engine.keys import Grant
from escalator.web.needs import Needs
from tests.web import fakes


def a_book() -> Book:
    anchor = to_datetime(fakes.NOW - 3 * 86_400_000_000).replace(tzinfo=None)
    people = {
        "alice": Person("alice", (Contact("email", "alice@example.com"), Contact("sms", "secret:ALICE_PHONE"))),
        "bob": Person("bob", (Contact("email", "bob@example.com"),)),
    }
    level = Level((Target("schedule", "primary"), Target("channel", "ops")))
    return Book(
        policies={"page": Policy("page", (level, Level((Target("person", "bob"),))))},
        catch_all="page",
        revision=7,
        digest="ab" * 32,
        routes=(Route("routes[0]", (Matcher("team", "=", "db"),), MappingProxyType(dict.fromkeys(Severity, "page"))),),
        people=people,
        teams={"sre": ("alice", "bob")},
        channels={"ops": Channel("ops", "webhook", "https://hooks.example.com/secret-path")},
        schedules={"primary": Schedule("primary", "UTC", (Layer(("alice", "bob"), Every(1, "w"), anchor, "UTC"),))},
    )


class House:
    """A fake engine and the doors on it."""

    def __init__(self, **settings: Any) -> None:
        self.database: Any = fakes.FakeDatabase()
        self.intake = fakes.FakeIntake()
        self.lifecycle = fakes.FakeLifecycle(self.database)
        self.windows: Any = fakes.FakeWindows()
        self.swaps: Any = fakes.FakeSwaps()
        self.feeds: Any = fakes.FakeFeeds()
        self.contacts = fakes.FakeContacts()
        self.devices = fakes.FakeDevices()
        self.revisions = fakes.FakeRevisions(a_book())
        self.standings = fakes.FakeStandings(self.lifecycle)
        self.studies = fakes.FakeStudies()
        self.keys = fakes.FakeKeys()
        self.sessions = fakes.FakeSessions()
        self.vitals = fakes.FakeVitals()
        self.outbox: Any = None
        self.views = fakes.FakeViews()
        self.links = fakes.FakeLinks(self.lifecycle)
        self.desk = fakes.FakeDesk()
        self.doors: dict[str, Any] = {}
        self.upkeep = fakes.FakeUpkeep()
        self.metrics = fakes.FakeMetrics()
        for scope in ("read", "ack", "admin", "ingest", "ingest:alertmanager", "ingest:grafana"):
            self.keys.grants[f"token-{scope}"] = Grant(f"id-{scope}", f"{scope} robot", None, (scope,))
        self.keys.grants["token-alice"] = Grant("id-alice", "alice's phone", "alice", ("ack",))
        self.settings = {"public_url": "http://localhost:8080", "open_mode": False, "version": "0", **settings}

    @property
    def needs(self) -> Needs:
        parts = {name: part for name, part in vars(self).items() if name != "settings"}
        return Needs(**parts, **self.settings)


@pytest.fixture
def new_house() -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def build(**settings: Any) -> House:
        made.append(House(**settings))
        return made[-1]

    yield build
    for house in made:
        house.database.close()


@pytest.fixture
def house(new_house: Callable[..., House]) -> House:
    return new_house()
