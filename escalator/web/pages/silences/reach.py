"""What silences hide now, and what a new one would: counted over the alerts that fire, by the rules that mute them.

Law: nothing here decides what is muted; `core.mutes` does, on the labels that the engine would give it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from escalator.core.alert import Labels, Matcher
from escalator.core.book import Book
from escalator.core.instant import Instant
from escalator.core.mutes import Mute, Reached, mutes_of, reached
from escalator.store import alerts, listing, windows
from escalator.web.needs import Needs
from escalator.web.pages.silences.words import written

MOST: Final = 20_000
"""Alerts that are looked at: beyond it a page says that it counted the newest."""
LISTED: Final = 50
"""Incidents that a preview lists."""


class Now(NamedTuple):
    """What fires, and what mutes."""

    book: Book
    firing: Mapping[int, Sequence[Labels]]
    """By incident, the newest first, with the catalogue's labels."""
    mutes: tuple[Mute, ...]
    cut: bool
    """Whether there are more alerts than were looked at."""
    at: Instant

    @property
    def alerts(self) -> int:
        return sum(map(len, self.firing.values()))


class Hidden(NamedTuple):
    """What one silence hides, in numbers."""

    alerts: int = 0
    whole: int = 0
    """Incidents of which nobody hears while it holds."""
    partly: int = 0
    """Incidents of which people hear all the same: other alerts of theirs fire."""


class Preview(NamedTuple):
    """What a new silence would hide now."""

    hidden: Hidden
    rows: list[tuple[dict[str, Any], Reached]]
    """Incidents as doors show them."""
    alerts: list[Labels]
    more: int
    """Incidents that are not listed."""
    warnings: list[str]
    cut: bool


async def now_of(needs: Needs, most: int = MOST) -> Now:
    now, book = needs.database.now(), needs.revisions.book
    made = await needs.database.read(partial(windows.silences, now=now))
    found = await needs.database.read(partial(alerts.firing, limit=most + 1))
    return await asyncio.to_thread(_filled, book, found, mutes_of(book, made), now, most)


def _filled(book: Book, found: dict[int, list[Labels]], mutes: tuple[Mute, ...], now: Instant, most: int) -> Now:
    cut = sum(map(len, found.values())) > most
    if cut and len(found) > 1:
        # Of the oldest some alerts may be missing.
        del found[min(found)]
    return Now(book, {id: [book.filled(each) for each in many] for id, many in found.items()}, mutes, cut, now)


def reaches(mute: Mute, now: Now) -> dict[int, Reached]:
    """By incident, what this silence does to it, beside the others that are active."""
    others = [each for each in now.mutes if each.silence.id != mute.silence.id and each.until(now.at)]
    each_one = ((id, reached(mute, others, many, now.at)) for id, many in now.firing.items())
    return {id: found for id, found in each_one if found}


def hidden(found: Mapping[int, Reached]) -> Hidden:
    partly = sum(each.partly for each in found.values())
    return Hidden(sum(each.matched for each in found.values()), len(found) - partly, partly)


async def counted(mutes: Sequence[Mute], now: Now) -> dict[str, Hidden]:
    """By a silence's id, what it hides; off the loop, for it looks at every alert."""
    return await asyncio.to_thread(lambda: {each.silence.id: hidden(reaches(each, now)) for each in mutes})


async def preview(needs: Needs, mute: Mute, now: Now) -> Preview:
    """As if it began at this instant."""
    found = await asyncio.to_thread(reaches, mute, now)
    ids = list(found)[:LISTED]
    shown = await needs.database.read(partial(listing.shown, ids=ids, url=needs.incident_url))
    rows = [(shown[id], found[id]) for id in ids if id in shown]
    matched = [labels for id in ids for labels in now.firing[id] if mute.matches(labels)]
    warned = await asyncio.to_thread(_warnings, mute, now, found)
    return Preview(hidden(found), rows, matched[:LISTED], len(found) - len(ids), warned, now.cut)


def _warnings(mute: Mute, now: Now, found: Mapping[int, Reached]) -> list[str]:
    """What somebody who slipped would want to know."""
    every = [labels for many in now.firing.values() for labels in many]
    said = [word for matcher in mute.silence.matchers for word in _warned(matcher, every)]
    if every and not found and not said:
        said.append("No alert that fires now matches all of these together.")
    if len(every) > 1 and hidden(found).alerts == len(every):
        said.append(f"It hides everything: each of the {len(every)} alerts that fire now.")
    return said


def _warned(matcher: Matcher, every: Sequence[Labels]) -> list[str]:
    if not every:
        return []
    text, label = written(matcher), matcher.label
    if matcher.operator in ("=", "=~") and matcher.value and not any(label in labels for labels in every):
        return [f"{text}: no alert that fires now has a label {label!r}."]
    count = sum(map(matcher.test(), every))
    if not count:
        return [f"{text} matches none of the {len(every)} alerts that fire now."]
    return [f"{text} matches every alert that fires now."] if count == len(every) > 1 else []
