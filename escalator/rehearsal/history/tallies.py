"""What a replay adds up to: pages by person and night, how long until somebody was paged and until somebody answered,
and what another policy would have missed or saved.

A night is 22:00 to 06:00 by the clocks of whoever is paged, and belongs to the day on which it begins.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escalator.core.book import Book
from escalator.core.instant import MINUTE, Instant, Span, to_datetime
from escalator.core.reports import HIGH
from escalator.core.spread import Spread, spread
from escalator.rehearsal.history.replay import Passage, Replayed
from escalator.rehearsal.records import Message

DUSK, DAWN = 22, 6
LATER: Span = MINUTE
"""A first page that comes later by less is as good."""


class Burden(NamedTuple):
    """What one person bears."""

    person: str
    pages: int
    """Messages."""
    interruptions: int
    """Instants at which something rang, however many messages."""
    at_night: int
    """Interruptions at night."""
    nights: int
    """Nights with one at least."""


class Tally(NamedTuple):
    """One replay, added up."""

    incidents: int
    paged: int
    """Incidents for which a person was paged."""
    unanswered: int
    """Of those, how many nobody acknowledged."""
    unheard: int
    """Incidents of high urgency for which no person was paged."""
    dropped: int
    """Alerts that opened nothing."""
    burdens: tuple[Burden, ...]
    first_page: Spread
    acknowledged: Spread


class Comparison(NamedTuple):
    """How another policy treats the same alerts."""

    missed: tuple[Passage, ...]
    """Critical and error incidents that paged a person before and would not."""
    spared: tuple[Passage, ...]
    """Others that paged a person before and would not."""
    gained: tuple[Passage, ...]
    """Incidents that would page a person and did not before."""
    later: tuple[tuple[Passage, Passage], ...]
    """Before and then: the first page would come later."""


def tally(book: Book, replayed: Replayed) -> Tally:
    paged = [passage for passage in replayed.passages if passage.pages]
    answered = [passage for passage in paged if passage.acknowledged_at is not None]
    return Tally(
        len(replayed.passages), len(paged), len(paged) - len(answered),
        sum(passage.high and not passage.pages for passage in replayed.passages), len(replayed.dropped),
        burdens(book, [page for passage in paged for page in passage.pages]),
        spread((p.first_page or 0) - p.opened_at for p in paged),
        spread((p.acknowledged_at or 0) - p.opened_at for p in answered),
    )  # fmt: skip


def burdens(book: Book, pages: Sequence[Message]) -> tuple[Burden, ...]:
    """Who is paged most comes first."""
    found = [_burden(book, name, [page for page in pages if page.person == name]) for name in book.people]
    return tuple(sorted((each for each in found if each.pages), key=lambda each: (-each.interruptions, each.person)))


def _burden(book: Book, person: str, pages: Sequence[Message]) -> Burden:
    zone = zone_of_person(book, person)
    instants = {page.at for page in pages if page.carrier}
    at_night = [night for at in instants if (night := night_of(at, zone)) is not None]
    return Burden(person, sum(page.carrier for page in pages), len(instants), len(at_night), len(set(at_night)))


def zone_of_person(book: Book, person: str) -> str:
    """Their own, else that of the first schedule they are on."""
    own = book.people[person].timezone if person in book.people else None
    layers = ((schedule, layer) for schedule in book.schedules.values() for layer in schedule.layers)
    return own or next((schedule.timezone for schedule, layer in layers if person in layer.people), "UTC")


def night_of(at: Instant, zone: str) -> date | None:
    """The day on which the night begins; None by day."""
    local = to_datetime(at).astimezone(ZoneInfo(zone))
    if DAWN <= local.hour < DUSK:
        return None
    return local.date() if local.hour >= DUSK else local.date() - timedelta(days=1)


def compare(before: Replayed, after: Replayed) -> Comparison:
    """Incidents are matched by the alerts that they share."""
    by_key: dict[int, list[Passage]] = {}
    for passage in after.passages:
        for key in passage.keys:
            by_key.setdefault(key, []).append(passage)
    lost: list[Passage] = []
    later: list[tuple[Passage, Passage]] = []
    for passage in (each for each in before.passages if each.pages):
        now = _first(passage, by_key)
        if now is None:
            lost.append(passage)
        elif (now.first_page or 0) > (passage.first_page or 0) + LATER:
            later.append((passage, now))
    heard = {key for passage in before.passages if passage.pages for key in passage.keys}
    gained = [passage for passage in after.passages if passage.pages and not passage.keys & heard]
    return Comparison(
        tuple(each for each in lost if each.severity in HIGH),
        tuple(each for each in lost if each.severity not in HIGH),
        tuple(gained),
        tuple(later),
    )


def _first(passage: Passage, by_key: dict[int, list[Passage]]) -> Passage | None:
    """The incident that pages for the same alerts, while the other was open, and does so first."""
    ends = passage.resolved_at
    candidates = {each.id: each for key in passage.keys for each in by_key.get(key, ()) if each.pages}
    fits = [each for each in candidates.values() if _meets(each, passage.opened_at, ends)]
    return min(fits, key=lambda each: each.first_page or 0, default=None)


def _meets(passage: Passage, since: Instant, until: Instant | None) -> bool:
    begins_before_it_ends = until is None or passage.opened_at <= until
    return begins_before_it_ends and (passage.resolved_at is None or passage.resolved_at >= since)
