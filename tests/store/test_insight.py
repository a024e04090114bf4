"""What is added up in SQL is what a loop over all rows adds up, on both databases."""

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection

from escalator.core.alert import Severity
from escalator.core.insight.burdens import Rang
from escalator.core.insight.noise import Group, total
from escalator.core.insight.periods import QUARTER, Period
from escalator.core.instant import DAY, HOUR, MINUTE, SECOND
from escalator.store import insight, samples
from escalator.store.db import Database
from escalator.store.inline import Memory
from escalator.store.insight import Asked
from escalator.store.tables import EpisodeRow, TimelineRow
from tests.store.seeds import START, put, put_incident, put_notification
from tests.store.test_listing import seed
from tests.store.test_plans import plans

PERIOD = Period(START // QUARTER * QUARTER, START // QUARTER * QUARTER + 2 * DAY)
PEOPLE = ("alice", "bob", 'O\'Brien, "x"', "雪")


class Line(NamedTuple):
    at: int
    event: str
    reason: str
    by: str | None


class Page(NamedTuple):
    person: str | None
    at: int | None
    state: str
    kind: str


class Told(NamedTuple):
    """An incident as the oracle knows it."""

    id: int
    key: int
    policy: str
    severity: int
    high: bool
    opened_at: int
    resolved_at: int | None
    group: dict[str, str]
    alert: dict[str, str] | None
    lines: tuple[Line, ...]
    pages: tuple[Page, ...]

    def word(self, label: str) -> str:
        return self.group.get(label) or (self.alert or {}).get(label, "")

    @property
    def went_out(self) -> list[tuple[str, int]]:
        return [
            (page.person, page.at)
            for page in self.pages
            if page.kind == "page" and page.person and page.at is not None and page.state in ("sent", "delivered")
        ]

    @property
    def people(self) -> frozenset[str]:
        return frozenset(person for person, _ in self.went_out)


def told(chance: random.Random, id: int) -> Told:
    opened = PERIOD.since + chance.randrange(-12 * 60, 60 * 60) * MINUTE + chance.choice((0, 0, 1, 59 * SECOND))
    ended = None if chance.random() < 0.2 else opened + chance.choice((0, 30, 200, 900, 4000)) * SECOND + 7
    name, service = chance.choice(("Disk", "Down", "", 'a"b')), chance.choice(("shop", "", "db"))
    words = {label: value for label, value in (("alertname", name), ("service", service)) if value}
    group = {label: value for label, value in words.items() if chance.random() < 0.6}
    alert = None if chance.random() < 0.1 else words | {"host": "h"}
    events = ("acknowledged", "snoozed", "resolved by hand", "note", "escalated", "reopened", "opened", "resolved")
    lines = tuple(
        Line(opened + chance.randrange(0, 500) * SECOND, event, chance.choice(("why", "acknowledged again by x")), by)
        for event in chance.sample(events, chance.randrange(5))
        for by in [None if event in ("opened", chance.choice(("reopened", "")), "resolved") else chance.choice(PEOPLE)]
    )
    pages = tuple(
        Page(
            chance.choice((*PEOPLE, None)),
            chance.choice((None, opened + chance.randrange(0, 7200) * SECOND, opened, opened + SECOND)),
            chance.choice(("sent", "delivered", "failed", "cancelled")),
            chance.choice(("page", "page", "page", "update")),
        )
        for _ in range(chance.randrange(5))
    )
    policy, key = chance.choice(("page", "chat", "pa'ge")), chance.randrange(6) if ended is not None else 100 + id
    return Told(
        id, key, policy, chance.randrange(4), chance.random() < 0.5, opened, ended, group, alert, lines, pages
    )  # fmt: skip


def story(number: int, count: int = 60) -> list[Told]:
    chance = random.Random(number)
    found = sorted((told(chance, id) for id in range(1, count + 1)), key=lambda each: each.opened_at)
    return [each._replace(id=id) for id, each in enumerate(found, 1)]


def fill(connection: Connection, incidents: list[Told]) -> None:
    for each in incidents:
        put_incident(
            connection, each.id, key=each.key, status="triggered" if each.resolved_at is None else "resolved",
            severity=each.severity, high=each.high, policy=each.policy, opened_at=each.opened_at,
            resolved_at=each.resolved_at, labels=json.dumps(each.group),
        )  # fmt: skip
        for later, labels in enumerate([] if each.alert is None else [each.alert, {"alertname": "later"}]):
            put(
                connection, EpisodeRow, id=each.id * 10 + later, incident_id=each.id, alert_key=each.id, source="am",
                fingerprint="f", labels=json.dumps(labels), annotations="{}", generator_url=f"http://p/{later}",
                starts_at=each.opened_at,
            )  # fmt: skip
        for line in each.lines:
            put(connection, TimelineRow, incident_id=each.id, **line._asdict())
        for place, page in enumerate(each.pages):
            put_notification(
                connection, each.id * 10 + place, each.id, step=place, person=page.person, sent_at=page.at,
                state=page.state, kind=page.kind,
            )  # fmt: skip


def wanted(each: Told, asked: Asked) -> bool:
    policy = asked.policy in ("", each.policy)
    service = asked.service is None or each.word(asked.label) == asked.service
    return policy and service and (not asked.people or bool(each.people.intersection(asked.people)))


def cohort(incidents: list[Told], asked: Asked, period: Period) -> list[Told]:
    return [each for each in incidents if period.holds(each.opened_at) and wanted(each, asked)]


def added_up(incidents: list[Told], asked: Asked, period: Period) -> dict[Any, Any]:
    """Kind of incident to its counts, one incident after the other."""
    found: dict[Any, Any] = {}
    latest: dict[Any, Told] = {}
    for each in sorted(cohort(incidents, asked, period), key=lambda one: (one.opened_at, one.id)):
        kind = (each.policy, each.word("alertname"), each.word(asked.label), each.people)
        counts = found.setdefault(kind, {"numbers": Counter(), "taken": [], "lives": [], "alone": [], "crowd": []})
        acted = [line for line in each.lines if line.by]
        taken = [
            line.at for line in acted
            if line.event in insight.TAKEN and not line.reason.startswith("acknowledged again by")
        ]  # fmt: skip
        before = max((one for one in incidents if one.key == each.key and one.id < each.id), default=None)
        reopened = any(line.event == "reopened" and not line.by for line in each.lines)
        again = before is not None and before.resolved_at is not None
        again = again and 0 <= each.opened_at - (before.resolved_at or 0) <= HOUR  # type: ignore[union-attr]
        last = latest.get((kind[1], each.policy))
        together = last is not None and each.opened_at - last.opened_at <= 5 * MINUTE and last.key != each.key
        latest[kind[1], each.policy] = each
        counts["numbers"].update(
            incidents=1, unresolved=each.resolved_at is None, urgent=each.high, reopened=reopened, again=again,
            flapped=reopened or again, together=together,
        )  # fmt: skip
        counts["taken"] += [(at - each.opened_at) // SECOND for at in sorted(taken)[:1]]
        life = [] if each.resolved_at is None else [(each.resolved_at - each.opened_at) // SECOND]
        counts["lives"] += life
        counts["alone"] += [] if acted else life
        counts["crowd"] += [each.id] if together else []
        counts["worst"] = max(counts.get("worst", 0), each.severity)
        counts["newest"] = max(counts.get("newest", 0), each.id)
    return found


def as_counts(groups: list[Group]) -> dict[Any, Any]:
    names = ("incidents", "unresolved", "urgent", "reopened", "again", "flapped", "together")
    return {
        (each.policy, each.name, each.service, each.people): {
            "numbers": Counter({name: getattr(each, name) for name in names}),
            **{name: sorted(span // SECOND for span in getattr(each, name)) for name in ("taken", "lives", "alone")},
            "crowd": sorted(each.crowd), "worst": int(each.severity), "newest": each.newest,
        }
        for each in groups
    }  # fmt: skip


ASKED = [
    Asked(),
    Asked(policy="pa'ge"),
    Asked(people=("alice", "雪")),
    Asked(service="shop"),
    Asked(service="", policy="page"),
    Asked(service="h", label="host", people=("bob",)),
]


@pytest.mark.parametrize("number", range(3))
async def test_groups_are_what_a_loop_over_all_incidents_adds_up(database: Database, number: int) -> None:
    incidents = story(number)
    await seed(database, lambda connection: fill(connection, incidents))
    for asked in ASKED:
        groups = await database.read(lambda c, asked=asked: insight.groups(c, asked, PERIOD))  # type: ignore[misc]
        expected = added_up(incidents, asked, PERIOD)
        for counts in expected.values():
            counts.update({name: sorted(counts[name]) for name in ("taken", "lives", "alone", "crowd")})
        assert as_counts(groups) == expected
        assert len(groups) == len(expected)
        assert sum(group.incidents for group in groups) == len(cohort(incidents, asked, PERIOD))
        await a_whole_is_its_parts(database, asked, groups)


async def a_whole_is_its_parts(database: Database, asked: Asked, groups: list[Group]) -> None:
    whole, parts = await database.read(lambda c: insight.whole(c, asked, PERIOD)), total(groups)
    for name in ("incidents", "unresolved", "urgent"):
        assert getattr(whole, name) == getattr(parts, name)
    assert (sorted(whole.taken), sorted(whole.lives)) == (sorted(parts.taken), sorted(parts.lives))


def calls(incidents: list[Told], asked: Asked, period: Period) -> set[tuple[str, int, int, str, str]]:
    """(person, incident, minute, name, policy)."""
    kind = asked._replace(people=())
    return {
        (person, each.id, at // MINUTE, each.word("alertname"), each.policy)
        for each in incidents
        if wanted(each, kind)
        for person, at in each.went_out
        if period.holds(at) and (not asked.people or person in asked.people)
    }


@pytest.mark.parametrize("number", range(3))
async def test_pages_are_what_a_loop_over_all_messages_adds_up(database: Database, number: int) -> None:
    incidents = story(number)
    await seed(database, lambda connection: fill(connection, incidents))
    for asked in ASKED:
        found = await database.read(lambda c, asked=asked: insight.pages(c, asked, PERIOD))  # type: ignore[misc]
        of = Counter((c[3], c[4], c[0], c[2] * MINUTE // QUARTER * QUARTER) for c in calls(incidents, asked, PERIOD))
        assert found == sorted((*key, count) for key, count in of.items())
        rang = await database.read(lambda c, asked=asked: insight.rang(c, asked, PERIOD))  # type: ignore[misc]
        everybody = calls(incidents, asked._replace(people=()), PERIOD)
        pages = Counter((c[0], c[2] * MINUTE // QUARTER * QUARTER) for c in everybody)
        minutes = Counter(
            (person, minute * MINUTE // QUARTER * QUARTER) for person, minute in {(c[0], c[2]) for c in everybody}
        )
        assert rang == sorted(Rang(*key, count, minutes[key]) for key, count in pages.items())
        mine = sum(each.pages for each in rang if not asked.people or each.person in asked.people)
        assert mine == sum(row[4] for row in found)


async def test_openings_are_counted_by_quarter_of_an_hour(database: Database) -> None:
    incidents = story(7)
    await seed(database, lambda connection: fill(connection, incidents))
    for asked in ASKED:
        found = await database.read(lambda c, asked=asked: insight.opened(c, asked, PERIOD))  # type: ignore[misc]
        of = Counter(each.opened_at // QUARTER * QUARTER for each in cohort(incidents, asked, PERIOD))
        assert found == sorted(of.items())


async def test_a_sample_knows_the_first_alert_of_its_incident(database: Database) -> None:
    incidents = story(1)
    await seed(database, lambda connection: fill(connection, incidents))
    found = await database.read(lambda c: samples.samples(c, [each.id for each in incidents] + [999]))
    assert sorted(found) == [each.id for each in incidents]
    for each in incidents:
        sample = found[each.id]
        assert (sample.labels, sample.severity) == (each.group, Severity(each.severity))
        assert sample.generator_url == ("" if each.alert is None else "http://p/0")
    crowds = await database.read(lambda c: samples.crowds(c, [[3, 1], []]))
    assert crowds == [[incidents[0].group, incidents[2].group], []]


async def test_an_empty_house_adds_up_to_nothing(database: Database) -> None:
    for asked in ASKED:
        for question in (insight.groups, insight.rang, insight.pages, insight.opened):
            assert await database.read(lambda c, q=question, asked=asked: q(c, asked, PERIOD)) == []  # type: ignore[misc,operator]


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (insight.number, "incident_opened"),
        (insight.groups, "incident_opened"),
        (insight.whole, "incident_opened"),
        (insight.opened, "incident_opened"),
        (insight.rang, "outbox_rang"),
        (insight.pages, "outbox_rang"),
    ],
)
@pytest.mark.parametrize("asked", ASKED)
def test_what_is_read_is_bounded_by_the_period(question: Callable[..., Any], index: str, asked: Asked) -> None:
    memory = Memory()
    steps = plans(memory.connection, lambda c: question(c, asked, PERIOD))
    memory.close()
    indexes = (index, "incident_policy") if asked.policy else (index,)
    assert any(f"INDEX {name} " in f"{step} " for step in steps for name in indexes), steps
    tables = ("incident", "episode", "timeline", "outbox")
    assert [
        step for step in steps if step.startswith("SCAN") and step.split()[1] in tables and "INDEX" not in step
    ] == []
