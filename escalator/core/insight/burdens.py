"""What people bear: how often something rang, how many nights it took from them, how long they were on call, and who
carries more than their share.

A *page* is one incident that calls one person: its messages of one minute are one. An *interruption* is a minute in
which something rang for a person, however many incidents it was about.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from escalator.core.insight.periods import Period, night_of
from escalator.core.instant import Instant, Span

HANDFUL = 5
"""From so few nothing is concluded."""
TOO_MUCH = 1.5
"""So many times an even share is more than one's share."""


class Rang(NamedTuple):
    """What rang for a person in one quarter of an hour."""

    person: str
    at: Instant
    pages: int
    interruptions: int


class Night(NamedTuple):
    """One disturbed night, by the person's own clocks."""

    person: str
    date: date
    """On which it began."""
    interruptions: int
    pages: int


class Burden(NamedTuple):
    """One person's period."""

    person: str
    pages: int
    interruptions: int
    at_night: int
    """Interruptions at night."""
    nights: int
    """With one at least."""
    weeks: tuple[int, ...]
    """Interruptions by week, as the weeks were given."""
    served: Span
    """On call; of two schedules at once, both count."""
    share: float
    """Of all interruptions."""
    served_share: float
    too_much: bool


def burdens(
    rang: Iterable[Rang],
    zones: Mapping[str, str],
    served: Mapping[str, Span],
    period: Period,
    weeks: Sequence[Period],
) -> tuple[Burden, ...]:
    """Who is interrupted most comes first; those who were on call and had peace stand at the end."""
    by_person: dict[str, list[Rang]] = {name: [] for name, span in served.items() if span}
    for each in rang:
        by_person.setdefault(each.person, []).append(each)
    rows = [_burden(name, found, zones.get(name, "UTC"), served, period, weeks) for name, found in by_person.items()]
    rows = [row for row in rows if row.interruptions or row.served]
    interruptions, total = sum(row.interruptions for row in rows), sum(row.served for row in rows)
    shared = [
        row._replace(
            share=row.interruptions / interruptions if interruptions else 0.0,
            served_share=row.served / total if total else 0.0,
            too_much=_too_much(row.interruptions, interruptions, len(rows)),
        )
        for row in rows
    ]
    return tuple(sorted(shared, key=lambda row: (-row.interruptions, -row.served, row.person)))


def _burden(
    person: str, rang: list[Rang], timezone: str, served: Mapping[str, Span], period: Period, weeks: Sequence[Period]
) -> Burden:
    own = [each for each in rang if period.holds(each.at)]
    dark = [(each, night) for each in own if (night := night_of(each.at, timezone)) is not None]
    return Burden(
        person=person,
        pages=sum(each.pages for each in own),
        interruptions=sum(each.interruptions for each in own),
        at_night=sum(each.interruptions for each, _ in dark),
        nights=len({night for _, night in dark}),
        weeks=_by_week(rang, weeks),
        served=served.get(person, 0),
        share=0.0,
        served_share=0.0,
        too_much=False,
    )


def _by_week(rang: list[Rang], weeks: Sequence[Period]) -> tuple[int, ...]:
    starts, found = [week.since for week in weeks], [0] * len(weeks)
    for each in rang:
        place = bisect_right(starts, each.at) - 1
        if place >= 0 and weeks[place].holds(each.at):
            found[place] += each.interruptions
    return tuple(found)


def _too_much(interruptions: int, of: int, among: int) -> bool:
    return among > 1 and interruptions >= HANDFUL and interruptions > TOO_MUCH * of / among


def nights(rang: Iterable[Rang], zones: Mapping[str, str], period: Period) -> tuple[Night, ...]:
    """Every disturbed night of the period, the worst first."""
    interruptions: Counter[tuple[str, date]] = Counter()
    pages: Counter[tuple[str, date]] = Counter()
    for each in rang:
        night = night_of(each.at, zones.get(each.person, "UTC")) if period.holds(each.at) else None
        if night is not None:
            interruptions[each.person, night] += each.interruptions
            pages[each.person, night] += each.pages
    found = [Night(person, night, count, pages[person, night]) for (person, night), count in interruptions.items()]
    return tuple(sorted(found, key=lambda each: (-each.interruptions, each.date, each.person)))
