"""Shifts as iCalendar (RFC 5545): what a feed answers. Pure but for the library that writes the lines.

Law: the same shifts are the same bytes for a whole day, whichever replica is asked: stable UIDs, a stamp of the day.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from escalator.core.duty import Duty, duties
from escalator.core.instant import DAY, Instant, to_datetime
from escalator.core.oncall import Override, Schedule

PAST = 30 * DAY
AHEAD = 180 * DAY
BESIDE = 45 * DAY
"""Further than what is shown, so that shifts at its edges keep their true starts and ends, and with them their UIDs."""
MOST = 3_000
"""Events of one calendar, the earliest: turns of minutes would make tens of thousands, each a millisecond to write."""
EVERY = timedelta(hours=1)
"""How often calendars should ask again."""


class Shown(NamedTuple):
    """What one feed shows."""

    kind: str
    """person or schedule."""
    name: str

    @property
    def title(self) -> str:
        return f"On call: {self.name}"


class Written(NamedTuple):
    """A calendar, and what identifies its content."""

    body: bytes
    etag: str


@lru_cache(maxsize=128)
def written(shown: Shown, schedules: tuple[Schedule, ...], overrides: tuple[Override, ...], day: int) -> Written:
    """The calendar of a UTC day, counted from the epoch."""
    from icalendar import Calendar, vDuration

    made = Calendar()
    made.add("VERSION", "2.0")
    made.add("PRODID", "-//Escalator//On call//EN")
    made.add("CALSCALE", "GREGORIAN")
    made.add("METHOD", "PUBLISH")
    for name in ("NAME", "X-WR-CALNAME"):
        made.add(name, shown.title)
    made.add("REFRESH-INTERVAL", vDuration(EVERY), parameters={"VALUE": "DURATION"})
    made.add("X-PUBLISHED-TTL", vDuration(EVERY))
    served = sorted(_served(shown, schedules, overrides, day * DAY), key=lambda each: each[1].starts_at)
    for schedule, duty in served[:MOST]:
        made.add_component(_event(shown, schedule, duty, day * DAY))
    body: bytes = made.to_ical()
    return Written(body, f'"{sha256(body).hexdigest()[:32]}"')


def _served(
    shown: Shown, schedules: Iterable[Schedule], overrides: tuple[Override, ...], now: Instant
) -> Iterator[tuple[Schedule, Duty]]:
    """Duties that touch what is shown, from one that was looked for far enough back to know its start."""
    since, until = now - PAST, now + DAY + AHEAD
    for schedule in schedules:
        for duty in duties(schedule, overrides, since - BESIDE, until + BESIDE):
            touches = duty.starts_at < until and duty.ends_at > since
            if touches and duty.person is not None and (shown.kind == "schedule" or duty.person == shown.name):
                yield schedule, duty


def _event(shown: Shown, schedule: Schedule, duty: Duty, stamp: Instant) -> Any:
    from icalendar import Event

    event = Event()
    event.add("UID", _uid(schedule, duty, stamp))
    event.add("DTSTAMP", to_datetime(stamp))
    event.add("DTSTART", to_datetime(duty.starts_at))
    event.add("DTEND", to_datetime(duty.ends_at))
    event.add("SUMMARY", duty.person if shown.kind == "schedule" else f"On call: {schedule.name}")
    event.add("DESCRIPTION", f"{duty.person} is on call for {schedule.name}, {_why(duty)}.")
    event.add("TRANSP", "TRANSPARENT")
    return event


def _why(duty: Duty) -> str:
    if duty.override is None:
        return f"by layer {(duty.layer or 0) + 1}"
    return "by an override" + (f" ({duty.override.reason})" if duty.override.reason else "")


def _uid(schedule: Schedule, duty: Duty, stamp: Instant) -> str:
    """By schedule, person and start; a shift without a start in sight is the person's endless one."""
    start = duty.starts_at if duty.starts_at > stamp - PAST - BESIDE else 0
    named = "\0".join((schedule.name, duty.person or "", str(start)))
    return f"{sha256(named.encode()).hexdigest()[:32]}@escalator"
