"""A rehearsal as a person reads it: what each instant brought each incident, who was told how, who heard nothing.

Values first (`moments`), then words (`tell`). Pictures and comparisons are made of the same values.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escalator.core.instant import Instant, spoken, to_datetime
from escalator.core.notification import LAST_RESORT
from escalator.rehearsal.night import Night
from escalator.rehearsal.records import Line, Message


class Moment(NamedTuple):
    """What one instant brought one incident."""

    at: Instant
    incident: int
    lines: tuple[Line, ...]
    messages: tuple[Message, ...]

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(line.entry.event for line in self.lines)

    @property
    def paged(self) -> dict[str, list[str]]:
        """By person, the ways by which a page was heard."""
        return _ways(message for message in self.messages if message.heard)

    @property
    def lost(self) -> dict[str, list[str]]:
        """By person, the ways by which a page was not heard."""
        return _ways(message for message in self.messages if not message.heard)

    @property
    def channels(self) -> list[str]:
        """Channels that were paged and heard it."""
        return [name for m in self.messages if m.page and m.heard and (name := m.channel or _last(m))]

    @property
    def told(self) -> list[str]:
        """Who heard how it goes on: people by their way, channels by name."""
        found = (_who(message) for message in self.messages if not message.page and message.heard)
        return list(dict.fromkeys(found))


def _ways(messages: Iterable[Message]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for message in messages:
        if message.page and message.person and message.via not in found.setdefault(message.person, []):
            found[message.person].append(message.via)
    return found


def _who(message: Message) -> str:
    return f"{message.person} by {message.via}" if message.person else message.channel or message.contact


def _last(message: Message) -> str | None:
    return LAST_RESORT if message.contact == LAST_RESORT else None


def moments(night: Night) -> list[Moment]:
    """In order; of several incidents at one instant the older first."""
    found: dict[tuple[Instant, int], tuple[list[Line], list[Message]]] = {}
    for line in night.lines:
        found.setdefault((line.at, line.incident), ([], []))[0].append(line)
    for message in night.messages:
        found.setdefault((message.at, message.incident), ([], []))[1].append(message)
    return [Moment(*key, tuple(lines), tuple(messages)) for key, (lines, messages) in sorted(found.items())]


QUIET = frozenset({"joined", "revision", "confirmed", "blinked"})
"""Events that change nobody's night."""


def tell(night: Night, since: Instant, zone: str, every: Sequence[Moment] | None = None) -> list[str]:
    """One line for each thing that happened: local time, how long since the beginning, what."""
    several = len(night.incidents) > 1
    found = []
    for moment in moments(night) if every is None else every:
        stamp = f"{local(moment.at, zone)}  {'+' + spoken(moment.at - since):>8}  "
        stamp += f"#{moment.incident} " if several else ""
        found += [stamp + text for text in texts(moment)]
    return found


def local(at: Instant, zone: str) -> str:
    """`Wed 2026-03-04 03:10:00`."""
    return f"{to_datetime(at).astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M:%S}"


def texts(moment: Moment) -> list[str]:
    """What happened, one thing a line, without the time."""
    found = [
        line.entry.reason for line in moment.lines if line.entry.event not in QUIET and line.entry.event != "paged"
    ]
    reasons = [line.entry.reason for line in moment.lines if line.entry.event == "paged"]
    heard = [f"{person} by {', '.join(ways)}" for person, ways in moment.paged.items()] + moment.channels
    if reasons:
        found.append(f"{reasons[-1].split(':')[0]} pages {'; '.join(heard) or 'nobody'}")
    elif heard:
        found.append(f"goes out: {'; '.join(heard)}")
    found += [f"{person} does not hear it: {', '.join(ways)}" for person, ways in moment.lost.items()]
    return found + ([f"told: {', '.join(moment.told)}"] if moment.told else [])
