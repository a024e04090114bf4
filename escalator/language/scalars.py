"""What a text must look like to be a duration, a time, a zone, a pattern. Units and zones are never guessed."""

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import re2

from escalator.core.instant import DAY, HOUR, MINUTE, SECOND, WEEK, Span
from escalator.core.oncall import Every
from escalator.language.nodes import Items, Node, Scalar
from escalator.language.scope import Scope
from escalator.language.shapes.patterns import (
    CLOCK,
    DATE,
    DAY_RANGE,
    DAYS,
    DURATION,
    PLACE,
    SECRET,
    TURN,
    WALL,
    WHOLE,
)

UNITS = {"w": WEEK, "d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND}
LONGEST = 400 * DAY
OFFSET = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)? ?(?:[Zz]|[+-]\d\d:?\d\d)", re.ASCII)

# People who write these mean a place, which has summer time; the abbreviation has not.
MEANT = {
    "EST": "America/New_York", "EDT": "America/New_York", "EST5EDT": "America/New_York", "CST": "America/Chicago",
    "CDT": "America/Chicago", "MST": "America/Denver", "MDT": "America/Denver", "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles", "GMT": "Europe/London", "BST": "Europe/London", "WET": "Europe/Lisbon",
    "CET": "Europe/Berlin", "CEST": "Europe/Berlin", "MET": "Europe/Berlin", "EET": "Europe/Athens",
    "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "SGT": "Asia/Singapore", "AEST": "Australia/Sydney",
    "HST": "Pacific/Honolulu", "MSK": "Europe/Moscow", "Z": "UTC",
}  # fmt: skip


def duration(scope: Scope, node: Node, least: Span = SECOND) -> Span | None:
    """Microseconds of `90s`, `5m`, `1h30m`, `2d`, `1w`."""
    text = scope.text(node, "a duration such as `5m`")
    if text is None:
        return None
    if text.isdecimal():
        cure = f"write `{text}s`, `{text}m` or `{text}h`"
        scope.error("E126", node.mark, f"the duration `{text}` has no unit", cure)
        return None
    found = DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        cure = "digits and units, largest first: `90s`, `5m`, `1h30m`, `2d`, `1w`"
        scope.error("E126", node.mark, f"`{text}` is not a duration", cure)
        return None
    span = sum(int(count or 0) * size for count, size in zip(found.groups(), UNITS.values(), strict=True))
    if span < least or span > LONGEST:
        scope.error("E127", node.mark, f"`{text}` is too {'short' if span < least else 'long'}", bounds(least))
        return None
    return span


def bounds(least: Span) -> str:
    return f"at least {least // SECOND}s and at most {LONGEST // DAY}d"


def every(scope: Scope, node: Node) -> Every | None:
    """The length of a turn: `30m`, `12h`, `1d`, `1w`, `shift`."""
    text = scope.text(node, "the length of a turn, such as `1w`")
    if text == "shift":
        return Every(1, "shift")
    found = TURN.fullmatch(text or "")
    if found is None:
        if text is not None:
            cure = "one number and one unit: `1w`, `1d`, `12h`, `30m`; or `shift`"
            scope.error("E126", node.mark, f"`{text}` is not the length of a turn", cure)
        return None
    unit = found[2]
    return Every(int(found[1]), "m" if unit == "m" else "h" if unit == "h" else "d" if unit == "d" else "w")


def whole(scope: Scope, node: Node, what: str, least: int, most: int) -> int | None:
    text = scope.text(node, what)
    if text is None:
        return None
    if WHOLE.fullmatch(text) and least <= int(text) <= most:
        return int(text)
    scope.error("E127", node.mark, f"`{text}` is not {what}", f"a whole number from {least} to {most}")
    return None


@lru_cache(maxsize=1024)
def zone_exists(name: str) -> bool:
    """Whether this is a place in the time zone database, or UTC: never an abbreviation, never a fixed offset."""
    if name == "UTC":
        return True
    if not PLACE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a directory such as `America` raises OSError
        return False
    return True


def zone(scope: Scope, node: Node) -> str | None:
    """A time zone by place."""
    text = scope.text(node, "a time zone such as `Europe/London`")
    if text is None or zone_exists(text):
        return text
    upper = text.upper()
    if upper in MEANT:
        cure = f"an abbreviation has no summer time: write `{MEANT[upper]}`, or your own place"
    elif re.search(r"[+-]?[0-9]", text):
        cure = "an offset has no summer time: write a place, such as `Europe/London`, or `UTC`"
    else:
        cure = likely_place(scope, text)
    scope.error("E128", node.mark, f"`{text}` is not a time zone", cure)
    return None


def likely_place(scope: Scope, text: str) -> str:
    places = sorted(place for place in available_timezones() if zone_exists(place))
    city = text.replace(" ", "_").rpartition("/")[2].lower()
    same = [place for place in places if place.rpartition("/")[2].lower() == city]
    near = same[0] if same else scope.closest(text.replace(" ", "_"), places)
    return f"did you mean `{near}`?" if near else "write `UTC` or a place, such as `Europe/London`"


def wall(scope: Scope, node: Node) -> datetime | None:
    """A wall-clock date and time (naive): `2026-01-05T09:00`. The zone stands in a key of its own."""
    text = scope.text(node, "a date and time such as `2026-01-05T09:00`")
    if text is None:
        return None
    cure = "write it as `2026-01-05T09:00`"
    if OFFSET.fullmatch(text):
        cure = "times are wall-clock: leave the offset out and set `timezone`"
    elif DATE.fullmatch(text):
        cure = f"say at what time: `{text}T09:00`"
    elif WALL.fullmatch(text) and 2000 <= int(text[:4]) <= 2100:
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            cure = str(error)
    scope.error("E129", node.mark, f"`{text}` is not a date and time", cure)
    return None


def clock(scope: Scope, node: Node) -> int | None:
    """Minutes after midnight of `00:00` … `24:00`."""
    text = scope.text(node, "a time of day such as `09:00`")
    if text is None:
        return None
    found = CLOCK.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else None
    if minutes is None or minutes > 1440:
        scope.error("E129", node.mark, f"`{text}` is not a time of day", "two digits each, 24 hours: `09:00`, `17:30`")
        return None
    return minutes


def day(scope: Scope, node: Node) -> date | None:
    text = scope.text(node, "a date such as `2026-12-25`")
    if text is None:
        return None
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text)
        cure = "write it as `2026-12-25`"
    except ValueError as error:
        cure = str(error)
    scope.error("E129", node.mark, f"`{text}` is not a date", cure)
    return None


def weekdays(scope: Scope, node: Node) -> frozenset[int]:
    """`mon`, `mon-fri`, `[mon, wed, sat-sun]`; a range may run over Sunday."""
    if isinstance(node, Items):
        scope.items(node, "days such as `mon-fri`")  # hours of no day would vanish from the book
    found: set[int] = set()
    for some in scope.each(node, lambda one: _weekdays(scope, one)):
        found |= some
    return frozenset(found)


def _weekdays(scope: Scope, node: Node) -> set[int] | None:
    text = scope.text(node, "days such as `mon-fri`")
    if text is None:
        return None
    if DAY_RANGE.fullmatch(text):
        first, dash, last = text.partition("-")
        start = DAYS.index(first)
        count = (DAYS.index(last) - start) % 7 + 1 if dash else 1
        return {(start + step) % 7 for step in range(count)}
    scope.error("E129", node.mark, f"`{text}` is not a day or a range of days", "`mon-fri`, `[mon, wed, sat-sun]`")
    return None


def pattern(scope: Scope, node: Node) -> str | None:
    """A regular expression that RE2 takes."""
    text = scope.text(node, "a regular expression")
    if text is None:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(text, options=options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        cure = "patterns are RE2: no look-around, no back-references; they match the whole value"
        scope.error("E131", node.mark, f"this pattern does not compile: {reason}", cure)
        return None
    return text


def is_secret(node: Node) -> bool:
    return isinstance(node, Scalar) and SECRET.fullmatch(node.value) is not None
