"""Times as a calendar says them, in a zone that the page names; and back from what people type into a form.

Law: a local time that clocks show twice is said with the name of its offset, and read as the law of windows has it: it
begins at the first, it ends at the last.
"""

from datetime import datetime

from escalator.core.instant import LATEST, Instant, Span, from_datetime, rfc3339, spoken, to_datetime
from escalator.core.wallclock import first, last, zone


def clock(instant: Instant, timezone: str) -> str:
    """`09:00`; `01:30 BST` where clocks show it twice."""
    local = to_datetime(instant).astimezone(zone(timezone))
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M} {local:%Z}" if twice else f"{local:%H:%M}"


def day(instant: Instant, timezone: str) -> str:
    """`Mon 23 Nov`."""
    local = to_datetime(instant).astimezone(zone(timezone))
    return f"{local:%a} {local.day} {local:%b}"


def when(instant: Instant, timezone: str) -> str:
    """`Mon 23 Nov 09:00`."""
    return f"{day(instant, timezone)} {clock(instant, timezone)}"


Known = tuple[Instant, Instant]
"""Between when and when it is known who serves: what touches an edge goes on beyond it."""


def span(starts_at: Instant, ends_at: Instant, timezone: str, known: Known = (0, LATEST)) -> str:
    """`Mon 23 Nov 09:00 to 17:00`, `Mon 23 Nov 09:00 to Tue 24 Nov 09:00`, `until Mon 23 Nov 09:00`."""
    if starts_at <= known[0]:
        return f"until {when(ends_at, timezone)}" if ends_at < known[1] else "all the time"
    if ends_at >= known[1]:
        return f"from {when(starts_at, timezone)} on"
    same = day(starts_at, timezone) == day(ends_at, timezone)
    end = clock(ends_at, timezone) if same else when(ends_at, timezone)
    return f"{when(starts_at, timezone)} to {end}"


def length(value: Span) -> str:
    return spoken(value)


def stamp(instant: Instant) -> str:
    """As machines read it."""
    return rfc3339(instant)


def written(instant: Instant, timezone: str, *, end: bool = False) -> str:
    """As the form writes it: local where that can be read back as the same instant, else with its offset."""
    local = to_datetime(instant).astimezone(zone(timezone))
    plain = local.replace(tzinfo=None)
    back = (last if end else first)(plain, zone(timezone))
    text = plain if back == instant else local
    return text.isoformat(timespec="seconds" if text.second else "minutes")


def read(text: str, timezone: str, *, end: bool = False) -> Instant | None:
    """The instant of what was typed, local in the zone where it names no offset; None where it is no time."""
    try:
        moment = datetime.fromisoformat(text.strip())
        found = from_datetime(moment) if moment.tzinfo else (last if end else first)(moment, zone(timezone))
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found <= LATEST else None
