"""The events of a calendar as the times that they mean, recurrences and all; nothing here knows of people.

Law: a local time is read as RFC 5545 reads it (3.3.5): one that clocks skip has the offset from before the jump, so
02:30 means 03:30; one that they show twice is the first. Events end by the wall clock, at a jump as on any day. A time
without a zone is in the layer's.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfoNotFoundError

from escalator.core import wallclock
from escalator.core.instant import Instant, from_datetime
from escalator.language.ics import EXPORT, Event, Problem, skim, unfolded

YEARS = range(2020, 2041)
"""Years in which recurrences are worked out, as public holidays are: what a revision means does not depend on when it
is read, and a service that runs for years without a change does not come to the end of a calendar that has none.
"""
MOST = 20_000
"""Occurrences in one calendar: three shifts a day for all these years would be more, by a little."""
READ = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
MOST_RULES = 500
"""Recurring events in one calendar. One that never holds is looked for until the year 9999, which takes up to a second;
one by days would take longer, so what it may be narrowed down by is limited.
"""
BY_DAYS = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYHOUR", "BYMINUTE", "BYSECOND")
)
FINE = ("BYHOUR", "BYMINUTE", "BYSECOND")
PLACE = "write a place, such as `Europe/London`, or add its VTIMEZONE"
GARBAGE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError)
"""What the libraries raise over a calendar that nobody's program wrote; found by overwriting good ones at random."""
OURS = "X-ESCALATOR-EVENT"
"""On an occurrence, the place of the event that it comes from."""


class Occurrence(NamedTuple):
    """One time of one event."""

    starts_at: Instant
    ends_at: Instant
    event: int
    """Its place among the events of the file."""


class Said(NamedTuple):
    """Whom an event names, in its own words, and on which line."""

    summary: str
    mails: tuple[str, ...]
    """Of its attendees."""
    line: int


class Expanded(NamedTuple):
    """What a calendar holds."""

    occurrences: tuple[Occurrence, ...] = ()
    """By start; of equal starts, in the order of the file."""
    said: tuple[Said, ...] = ()
    """One for each event."""
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=16)
def expanded(text: str, timezone: str) -> Expanded:
    """Every occurrence within YEARS; of an event with a problem, none."""
    places, broken = skim(text)
    if broken is not None:
        return Expanded(problems=(broken,))
    zone, line = _zone_of_all(text)
    if zone and not _exists(zone):
        return Expanded(problems=(Problem("E152", line, f"the time zone `{zone}` is not known", PLACE),))
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except GARBAGE as error:
        return Expanded(problems=(Problem("E151", 1, f"this calendar cannot be read: {_first_line(error)}"),))
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if len(events) != len(places):
        return Expanded(problems=(Problem("E151", 1, "the events of this calendar cannot be told apart", EXPORT),))
    if len(rules := [place for place in places if "RRULE" in place.properties]) > MOST_RULES:
        many = Problem("E154", rules[MOST_RULES].line("RRULE"), f"this calendar has more than {MOST_RULES} rules")
        return Expanded(problems=(many,))
    unfit = [list(_unfit(event, place)) for event, place in zip(events, places, strict=True)]
    problems = [problem for each in unfit for problem in each]
    sound = [place for place, each in enumerate(unfit) if not each]
    said = tuple(_said(event, place) for event, place in zip(events, places, strict=True))
    found: list[Occurrence] = []
    for series in _series(events, sound):
        found += _occurrences([events[n] for n in series], series, zone, timezone, problems, places)
        if len(found) > MOST:
            problems.append(Problem("E154", places[series[0]].begins, f"this calendar has more than {MOST} shifts"))
            break
    return Expanded(tuple(sorted(found, key=lambda one: (one.starts_at, one.event))), said, tuple(problems))


def _zone_of_all(text: str) -> tuple[str, int]:
    """What `X-WR-TIMEZONE` says, and its line: calendars of Google's name the zone once."""
    found = ((line, number) for number, line in unfolded(text) if line.upper().startswith("X-WR-TIMEZONE:"))
    return next(((line.partition(":")[2].strip(), number) for line, number in found), ("", 1))


def _exists(zone: str) -> bool:
    try:
        wallclock.zone(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _unfit(event: Any, place: Event) -> Iterator[Problem]:
    """What keeps an event from being read."""
    broken = [(name.upper(), why) for name, why in event.errors if name and name.upper() in READ]
    for name, why in broken:
        yield Problem("E152", place.line(name), f"`{name}` cannot be read: {_first_line(why)}")
    if broken:
        return
    if "DTSTART" not in event:
        yield Problem("E152", place.begins, "this event has no `DTSTART`")
        return
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        if name in event and not isinstance(getattr(event[name], "dt", None), date):
            yield Problem("E152", place.line(name), f"`{name}` is one date or time")
            return
        if name in event and (zone := _unknown_zone(event[name])):
            yield Problem("E152", place.line(name), f"the time zone `{zone}` is not known", PLACE)
    for rule in _many(event.get("RRULE")):
        if wrong := _unfit_rule(rule):
            yield Problem("E152", place.line("RRULE"), *wrong)
    start, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
    if end is not None and (isinstance(start, datetime) != isinstance(end, datetime) or not _before(start, end)):
        yield Problem("E137", place.line("DTEND"), "the end of this event is not after its start")
    elif end is None and "DURATION" not in event and isinstance(start, datetime):
        yield Problem("E152", place.begins, "this event has no end", "add `DTEND` or `DURATION`")


def _unknown_zone(value: Any) -> str:
    """The library leaves a time whose zone it does not know without any."""
    zone = value.params.get("TZID", "")
    return str(zone) if zone and isinstance(value.dt, datetime) and value.dt.tzinfo is None else ""


def _unfit_rule(rule: Any) -> tuple[str, str] | None:
    """What is wrong with a recurrence, and its cure."""
    if 0 in rule.get("INTERVAL", []):
        return "`INTERVAL` is at least 1", ""
    if _finer_than_a_day(rule):
        return "a shift recurs by days or more", "write one event for each time"
    if _often(rule) == "DAILY" and not BY_DAYS.issuperset(part.upper() for part in rule):
        return "a daily rule has only `BYDAY` and `BYMONTH` beside it", "write `FREQ=MONTHLY` or `FREQ=YEARLY`"
    return None


def _finer_than_a_day(rule: Any) -> bool:
    return _often(rule) in ("SECONDLY", "MINUTELY", "HOURLY") or any(len(rule.get(part, [])) > 1 for part in FINE)


def _often(rule: Any) -> str:
    return str(next(iter(rule.get("FREQ", [])), "")).upper()


def _before(start: Any, end: Any) -> bool:
    if isinstance(start, datetime) and (start.tzinfo is None) != (end.tzinfo is None):
        return bool(start.replace(tzinfo=None) < end.replace(tzinfo=None))
    return bool(start < end)


def _said(event: Any, place: Event) -> Said:
    mails = tuple(str(each).lower().removeprefix("mailto:") for each in _many(event.get("ATTENDEE")))
    return Said(str(event.get("SUMMARY", "")).strip(), mails, place.line("SUMMARY", "ATTENDEE"))


def _series(events: list[Any], sound: list[int]) -> list[list[int]]:
    """Places of events that are one: a recurrence, and the changes of single times of it."""
    found: dict[str, list[int]] = {}
    for place in sound:
        found.setdefault(str(events[place].get("UID", f"\0{place}")), []).append(place)
    return list(found.values())


def _occurrences(
    events: list[Any], series: list[int], zone: str, timezone: str, problems: list[Problem], places: list[Event]
) -> Iterator[Occurrence]:
    import recurring_ical_events
    from icalendar import Calendar

    calendar = Calendar()
    if zone:
        calendar.add("X-WR-TIMEZONE", zone)
    for place, event in zip(series, events, strict=True):
        event[OURS] = str(place)
        calendar.add_component(event)
    first, last = (datetime(year, 1, 1, tzinfo=UTC) for year in (YEARS.start, YEARS.stop))
    try:
        found = recurring_ical_events.of(calendar).between(first, last)
    except GARBAGE as error:
        line = places[series[0]].line("RRULE", "RDATE")
        problems.append(Problem("E152", line, f"this recurrence cannot be worked out: {_first_line(error)}"))
        return
    for each in found:
        starts, ends = _instant(each.start, timezone), _instant(each.end, timezone)
        if starts < ends and str(each.get("STATUS", "")).upper() != "CANCELLED":
            yield Occurrence(starts, ends, int(each[OURS]))


def _instant(moment: date, timezone: str) -> Instant:
    """A date is its local midnight."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - local
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=wallclock.zone(timezone), fold=0)
    return max(0, from_datetime(moment))


def _many(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _first_line(error: object) -> str:
    if isinstance(error, OSError):
        return "it names a time zone that there is not"  # `TZID=Europe`: a folder of the database
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
