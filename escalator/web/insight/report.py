"""One look at the past: what the store adds up, what the schedules say, and what follows from both.

Law: reads only. What takes long to work out is worked out beside the event loop.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from escalator.core.book import Book
from escalator.core.fairness import balance
from escalator.core.insight.advice import Advice, advice
from escalator.core.insight.burdens import Burden, Night, Rang, burdens, nights
from escalator.core.insight.noise import Group, Noise, merged, noises, total
from escalator.core.insight.periods import Period, night_of, weeks
from escalator.core.insight.trends import Mark, marks
from escalator.core.instant import Instant, Span
from escalator.core.oncall import Override
from escalator.rehearsal.history.tallies import zone_of_person
from escalator.store import insight, samples
from escalator.store.insight import Asked
from escalator.store.samples import Sample
from escalator.web.insight.asked import Scope
from escalator.web.insight.snippets import Snippet, snippet
from escalator.web.needs import Needs
from escalator.web.problems import Problem

T = TypeVar("T")
MOST = 250_000
"""Incidents that are added up for one look: more would keep the database from its work for too long."""
LOUDEST = 20
"""Alerts about which something is advised."""


class Week(NamedTuple):
    """One week of the trend."""

    week: Period
    incidents: int
    pages: int
    incidents_mark: Mark | None
    pages_mark: Mark | None


class Counsel(NamedTuple):
    """A piece of advice about one alert, with what to paste."""

    noise: Noise
    advice: Advice
    sample: Sample
    snippet: Snippet | None


class Report(NamedTuple):
    """Everything that the tables are made of."""

    scope: Scope
    whole: Group
    before: Group
    """Of the period before, as far as it is compared."""
    pages: int
    pages_before: int
    at_night: int
    weeks: tuple[Week, ...]
    people: tuple[Burden, ...]
    zones: Mapping[str, str]
    nights: tuple[Night, ...]
    policies: Mapping[str, Group]
    services: Mapping[str, Group]
    teams: Mapping[str, Group]
    noises: tuple[Noise, ...]
    counsels: tuple[Counsel, ...]


class Found(NamedTuple):
    """What the store has added up."""

    groups: Sequence[Group]
    before: Group
    rang: Sequence[Rang]
    pages: Sequence[tuple[str, str, str, Instant, int]]
    opened: Sequence[tuple[Instant, int]]


async def report(needs: Needs, scope: Scope) -> Report:
    """Raises Unavailable, and Problem 422 for more than can be added up at once."""
    book = needs.revisions.book
    count = await needs.database.read(partial(insight.number, asked=scope.asked, period=scope.period))
    if count > MOST:
        raise Problem(
            422, f"{count} incidents opened in this time, more than are added up at once: choose a shorter one."
        )
    shown = weeks(scope.period, scope.timezone)
    found = await _found(needs, scope, Period(shown[0].since, scope.period.until))
    overrides = await needs.windows.overrides_since(scope.period.since)
    drawn = await asyncio.to_thread(_drawn, book, scope, found, shown, overrides)
    return drawn._replace(counsels=await _counsels(needs, book, drawn))


async def _found(needs: Needs, scope: Scope, whole: Period) -> Found:
    """Five questions, asked at once: the database answers them beside each other."""
    asked, period = scope.asked, scope.period

    def ask(question: Callable[..., T], when: Period) -> asyncio.Task[T]:
        return asyncio.ensure_future(needs.database.read(partial(question, asked=asked, period=when)))

    tasks = (
        ask(insight.groups, period), ask(insight.whole, period.before), ask(insight.rang, whole),
        ask(insight.pages, period), ask(insight.opened, whole),
    )  # fmt: skip
    return Found(*await asyncio.gather(*tasks))


def _drawn(book: Book, scope: Scope, found: Found, shown: Sequence[Period], overrides: tuple[Override, ...]) -> Report:
    period, zones = scope.period, _zones(book, found.rang)
    mine = [each for each in found.rang if _asked_for(scope.asked, each.person)]
    people = burdens(found.rang, zones, served(book, overrides, period), period, shown)
    loud = noises(found.groups, _by_alert(found.pages, zones), scope.short)
    return Report(
        scope=scope,
        whole=total(found.groups),
        before=found.before,
        pages=sum(each.pages for each in mine if period.holds(each.at)),
        pages_before=sum(each.pages for each in mine if period.before.holds(each.at)),
        at_night=sum(each.at_night for each in loud),
        weeks=_weeks(shown, found.opened, mine),
        people=tuple(each for each in people if _asked_for(scope.asked, each.person)),
        zones=zones,
        nights=nights(mine, zones, period),
        policies=merged(found.groups, lambda group: [group.policy]),
        services=merged(found.groups, lambda group: [group.service]),
        teams=merged(found.groups, partial(_teams, book)),
        noises=loud,
        counsels=(),
    )


def _asked_for(asked: Asked, person: str) -> bool:
    return not asked.people or person in asked.people


def _teams(book: Book, group: Group) -> Iterable[str]:
    return [name for name, people in book.teams.items() if group.people.intersection(people)]


def _zones(book: Book, rang: Iterable[Rang]) -> dict[str, str]:
    return {name: zone_of_person(book, name) for name in {*book.people, *(each.person for each in rang)}}


def served(book: Book, overrides: tuple[Override, ...], period: Period) -> dict[str, Span]:
    """How long each was on call, by the schedules as they are now; of two schedules at once, both count."""
    total: Counter[str] = Counter()
    for schedule in book.schedules.values():
        for load in balance(schedule, overrides, book.people, frozenset(), period.since, period.until).loads:
            total[load.person] += load.served
    return dict(total)


def _by_alert(
    pages: Iterable[tuple[str, str, str, Instant, int]], zones: Mapping[str, str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """By alertname and policy: pages, and those at night by the clocks of whom they woke."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for name, policy, person, at, number in pages:
        rang, dark = found.get((name, policy), (0, 0))
        at_night = night_of(at, zones.get(person, "UTC")) is not None
        found[name, policy] = (rang + number, dark + (number if at_night else 0))
    return found


def _weeks(shown: Sequence[Period], opened: Iterable[tuple[Instant, int]], rang: Iterable[Rang]) -> tuple[Week, ...]:
    """Weeks before anything had ever happened say nothing of what is usual: they are left out of the measure."""
    incidents = _folded(shown, opened)
    pages = _folded(shown, ((each.at, each.pages) for each in rang))
    first = next((place for place, counts in enumerate(zip(incidents, pages, strict=True)) if any(counts)), 0)
    unmarked: list[Mark | None] = [None] * first
    marked = [unmarked + marks(counts[first:], running=True) for counts in (incidents, pages)]
    return tuple(Week(*row) for row in zip(shown, incidents, pages, *marked, strict=True))


def _folded(shown: Sequence[Period], counts: Iterable[tuple[Instant, int]]) -> list[int]:
    """Counts in the order of time, by week."""
    found, place = [0] * len(shown), 0
    for at, number in sorted(counts):
        while place < len(shown) - 1 and at >= shown[place].until:
            place += 1
        found[place] += number if shown[place].holds(at) else 0
    return found


async def _counsels(needs: Needs, book: Book, drawn: Report) -> tuple[Counsel, ...]:
    loud = [each for each in drawn.noises[:LOUDEST] if each.group.newest]
    known, crowds = await needs.database.read(
        lambda connection: (
            samples.samples(connection, [each.group.newest for each in loud]),
            samples.crowds(connection, [each.group.crowd for each in loud]),
        )
    )
    return tuple(
        Counsel(
            noise, piece, known[noise.group.newest], snippet(piece, noise.group.name, known[noise.group.newest], book)
        )
        for noise, crowd in zip(loud, crowds, strict=True)
        if noise.group.newest in known
        for piece in advice(noise, crowd, drawn.scope.short)
    )
